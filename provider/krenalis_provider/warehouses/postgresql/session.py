"""Sessions with PostgreSQL: sending statements, in transactions that the server ends at the deadline.

Transactions are begun and committed by statements of their own, and the end of the session rolls back what was not
committed. Nothing is set for longer than a transaction and nothing is prepared, so that a session may go through
PgBouncer.

A role, a database or an environment may set what it likes for a session. Our questions are asked under `OUR_SETTINGS`, so
that nobody's settings change what we read. What users wrote may run with a statement that changes something: functions of
triggers and event triggers, defaults, policies. So these statements, COMMIT among them, are executed under `USERS_SETTINGS`,
as in any other session of the role; whatever they name is qualified, operators too, so that nothing in a user's schema is
taken for PostgreSQL's own.
"""

import logging
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final, LiteralString

import psycopg
from psycopg import sql

from krenalis_provider.model.deadline import Deadline
from krenalis_provider.model.errors import WarehouseError
from krenalis_provider.warehouses.postgresql.connection import Connection, Line, Row, connection
from krenalis_provider.warehouses.postgresql.errors import (
    ROLE_REFUSALS,
    rehearsal_error,
    role_error,
    statement_error,
)
from krenalis_provider.warehouses.postgresql.settings import PostgreSQLSettings
from krenalis_provider.warehouses.postgresql.sql import Statement

_log: Final = logging.getLogger("postgresql")

_LONGEST_TIMEOUT: Final = 2**31 - 1  # in milliseconds, of PostgreSQL's settings
_PROBE_SECONDS: Final = 3  # how often the server asks the network of a silent client whether it is there


class Session:
    """A connection, the settings it was made with, and the role that works."""

    def __init__(
        self,
        line: Line,
        settings: PostgreSQLSettings,
        parameters: Mapping[str, str],
        deadline: Deadline,
    ) -> None:
        """See `session`, which opens one."""
        self._line = line
        self._is_new = True
        self._taken_on = parameters.get("role")
        self._waiting: list[Statement] = []
        self.deadline = deadline
        self.settings = settings
        self.schema = settings.schema
        self.role = self._taken_on or settings.username
        """The role whose rights count, and that owns what is made: as the server says, once a transaction has begun."""

    @property
    def _connection(self) -> Connection:
        return self._line.connection

    @property
    def lost(self) -> bool:
        """Whether the connection broke."""
        return self._connection.closed

    @property
    def version(self) -> int:
        """The server's version as a number, such as 150018."""
        return self._connection.info.server_version

    def begin(self, deadline: Deadline | None = None, *, read_only: bool = False) -> None:
        """Begin a transaction, with the next statements, that the server ends at a deadline: by default the session's.

        One that only reads sees one state of the warehouse throughout; one that writes sees what others commit while
        it waits for a lock. It begins under `OUR_SETTINGS`.
        """
        milliseconds = max(1, min(int((deadline or self.deadline).remaining() * 1000), _LONGEST_TIMEOUT))
        # waiting for a lock ends sooner than a statement does, so that it is told from being slow
        limits = {
            "statement": f"{milliseconds}ms",
            "lock": f"{max(1, milliseconds * 9 // 10)}ms",
            "probe": str(_PROBE_SECONDS),
        }
        level: LiteralString = "REPEATABLE READ READ ONLY" if read_only else "READ COMMITTED"
        self.queue(Statement("beginning a transaction", "BEGIN ISOLATION LEVEL " + level))
        if role := self._taken_on:
            query = sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(role))
            self.queue(Statement(f'taking on role "{role}"', query, role=role))
        kept = [] if read_only else [_KEEP]  # what only reads never needs them again
        self.queue(Statement("limiting a transaction", _LIMITS, limits, tells_role=True), *kept, OUR_SETTINGS)

    def queue(self, *statements: Statement) -> None:
        """Send statements with the next ones that are run; their rows are not looked at."""
        self._waiting += statements

    def ask(self, statement: Statement) -> list[Row]:
        """Run one statement, and return its rows. Raises as `run`."""
        return self.run([statement])[0]

    def run(self, statements: Sequence[Statement]) -> list[list[Row]]:
        """Send statements in one round trip, after the queued ones, and return the rows of each.

        Raises `WarehouseError` that names the statement that failed; the ones after it were not executed.
        """
        queued, self._waiting = self._waiting, []
        sent = [*queued, *statements]
        start = time.monotonic()
        cursors: list[psycopg.Cursor[Row]] = []
        try:
            rows = self._send(sent, cursors)
        except psycopg.Error as error:
            self._hear_role(sent, cursors)
            # psycopg may raise at a later statement than the one that failed: the first without a result
            without = (i for i, cursor in enumerate(cursors) if cursor.statusmessage is None)
            number = next(without, len(sent) - 1)
            failed = sent[number]
            if failed.role and error.sqlstate in ROLE_REFUSALS:
                raise role_error(self.settings, error, failed.role, self.version) from error
            bounded = not any(statement.tells_role for statement in sent[number:])
            raise statement_error(self.settings, self.role, error, failed.doing, bounded=bounded) from error
        self._hear_role(sent, cursors)
        milliseconds = round((time.monotonic() - start) * 1000)
        _log.debug("%d ms: %s", milliseconds, "; ".join(statement.doing for statement in sent))
        return rows[len(queued) :]

    def _hear_role(self, sent: Sequence[Statement], cursors: Sequence[psycopg.Cursor[Row]]) -> None:
        """Take note of the role that works, if the server has said it: its settings may have it be another one."""
        for statement, cursor in zip(sent, cursors, strict=True):
            if statement.tells_role and cursor.pgresult and (role := cursor.pgresult.get_value(0, 0)):
                self.role = role.decode()

    def _send(self, statements: Sequence[Statement], cursors: list[psycopg.Cursor[Row]]) -> list[list[Row]]:
        """The rows of each statement; `cursors` gets the cursor of each. Raises `psycopg.Error`."""
        is_new, self._is_new = self._is_new, False
        while True:
            cursors[:] = [self._connection.cursor() for _ in statements]
            try:
                with self._connection.pipeline():
                    for cursor, statement in zip(cursors, statements, strict=True):
                        cursor.execute(statement.query, statement.values)
                return [cursor.fetchall() if cursor.description else [] for cursor in cursors]
            except psycopg.Error as error:
                if not (is_new and self._line.again(error)):
                    raise

    def try_out(self, statements: Sequence[Statement], seconds: float) -> None:
        """Execute statements and undo them within that time, as users' settings have it, and end the transaction.

        Raises `WarehouseError`: with the verdict "could not tell" unless the server refused one of the statements.
        """
        text = psycopg.ClientCursor(self._connection)
        milliseconds = max(1, min(int(seconds * 1000), _LONGEST_TIMEOUT))
        limits = {
            "statement": f"{milliseconds}ms",
            "lock": f"{max(1, milliseconds * 2 // 3)}ms",
            "statements": [text.mogrify(statement.query, statement.values) for statement in statements],
        }
        try:
            self.run(
                [
                    Statement("limiting a rehearsal", _REHEARSAL_LIMITS, limits),
                    USERS_SETTINGS,
                    Statement("rehearsing", _REHEARSAL),
                    ROLLBACK,
                ]
            )
        except WarehouseError as error:
            if not isinstance(cause := error.__cause__, psycopg.Error):
                raise
            number = cause.diag.constraint_name
            doing = statements[int(number) - 1].doing if number else None
            raise rehearsal_error(self.settings, self.role, cause, doing) from cause


@contextmanager
def session(
    settings: PostgreSQLSettings, parameters: Mapping[str, str], deadline: Deadline, *, shares: bool = False
) -> Iterator[Session]:
    """Open a session that ends with the context; see `connection`. A role of the parameters is for `begin`."""
    with connection(settings, parameters, deadline, shares=shares) as opened:
        yield Session(opened, settings, parameters, deadline)


COMMIT: Final = Statement("committing the transaction", "COMMIT")
"""To be sent alone, after all results were read: with others, it takes effect although their sender has died."""

ROLLBACK: Final = Statement("rolling back the transaction", "ROLLBACK")

CHECK_CONSTRAINTS: Final = Statement("checking what is deferred to the end", "SET CONSTRAINTS ALL IMMEDIATE")
"""For a transaction that never comes to its end."""


def _setting(values: Mapping[str, sql.Composable]) -> str:
    """A query that sets these until the end of the transaction, whatever the search path is."""
    each = (
        sql.SQL("pg_catalog.set_config({}, {}, true)").format(name, value) for name, value in values.items()
    )
    # as text, so that it is not composed again for each transaction
    return sql.SQL("SELECT {}").format(sql.SQL(", ").join(each)).as_string(None)


def had(name: str) -> sql.Composed:
    """What a setting was when the transaction began, for those that are kept."""
    return sql.SQL("pg_catalog.current_setting({})").format(f"krenalis.{name}")


# Names are PostgreSQL's own. A query of which a policy would hide rows fails, so that a part is never taken for the whole
# (docs/facts/postgresql.md, "Row-level security"). Types have no quotes around their names (the same, "Views and column
# changes"). No query of the catalogue is compiled, which takes seconds (the same, "Settings of a session").
_OURS: Final = {
    "search_path": "pg_catalog, pg_temp",
    "row_security": "off",
    "quote_all_identifiers": "off",
    "jit": "off",
}
_KEPT: Final = (*_OURS, "default_tablespace")

OUR_SETTINGS: Final = Statement(
    "setting what questions are asked under",
    _setting({name: sql.Literal(value) for name, value in _OURS.items()}),
)

USERS_SETTINGS: Final = Statement(
    "setting again what the session had", _setting({name: had(name) for name in _OURS})
)


def keeping(names: Iterable[str]) -> Statement:
    """Keep settings for `had`, until the end of the transaction."""
    current = {name: sql.SQL("pg_catalog.current_setting({})").format(name) for name in names}
    kept = {f"krenalis.{name}": value for name, value in current.items()}
    return Statement("keeping what the session has", _setting(kept))


_KEEP: Final = keeping(_KEPT)

# `exit_on_error` would end the session where a statement may fail, and the two timeouts would end it at a moment of their own
# (docs/facts/postgresql.md, "Settings of a session").
#
# By the last four the server notices that a client has vanished, gives up and lets go its locks: the keepalive probes
# find out, also when the network is cut without a word, and the last setting lets a session look that waits for a
# lock; it exists from version 14, and cannot be had on Windows.
_LIMITS: Final = """
SELECT current_user::pg_catalog.text,
       pg_catalog.set_config('statement_timeout', %(statement)s, true),
       pg_catalog.set_config('lock_timeout', %(lock)s, true),
       pg_catalog.set_config('idle_in_transaction_session_timeout', '0', true),
       CASE WHEN pg_catalog.current_setting('transaction_timeout', true) IS NOT NULL
            THEN pg_catalog.set_config('transaction_timeout', '0', true) END,
       pg_catalog.set_config('exit_on_error', 'off', true),
       pg_catalog.set_config('tcp_keepalives_idle', %(probe)s, true),
       pg_catalog.set_config('tcp_keepalives_interval', %(probe)s, true),
       pg_catalog.set_config('tcp_keepalives_count', '2', true),
       CASE WHEN pg_catalog.current_setting('client_connection_check_interval', true) IS NOT NULL
                 AND pg_catalog.version() OPERATOR(pg_catalog.!~*) 'windows|visual c|mingw'
            THEN pg_catalog.set_config('client_connection_check_interval', '500ms', true) END
"""

_REHEARSAL_LIMITS: Final = """
SELECT set_config('statement_timeout', %(statement)s, true), set_config('lock_timeout', %(lock)s, true),
       set_config('krenalis.rehearsal', %(statements)s::text[]::text, true)
"""

# One statement, so that the server itself bounds the time of all that is in it, however slow its client is: no lock waits
# for the next message (docs/facts/postgresql.md, "Undoing within one statement"). The exception undoes all and lets go the locks; it is caught, so that nothing has failed. A
# statement that is refused is told by its number, in a field of the error that no statement of ours has a use for.
_REHEARSAL: Final = """
DO $$
DECLARE
    statements CONSTANT pg_catalog.text[] := pg_catalog.current_setting('krenalis.rehearsal');
    number pg_catalog.int4;
    more pg_catalog.text;
    hint pg_catalog.text;
BEGIN
    FOR each IN 1 .. pg_catalog.cardinality(statements) LOOP
        number := each;
        EXECUTE statements[number];
    END LOOP;
    RAISE SQLSTATE 'KRUND';
EXCEPTION
    WHEN SQLSTATE 'KRUND' THEN
        NULL;
    WHEN OTHERS OR query_canceled OR assert_failure THEN
        GET STACKED DIAGNOSTICS more = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
        RAISE USING ERRCODE = SQLSTATE, MESSAGE = SQLERRM, DETAIL = more, HINT = hint, CONSTRAINT = number::pg_catalog.text;
END $$
"""
