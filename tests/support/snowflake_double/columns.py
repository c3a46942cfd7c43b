"""The types of columns, as Snowflake shows them.

DuckDB keeps fewer types, and fakesnow knows only the lengths of texts beside, and not what becomes of them when a
column is renamed. So what was declared is kept here, and INFORMATION_SCHEMA.COLUMNS and DESCRIBE TABLE are made of both.
"""

from collections.abc import Callable, Iterator
from functools import partial
from string import Template
from typing import Any, Final

import fakesnow.info_schema
import fakesnow.transforms.transforms
from sqlglot import exp

Change = Callable[[Any], None]
"""What is to be noted when a statement has been executed, on a connection of DuckDB."""

_KEPT: Final = "_fs_global._fs_information_schema._declared"
_TEXT: Final = exp.DataType.TEXT_TYPES
_LONGEST: Final = 16777216
_DATETIME: Final = {
    exp.DataType.Type.TIMESTAMP: "TIMESTAMP_NTZ",
    exp.DataType.Type.TIMESTAMPNTZ: "TIMESTAMP_NTZ",
    exp.DataType.Type.TIMESTAMPLTZ: "TIMESTAMP_LTZ",
    exp.DataType.Type.TIMESTAMPTZ: "TIMESTAMP_TZ",
    exp.DataType.Type.TIME: "TIME",
}
_SEMI_STRUCTURED: Final = {
    exp.DataType.Type.ARRAY: "ARRAY",
    exp.DataType.Type.OBJECT: "OBJECT",
    exp.DataType.Type.VARIANT: "VARIANT",
}
_NANOSECONDS: Final = 9

_OF_TABLE: Final = "kept_catalog = ? AND kept_schema = ? AND kept_table = ?"
_COLUMN: Final = f"{_OF_TABLE} AND kept_column = ?"

_TABLE: Final = f"""
CREATE TABLE {_KEPT} (
    kept_catalog VARCHAR, kept_schema VARCHAR, kept_table VARCHAR, kept_column VARCHAR,
    kept_type VARCHAR, kept_length BIGINT, kept_precision BIGINT, kept_key BOOLEAN, kept_identity VARCHAR,
    PRIMARY KEY (kept_catalog, kept_schema, kept_table, kept_column)
)
"""
_VIEW: Final = f"""
CREATE OR REPLACE VIEW _fs_global._fs_information_schema._fs_columns AS
WITH shown AS (
    SELECT c.*, kept.*,
           coalesce(kept_type, CASE
               WHEN data_type LIKE 'DECIMAL%' OR data_type LIKE '%INT%' THEN 'NUMBER'
               WHEN data_type = 'VARCHAR' THEN 'TEXT'
               WHEN data_type = 'DOUBLE' THEN 'FLOAT'
               WHEN data_type = 'BLOB' THEN 'BINARY'
               WHEN data_type = 'TIMESTAMP WITH TIME ZONE' THEN 'TIMESTAMP_TZ'
               WHEN data_type LIKE 'TIMESTAMP%' THEN 'TIMESTAMP_NTZ'
               WHEN data_type = 'JSON' THEN 'VARIANT'
               ELSE data_type END) AS type
    FROM system.information_schema.columns c
    LEFT JOIN {_KEPT} kept ON kept_catalog = table_catalog AND kept_schema = table_schema
                          AND kept_table = table_name AND kept_column = column_name
    WHERE table_schema NOT IN ('_fs_information_schema', 'information_schema')
)
SELECT table_catalog AS TABLE_CATALOG, table_schema AS TABLE_SCHEMA, table_name AS TABLE_NAME,
       column_name AS COLUMN_NAME, ordinal_position AS ORDINAL_POSITION,
       CASE WHEN kept_identity IS NULL THEN column_default END AS COLUMN_DEFAULT,
       is_nullable AS IS_NULLABLE, type AS DATA_TYPE,
       CASE WHEN type = 'TEXT' THEN coalesce(kept_length, {_LONGEST}) END AS CHARACTER_MAXIMUM_LENGTH,
       CASE WHEN type = 'TEXT' THEN least(coalesce(kept_length, {_LONGEST}) * 4, {_LONGEST}) END
           AS CHARACTER_OCTET_LENGTH,
       CASE WHEN type = 'NUMBER' THEN CASE WHEN data_type LIKE 'DECIMAL%' THEN numeric_precision ELSE 38 END END
           AS NUMERIC_PRECISION,
       CASE WHEN type = 'NUMBER' THEN 10 END AS NUMERIC_PRECISION_RADIX,
       CASE WHEN type = 'NUMBER' THEN coalesce(numeric_scale, 0) END AS NUMERIC_SCALE,
       CASE WHEN type LIKE 'TIME%' THEN coalesce(kept_precision, {_NANOSECONDS}) END AS DATETIME_PRECISION,
       NULL::VARCHAR AS COLLATION_NAME,
       CASE WHEN kept_identity IS NULL THEN 'NO' ELSE 'YES' END AS IS_IDENTITY,
       kept_identity AS IDENTITY_GENERATION, coalesce(kept_key, FALSE) AS KEPT_KEY, NULL::VARCHAR AS COMMENT
FROM shown
"""
_DESCRIBE: Final = """
SELECT column_name AS "name",
       CASE WHEN data_type = 'NUMBER' THEN 'NUMBER(' || numeric_precision || ',' || numeric_scale || ')'
            WHEN data_type = 'TEXT' THEN 'VARCHAR(' || character_maximum_length || ')'
            WHEN data_type LIKE 'TIME%' THEN data_type || '(' || datetime_precision || ')'
            WHEN data_type = 'BINARY' THEN 'BINARY(8388608)'
            ELSE data_type END AS "type",
       'COLUMN' AS "kind",
       CASE WHEN is_nullable = 'YES' THEN 'Y' ELSE 'N' END AS "null?",
       coalesce(identity_generation, column_default) AS "default",
       CASE WHEN kept_key THEN 'Y' ELSE 'N' END AS "primary key",
       'N' AS "unique key", NULL::VARCHAR AS "check", NULL::VARCHAR AS "expression", NULL::VARCHAR AS "comment",
       NULL::VARCHAR AS "policy name", NULL::JSON AS "privacy domain"
FROM _fs_information_schema._fs_columns
WHERE table_catalog = '${catalog}' AND table_schema = '${schema}' AND table_name = '${table}'
ORDER BY ordinal_position
"""
_VIEWS_TOO: Final = """
UNION ALL BY NAME
SELECT database_name AS "TABLE_CATALOG", schema_name AS "TABLE_SCHEMA", view_name AS "TABLE_NAME",
       'VIEW' AS "TABLE_TYPE"
FROM duckdb_views()
WHERE database_name = '${catalog}' AND NOT internal AND schema_name != '_fs_information_schema'
"""


def install(connection: Any) -> None:
    """Put ours in the place of fakesnow's, before there is any database."""
    connection.execute(_TABLE)
    connection.execute(_VIEW)
    fakesnow.transforms.transforms.SQL_DESCRIBE_TABLE = Template(_DESCRIBE)
    tables = fakesnow.info_schema.SQL_CREATE_INFORMATION_SCHEMA_TABLES_VIEW.template
    fakesnow.info_schema.SQL_CREATE_INFORMATION_SCHEMA_TABLES_VIEW = Template(tables + _VIEWS_TOO)


def changes(connection: Any, statement: Any, database: str | None, schema: str | None) -> list[Change]:
    """What a statement, before anything was made of it, changes of what is kept here."""
    if not isinstance(statement, (exp.Create, exp.Drop, exp.Alter)) or statement.args.get("kind") != "TABLE":
        return []
    key = target(statement, database, schema)
    if key is None:
        return []
    if isinstance(statement, exp.Alter):
        return [change for action in statement.args["actions"] for change in _alteration(key, action)]
    if isinstance(statement, exp.Create):
        if statement.args.get("exists") and _there(connection, key):
            return []
        return [partial(_forget, key), _addition(key, _definitions(statement))]
    return [partial(_forget, key)]


def target(statement: Any, database: str | None, schema: str | None) -> tuple[str, str, str] | None:
    """Database, schema and name of the table or view that a statement makes, changes or drops."""
    found = statement.find(exp.Table)
    if found is None or not _name(found.this):
        return None
    return (
        _name(found.args.get("catalog")) or database or "",
        _name(found.args.get("db")) or schema or "",
        _name(found.this),
    )


def _definitions(statement: Any) -> list[Any]:
    definitions = list(statement.find_all(exp.ColumnDef))
    keys = {_name(i) for key in statement.find_all(exp.PrimaryKey) for i in key.find_all(exp.Identifier)}
    for definition in definitions:
        definition.args["kept_key"] = _name(definition.this) in keys or bool(
            definition.find(exp.PrimaryKeyColumnConstraint)
        )
    return definitions


def _alteration(key: tuple[str, str, str], action: Any) -> Iterator[Change]:
    if isinstance(action, exp.ColumnDef):
        yield _addition(key, [action])
    elif isinstance(action, exp.AlterColumn) and action.args.get("dtype"):
        yield partial(_retype, key, _column(action.this), _shown(action.args["dtype"]))
    elif isinstance(action, exp.RenameColumn):
        yield partial(_rename, key, _column(action.this), _column(action.args["to"]))
    elif isinstance(action, exp.Drop):
        yield partial(_drop, key, _column(action))


def _addition(key: tuple[str, str, str], columns: list[Any]) -> Change:
    """Keep what new columns are declared as; a column that is there stays as it is."""
    rows = [
        [
            *key,
            _name(c.this),
            *_shown(c.args["kind"]),
            bool(c.args.get("kept_key")),
            c.args.get("kept_identity"),
        ]
        for c in columns
        if c.args.get("kind")
    ]
    values = [list(column) for column in zip(*rows, strict=True)]
    lists = ", ".join("unnest(?)" for _ in values)

    def add(connection: Any) -> None:
        if rows:
            connection.execute(f"INSERT INTO {_KEPT} SELECT {lists} ON CONFLICT DO NOTHING", values)

    return add


def _retype(
    key: tuple[str, str, str], column: str, shown: tuple[str | None, int | None, int | None], connection: Any
) -> None:
    connection.execute(
        f"UPDATE {_KEPT} SET kept_type = ?, kept_length = ?, kept_precision = ? WHERE {_COLUMN}",
        [*shown, *key, column],
    )


def _shown(declared: Any) -> tuple[str | None, int | None, int | None]:
    """The name of a type, its length and its precision, where DuckDB would not know them."""
    parameter = declared.find(exp.DataTypeParam)
    number = int(parameter.name) if parameter and parameter.name.isdecimal() else None
    if declared.this in _TEXT:
        return "TEXT", number or _LONGEST, None
    if declared.this in _DATETIME:
        return _DATETIME[declared.this], None, _NANOSECONDS if number is None else number
    return _SEMI_STRUCTURED.get(declared.this), None, None


def _rename(key: tuple[str, str, str], old: str, new: str, connection: Any) -> None:
    connection.execute(
        f"UPDATE {_KEPT} SET kept_column = ? WHERE {_COLUMN}",
        [new, *key, old],
    )


def _drop(key: tuple[str, str, str], column: str, connection: Any) -> None:
    connection.execute(
        f"DELETE FROM {_KEPT} WHERE {_COLUMN}",
        [*key, column],
    )


def _forget(key: tuple[str, str, str], connection: Any) -> None:
    connection.execute(f"DELETE FROM {_KEPT} WHERE {_OF_TABLE}", list(key))


def _there(connection: Any, key: tuple[str, str, str]) -> bool:
    query = "SELECT 1 FROM duckdb_tables() WHERE database_name = ? AND schema_name = ? AND table_name = ?"
    return connection.execute(query, list(key)).fetchone() is not None


def _column(reference: Any) -> str:
    return _name(reference if isinstance(reference, exp.Identifier) else reference.find(exp.Identifier))


def _name(identifier: Any) -> str:
    """A name as Snowflake keeps it; empty for none."""
    if not isinstance(identifier, exp.Identifier):
        return ""
    return str(identifier.this) if identifier.args.get("quoted") else str(identifier.this).upper()
