"""The statements that made views, which SHOW VIEWS gives back as they were written."""

from functools import partial
from typing import Any, Final

from sqlglot import exp

from tests.support.snowflake_double.columns import Change, target

_KEPT: Final = "_fs_global._fs_information_schema._view_texts"
_OF_VIEW: Final = "kept_database = ? AND kept_schema = ? AND kept_name = ?"
_TABLE: Final = f"""
CREATE TABLE {_KEPT} (kept_database VARCHAR, kept_schema VARCHAR, kept_name VARCHAR, kept_text VARCHAR)
"""
_SHOW: Final = f"""
CREATE OR REPLACE VIEW _fs_global._fs_information_schema._fs_show_views AS
SELECT to_timestamp(0)::timestamptz AS created_on, view_name AS name, '' AS reserved, database_name, schema_name,
       'SYSADMIN' AS owner, '' AS comment, kept_text AS text, false AS is_secure, false AS is_materialized,
       'ROLE' AS owner_role_type, 'OFF' AS change_tracking
FROM duckdb_views()
JOIN {_KEPT} ON kept_database = database_name AND kept_schema = schema_name AND kept_name = view_name
"""


def install(connection: Any) -> None:
    """Show them in SHOW VIEWS, in the place of fakesnow's, which has DuckDB's text."""
    connection.execute(_TABLE)
    connection.execute(_SHOW)


def changes(statement: Any, text: str, database: str | None, schema: str | None) -> list[Change]:
    """What a statement of that text, before anything was made of it, changes of what is kept here."""
    if not isinstance(statement, exp.Create) or statement.args.get("kind") != "VIEW":
        return []
    key = target(statement, database, schema)
    return [partial(_keep, key, text)] if key else []


def _keep(key: tuple[str, str, str], text: str, connection: Any) -> None:
    connection.execute(f"DELETE FROM {_KEPT} WHERE {_OF_VIEW}", list(key))
    connection.execute(f"INSERT INTO {_KEPT} VALUES (?, ?, ?, ?)", [*key, text])
