"""The statements that make and drop the objects of the catalogue, each safe to repeat.

Objects have the names of `dialect.NAMES`: the catalogue's names in upper case.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final

from krenalis_provider.model.profile_columns import ProfileColumn
from krenalis_provider.warehouses import krenalis_objects
from krenalis_provider.warehouses.krenalis_objects import Column, ColumnType, Table, View
from krenalis_provider.warehouses.snowflake.column_types import column_name, column_type
from krenalis_provider.warehouses.snowflake.sql import Schema, Statement, identifier, literal

_TYPES: Final[Mapping[ColumnType, str]] = {
    ColumnType.TEXT: "VARCHAR",
    ColumnType.STRING: "VARCHAR",
    ColumnType.LOCALE: "VARCHAR(5)",
    ColumnType.TEXTS: "ARRAY",
    ColumnType.BOOLEAN: "BOOLEAN",
    ColumnType.SMALLINT: "SMALLINT",
    ColumnType.INTEGER: "INTEGER",
    ColumnType.BIGINT: "BIGINT",
    ColumnType.INTEGERS: "ARRAY",
    ColumnType.SERIAL: "INT",
    ColumnType.DENSITY: "NUMBER(3,2)",
    ColumnType.DOUBLE: "FLOAT",
    ColumnType.UUID: "VARCHAR(36)",
    ColumnType.IP: "VARCHAR",
    ColumnType.JSON: "VARIANT",
    ColumnType.DOCUMENT: "VARCHAR",  # unlike VARIANT, it keeps the order of keys and the spelling of numbers
    ColumnType.TIMESTAMP: "TIMESTAMP_NTZ",
    ColumnType.TIMESTAMP_MILLIS: "TIMESTAMP_NTZ",
    ColumnType.INSTANT: "TIMESTAMP_LTZ",
    ColumnType.OS_NAME: "VARCHAR",
    ColumnType.BROWSER_NAME: "VARCHAR",
    ColumnType.EVENT_TYPE: "VARCHAR",
    ColumnType.OPERATION_TYPE: "VARCHAR",
}
_COUNTING: Final = "AUTOINCREMENT START 0 INCREMENT 1 ORDER"
_OTHERWISE: Final[Mapping[tuple[str, str], str]] = {
    (krenalis_objects.SYSTEM_OPERATIONS.name, "id"): "VARCHAR NOT NULL",
    (krenalis_objects.SYSTEM_OPERATIONS.name, "operation_type"): "VARCHAR NOT NULL",
    (krenalis_objects.PROFILE_SCHEMA_VERSIONS.name, "operation"): "VARCHAR NOT NULL",
    (krenalis_objects.IDENTITIES.name, "_cluster"): f"INT {_COUNTING}",
    (krenalis_objects.PROFILES.name, "_updated_at"): "TIMESTAMP NOT NULL",
}
"""By table and column: the types that Krenalis declares differently on Snowflake (docs/facts/krenalis.md, "Objects of a warehouse")."""
_DROPS: Final[Mapping[str, str]] = {
    "view": "DROP VIEW IF EXISTS {}",
    "procedure": "DROP PROCEDURE IF EXISTS {}()",
    "table": "DROP TABLE IF EXISTS {}",
}
"""By kind, in the order of dropping: views and the procedure, which read tables, before the tables."""


def create(
    schema: Schema,
    columns: Sequence[ProfileColumn],
    names: Collection[str],
    *,
    profiles: str,
    shown: Sequence[str],
) -> Iterator[Statement]:
    """Makes the named tables and views; a table that exists stays, a view is replaced.

    `profiles` is the name of the profiles table, and `shown` are the columns that the view over it shows.
    """
    for table in krenalis_objects.TABLES:
        if table.name.upper() in names:
            yield create_table(schema, table, columns, profiles)
    for view in krenalis_objects.VIEWS:
        if view.name.upper() in names:
            yield replace_view(schema, view, shown if view.has_profile_columns else (), profiles)


def create_table(
    schema: Schema, table: Table, columns: Sequence[ProfileColumn] = (), profiles: str | None = None
) -> Statement:
    """Makes a table unless it exists. Snowflake stores a primary key, but does not enforce it."""
    name = _actual(table.name, profiles)
    parts = [f"{identifier(column.name.upper())} {_type(table, column)}" for column in table.columns]
    if table.has_profile_columns:
        parts += [f"{identifier(column_name(column.name))} {column_type(column.type)}" for column in columns]
    if table.primary_key:
        parts.append(f"PRIMARY KEY ({_names(name.upper() for name in table.primary_key)})")
    query = f"CREATE TABLE IF NOT EXISTS {schema.object(name)} ({', '.join(parts)})"
    return Statement(f'making table "{name}"', query)


def replace_view(schema: Schema, view: View, columns: Sequence[str], profiles: str) -> Statement:
    """Makes or replaces a view of its fixed and these profile columns; rights to read it are kept."""
    name, table = view.name.upper(), _actual(view.table, profiles)
    shown = _names([*(column.upper() for column in view.columns), *columns])
    query = f"CREATE OR REPLACE VIEW {schema.object(name)} COPY GRANTS AS SELECT {shown} FROM {schema.object(table)}"
    return Statement(f'making view "{name}"', query)


def drop(schema: Schema, objects: Mapping[str, str]) -> list[Statement]:
    """Drops objects, given as name to kind: the record last, because it tells whose the others are."""
    kinds, record = list(_DROPS), krenalis_objects.RECORD.name.upper()
    ordered = sorted(objects.items(), key=lambda item: (item[0] == record, kinds.index(item[1])))
    return [
        Statement(f'dropping {kind} "{name}"', _DROPS[kind].format(schema.object(name)))
        for name, kind in ordered
    ]


def _type(table: Table, column: Column) -> str:
    if otherwise := _OTHERWISE.get((table.name, column.name)):
        return otherwise
    parts = [_TYPES[column.type]]
    if column.not_null:
        parts.append("NOT NULL")
    if column.type is ColumnType.SERIAL:
        parts.append(_COUNTING)
    if column.default is not None:
        parts.append(f"DEFAULT {literal(column.default)}")
    return " ".join(parts)


def _actual(name: str, profiles: str | None) -> str:
    return profiles or name.upper() if name == krenalis_objects.PROFILES.name else name.upper()


def _names(names: Iterable[str]) -> str:
    return ", ".join(map(identifier, names))
