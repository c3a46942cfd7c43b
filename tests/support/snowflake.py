"""A throw-away double of Snowflake and databases in it, for tests; see `tests.support.snowflake_double` for what it is.

It runs in a process of its own, on the loopback interface, and ends with the process that started it, however that ends.
What it runs on is installed into ``.double`` at first use.
"""

import fcntl
import json
import os
import secrets
import shutil
import subprocess
import sys
import tomllib
import urllib.request
import venv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self

import snowflake.connector

ROOT = Path(__file__).parents[2]
_SOURCE = Path(__file__).with_name("snowflake_double")
_FOLDER = ROOT / ".double"
_SECONDS = 60
"""That a test waits for a statement to come."""


@dataclass(slots=True)
class Snowflake:
    """A running double; as a context manager it stops at the end."""

    port: int
    _process: "subprocess.Popen[str]" = field(repr=False)

    host: ClassVar[str] = "127.0.0.1"

    @classmethod
    def start(cls) -> Self:
        """Start a double and return when it answers."""
        process = subprocess.Popen(
            [_installed(), "-W", "ignore", "-m", "tests.support.snowflake_double"],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        port = process.stdout.readline()
        assert port, f"the double ended at once, with {process.wait()}"
        return cls(int(port), process)

    def stop(self) -> None:
        """End it; what it held is gone."""
        self._process.communicate()

    def database(self, name: str | None = None, *, schema: str = "CDP", **others: str) -> "SnowflakeDatabase":
        """Make a database, in it a schema, and a user with a password, a role and a virtual warehouse to use it."""
        name = name or f"TEST_{secrets.token_hex(4).upper()}"
        names = {"user": f"{name}_USER", "role": f"{name}_ROLE", "warehouse": f"{name}_WH"}
        password = secrets.token_urlsafe(12)
        database = SnowflakeDatabase(self, name, schema, **{**names, "password": password, **others})
        self.call(
            "POST",
            "databases",
            {
                "database": name,
                "schema": schema,
                "user": database.user,
                "password": database.password,
                "role": database.role,
                "warehouse": database.warehouse,
            },
        )
        return database

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Ask the double for what Snowflake has no statement for; see its routes under ``/double``."""
        request = urllib.request.Request(
            f"http://{self.host}:{self.port}/double/{path}", json.dumps(body).encode(), method=method
        )
        with urllib.request.urlopen(request, timeout=_SECONDS + 10) as response:
            return json.load(response)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


@dataclass(frozen=True, slots=True)
class SnowflakeDatabase:
    """A database of a double, with the user, role, schema and virtual warehouse that a workspace is given."""

    server: Snowflake
    name: str
    schema: str
    user: str
    password: str = field(repr=False)
    role: str
    warehouse: str

    def settings(self) -> dict[str, Any]:
        """Return the connection as the provider's ``warehouse.settings`` wants it; where it is, is in `parameters`."""
        return {
            "account": "organization-double",
            "username": self.user,
            "password": self.password,
            "role": self.role,
            "database": self.name,
            "schema": self.schema,
            "warehouse": self.warehouse,
        }

    def parameters(self) -> dict[str, str]:
        """Return what the provider's block ``snowflake`` says: where the double listens."""
        return {"host": self.server.host, "port": str(self.server.port), "protocol": "http"}

    def execute(self, sql: str, values: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Execute a statement as the administrator, in the schema; it is not recorded, and nothing strikes it."""
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.execute(sql, values)
            return [tuple(row) for row in cursor.fetchall()]

    def connect(self) -> Any:
        """Return the administrator's connection."""
        return self.connect_as_user(
            user="TESTS", password="tests", role="ACCOUNTADMIN", application="tests", login_timeout=_SECONDS
        )

    def connect_as_user(self, **parameters: Any) -> Any:
        """Return a connection of the user's, with further parameters or others: recorded, and struck, as the provider's."""
        os.environ["SNOWFLAKE_DISABLE_PLATFORM_DETECTION"] = (
            "true"  # or the driver looks for clouds around it
        )
        return snowflake.connector.connect(
            **{
                "account": "organization-double",
                "user": self.user,
                "password": self.password,
                "role": self.role,
                "database": self.name,
                "schema": self.schema,
                "warehouse": self.warehouse,
                "login_timeout": _SECONDS,
                "enable_server_session_keep_alive_auto_detection": False,
                **self.parameters(),
                **parameters,
            }
        )

    def statements(self) -> list[str]:
        """Return the statements that the database's sessions have sent, in order."""
        answer: list[str] = self.server.call("GET", f"databases/{self.name}/statements")
        return answer

    def logins(self) -> list[dict[str, Any]]:
        """Return what the logins to the database said, in order; those of tests are not among them."""
        answer: list[dict[str, Any]] = self.server.call("GET", f"databases/{self.name}/logins")
        return answer

    def set_password(self, password: str) -> None:
        """Change the user's password."""
        self.server.call("PUT", f"users/{self.user}", {"password": password})

    def set_public_key(self, pem: str) -> None:
        """Let the user log in with this key's private one, too."""
        self.server.call("PUT", f"users/{self.user}", {"public_key": pem})

    @contextmanager
    def strike(
        self,
        statement: int,
        action: str,
        *,
        after: bool = False,
        matching: str = "",
        within: bool = False,
        **error: str,
    ) -> Iterator["Strike"]:
        """Have something happen to the n-th statement from now, counted from 1, of those in which `matching` is found.

        That is a statement that a session sends, or `within` one that a procedure executes. See `tests.support.snowflake_double.strikes` for the actions. With the context, it is over and what was held goes on.
        """
        description = {
            "statement": statement,
            "action": action,
            "after": after,
            "matching": matching,
            "within": within,
            **error,
        }
        made = self.server.call("POST", f"databases/{self.name}/strikes", description)
        strike = Strike(self, made["id"])
        try:
            yield strike
        finally:
            strike.release()

    @contextmanager
    def down(self) -> Iterator[None]:
        """Cut every connection for this database, until the end of the context."""
        self.server.call("PUT", f"databases/{self.name}", {"down": True})
        try:
            yield
        finally:
            self.up()

    def up(self) -> None:
        """Let connections be, after a strike took the database down."""
        self.server.call("PUT", f"databases/{self.name}", {"down": False})

    def allow(self, privileges: Sequence[str]) -> None:
        """Give the role these privileges on the schema, and no others; without USAGE there is no schema for it."""
        self.server.call("PUT", f"roles/{self.role}", {"privileges": list(privileges)})

    def give(self, name: str, role: str) -> None:
        """Let another role own a table or view."""
        self.server.call("PUT", f"databases/{self.name}/owners/{name}", {"role": role})

    def drop(self) -> None:
        """Remove the database, whoever is connected to it."""
        self.server.call("DELETE", f"databases/{self.name}")


@dataclass(slots=True)
class Strike:
    """Something in store for a statement."""

    database: SnowflakeDatabase
    _id: int
    _over: bool = False

    @property
    def _path(self) -> str:
        return f"databases/{self.database.name}/strikes/{self._id}"

    @property
    def struck(self) -> bool:
        """Whether it has happened."""
        return bool(self.database.server.call("GET", f"{self._path}?seconds=0")["struck"])

    def wait(self) -> None:
        """Return when it has happened, such as when the statement is held."""
        answer = self.database.server.call("GET", f"{self._path}?seconds={_SECONDS}")
        assert answer["struck"], f"no such statement within {_SECONDS} s"

    def release(self) -> None:
        """Let what is held go on, and do nothing any more."""
        if not self._over:
            self._over = True
            self.database.server.call("DELETE", self._path)


def _installed() -> Path:
    """The Python that has what the double needs; of several processes one installs it, and the others wait."""
    wanted = (_SOURCE / "pyproject.toml").read_text()
    made, python = _FOLDER / "made-for", _FOLDER / "bin" / "python"
    with (ROOT / ".double.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists() or made.read_text() != wanted:
            shutil.rmtree(_FOLDER, ignore_errors=True)
            sys.stderr.write("Installing what the double of Snowflake needs into .double\n")
            venv.create(_FOLDER, with_pip=True)
            needed: list[str] = tomllib.loads(wanted)["project"]["dependencies"]
            options = ["-qq", "--disable-pip-version-check"]
            subprocess.run([python, "-m", "pip", "install", *options, *needed], check=True)
            made.write_text(wanted)
    return python
