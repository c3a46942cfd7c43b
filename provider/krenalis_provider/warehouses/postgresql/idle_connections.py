"""Connections that are left open for a little while, because opening one takes longer than most questions.

A Terraform command refreshes all its workspaces within seconds, many of them in one database. Only those who read
share connections, one after another: what changes a warehouse has one of its own from beginning to end.
"""

import selectors
import threading
import time
from typing import Any, Final, NamedTuple

import psycopg
from psycopg.pq import TransactionStatus

Connection = psycopg.Connection[tuple[Any, ...]]

_MOST: Final = 10
_SECONDS: Final = 5
"""That a connection is kept. Networks forget one that is silent for minutes, and nobody would be told."""


class _Idle(NamedTuple):
    since: float
    conninfo: str
    connection: Connection


class IdleConnections:
    """Those of one process. It is left with none of them when its work is done: it ends, or they are closed."""

    def __init__(self) -> None:
        """Has none, and no thread that watches over them."""
        self._lock = threading.Lock()
        self._idle: list[_Idle] = []
        """The oldest first."""

    def take(self, conninfo: str | None) -> Connection | None:
        """One to that place, in autocommit mode and without a transaction; None where there is none.

        Then the caller opens one, for which another one is closed: so never more are open than were used at once.
        """
        with self._lock:
            self._close_before(time.monotonic() - _SECONDS)
            for idle in [idle for idle in self._idle if idle.conninfo == conninfo]:
                self._idle.remove(idle)
                if _is_quiet(idle.connection):
                    return idle.connection
                idle.connection.close()
            if self._idle:
                self._idle.pop(0).connection.close()
        return None

    def keep(self, conninfo: str, connection: Connection) -> None:
        """Keep a connection to that place for the next, or close it if it is broken or in a transaction."""
        with self._lock:
            ready = connection.info.transaction_status is TransactionStatus.IDLE
            if not ready or len(self._idle) == _MOST:
                connection.close()
                return
            self._idle.append(_Idle(time.monotonic(), conninfo, connection))
            if len(self._idle) == 1:
                threading.Thread(target=self._watch, name="closing idle connections", daemon=True).start()

    def _watch(self) -> None:
        while True:
            time.sleep(_SECONDS)
            with self._lock:
                self._close_before(time.monotonic() - _SECONDS)
                if not self._idle:
                    return

    def _close_before(self, moment: float) -> None:
        while self._idle and self._idle[0].since <= moment:
            self._idle.pop(0).connection.close()


def _is_quiet(connection: Connection) -> bool:
    """Whether the server has said nothing since: it speaks first only to say that it ends the connection."""
    with selectors.DefaultSelector() as selector:
        selector.register(connection.fileno(), selectors.EVENT_READ)
        return not selector.select(0)
