"""Sessions with PostgreSQL: opening one, sending it statements, and being done by the deadline.

A session is one connection in autocommit mode; transactions are begun and committed by statements of their own, and
the end of the session rolls back what was not committed. Nothing is set for longer than a transaction and nothing
is prepared, so that a session may go through PgBouncer.
"""

import logging
import socket
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any, Final, LiteralString, TypeVar

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from krenalis_provider.warehouses.postgresql.errors import (
    ROLE_REFUSALS,
    PostgreSQLError,
    login_error,
    role_error,
    statement_error,
)
from krenalis_provider.warehouses.postgresql.idle_connections import IdleConnections
from krenalis_provider.warehouses.postgresql.sqlstate import sqlstate_of_login
from krenalis_provider.warehouses.waiting import in_time
from krenalis_provider.workspaces.deadline import Deadline
from krenalis_provider.workspaces.errors import Verdict
from krenalis_provider.workspaces.model import PostgreSQLDatabase

Row = tuple[Any, ...]
_Settings = TypeVar("_Settings", bound=PostgreSQLDatabase)

_log: Final = logging.getLogger("postgresql")
_IDLE: Final = IdleConnections()

_LOGIN_SECONDS: Final = 30  # a host that is silent for longer will not answer
_SHORTEST_LOGIN_SECONDS: Final = 2  # psycopg takes less for this much
_LONGEST_TIMEOUT: Final = 2**31 - 1  # in milliseconds, of PostgreSQL's settings
_GRACE_SECONDS: Final = 1  # for the server to give its own, better answer
_PROBE_SECONDS: Final = 3  # how often the server asks the network of a silent client whether it is there


@dataclass(frozen=True, slots=True)
class Statement:
    """Something to execute. `doing` says in an error what failed, such as ``making table "krenalis_events"``."""

    doing: str
    query: LiteralString | sql.Composed
    values: Mapping[str, object] | None = None
    role: str | None = None
    """The role that it takes on, if it does."""


class Session:
    """A connection and the settings it was made with."""

    def __init__(
        self,
        connection: psycopg.Connection[Row],
        settings: PostgreSQLDatabase,
        credentials: Mapping[str, str],
    ) -> None:
        """Use `session` instead."""
        self._connection = connection
        self._settings = settings
        self._acting = acting(settings, credentials)

    @property
    def lost(self) -> bool:
        """Whether the connection broke."""
        return self._connection.closed

    def run(self, statements: Sequence[Statement]) -> list[list[Row]]:
        """Send statements in one round trip and return the rows of each.

        Raises `PostgreSQLError` that names the statement that failed; those after it were not executed.
        """
        cursors = [self._connection.cursor() for _ in statements]
        start = time.monotonic()
        try:
            with self._connection.pipeline():
                for cursor, statement in zip(cursors, statements, strict=True):
                    cursor.execute(statement.query, statement.values)
            rows = [cursor.fetchall() if cursor.description else [] for cursor in cursors]
        except psycopg.Error as error:
            # psycopg may raise at a later statement than the one that failed: the first without a result
            without = (i for i, cursor in enumerate(cursors) if cursor.statusmessage is None)
            failed = statements[next(without, -1)]
            if failed.role and error.sqlstate in ROLE_REFUSALS:
                raise role_error(self._settings, error, failed.role) from error
            raise statement_error(self._acting, error, failed.doing) from error
        _log.debug("%d ms: %s", _milliseconds(start), "; ".join(statement.doing for statement in statements))
        return rows


@contextmanager
def session(
    settings: PostgreSQLDatabase, credentials: Mapping[str, str], deadline: Deadline, *, shares: bool = False
) -> Iterator[Session]:
    """Open a session that ends with the context, and breaks at the deadline if the server has gone silent.

    One that `shares` its connection only reads, and ends its transaction by itself: then the connection is kept
    for a moment, and the next such session has it.

    `credentials` may have password, sslmode, sslrootcert, sslcert and sslkey; what neither they nor the settings
    have, libpq takes from its own sources. Their role is for `begin`. Raises `PostgreSQLError`.
    """
    given = {name: value for name, value in credentials.items() if name != "role"}
    if settings.password:
        given["password"] = settings.password
    conninfo = make_conninfo(
        **given,
        host=settings.host,
        port=settings.port,
        user=settings.username,
        dbname=settings.database,
        application_name="terraform-provider-krenalis",
        client_encoding="UTF8",
    )
    if "\0" in conninfo:  # libpq would not read what follows it, and connect to somewhere else
        raise PostgreSQLError(
            Verdict.CONTRADICTED,
            "password",
            "Invalid password",
            "the password and the other connection settings cannot hold a NUL character.",
        )
    connection = _IDLE.take(conninfo if shares else None)
    if connection is None:
        start = time.monotonic()
        connection = _open(settings, conninfo, deadline.sooner(_LOGIN_SECONDS))
        _log.debug(
            "%d ms: connected to %s:%s, PostgreSQL %s",
            _milliseconds(start),
            settings.host,
            settings.port,
            connection.info.parameter_status("server_version"),
        )
    try:
        with _cut_off_at(deadline, connection):
            yield Session(connection, settings, credentials)
    finally:
        if shares:
            _IDLE.keep(conninfo, connection)
        else:
            connection.close()


def acting(settings: _Settings, credentials: Mapping[str, str]) -> _Settings:
    """The settings with the user whose rights count, who owns what is made: the role to take on, if there is one."""
    role = credentials.get("role")
    return replace(settings, username=role) if role else settings


def begin(deadline: Deadline, *, read_only: bool = False, role: str | None = None) -> list[Statement]:
    """Begin a transaction that the server ends at the deadline, as another `role` than that of the login if given.

    One that only reads sees one state of the warehouse throughout; one that writes sees what others commit while
    it waits for a lock. Names need no search path: ours are qualified, and the rest is PostgreSQL's own.
    """
    milliseconds = max(1, min(int(deadline.remaining() * 1000), _LONGEST_TIMEOUT))
    kind: LiteralString = "REPEATABLE READ READ ONLY" if read_only else "READ COMMITTED"
    return [
        Statement("beginning a transaction", sql.SQL("BEGIN ISOLATION LEVEL {}").format(sql.SQL(kind))),
        Statement(
            "limiting a transaction",
            _LIMITS,
            # shorter than the statement's, so that waiting for a lock is told from being slow
            {
                "statement": f"{milliseconds}ms",
                "lock": f"{max(1, milliseconds * 9 // 10)}ms",
                "probe": str(_PROBE_SECONDS),
            },
        ),
        *([_take_on(role)] if role else []),
    ]


def _take_on(role: str) -> Statement:
    query = sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(role))
    return Statement(f'taking on role "{role}"', query, role=role)


COMMIT: Final = Statement("committing the transaction", "COMMIT")
"""To be sent alone, after all results were read: with others, it takes effect although their sender has died."""

ROLLBACK: Final = Statement("rolling back the transaction", "ROLLBACK")

# By the last four the server notices that a client has vanished, gives up and lets go its locks: the keepalive probes
# find out, also when the network is cut without a word, and the last setting lets a session look that waits for a
# lock; it exists from version 14, and cannot be had on Windows. (idle_in_transaction_session_timeout would never
# take effect: the flush that psycopg sends after a pipeline ends what PostgreSQL takes for idling.)
_LIMITS: Final = """
SELECT set_config('statement_timeout', %(statement)s, true),
       set_config('lock_timeout', %(lock)s, true),
       set_config('search_path', 'pg_catalog, pg_temp', true),
       set_config('tcp_keepalives_idle', %(probe)s, true),
       set_config('tcp_keepalives_interval', %(probe)s, true), set_config('tcp_keepalives_count', '2', true),
       CASE WHEN current_setting('client_connection_check_interval', true) IS NOT NULL
                 AND version() !~* 'windows|visual c|mingw'
            THEN set_config('client_connection_check_interval', '500ms', true) END
"""


def _milliseconds(start: float) -> int:
    return round((time.monotonic() - start) * 1000)


def _open(settings: PostgreSQLDatabase, conninfo: str, deadline: Deadline) -> psycopg.Connection[Row]:
    """Connect; looking up a name cannot be interrupted, and takes as long as it likes."""
    try:
        return in_time(
            "connecting to PostgreSQL",
            deadline.remaining(),
            lambda: _connect(settings, conninfo, deadline),
            lambda connection: connection.close(),
        )
    except TimeoutError:
        raise login_error(settings, None, None) from None


def _connect(settings: PostgreSQLDatabase, conninfo: str, deadline: Deadline) -> psycopg.Connection[Row]:
    # half the time, so that a second address of the host gets the other half
    timeout = max(_SHORTEST_LOGIN_SECONDS, int(deadline.remaining() / 2))
    try:
        return psycopg.connect(conninfo, autocommit=True, prepare_threshold=None, connect_timeout=timeout)
    except UnicodeError as error:
        # of Python's own encoding of international names, which psycopg looks up
        raise PostgreSQLError(
            Verdict.CONTRADICTED, "host", "Invalid host name", f'"{settings.host}" is not one: {error}.'
        ) from error
    except psycopg.errors.ConnectionTimeout as error:
        raise login_error(settings, error, None) from error
    except psycopg.Error as error:
        raise login_error(settings, error, sqlstate_of_login(conninfo, deadline)) from error


@contextmanager
def _cut_off_at(deadline: Deadline, connection: psycopg.Connection[Row]) -> Iterator[None]:
    """Cut the connection soon after the deadline: a server that has gone silent would be waited for without end."""
    end = socket.fromfd(connection.fileno(), socket.AF_INET, socket.SOCK_STREAM)

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
