"""The workspaces of a database: the records in all of its schemas.

Schemas may be anybody's. So a table with the name of the record's is read only where that runs nothing that its owner
wrote, and one that cannot be read does not keep the others from it.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from psycopg import sql

from krenalis_provider.model.deadline import Deadline
from krenalis_provider.model.errors import WarehouseError
from krenalis_provider.model.observed import Listing
from krenalis_provider.model.workspace import Workspace
from krenalis_provider.warehouses import krenalis_objects
from krenalis_provider.warehouses.findings import record_empty
from krenalis_provider.warehouses.postgresql.record import record_in
from krenalis_provider.warehouses.postgresql.session import ROLLBACK, Session, session
from krenalis_provider.warehouses.postgresql.settings import PostgreSQLSettings
from krenalis_provider.warehouses.postgresql.sql import Statement, identifier

_LONGEST_WAIT: Final = "2s"
"""For a table that somebody has locked."""
_OUT_OF_TIME: Final = "57014"

Documents = Sequence[str]
"""The rows of one table, each as one JSON object."""


def list_workspaces(
    settings: PostgreSQLSettings, parameters: Mapping[str, str], deadline: Deadline
) -> Listing:
    """See `Platform.list_workspaces`. Two queries, unless a table is locked or dropped just then."""
    workspaces: dict[str, Workspace] = {}
    unreadable: dict[str, str] = {}
    with session(settings, parameters, deadline) as database:
        database.begin(read_only=True)
        tables = database.ask(_TABLES)
        reasons = {schema: _unreadable(database.role, schema, seen) for schema, *seen in tables}
        readable = [schema for schema in reasons if not reasons[schema]]
        found = _documents(database, readable)
    for schema, reason in reasons.items():
        if reason:
            unreadable[schema] = reason
            continue
        try:
            if isinstance(documents := found[schema], WarehouseError):
                raise documents
            if record := record_in(schema, documents):
                workspaces[schema] = record
            else:
                unreadable[schema] = record_empty(identifier(schema, krenalis_objects.RECORD.name))
        except WarehouseError as error:
            unreadable[schema] = error.detail
    return Listing(workspaces, unreadable)


def _unreadable(role: str, schema: str, seen: Sequence[Any]) -> str | None:
    """Why the table of a schema is not to be read, and the remedy."""
    usage, select, secured, foreign = seen
    grantee, table = identifier(role), identifier(schema, krenalis_objects.RECORD.name)
    if not usage:
        return (
            f'role "{role}" may not use schema "{schema}". Let the owner run: '
            f"GRANT USAGE ON SCHEMA {identifier(schema)} TO {grantee}; GRANT SELECT ON {table} TO {grantee};"
        )
    if not select:
        return f'role "{role}" may not read table {table}. Let the owner run: GRANT SELECT ON {table} TO {grantee};'
    if secured:
        return (
            f'table {table} has row-level security, which holds for role "{role}". Connect as its owner, or let '
            f"the owner run: ALTER TABLE {table} DISABLE ROW LEVEL SECURITY; or an administrator: ALTER ROLE "
            f"{grantee} BYPASSRLS;"
        )
    if foreign:
        return f"table {table} has columns that no workspace's record has. Rename the table."
    return None


def _documents(database: Session, schemas: Sequence[str]) -> dict[str, Documents | WarehouseError]:
    """What the tables hold, by schema: all in one query, or each in its own if one of them stops that."""
    try:
        return {**_read(database, schemas)}
    except WarehouseError as error:
        _raise_unless_local(database, error)
    found: dict[str, Documents | WarehouseError] = {}
    for schema in schemas:
        try:
            database.queue(ROLLBACK)
            database.begin(read_only=True)
            found |= _read(database, [schema])
        except WarehouseError as error:
            _raise_unless_local(database, error)
            found[schema] = error
    return found


def _raise_unless_local(database: Session, error: WarehouseError) -> None:
    """Raise what is not for a single table to answer for."""
    if database.lost or error.code == _OUT_OF_TIME:
        raise error


def _read(database: Session, schemas: Sequence[str]) -> Mapping[str, Documents]:
    if not schemas:
        return {}
    query = sql.SQL(" UNION ALL ").join(
        # ONLY: a table that inherits may be on another server; two rows are enough to know that they are too many
        sql.SQL("(SELECT {}, to_json(record.*)::text FROM ONLY {} AS record LIMIT 2)").format(
            sql.Literal(schema), sql.Identifier(schema, krenalis_objects.RECORD.name)
        )
        for schema in schemas
    )
    where = f'schema "{schemas[0]}"' if len(schemas) == 1 else "all schemas"
    database.queue(_LIMIT)
    rows = database.ask(Statement(f"reading the record of a workspace in {where}", query))
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
    {"record": krenalis_objects.RECORD.name},
)
