"""A warehouse in a double of Snowflake: as tests of its provisioner see it, and as tests for every platform do."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from krenalis_provider.model.profile_columns import profile_columns
from krenalis_provider.model.profile_schema import parse
from krenalis_provider.model.workspace import WarehouseMode
from krenalis_provider.warehouses.engines.engine import Provisioner
from krenalis_provider.warehouses.migration.compute import Migration, migrate
from krenalis_provider.warehouses.snowflake import dialect
from krenalis_provider.warehouses.snowflake.platform import Snowflake
from krenalis_provider.warehouses.snowflake.settings import SnowflakeSettings
from tests.support.customers import COLUMNS, CUSTOMERS, DOCUMENT
from tests.support.processes import SECONDS
from tests.support.snowflake import SnowflakeDatabase
from tests.support.warehouse import Row, Warehouse
from tfplugin.deadline import Deadline

TABLES = (
    "KRENALIS_DESTINATION_PROFILES",
    "KRENALIS_EVENTS",
    "KRENALIS_SYSTEM_OPERATIONS",
    "KRENALIS_PROFILE_SCHEMA_VERSIONS",
    "KRENALIS_IDENTITIES",
    "KRENALIS_PROFILES_0",
    "KRENALIS_WORKSPACE",
)
ALL_PRIVILEGES = ("USAGE", "CREATE TABLE", "CREATE VIEW", "CREATE PROCEDURE")


_SAMPLES = {
    "VARCHAR": "'x'",
    "BOOLEAN": "TRUE",
    "NUMBER": "0",
    "FLOAT": "0",
    "TIME": "'12:00:00'::TIME",
    "VARIANT": "PARSE_JSON('{}')",
    "ARRAY": "ARRAY_CONSTRUCT()",
}


def soon() -> Deadline:
    return Deadline.after(SECONDS)


def settings_of(database: SnowflakeDatabase, /, **changes: Any) -> SnowflakeSettings:
    return replace(SnowflakeSettings(**database.settings()), **changes)


def provisioner_of(database: SnowflakeDatabase, /, **changes: Any) -> Provisioner:
    """The provisioner of the database's schema, except for changed settings."""
    return Snowflake().provisioner(settings_of(database, **changes), database.parameters())


def with_workspace(database: SnowflakeDatabase) -> SnowflakeDatabase:
    """The database, now with the workspace `CUSTOMERS`."""
    provisioner_of(database).initialize(CUSTOMERS, COLUMNS, soon())
    return database


def objects_of(database: SnowflakeDatabase) -> dict[str, str]:
    """Name to kind of everything in the schema."""
    rows = database.execute(f'SHOW TERSE OBJECTS IN SCHEMA "{database.name}"."{database.schema}"')
    found = {name: kind.lower() for _, name, kind, *_ in rows}
    rows = database.execute(f'SHOW PROCEDURES IN SCHEMA "{database.name}"."{database.schema}"')
    return found | {name: "procedure" for _, name, *_ in rows}


def columns_of(database: SnowflakeDatabase, relation: str) -> dict[str, str]:
    """Name to type of the columns, as DESCRIBE TABLE has them."""
    return {row[0]: row[1] for row in database.execute(f'DESCRIBE TABLE "{relation}"')}


def profile_columns_of(database: SnowflakeDatabase, relation: str) -> dict[str, str]:
    """The same without the columns that are fixed, and without the longest length."""
    columns = columns_of(database, relation)
    return {name: _without_longest(type_) for name, type_ in columns.items() if not name.startswith("_")}


def _without_longest(type_: str) -> str:
    return type_.replace("VARCHAR(16777216)", "VARCHAR")


def record_of(database: SnowflakeDatabase) -> dict[str, Any]:
    """State, owner, heartbeat and what is pending of the record."""
    names = ("ID", "NAME", "STATE", "OWNER", "HEARTBEAT", "PENDING")
    (row,) = database.execute(f"SELECT {', '.join(names)} FROM KRENALIS_WORKSPACE")
    return dict(zip(names, row, strict=True))


def contents(database: SnowflakeDatabase) -> object:
    """All that is in the schema, comparable: objects, columns, the record and the data, but not times, ids and nonces."""
    with database.connect() as connection, connection.cursor() as cursor:

        def rows(query: str) -> list[tuple[Any, ...]]:
            return sorted(cursor.execute(query).fetchall(), key=repr)

        place = f'IN SCHEMA "{database.name}"."{database.schema}"'
        objects = [
            (name, kind)
            for shown in ("SHOW TERSE OBJECTS", "SHOW PROCEDURES")
            for _, name, kind, *_ in rows(f"{shown} {place}")
        ]
        columns = rows(
            f"SELECT {_SHOWN} FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_SCHEMA = CURRENT_SCHEMA()"
        )
        data = []
        for table, names in _compared(columns).items():
            listed = ", ".join(f'"{name}"' for name in sorted(names))
            data.append((table, rows(f"SELECT {listed} FROM {table}")))
    return objects, columns, data


_SHOWN = (
    "TABLE_NAME, COLUMN_NAME, DATA_TYPE, CHARACTER_MAXIMUM_LENGTH, NUMERIC_PRECISION, NUMERIC_SCALE, "
    "DATETIME_PRECISION, IS_NULLABLE, COLUMN_DEFAULT"
)


def _compared(columns: Sequence[tuple[Any, ...]]) -> dict[str, list[str]]:
    """The columns of tables with data, by the name of the table."""
    compared: dict[str, list[str]] = {}
    for table, column, *_ in columns:
        if table in {"KRENALIS_IDENTITIES", "KRENALIS_PROFILES_0"} and not column.startswith("_"):
            compared.setdefault(table, []).append(column)
        if table == "KRENALIS_WORKSPACE" and column not in {
            "ID",
            "OWNER",
            "HEARTBEAT",
            "CREATED_AT",
            "UPDATED_AT",
        }:
            compared.setdefault(table, []).append(column)
    return compared


def migration_of(
    database: SnowflakeDatabase,
    after: Any,
    *,
    before: Any = DOCUMENT,
    renames: Mapping[str, str] | None = None,
    drop_columns: tuple[str, ...] = (),
) -> Migration:
    """The migration from one document to another of the columns that are there."""
    old, new = parse(before).schema, parse(after).schema
    assert old
    assert new
    return migrate(
        dialect,
        present=provisioner_of(database).inspect(soon()).columns,
        before=profile_columns(old),
        after=profile_columns(new),
        renames=renames or {},
        drop_columns=drop_columns,
        mode=WarehouseMode.NORMAL,
    )


@dataclass(frozen=True)
class SnowflakeWarehouse(Warehouse):
    """A warehouse in a double of Snowflake."""

    platform = "Snowflake"
    password_variable = "SNOWFLAKE_PASSWORD"
    has_port = False

    database: SnowflakeDatabase

    @property
    def schema(self) -> str:
        return self.database.schema

    @property
    def password(self) -> str:
        return self.database.password

    def settings(self, **changes: object) -> dict[str, Any]:
        return {**self.database.settings(), **changes}

    def parameters(self) -> dict[str, str]:
        return {**self.database.parameters(), "port": str(self.port)}

    def moved(self) -> dict[str, Any]:
        return {"account": "organization2-double"}

    def name(self, name: str) -> str:
        return name.upper()

    def text(self, length: int | None = None) -> str:
        return f"VARCHAR({length})" if length else "VARCHAR"

    def adding(self, column: str, type_: str) -> str:
        return f'ADD COLUMN IF NOT EXISTS "{column.upper()}" {type_}'

    def dropping(self, column: str) -> str:
        return f'DROP COLUMN IF EXISTS "{column.upper()}"'

    def execute(self, *statements: str) -> list[Row]:
        with self.database.connect() as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return [tuple(row) for row in cursor.fetchall()]

    def relations(self) -> dict[str, str]:
        return {name: kind for name, kind in objects_of(self.database).items() if kind != "procedure"}

    def content(self) -> set[str]:
        return {f"{kind} {name}" for name, kind in objects_of(self.database).items()}

    def sample(self, type_: str) -> str:
        family = type_.partition("(")[0]
        return _SAMPLES.get(family, f"'2026-01-01 12:00:00'::{family}")

    def columns(self, relation: str) -> list[Row]:
        return [
            (
                name,
                _without_longest(type_),
                " ".join(
                    [*([] if nullable == "Y" else ["not null"]), *([f"default {default}"] if default else [])]
                ),
            )
            for name, type_, _, nullable, default, *_ in self.execute(f"DESCRIBE TABLE {relation}")
        ]

    def resolve_identities(self) -> None:
        with self.database.connect_as_user() as connection, connection.cursor() as cursor:
            cursor.execute("CALL resolve_identities()")

    def make_schema(self, name: str) -> None:
        self.execute(f"CREATE SCHEMA {name}")

    def empty(self) -> None:
        kinds = sorted(self.relations().items(), key=lambda item: item[1], reverse=True)
        drops = [f'DROP {kind} "{name}"' for name, kind in kinds]
        self.execute(*drops, "DROP PROCEDURE IF EXISTS resolve_identities()")

    def allow_only_reading(self) -> None:
        self.database.allow(["USAGE"])

    def set_password(self, password: str) -> None:
        self.database.set_password(password)

    @contextmanager
    def without_database(self) -> Iterator[None]:
        self.database.allow([])
        try:
            yield
        finally:
            self.database.allow(ALL_PRIVILEGES)

    @contextmanager
    def closed(self) -> Iterator[str]:
        with self.database.down():
            yield "Snowflake could not be reached"

    @contextmanager
    def held(self) -> Iterator[None]:
        with self.database.strike(1, "hold", matching="KRENALIS_WORKSPACE"):
            yield

    def drop(self) -> None:
        self.database.drop()
