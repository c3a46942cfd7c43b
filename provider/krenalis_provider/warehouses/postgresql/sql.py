"""Statements, and names as they stand in SQL, where psycopg's composition would take too long, and in messages."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final, LiteralString

from psycopg import sql

from krenalis_provider.warehouses.postgresql.settings import PostgreSQLSettings
from lightstart.records import Record

_WITH_OPTIONS: Final = 160_000


class Statement(Record):
    """Something to execute. `doing` says in an error what failed, such as ``making table "krenalis_events"``."""

    doing: str
    query: LiteralString | sql.Composed
    values: Mapping[str, object] | None = None
    role: str | None = None
    """The role that it takes on, if it does."""
    tells_role: bool = False
    """Whether its row begins with the role that works."""


@lru_cache(maxsize=4096)  # more than a table has columns, each of which is named many times
def identifier(*names: str) -> str:
    """A quoted name, of one part or more."""
    return sql.Identifier(*names).as_string(None)


def listed(names: Iterable[str]) -> sql.SQL:
    """Quoted names with commas between them."""
    return sql.SQL(", ".join(map(identifier, names)))


def membership(role: str, member: str, version: int, option: str) -> str:
    """The GRANT that makes a role a member of another one with an option: SET to take it on, INHERIT to have its rights.

    From PostgreSQL 16 on a membership has these options, which a plain GRANT leaves as they were
    (docs/facts/postgresql.md, "Ownership"); before, NOINHERIT is a property of the member.
    """
    granted = f"GRANT {identifier(role)} TO {identifier(member)}"
    return f"{granted} WITH {option} TRUE;" if version >= _WITH_OPTIONS else f"{granted};"


def reset(name: str, source: str, settings: PostgreSQLSettings) -> str:
    """How a setting is taken back where `pg_settings.source` says it comes from; a sentence."""
    role, database = identifier(settings.username), identifier(settings.database)
    altered = {
        "user": f"ROLE {role}",
        "database": f"DATABASE {database}",
        "database user": f"ROLE {role} IN DATABASE {database}",
        "global": "ROLE ALL",
    }
    if source in altered:
        return f"Let an administrator run: ALTER {altered[source]} RESET {name};"
    if source == "client":
        return f"It is the client that asks for it: take {name} out of PGOPTIONS, or of the options in the service file."
    return f"Let an administrator take {name} out of the server's configuration, or run: ALTER ROLE {role} SET {name} = off;"
