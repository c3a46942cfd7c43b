"""PostgreSQL runs out of something, or takes no connections: what a plan says, and what applying does."""

import logging
import random
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from krenalis_provider.model.errors import Verdict, WarehouseError
from tests.faults import operations
from tests.faults.operations import (
    CHANGED,
    CLIENTS,
    CREATE,
    DESTROY,
    MIGRATE,
    attempt,
    attempted,
    change,
    contents,
    rehearse,
    soon,
    stage,
    until,
)
from tests.support.customers import CUSTOMERS, only_finding
from tests.support.postgresql import Database, Server
from tests.support.postgresql_binaries import Account
from tests.support.postgresql_warehouse import execute, provisioner_of
from tests.support.terraform import Terraform
from tests.support.terraform_process import folded
from tests.support.workspaces import configuration


@pytest.fixture
def disk(fragile: Server) -> Iterator[Path]:
    """A disk of 4 MB, in the server's own folder."""
    folder = fragile.folder / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode != 0:
        folder.rmdir()
        pytest.skip(f"a small disk cannot be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)
    folder.rmdir()


@pytest.fixture
def on_disk(disk: Path, fragile: Server, fragile_database: Database) -> Iterator[Database]:
    """A database in which the tables that the role makes are on the small disk."""
    space = disk / "space"
    space.mkdir()
    Account.for_server().own(space)
    with fragile.connect() as connection:
        connection.execute(sql.SQL("CREATE TABLESPACE small LOCATION {}").format(sql.Literal(str(space))))
    execute(
        fragile_database,
        f"GRANT CREATE ON TABLESPACE small TO {fragile_database.role}",
        f"ALTER ROLE {fragile_database.role} SET default_tablespace = 'small'",
    )
    yield fragile_database
    execute(fragile_database, f"REVOKE CREATE ON TABLESPACE small FROM {fragile_database.role}")
    fragile_database.drop()
    with fragile.connect() as connection:
        connection.execute("DROP TABLESPACE small")


@contextmanager
def full(disk: Path, *, but: int = 0) -> Iterator[None]:
    """Let a disk be full, but for so many bytes."""
    file = disk / "filling"
    with file.open("wb", buffering=0) as filling:
        size = 0
        while written := _write(filling):
            size += written
        filling.truncate(size - but)
    try:
        yield
    finally:
        file.unlink()


def _write(file: Any) -> int:
    try:
        return int(file.write(bytes(4096)))
    except OSError:
        return 0


def assert_full(error: object) -> None:
    assert isinstance(error, WarehouseError)
    assert error.code == "53100"
    assert "could not extend file" in error.detail
    assert "Check free disk space" in error.detail
    assert "Nothing was changed" in error.detail


def test_a_disk_that_is_full_midway_through_a_creation_leaves_nothing(on_disk: Database, disk: Path) -> None:
    outcome = rehearse(CREATE, on_disk)
    with full(disk, but=40_000):
        error = attempt(CREATE, provisioner_of(on_disk))
        assert_full(error)
        assert 'making table "' in str(error)
        assert contents(on_disk) == outcome.before
    assert attempt(CREATE, provisioner_of(on_disk)) is None
    assert contents(on_disk) == outcome.after


def test_a_disk_that_is_full_at_the_end_of_a_migration_changes_nothing(on_disk: Database, disk: Path) -> None:
    long = {**CHANGED, "note": random.Random(0).randbytes(20_000).hex()}  # the record needs pages of its own
    operation = replace(MIGRATE, run=partial(change, workspace=replace(CLIENTS, profile_schema=long)))
    outcome = rehearse(operation, on_disk)
    with full(disk):
        error = attempt(operation, provisioner_of(on_disk))
        assert_full(error)
        assert "writing the workspace's record" in str(error)
        assert contents(on_disk) == outcome.before
    assert attempt(operation, provisioner_of(on_disk)) is None
    assert contents(on_disk) == outcome.after


def test_a_full_disk_is_made_room_on_by_destroying(on_disk: Database, disk: Path) -> None:
    outcome = rehearse(DESTROY, on_disk)
    with full(disk):
        assert attempt(DESTROY, provisioner_of(on_disk)) is None
    assert contents(on_disk) == outcome.after


@contextmanager
def crowded(database: Database) -> Iterator[None]:
    """The role may have no more sessions."""
    execute(database, f"ALTER ROLE {database.role} CONNECTION LIMIT 0")
    try:
        yield
    finally:
        execute(database, f"ALTER ROLE {database.role} CONNECTION LIMIT -1")


@contextmanager
def starting(database: Database) -> Iterator[None]:
    """The server follows a primary that does not exist, and takes no connections until it has caught up."""
    server = database.server
    signal = server.folder / "data" / "standby.signal"
    server.end("--mode=fast")
    signal.touch()
    Account.for_server().own(signal)
    server.restart("-c hot_standby=off")
    try:
        yield
    finally:
        server.crash()
        signal.unlink()
        server.restart()


@contextmanager
def stopping(database: Database) -> Iterator[None]:
    """The server ends as soon as the last session has, and takes no other."""
    server = database.server
    with closing(server.connect()) as last:
        last.execute("CHECKPOINT")  # what the test prepared is to be there afterwards
        server.end("--mode=smart", "--no-wait")
        try:
            until(lambda: refused(server), bool)
            yield
        finally:
            server.crash()
            server.restart()


def refused(server: Server) -> bool:
    try:
        server.connect().close()
    except psycopg.OperationalError:
        return True
    return False


@pytest.mark.parametrize(
    ("state", "summary", "code", "setting"),
    [
        (crowded, "Too many connections", "53300", "username"),
        (starting, "PostgreSQL is starting or stopping", "57P03", "host"),
        (stopping, "PostgreSQL is starting or stopping", "57P03", "host"),
    ],
)
def test_a_server_that_takes_no_connections_until_the_deadline_tells_a_plan_nothing_and_stops_an_apply(
    state: Callable[[Database], AbstractContextManager[None]],
    summary: str,
    code: str,
    setting: str,
    fragile_database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stage(MIGRATE, fragile_database)
    before = contents(fragile_database)
    provisioner = provisioner_of(fragile_database)
    with state(fragile_database), monkeypatch.context() as patch:
        patch.setattr(operations, "_SECONDS", 2)
        found = provisioner.check(soon(), replaces=None)
        only_finding(found, Verdict.COULD_NOT_TELL, setting, summary)
        for operation in (CREATE, MIGRATE, DESTROY):
            error = attempt(operation, provisioner)
            assert isinstance(error, WarehouseError)
            assert (error.summary, error.code) == (summary, code), error.detail
            assert str(error.path) == f"warehouse.settings.{setting}"
            assert "after waiting for" in error.detail
    assert contents(fragile_database) == before


def test_a_plan_warns_of_too_many_connections_and_applying_it_fails(
    any_terraform: Terraform, database: Database
) -> None:
    text = configuration(
        database.settings(), provider='plan_check_timeout = "1s"', extra='timeouts = { create = "2s" }'
    )
    any_terraform.write(text)
    summary = r'Too many connections \(workspace "Customers"\)'
    with crowded(database):
        said = f"Error: {summary}.*after waiting for .* s: .*53300.*-parallelism.*CONNECTION LIMIT"
        applied = any_terraform.run("apply", "-input=false", "-auto-approve", expect_error=said)
    assert re.search(f"Warning: {summary}", folded(applied.stdout))
    assert "could not be reached" not in applied.stdout + applied.stderr
    assert any_terraform.state_list() == []


@pytest.mark.parametrize("state", [crowded, starting, stopping])
def test_a_server_that_takes_connections_before_the_deadline_serves_a_plan_and_an_apply(
    state: Callable[[Database], AbstractContextManager[None]],
    fragile_database: Database,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "postgresql")
    outcome = rehearse(CREATE, fragile_database)
    provisioner = provisioner_of(fragile_database)
    with ExitStack() as closed:
        closed.enter_context(state(fragile_database))
        with attempted(CREATE, provisioner) as creation:
            until(lambda: caplog.text, lambda text: "PostgreSQL takes no session now" in text)
            closed.close()
            assert creation.result() is None
    assert contents(fragile_database) == outcome.after
    assert provisioner.inspect(soon()).workspace == CUSTOMERS


@pytest.mark.parametrize("state", [crowded, starting, stopping])
def test_commands_wait_for_a_server_that_takes_no_connections_and_say_nothing_of_it(
    state: Callable[[Database], AbstractContextManager[None]],
    any_terraform: Terraform,
    fragile_database: Database,
) -> None:
    stage(CREATE, fragile_database)
    provider = 'plan_check_timeout = "60s"'
    settings = fragile_database.settings()
    any_terraform.write(configuration(settings, provider=provider, extra="deletion_protection = false"))
    log = any_terraform.log("INFO")
    for command in (["apply", "-auto-approve"], ["plan", "-detailed-exitcode"], ["destroy", "-auto-approve"]):
        log.write_text("")
        with ExitStack() as closed:
            closed.enter_context(state(fragile_database))
            running = any_terraform.start(*command, "-input=false")
            until(log.read_text, lambda text: "PostgreSQL takes no session now" in text)
        assert running.wait() == 0, running.report()
        assert not re.search("connections|starting or stopping|refreshed", running.stdout + running.stderr)
    assert any_terraform.state_list() == []
