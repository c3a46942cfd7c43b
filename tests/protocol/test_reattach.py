"""``-debug``: a process that a developer starts, and that many Terraform commands use (docs/facts/terraform.md, "Reattaching")."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.example import example_executable
from tests.support.processes import SECONDS
from tests.support.terraform import Terraform
from tests.support.terraform_process import KRENALIS

VARIABLE = "TF_REATTACH_PROVIDERS"


@dataclass(frozen=True)
class Debugged:
    """A process that a developer has started."""

    process: "subprocess.Popen[str]"
    reattach: str
    """The value of the variable that it told to set."""

    @property
    def providers(self) -> dict[str, Any]:
        providers: dict[str, Any] = json.loads(self.reattach)
        return providers


@contextmanager
def debugged(*command: str | Path) -> Iterator[Debugged]:
    with subprocess.Popen(
        [*command, "-debug"],
        env={**os.environ, "TF_LOG": "DEBUG"},
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout
            line = next(line for line in process.stdout if VARIABLE + "=" in line)
            yield Debugged(process, line.strip().removeprefix(f"{VARIABLE}='").removesuffix("'"))
        finally:
            process.kill()


@pytest.fixture(scope="module")
def krenalis() -> Iterator[Debugged]:
    with debugged(KRENALIS.path) as plugin:
        yield plugin


def test_the_line_says_all_that_terraform_needs(krenalis: Debugged) -> None:
    assert krenalis.providers == {
        KRENALIS.address: {
            "Protocol": "grpc",
            "ProtocolVersion": 6,
            "Pid": krenalis.process.pid,
            "Test": True,
            "Addr": {"Network": "unix", "String": krenalis.providers[KRENALIS.address]["Addr"]["String"]},
        }
    }
    assert Path(krenalis.providers[KRENALIS.address]["Addr"]["String"]).is_socket()


def test_one_process_serves_command_after_command(example: Terraform, tmp_path: Path) -> None:
    example.write('resource "example_thing" "one" {\n  name = "one"\n}')
    with debugged(example_executable(tmp_path / "debugged").path) as plugin:
        example.environment[VARIABLE] = plugin.reattach

        example.validate()
        first, second = example.plan(), example.plan()

        assert first.has_changes
        assert second.has_changes
        assert plugin.process.poll() is None
        plugin.process.send_signal(signal.SIGINT)
        _, log = plugin.process.communicate(timeout=SECONDS)
    assert log.count("ConfigureProvider") == 2


@pytest.mark.parametrize("request_to_end", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_and_removes_the_socket(request_to_end: signal.Signals) -> None:
    with debugged(KRENALIS.path) as plugin:
        socket = Path(plugin.providers[KRENALIS.address]["Addr"]["String"])

        os.kill(plugin.process.pid, request_to_end)

        assert plugin.process.wait(SECONDS) == 0
        assert not socket.parent.exists()
