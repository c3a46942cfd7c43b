"""Terraform's commands on a workspace, what they leave when nothing disturbs them, and how long they take.

A replacement moves the workspace to another schema of the database.
"""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final

from psycopg import sql

from tests.faults.operations import CHANGED, DROPPED, RENAMED, contents, with_row
from tests.support.postgresql import Database
from tests.support.proxy import Message, Proxy
from tests.support.terraform import Terraform
from tests.support.terraform_process import Running, folded
from tests.support.workspaces import ADDRESS, configuration

ELSEWHERE: Final = "elsewhere"
"""The schema to which a replacement moves the workspace."""

_ADVICE: Final = re.compile(r"terraform import krenalis_workspace\.NAME '([^']+)'")
_FORGETTING: Final = "terraform state rm krenalis_workspace.NAME"
_MOST_RUNS: Final = 4
_AT_ONCE: Final = ("-input=false", "-auto-approve")
_UNPROTECTED: Final = "deletion_protection = false"
_CREATE_FIRST: Final = "lifecycle { create_before_destroy = true }"
_PERMITTED: Final = f'renames = {{ {RENAMED[1]} = "{RENAMED[0]}" }}\ndrop_columns = ["{DROPPED}"]'


@dataclass(frozen=True, slots=True)
class Command:
    """A command, and what is configured before it and when it is run: arguments of `configuration`, with a schema."""

    name: str
    before: dict[str, Any] | None
    """None: there is no workspace yet."""
    configured: dict[str, Any]
    verb: str = "apply"

    def __str__(self) -> str:
        return self.name

    def start(self, terraform: Terraform) -> Running:
        """Start it."""
        return terraform.start(self.verb, *_AT_ONCE)

    @property
    def may_be_in_both_places(self) -> bool:
        """Whether the old workspace and the new one may be there at the same time."""
        return _CREATE_FIRST in self.configured["extra"]


_HERE: Final[dict[str, Any]] = {"extra": _UNPROTECTED}
CREATE: Final = Command("create", None, _HERE)
MIGRATE: Final = Command(
    "migrate",
    _HERE,
    {
        "document": CHANGED,
        "user_profile": {"first_name": "first_name", "last_name": "last_name", "extra": RENAMED[1]},
        "extra": f"{_UNPROTECTED}\n{_PERMITTED}",
    },
)
DESTROY: Final = Command("destroy", _HERE, _HERE, verb="destroy")
REPLACE: Final = Command("replace", _HERE, {**_HERE, "schema": ELSEWHERE})
_FIRST: Final[dict[str, Any]] = {"extra": f"{_UNPROTECTED}\n{_CREATE_FIRST}"}
REPLACE_CREATING_FIRST: Final = Command("replace, creating first", _FIRST, {**_FIRST, "schema": ELSEWHERE})
COMMANDS: Final = (CREATE, MIGRATE, DESTROY, REPLACE, REPLACE_CREATING_FIRST)


def write(terraform: Terraform, database: Database, port: int, configured: dict[str, Any]) -> None:
    """Write the configuration of a workspace that is reached at the port."""
    named = {key: value for key, value in configured.items() if key != "schema"}
    schema = configured.get("schema", database.schema)
    settings = {**database.settings(), "port": port, "schema": schema}
    terraform.write(configuration(settings, **named))


def prepare(command: Command, terraform: Terraform, database: Database, port: int) -> None:
    """Let there be what the command needs, a workspace with a profile if it needs one, and its configuration."""
    with database.connect() as connection:
        names = {"schema": sql.Identifier(ELSEWHERE), "role": sql.Identifier(database.role)}
        connection.execute(sql.SQL("CREATE SCHEMA {schema}").format(**names))
        connection.execute(sql.SQL("GRANT USAGE, CREATE ON SCHEMA {schema} TO {role}").format(**names))
        # what the client was told is committed outlives a crash, although no standby is there to confirm it
        connection.execute(sql.SQL("ALTER ROLE {role} SET synchronous_commit = local").format(**names))
    if command.before:
        write(terraform, database, port, command.before)
        terraform.run("apply", *_AT_ONCE)
        with_row(database)
    write(terraform, database, port, command.configured)
    with database.connect() as connection:
        connection.execute("CHECKPOINT")  # what was prepared is to be there after a crash


def places(database: Database) -> tuple[object, object]:
    """What both schemas hold, comparable; the id of a workspace is another one each time."""
    here, there = (contents(replace(database, schema=name), but=["id"]) for name in _schemas(database))
    return here, there


def ids(database: Database) -> list[str]:
    """The ids of the workspaces in both schemas."""
    found = []
    with database.connect() as connection:
        for schema in _schemas(database):
            name = sql.Identifier(schema, "krenalis_workspace")
            if connection.execute("SELECT to_regclass(%s)", [name.as_string()]).fetchone() != (None,):
                found += connection.execute(sql.SQL("SELECT id FROM {}").format(name)).fetchall()
    return [id_ for (id_,) in found]


def _schemas(database: Database) -> tuple[str, str]:
    return database.schema, ELSEWHERE


def go_on(command: Command, terraform: Terraform) -> bool:
    """Do it again, and import what the error says.

    Whether the old workspace is left as it is: the state can have one alone, and Terraform had to forget the old one to
    take over the new one, which a replacement had made before it was struck.
    """
    leaves_old = False
    for _ in range(_MOST_RUNS):
        running = command.start(terraform)
        if running.wait() == 0:
            return leaves_old
        said = folded(running.stderr)
        advised = _ADVICE.search(said)
        assert advised, running.report()
        if command.before and terraform.state_list():
            assert _FORGETTING in said, running.report()
            terraform.run("state", "rm", ADDRESS)
            leaves_old = True
        terraform.import_(ADDRESS, advised[1])
    raise AssertionError(running.report())


@dataclass(frozen=True, slots=True)
class Course:
    """A command that nothing disturbs."""

    before: tuple[object, object]
    after: tuple[object, object]
    """What `places` has."""
    seconds: float
    messages: int
    """How many messages pass between the provider and PostgreSQL, in all of the command's processes."""


def undisturbed(command: Command, terraform: Terraform, database: Database, network: Proxy) -> Course:
    """Run a command to its end."""
    prepare(command, terraform, database, network.port)
    before = places(database)
    with counted(network) as messages:
        start = time.monotonic()
        running = command.start(terraform)
        assert running.wait() == 0, running.report()
        seconds = time.monotonic() - start
    after = places(database)
    assert before != after
    return Course(before, after, seconds, len(messages))


@contextmanager
def counted(network: Proxy) -> Iterator[list[Message]]:
    """The messages that pass in the meantime."""
    messages: list[Message] = []

    def passing(message: Message) -> bool:
        messages.append(message)
        return False

    with network.hold(passing):
        yield messages
