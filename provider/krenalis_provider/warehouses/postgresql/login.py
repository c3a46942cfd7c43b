"""What a login to PostgreSQL takes, and the SQLSTATE of a refused one.

psycopg gives a failed connection no code, only libpq's text, which the server translates and in which "too many
connections" looks like "no such database". libpq does write the code into that text when it is told to be verbose
between starting a connection and polling it; psycopg has no call for that, so libpq is told through ctypes
(docs/facts/postgresql.md, "Connection errors"). Needed on failures only.
"""

import ctypes
import ctypes.util
import re
import selectors
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from psycopg import pq
from psycopg.conninfo import make_conninfo

from krenalis_provider.model.deadline import Deadline
from krenalis_provider.model.errors import Verdict
from krenalis_provider.warehouses.errors import warehouse_error
from krenalis_provider.warehouses.postgresql.settings import PostgreSQLSettings

_VERBOSE: Final = 2  # PQERRORS_VERBOSE in libpq-fe.h
_CODE: Final = re.compile(rb":  ([0-9A-Z]{5}): ")  # FATAL:  28P01: password authentication failed …


def conninfo_of(settings: PostgreSQLSettings, parameters: Mapping[str, str]) -> str:
    """The connection string of libpq. Raises `WarehouseError` for a NUL character.

    `parameters` may have password, sslmode, sslrootcert, sslcert and sslkey; libpq has sources of its own for values
    that neither they nor the settings have. A role is taken on after the login.
    """
    own = {"password": settings.password} if settings.password else {}
    conninfo = make_conninfo(
        **{name: value for name, value in {**parameters, **own}.items() if name != "role"},
        host=settings.host,
        port=settings.port,
        user=settings.username,
        dbname=settings.database,
        application_name="terraform-provider-krenalis",
        client_encoding="UTF8",
    )
    if "\0" in conninfo:  # libpq would stop reading there, and connect to another place
        raise warehouse_error(
            Verdict.CONTRADICTED,
            "password",
            "Invalid password",
            "the password and the other connection settings cannot hold a NUL character.",
        )
    return conninfo


def sqlstate_of_login(conninfo: str, deadline: Deadline) -> str | None:
    """Try to log in once more and return the SQLSTATE of the refusal.

    None when there is none: no server answered by the deadline, the client itself gave up, this login was
    accepted, or the libpq that psycopg uses cannot be found.
    """
    libpq = _libpq()
    if libpq is None:
        return None
    connection = pq.PGconn.connect_start(conninfo.encode())
    try:
        libpq.PQsetErrorVerbosity(_pointer(connection), _VERBOSE)
        _poll(connection, deadline)
        code = _CODE.search(connection.error_message)
        return code[1].decode() if code else None
    finally:
        connection.finish()


def _pointer(connection: pq.abc.PGconn) -> ctypes.c_void_p:
    return ctypes.c_void_p(connection.pgconn_ptr)  # type: ignore[attr-defined]  # every implementation has it


def _libpq() -> ctypes.CDLL | None:
    """The very library that psycopg has loaded; opening it by its path again gives the same one.

    A binary build brings its own, under a name with a hash, in a folder beside it (Linux, Windows) or in it
    (macOS); the other builds use the system's.
    """
    if pq.__impl__ == "binary":
        import psycopg_binary  # noqa: PLC0415 - present in binary builds only

        package = Path(psycopg_binary.__file__).parent
        folders = (package.with_name("psycopg_binary.libs"), package / ".dylibs")
        names = [str(path) for folder in folders for path in folder.glob("libpq*")]
    else:
        names = [name for name in [ctypes.util.find_library("pq")] if name]
    for name in names:
        library = ctypes.CDLL(name)
        # the connection is a structure of that library: in another version its fields may lie elsewhere
        if library.PQlibVersion() == pq.version():
            return library
    return None


def _poll(connection: pq.abc.PGconn, deadline: Deadline) -> None:
    """Drive the login until it is over or the deadline has come."""
    waits_for = {
        pq.PollingStatus.READING: selectors.EVENT_READ,
        pq.PollingStatus.WRITING: selectors.EVENT_WRITE,
    }
    while connection.status != pq.ConnStatus.BAD:
        event = waits_for.get(pq.PollingStatus(connection.connect_poll()))
        if event is None:
            return
        with selectors.DefaultSelector() as selector:
            selector.register(connection.socket, event)
            if not selector.select(deadline.remaining()):
                return
