"""Each process of a warm start is killed, at each of its stages, or gets a signal.

Soon after Terraform's end there is nothing left of it.
"""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.support.bundle import LIBRARIES, bundle
from tests.support.plugin import get_schema
from tests.support.processes import wait_until_ended
from tests.support.stand_in import StandIn, Start, call_in_flight, stand_in, until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="there is no warm start")

STAGES = ("before the handshake line", "before the first answer", "while a call is served")
SIGNALS = ("SIGTERM", "SIGHUP", "SIGQUIT")


@pytest.fixture
def terraform(temporary: Path) -> Iterator[StandIn]:
    """A stand-in for Terraform."""
    with stand_in(temporary) as made:
        yield made


@contextmanager
def at(stage: str, terraform: StandIn) -> Iterator[Start]:
    """A start that has come as far as that."""
    start = terraform.start()
    if stage == "before the handshake line":
        until(terraform.warm_parents)
        yield start
    elif stage == "before the first answer":
        start.handshake()
        yield start
    else:
        with call_in_flight(start.handshake()):
            yield start


def kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


@pytest.fixture(params=["first", "later"])
def terraform_at_its(request: pytest.FixtureRequest, terraform: StandIn) -> StandIn:
    """A stand-in that has started nothing yet, or that has a spare for its next start."""
    if request.param == "later":
        terraform.start().serve()
        terraform.spare()
    return terraform


@pytest.mark.parametrize("stage", STAGES)
class TestKilled:
    def test_terraform(self, stage: str, terraform_at_its: StandIn) -> None:
        with at(stage, terraform_at_its):
            terraform_at_its.kill()
            terraform_at_its.expect_nothing(seconds=3)  # a call in flight has one of them

    def test_terraform_and_all_of_its_group(self, stage: str, terraform_at_its: StandIn) -> None:
        with at(stage, terraform_at_its):
            os.killpg(terraform_at_its.pid, signal.SIGKILL)
            terraform_at_its.kill()
            terraform_at_its.expect_nothing(seconds=3)

    def test_a_launcher(self, stage: str, terraform_at_its: StandIn) -> None:
        with at(stage, terraform_at_its) as start:
            serving = start.serving
            start.kill()
            wait_until_ended(serving)
        terraform_at_its.start().serve()
        terraform_at_its.end()

    def test_a_warm_parent(self, stage: str, terraform_at_its: StandIn) -> None:
        with at(stage, terraform_at_its) as start:
            for parent in terraform_at_its.warm_parents():
                kill(parent)
            if stage in STAGES[:1]:
                start.serve()
        if stage not in STAGES[:1]:
            start.shut_down()
        terraform_at_its.start().serve()
        terraform_at_its.end()


def test_a_start_outlives_a_warm_parent_that_is_killed_while_it_imports(terraform: StandIn) -> None:
    start = terraform.start()
    kill(terraform.warm_parent())
    start.serve()
    until(lambda: not terraform.folders())  # a spare may have been begun
    terraform.start().serve()
    terraform.end()


def test_a_start_outlives_its_warm_parent(terraform: StandIn) -> None:
    start = terraform.start()
    plugin = start.handshake()
    get_schema(plugin)
    kill(terraform.warm_parent())
    get_schema(plugin)
    cold = terraform.start()
    cold.serve()
    start.shut_down()
    assert start.said() == ""
    terraform.start().serve()
    terraform.end()


def test_the_parents_end_between_a_word_and_its_reading_is_no_crash_of_the_start(terraform: StandIn) -> None:
    terraform.start().serve()
    terraform.spare()
    parent = terraform.warm_parent()
    os.kill(parent, signal.SIGSTOP)
    start = terraform.start()
    start.handshake()
    assert start.is_warm
    kill(parent)
    start.shut_down()
    assert start.said() == ""
    terraform.end()


def test_a_warm_parent_that_was_killed_idle_makes_the_next_start_cold(terraform: StandIn) -> None:
    terraform.start().serve()
    spare = terraform.spare()
    kill(terraform.warm_parent())
    wait_until_ended(spare)
    until(lambda: not terraform.folders())
    terraform.start().serve()
    terraform.end()


def test_a_killed_spare_has_a_successor(terraform: StandIn) -> None:
    terraform.start().serve()
    spare = terraform.spare()
    kill(spare)
    start = terraform.start()
    plugin = start.handshake()
    get_schema(plugin)
    assert start.is_warm
    start.shut_down()
    terraform.end()


@pytest.mark.parametrize("stage", STAGES[1:])
def test_a_launcher_tells_that_its_process_was_killed(stage: str, terraform_at_its: StandIn) -> None:
    with at(stage, terraform_at_its) as start:
        kill(until(lambda: start.is_warm and start.serving))
        assert start.wait() == 2
    assert start.said() == "panic: The process that serves Terraform was killed.\n"
    terraform_at_its.start().serve()
    terraform_at_its.end()


# the warm parent imports until the test lets it go on
HELD = f"""
import os, sys, time
while os.path.exists(HELD):
    time.sleep(0.01)
del sys.modules["grpc"]
sys.path.insert(0, {str(LIBRARIES)!r})
import grpc
"""


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_at_the_very_beginning_leaves_nothing(number: str, temporary: Path, tmp_path: Path) -> None:
    held = tmp_path / "held"
    held.touch()
    program = bundle(tmp_path / "bundle", modules={"grpc": f"HELD = {str(held)!r}\n{HELD}"}).path
    with stand_in(temporary, program=program) as terraform:
        start = terraform.start()
        until(terraform.folders)
        os.kill(start.pid, getattr(signal, number))
        assert start.wait() == 0
        assert terraform.folders() == []
        held.unlink()
        until(lambda: not terraform.family())  # no spare can be begun where there is no folder
        terraform.end()


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_ends_a_launcher_and_what_serves(number: str, stage: str, terraform_at_its: StandIn) -> None:
    with at(stage, terraform_at_its) as start:
        for _ in range(3):  # more than one are one
            with suppress(ProcessLookupError):
                os.kill(start.pid, getattr(signal, number))
        # the shell has not begun anything that would be left
        assert start.wait() in {0, *([-getattr(signal, number)] if stage in STAGES[:1] else [])}
    terraform_at_its.end()


@pytest.mark.parametrize("stage", STAGES)
def test_a_signal_to_its_whole_group_ends_all(stage: str, terraform_at_its: StandIn) -> None:
    with at(stage, terraform_at_its):
        os.killpg(terraform_at_its.pid, signal.SIGTERM)
        terraform_at_its.kill()
        terraform_at_its.expect_nothing(seconds=3)


@pytest.mark.parametrize("stage", STAGES)
def test_an_interrupt_is_terraforms_to_handle(stage: str, terraform_at_its: StandIn) -> None:
    with at(stage, terraform_at_its) as start:
        for pid in [start.pid, *terraform_at_its.family()]:
            os.kill(pid, signal.SIGINT)
        plugin = start.plugin or start.handshake()
        get_schema(plugin)
    start.shut_down()
    terraform_at_its.start().serve()
    terraform_at_its.end()
