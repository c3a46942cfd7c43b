"""Identifiers, primary sources and the stored procedure that is made from them, through the resource."""

import copy
from typing import Any

import pytest

from tests.support.terraform import Terraform
from tests.support.terraform_checks import ExpectAction, ExpectKnown, ExpectUnknown, ExpectValue
from tests.support.warehouse import Warehouse, same_everywhere
from tests.support.workspaces import ADDRESS, profile_schema

CONNECTION = "8sYbWqhTkRfG"
"""An id of the kind that a Krenalis server gives."""
SETTINGS = f"""
  identifiers                        = ["customer_id", "email"]
  primary_sources                    = {{ email = "{CONNECTION}" }}
  resolve_identities_on_batch_import = false
"""


MERGED = [("ann@example.com", "Ann"), ("bob@example.com", "Bob")]


def renamed(**names: str | None) -> Any:
    """The example's profile schema with properties of other names, or without some."""
    document = copy.deepcopy(profile_schema())
    document["properties"] = [
        {**p, "name": names.get(p["name"], p["name"])}
        for p in document["properties"]
        if names.get(p["name"], "") is not None
    ]
    return document


def with_identities(warehouse: Warehouse) -> None:
    ann, anna, bob = (
        {
            "_connection": connection,
            "_identity_id": identity,
            "_updated_at": day,
            "email": email,
            "first_name": name,
        }
        for connection, identity, day, email, name in (
            ("1", "a", "2026-01-02", "ann@example.com", "Ann"),
            (CONNECTION, "b", "2026-01-01", "ann@example.com", "Anna"),
            ("1", "c", "2026-01-01", "bob@example.com", "Bob"),
        )
    )
    warehouse.add_identities(ann, anna, bob)


def resolved(warehouse: Warehouse, email: str = "email") -> list[Any]:
    """The profiles after the procedure was called, as the plain role."""
    warehouse.resolve_identities()
    return warehouse.profiles(email, "first_name")


def contact_for_email(warehouse: Warehouse) -> str:
    """The configuration with a property renamed, and without the settings."""
    return warehouse.configuration(
        document=renamed(email="contact"),
        user_profile={"extra": "contact"},
        extra='renames = { contact = "email" }',
    )


@pytest.mark.slow
def test_the_procedure_follows_them(any_terraform: Terraform, warehouse: Warehouse) -> None:
    any_terraform.write(warehouse.configuration())
    any_terraform.apply()
    with_identities(warehouse)
    assert len(resolved(warehouse)) == 3

    any_terraform.write(warehouse.configuration(extra=SETTINGS))
    any_terraform.apply()
    assert resolved(warehouse) == MERGED

    any_terraform.write(contact_for_email(warehouse))
    any_terraform.apply()
    assert resolved(warehouse, "contact") == MERGED


def test_they_are_kept_until_the_configuration_says_otherwise_and_follow_renames(
    any_terraform: Terraform, warehouse: Warehouse
) -> None:
    any_terraform.write(warehouse.configuration())
    any_terraform.apply(
        checks=[
            ExpectKnown(ADDRESS, "identifiers", []),
            ExpectKnown(ADDRESS, "primary_sources", {}),
            ExpectKnown(ADDRESS, "resolve_identities_on_batch_import", value=True),
            ExpectKnown(ADDRESS, f"objects.{warehouse.name('resolve_identities')}", "procedure"),
        ]
    )

    any_terraform.write(warehouse.configuration(extra=SETTINGS))
    any_terraform.apply(checks=[ExpectAction(ADDRESS, "update")])

    # an operator's change, of what the configuration no longer names, stays
    warehouse.execute("UPDATE krenalis_workspace SET resolve_identities_on_batch_import = true")
    any_terraform.write(contact_for_email(warehouse))
    any_terraform.apply(
        checks=[
            ExpectKnown(ADDRESS, "identifiers", ["customer_id", "contact"]),
            ExpectKnown(ADDRESS, "primary_sources", {"contact": CONNECTION}),
            ExpectValue(ADDRESS, "resolve_identities_on_batch_import", value=True),
        ]
    )


@same_everywhere
def test_a_property_that_identifies_cannot_go_unnoticed(
    any_terraform: Terraform, warehouse: Warehouse
) -> None:
    any_terraform.write(warehouse.configuration(extra='identifiers = ["email", "phone_number"]'))
    any_terraform.apply()

    extra = 'drop_columns = ["phone_number"]'
    any_terraform.write(warehouse.configuration(document=renamed(phone_number=None), extra=extra))

    any_terraform.plan(
        expect_error=r'identifiers\[1\]: the profile schema has no property "phone_number".*kept from before because '
        "the configuration does not set identifiers: set it"
    )


@same_everywhere
def test_a_profile_schema_that_is_not_known_yet_leaves_what_is_kept_open(
    any_terraform: Terraform, warehouse: Warehouse
) -> None:
    source = 'resource "terraform_data" "length" {\n  input = %d\n}\n'
    text = warehouse.configuration(extra=SETTINGS)
    start, end = text.index("profile_schema = "), text.index("\n\n  warehouse")
    document = """profile_schema = {
    kind = "object"
    properties = [for name in ["customer_id", "email", "first_name", "last_name"] : {
      name = name, readOptional = true, type = { kind = "string", maxLength = terraform_data.length.output }
    }]
  }"""
    any_terraform.write(text[:start] + document + text[end:] + source % 100)
    any_terraform.apply()

    text = text.replace(SETTINGS, "")
    any_terraform.write(text[:start] + document + text[text.index("\n\n  warehouse") :] + source % 200)

    any_terraform.apply(
        checks=[
            ExpectUnknown(ADDRESS, "identifiers"),
            ExpectValue(ADDRESS, "identifiers", ["customer_id", "email"]),
        ]
    )


@same_everywhere
def test_wrong_ones_are_told_with_the_nearest_right_one(
    any_terraform: Terraform, warehouse: Warehouse
) -> None:
    any_terraform.write(
        warehouse.configuration(
            extra='identifiers = ["emial", "birth_date"]\n  primary_sources = { address = "x" }',
        )
    )

    failed = any_terraform.validate(json=True, expect_error="")

    for expected in (
        'identifiers[0]: the profile schema has no property "emial": did you mean "email"?',
        'identifiers[1]: "birth_date" is of kind date, which cannot tell people apart',
        'primary_sources["address"]: "address" is of kind object',
    ):
        assert expected in failed.text


def test_a_missing_procedure_is_planned_and_made_again(applied: Terraform, warehouse: Warehouse) -> None:
    warehouse.execute("DROP PROCEDURE resolve_identities()")

    applied.apply(
        checks=[
            ExpectAction(ADDRESS, "update"),
            ExpectKnown(ADDRESS, f"objects.{warehouse.name('resolve_identities')}", "procedure"),
        ]
    )


@pytest.mark.parametrize("mode", ["Inspection", "Maintenance"])
def test_the_mode_refuses_identity_resolution(
    any_terraform: Terraform, warehouse: Warehouse, mode: str
) -> None:
    any_terraform.write(warehouse.configuration(mode=mode))
    any_terraform.apply()

    with pytest.raises(Exception, match=f"refused: the mode of the warehouse is ({mode}|not Normal)"):
        resolved(warehouse)
