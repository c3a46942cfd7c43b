"""Unit tests stay what they are: a test that needs a server or Terraform fails here, and says where it belongs."""

import sys
from collections.abc import Iterator
from typing import Any

import pytest

from krenalis_provider.workspaces.server import creation, waiting
from tests.support.server_system import System

_ELSEWHERE = (
    "a unit test starts no server and no Terraform, and connects to none: move it to another folder of tests"
)
_running = False


@pytest.fixture(scope="session")
def _refused() -> None:
    pytest.fail(_ELSEWHERE)


postgresql = snowflake = warehouses = terraform_executable = any_terraform = _refused


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    """Refuse what needs no fixture. Other Pythons may run, with code that the test has itself."""
    if not _running:
        return
    if event in {"socket.connect", "socket.bind"}:
        raise AssertionError(_ELSEWHERE)
    if event == "subprocess.Popen" and list(arguments[1][:2]) != [sys.executable, "-c"]:
        raise AssertionError(f"{_ELSEWHERE}: {arguments[1]}")


sys.addaudithook(_refuse)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Iterator[None]:
    """Look only while a test of this folder runs."""
    global _running  # noqa: PLW0603 - a hook that was added stays
    _running = True
    try:
        return (yield)
    finally:
        _running = False


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> System:
    """A system with a server in memory, which waits for nothing long."""
    monkeypatch.setattr(waiting, "_REPEATS", (0.001, 0.001))
    monkeypatch.setattr(waiting, "_FIRST_PAUSE", 0.001)
    monkeypatch.setattr(waiting, "_LONGEST_PAUSE", 0.002)
    monkeypatch.setattr(creation, "LOOKING_SECONDS", 0.05)
    monkeypatch.setattr(creation, "_FILLING_SECONDS", 0.1)
    return System()
