"""How many rows a warehouse would lose, as far as that can be found out quickly.

Each table is counted in a transaction of its own, so that one which takes too long costs no other its number; of that
one PostgreSQL's own estimate is given, from its last VACUUM or ANALYZE, if there was one.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from psycopg import sql

from krenalis_provider.model.errors import WarehouseError
from krenalis_provider.model.observed import ColumnCounts, Counts, RowCount
from krenalis_provider.warehouses import krenalis_objects
from krenalis_provider.warehouses.postgresql.connection import Row
from krenalis_provider.warehouses.postgresql.session import ROLLBACK, Session, Statement
from krenalis_provider.warehouses.snapshot import Snapshot

_SHARE: Final = 4  # of the time that is left, for one table


def count(session: Session, snapshot: Snapshot) -> Counts:
    """The rows of the tables that hold data of customers; the session is in no transaction. Raises `WarehouseError`."""
    names = (snapshot.profiles, krenalis_objects.IDENTITIES.name, krenalis_objects.EVENTS.name)
    return Counts(
        *(_count(session, name) if name and snapshot.objects.get(name) == "table" else None for name in names)
    )


def count_values(session: Session, snapshot: Snapshot, columns: Iterable[str]) -> ColumnCounts:
    """The profiles, and how many of them have a value in each of the columns that are there."""
    present = [name for name in columns if name in snapshot.columns]
    if not snapshot.profiles:
        return ColumnCounts(None, {})
    counted = _exactly(session, snapshot.profiles, present)
    if counted is None:
        return ColumnCounts(_estimate(session, snapshot.profiles), {})
    return ColumnCounts(RowCount(counted[0]), dict(zip(present, counted[1:], strict=True)))


def _count(session: Session, table: str) -> RowCount | None:
    counted = _exactly(session, table)
    return RowCount(counted[0]) if counted else _estimate(session, table)


def _exactly(session: Session, table: str, columns: Sequence[str] = ()) -> Row | None:
    """The number of rows, and of rows with a value in each column; None if that takes too long or is not allowed."""
    wanted = [sql.SQL("count(*)"), *(sql.SQL("count({})").format(sql.Identifier(c)) for c in columns)]
    query = sql.SQL("SELECT {} FROM {}").format(
        sql.SQL(", ").join(wanted), sql.Identifier(session.schema, table)
    )
    session.begin(session.deadline.sooner(session.deadline.remaining() / _SHARE), read_only=True)
    try:
        rows = session.ask(Statement(f'counting table "{table}"', query))
    except WarehouseError:
        if session.lost:
            raise
        return None
    else:
        return rows[0]
    finally:
        if not session.lost:
            session.run([ROLLBACK])


def _estimate(session: Session, table: str) -> RowCount | None:
    values = {"schema": session.schema, "table": table}
    rows = session.ask(Statement("estimating a table", _ESTIMATE, values))
    return RowCount(rows[0][0], exact=False) if rows else None


# -1 until the first VACUUM or ANALYZE
_ESTIMATE: Final = """
SELECT c.reltuples::bigint FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = %(schema)s AND c.relname = %(table)s AND c.reltuples >= 0
"""
