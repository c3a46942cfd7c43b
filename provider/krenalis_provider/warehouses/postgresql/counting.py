"""How many rows a warehouse would lose, as far as that can be found out quickly.

Each table is counted in a transaction of its own, so that one which takes too long costs no other its number. Of a table
that cannot be counted, for that or another reason, PostgreSQL's own numbers give an estimate. They are those of all rows,
also where row-level security hides some of them, and then a count is refused (docs/facts/postgresql.md, "Row-level
security").
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from psycopg import sql

from krenalis_provider.model.errors import WarehouseError
from krenalis_provider.model.observed import ColumnCounts, Counts, Filled, RowCount, Rows
from krenalis_provider.model.unknown import UNKNOWN
from krenalis_provider.warehouses import krenalis_objects
from krenalis_provider.warehouses.postgresql.connection import Row
from krenalis_provider.warehouses.postgresql.session import ROLLBACK, Session
from krenalis_provider.warehouses.postgresql.sql import Statement
from krenalis_provider.warehouses.snapshot import Snapshot

_SHARE: Final = 4  # of the time that is left, for one table


class _Table(NamedTuple):
    name: str
    partitioned: bool
    about: int
    """The estimate; 0 says nothing."""
    columns: Sequence[str]


def count(session: Session, snapshot: Snapshot) -> Counts:
    """The rows of the tables that hold data of customers; the session is in no transaction. Raises `WarehouseError`."""
    names = (snapshot.profiles, krenalis_objects.IDENTITIES.name, krenalis_objects.EVENTS.name)
    there = [name for name in names if name and snapshot.objects.get(name) == "table"]
    counted: dict[str, Rows] = {}
    reasons: list[str] = []
    for table in _tables(session, there):
        found = _exactly(session, table)
        if isinstance(found, WarehouseError):
            reasons.append(found.detail)
            counted[table.name] = _estimate(table)
        else:
            counted[table.name] = RowCount(found[0])
    profiles, identities, events = (counted.get(name or "") for name in names)
    return Counts(profiles, identities, events, tuple(reasons))


def count_values(session: Session, snapshot: Snapshot, columns: Sequence[str]) -> ColumnCounts:
    """The profiles and identities, and how many of them have a value in each of the columns that are there."""
    names = (snapshot.profiles, krenalis_objects.IDENTITIES.name)
    there = [name for name in names if name and snapshot.objects.get(name) == "table"]
    filled: dict[str, Filled] = {}
    reasons: list[str] = []
    for table in _tables(session, there):
        present = [name for name in columns if name in table.columns]
        found = _exactly(session, table, present)
        if isinstance(found, WarehouseError):
            reasons.append(found.detail)
            filled[table.name] = Filled(_estimate(table))
        else:
            values = dict.fromkeys(columns, 0) | dict(zip(present, found[1:], strict=True))
            filled[table.name] = Filled(RowCount(found[0]), values)
    profiles, identities = (filled.get(name or "", Filled(None)) for name in names)
    return ColumnCounts(profiles, identities, tuple(reasons))


def _tables(session: Session, names: Sequence[str]) -> list[_Table]:
    if not names:
        return []
    session.begin(read_only=True)
    values = {"schema": session.schema, "names": names}
    rows = session.ask(Statement("estimating tables", _ESTIMATES, values))
    session.run([ROLLBACK])
    tables = {row[0]: _Table(*row) for row in rows}
    return [tables[name] for name in names if name in tables]


def _exactly(session: Session, table: _Table, columns: Sequence[str] = ()) -> Row | WarehouseError:
    """The number of rows, and of rows with a value in each column; or why that takes too long or is not allowed."""
    wanted = [sql.SQL("count(*)"), *(sql.SQL("count({})").format(sql.Identifier(c)) for c in columns)]
    # tables of others may inherit from ours, and their rows are not ours; without its partitions, a table has none
    query = sql.SQL("SELECT {} FROM {}{}").format(
        sql.SQL(", ").join(wanted),
        sql.SQL("" if table.partitioned else "ONLY "),
        sql.Identifier(session.schema, table.name),
    )
    session.begin(session.deadline.sooner(session.deadline.remaining() / _SHARE), read_only=True)
    try:
        rows = session.ask(Statement(f'counting table "{table.name}"', query))
    except WarehouseError as error:
        if session.lost:
            raise
        return error
    else:
        return rows[0]
    finally:
        if not session.lost:
            session.run([ROLLBACK])


def _estimate(table: _Table) -> Rows:
    return RowCount(table.about, exact=False) if table.about > 0 else UNKNOWN


# the first number is of the last VACUUM or ANALYZE, and -1 until then; the other one counts what was written since the
# server's last crash, roughly
_ESTIMATES: Final = """
SELECT c.relname::text, c.relkind = 'p',
       CASE WHEN c.reltuples > 0 THEN c.reltuples::bigint ELSE pg_stat_get_live_tuples(c.oid) END,
       ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped)
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = %(schema)s AND c.relname = ANY(%(names)s::name[])
"""
