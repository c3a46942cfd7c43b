"""A profile schema that changes: what the plan shows and refuses, and what becomes of the data."""

import copy
from typing import Any

from tests.acceptance.postgresql_warehouse import execute
from tests.support.postgresql import Database
from tests.support.terraform import Terraform
from tests.support.terraform_checks import ExpectAction, ExpectValue
from tests.support.workspaces import ADDRESS, configuration, profile_schema

EMAIL = "ann@example.com"


def changed(database: Database, *, extra: str = "", **types: Any) -> str:
    """The example's workspace with properties added, changed, or removed (None), by name."""
    document = copy.deepcopy(profile_schema())
    for name, type_ in types.items():
        document["properties"] = [p for p in document["properties"] if p["name"] != name]
        if type_:
            document["properties"].append({"name": name, "type": type_, "readOptional": True})
    profile = {"first_name": "first_name", "last_name": "last_name"}
    return configuration(database.settings(), document=document, user_profile=profile, extra=extra)


def with_a_profile(database: Database) -> None:
    execute(
        database,
        "INSERT INTO krenalis_profiles_0 (_kpid, _identities, _updated_at, email) "
        f"VALUES (gen_random_uuid(), '{{1}}', now(), '{EMAIL}')",
    )


def emails(database: Database, column: str = "email") -> list[Any]:
    return [row[0] for row in execute(database, f'SELECT "{column}" FROM profiles')]


def test_a_column_is_added_renamed_and_widened_with_its_data_kept(
    applied: Terraform, database: Database
) -> None:
    with_a_profile(database)

    applied.write(changed(database, tier={"kind": "string", "maxLength": 20}))
    added = 'ADD COLUMN "tier" character varying(20)'
    applied.apply(checks=[ExpectAction(ADDRESS, "update"), ExpectValue(ADDRESS, "migration", [added])])
    assert emails(database) == [EMAIL]

    applied.write(
        changed(
            database,
            extra='renames = { contact = "email" }',
            email=None,
            contact={"kind": "string", "maxLength": 254},
            tier={"kind": "string", "maxLength": 40},
        )
    )
    applied.apply(
        checks=[
            ExpectValue(ADDRESS, "profile_columns.contact", "character varying(254)"),
            ExpectValue(ADDRESS, "profile_columns.tier", "character varying(40)"),
        ]
    )
    assert emails(database, "contact") == [EMAIL]


def test_a_loss_is_refused_until_it_is_permitted(applied: Terraform, database: Database) -> None:
    with_a_profile(database)

    applied.write(changed(database, email=None))
    applied.plan(expect_error=r"Data would be lost.*drop_columns.*email")
    assert emails(database) == [EMAIL]

    applied.write(changed(database, extra='drop_columns = ["email"]', email=None))
    planned = applied.plan(json=True)
    assert 'Workspace "Customers" loses column "email": 1 of 1 profile has a value' in {
        d.summary for d in planned.diagnostics
    }
    applied.apply(checks=[ExpectValue(ADDRESS, "migration", ['DROP COLUMN "email"'])])
    columns = {
        row[0]
        for row in execute(database, "SELECT attname FROM pg_attribute WHERE attrelid = 'profiles'::regclass")
    }
    assert "email" not in columns


def test_a_type_that_cannot_hold_the_old_values_is_a_loss(applied: Terraform, database: Database) -> None:
    with_a_profile(database)

    applied.write(changed(database, email={"kind": "string", "maxLength": 5}))

    applied.plan(expect_error=r"Data would be lost.*email")
    assert emails(database) == [EMAIL]


def test_inspection_refuses_a_migration(applied: Terraform, database: Database) -> None:
    document = copy.deepcopy(profile_schema())
    document["properties"].append({"name": "tier", "type": {"kind": "string"}, "readOptional": True})

    applied.write(configuration(database.settings(), document=document, mode="Inspection"))

    applied.plan(expect_error=r'warehouse\.mode: "Inspection" refuses changes of the columns')


def test_a_dependent_view_stops_the_plan_of_a_drop(applied: Terraform, database: Database) -> None:
    execute(database, "CREATE VIEW report AS SELECT email FROM profiles")

    applied.write(changed(database, extra='drop_columns = ["email"]', email=None))

    applied.plan(expect_error="report")


def test_a_migration_that_waits_for_a_value_is_made_when_it_is_known(
    terraform: Terraform, database: Database
) -> None:
    terraform.write(configuration(database.settings()))
    terraform.apply()
    later = changed(database, extra="drop_columns = [terraform_data.path.output]", email=None)

    terraform.write(later + '\nresource "terraform_data" "path" {\n  input = "email"\n}\n')
    terraform.apply()

    assert (
        "email" not in terraform.show()["values"]["root_module"]["resources"][0]["values"]["profile_columns"]
    )
