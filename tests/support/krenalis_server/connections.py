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


@contextmanager
def connected(settings: Settings, seconds: float) -> Iterator[Connection]:
    """A connection in autocommit mode. Raises `WarehouseError`, also for errors of the statements, and `WarehouseSilent`."""
    try:
        with _connect(settings, seconds) as connection:
            yield connection
    except psycopg.Error as error:
        raise WarehouseError(said(error)) from error


def _connect(settings: Settings, seconds: float) -> Connection:
    try:
        return psycopg.connect(
            host=settings["host"],
            port=settings["port"],
            user=settings["username"],
            password=settings["password"],
            # the server escapes the name twice
            dbname=quote(settings["database"], safe="$&+,:;=@"),
            # not quoted: PostgreSQL folds the name
            options=f"-c search_path={settings['schema']}",
            sslmode="prefer",
            passfile="/nonexistent",
            connect_timeout=max(2, int(seconds)),
            autocommit=True,
        )
    except psycopg.errors.ConnectionTimeout as error:
        raise WarehouseSilent from error
    except psycopg.OperationalError as error:
        raise WarehouseError(_failed_to_connect(settings, str(error))) from error


def _failed_to_connect(settings: Settings, text: str) -> str:
    host, port = settings["host"], settings["port"]
    head = f"failed to connect to `user={settings['username']} database={settings['database']}`:\n\t"
    if "could not translate host name" in text or "resolve host" in text or "not known" in text:
        lookup = f"lookup {host} on 127.0.0.1:53: no such host"
        return f"{head}hostname resolving error: {lookup}\n\t{lookup}"
    where = f"{host}:{port} ({host})"
    if "Connection refused" in text:
        dial = f"{where}: dial error: dial tcp {host}:{port}: connect: connection refused"
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
