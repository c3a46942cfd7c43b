"""Sessions with Snowflake: opening one, sending it statements, and being done by the deadline.

A session is one connection, on which every statement commits by itself. It is closed with its context, and knows the
database and the schema by the names that Snowflake has for them: settings are understood as Snowflake understands names
in a login, where what is not in quotes is in upper case.
"""

import logging
import math
import os
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final, Protocol

import snowflake.connector
from snowflake.connector.errors import Error

from krenalis_provider.warehouses.snowflake.errors import login_error, missing_error, statement_error
from krenalis_provider.workspaces.deadline import Deadline

Row = tuple[Any, ...]

_log: Final = logging.getLogger("snowflake")

_LOGIN_SECONDS: Final = 30  # a host that is silent for longer will not answer
_LOGOUT_SECONDS: Final = 2  # whether Snowflake hears that a session ends is no matter of ours
APPLICATION: Final = "terraform_provider_krenalis"
QUERY_TAG: Final = "terraform-provider-krenalis"


class Settings(Protocol):
    """How to reach a Snowflake schema."""

    @property
    def account(self) -> str: ...
    @property
    def username(self) -> str: ...
    @property
    def password(self) -> str | None: ...
    @property
    def role(self) -> str: ...
    @property
    def database(self) -> str: ...
    @property
    def schema(self) -> str: ...
    @property
    def warehouse(self) -> str: ...


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
        connection: snowflake.connector.SnowflakeConnection,
        settings: Settings,
        deadline: Deadline,
        database: str,
        schema: str,
    ) -> None:
        """Use `session` instead."""
        self._connection = connection
        self._settings = settings
        self._deadline = deadline
        self.database = database
        """As Snowflake has it, without quotes."""
        self.schema = schema
        """As Snowflake has it, without quotes."""

    def run(self, statements: Sequence[Statement]) -> list[list[Row]]:
        """Send statements one after another and return the rows of each.

        Those of INSERT, UPDATE, DELETE and MERGE are one row of counts. Raises `SnowflakeError` that names the statement
        that failed: those before it were executed and stay so, those after it were not.
        """
        return [self._run(statement) for statement in statements]

    def execute(self, statement: Statement) -> int:
        """Send a statement that changes rows, and return how many it changed. Raises `SnowflakeError`."""
        return sum(self._run(statement)[0])

    def _run(self, statement: Statement) -> list[Row]:
        start = time.monotonic()
        rows = _send(self._connection, self._settings, self._deadline, statement)
        _log.debug("%d ms: %s", _milliseconds(start), statement.doing)
        return rows


@contextmanager
def session(settings: Settings, credentials: Mapping[str, str], deadline: Deadline) -> Iterator[Session]:
    """Open a session that ends with the context; none of its statements is waited for beyond the deadline.

    `credentials` may have password, private_key, private_key_passphrase, host, port and protocol. The settings' own
    password goes before them; a private key before those, and the environment (SNOWFLAKE_PASSWORD,
    SNOWFLAKE_PRIVATE_KEY, SNOWFLAKE_PRIVATE_KEY_PASSPHRASE) has the last word where nothing else is given.
    Raises `SnowflakeError`, also when there is no such database, schema or virtual warehouse for the role.
    """
    start = time.monotonic()
    connection = _open(settings, credentials, deadline.sooner(_LOGIN_SECONDS))
    try:
        database, schema, warehouse = _send(connection, settings, deadline, _WHERE)[0]
        _log.debug("%d ms: connected to account %s", _milliseconds(start), settings.account)
        for setting, found in (("database", database), ("schema", schema), ("warehouse", warehouse)):
            if found is None:
                raise missing_error(settings, setting)
        yield Session(connection, settings, deadline, database, schema)
    finally:
        with suppress(Error):  # it ends by itself
            connection.close(retry=False)


_WHERE: Final = Statement(
    "looking where the session is", "SELECT CURRENT_DATABASE(), CURRENT_SCHEMA(), CURRENT_WAREHOUSE()"
)


def _send(
    connection: snowflake.connector.SnowflakeConnection,
    settings: Settings,
    deadline: Deadline,
    statement: Statement,
) -> list[Row]:
    seconds = {"STATEMENT_TIMEOUT_IN_SECONDS": _seconds(deadline)}
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                statement.query,
                None if statement.values is None else dict(statement.values),
                _statement_params=seconds,
            )
            return [tuple(row) for row in cursor.fetchall()]
    except Error as error:
        raise statement_error(settings, error, statement.doing) from error


def _open(
    settings: Settings, credentials: Mapping[str, str], deadline: Deadline
) -> snowflake.connector.SnowflakeConnection:
    place = {
        "account": settings.account.replace(".", "-"),
        "user": settings.username,
        "role": settings.role,
        "database": settings.database,
        "schema": settings.schema,
        "warehouse": settings.warehouse,
    }
    seconds = _seconds(deadline)
    try:
        with warnings.catch_warnings(action="ignore"):
            return snowflake.connector.connect(
                **place,
                **_credentials(settings, credentials),
                **{name: credentials[name] for name in ("host", "protocol") if name in credentials},
                **({"port": int(credentials["port"])} if "port" in credentials else {}),
                application=APPLICATION,
                session_parameters={
                    "QUERY_TAG": QUERY_TAG,
                    "CLIENT_TELEMETRY_ENABLED": False,
                },
                login_timeout=seconds,
                connect_timeout=seconds,
                client_store_temporary_credential=False,
                enable_server_session_keep_alive_auto_detection=False,
                logout_total_timeout_seconds=_LOGOUT_SECONDS,
            )
    except Error as error:
        raise login_error(settings, error) from error


def _credentials(settings: Settings, credentials: Mapping[str, str]) -> dict[str, str]:
    password = settings.password or credentials.get("password") or os.environ.get("SNOWFLAKE_PASSWORD")
    return {"password": password} if password else {}


def _seconds(deadline: Deadline) -> int:
    """What is left, as the driver takes it: whole seconds, of which none would mean for ever."""
    return max(1, math.ceil(deadline.remaining()))


def _milliseconds(start: float) -> int:
    return round((time.monotonic() - start) * 1000)
