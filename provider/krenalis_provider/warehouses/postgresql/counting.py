"""How many rows a warehouse would lose, as far as that can be found out quickly.

Each table is counted in a transaction of its own, so that one which takes too long costs no other its number; of that
one PostgreSQL's own estimate is given, from its last VACUUM or ANALYZE, if there was one.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from psycopg import sql

from krenalis_provider.warehouses import catalog
from krenalis_provider.warehouses.found import Found
from krenalis_provider.warehouses.postgresql.connection import ROLLBACK, Row, Session, Statement
from krenalis_provider.warehouses.postgresql.errors import PostgreSQLError
from krenalis_provider.warehouses.provisioner import ColumnCounts, Counts, RowCount
from krenalis_provider.workspaces.deadline import Deadline

Begin = Callable[[Deadline], list[Statement]]
"""Begins a transaction that only reads, and that PostgreSQL ends at the deadline."""

_SHARE: Final = 4  # of the time that is left, for one table


class Counting:
    """Counts in one schema, in a session without a transaction."""

    def __init__(self, session: Session, schema: str, begin: Begin, deadline: Deadline) -> None:
        """Ask for nothing yet."""
        self._session = session
        self._schema = schema
        self._begin = begin
        self._deadline = deadline

    def rows(self, found: Found) -> Counts:
        """The rows of the tables that hold data of customers."""
        names = (found.profiles, catalog.IDENTITIES.name, catalog.EVENTS.name)
        return Counts(
            *(self._count(name) if name and found.objects.get(name) == "table" else None for name in names)
        )

    def values(self, found: Found, columns: Iterable[str]) -> ColumnCounts:
        """The profiles, and how many of them have a value in each of the columns that are there."""
        present = [name for name in columns if name in found.columns]
        if not found.profiles:
            return ColumnCounts(None, {})
        counted = self._exactly(found.profiles, present)
        if counted is None:
            return ColumnCounts(self._estimate(found.profiles), {})
        return ColumnCounts(RowCount(counted[0]), dict(zip(present, counted[1:], strict=True)))

    def _count(self, table: str) -> RowCount | None:
        counted = self._exactly(table)
        return RowCount(counted[0]) if counted else self._estimate(table)

    def _exactly(self, table: str, columns: Sequence[str] = ()) -> Row | None:
        """The number of rows, and of those with a value in each column; None if that takes too long or is not allowed."""
        wanted = [sql.SQL("count(*)"), *(sql.SQL("count({})").format(sql.Identifier(c)) for c in columns)]
        query = sql.SQL("SELECT {} FROM {}").format(
            sql.SQL(", ").join(wanted), sql.Identifier(self._schema, table)
        )
        limit = self._deadline.sooner(self._deadline.remaining() / _SHARE)
        try:
            rows = self._session.run([*self._begin(limit), Statement(f'counting table "{table}"', query)])
        except PostgreSQLError:
            if self._session.lost:
                raise
            return None
        else:
            return rows[-1][0]
        finally:
            if not self._session.lost:
                self._session.run([ROLLBACK])

    def _estimate(self, table: str) -> RowCount | None:
        statement = Statement("estimating a table", _ESTIMATE, {"schema": self._schema, "table": table})
        rows = self._session.run([statement])[0]
        return RowCount(rows[0][0], exact=False) if rows else None


# -1 until the first VACUUM or ANALYZE
_ESTIMATE: Final = """
SELECT c.reltuples::bigint FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = %(schema)s AND c.relname = %(table)s AND c.reltuples >= 0
"""
