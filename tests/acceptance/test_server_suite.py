"""What other tests of the resource say of every warehouse, where a Krenalis server does it in its own way; see `direct_mode_alone`."""

import copy
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from tests.support.krenalis_server import KrenalisServer
from tests.support.served_warehouse import ServedWarehouse
from tests.support.terraform import Terraform
from tests.support.terraform_checks import ExpectAction, ExpectKnown, ExpectValue
from tests.support.warehouse import AT_SERVER, SNOWFLAKE_AT_SERVER, Warehouse, only_on
from tests.support.workspace_calls import WorkspaceCalls
from tests.support.workspaces import ADDRESS, profile_schema

at_a_server = only_on(AT_SERVER, "a server does it in its own way")

CONNECTION = "8sYbWqhTkRfG"
EMAIL = "ann@example.com"
MANY = 100


def document(**types: Mapping[str, Any]) -> Any:
    """The example's profile schema with properties of other types."""
    changed = copy.deepcopy(profile_schema())
    for prop in changed["properties"]:
        prop["type"] = types.get(prop["name"], prop["type"])
    return changed


def renamed(**names: str) -> Any:
    """The example's profile schema with properties of other names."""
    changed = copy.deepcopy(profile_schema())
    for prop in changed["properties"]:
        prop["name"] = names.get(prop["name"], prop["name"])
    return changed


@at_a_server
def test_settings_of_identity_resolution_are_kept_until_the_configuration_says_otherwise_and_follow_renames(
    applied: Terraform, warehouse: ServedWarehouse
) -> None:
    warehouse.server.state.connections = {CONNECTION}
    settings = f"""
  identifiers                        = ["customer_id", "email"]
  primary_sources                    = {{ email = "{CONNECTION}" }}
  resolve_identities_on_batch_import = false
"""
    applied.write(warehouse.configuration(extra=settings))
    applied.apply(checks=[ExpectAction(ADDRESS, "update")])
    workspace = warehouse.server.workspace()
    assert workspace.identifiers == ["customer_id", "email"]
    assert workspace.primary_sources == {"email": CONNECTION}
    assert not workspace.run_on_batch_import

    # somebody's change at the server, of what the configuration no longer names, stays
    workspace.run_on_batch_import = True
    text = warehouse.configuration(
        document=renamed(email="contact"),
        user_profile={"extra": "contact"},
        extra='renames = { contact = "email" }',
    )
    applied.write(text)
    applied.apply(
        checks=[
            ExpectKnown(ADDRESS, "identifiers", ["customer_id", "contact"]),
            ExpectKnown(ADDRESS, "primary_sources", {"contact": CONNECTION}),
            ExpectValue(ADDRESS, "resolve_identities_on_batch_import", value=True),
        ]
    )
    workspace = warehouse.server.workspace()
    assert workspace.identifiers == ["customer_id", "contact"]
    assert workspace.primary_sources == {"contact": CONNECTION}


@at_a_server
def test_another_type_is_a_loss_that_is_permitted_by_name(
    applied: Terraform, warehouse: ServedWarehouse
) -> None:
    warehouse.add_profiles({"email": EMAIL})
    wider = document(email={"kind": "string", "maxLength": 300})

    applied.write(warehouse.configuration(document=wider))
    applied.plan(expect_error="Data would be lost.*drop_columns.*email")
    assert warehouse.profiles("email") == [(EMAIL,)]

    applied.write(warehouse.configuration(document=wider, extra='drop_columns = ["email"]'))
    told = applied.plan().text
    assert 'loses the data of column "email": 1 of 1 profile has a value' in told
    applied.apply(checks=[ExpectValue(ADDRESS, "profile_columns.email", "character varying(300)")])
    assert warehouse.profiles("email") == [(None,)]


@at_a_server
def test_many_workspaces_are_refreshed_with_one_list_and_what_it_does_not_tell(
    any_terraform: Terraform, warehouse: ServedWarehouse
) -> None:
    server = warehouse.server
    each = f"for_each = toset([for number in range({MANY}) : tostring(number)])"
    any_terraform.write(warehouse.configuration(extra=each.replace(str(MANY), "1")))
    any_terraform.run("apply", "-input=false", "-auto-approve")
    multiply(any_terraform, server)
    any_terraform.write(warehouse.configuration(extra=each))
    server.requests.clear()

    planned = any_terraform.plan()

    assert len(any_terraform.state_list()) == MANY
    assert not planned.has_changes
    assert "could not be refreshed" not in planned.text
    assert len(server.sent("GET", "/workspaces")) == 1
    assert len(server.sent("GET", "/warehouse")) == MANY
    assert len(server.requests) == MANY + 1


def multiply(terraform: Terraform, server: KrenalisServer) -> None:
    """Let there be many workspaces like the only one, in the server and in the state."""
    first = server.workspace()
    path = terraform.folder / "terraform.tfstate"
    state = json.loads(path.read_text())
    (instance,) = state["resources"][0]["instances"]
    for number in range(1, MANY):
        workspace = replace(first, id=server.state.new_id(), settings={**first.settings})
        server.state.insert(workspace)
        attributes = {**instance["attributes"], "id": workspace.id}
        state["resources"][0]["instances"].append(
            {**instance, "index_key": str(number), "attributes": attributes}
        )
    path.write_text(json.dumps(state))


@pytest.mark.slow
@at_a_server
def test_the_default_leaves_the_warehouse(any_terraform: Terraform, warehouse: ServedWarehouse) -> None:
    text = warehouse.configuration(extra="deletion_protection = false")
    any_terraform.write(text.replace('on_destroy = "drop"', ""))
    any_terraform.apply(checks=[ExpectValue(ADDRESS, "on_destroy", "abandon")])

    any_terraform.destroy()

    assert warehouse.server.workspaces == {}
    assert "krenalis_profiles_0" in warehouse.relations()


@pytest.mark.parametrize("warehouses", [AT_SERVER, SNOWFLAKE_AT_SERVER], indirect=True)
def test_a_workspace_lives_on_either_platform(warehouse: Warehouse) -> None:
    workspace = WorkspaceCalls(warehouse)

    def agrees(config: dict[str, Any]) -> None:
        assert workspace.refresh() == []
        again = workspace.plan(config)
        assert (again.state, again.told) == (workspace.state, [])

    config = workspace.config(profile_schema(), identifiers=["email"])
    assert workspace.apply(workspace.plan(config)) == []
    assert warehouse.record() == (workspace.state["id"], "Customers", "Normal")
    assert workspace.state["profile_columns"][warehouse.name("email")] == warehouse.text(254)
    agrees(config)
    warehouse.add_profiles({"email": EMAIL})

    config = workspace.config(
        renamed(email="contact"), name="Clients", identifiers=["contact"], renames={"contact": "email"}
    )
    plan = workspace.plan(config)
    assert plan.errors == []
    assert workspace.apply(plan) == []
    assert warehouse.record() == (workspace.state["id"], "Clients", "Normal")
    assert warehouse.profiles("contact") == [(EMAIL,)]
    agrees(config)

    plan = workspace.plan(None)
    assert any("destroyed with 1 profile," in told.summary for told in plan.told)
    assert workspace.apply(plan) == []
    assert warehouse.content() == set()
