"""Databases with a workspace in them, and the resource in Terraform's hands."""

from collections.abc import Iterator

import pytest

from tests.acceptance import snowflake_warehouse
from tests.acceptance.postgresql_warehouse import with_workspace
from tests.support.postgresql import Database, Server
from tests.support.snowflake import Snowflake, SnowflakeDatabase
from tests.support.terraform import Terraform
from tests.support.workspaces import configuration


@pytest.fixture(scope="module")
def pristine(postgresql: Server) -> Iterator[Database]:
    """A database with the workspace `CUSTOMERS` that no test changes."""
    database = postgresql.database()
    yield with_workspace(database)
    database.drop()


@pytest.fixture
def warehouse(database: Database) -> Database:
    """A database with the workspace `CUSTOMERS`."""
    return with_workspace(database)


@pytest.fixture
def applied(any_terraform: Terraform, database: Database) -> Terraform:
    """A Terraform that has made the example's workspace, protected, in the database."""
    any_terraform.write(configuration(database.settings()))
    any_terraform.apply()
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
