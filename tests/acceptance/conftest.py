"""Databases with a workspace in them, and the resource in Terraform's hands."""

from collections.abc import Iterator

import pytest

from tests.acceptance.direct_mode_alone import DIRECT_MODE_ALONE
from tests.support import snowflake_warehouse
from tests.support.postgresql import Database, Server
from tests.support.postgresql_warehouse import with_workspace
from tests.support.snowflake import Snowflake, SnowflakeDatabase
from tests.support.terraform import Terraform
from tests.support.warehouse import AT_SERVER, Warehouse


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what says nothing new: Snowflake under the second Terraform, unless it is marked `every_terraform`.

    What is in between is ours, and the same for both platforms. A server is left out with it, and of more tests:
    see `direct_mode_alone`.
    """
    kept: list[pytest.Item] = []
    left_out: list[pytest.Item] = []
    for item in items:
        parameters = item.callspec.params if hasattr(item, "callspec") else {}
        where = parameters.get("warehouses")
        again = where not in (None, "PostgreSQL") and parameters.get("terraform_executable") == "wheel"
        if where == AT_SERVER:
            again = again or _is_of_direct_mode_alone(item)
        elif item.get_closest_marker("every_terraform"):
            again = False
        (left_out if again else kept).append(item)
    config.hook.pytest_deselected(items=left_out)
    items[:] = kept


def _is_of_direct_mode_alone(item: pytest.Item) -> bool:
    test = item.nodeid.removeprefix("tests/acceptance/").replace(f"{AT_SERVER}-", "")
    return any(test == each or test.startswith((f"{each}::", f"{each}[")) for each in DIRECT_MODE_ALONE)


@pytest.fixture(scope="module")
def pristine(postgresql: Server) -> Iterator[Database]:
    """A database with the workspace `CUSTOMERS` that no test changes."""
    database = postgresql.database()
    yield with_workspace(database)
    database.drop()


@pytest.fixture
def initialized(database: Database) -> Database:
    """A database with the workspace `CUSTOMERS`."""
    return with_workspace(database)


@pytest.fixture
def applied(any_terraform: Terraform, warehouse: Warehouse) -> Terraform:
    """A Terraform that has made the example's workspace, protected, in the warehouse."""
    any_terraform.write(warehouse.configuration())
    any_terraform.run("apply", "-input=false", "-auto-approve")
    return any_terraform


@pytest.fixture(scope="module")
def snowflake_pristine(snowflake: Snowflake) -> Iterator[SnowflakeDatabase]:
    """A database of the double of Snowflake with the workspace `CUSTOMERS` that no test changes."""
    database = snowflake.database()
    yield snowflake_warehouse.with_workspace(database)
    database.drop()


@pytest.fixture
def made_in_snowflake(snowflake_database: SnowflakeDatabase) -> SnowflakeDatabase:
    """A database of the double of Snowflake with the workspace `CUSTOMERS`."""
    return snowflake_warehouse.with_workspace(snowflake_database)
