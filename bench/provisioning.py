"""The provisioner against psql running the very same statements in one transaction, near the server and far from it."""

import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from functools import partial
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import psycopg

from bench.measure import Table
from krenalis_provider.model.profile_columns import ProfileColumn, profile_columns
from krenalis_provider.model.profile_schema import parse
from krenalis_provider.model.workspace import WarehouseMode, Workspace
from krenalis_provider.warehouses.migration.compute import Migration, migrate
from krenalis_provider.warehouses.postgresql import dialect
from krenalis_provider.warehouses.postgresql.platform import PostgreSQL
from krenalis_provider.warehouses.postgresql.session import Session, session
from krenalis_provider.warehouses.postgresql.settings import PostgreSQLSettings
from krenalis_provider.warehouses.postgresql.sql import Statement
from tests.support.postgresql import Database, Server
from tests.support.proxy import Proxy
from tests.support.workspaces import profile_schema
from tfplugin.deadline import Deadline

ROUND_TRIP: Final = 0.02
"""Of the network to a server that is far, in seconds."""

_OURS, _FILE, _MESSAGE = "provisioner", "psql, one by one", "psql, all at once"
_ID: Final = "1"
_TIMEOUT: Final = 60

Steps = Mapping[str, Callable[[], object]]


def compare(server: Server, folder: Path, runs: int) -> Table:
    """Every step for each candidate in turn, near and far; the first time is for the caches and does not count."""
    columns = (_OURS, _FILE, _MESSAGE) if server.psql else (_OURS,)
    table = Table("ms", columns)
    database = server.database()
    with Proxy((server.host, server.port), round_trip=ROUND_TRIP) as proxy:
        near = _Provisioning(database, server.port)
        texts = near.record()
        places = {"": near, f", {ROUND_TRIP * 1000:.0f} ms away": _Provisioning(database, proxy.port)}
        for run in range(runs + 1):
            turn = run % len(columns)
            for suffix, ours in places.items():
                steps: dict[str, Steps] = {_OURS: ours.steps()}
                if server.psql:
                    psql = _Psql(server.psql, database, ours.port, folder)
                    steps[_FILE], steps[_MESSAGE] = psql.one_by_one(texts), psql.all_at_once(texts)
                for column in columns[turn:] + columns[:turn]:
                    for name, step in steps[column].items():
                        table.time(name + suffix, column, step)
                    near.drop()
            if run == 0:
                table.forget()
    database.drop()
    return table


class _Provisioning:
    """The provisioner at work on the documented example: what to make, and what to make of it then."""

    def __init__(self, database: Database, port: int) -> None:
        self.port = port
        self._settings = PostgreSQLSettings(**{**database.settings(), "port": port})
        self._connect = database.connect_as_role
        self._provisioner = PostgreSQL().provisioner(self._settings, {})
        document = profile_schema()
        self._before = Workspace(_ID, "Customers", WarehouseMode.NORMAL, document)
        self._after = Workspace(_ID, "Customers", WarehouseMode.NORMAL, _changed(document))

    def steps(self) -> Steps:
        """What is measured, in this order, on an empty warehouse."""
        before, after = _columns(self._before), _columns(self._after)
        migration = _migration(before, after)

        def refresh() -> object:
            return self._provisioner.inspect(_deadline())

        return {
            "connect": self._ask_nothing,
            "rehearse a creation": lambda: self._rehearse(before),
            "create": lambda: self._provisioner.initialize(self._before, before, _deadline()),
            "refresh": refresh,
            "refresh of the next": refresh,
            "migrate": lambda: self._provisioner.update(self._after, after, _deadline(), migration=migration),
        }

    def record(self) -> dict[str, list[str]]:
        """Take every step once, and return the statements that each one sent, as text; nothing stays of it."""
        texts = {}
        with self._connect() as connection:
            for name, step in self.steps().items():
                with _recorded() as statements:
                    step()
                cursor = psycopg.ClientCursor(connection)
                texts[name] = [cursor.mogrify(sent.query, sent.values) for sent in statements]
        self.drop()
        return texts

    def drop(self) -> None:
        """Leave an empty warehouse."""
        self._provisioner.drop(_ID, _deadline())

    def _rehearse(self, columns: Sequence[ProfileColumn]) -> None:
        rehearsals = self._provisioner.rehearsals
        assert rehearsals
        assert rehearsals.rehearse_creation(self._before, columns, _deadline(), replaces=None) == ()

    def _ask_nothing(self) -> None:
        with session(self._settings, {}, _deadline()) as opened:
            opened.run([Statement("asking nothing", "SELECT 1")])


class _Psql:
    """The same steps, each in a process of its own, which takes part in what is measured."""

    def __init__(self, program: Path, database: Database, port: int, folder: Path) -> None:
        conninfo = database.server.conninfo(database.name, database.role, database.password)
        options = ["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1"]
        self._command = [str(program), *options, f"{conninfo} port={port}"]
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def one_by_one(self, texts: Mapping[str, Sequence[str]]) -> Steps:
        """Each statement is sent when the one before it was answered, as psql does with a script."""

        def step(name: str, statements: Sequence[str]) -> Callable[[], object]:
            script = self._folder / f"{name}.sql"
            script.write_text(";\n".join(statements) + ";\n")
            return lambda: self._run(f"--file={script}")

        return {name: step(name, statements) for name, statements in texts.items()}

    def all_at_once(self, texts: Mapping[str, Sequence[str]]) -> Steps:
        """All of them go in one message, and nobody looks at the answers in between."""
        messages = {name: ";\n".join(statements) for name, statements in texts.items()}
        return {name: partial(self._run, f"--command={message}") for name, message in messages.items()}

    def _run(self, option: str) -> None:
        subprocess.run([*self._command, option], check=True, stdout=subprocess.DEVNULL)


@contextmanager
def _recorded() -> Iterator[list[Statement]]:
    """All statements that sessions send in the meantime."""
    statements: list[Statement] = []
    run = Session.run

    def recording(opened: Session, sent: Sequence[Statement]) -> list[list[Any]]:
        statements.extend([*opened._waiting, *sent])  # noqa: SLF001 - what waits goes along
        return run(opened, sent)

    with patch.object(Session, "run", recording):
        yield statements


def _changed(document: Any) -> Any:
    """The document after a typical change: a property renamed, one widened, one dropped, and two new ones."""
    changed = deepcopy(document)
    properties = {prop["name"]: prop for prop in changed["properties"]}
    properties["email"]["name"] = "contact"
    properties["first_name"]["type"]["maxLength"] += 100
    del properties["phone_number"]
    new = [{"name": name, "type": {"kind": "string"}, "readOptional": True} for name in ("tier", "segment")]
    changed["properties"] = [*properties.values(), *new]
    return changed


def _columns(workspace: Workspace) -> tuple[ProfileColumn, ...]:
    schema = parse(workspace.profile_schema).schema
    assert schema
    return profile_columns(schema)


def _migration(before: Sequence[ProfileColumn], after: Sequence[ProfileColumn]) -> Migration:
    migration = migrate(
        dialect,
        present={column.name: dialect.column_type(column.type) for column in before},
        before=before,
        after=after,
        renames={"contact": "email"},
        drop_columns=["phone_number"],
        mode=WarehouseMode.NORMAL,
    )
    assert not migration.problems
    return migration


def _deadline() -> Deadline:
    return Deadline.after(_TIMEOUT)
