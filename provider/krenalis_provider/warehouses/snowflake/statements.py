"""The statements that make and drop the objects of the catalogue, each safe to repeat, and those that change columns.

Names of objects are those of `inspection.NAMES`: the catalogue's in upper case.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final

from krenalis_provider.warehouses import catalog
from krenalis_provider.warehouses.catalog import Column, ColumnType, Table, View
from krenalis_provider.warehouses.columns import ProfileColumn
from krenalis_provider.warehouses.migration import Operation
from krenalis_provider.warehouses.snowflake.columns import column_name, column_type
from krenalis_provider.warehouses.snowflake.connection import Statement
from krenalis_provider.warehouses.snowflake.operations import clauses
from krenalis_provider.warehouses.snowflake.place import Place
from krenalis_provider.warehouses.snowflake.sql import identifier, literal

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
    (catalog.SYSTEM_OPERATIONS.name, "id"): "VARCHAR NOT NULL",
    (catalog.SYSTEM_OPERATIONS.name, "operation_type"): "VARCHAR NOT NULL",
    (catalog.PROFILE_SCHEMA_VERSIONS.name, "operation"): "VARCHAR NOT NULL",
    (catalog.IDENTITIES.name, "_cluster"): f"INT {_COUNTING}",
    (catalog.PROFILES.name, "_updated_at"): "TIMESTAMP NOT NULL",
}
"""Columns, by table and name, that Krenalis declares on Snowflake in another way than the catalogue (spec krenalis E.1)."""
_DROPS: Final[Mapping[str, str]] = {
    "view": "DROP VIEW IF EXISTS {}",
    "procedure": "DROP PROCEDURE IF EXISTS {}()",
    "table": "DROP TABLE IF EXISTS {}",
}
"""By kind, in order: what reads tables goes before them."""


def create(
    place: Place,
    columns: Sequence[ProfileColumn],
    names: Collection[str],
    *,
    profiles: str = catalog.PROFILES.name.upper(),
) -> Iterator[Statement]:
    """Make the tables and views that `names` lists: a table unless it is there, a view in any case.

    `profiles` is the name of the profiles table.
    """
    shown = [column_name(column.name) for column in columns]
    for table in catalog.TABLES:
        if table.name.upper() in names:
            yield create_table(place, table, columns, profiles)
    for view in catalog.VIEWS:
        if view.name.upper() in names:
            yield replace_view(place, view, shown if view.has_profile_columns else (), profiles)


def create_table(
    place: Place, table: Table, columns: Sequence[ProfileColumn] = (), profiles: str | None = None
) -> Statement:
    """Make a table unless it is there. Snowflake keeps a primary key, and does not enforce it."""
    name = _actual(table.name, profiles)
    parts = [f"{identifier(column.name.upper())} {_type(table, column)}" for column in table.columns]
    if table.has_profile_columns:
        parts += [f"{identifier(column_name(column.name))} {column_type(column.type)}" for column in columns]
    if table.primary_key:
        parts.append(f"PRIMARY KEY ({_names(name.upper() for name in table.primary_key)})")
    query = f"CREATE TABLE IF NOT EXISTS {place.object(name)} ({', '.join(parts)})"
    return Statement(f'making table "{name}"', query)


def replace_view(place: Place, view: View, columns: Sequence[str], profiles: str) -> Statement:
    """Make a view over the fixed and these profile columns, or replace it by one that the same roles may read."""
    name, table = view.name.upper(), _actual(view.table, profiles)
    shown = _names([*(column.upper() for column in view.columns), *columns])
    query = f"CREATE OR REPLACE VIEW {place.object(name)} COPY GRANTS AS SELECT {shown} FROM {place.object(table)}"
    return Statement(f'making view "{name}"', query)


def alter(place: Place, table: str, operations: Iterable[Operation]) -> Iterator[Statement]:
    """Change the columns of a table, each by a statement of its own."""
    for operation in operations:
        for clause in clauses(operation):
            yield Statement(
                f'changing the columns of table "{table}"', f"ALTER TABLE {place.object(table)} {clause}"
            )


def drop(place: Place, objects: Mapping[str, str]) -> list[Statement]:
    """Drop objects, given as name to kind: the table of the record last, since it says whose they are."""
    record = catalog.RECORD.name.upper()
    ordered = [
        (name, kind)
        for kind in _DROPS
        for name, its_kind in objects.items()
        if its_kind == kind and name != record
    ]
    if record in objects:
        ordered.append((record, "table"))
    return [
        Statement(f'dropping {kind} "{name}"', _DROPS[kind].format(place.object(name)))
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
    return profiles or name.upper() if name == catalog.PROFILES.name else name.upper()


def _names(names: Iterable[str]) -> str:
    return ", ".join(map(identifier, names))
