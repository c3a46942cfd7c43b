"""The workspace and the warehouses that the tests of the PostgreSQL provisioner work on."""

from dataclasses import replace
from typing import Any

from psycopg import sql

from krenalis_provider.warehouses.columns import profile_columns
from krenalis_provider.warehouses.postgresql import platform
from krenalis_provider.warehouses.provisioner import Provisioner
from krenalis_provider.workspaces.errors import Finding, Verdict
from krenalis_provider.workspaces.model import PostgreSQLSettings, WarehouseMode, Workspace
from krenalis_provider.workspaces.profile_schema import parse
from tests.support.postgresql import Database
from tests.support.workspaces import profile_schema
from tfplugin.deadline import Deadline

DOCUMENT = profile_schema()
SCHEMA = parse(DOCUMENT).schema
assert SCHEMA is not None
COLUMNS = profile_columns(SCHEMA)
CUSTOMERS = Workspace("1604839201", "Customers", WarehouseMode.NORMAL, DOCUMENT)

Row = tuple[Any, ...]


def soon() -> Deadline:
    return Deadline.after(10)


def settings_of(database: Database, /, **changes: Any) -> PostgreSQLSettings:
    return replace(PostgreSQLSettings(**database.settings()), **changes)


def provisioner_of(database: Database, /, **changes: Any) -> Provisioner:
    """The provisioner of the database's schema as its plain role, except for changed settings."""
    return platform.provisioner(settings_of(database, **changes), {})


def with_workspace(database: Database) -> Database:
    """The database, now with the workspace `CUSTOMERS`."""
    provisioner_of(database).initialize(CUSTOMERS, COLUMNS, soon())
    return database


def only_finding(findings: tuple[Finding, ...], verdict: Verdict, setting: str, summary: str) -> str:
    """Assert that this is the one finding, and return its detail."""
    found = [(finding.verdict, finding.path, finding.summary) for finding in findings]
    assert found == [(verdict, f"warehouse.settings.{setting}", summary)], findings
    return findings[0].detail


def execute(database: Database, *statements: str) -> list[Row]:
    """Run statements as a superuser for whom names need no schema, and return the rows of the last."""
    with database.connect() as connection:
        connection.execute(sql.SQL("SET search_path TO {}").format(sql.Identifier(database.schema)))
        for statement in statements:
            cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def copy_record(database: Database, schema: str) -> None:
    """Make a schema with a copy of the record of the database's workspace, which its role may read."""
    names = {
        "schema": sql.Identifier(schema),
        "original": sql.Identifier(database.schema, "krenalis_workspace"),
        "copy": sql.Identifier(schema, "krenalis_workspace"),
        "role": sql.Identifier(database.role),
    }
    with database.connect() as connection:
        for statement in (
            "CREATE SCHEMA {schema}",
            "CREATE TABLE {copy} (LIKE {original} INCLUDING ALL)",
            "INSERT INTO {copy} SELECT * FROM {original}",
            "GRANT USAGE ON SCHEMA {schema} TO {role}",
            "GRANT SELECT ON {copy} TO {role}",
        ):
            connection.execute(sql.SQL(statement).format(**names))


def content(database: Database) -> set[str]:
    """Describe everything in the schema, whatever its kind."""
    rows = execute(
        database,
        f"""
        SELECT pg_describe_object(d.classid, d.objid, d.objsubid)
          FROM pg_depend d JOIN pg_namespace n ON d.refclassid = n.tableoid AND d.refobjid = n.oid
         WHERE nspname = {sql.Literal(database.schema).as_string()}
        """,
    )
    return {row[0] for row in rows}


def columns_of(database: Database, relation: str) -> list[Row]:
    """Name, type and the rest of each column, as `expected_catalogue` writes them."""
    return execute(
        database,
        f"""
        SELECT attname, format_type(atttypid, atttypmod),
               concat_ws(' ', CASE WHEN attnotnull THEN 'not null' END,
                         CASE attidentity WHEN 'd' THEN 'identity by default' WHEN 'a' THEN 'identity always' END,
                         'default ' || pg_get_expr(adbin, adrelid))
          FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
         WHERE attrelid = '{relation}'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum
        """,
    )
