"""Signals that come while Snowflake executes a statement: the driver is in a thread that nothing can interrupt."""

import os
import signal
import tempfile
from collections.abc import Iterator

import pytest

from tests.support.processes import children, members, wait_until_ended
from tests.support.snowflake import Snowflake
from tests.support.snowflake_warehouse import SnowflakeWarehouse, objects_of
from tests.support.terraform import Terraform
from tests.support.workspaces import ADDRESS

MIDWAY = 'CREATE TABLE .*"KRENALIS_IDENTITIES"'


@pytest.fixture
def warehouse(snowflake: Snowflake) -> Iterator[SnowflakeWarehouse]:
    database = snowflake.database()
    yield SnowflakeWarehouse(snowflake.port, database)
    database.drop()


@pytest.fixture
def terraform(any_terraform: Terraform, warehouse: SnowflakeWarehouse) -> Iterator[Terraform]:
    any_terraform.write(warehouse.configuration())
    with tempfile.TemporaryDirectory(dir="/tmp") as temporary:
        any_terraform.environment["TMPDIR"] = temporary  # the folder of a provider that is killed stays
        yield any_terraform


def test_an_interrupt_lets_the_creation_be_finished(
    terraform: Terraform, warehouse: SnowflakeWarehouse
) -> None:
    with warehouse.database.strike(1, "hold", matching=MIDWAY) as strike:
        running = terraform.start("apply", "-input=false", "-auto-approve")
        strike.wait()
        running.interrupt()
        running.wait_for("Stopping operation...")
        strike.release()
        assert running.wait() == 1, running.report()
    assert terraform.state_list() == [ADDRESS]
    assert not terraform.plan().has_changes


@pytest.mark.parametrize("twice", [True, False], ids=["a second interrupt", "a termination of the provider"])
def test_all_processes_end_although_the_statement_is_still_executed(
    terraform: Terraform, warehouse: SnowflakeWarehouse, *, twice: bool
) -> None:
    with warehouse.database.strike(1, "hold", matching=MIDWAY) as strike:
        running = terraform.start("apply", "-input=false", "-auto-approve")
        strike.wait()
        processes = members(running.process.pid)
        if twice:
            running.interrupt()
            running.wait_for("Stopping operation...")
            running.interrupt()
        else:
            (provider,) = children(running.process.pid)
            os.kill(provider, signal.SIGTERM)
        assert running.wait() == 1, running.report()
        for process in processes:
            wait_until_ended(process)
    assert "KRENALIS_WORKSPACE" in objects_of(warehouse.database)
