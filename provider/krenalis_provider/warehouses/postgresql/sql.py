"""Names as they stand in PostgreSQL's SQL, where psycopg's composition would take too long, and in messages."""

from collections.abc import Iterable
from functools import lru_cache

from psycopg import sql


@lru_cache(maxsize=4096)  # more than a table has columns, each of which is named many times
def identifier(*names: str) -> str:
    """A quoted name, of one part or more."""
    return sql.Identifier(*names).as_string(None)


def listed(names: Iterable[str]) -> sql.SQL:
    """Quoted names with commas between them."""
    return sql.SQL(", ".join(map(identifier, names)))
