"""Sessions that wait for a lock in PostgreSQL: what tests wait for, instead of guessing how long it takes to get there."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from typing import Final

from tests.support.postgresql import Database
from tests.support.postgresql_warehouse import execute
from tests.support.processes import SECONDS
from tfplugin.deadline import Deadline

_LOOK_SECONDS: Final = 0.05


def waits(database: Database) -> bool:
    """Whether a session of the database's role waits for a lock."""
    query = "SELECT pid FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE NOT granted AND usename = '{}'"
    return bool(execute(database, query.format(database.role)))


class _Ending:
    """A deadline that is far away until it comes."""

    def __init__(self) -> None:
        self._deadline = Deadline.after(10 * SECONDS)

    def come(self) -> None:
        self._deadline = Deadline.after(0)

    def remaining(self) -> float:
        return self._deadline.remaining()

    def sooner(self, seconds: float) -> Deadline:
        return self._deadline.sooner(seconds)

    def later(self, seconds: float) -> Deadline:
        return self._deadline.later(seconds)

    def paused(self) -> AbstractContextManager[object]:
        return self._deadline.paused()


@contextmanager
def over_at_a_lock(database: Database) -> Iterator[_Ending]:
    """A deadline that comes when a session of the database's role waits for a lock, however long it takes to get there."""
    ending, over = _Ending(), threading.Event()

    def watch() -> None:
        while not over.wait(_LOOK_SECONDS):
            if waits(database):
                ending.come()
                return

    with ThreadPoolExecutor(1) as threads:
        watching = threads.submit(watch)
        try:
            yield ending
        finally:
            over.set()
        watching.result()
