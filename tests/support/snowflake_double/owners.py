"""Who owns what: of a database all that is made in it, and single tables and views if a test gives them away."""

from typing import Any, Final

_KEPT: Final = "_fs_global._fs_information_schema._owners"
_TABLE: Final = f"CREATE TABLE {_KEPT} (kept_database VARCHAR, kept_name VARCHAR, kept_owner VARCHAR)"
_SHOW: Final = f"""
CREATE OR REPLACE VIEW _fs_global._fs_information_schema._fs_show_objects AS
SELECT to_timestamp(0)::timestamptz AS created_on, table_name AS name, table_catalog AS database_name,
       table_schema AS schema_name, replace(table_type, 'BASE ', '') AS kind, '' AS comment, '' AS cluster_by,
       0 AS rows, 0 AS bytes, coalesce(own.kept_owner, every.kept_owner) AS owner, 1 AS retention_time,
       'ROLE' AS owner_role_type
FROM system.information_schema.tables
LEFT JOIN {_KEPT} every ON every.kept_database = table_catalog AND every.kept_name IS NULL
LEFT JOIN {_KEPT} own ON own.kept_database = table_catalog AND own.kept_name = table_name
WHERE table_schema != '_fs_information_schema'
"""


def install(connection: Any) -> None:
    """Show them in SHOW OBJECTS, in the place of fakesnow's."""
    connection.execute(_TABLE)
    connection.execute(_SHOW)


def give(connection: Any, database: str, name: str | None, role: str) -> None:
    """Let a role own a table or view, or without a name all that has no other owner."""
    connection.execute(
        f"DELETE FROM {_KEPT} WHERE kept_database = ? AND kept_name IS NOT DISTINCT FROM ?", [database, name]
    )
    connection.execute(f"INSERT INTO {_KEPT} VALUES (?, ?, ?)", [database, name, role])


def owner(connection: Any, database: str, name: str) -> str | None:
    """The role that owns a table or view."""
    query = f"""
        SELECT kept_owner FROM {_KEPT}
        WHERE kept_database = ? AND (kept_name IS NULL OR kept_name = ?) ORDER BY kept_name NULLS LAST
    """
    row = connection.execute(query, [database, name]).fetchone()
    return row[0] if row else None


def forget(connection: Any, database: str) -> None:
    """The database is gone."""
    connection.execute(f"DELETE FROM {_KEPT} WHERE kept_database = ?", [database])
