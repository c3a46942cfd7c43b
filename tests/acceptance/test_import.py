"""Import of a workspace that is there: by command and by block, and what is said when it cannot be."""

from dataclasses import replace

import pytest

from krenalis_provider.model.definition import WarehouseAddress
from krenalis_provider.model.workspace import UIPreferences, UserProfile
from krenalis_provider.workspaces import import_id
from tests.support.customers import COLUMNS, CUSTOMERS
from tests.support.postgresql_warehouse import soon
from tests.support.terraform import Terraform
from tests.support.terraform_checks import ExpectAction
from tests.support.warehouse import NO_PORT, Warehouse, same_everywhere
from tests.support.workspaces import ADDRESS

PREFERENCES = {"first_name": "first_name", "last_name": "last_name", "extra": "email"}


@pytest.fixture
def imported(warehouse: Warehouse) -> Warehouse:
    """A warehouse with a workspace that is as `configuration` describes it."""
    workspace = replace(CUSTOMERS, ui_preferences=UIPreferences(UserProfile(**PREFERENCES)))
    warehouse.provisioner().initialize(workspace, COLUMNS, soon())
    return warehouse


def url(warehouse: Warehouse, /, **changes: object) -> str:
    """The import id of the workspace in the warehouse."""
    return import_id.spell(WarehouseAddress(warehouse.platform, warehouse.settings(**changes)))


@pytest.fixture
def ready(any_terraform: Terraform, imported: Warehouse) -> Terraform:
    """A configuration of the workspace that the warehouse holds, which no state knows."""
    any_terraform.environment[imported.password_variable] = imported.password
    any_terraform.write(imported.configuration(without=["password"]))
    return any_terraform


def test_the_command_brings_in_what_an_empty_plan_confirms(ready: Terraform, imported: Warehouse) -> None:
    ready.import_(ADDRESS, url(imported))

    assert not ready.plan().has_changes
    values = ready.show()["values"]["root_module"]["resources"][0]["values"]
    assert (values["id"], values["name"], values["warehouse"]["mode"]) == (
        CUSTOMERS.id,
        "Customers",
        "Normal",
    )
    assert values["profile_schema"] == CUSTOMERS.profile_schema
    assert values["deletion_protection"] is True


def test_a_block_brings_it_in_too(ready: Terraform, imported: Warehouse) -> None:
    block = f'\nimport {{\n  to = {ADDRESS}\n  id = "{url(imported)}"\n}}\n'
    ready.write(imported.configuration(without=["password"]) + block)

    ready.apply(checks=[ExpectAction(ADDRESS, "no-op")])

    assert ready.state_list() == [ADDRESS]


@same_everywhere
def test_a_password_in_the_configuration_is_an_update_in_place(ready: Terraform, imported: Warehouse) -> None:
    ready.import_(ADDRESS, url(imported))

    ready.write(imported.configuration())

    ready.apply(checks=[ExpectAction(ADDRESS, "update")])


def test_a_creation_over_a_workspace_says_how_to_import_it(ready: Terraform, imported: Warehouse) -> None:
    command = rf"terraform import krenalis_workspace\.NAME '{url(imported)}'"

    ready.plan(expect_error=f"already holds a workspace.*{command}")

    ready.write(imported.configuration(without=["password"], extra='plan_check = "off"'))
    ready.apply(expect_error=f"already holds a workspace.*{command}")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"schema": "nowhere"}, "Schema does not exist.*nowhere"),
        ({"username": "nobody"}, "authentication failed|Incorrect username or password"),
    ],
)
def test_what_is_not_there_cannot_be_imported(
    ready: Terraform, imported: Warehouse, changes: dict[str, object], message: str
) -> None:
    ready.import_(ADDRESS, url(imported, **changes), expect_error=message)

    assert ready.state_list() == []


def test_a_workspace_out_of_reach_cannot_be_imported(ready: Terraform, imported: Warehouse) -> None:
    away = imported.at(NO_PORT)
    ready.write(away.configuration(without=["password"]))

    ready.import_(ADDRESS, url(away), expect_error=f"{imported.platform} could not be reached")

    assert ready.state_list() == []


def test_tables_without_a_record_are_not_imported(ready: Terraform, imported: Warehouse) -> None:
    imported.execute(
        "CREATE TABLE backup AS SELECT * FROM krenalis_workspace", "DELETE FROM krenalis_workspace"
    )

    ready.import_(ADDRESS, url(imported), expect_error="tables of a workspace, but not its record")
    ready.import_(ADDRESS, url(imported), expect_error="restore the table krenalis_workspace with its row")

    imported.execute("INSERT INTO krenalis_workspace SELECT * FROM backup")
    ready.import_(ADDRESS, url(imported))


@same_everywhere
@pytest.mark.parametrize(
    ("identifier", "message"),
    [
        (CUSTOMERS.id, r"Invalid import id.*postgresql://username@host:port/database/schema"),
        ("postgresql://u:tiger@h:5432/d/s", "a password does not belong here"),
    ],
)
def test_another_form_of_id_is_refused(ready: Terraform, identifier: str, message: str) -> None:
    ready.import_(ADDRESS, identifier, expect_error=message)
