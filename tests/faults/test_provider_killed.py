"""The provider is killed while Terraform lets it make, change or destroy a workspace."""

import copy
import os
import signal
import tempfile
from collections.abc import Iterator
from typing import Any

import pytest

from krenalis_provider.model.definition import WarehouseAddress
from krenalis_provider.workspaces import import_id
from tests.faults import commands
from tests.faults.commands import REPLACE_CREATING_FIRST
from tests.faults.operations import (
    CREATE,
    DESTROY,
    MIGRATE,
    OPERATIONS,
    Operation,
    contents,
    held_in_commit,
    held_midway,
    sessions,
    until,
    waiting,
)
from tests.support.postgresql import Database
from tests.support.processes import children
from tests.support.terraform import Terraform
from tests.support.terraform_process import Running
from tests.support.workspaces import ADDRESS, configuration, profile_schema

every_operation = pytest.mark.parametrize("operation", OPERATIONS, ids=str)


@pytest.fixture
def terraform(any_terraform: Terraform, fragile_database: Database) -> Iterator[Terraform]:
    any_terraform.environment["PGPASSWORD"] = fragile_database.password
    with tempfile.TemporaryDirectory(dir="/tmp") as temporary:
        any_terraform.environment["TMPDIR"] = temporary  # the folder of a provider that is killed stays
        yield any_terraform


def prepare(operation: Operation, terraform: Terraform, database: Database) -> object:
    """Let everything be as it is before the operation, and the configuration as after it; what the warehouse holds."""
    settings = {key: value for key, value in database.settings().items() if key != "password"}
    document: Any = copy.deepcopy(profile_schema())
    extra = "" if operation is CREATE else "deletion_protection = false"
    terraform.write(configuration(settings, document=document, extra=extra))
    if operation is not CREATE:
        terraform.run("apply", "-input=false", "-auto-approve")
    if operation is MIGRATE:
        document["properties"].append({"name": "tier", "type": {"kind": "string"}, "readOptional": True})
        terraform.write(configuration(settings, document=document, extra=extra))
    return contents(database)


def start(operation: Operation, terraform: Terraform) -> Running:
    return terraform.start("destroy" if operation is DESTROY else "apply", "-input=false", "-auto-approve")


def kill_provider(running: Running) -> None:
    (provider,) = children(running.process.pid)
    os.kill(provider, signal.SIGKILL)
    assert running.wait() == 1


@every_operation
def test_midway_nothing_is_done_and_the_next_apply_is_clean(
    operation: Operation, terraform: Terraform, fragile_database: Database
) -> None:
    before = prepare(operation, terraform, fragile_database)
    with held_midway(operation, fragile_database):
        running = start(operation, terraform)
        waiting(fragile_database, "Lock")
        kill_provider(running)
        # PostgreSQL gives up although what it waits for is still there
        until(lambda: sessions(fragile_database), lambda pids: not pids)
    assert contents(fragile_database) == before

    again = start(operation, terraform)
    assert again.wait() == 0, again.report()
    assert contents(fragile_database) != before


@every_operation
def test_in_its_commit_all_is_done_and_the_next_plan_says_what_to_do(
    operation: Operation, terraform: Terraform, fragile_database: Database
) -> None:
    before = prepare(operation, terraform, fragile_database)
    with held_in_commit(fragile_database):
        running = start(operation, terraform)
        (pid,) = waiting(fragile_database, "SyncRep")
        kill_provider(running)
        with fragile_database.connect() as connection:
            connection.execute("SELECT pg_cancel_backend(%s)", [pid])
        until(lambda: sessions(fragile_database), lambda pids: not pids)
    after = contents(fragile_database)
    assert after != before

    if operation is CREATE:
        place = import_id.spell(WarehouseAddress("PostgreSQL", fragile_database.settings()))
        command = rf"terraform import krenalis_workspace\.NAME '{place}'"
        terraform.plan(expect_error=f"already holds a workspace.*{command}")
        terraform.import_(ADDRESS, place)
        assert not terraform.plan().has_changes
    elif operation is MIGRATE:
        assert not terraform.plan().has_changes
    else:
        terraform.destroy()
        assert terraform.state_list() == []
    assert contents(fragile_database) == after


def test_a_replacement_that_creates_first_and_is_killed_then_says_how_to_take_the_new_one_over(
    terraform: Terraform, fragile_database: Database
) -> None:
    commands.prepare(REPLACE_CREATING_FIRST, terraform, fragile_database, fragile_database.server.port)
    before = commands.places(fragile_database)
    with held_in_commit(fragile_database):
        running = REPLACE_CREATING_FIRST.start(terraform)
        (pid,) = waiting(fragile_database, "SyncRep")
        kill_provider(running)
        with fragile_database.connect() as connection:
            connection.execute("SELECT pg_cancel_backend(%s)", [pid])
        until(lambda: sessions(fragile_database), lambda pids: not pids)

    assert commands.go_on(REPLACE_CREATING_FIRST, terraform)
    old, new = commands.places(fragile_database)
    assert old == before[0]
    assert new != before[1]
    assert not terraform.plan().has_changes
