"""What a login to PostgreSQL takes, and why one failed: what is wrong with TLS, or the SQLSTATE of the refusal.

psycopg gives a failed connection no code, only libpq's text, which the server translates and in which "too many
connections" looks like "no such database". libpq does write the code into that text when it is told to be verbose
between starting a connection and polling it; psycopg has no call for that, so libpq is told through ctypes
(docs/facts/postgresql.md, "Connection errors"). Needed on failures only.
"""

import ctypes
import ctypes.util
import os
import re
import selectors
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg import pq
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from krenalis_provider.model.attribute_path import ProviderPath
from krenalis_provider.model.deadline import Deadline
from krenalis_provider.model.errors import Verdict, WarehouseError
from krenalis_provider.model.wording import shown
from krenalis_provider.warehouses.errors import warehouse_error
from krenalis_provider.warehouses.postgresql.credentials import SYSTEM, VERIFIED
from krenalis_provider.warehouses.postgresql.settings import PostgreSQLSettings
from krenalis_provider.warehouses.tls import ServerCertificate, server_certificate, unreadable

_VERBOSE: Final = 2  # PQERRORS_VERBOSE in libpq-fe.h
_CODE: Final = re.compile(rb":  ([0-9A-Z]{5}): ")  # FATAL:  28P01: password authentication failed …
_TLS_REQUEST: Final = (b"\0\0\0\x08\x04\xd2\x16\x2f", b"S")
"""A client asks for TLS, and a server agrees. (PostgreSQL documentation, "Message Formats")"""
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_NONE: Final = "-"
"""No passphrase: without one, OpenSSL would ask for the passphrase of an encrypted key on the terminal, and wait."""


def conninfo_of(settings: PostgreSQLSettings, parameters: Mapping[str, str]) -> str:
    """The connection string of libpq. Raises `WarehouseError` for a NUL character.

    `parameters` may have any of `Platform.parameters`; libpq has sources of its own for values that neither they nor
    the settings have. A role is taken on after the login.
    """
    given = {name: value for name, value in parameters.items() if value and name != "role"}
    if settings.password:
        given["password"] = settings.password
    conninfo = make_conninfo(
        **{**_settled(given), **given},
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


def _settled(given: Mapping[str, str]) -> dict[str, str]:
    """What libpq would else take from the environment or a service file, against the configuration.

    An empty text is a value, and libpq looks for no other (docs/facts/postgresql.md, "Surroundings of a connection").
    """
    surroundings = elsewhere()
    settled = {"hostaddr": "", "replication": "", "load_balance_hosts": "disable"}
    if "sslrootcert" in given and "sslmode" not in given and not _sslmode_is_chosen():
        settled["sslmode"] = VERIFIED
    if given.keys() & {"sslmode", "sslrootcert"}:
        settled["gssencmode"] = "disable"  # it would take the place of TLS
    if given.keys() & {"sslcert", "sslkey"}:
        settled["sslcertmode"] = "allow"
    if not surroundings.get("sslpassword"):
        settled["sslpassword"] = _NONE
    return {name: value for name, value in settled.items() if name in surroundings}


def _sslmode_is_chosen() -> bool:
    """Whether the environment or a service file has a value of sslmode.

    If neither has, libpq takes another default for the authorities of the machine.
    """
    probe = pq.PGconn.connect_start(f"host=/ hostaddr='' sslrootcert={SYSTEM}".encode())  # fails at once
    try:
        return any(each.keyword == b"sslmode" and each.val != VERIFIED.encode() for each in probe.info)
    finally:
        probe.finish()


def passes_over_certificate(conninfo: str, connection: pq.abc.PGconn) -> bool:
    """Whether a connection is in plain text although the configuration has a client's certificate or key for it."""
    given = conninfo_to_dict(conninfo)
    mode = {**elsewhere(), **given}["sslmode"]
    return mode == "prefer" and bool(given.keys() & {"sslcert", "sslkey"}) and not connection.ssl_in_use


def elsewhere() -> dict[str, str]:
    """All parameters of libpq, with the values that they have without a configuration."""
    return {_text(each.keyword): _text(each.val) for each in pq.Conninfo.get_defaults()}


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


def _text(value: bytes | None) -> str:
    return (value or b"").decode(errors="replace")


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


def more_on(refused: WarehouseError, error: psycopg.Error, conninfo: str, deadline: Deadline) -> str:
    """Sentences on a login that failed: what libpq does not tell of it."""
    effective = {each.keyword.decode(): _text(each.val) for each in error.pgconn.info} if error.pgconn else {}
    return " ".join(_sentences(refused, error, effective, conninfo_to_dict(conninfo), deadline))


def _sentences(
    refused: WarehouseError,
    error: psycopg.Error,
    effective: Mapping[str, str],
    given: Mapping[str, Any],
    deadline: Deadline,
) -> Iterator[str]:
    if "certificate verify failed" in str(error) or "does not match host name" in str(error):
        seen = _certificate(effective, deadline)
        if seen.mistake:
            yield f"The certificate's mistake: {seen.mistake}."
        elif seen.names:
            yield f"The certificate is for {', '.join(map(shown, seen.names))}."
    if isinstance(refused.path, ProviderPath):
        variables = [
            each.envvar.decode()
            for each in pq.Conninfo.get_defaults()
            if each.envvar and _text(each.envvar) in os.environ and _text(each.keyword) not in given
        ]
        if variables:
            yield f"The environment says something too: {', '.join(variables)}."
    password = effective.get("password", "")
    if refused.code == "28P01" and password != password.strip():
        edge = "ends in a line break" if password.endswith("\n") else "begins or ends with white space"
        yield f'The password {edge}: if it came from a file, write trimspace(file("…")).'
    elif refused.code == "28P01" and password and not unreadable(Path(password)):
        yield 'The password is the path of a file: if its content is meant, write trimspace(file("…")).'
    elif error.pgconn and error.pgconn.needs_password:
        file = Path(effective.get("passfile") or Path.home() / ".pgpass")
        if not unreadable(file) and file.stat().st_mode & _OTHERS:
            yield f"libpq ignores the password file {file}, because it is open to others: run chmod 600 on it."


def _certificate(effective: Mapping[str, str], deadline: Deadline) -> ServerCertificate:
    """The certificate of the server to which these parameters of libpq lead (docs/facts/postgresql.md, "TLS")."""
    host, named = effective["host"], effective.get("sslrootcert")
    authorities = None if named == SYSTEM else Path(named or Path.home() / ".postgresql" / "root.crt")
    address = (effective.get("hostaddr") or host, int(effective["port"]))
    return server_certificate(address, host, authorities, _TLS_REQUEST, deadline.remaining())
