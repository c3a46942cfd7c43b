"""Sessions with Snowflake: opening one, sending it statements, and being done by the deadline.

A session is one connection, on which every statement commits by itself. It is closed with its context, and knows the
database and the schema by the names that Snowflake has for them: settings are understood as Snowflake understands names
in a login, where what is not in quotes is in upper case.
"""

import logging
import math
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final

import snowflake.connector
from snowflake.connector.errors import Error

from krenalis_provider.warehouses.snowflake.errors import (
    login_error,
    missing_error,
    password_error,
    silence_error,
    statement_error,
)
from krenalis_provider.warehouses.snowflake.private_key import private_key
from krenalis_provider.warehouses.waiting import in_time
from krenalis_provider.workspaces.deadline import Deadline
from krenalis_provider.workspaces.model import SnowflakeDatabase, SnowflakeSettings

Row = tuple[Any, ...]
_Connection = snowflake.connector.SnowflakeConnection

_log: Final = logging.getLogger("snowflake")

_LOGIN_SECONDS: Final = 30  # a host that is silent for longer will not answer
_LOGOUT_SECONDS: Final = 1  # whether Snowflake hears that a session ends is no matter of ours
_GRACE_SECONDS: Final = 1  # for Snowflake and the driver to give their own, better answer
_LONGEST_PAUSE: Final = (
    1000  # in milliseconds, between two tries: six of them show a reason, sooner than a timeout
)
_WAITING: Final = "waiting for Snowflake"  # the thread
_APPLICATION: Final = "terraform_provider_krenalis"
_QUERY_TAG: Final = "terraform-provider-krenalis"


@dataclass(frozen=True, slots=True)
class Statement:
    """Something to execute. `doing` says in an error what failed, such as ``making table "KRENALIS_EVENTS"``.

    With `values`, the query has a ``%(name)s`` for each of them, and ``%%`` for a percent sign; without, it is sent as it is.
    """

    doing: str
    query: str
    values: Mapping[str, object] | None = None


class Session:
    """A connection, and where it is."""

    def __init__(
        self,
        connection: _Connection,
        settings: SnowflakeDatabase,
        deadline: Deadline,
        database: str,
        schema: str | None,
    ) -> None:
        """Use `session` instead."""
        self._connection = connection
        self._settings = settings
        self._deadline = deadline
        self.database = database
        """As Snowflake has it, without quotes."""
        self.schema = schema or ""
        """Likewise; for settings that name none it is any."""

    def run(self, statements: Sequence[Statement]) -> list[list[Row]]:
        """Send statements one after another and return the rows of each.

        Those of INSERT, UPDATE, DELETE and MERGE are one row of counts. Raises `SnowflakeError` that names the statement
        that failed: those before it were executed and stay so, those after it were not.
        """
        return [self._run(statement)[1] for statement in statements]

    def shown(self, statement: Statement) -> list[Mapping[str, Any]]:
        """Send a SHOW and return its rows by the names of the columns: Snowflake adds some from time to time."""
        names, rows = self._run(statement)
        return [dict(zip(names, row, strict=True)) for row in rows]

    def execute(self, statement: Statement) -> int:
        """Send a statement that changes rows, and return how many it changed. Raises `SnowflakeError`."""
        _, (counts,) = self._run(statement)
        return sum(counts)

    def _run(self, statement: Statement) -> tuple[list[str], list[Row]]:
        """The names of the columns, and the rows."""
        start = time.monotonic()
        answer = _send(self._connection, self._settings, self._deadline, statement)
        _log.debug("%d ms: %s", _milliseconds(start), statement.doing)
        return answer


@contextmanager
def session(
    settings: SnowflakeDatabase, credentials: Mapping[str, str], deadline: Deadline
) -> Iterator[Session]:
    """Open a session that ends with the context; none of its statements is waited for long beyond the deadline.

    `credentials` may have password, private_key, private_key_passphrase, host, port and protocol. The first of these is
    logged in with: the settings' password, a private key, a password, and the environment's (SNOWFLAKE_PRIVATE_KEY,
    SNOWFLAKE_PRIVATE_KEY_PASSPHRASE, SNOWFLAKE_PASSWORD).
    Raises `SnowflakeError`, also when there is no such database, schema or virtual warehouse for the role.
    """
    start = time.monotonic()
    connection = _open(settings, credentials, deadline)
    try:
        _, ((database, schema, warehouse),) = _send(connection, settings, deadline, _WHERE)
        _log.debug("%d ms: connected to account %s", _milliseconds(start), settings.account)
        for setting, found in (("database", database), ("schema", schema), ("warehouse", warehouse)):
            if found is None and hasattr(settings, setting):
                raise missing_error(settings, setting)
        yield Session(connection, settings, deadline, database, schema)
    finally:
        with suppress(TimeoutError):
            in_time(_WAITING, _LOGOUT_SECONDS, lambda: _close(connection))


_WHERE: Final = Statement(
    "looking where the session is", "SELECT CURRENT_DATABASE(), CURRENT_SCHEMA(), CURRENT_WAREHOUSE()"
)


def _send(
    connection: _Connection, settings: SnowflakeDatabase, deadline: Deadline, statement: Statement
) -> tuple[list[str], list[Row]]:
    """The names of the columns of the answer, and its rows."""
    # Snowflake itself gives up a statement then (Snowflake documentation, parameter STATEMENT_TIMEOUT_IN_SECONDS)
    limit = {"STATEMENT_TIMEOUT_IN_SECONDS": _seconds(deadline.remaining())}

    def send() -> tuple[list[str], list[Row]]:
        with connection.cursor() as cursor:
            values = None if statement.values is None else dict(statement.values)
            cursor.execute(statement.query, values, _statement_params=limit)
            names = [column.name for column in cursor.description or ()]
            return names, [tuple(row) for row in cursor.fetchall()]

    try:
        return in_time(_WAITING, deadline.remaining() + _GRACE_SECONDS, send)
    except TimeoutError:
        raise silence_error(settings, statement.doing) from None
    except Error as error:
        raise statement_error(settings, error, statement.doing) from error


def _open(settings: SnowflakeDatabase, credentials: Mapping[str, str], deadline: Deadline) -> _Connection:
    login = deadline.sooner(_LOGIN_SECONDS)
    seconds = _seconds(login.remaining())
    parameters: dict[str, Any] = {
        "account": settings.account.replace(".", "-"),
        "user": settings.username,
        "role": settings.role,
        "database": settings.database,
        **({"schema": settings.schema} if isinstance(settings, SnowflakeSettings) else {}),
        "warehouse": settings.warehouse,
        **_means_of_login(settings, credentials),
        **{name: credentials[name] for name in ("host", "protocol") if credentials.get(name)},
        **({"port": int(credentials["port"])} if credentials.get("port") else {}),
        "application": _APPLICATION,
        "session_parameters": {"QUERY_TAG": _QUERY_TAG, "CLIENT_TELEMETRY_ENABLED": False},
        "login_timeout": seconds,
        "connect_timeout": seconds,
        "query_timeout": _seconds(deadline.remaining()),
        "retry_backoff_cap_ms": _LONGEST_PAUSE,
        "client_out_of_band_telemetry_enabled": False,
        "client_store_temporary_credential": False,
        "enable_server_session_keep_alive_auto_detection": False,
        "logout_max_attempts": 1,
        "logout_total_timeout_seconds": _LOGOUT_SECONDS,
        "auto_cleanup": False,
    }
    _quiet_driver()
    try:
        return in_time(
            _WAITING,
            login.remaining() + _GRACE_SECONDS,
            lambda: snowflake.connector.connect(**parameters),
            _close,
        )
    except TimeoutError:
        raise silence_error(settings, None) from None
    except Error as error:
        raise login_error(settings, error) from error


def _quiet_driver() -> None:
    """Keep the driver from logging, and from looking with every login for the clouds that it may be running in."""
    logging.getLogger("snowflake.connector").setLevel(logging.CRITICAL)
    os.environ.setdefault("SNOWFLAKE_DISABLE_PLATFORM_DETECTION", "true")


def _means_of_login(settings: SnowflakeDatabase, credentials: Mapping[str, str]) -> dict[str, str | bytes]:
    if settings.password:
        return {"password": settings.password}
    environment = {
        name: os.environ.get(f"SNOWFLAKE_{name.upper()}", "")
        for name in ("private_key", "private_key_passphrase", "password")
    }
    for source in (credentials, environment):
        if key := source.get("private_key"):
            passphrase = credentials.get("private_key_passphrase") or environment["private_key_passphrase"]
            return {"private_key": private_key(key, passphrase), "authenticator": "SNOWFLAKE_JWT"}
        if password := source.get("password"):
            return {"password": password}
    raise password_error(settings)


def _close(connection: _Connection) -> None:
    with suppress(Error):  # it ends by itself
        connection.close(retry=False)


def _seconds(left: float) -> int:
    """A time as the driver and Snowflake take it: in whole seconds, of which none would mean for ever."""
    return max(1, math.ceil(left))


def _milliseconds(start: float) -> int:
    return round((time.monotonic() - start) * 1000)
