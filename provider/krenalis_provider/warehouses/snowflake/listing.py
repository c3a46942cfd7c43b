"""The workspaces of a database: the records in all of its schemas that the role can see."""

from collections.abc import Mapping

from krenalis_provider.warehouses.provisioner import Listing
from krenalis_provider.warehouses.snowflake.connection import Session, Statement, session
from krenalis_provider.warehouses.snowflake.errors import SnowflakeError
from krenalis_provider.warehouses.snowflake.place import Place
from krenalis_provider.warehouses.snowflake.record import TABLE, read
from krenalis_provider.warehouses.snowflake.sql import identifier, literal
from krenalis_provider.workspaces.deadline import Deadline
from krenalis_provider.workspaces.errors import Verdict
from krenalis_provider.workspaces.model import SnowflakeDatabase, Workspace


def list_workspaces(
    database: SnowflakeDatabase, credentials: Mapping[str, str], deadline: Deadline
) -> Listing:
    """See `Platform.list_workspaces`. One statement, and one for each record."""
    workspaces: dict[str, Workspace] = {}
    unreadable: dict[str, str] = {}
    with session(database, credentials, deadline) as warehouse:
        for schema in _schemas(warehouse):
            place = Place(warehouse.database, schema)
            try:
                row = read(warehouse, place)
            except SnowflakeError as error:
                # of one table, unless nothing can be said at all
                if error.verdict is Verdict.COULD_NOT_TELL:
                    raise
                unreadable[schema] = error.detail
                continue
            if row:
                workspaces[schema] = row.workspace
            else:
                unreadable[schema] = (
                    f"table {place.object(TABLE)} is empty. Apply the workspace, which writes its record anew, or drop "
                    "the table."
                )
    return Listing(workspaces, unreadable)


def _schemas(warehouse: Session) -> list[str]:
    """The schemas with a table of the record's name, in order."""
    query = f"SHOW TERSE TABLES LIKE {literal(TABLE)} IN DATABASE {identifier(warehouse.database)}"
    (rows,) = warehouse.run([Statement("looking for records of workspaces", query)])
    # what is shown: when it was made, name, kind, database, schema
    return sorted(schema for _, name, _, _, schema, *_ in rows if name == TABLE)
