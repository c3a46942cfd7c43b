"""The workspaces of a database: the records in all of its schemas.

Schemas may be anybody's. So a table with the name of the record's is read only where that runs nothing that its owner
wrote, and one that cannot be read does not keep the others from it.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from psycopg import sql

from krenalis_provider.warehouses import catalog
from krenalis_provider.warehouses.postgresql.connection import (
    ROLLBACK,
    Session,
    Statement,
    acting,
    begin,
    session,
)
from krenalis_provider.warehouses.postgresql.errors import PostgreSQLError, identifier
from krenalis_provider.warehouses.postgresql.inspection import record_in
from krenalis_provider.warehouses.provisioner import Listing
from krenalis_provider.workspaces.deadline import Deadline
from krenalis_provider.workspaces.model import PostgreSQLDatabase, Workspace

_LONGEST_WAIT: Final = "2s"
"""For a table that somebody has locked."""
_OUT_OF_TIME: Final = "57014"

Documents = Sequence[str]
"""The rows of one table, each as one JSON object."""


def list_workspaces(
    database: PostgreSQLDatabase, credentials: Mapping[str, str], deadline: Deadline
) -> Listing:
    """See `Platform.list_workspaces`. Two queries, unless a table is locked or dropped just then."""
    workspaces: dict[str, Workspace] = {}
    unreadable: dict[str, str] = {}
    start = partial(begin, read_only=True, role=credentials.get("role"))
    username = acting(database, credentials).username
    with session(database, credentials, deadline) as warehouse:
        tables = warehouse.run([*start(deadline), _TABLES])[-1]
        hindered = {schema: _hindrance(username, schema, seen) for schema, *seen in tables}
        readable = [schema for schema in hindered if not hindered[schema]]
        found = _documents(warehouse, readable, lambda: start(deadline))
    for schema, hindrance in hindered.items():
        if hindrance:
            unreadable[schema] = hindrance
            continue
        try:
            if isinstance(documents := found[schema], PostgreSQLError):
                raise documents
            if record := record_in(schema, documents):
                workspaces[schema] = record
            else:
                unreadable[schema] = (
                    f"table {identifier(schema, catalog.RECORD.name)} is empty. Apply the workspace, which writes its "
                    "record anew, or drop the table."
                )
        except PostgreSQLError as error:
            unreadable[schema] = error.detail
    return Listing(workspaces, unreadable)


def _hindrance(username: str, schema: str, seen: Sequence[Any]) -> str | None:
    """Why the table of a schema is not to be read, and the remedy."""
    usage, select, secured, foreign = seen
    role, table = identifier(username), identifier(schema, catalog.RECORD.name)
    if not usage:
        return (
            f'role "{username}" may not use schema "{schema}". Let the owner run: '
            f"GRANT USAGE ON SCHEMA {identifier(schema)} TO {role}; GRANT SELECT ON {table} TO {role};"
        )
    if not select:
        return f'role "{username}" may not read table {table}. Let the owner run: GRANT SELECT ON {table} TO {role};'
    if secured:
        return (
            f'table {table} has row-level security, which holds for role "{username}". Connect as its owner, or let '
            f"the owner run: ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;"
        )
    if foreign:
        return f"table {table} has columns that no workspace's record has. Rename the table."
    return None


def _documents(
    warehouse: Session, schemas: Sequence[str], start: Callable[[], list[Statement]]
) -> dict[str, Documents | PostgreSQLError]:
    """What the tables hold, by schema: all in one query, or each in its own if one of them stops that."""
    try:
        return {**_read(warehouse, [], schemas)}
    except PostgreSQLError as error:
        _raise_unless_local(warehouse, error)
    found: dict[str, Documents | PostgreSQLError] = {}
    for schema in schemas:
        try:
            found |= _read(warehouse, [ROLLBACK, *start()], [schema])
        except PostgreSQLError as error:
            _raise_unless_local(warehouse, error)
            found[schema] = error
    return found


def _raise_unless_local(warehouse: Session, error: PostgreSQLError) -> None:
    """Raise what is not for a single table to answer for."""
    if warehouse.lost or error.code == _OUT_OF_TIME:
        raise error


def _read(warehouse: Session, before: Sequence[Statement], schemas: Sequence[str]) -> Mapping[str, Documents]:
    if not schemas:
        return {}
    query = sql.SQL(" UNION ALL ").join(
        # ONLY: a table that inherits may be on another server; two rows are enough to know that they are too many
        sql.SQL("(SELECT {}, to_json(record.*)::text FROM ONLY {} AS record LIMIT 2)").format(
            sql.Literal(schema), sql.Identifier(schema, catalog.RECORD.name)
        )
        for schema in schemas
    )
    where = f'schema "{schemas[0]}"' if len(schemas) == 1 else "all schemas"
    reading = Statement(f"reading the record of a workspace in {where}", query)
    rows = warehouse.run([*before, _LIMIT, reading])[-1]
    documents: dict[str, list[str]] = {schema: [] for schema in schemas}
    for schema, document in rows:
        documents[schema].append(document)
    return documents


_LIMIT: Final = Statement(
    "limiting the wait for locks",
    "SELECT set_config('lock_timeout', %(longest)s, true)",
    {"longest": _LONGEST_WAIT},
)

# A policy of row-level security runs functions of the table's owner, and so may the way to JSON of a type that
# somebody made; types from 16384 on are not PostgreSQL's own. The rights of a table that was dropped since are null.
_TABLES: Final = Statement(
    "looking for records of workspaces",
    """
SELECT n.nspname::text, has_schema_privilege(n.oid, 'USAGE'), has_table_privilege(c.oid, 'SELECT'),
       row_security_active(c.oid),
       EXISTS (SELECT FROM pg_attribute a
                WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.atttypid >= 16384)
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relname = %(record)s AND c.relkind = 'r' AND n.nspname !~ '^pg_'
   AND has_table_privilege(c.oid, 'SELECT') IS NOT NULL AND has_schema_privilege(n.oid, 'USAGE') IS NOT NULL
 ORDER BY n.nspname
""",
    {"record": catalog.RECORD.name},
)
