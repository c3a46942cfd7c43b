"""A warehouse in a throw-away PostgreSQL: as tests of its provisioner see it, and as tests for every platform do."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import psycopg
from psycopg import sql

from krenalis_provider.warehouses.engines.engine import Provisioner
from krenalis_provider.warehouses.postgresql.platform import PostgreSQL
from krenalis_provider.warehouses.postgresql.settings import PostgreSQLSettings
from tests.support.customers import COLUMNS, CUSTOMERS
from tests.support.postgresql import Database, when_nobody_uses_it
from tests.support.processes import SECONDS
from tests.support.warehouse import Row, Warehouse
from tfplugin.deadline import Deadline

_SAMPLES = {
    "boolean": "true",
    "uuid": "gen_random_uuid()",
    "jsonb": "'{}'::jsonb",
    "inet": "'::1'::inet",
}


def soon() -> Deadline:
    return Deadline.after(SECONDS)


def settings_of(database: Database, /, **changes: Any) -> PostgreSQLSettings:
    return replace(PostgreSQLSettings(**database.settings()), **changes)


def provisioner_of(database: Database, /, **changes: Any) -> Provisioner:
    """The provisioner of the database's schema as its plain role, except for changed settings."""
    return PostgreSQL().provisioner(settings_of(database, **changes), {})


def with_workspace(database: Database) -> Database:
    """The database, now with the workspace `CUSTOMERS`."""
    provisioner_of(database).initialize(CUSTOMERS, COLUMNS, soon())
    return database


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


def _rename(connection: "psycopg.Connection[Row]", name: str, other: str) -> None:
    renaming = sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(name), sql.Identifier(other))
    when_nobody_uses_it(connection, renaming)


@dataclass(frozen=True)
class PostgreSQLWarehouse(Warehouse):
    """A warehouse in a throw-away PostgreSQL."""

    platform = "PostgreSQL"
    password_variable = "PGPASSWORD"
    has_port = True

    database: Database

    @property
    def schema(self) -> str:
        return self.database.schema

    @property
    def password(self) -> str:
        return self.database.password

    def settings(self, **changes: object) -> dict[str, Any]:
        return {**self.database.settings(), "port": self.port, **changes}

    def parameters(self) -> dict[str, str]:
        return {}

    def moved(self) -> dict[str, Any]:
        return {"host": "localhost"}

    def name(self, name: str) -> str:
        return name

    def text(self, length: int | None = None) -> str:
        return f"character varying({length})" if length else "character varying"

    def adding(self, column: str, type_: str) -> str:
        return f'ADD COLUMN "{column}" {type_}'

    def dropping(self, column: str) -> str:
        return f'DROP COLUMN "{column}"'

    def execute(self, *statements: str) -> list[Row]:
        return execute(self.database, *statements)

    def relations(self) -> dict[str, str]:
        rows = self.execute(
            f"""SELECT relname, CASE relkind WHEN 'r' THEN 'table' ELSE 'view' END FROM pg_class
                 WHERE relnamespace = '"{self.schema}"'::regnamespace AND relkind IN ('r', 'v')"""
        )
        return dict(rows)

    def content(self) -> set[str]:
        return content(self.database)

    def sample(self, type_: str) -> str:
        if type_.endswith("[]"):
            return f"ARRAY[{self.sample(type_.removesuffix('[]'))}]::{type_}"
        if type_.startswith(("timestamp", "date", "time")):
            return f"localtimestamp::{type_}"
        return _SAMPLES.get(type_) or (f"'x'::{type_}" if type_.startswith("character") else "0")

    def columns(self, relation: str) -> list[Row]:
        return columns_of(self.database, relation)

    def resolve_identities(self) -> None:
        with self.database.connect_as_role() as connection:
            connection.execute(f'CALL "{self.schema}".resolve_identities()'.encode())

    def make_schema(self, name: str) -> None:
        self.execute(
            f'CREATE SCHEMA "{name}"', f'GRANT USAGE, CREATE ON SCHEMA "{name}" TO "{self.database.role}"'
        )

    def empty(self) -> None:
        self.execute(f'DROP SCHEMA "{self.schema}" CASCADE')
        self.make_schema(self.schema)

    def allow_only_reading(self) -> None:
        self.execute(f'REVOKE CREATE ON SCHEMA "{self.schema}" FROM "{self.database.role}"')

    def set_password(self, password: str) -> None:
        literal = password.replace("'", "''")
        self.execute(f"ALTER ROLE \"{self.database.role}\" PASSWORD '{literal}'")

    @contextmanager
    def without_database(self) -> Iterator[None]:
        name = self.database.name
        with self.database.server.connect() as connection:
            _rename(connection, name, f"{name}_away")
            try:
                yield
            finally:
                _rename(connection, f"{name}_away", name)

    @contextmanager
    def closed(self) -> Iterator[str]:
        self.execute(f'ALTER ROLE "{self.database.role}" CONNECTION LIMIT 0')
        yield "Too many connections"
        self.execute(f'ALTER ROLE "{self.database.role}" CONNECTION LIMIT -1')

    @contextmanager
    def held(self) -> Iterator[None]:
        with self.database.connect() as other, other.transaction():
            other.execute(f'LOCK TABLE "{self.schema}".krenalis_workspace'.encode())
            yield

    def drop(self) -> None:
        self.database.drop()
