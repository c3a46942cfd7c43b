"""Connections to PostgreSQL: opening one, keeping it for a moment, and cutting it at the deadline.

A Terraform command refreshes all its workspaces within seconds, many of them in one database, and opening a connection
takes longer than most queries. So sessions that only read share connections, one after another; a session that changes
a warehouse has a connection of its own.
"""

import logging
import selectors
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, Final, NamedTuple

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import TransactionStatus

from krenalis_provider.model.deadline import Deadline
from krenalis_provider.model.errors import Verdict
from krenalis_provider.warehouses.errors import extended, warehouse_error
from krenalis_provider.warehouses.postgresql.credentials import parameter, require_files
from krenalis_provider.warehouses.postgresql.errors import login_error
from krenalis_provider.warehouses.postgresql.login import (
    conninfo_of,
    elsewhere,
    more_on,
    passes_over_certificate,
    sqlstate_of_login,
)
from krenalis_provider.warehouses.postgresql.settings import PostgreSQLSettings
from krenalis_provider.warehouses.run_in_time import in_time

Row = tuple[Any, ...]
Connection = psycopg.Connection[Row]

_log: Final = logging.getLogger("postgresql")
logging.getLogger("psycopg").setLevel(logging.INFO)  # below, it tells values of parameters that libpq refuses

_LOGIN_SECONDS: Final = 30  # a host that is silent for longer will not answer
_SHORTEST_LOGIN_SECONDS: Final = 2  # psycopg takes less for this much
_GRACE_SECONDS: Final = 1  # for the server to give its own, better answer
_MOST_IDLE: Final = 10
_IDLE_SECONDS: Final = 5
"""How long an idle connection is kept. Networks drop one that is silent for minutes, and tell neither side."""


@contextmanager
def connection(
    settings: PostgreSQLSettings, parameters: Mapping[str, str], deadline: Deadline, *, shares: bool
) -> Iterator[Connection]:
    """A connection in autocommit mode, which breaks at the deadline if the server has gone silent.

    With `shares`, the connection may be one that an earlier caller with `shares` used, and is kept for the next one.

    `parameters` are as for `login.conninfo_of`. Raises `WarehouseError`.
    """
    conninfo = conninfo_of(settings, parameters)
    opened = _IDLE.take(conninfo if shares else None)
    if opened is None:
        start = time.monotonic()
        opened = _open(settings, conninfo, deadline.sooner(_LOGIN_SECONDS))
        _log.debug(
            "%d ms: connected to %s:%s, PostgreSQL %s",
            round((time.monotonic() - start) * 1000),
            settings.host,
            settings.port,
            opened.info.parameter_status("server_version"),
        )
    try:
        with _cut_off_at(deadline, opened):
            yield opened
    finally:
        if shares:
            _IDLE.keep(conninfo, opened)
        else:
            opened.close()


def _open(settings: PostgreSQLSettings, conninfo: str, deadline: Deadline) -> Connection:
    """Connect in a thread that can be left behind: looking up a host name has no time limit of its own."""
    try:
        return in_time(
            "connecting to PostgreSQL",
            deadline.remaining(),
            lambda: _connect(settings, conninfo, deadline),
            lambda connection: connection.close(),
        )
    except TimeoutError:
        raise login_error(settings, None, None) from None


def _connect(settings: PostgreSQLSettings, conninfo: str, deadline: Deadline) -> Connection:
    # half of the time is left for a second address of the host
    timeout = max(_SHORTEST_LOGIN_SECONDS, int(deadline.remaining() / 2))
    require_files(conninfo_to_dict(conninfo), elsewhere())
    try:
        opened = psycopg.connect(conninfo, autocommit=True, prepare_threshold=None, connect_timeout=timeout)
    except UnicodeError as error:
        # from Python's encoding of international host names, which psycopg looks up
        raise warehouse_error(
            Verdict.CONTRADICTED, "host", "Invalid host name", f'"{settings.host}" is not one: {error}.'
        ) from error
    except psycopg.errors.ConnectionTimeout as error:
        raise login_error(settings, error, None) from error
    except psycopg.Error as error:
        refused = login_error(settings, error, sqlstate_of_login(conninfo, deadline))
        raise extended(refused, more_on(refused, error, conninfo, deadline)) from error
    try:
        if passes_over_certificate(conninfo, opened.pgconn):
            _require_certificate(settings, conninfo, timeout)
    except BaseException:
        opened.close()
        raise
    return opened


def _require_certificate(settings: PostgreSQLSettings, conninfo: str, timeout: int) -> None:
    """Raise `WarehouseError` if libpq went on in plain text because it cannot use the client's certificate."""
    try:
        psycopg.connect(conninfo, sslmode="require", connect_timeout=timeout).close()
    except psycopg.Error as error:
        refused = login_error(settings, error, None)
        if refused.path in {parameter("sslcert"), parameter("sslkey")}:
            raise refused from error


@contextmanager
def _cut_off_at(deadline: Deadline, opened: Connection) -> Iterator[None]:
    """Cut the connection soon after the deadline: otherwise psycopg waits for a silent server without end."""
    end = socket.fromfd(opened.fileno(), socket.AF_INET, socket.SOCK_STREAM)

    def cut() -> None:
        with suppress(OSError):  # the other side was faster
            end.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(deadline.remaining() + _GRACE_SECONDS, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        end.close()


class _Idle(NamedTuple):
    since: float
    conninfo: str
    connection: Connection


class IdleConnections:
    """The idle connections of one process. A thread closes each in time, unless the process ends first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[_Idle] = []  # the oldest first

    def take(self, conninfo: str | None) -> Connection | None:
        """Return an idle connection with this conninfo, which is in no transaction, or None if there is none.

        In the latter case the caller opens a connection. So that no more are open than were ever used at once, the one
        that has been idle for longest is closed.
        """
        with self._lock:
            self._close_old()
            for idle in [idle for idle in self._idle if idle.conninfo == conninfo]:
                self._idle.remove(idle)
                if _is_quiet(idle.connection):
                    return idle.connection
                idle.connection.close()
            if self._idle:
                self._idle.pop(0).connection.close()
        return None

    def keep(self, conninfo: str, connection: Connection) -> None:
        """Keep a connection for the next `take`, or close one that is broken or in a transaction, or one too many."""
        with self._lock:
            ready = connection.info.transaction_status is TransactionStatus.IDLE
            if not ready or len(self._idle) == _MOST_IDLE:
                connection.close()
                return
            self._idle.append(_Idle(time.monotonic(), conninfo, connection))
            if len(self._idle) == 1:
                threading.Thread(target=self._watch, name="closing idle connections", daemon=True).start()

    def _watch(self) -> None:
        while True:
            time.sleep(_IDLE_SECONDS)
            with self._lock:
                self._close_old()
                if not self._idle:
                    return

    def _close_old(self) -> None:
        while self._idle and self._idle[0].since <= time.monotonic() - _IDLE_SECONDS:
            self._idle.pop(0).connection.close()


_IDLE: Final = IdleConnections()


def _is_quiet(connection: Connection) -> bool:
    """Whether the server has sent nothing: without a query it sends something only when it ends the connection."""
    with selectors.DefaultSelector() as selector:
        selector.register(connection.fileno(), selectors.EVENT_READ)
        return not selector.select(0)
