"""The workspace and the warehouses that the tests of the Snowflake provisioner work on."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from krenalis_provider.warehouses.columns import profile_columns
from krenalis_provider.warehouses.migration import Migration, migrate
from krenalis_provider.warehouses.provisioner import Provisioner
from krenalis_provider.warehouses.snowflake import platform
from krenalis_provider.workspaces.errors import Finding, Verdict
from krenalis_provider.workspaces.model import SnowflakeSettings, WarehouseMode, Workspace
from krenalis_provider.workspaces.profile_schema import parse
from tests.support.snowflake import SnowflakeDatabase
from tests.support.workspaces import profile_schema
from tfplugin.deadline import Deadline

DOCUMENT = profile_schema()
SCHEMA = parse(DOCUMENT).schema
assert SCHEMA is not None
COLUMNS = profile_columns(SCHEMA)
CUSTOMERS = Workspace("1604839201", "Customers", WarehouseMode.NORMAL, DOCUMENT)
TABLES = (
    "KRENALIS_DESTINATION_PROFILES",
    "KRENALIS_EVENTS",
    "KRENALIS_SYSTEM_OPERATIONS",
    "KRENALIS_PROFILE_SCHEMA_VERSIONS",
    "KRENALIS_IDENTITIES",
    "KRENALIS_PROFILES_0",
    "KRENALIS_WORKSPACE",
)


def soon() -> Deadline:
    return Deadline.after(30)


def settings_of(database: SnowflakeDatabase, /, **changes: Any) -> SnowflakeSettings:
    return replace(SnowflakeSettings(**database.settings()), **changes)


def provisioner_of(database: SnowflakeDatabase, /, **changes: Any) -> Provisioner:
    """The provisioner of the database's schema, except for changed settings."""
    return platform.provisioner(settings_of(database, **changes), database.credentials())


def with_workspace(database: SnowflakeDatabase) -> SnowflakeDatabase:
    """The database, now with the workspace `CUSTOMERS`."""
    provisioner_of(database).initialize(CUSTOMERS, COLUMNS, soon())
    return database


def only_finding(findings: tuple[Finding, ...], verdict: Verdict, setting: str, summary: str) -> str:
    """Assert that this is the one finding, and return its detail."""
    found = [(finding.verdict, finding.path, finding.summary) for finding in findings]
    assert found == [(verdict, f"warehouse.settings.{setting}", summary)], findings
    return findings[0].detail


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
    return {
        name: type_.replace("VARCHAR(16777216)", "VARCHAR")
        for name, type_ in columns.items()
        if not name.startswith("_")
    }


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
        platform,
        present=provisioner_of(database).inspect(soon()).columns,
        before=profile_columns(old),
        after=profile_columns(new),
        renames=renames or {},
        drop_columns=drop_columns,
        mode=WarehouseMode.NORMAL,
    )
