"""A throw-away PostgreSQL server and databases in it, for tests and the demo.

A server listens on TCP on the loopback interface with scram-sha-256 passwords, has no unix socket and does not
care for its data (no fsync). It lives in one folder and ends, folder and all, at `Server.stop` or when the
process that started it ends in whatever way, unless `Server.detach` let it go.
"""

import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from tests.support import postgresql_binaries
from tests.support.ports import Port
from tests.support.postgresql_binaries import Account, PostgreSQLError

_PARAMETERS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "max_connections": "50",
}
_PORT_TRIES = 5
_SECONDS = 300
"""That a server may take to start or to end, on a machine that has much to do."""
# Ends the server and removes its folder, unless a line comes on standard input before that is closed. The kernel
# closes it when the process at the other end dies, so no way of dying leaves a server behind.
_GUARDIAN = """
read -r _ && exit 0
"$1/pg_ctl" stop --silent --pgdata="$2/data" --mode=fast --timeout=10 ||
"$1/pg_ctl" stop --silent --pgdata="$2/data" --mode=immediate
cd / && rm -rf "$2"
exit 0
"""


@dataclass(slots=True)
class Server:
    """A running PostgreSQL server; as a context manager it stops at the end."""

    folder: Path
    bindir: Path
    port: int
    pid: int
    password: str = field(repr=False)
    _guardian: "subprocess.Popen[str] | None" = field(default=None, repr=False, compare=False)
    _kept: Port | None = field(default=None, repr=False, compare=False)
    """The port, which is the server's while it is down, too."""

    host: ClassVar[str] = "127.0.0.1"
    user: ClassVar[str] = "postgres"

    @classmethod
    def start(
        cls,
        *,
        parameters: Mapping[str, str] | None = None,
        folder: Path | None = None,
        bindir: Path | None = None,
    ) -> Self:
        """Start a server and return when it accepts connections.

        `parameters` are settings as in postgresql.conf and go before our own. `folder` must be empty or absent and
        `nobody` must be able to reach it when the caller is root; without it a fresh one is made. `bindir` chooses
        the programs, else they are searched for.
        Raises `PostgreSQLError` when there are no programs or the server does not start.
        """
        account = Account.for_server()
        bindir = bindir or postgresql_binaries.find()
        folder = Path(folder or tempfile.mkdtemp(prefix="krenalis-postgresql-")).absolute()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise PostgreSQLError(f"{folder} is not empty")
        with ExitStack() as undo:
            undo.callback(shutil.rmtree, folder, ignore_errors=True)
            account.own(folder)
            bindir = postgresql_binaries.readable(bindir, account, folder)
            guardian = account.start(
                _guardian_argv(bindir, folder),
                folder=folder,
                stdin=subprocess.PIPE,
                output=subprocess.DEVNULL,
            )
            undo.callback(_let_act, guardian)
            password = secrets.token_urlsafe(12)
            _initialise(bindir, folder, account, password, {**_PARAMETERS, **(parameters or {})})
            port = _launch(bindir, folder, account)
            undo.pop_all()
        return cls(folder, bindir, port.number, _pid(folder), password, guardian, port)

    @classmethod
    def attach(cls, description: Mapping[str, Any]) -> Self:
        """Return the server of a `describe` made earlier, maybe by another process; it need not run any more."""
        return cls(
            folder=Path(description["folder"]),
            bindir=Path(description["bindir"]),
            port=int(description["port"]),
            pid=int(description["pid"]),
            password=str(description["password"]),
        )

    def describe(self) -> dict[str, str | int]:
        """Return what `attach` needs, fit for JSON. It holds the superuser's password."""
        return {
            "folder": str(self.folder),
            "bindir": str(self.bindir),
            "port": self.port,
            "pid": self.pid,
            "password": self.password,
        }

    def detach(self) -> None:
        """Let the server outlive this process; from now on only `stop` ends it."""
        if self._guardian is not None:
            self._guardian.communicate("outlive\n")
            self._guardian = None
        self._release_port()

    def stop(self) -> None:
        """End the server, fast, and remove its folder; does nothing where that was done before.

        A server of another process is signalled only if it proves to be ours (see `running`): the process number
        in a folder left over from before a restart of the machine may be anybody's by now.
        """
        if self._guardian is not None:
            _let_act(self._guardian)
            self._guardian = None
        elif self.running:
            account = Account.for_server()
            account.run(*_guardian_argv(self.bindir, self.folder), folder=Path("/"))
        if self.running:
            raise PostgreSQLError(f"PostgreSQL, process {self.pid}, did not stop")
        self._release_port()
        shutil.rmtree(self.folder, ignore_errors=True)

    def crash(self) -> None:
        """End the server as a loss of power would, but for what the system has not written to disk."""
        self.end("--mode=immediate")

    def end(self, *options: str) -> None:
        """End the server as ``pg_ctl stop`` does with these options; its folder stays."""
        self._control("stop", *options)

    def restart(self, options: str = "") -> None:
        """Start the server again, at the same port, after it ended; it recovers what was committed.

        `options` are further ones of the server's command line.
        """
        self._control("start", f"--options=-p {self.port} {options}", f"--log={self.folder / 'log'}")
        self.pid = _pid(self.folder)

    def _release_port(self) -> None:
        if self._kept:
            self._kept.release()

    def _control(self, action: str, *options: str) -> None:
        data = self.folder / "data"
        Account.for_server().run(
            self.bindir / "pg_ctl",
            action,
            "--silent",
            "--wait",
            f"--timeout={_SECONDS}",
            f"--pgdata={data}",
            *options,
            folder=self.folder,
        )

    @property
    def running(self) -> bool:
        """Whether the server answers, takes our password and calls itself the process that we started."""
        try:
            with self.connect() as connection:
                answer = connection.execute("SELECT pg_read_file('postmaster.pid')").fetchone()
        except psycopg.OperationalError:
            return False
        return answer is not None and int(answer[0].split()[0]) == self.pid

    @property
    def version(self) -> str:
        """The server's version, such as ``15.18``."""
        with self.connect() as connection:
            number = connection.info.server_version
        return f"{number // 10000}.{number % 10000}"

    @property
    def psql(self) -> Path | None:
        """The command line client: the one beside the server, else one on PATH, else None."""
        beside = self.bindir / "psql"
        found = str(beside) if beside.is_file() else shutil.which("psql")
        return Path(found) if found else None

    def conninfo(
        self, database: str = "postgres", user: str | None = None, password: str | None = None
    ) -> str:
        """Return a connection string, for the superuser unless both `user` and `password` are given."""
        return make_conninfo(
            host=self.host,
            port=self.port,
            dbname=database,
            user=user or self.user,
            password=password or self.password,
            connect_timeout=60,
        )

    def connect(self, database: str = "postgres") -> "psycopg.Connection[tuple[Any, ...]]":
        """Return a superuser's connection in autocommit mode."""
        return psycopg.connect(self.conninfo(database), autocommit=True)

    def database(
        self, name: str | None = None, *, role: str | None = None, schema: str = "cdp"
    ) -> "Database":
        """Create a database, in it a schema, and a login role that may use and create in it but owns nothing."""
        name = name or f"test_{secrets.token_hex(4)}"
        database = Database(self, name, schema, role or f"{name}_role", secrets.token_urlsafe(12))
        names = {key: sql.Identifier(getattr(database, key)) for key in ("name", "schema", "role")}
        with self.connect() as connection:
            connection.execute(
                sql.SQL("CREATE ROLE {role} LOGIN PASSWORD {password}").format(
                    password=sql.Literal(database.password), **names
                )
            )
            connection.execute(
                sql.SQL("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'").format(**names)
            )
        with database.connect() as connection:
            # up to version 14 everybody may create in the public schema
            connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
            connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {schema}").format(**names))
            connection.execute(sql.SQL("GRANT USAGE, CREATE ON SCHEMA {schema} TO {role}").format(**names))
        return database

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


@dataclass(frozen=True, slots=True)
class Database:
    """A database of a throw-away server, with the role and the schema that a workspace is given."""

    server: Server
    name: str
    schema: str
    role: str
    password: str = field(repr=False)

    def connect(self) -> "psycopg.Connection[tuple[Any, ...]]":
        """Return a superuser's connection in autocommit mode."""
        return self.server.connect(self.name)

    def connect_as_role(self) -> "psycopg.Connection[tuple[Any, ...]]":
        """Return the plain role's connection in autocommit mode."""
        return psycopg.connect(self.server.conninfo(self.name, self.role, self.password), autocommit=True)

    def settings(self) -> dict[str, Any]:
        """Return the connection as the provider's ``warehouse.settings`` wants it."""
        return {
            "host": self.server.host,
            "port": self.server.port,
            "username": self.role,
            "password": self.password,
            "database": self.name,
            "schema": self.schema,
        }

    def drop(self) -> None:
        """Remove the database, whoever is connected to it, and the role."""
        with self.server.connect() as connection:
            drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(self.name))
            when_nobody_uses_it(connection, drop)
            connection.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(self.role)))


def when_nobody_uses_it(connection: "psycopg.Connection[tuple[Any, ...]]", statement: sql.Composed) -> None:
    """Execute a statement about a database as soon as no session uses that; PostgreSQL itself waits five seconds."""
    end = time.monotonic() + _SECONDS
    while True:
        try:
            connection.execute(statement)
        except psycopg.errors.ObjectInUse:
            if time.monotonic() > end:
                raise
        else:
            return


def _guardian_argv(bindir: Path, folder: Path) -> list[str]:
    return ["/bin/sh", "-c", _GUARDIAN, "guardian", str(bindir), str(folder)]


def _let_act(guardian: "subprocess.Popen[str]") -> None:
    """Close the guardian's standard input and wait until it has ended the server."""
    guardian.communicate()


def _initialise(
    bindir: Path, folder: Path, account: Account, password: str, parameters: Mapping[str, str]
) -> None:
    """Make the data folder. The locale C gives English messages and an order that every machine has."""
    password_file = folder / "password"
    password_file.touch(mode=0o600)
    password_file.write_text(password)
    account.own(password_file)
    data = folder / "data"
    options = [
        "--encoding=UTF8",
        "--locale=C",
        "--no-sync",
        "--auth=scram-sha-256",
        f"--username={Server.user}",
    ]
    account.run(bindir / "initdb", f"--pgdata={data}", f"--pwfile={password_file}", *options, folder=folder)
    password_file.unlink()
    with (data / "postgresql.conf").open("a") as configuration:
        for name, value in parameters.items():
            quoted = value.replace("'", "''")
            configuration.write(f"{name} = '{quoted}'\n")


def _launch(bindir: Path, folder: Path, account: Account) -> Port:
    """Start the server on a free port and return the port; where it is not kept, it may get lost before it is used."""
    log = folder / "log"
    for _ in range(_PORT_TRIES):
        port = Port()
        try:
            account.run(
                bindir / "pg_ctl",
                "start",
                "--silent",
                "--wait",
                f"--timeout={_SECONDS}",
                f"--pgdata={folder / 'data'}",
                f"--log={log}",
                f"--options=-p {port.number}",
                folder=folder,
            )
        except PostgreSQLError as error:
            port.release()
            messages = log.read_text() if log.exists() else str(error)
            if "could not create any TCP/IP sockets" not in messages:
                raise PostgreSQLError(f"PostgreSQL did not start:\n{messages}") from error
            log.unlink()
        else:
            return port
    raise PostgreSQLError(f"PostgreSQL found no free port in {_PORT_TRIES} tries")


def _pid(folder: Path) -> int:
    return int((folder / "data" / "postmaster.pid").read_text().split()[0])
