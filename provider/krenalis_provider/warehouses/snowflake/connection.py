"""Connections to Snowflake: opening and closing one by a deadline."""

import logging
import math
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, Final

import snowflake.connector
from snowflake.connector.errors import Error

from krenalis_provider.model.deadline import Deadline
from krenalis_provider.model.run_in_time import in_time
from krenalis_provider.warehouses.snowflake.errors import login_error, silence_error
from krenalis_provider.warehouses.snowflake.login import means_of_login
from krenalis_provider.warehouses.snowflake.settings import SnowflakeSettings, host_name, login_name

Row = tuple[Any, ...]
Connection = snowflake.connector.SnowflakeConnection

_log: Final = logging.getLogger("snowflake")

_LOGIN_SECONDS: Final = 30  # a host that is silent for longer will not answer
_LOGOUT_SECONDS: Final = 1  # it does not matter whether Snowflake hears that a session ends
GRACE_SECONDS: Final = 1
"""The time that Snowflake and the driver have after a deadline to give their own, better answer."""
_LONGEST_PAUSE: Final = 1000
"""In milliseconds, between two tries: after six, the driver gives a reason, sooner than a timeout. At least 250."""
SESSION_PARAMETERS: Final = {
    "QUERY_TAG": "terraform-provider-krenalis",
    "CLIENT_TELEMETRY_ENABLED": False,
    "AUTOCOMMIT": True,
    "QUOTED_IDENTIFIERS_IGNORE_CASE": False,
    "ROWS_PER_RESULTSET": 0,
}
"""What a session has whatever account and user are set to (docs/facts/snowflake.md, "Parameters of a session")."""
WAITING: Final = "waiting for Snowflake"
"""The name of the threads that wait for the driver."""


@contextmanager
def connection(
    settings: SnowflakeSettings, parameters: Mapping[str, str], deadline: Deadline
) -> Iterator[Connection]:
    """A connection that is closed when its context ends. Raises `WarehouseError`.

    `parameters` may have host, port and protocol, and the parameters of `means_of_login`.
    """
    _quiet_driver()
    start = time.monotonic()
    opened = _open(settings, parameters, deadline)
    _log.debug("%d ms: connected to account %s", round((time.monotonic() - start) * 1000), settings.account)
    try:
        yield opened
    finally:
        with suppress(TimeoutError):
            in_time(WAITING, _LOGOUT_SECONDS, lambda: _close(opened))


def _open(settings: SnowflakeSettings, parameters: Mapping[str, str], deadline: Deadline) -> Connection:
    login = deadline.sooner(_LOGIN_SECONDS)
    means = means_of_login(settings, parameters)
    given = arguments(settings, parameters, means.arguments, login, deadline)
    seconds_left = login.remaining() + GRACE_SECONDS
    try:
        return in_time(WAITING, seconds_left, lambda: snowflake.connector.connect(**given), _close)
    except TimeoutError:
        raise silence_error(settings, None) from None
    except Error as error:
        raise login_error(settings, error, means.credential) from error


def arguments(
    settings: SnowflakeSettings,
    parameters: Mapping[str, str],
    means: Mapping[str, str | bytes],
    login: Deadline,
    deadline: Deadline,
) -> dict[str, Any]:
    """The driver's arguments for a connection, with those of `means_of_login`.

    None is left out, not given as None, and no name is one that the driver does not know: both would be sent to Snowflake.
    """
    seconds = whole_seconds(login.remaining())
    return {
        "account": login_name(settings.account),
        "host": parameters.get("host") or host_name(settings.account),
        "user": settings.username,
        "role": settings.role,
        "database": settings.database,
        **({"schema": settings.schema} if settings.schema else {}),
        "warehouse": settings.warehouse,
        **means,
        **({"protocol": parameters["protocol"]} if parameters.get("protocol") else {}),
        **({"port": int(parameters["port"])} if parameters.get("port") else {}),
        "application": "terraform_provider_krenalis",
        "session_parameters": {**SESSION_PARAMETERS},
        "login_timeout": seconds,
        "connect_timeout": seconds,
        "query_timeout": whole_seconds(deadline.remaining()),
        "retry_backoff_cap_ms": _LONGEST_PAUSE,
        "logout_total_timeout_seconds": _LOGOUT_SECONDS,
        "client_store_temporary_credential": False,
        "enable_server_session_keep_alive_auto_detection": False,
        "auto_cleanup": False,
    }


def _quiet_driver() -> None:
    """Keeps the driver from logging, and from asking at each login which cloud it runs in."""
    logging.getLogger("snowflake.connector").setLevel(logging.CRITICAL)
    os.environ.setdefault("SNOWFLAKE_DISABLE_PLATFORM_DETECTION", "true")


def _close(connection: Connection) -> None:
    with suppress(Error):  # the session ends by itself
        connection.close(retry=False)


def whole_seconds(left: float) -> int:
    """A time in whole seconds, rounded up and at least one: zero means for ever to driver and Snowflake."""
    return max(1, math.ceil(left))
