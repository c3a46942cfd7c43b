"""Warehouses in PostgreSQL: whether one can be initialised, and how the server initialises, repairs and reads it."""

from collections import Counter
from pathlib import Path

from tests.support.krenalis_server import connections
from tests.support.krenalis_server.columns import Column
from tests.support.krenalis_server.connections import Connection
from tests.support.krenalis_server.settings import Settings

_STATEMENTS = Path(__file__).with_name("postgresql.sql").read_text()
_LABELS = {
    "r": ("table", "tables"),
    "i": ("index", "indexes"),
    "c": ("type", "types"),
    "v": ("view", "views"),
    "m": ("materialized view", "materialized views"),
    "S": ("sequence", "sequences"),
}
_TABLES = (
    "krenalis_destination_profiles",
    "krenalis_system_operations",
    "krenalis_identities",
    "krenalis_profile_schema_versions",
    "krenalis_events",
)


def contents(settings: Settings, seconds: float) -> str | None:
    """What stands in the schema, such as ``6 tables, 2 views``; None for a schema that is empty or absent."""
    query = (
        "SELECT relkind::text FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = %s"
    )
    with connections.connected(settings, seconds) as connection:
        found = Counter(kind for (kind,) in connections.rows(connection, query, settings["schema"]))
    order = [*_LABELS, *sorted(set(found) - set(_LABELS))]
    counts = [(found[kind], _LABELS.get(kind, (kind, f"{kind}s"))) for kind in order if found[kind]]
    return ", ".join(f"{count} {names[count > 1]}" for count, names in counts) or None


def statements(columns: tuple[Column, ...], *, next_version: bool) -> list[str]:
    """What initialises a warehouse, in order; a statement after ``name: `` is for types that may be there."""
    text = "\n".join(line for line in _STATEMENTS.splitlines() if not line.startswith("-- "))
    counts = "\n    _anonymous_count integer NOT NULL,\n    _recognized_count integer NOT NULL,"
    values = {
        "{profile_columns}": "".join(f",\n    {column.declared}" for column in columns),
        "{profile_names}": "".join(f', "{column.name}"' for column in columns),
        "{counts}": counts if next_version else "",
        "{result}": "\n    result jsonb," if next_version else "",
    }
    for name, value in values.items():
        text = text.replace(name, value)
    return [statement.strip() for statement in text.split("\n--\n")]


def initialise(
    settings: Settings, columns: tuple[Column, ...], seconds: float, *, next_version: bool
) -> None:
    """Make everything, one statement after the other without a transaction: an error leaves what was made."""
    with connections.connected(settings, seconds) as connection:
        for statement in statements(columns, next_version=next_version):
            _run(connection, statement)


def repair(settings: Settings, columns: tuple[Column, ...], seconds: float, *, next_version: bool) -> None:
    """Make what is missing, but for the view ``profiles`` and the current profiles table."""
    with connections.connected(settings, seconds) as connection:
        for statement in statements(columns, next_version=next_version)[:-1]:
            _run(connection, statement)


def _run(connection: Connection, statement: str) -> None:
    name, colon, rest = statement.partition(": ")
    if colon and name.isidentifier():
        # anywhere in the database, of any kind: tables have types too
        if connections.rows(connection, "SELECT FROM pg_type WHERE typname = %s", name):
            return
        statement = rest
    connections.run(connection, statement)


def version(connection: Connection) -> int:
    """The greatest number of a profiles table that was ever made, live or not."""
    query = "SELECT coalesce(max(version), 0) FROM krenalis_profile_schema_versions"
    [(number,)] = connections.rows(connection, query)
    return int(number)


def count_profiles(settings: Settings, seconds: float) -> int:
    with connections.connected(settings, seconds) as connection:
        [(count,)] = connections.rows(connection, "SELECT count(*) FROM profiles")
    return int(count)


def writable_tables(settings: Settings, seconds: float) -> list[str]:
    """The tables of Krenalis that these settings may write to."""
    with connections.connected(settings, seconds) as connection:
        names = [*_TABLES, f"krenalis_profiles_{version(connection)}"]
        query = "SELECT has_table_privilege(%s, 'INSERT, UPDATE, DELETE, TRUNCATE')"
        return [name for name in names if connections.rows(connection, query, name)[0][0]]
