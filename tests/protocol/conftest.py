"""The example provider, configured: as handlers in this process, and under each Terraform."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import pytest

from tests.protocol.example_provider import THING, ExampleProvider
from tests.protocol.example_store import Things
from tests.support.example import example_terraform
from tests.support.hold import Hold
from tests.support.plugin import Caller, Plugin, started
from tests.support.terraform import Terraform
from tests.support.terraform_process import Executable, executables
from tests.support.warm_parents import started_later


@pytest.fixture
def caller() -> Caller:
    """The example provider's handlers."""
    caller = Caller(ExampleProvider())
    caller.session.client = Things()
    return caller


@pytest.fixture
def things(caller: Caller) -> Things:
    """What exists."""
    things: Things = caller.session.client
    return things


@pytest.fixture
def store(tmp_path: Path) -> Things:
    """What exists for the Terraform of the test."""
    return Things.in_folder(tmp_path / "store", THING.type)


Start = Callable[..., AbstractContextManager[Plugin]]


@pytest.fixture(scope="session", params=["cold", "warm"])
def start(request: pytest.FixtureRequest) -> Start:
    """Starts our executable: cold, and as a later start of a Terraform."""
    return started_later if request.param == "warm" else started


@pytest.fixture(params=["cold", "warm", "plain text"])
def start_in_any_way(request: pytest.FixtureRequest) -> Start:
    """The same, and without TLS."""
    ways: dict[str, Start] = {
        "cold": started,
        "warm": started_later,
        "plain text": partial(started, tls=False),
    }
    return ways[request.param]


@pytest.fixture
def temporary() -> Iterator[Path]:
    """A folder for temporary files, with a path that is short enough for sockets in it."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        yield Path(folder)


@pytest.fixture
def hold(tmp_path: Path) -> Iterator[Hold]:
    """Holds the creations of the example provider, in whatever process."""
    hold = Hold(tmp_path / "store" / "hold")
    yield hold
    hold.release()


@pytest.fixture
def example(terraform_executable: Executable, tmp_path: Path) -> Iterator[Terraform]:
    """Each Terraform in turn in an empty folder, with the example provider."""
    with example_terraform(terraform_executable, tmp_path) as terraform:
        yield terraform


@pytest.fixture
def any_example(tmp_path: Path) -> Iterator[Terraform]:
    """The first Terraform there is with the example provider, for tests that need no particular one."""
    with example_terraform(executables()[0], tmp_path) as terraform:
        yield terraform
