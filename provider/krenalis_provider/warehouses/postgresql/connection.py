"""Connections to PostgreSQL: opening one in its turn, keeping it for a moment, and cutting it at the deadline.

A Terraform command refreshes all its workspaces within seconds, many of them in one database, and opening a connection
takes longer than most queries. So sessions that only read share connections, one after another; a session that changes
a warehouse has a connection of its own. A server that has no room for a session, or is starting, is asked again until
the deadline.
"""

import logging
import select
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from typing import Any, Final

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import TransactionStatus

from krenalis_provider.model.deadline import Deadline
from krenalis_provider.model.errors import Verdict, WarehouseError
from krenalis_provider.model.run_in_time import in_time
from krenalis_provider.warehouses.alarms import Alarms
from krenalis_provider.warehouses.errors import extended, warehouse_error
from krenalis_provider.warehouses.postgresql.credentials import parameter, require_files
from krenalis_provider.warehouses.postgresql.errors import busy_error, login_error
from krenalis_provider.warehouses.postgresql.login import (
    Busy,
    TellingConnection,
    busy_of,
    conninfo_of,
    elsewhere,
    more_on,
    passes_over_certificate,
    refusal_of,
)
from krenalis_provider.warehouses.postgresql.settings import PostgreSQLSettings
from krenalis_provider.warehouses.session_pool import NoTurnError, SessionPool

Row = tuple[Any, ...]
Connection = psycopg.Connection[Row]

_log: Final = logging.getLogger("postgresql")
logging.getLogger("psycopg").setLevel(logging.INFO)  # below, it tells values of parameters that libpq refuses

_LOGIN_SECONDS: Final = 30  # a host that is silent for longer will not answer
_SHORTEST_LOGIN_SECONDS: Final = 2  # psycopg takes less for this much
_GRACE_SECONDS: Final = 1  # for the server to give its own, better answer
MOST: Final = 10
"""Sessions with one server at once: as many as Terraform works on at once by default, and few of a server's 100."""
_END_SECONDS: Final = 0.2  # a server's process ends within milliseconds
_MOST_IDLE: Final = 10
_IDLE_SECONDS: Final = 5
"""How long an idle connection is kept. Networks drop one that is silent for minutes, and tell neither side."""


@contextmanager
def connection(
    settings: PostgreSQLSettings, parameters: Mapping[str, str], deadline: Deadline, *, shares: bool
) -> Iterator["Line"]:
    """A line whose connection is in autocommit mode, and breaks at the deadline if the server has gone silent.

    With `shares`, the connection may be one that an earlier caller with `shares` used, and is kept for the next one.

    `parameters` are as for `login.conninfo_of`. Raises `WarehouseError`.
    """
    line = Line(settings, parameters, deadline, shares=shares)
    line.open()
    try:
        yield line
    finally:
        line.close()


class Line:
    """What a session is connected by: if the connection ends before the session did anything, another one follows."""

    connection: Connection

    def __init__(
        self, settings: PostgreSQLSettings, parameters: Mapping[str, str], deadline: Deadline, *, shares: bool
    ) -> None:
        """See `connection`."""
        self._settings = settings
        self._conninfo = conninfo_of(settings, parameters)
        self._deadline = deadline
        self._key = self._conninfo if shares else None
        server = (settings.host, settings.port)
        self._role, self._database = (
            (*server, "role", settings.username),
            (*server, "database", settings.database),
        )
        self._scopes = (server, self._role, self._database)
        self._cut = ExitStack()
        self._is_open = False

    def open(self, *, asking: bool = False) -> None:
        """Wait for a turn and connect, again and again while the server takes no session. Raises `WarehouseError`.

        With `asking` the new session has to answer, too: a pooler takes one before it has one at the server.
        """
        start = time.monotonic()
        refused: BusyError | None = None
        while True:
            try:
                idle = POOL.enter(self._scopes, self._key, self._deadline, first=refused is not None)
            except NoTurnError as late:
                last = late.reason if isinstance(late.reason, BusyError) else refused
                raise self._waited(last, start) from late
            try:
                self.connection = idle or self._new(asking=asking)
            except BaseException as error:
                refused = self._refusal(error, refused)
                if refused is None:
                    POOL.leave(self._scopes, None, None)
                    raise
            else:
                break
            _log.info("waiting, because PostgreSQL takes no session now: %s", refused.error)
            full = {Busy.ROLE: self._role, Busy.DATABASE: self._database}.get(refused.busy, self._scopes[0])
            POOL.refused(self._scopes, full, refused)
            if not self._deadline.remaining():
                raise self._waited(refused, start) from refused.error
        POOL.accepted(self._scopes)
        self._cut.enter_context(_cut_off_at(self._deadline, self.connection))
        self._is_open = True

    def again(self, error: psycopg.Error) -> bool:
        """Whether there is another connection, after an error with which this one ended before it did anything.

        An idle connection may have ended meanwhile. A pooler ends one for which it has none at the server, and in a
        pipeline its reason is lost (docs/facts/postgresql.md, "Connection errors").
        """
        is_refusal = error.sqlstate is None or busy_of(error.sqlstate, str(error))
        if not (self.connection.closed and self._deadline.remaining() and is_refusal):
            return False
        self.close()
        self.open(asking=True)
        return True

    def close(self) -> None:
        """Keep the connection for the next session, if that is agreed and it is in no transaction, or close it."""
        if not self._is_open:
            return
        self._is_open = False
        self._cut.close()
        keeps = self._key and self.connection.info.transaction_status is TransactionStatus.IDLE
        if not keeps and POOL.is_wanted and not self.connection.closed:
            _end(self.connection)
        elif not keeps:
            self.connection.close()
        POOL.leave(self._scopes, self._key, self.connection if keeps else None)

    def _new(self, *, asking: bool) -> Connection:
        start = time.monotonic()
        opened = _open(self._settings, self._conninfo, self._deadline.sooner(_LOGIN_SECONDS))
        if asking:
            try:
                with _cut_off_at(self._deadline, opened):
                    opened.execute("SELECT 1")
            except psycopg.Error as error:
                opened.close()
                if busy := busy_of(error.sqlstate, str(error)):
                    raise BusyError(error, error.sqlstate, busy) from error
                raise login_error(self._settings, error, error.sqlstate) from error
        _log.debug(
            "%d ms: connected to %s:%s, PostgreSQL %s",
            round((time.monotonic() - start) * 1000),
            self._settings.host,
            self._settings.port,
            opened.info.parameter_status("server_version"),
        )
        return opened

    def _refusal(self, error: BaseException, before: "BusyError | None") -> "BusyError | None":
        """The refusal after which the login is tried again, in view of the one before; None if it is not."""
        if isinstance(error, BusyError):
            return error
        # nobody listens while a server starts anew, and the last try before the deadline is broken off
        goes_on = before and (before.busy is Busy.STATE or not self._deadline.remaining())
        return before if goes_on and isinstance(error, WarehouseError) and error.code is None else None

    def _waited(self, refused: "BusyError | None", start: float) -> WarehouseError:
        seconds = time.monotonic() - start
        if refused is None:
            return busy_error(self._settings, None, None, Busy.OURSELVES, seconds)
        return busy_error(self._settings, refused.error, refused.code, refused.busy, seconds)


class BusyError(Exception):
    """The server answered, and takes no session now."""

    def __init__(self, error: psycopg.Error, code: str | None, busy: Busy) -> None:
        super().__init__(str(error))
        self.error, self.code, self.busy = error, code, busy


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
        opened = TellingConnection.connect(
            conninfo, autocommit=True, prepare_threshold=None, connect_timeout=timeout
        )
    except UnicodeError as error:
        # from Python's encoding of international host names, which psycopg looks up
        raise warehouse_error(
            Verdict.CONTRADICTED,
            "host",
            "Invalid host name",
            f'"{settings.host}" is not one: {error}. Give the name of the server, or its address.',
        ) from error
    except psycopg.Error as error:
        refusal = refusal_of(str(error))
        if refusal.busy:
            raise BusyError(error, refusal.code, refusal.busy) from error
        refused = login_error(settings, error, refusal.code)
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

    try:
        with _ALARMS.after(deadline.remaining() + _GRACE_SECONDS, cut):
            yield
    finally:
        end.close()


def _end(connection: Connection) -> None:
    """Close a connection, and wait for the end of the server's process: only then is there room for another."""
    with socket.fromfd(connection.fileno(), socket.AF_INET, socket.SOCK_STREAM) as end, suppress(OSError):
        connection.close()
        end.settimeout(_END_SECONDS)
        while end.recv(4096):
            pass


def _is_quiet(connection: Connection) -> bool:
    """Whether the server has sent nothing: without a query it sends something only when it ends the connection."""
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return not poll.poll(0)


def pool_of(most: int = MOST, idle_seconds: float = _IDLE_SECONDS) -> SessionPool[Connection]:
    """A pool for a process that opens so many sessions with one server at once."""
    return SessionPool(most, _MOST_IDLE, idle_seconds, _is_quiet, lambda connection: connection.close())


POOL: Final = pool_of()
_ALARMS: Final = Alarms()
