"""Connections to warehouses in PostgreSQL, and errors in the words of the server's driver."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import psycopg

from tests.support.krenalis_server.settings import Settings
from tests.support.krenalis_server.warehouses import WarehouseError, WarehouseSilent

Connection = psycopg.Connection[tuple[Any, ...]]

_STATES = (
    ("password authentication failed", "28P01", "failed SASL auth: "),
    ("does not exist", "3D000", "server error: "),
    ("permission denied", "42501", "server error: "),
    ("too many connections", "53300", "server error: "),
    ("starting up", "57P03", "server error: "),
    ("shutting down", "57P03", "server error: "),
    ("", "28000", "server error: "),
)

_IN_HOSTS = "!$&'()*+,;=:[]"
_LONGEST_LABEL = 63


@contextmanager
def connected(settings: Settings, seconds: float) -> Iterator[Connection]:
    """A connection in autocommit mode. Raises `WarehouseError`, also for errors of the statements, and `WarehouseSilent`."""
    try:
        with _connect(settings, seconds) as connection:
            yield connection
    except psycopg.Error as error:
        raise WarehouseError(said(error)) from error


def _connect(settings: Settings, seconds: float) -> Connection:
    if settings["host"].isascii() and (host := quote(settings["host"], safe=_IN_HOSTS)) != settings["host"]:
        user, database = settings["username"], _database(settings)
        url = (
            f"postgres://{user}:xxxxxx@{host}:{settings['port']}/{database}?search_path={settings['schema']}"
        )
        escape = host[host.index("%") :][:3]
        raise WarehouseError(f'cannot parse `{url}`: failed to parse as URL (invalid URL escape "{escape}")')
    try:
        return psycopg.connect(
            host=settings["host"],
            port=settings["port"],
            user=settings["username"],
            password=settings["password"],
            dbname=_database(settings),
            # not quoted: PostgreSQL folds the name
            options=f"-c search_path={settings['schema']}",
            sslmode="prefer",
            passfile="/nonexistent",
            connect_timeout=max(2, int(seconds)),
            autocommit=True,
        )
    except UnicodeError:  # what Python takes for no name of a host
        raise WarehouseError(_failed_to_connect(settings, "resolve host")) from None
    except psycopg.errors.ConnectionTimeout as error:
        raise WarehouseSilent from error
    except psycopg.OperationalError as error:
        raise WarehouseError(_failed_to_connect(settings, str(error))) from error


def _database(settings: Settings) -> str:
    """The server escapes the name twice."""
    return quote(settings["database"], safe="$&+,:;=@")


def _failed_to_connect(settings: Settings, text: str) -> str:
    host = settings["host"]
    at = f"{f'[{host}]' if ':' in host else host}:{settings['port']}"
    head = f"failed to connect to `user={settings['username']} database={_database(settings)}`:\n\t"
    if any(words in text for words in ("could not translate host name", "resolve host", "not known")):
        # the server's machine decides which name server is asked; a name that is none is asked of nobody
        asked = (
            " on 127.0.0.1:53" if host.isascii() and max(map(len, host.split("."))) <= _LONGEST_LABEL else ""
        )
        lookup = f"lookup {host}{asked}: no such host"
        return f"{head}hostname resolving error: {lookup}\n\t{lookup}"
    where = f"{at} ({host})"
    if "Connection refused" in text:
        dial = f"{where}: dial error: dial tcp {at}: connect: connection refused"
        return f"{head}{dial}\n\t{dial}"
    refused = f"{where}: tls error: server refused TLS connection"
    found = re.search(r"FATAL:\s+(.*)", text)
    message = found[1] if found else f'password authentication failed for user "{settings["username"]}"'
    if not found and "no password supplied" not in text:
        return f"{head}{where}: failed to receive message: unexpected EOF"
    state, kind = next((state, kind) for words, state, kind in _STATES if words in message)
    return f"{head}{refused}\n\t{where}: {kind}FATAL: {message} (SQLSTATE {state})"


def said(error: BaseException) -> str:
    if not isinstance(error, psycopg.Error) or error.sqlstate is None:
        return str(error) if isinstance(error, WarehouseError) else "unexpected EOF"
    return f"ERROR: {error.diag.message_primary} (SQLSTATE {error.sqlstate})"


def run(connection: Connection, statement: str) -> None:
    """Run a statement of the test server's own making."""
    connection.execute(statement.encode())


def rows(connection: Connection, query: str, *values: Any) -> list[tuple[Any, ...]]:
    return connection.execute(query.encode(), values).fetchall()
