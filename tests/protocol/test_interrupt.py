"""Ctrl-C, which reaches Terraform and the provider alike (docs/facts/terraform.md, "Interrupts and the end")."""

from pathlib import Path

from tests.protocol.example_store import Things
from tests.support.example import thing
from tests.support.hold import Hold
from tests.support.processes import members, wait_until_ended
from tests.support.terraform import Terraform

ONE = "example_thing.one"


def test_what_is_being_made_is_finished_and_known(example: Terraform, store: Things, hold: Hold) -> None:
    example.write(thing())
    running = example.start("apply", "-auto-approve")
    hold.wait_for(1)
    running.interrupt()
    running.wait_for("Stopping operation...")
    hold.release()

    assert running.wait() == 1
    assert f"{ONE}: Creation complete" in running.stdout
    assert "execution halted" in running.stderr
    assert list(store.existing) == ["1"]
    assert example.state_list() == [ONE]
    assert not example.plan().has_changes


def test_a_second_interrupt_ends_everything(
    example: Terraform, store: Things, hold: Hold, temporary: Path
) -> None:
    example.environment["TMPDIR"] = str(temporary)
    example.write(thing())
    running = example.start("apply", "-auto-approve")
    hold.wait_for(1)
    processes = members(running.process.pid)
    running.interrupt()
    running.wait_for("Stopping operation...")
    running.interrupt()

    assert running.wait() == 1
    for process in processes:
        wait_until_ended(process)
    assert len(processes) == 2  # Terraform, and the provider
    assert list(temporary.iterdir()) == []
    assert "Two interrupts received" in running.stdout + running.stderr
    assert not store.existing
