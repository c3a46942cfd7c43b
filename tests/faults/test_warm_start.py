"""Terraform's commands and their warm parents: nothing is left of any, whatever becomes of the command."""

import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults import commands, operations
from tests.faults.operations import held_midway, waiting
from tests.support.postgresql import Database
from tests.support.processes import alive
from tests.support.stand_in import until
from tests.support.terraform import Terraform
from tests.support.workspaces import configuration

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="there is no warm start")
SETTINGS = {**dict.fromkeys(["host", "username", "password", "database", "schema"], "x"), "port": 5432}
"""Of a server that nobody asks."""


@pytest.fixture
def temporary() -> Iterator[Path]:
    """A folder for temporary files, with a path that is short enough for sockets in it."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        yield Path(folder)


@pytest.fixture
def terraform(any_terraform: Terraform, temporary: Path) -> Terraform:
    """A Terraform whose temporary files are in a folder of their own."""
    any_terraform.environment["TMPDIR"] = str(temporary)
    return any_terraform


def left(temporary: Path) -> list[object]:
    """Files in the folder, and processes that were started with it."""
    mark = f"{temporary}".encode()
    found: list[object] = list(temporary.iterdir())
    for path in Path("/proc").glob("[0-9]*"):
        try:
            told = (path / "environ").read_bytes() + (path / "cmdline").read_bytes()
        except OSError:
            continue
        if mark in told and alive(int(path.name)):
            found.append(told)
    return found


def expect_nothing(temporary: Path, *, seconds: float = 4) -> None:
    until(lambda: not left(temporary), seconds, lambda: str(left(temporary)))


def test_fifty_commands_leave_nothing(terraform: Terraform, temporary: Path) -> None:
    terraform.write(configuration(SETTINGS))
    for _ in range(50):
        terraform.validate()
    expect_nothing(temporary)


def test_two_terraforms_at_once_in_one_folder_do_not_disturb_each_other(
    terraform: Terraform, temporary: Path
) -> None:
    terraform.write(configuration(SETTINGS))
    for _ in range(5):
        running = [terraform.start("validate") for _ in range(4)]
        for each in running:
            assert each.wait() == 0, each.report()
    expect_nothing(temporary)


@pytest.mark.parametrize("times", [1, 2])
def test_an_interrupt_leaves_nothing(
    times: int, terraform: Terraform, temporary: Path, fragile_database: Database
) -> None:
    commands.prepare(commands.CREATE, terraform, fragile_database, fragile_database.server.port)
    with held_midway(operations.CREATE, fragile_database):
        running = commands.CREATE.start(terraform)
        waiting(fragile_database, "Lock")
        running.interrupt()
        running.wait_for("Stopping operation...")
        if times == 2:
            running.interrupt()
            assert running.wait() == 1
            expect_nothing(temporary)
    assert running.wait() == 1
    expect_nothing(temporary)


def test_a_killed_terraform_leaves_nothing(
    terraform: Terraform, temporary: Path, fragile_database: Database
) -> None:
    commands.prepare(commands.CREATE, terraform, fragile_database, fragile_database.server.port)
    with held_midway(operations.CREATE, fragile_database):
        running = commands.CREATE.start(terraform)
        waiting(fragile_database, "Lock")
        running.process.kill()
        expect_nothing(temporary)


@pytest.mark.parametrize("round_", range(10))
def test_a_terraform_that_is_killed_with_its_group_at_any_moment_leaves_nothing_that_runs(
    round_: int, terraform: Terraform, temporary: Path
) -> None:
    terraform.write(configuration(SETTINGS))
    running = terraform.start("validate")
    time.sleep(0.1 * round_)
    running.kill()
    until(lambda: not [each for each in left(temporary) if isinstance(each, bytes)], 4)
