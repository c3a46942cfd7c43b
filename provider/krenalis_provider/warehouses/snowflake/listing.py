"""The workspaces of a database: the records in all of its schemas that the role can see."""

from collections.abc import Mapping

from krenalis_provider.model.deadline import Deadline
from krenalis_provider.model.errors import Verdict, WarehouseError
from krenalis_provider.model.observed import Listing
from krenalis_provider.model.workspace import Workspace
from krenalis_provider.warehouses.findings import record_empty
from krenalis_provider.warehouses.snowflake.dialect import NAMES
from krenalis_provider.warehouses.snowflake.record import read_record
from krenalis_provider.warehouses.snowflake.session import session
from krenalis_provider.warehouses.snowflake.settings import SnowflakeSettings
from krenalis_provider.warehouses.snowflake.sql import Statement, identifier, literal


def list_workspaces(
    settings: SnowflakeSettings, parameters: Mapping[str, str], deadline: Deadline
) -> Listing:
    """See `Platform.list_workspaces`. Sends one statement, and another for each record."""
    workspaces: dict[str, Workspace] = {}
    unreadable: dict[str, str] = {}
    with session(settings, parameters, deadline) as database:
        query = f"SHOW TERSE TABLES LIKE {literal(NAMES.record)} IN DATABASE {identifier(database.database)}"
        rows = database.ask(Statement("looking for records of workspaces", query))
        # SHOW TERSE gives the time of creation, name, kind, database and schema
        for schema in sorted(schema for _, name, _, _, schema, *_ in rows if name == NAMES.record):
            try:
                row = read_record(database, schema)
            except WarehouseError as error:
                # an error of one table, unless Snowflake gave no answer
                if error.finding.verdict is Verdict.COULD_NOT_TELL:
                    raise
                unreadable[schema] = error.detail
                continue
            if row:
                workspaces[schema] = row.workspace
            else:
                unreadable[schema] = record_empty(identifier(database.database, schema, NAMES.record))
    return Listing(workspaces, unreadable)
