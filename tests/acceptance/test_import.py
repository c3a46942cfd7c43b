"""Import of a workspace that is there: by command and by block, and what is said when it cannot be."""

from dataclasses import replace

import pytest

from krenalis_provider.workspaces import import_id
from krenalis_provider.workspaces.model import UIPreferences, UserProfile
from tests.acceptance.postgresql_warehouse import COLUMNS, CUSTOMERS, execute, provisioner_of, soon
from tests.support.postgresql import Database
from tests.support.terraform import Terraform
from tests.support.terraform_checks import ExpectAction
from tests.support.workspaces import ADDRESS, configuration

PREFERENCES = {"first_name": "first_name", "last_name": "last_name", "extra": "email"}


@pytest.fixture
def warehouse(database: Database) -> Database:
    """A database with a workspace that is as `configuration` describes it."""
    workspace = replace(CUSTOMERS, ui_preferences=UIPreferences(UserProfile(**PREFERENCES)))
    provisioner_of(database).initialize(workspace, COLUMNS, soon())
    return database


def url(database: Database, /, **changes: object) -> str:
    """The import id of the workspace in the database."""
    return import_id.spell("PostgreSQL", {**database.settings(), **changes})


def without_password(database: Database) -> dict[str, object]:
    return {name: value for name, value in database.settings().items() if name != "password"}


@pytest.fixture
def ready(any_terraform: Terraform, warehouse: Database) -> Terraform:
    """A configuration of the workspace that the database holds, which no state knows."""
    any_terraform.environment["PGPASSWORD"] = warehouse.password
    any_terraform.write(configuration(without_password(warehouse)))
    return any_terraform


def test_the_command_brings_in_what_an_empty_plan_confirms(ready: Terraform, warehouse: Database) -> None:
    ready.import_(ADDRESS, url(warehouse))

    assert not ready.plan().has_changes
    values = ready.show()["values"]["root_module"]["resources"][0]["values"]
    assert (values["id"], values["name"], values["warehouse"]["mode"]) == (
        CUSTOMERS.id,
        "Customers",
        "Normal",
    )
    assert values["profile_schema"] == CUSTOMERS.profile_schema
    assert values["deletion_protection"] is True


def test_a_block_brings_it_in_too(ready: Terraform, warehouse: Database) -> None:
    block = f'\nimport {{\n  to = {ADDRESS}\n  id = "{url(warehouse)}"\n}}\n'
    ready.write(configuration(without_password(warehouse)) + block)

    ready.apply(checks=[ExpectAction(ADDRESS, "no-op")])

    assert ready.state_list() == [ADDRESS]


def test_a_password_in_the_configuration_is_an_update_in_place(ready: Terraform, warehouse: Database) -> None:
    ready.import_(ADDRESS, url(warehouse))

    ready.write(configuration(warehouse.settings()))

    ready.apply(checks=[ExpectAction(ADDRESS, "update")])


def test_a_creation_over_a_workspace_says_how_to_import_it(ready: Terraform, warehouse: Database) -> None:
    command = rf"terraform import krenalis_workspace\.NAME '{url(warehouse)}'"

    ready.plan(expect_error=f"already holds a workspace.*{command}")

    ready.write(configuration(without_password(warehouse), extra='plan_check = "off"'))
    ready.apply(expect_error=f"already holds a workspace.*{command}")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"schema": "nowhere"}, "Workspace not found.*holds no workspace"),
        ({"port": 1}, "PostgreSQL could not be reached"),
        ({"username": "nobody"}, "authentication failed"),
    ],
)
def test_what_is_not_there_cannot_be_imported(
    ready: Terraform, warehouse: Database, changes: dict[str, object], message: str
) -> None:
    ready.import_(ADDRESS, url(warehouse, **changes), expect_error=message)

    assert ready.state_list() == []


def test_tables_without_a_record_are_not_imported(ready: Terraform, warehouse: Database) -> None:
    execute(warehouse, "DELETE FROM krenalis_workspace")

    ready.import_(ADDRESS, url(warehouse), expect_error="tables of a workspace, but not its record")


@pytest.mark.parametrize(
    ("identifier", "message"),
    [
        (CUSTOMERS.id, r"Invalid import id.*postgresql://username@host:port/database/schema"),
        ("postgresql://u:tiger@h:5432/d/s", "a password does not belong here"),
    ],
)
def test_another_form_of_id_is_refused(ready: Terraform, identifier: str, message: str) -> None:
    ready.import_(ADDRESS, identifier, expect_error=message)
