"""A profile schema that changes: what the plan shows and refuses, and what becomes of the data."""

import copy
from typing import Any

from tests.support.terraform import Terraform
from tests.support.terraform_checks import ExpectAction, ExpectValue
from tests.support.warehouse import Warehouse, only_on, same_everywhere
from tests.support.workspaces import ADDRESS, profile_schema

EMAIL = "ann@example.com"


def changed(warehouse: Warehouse, *, extra: str = "", **types: Any) -> str:
    """The example's workspace with properties added, changed, or removed (None), by name."""
    document = copy.deepcopy(profile_schema())
    for name, type_ in types.items():
        document["properties"] = [p for p in document["properties"] if p["name"] != name]
        if type_:
            document["properties"].append({"name": name, "type": type_, "readOptional": True})
    profile = {"first_name": "first_name", "last_name": "last_name"}
    return warehouse.configuration(document=document, user_profile=profile, extra=extra)


def with_a_profile(warehouse: Warehouse) -> None:
    warehouse.add_profiles({"email": EMAIL})


def emails(warehouse: Warehouse, column: str = "email") -> list[Any]:
    return [email for (email,) in warehouse.profiles(column)]


def test_a_column_is_added_and_renamed_with_its_data_kept(applied: Terraform, warehouse: Warehouse) -> None:
    with_a_profile(warehouse)

    applied.write(changed(warehouse, tier={"kind": "string", "maxLength": 20}))
    added = warehouse.adding("tier", warehouse.text(20))
    applied.apply(checks=[ExpectAction(ADDRESS, "update"), ExpectValue(ADDRESS, "migration", [added])])
    assert emails(warehouse) == [EMAIL]

    applied.write(
        changed(
            warehouse,
            extra='renames = { contact = "email" }',
            email=None,
            contact={"kind": "string", "maxLength": 254},
            tier={"kind": "string", "maxLength": 20},
        )
    )
    contact = f"profile_columns.{warehouse.name('contact')}"
    applied.apply(checks=[ExpectValue(ADDRESS, contact, warehouse.text(254))])
    assert emails(warehouse, "contact") == [EMAIL]


def test_a_column_is_widened_with_its_data_kept(applied: Terraform, warehouse: Warehouse) -> None:
    with_a_profile(warehouse)

    applied.write(changed(warehouse, email={"kind": "string", "maxLength": 300}))

    email = f"profile_columns.{warehouse.name('email')}"
    applied.apply(checks=[ExpectValue(ADDRESS, email, warehouse.text(300))])
    assert emails(warehouse) == [EMAIL]


def test_a_loss_is_refused_until_it_is_permitted(applied: Terraform, warehouse: Warehouse) -> None:
    with_a_profile(warehouse)

    applied.write(changed(warehouse, email=None))
    applied.plan(expect_error=r"Data would be lost.*drop_columns.*email")
    assert emails(warehouse) == [EMAIL]

    applied.write(changed(warehouse, extra='drop_columns = ["email"]', email=None))
    planned = applied.plan(json=True)
    assert f'Workspace "Customers" loses column "{warehouse.name("email")}": 1 of 1 profile has a value' in {
        d.summary for d in planned.diagnostics
    }
    applied.apply(checks=[ExpectValue(ADDRESS, "migration", [warehouse.dropping("email")])])
    assert warehouse.name("email") not in [name for name, *_ in warehouse.columns("profiles")]


@same_everywhere
def test_a_type_that_cannot_hold_the_old_values_is_a_loss(applied: Terraform, warehouse: Warehouse) -> None:
    with_a_profile(warehouse)

    applied.write(changed(warehouse, email={"kind": "string", "maxLength": 5}))

    applied.plan(expect_error=r"Data would be lost.*email")
    assert emails(warehouse) == [EMAIL]


@same_everywhere
def test_inspection_refuses_a_migration(applied: Terraform, warehouse: Warehouse) -> None:
    document = copy.deepcopy(profile_schema())
    document["properties"].append({"name": "tier", "type": {"kind": "string"}, "readOptional": True})

    applied.write(warehouse.configuration(document=document, mode="Inspection"))

    applied.plan(expect_error=r'warehouse\.mode: "Inspection" refuses changes of the columns')


@only_on("PostgreSQL", "Snowflake lets a view outlive what it selects from")
def test_a_dependent_view_stops_the_plan_of_a_drop(applied: Terraform, warehouse: Warehouse) -> None:
    warehouse.execute("CREATE VIEW report AS SELECT email FROM profiles")

    applied.write(changed(warehouse, extra='drop_columns = ["email"]', email=None))

    applied.plan(expect_error="report")


@same_everywhere
def test_a_migration_that_waits_for_a_value_is_made_when_it_is_known(
    terraform: Terraform, warehouse: Warehouse
) -> None:
    terraform.write(warehouse.configuration())
    terraform.apply()
    later = changed(warehouse, extra="drop_columns = [terraform_data.path.output]", email=None)

    terraform.write(later + '\nresource "terraform_data" "path" {\n  input = "email"\n}\n')
    terraform.apply()

    assert (
        warehouse.name("email")
        not in terraform.show()["values"]["root_module"]["resources"][0]["values"]["profile_columns"]
    )
