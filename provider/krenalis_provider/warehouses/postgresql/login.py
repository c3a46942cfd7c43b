"""What a login to PostgreSQL takes, and why one failed: what is wrong with TLS, or the SQLSTATE of the refusal.

psycopg gives a failed connection no code, only libpq's text, which the server translates and in which "too many
connections" looks like "no such database". libpq does write the code into that text when it is told to be verbose
between starting a connection and polling it; psycopg has no call for that, so libpq is told through ctypes
(docs/facts/postgresql.md, "Connection errors").
"""

import ctypes
import ctypes.util
import os
import re
import stat
import sys
import time
from collections.abc import Iterator, Mapping
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple, Self

import psycopg
from psycopg import pq
from psycopg.abc import PQGenConn
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.waiting import Wait

from krenalis_provider.model.attribute_path import ProviderPath
from krenalis_provider.model.deadline import Deadline
from krenalis_provider.model.errors import Verdict, WarehouseError
from krenalis_provider.model.wording import shown
from krenalis_provider.warehouses.errors import warehouse_error
from krenalis_provider.warehouses.postgresql.credentials import SYSTEM, VERIFIED
from krenalis_provider.warehouses.postgresql.settings import PostgreSQLSettings
from krenalis_provider.warehouses.tls import ServerCertificate, server_certificate, unreadable

_TERSE_ENOUGH: Final = 1  # PQERRORS_DEFAULT in libpq-fe.h
_VERBOSE: Final = 2  # PQERRORS_VERBOSE
_CODE: Final = re.compile(r":  ([0-9A-Z]{5}): ")  # FATAL:  28P01: password authentication failed …
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


def _text(value: bytes | None) -> str:
    return (value or b"").decode(errors="replace")


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


class Busy(Enum):
    """The reasons for which a server that was reached takes no session now, and may take one later."""

    ROLE = "the limit of a role"
    DATABASE = "the limit of a database"
    SERVER = "the limit of the server"
    STATE = "starting or stopping"
    POOLER = "the limit of a pooler, or a pooler without a server"
    OURSELVES = "the limit of this process"


class Refusal(NamedTuple):
    """What the text of a failed login says."""

    code: str | None
    """The SQLSTATE; None if no server refused, or the libpq that psycopg uses cannot be told to write it."""
    busy: Busy | None
    """None if waiting would not help, as far as is known."""


# docs/facts/postgresql.md, "Connection errors"
_STATES: Final = ("57P01", "57P02", "57P03")
_POOLERS: Final = ("08", "53", "58", "XX")
"""Classes of SQLSTATEs with which poolers refuse for whatever reason."""
_FOR_ROLE: Final = re.compile(r"InitializeSessionUserId|too many connections for role")
_FOR_DATABASE: Final = re.compile(r"CheckMyDatabase|too many connections for database")
_STATE: Final = "the database system is "
_POOLER: Final = re.compile(
    r"max_client_conn|max_(db|user)_client_connections|query_wait_timeout|server_login_retry|client_login_timeout"
    r"|pause failed|suspend_timeout|(server|pooler) (is )?shutting down"
    r"|too many (clients|connections|active clients|tcp connections)|remaining connection slots"
    r"|max client(s|( connections)) reached|(acquire|borrow) a? ?(database )?connection",
    re.IGNORECASE,
)


def refusal_of(text: str) -> Refusal:
    """Read the text of a failed login, or of a session that was ended before its first statement."""
    codes = _CODE.findall(text)
    code = next((code for code in codes if _is_busy(code)), codes[0] if codes else None)
    return Refusal(code, busy_of(code, text))


def busy_of(code: str | None, text: str) -> Busy | None:
    """Why a session with this SQLSTATE and text was refused, if another one may be had later."""
    if code is None:
        return None
    if code in _STATES or (code.startswith(_POOLERS) and _STATE in text):
        return Busy.STATE
    is_full = code.startswith("53")
    if is_full or (code.startswith(_POOLERS) and _POOLER.search(text)):
        if _FOR_ROLE.search(text):
            return Busy.ROLE
        if _FOR_DATABASE.search(text):
            return Busy.DATABASE
        return Busy.SERVER if is_full else Busy.POOLER
    return None


def _is_busy(code: str) -> bool:
    return code in _STATES or code.startswith("53")


class TellingConnection(psycopg.Connection[tuple[Any, ...]]):
    """A connection whose failure to log in has the SQLSTATE in its text."""

    @classmethod
    def _connect_gen(cls, conninfo: str = "", *, timeout: float = 0) -> PQGenConn[Self]:
        """As in psycopg, which calls it for each address; `timeout` is in seconds, and given by some versions only."""
        end = time.monotonic() + (timeout or float("inf"))
        pgconn = pq.PGconn.connect_start(conninfo.encode())
        _set_verbosity(pgconn, _VERBOSE)
        waits_for = {pq.PollingStatus.READING: Wait.R, pq.PollingStatus.WRITING: Wait.W}
        happened = "is bad"  # what it is told did not even let it begin
        while pgconn.status != pq.ConnStatus.BAD:
            happened = "failed"
            wait = waits_for.get(pq.PollingStatus(pgconn.connect_poll()))
            if wait is None:
                break
            while not (yield pgconn.socket, wait):
                if time.monotonic() > end:
                    pgconn.finish()
                    raise psycopg.errors.ConnectionTimeout("connection timeout expired")
        if pgconn.status != pq.ConnStatus.OK:
            said = f"connection {happened}: {pgconn.get_error_message()}"
            raise psycopg.OperationalError(said, pgconn=psycopg.errors.finish_pgconn(pgconn))
        _set_verbosity(pgconn, _TERSE_ENOUGH)
        pgconn.nonblocking = 1
        return cls(pgconn)


def _set_verbosity(connection: pq.abc.PGconn, verbosity: int) -> None:
    if (libpq := _libpq()) and (pointer := connection.pgconn_ptr):  # type: ignore[attr-defined]  # every implementation has it
        libpq.PQsetErrorVerbosity(ctypes.c_void_p(pointer), verbosity)


@cache
def _libpq() -> ctypes.CDLL | None:
    """The very library that psycopg has loaded: a symbol of an extension module is looked for in its libraries too.

    The implementation in Python loads the system's library.
    """
    file = sys.modules[pq.PGconn.__module__].__file__
    if pq.__impl__ == "python":
        file = ctypes.util.find_library("pq")
    library = ctypes.CDLL(file) if file else None
    return library if hasattr(library, "PQsetErrorVerbosity") else None
