"""The settings that a role may carry (``ALTER ROLE … SET``), and values of each that differ from the default."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

from tests.support.postgresql import Database, Server
from tests.support.postgresql_warehouse import execute


class RoleSetting(NamedTuple):
    """A setting with a value."""

    name: str
    value: str

    def __str__(self) -> str:
        return f"{self.name} = {self.value}" if self.name in _LISTS else f"{self.name} = '{self.value}'"


_TEXTS: Final = {
    "idle_in_transaction_session_timeout": ("1ms",),
    "idle_session_timeout": ("5s",),
    "lock_timeout": ("1ms",),
    "max_stack_depth": ("100kB", "1MB"),
    "statement_timeout": ("5s",),
    "transaction_timeout": ("5s",),
    "DateStyle": ("German", "SQL, DMY", "Postgres, MDY"),
    "TimeZone": ("Asia/Kolkata", "America/St_Johns", "Etc/GMT+12"),
    "timezone_abbreviations": ("India",),
    "search_path": ("cdp, pg_catalog", '"$user"', "nowhere", "''"),
    "client_encoding": ("LATIN1", "SQL_ASCII"),
    "default_table_access_method": ("heap",),
    "default_text_search_config": ("pg_catalog.german",),
    "default_tablespace": ("pg_default",),
    "temp_tablespaces": ("pg_default", "nowhere"),
    "lc_messages": ("C.UTF-8",),
    "lc_monetary": ("C.UTF-8",),
    "lc_numeric": ("C.UTF-8",),
    "lc_time": ("C.UTF-8",),
    "application_name": ("mine",),
    "plpgsql.extra_errors": ("all", "shadowed_variables", "too_many_rows", "strict_multi_assignment"),
    "plpgsql.extra_warnings": ("all",),
    "createrole_self_grant": ("set, inherit",),
    "restrict_nonsystem_relation_kind": ("view", "foreign-table", "view, foreign-table"),
    "dynamic_library_path": ("/nowhere",),
    "extension_control_path": ("/nowhere",),
    "log_line_prefix": ("%m",),
    "wal_consistency_checking": ("all",),
    "backtrace_functions": ("errfinish",),
    "role": ("none",),
}
"""Values of settings of which the two ends will not do: texts, and bounds that end what users do themselves."""
_GREAT: Final = 1e3
"""For costs: what is greater leads the planner astray, and what is infinite has it fail."""
_BEFORE_USE: Final = ("plpgsql",)
"""The libraries that bring settings of their own."""
_LISTS: Final = frozenset({"search_path", "temp_tablespaces"})
"""The settings whose values are lists of names."""
_NEVER: Final = frozenset(
    {"session_authorization", "transaction_deferrable", "transaction_isolation", "transaction_read_only"}
)


def role_settings(server: Server) -> Iterator[RoleSetting]:
    """All settings that a superuser may give to a role, each with values of both ends and one between."""
    with server.connect() as connection:
        for library in _BEFORE_USE:
            connection.execute(f"LOAD '{library}'".encode())
        rows = connection.execute(_ALL).fetchall()
    for name, kind, default, least, most, words in rows:
        for value in _values(name, kind, least, most, words):
            if value != default and name not in _NEVER:
                yield RoleSetting(name, value)


@contextmanager
def carried(database: Database, *settings: str) -> Iterator[None]:
    """Let the database's role carry these settings for a while; after it, the schema is empty."""
    role, schema = database.role, database.schema
    for setting in settings:
        execute(database, f"ALTER ROLE {role} SET {setting}")
    yield
    execute(
        database,
        f"ALTER ROLE {role} RESET ALL",
        f"DROP SCHEMA {schema} CASCADE",
        f"CREATE SCHEMA {schema}",
        f"GRANT USAGE, CREATE ON SCHEMA {schema} TO {role}",
    )


def _values(name: str, kind: str, least: Any, most: Any, words: list[str] | None) -> list[str]:
    if name in _TEXTS:
        return [*_TEXTS[name]]
    match kind:
        case "bool":
            return ["on", "off"]
        case "enum":
            return words or []
        case "integer":
            low, high = int(least), int(most)
            return [str(each) for each in dict.fromkeys((low, low + (high - low) // 1000, high))]
        case "real":
            bottom, top = float(least), min(float(most), _GREAT)
            return [str(each) for each in dict.fromkeys((bottom, bottom + (top - bottom) / 1000, top))]
        case _:
            return []


_ALL: Final = """
SELECT name, vartype, coalesce(reset_val, ''), min_val, max_val, enumvals FROM pg_settings
 WHERE context IN ('user', 'superuser') ORDER BY name
"""
