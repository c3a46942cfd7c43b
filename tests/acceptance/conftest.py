"""Databases with a workspace in them, and the resource in Terraform's hands."""

from collections.abc import Iterator

import pytest

from tests.support import snowflake_warehouse
from tests.support.postgresql import Database, Server
from tests.support.postgresql_warehouse import with_workspace
from tests.support.snowflake import Snowflake, SnowflakeDatabase
from tests.support.terraform import Terraform
from tests.support.warehouse import Warehouse


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out Snowflake under the second Terraform: what is in between is ours, and the same for both platforms.

    But for tests with the mark `every_terraform`.
    """
    twice = {"warehouses": "Snowflake", "terraform_executable": "wheel"}
    kept: list[pytest.Item] = []
    left_out: list[pytest.Item] = []
    for item in items:
        parameters = item.callspec.params if hasattr(item, "callspec") else {}
        again = twice.items() <= {name: parameters.get(name) for name in twice}.items()
        (left_out if again and not item.get_closest_marker("every_terraform") else kept).append(item)
    config.hook.pytest_deselected(items=left_out)
    items[:] = kept


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
