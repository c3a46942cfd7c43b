"""What a plan loses is in its JSON, where policies read it; and the policies among the examples refuse it."""

import copy
import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.support.terraform import Result, Terraform
from tests.support.terraform_checks import ExpectKnown, ExpectUnknown, ExpectValue
from tests.support.warehouse import Warehouse, same_everywhere
from tests.support.workspace_calls import WorkspaceCalls
from tests.support.workspaces import ADDRESS, profile_schema

POLICY = Path(__file__).parents[2] / "examples" / "policies" / "refuse_losses.py"
UNPROTECTED = "deletion_protection = false"
EMAIL_GOES = 'drop_columns = ["email"]'


def document(**types: Mapping[str, Any] | None) -> Any:
    """The example's profile schema with properties of other types, or without them (None)."""
    changed = copy.deepcopy(profile_schema())
    for name, type_ in types.items():
        changed["properties"] = [p for p in changed["properties"] if p["name"] != name]
        if type_:
            changed["properties"].append({"name": name, "type": type_, "readOptional": True})
    return changed


def write(terraform: Terraform, warehouse: Warehouse, extra: str = "", **types: Any) -> None:
    profile = {"first_name": "first_name"}
    terraform.write(warehouse.configuration(document=document(**types), user_profile=profile, extra=extra))


def refused(plan: Result) -> str:
    """What the policy says of a plan; nothing if it lets the plan pass."""
    policy = subprocess.run(
        [sys.executable, POLICY], input=json.dumps(plan.plan), capture_output=True, text=True, check=False
    )
    assert policy.returncode == (1 if policy.stderr else 0)
    if shutil.which("jq"):
        jq = subprocess.run(
            ["jq", "-f", POLICY.with_name("losses.jq")],
            input=json.dumps(plan.plan),
            capture_output=True,
            text=True,
            check=False,
        )
        assert jq.returncode == policy.returncode, jq.stderr
        assert jq.stderr == ("" if jq.returncode == 0 else f"data is lost in: {ADDRESS}\n")
    return policy.stderr


@pytest.mark.every_terraform
def test_a_permitted_loss_is_planned_kept_until_the_next_refresh_and_then_gone(
    applied: Terraform, warehouse: Warehouse
) -> None:
    email, gender = warehouse.name("email"), warehouse.name("gender")
    dropped = {"property": "gender", "column": gender, "kind": "dropped", "becomes": None}
    retyped = {
        "property": "email",
        "column": email,
        "kind": "retyped",
        "becomes": warehouse.text(3),
    }
    write(
        applied,
        warehouse,
        'drop_columns = ["email", "gender"]',
        gender=None,
        email={"kind": "string", "maxLength": 3},
    )

    plan = applied.plan(checks=[ExpectKnown(ADDRESS, "losses", [retyped, dropped])])

    assert refused(plan).splitlines() == [
        f"{ADDRESS} loses the data of column {email} (it becomes an empty one of type {warehouse.text(3)})",
        f"{ADDRESS} loses the data of column {gender}",
    ]
    applied.apply(checks=[ExpectValue(ADDRESS, "losses", [retyped, dropped])])
    again = applied.plan("-refresh=false")
    assert not again.has_changes
    assert refused(again) == ""
    assert applied.refresh().state["values"]["root_module"]["resources"][0]["values"]["losses"] == []


@same_everywhere
def test_another_change_after_it_without_a_refresh_loses_nothing(
    applied: Terraform, warehouse: Warehouse
) -> None:
    write(applied, warehouse, EMAIL_GOES, email=None)
    applied.run("apply", "-input=false", "-auto-approve")

    applied.write((applied.folder / "main.tf").read_text().replace('"Customers"', '"Renamed"'))
    plan = applied.plan(
        "-refresh=false", checks=[ExpectKnown(ADDRESS, "losses", []), ExpectKnown(ADDRESS, "migration", [])]
    )

    assert plan.has_changes
    assert refused(plan) == ""


@same_everywhere
def test_what_loses_nothing_passes_the_policy(any_terraform: Terraform, warehouse: Warehouse) -> None:
    write(any_terraform, warehouse)
    creation = any_terraform.plan(checks=[ExpectKnown(ADDRESS, "losses", [])])
    assert refused(creation) == ""
    any_terraform.apply()

    write(any_terraform, warehouse, email={"kind": "string", "maxLength": 300}, tier={"kind": "uuid"})
    change = any_terraform.plan(checks=[ExpectKnown(ADDRESS, "losses", [])])

    assert change.has_changes
    assert refused(change) == ""


@same_everywhere
def test_a_destruction_and_a_replacement_are_read_from_the_actions(
    any_terraform: Terraform, warehouse: Warehouse
) -> None:
    warehouse.make_schema("new")
    write(any_terraform, warehouse, UNPROTECTED)
    any_terraform.apply()

    assert refused(any_terraform.plan("-destroy")) == f"{ADDRESS} is destroyed, and all its data goes\n"

    elsewhere = (any_terraform.folder / "main.tf").read_text().replace(f'"{warehouse.schema}"', '"new"')
    any_terraform.write(elsewhere)
    replacement = any_terraform.plan(checks=[ExpectKnown(ADDRESS, "losses", [])])
    assert refused(replacement) == f"{ADDRESS} is replaced, and all its data goes\n"


@same_everywhere
def test_what_is_not_known_yet_is_refused_and_in_the_state_once_it_is_applied(
    applied: Terraform, warehouse: Warehouse
) -> None:
    write(applied, warehouse, EMAIL_GOES, email=None)
    text = (applied.folder / "main.tf").read_text()
    late = 'resource "terraform_data" "late" {\n  input = ["email"]\n}\n'
    applied.write(text.replace(EMAIL_GOES, "drop_columns = terraform_data.late.output") + late)

    plan = applied.plan(checks=[ExpectUnknown(ADDRESS, "losses")])

    assert refused(plan) == f"{ADDRESS}: what it loses is not known before applying\n"
    (loss,) = applied.apply().state["values"]["root_module"]["resources"][0]["values"]["losses"]
    assert (loss["property"], loss["kind"]) == ("email", "dropped")


@same_everywhere
@pytest.mark.every_terraform
@pytest.mark.parametrize("option", ["-refresh=true", "-refresh=false"])
def test_a_state_of_an_older_version_plans_without_changes(
    applied: Terraform, warehouse: Warehouse, option: str
) -> None:
    file = applied.folder / "terraform.tfstate"
    state = json.loads(file.read_text())
    (instance,) = state["resources"][0]["instances"]
    del instance["attributes"]["losses"]
    file.write_text(json.dumps(state))

    plan = applied.plan(option)

    assert not plan.has_changes
    assert "No changes." in plan.stdout
    assert refused(plan) == ""


@same_everywhere
def test_an_import_and_a_generated_configuration_know_of_no_losses(
    any_terraform: Terraform, warehouse: Warehouse
) -> None:
    workspace = WorkspaceCalls(warehouse)
    assert workspace.apply(workspace.plan(workspace.config(profile_schema()))) == []
    given = warehouse.settings()
    place = "postgresql://{username}@{host}:{port}/{database}/{schema}".format(**given)
    any_terraform.environment[warehouse.password_variable] = warehouse.password
    text = warehouse.configuration()
    block = f'import {{\n  to = {ADDRESS}\n  id = "{place}"\n}}\n'
    any_terraform.write(text[: text.index('resource "krenalis_workspace"')] + block)

    plan = any_terraform.plan("-generate-config-out=generated.tf")

    assert "losses" not in (any_terraform.folder / "generated.tf").read_text()
    (change,) = plan.plan["resource_changes"]
    assert change["change"]["after"]["losses"] == []
