"""Identifiers, primary sources and the stored procedure that is made from them, through the resource."""

import copy
from typing import Any

import pytest

from krenalis_provider.workspaces.errors import Verdict
from tests.acceptance.postgresql_warehouse import (
    CUSTOMERS,
    execute,
    only_finding,
    provisioner_of,
    soon,
)
from tests.support.postgresql import Database
from tests.support.terraform import Terraform
from tests.support.terraform_checks import ExpectAction, ExpectKnown, ExpectUnknown, ExpectValue
from tests.support.workspaces import ADDRESS, configuration, profile_schema

SETTINGS = """
  identifiers                        = ["customer_id", "email"]
  primary_sources                    = { email = "2" }
  resolve_identities_on_batch_import = false
"""


def renamed(**names: str | None) -> Any:
    """The example's profile schema with properties of other names, or without some."""
    document = copy.deepcopy(profile_schema())
    document["properties"] = [
        {**p, "name": names.get(p["name"], p["name"])}
        for p in document["properties"]
        if names.get(p["name"], "") is not None
    ]
    return document


def with_identities(database: Database) -> None:
    execute(
        database,
        """
        INSERT INTO krenalis_identities (_pipeline, _identity_id, _connection, _updated_at, email, first_name)
        VALUES ('1', 'a', '1', '2026-01-02', 'ann@example.com', 'Ann'), ('1', 'b', '2', '2026-01-01', 'ann@example.com', 'Anna'),
               ('1', 'c', '1', '2026-01-01', 'bob@example.com', 'Bob')
        """,
    )


def resolved(database: Database, columns: str = "email, first_name") -> list[Any]:
    """The profiles after the procedure was called, as the plain role."""
    with database.connect_as_role() as connection:
        connection.execute(f'CALL "{database.schema}".resolve_identities()')
    return execute(database, f"SELECT {columns} FROM profiles ORDER BY 1")


def test_they_are_kept_until_the_configuration_says_otherwise_and_follow_renames(
    terraform: Terraform, database: Database
) -> None:
    terraform.write(configuration(database.settings()))
    terraform.apply(
        checks=[
            ExpectKnown(ADDRESS, "identifiers", []),
            ExpectKnown(ADDRESS, "primary_sources", {}),
            ExpectKnown(ADDRESS, "resolve_identities_on_batch_import", value=True),
            ExpectKnown(ADDRESS, "objects.resolve_identities", "procedure"),
        ]
    )
    with_identities(database)
    assert len(resolved(database)) == 3

    terraform.write(configuration(database.settings(), extra=SETTINGS))
    terraform.apply(checks=[ExpectAction(ADDRESS, "update")])
    assert resolved(database) == [("ann@example.com", "Ann"), ("bob@example.com", "Bob")]

    # an operator's change, of what the configuration no longer names, stays
    execute(database, "UPDATE krenalis_workspace SET resolve_identities_on_batch_import = true")
    text = configuration(
        database.settings(),
        document=renamed(email="contact"),
        user_profile={"extra": "contact"},
        extra='renames = { contact = "email" }',
    )
    terraform.write(text)
    terraform.apply(
        checks=[
            ExpectKnown(ADDRESS, "identifiers", ["customer_id", "contact"]),
            ExpectKnown(ADDRESS, "primary_sources", {"contact": "2"}),
            ExpectValue(ADDRESS, "resolve_identities_on_batch_import", value=True),
        ]
    )
    assert resolved(database, "contact, first_name") == [
        ("ann@example.com", "Ann"),
        ("bob@example.com", "Bob"),
    ]


def test_a_property_that_identifies_cannot_go_unnoticed(any_terraform: Terraform, database: Database) -> None:
    any_terraform.write(configuration(database.settings(), extra='identifiers = ["email", "phone_number"]'))
    any_terraform.apply()

    extra = 'drop_columns = ["phone_number"]'
    any_terraform.write(configuration(database.settings(), document=renamed(phone_number=None), extra=extra))

    any_terraform.plan(
        expect_error=r'identifiers\[1\]: the profile schema has no property "phone_number".*kept from before because '
        "the configuration does not set identifiers: set it"
    )


def test_a_profile_schema_that_is_not_known_yet_leaves_what_is_kept_open(
    any_terraform: Terraform, database: Database
) -> None:
    source = 'resource "terraform_data" "length" {\n  input = %d\n}\n'
    text = configuration(database.settings(), extra=SETTINGS)
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


def test_wrong_ones_are_told_with_the_nearest_right_one(any_terraform: Terraform, database: Database) -> None:
    any_terraform.write(
        configuration(
            database.settings(),
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


def test_a_missing_procedure_is_planned_and_made_again(applied: Terraform, database: Database) -> None:
    with_identities(database)
    execute(database, "DROP PROCEDURE resolve_identities()")

    applied.apply(
        checks=[
            ExpectAction(ADDRESS, "update"),
            ExpectKnown(ADDRESS, "objects.resolve_identities", "procedure"),
        ]
    )

    assert len(resolved(database)) == 3


def test_a_routine_of_its_name_is_in_the_way(database: Database) -> None:
    execute(database, "CREATE FUNCTION resolve_identities() RETURNS integer RETURN 1")

    findings = provisioner_of(database).check(soon(), replaces=None)

    detail = only_finding(findings, Verdict.CONTRADICTED, "schema", "Names are taken")
    assert 'function "resolve_identities"' in detail


@pytest.mark.parametrize("query", ["CREATE TABLE {}()", "CREATE TYPE {} AS ENUM ()"])
def test_a_relation_or_type_of_its_name_is_not(database: Database, query: str) -> None:
    provisioner = provisioner_of(database)
    provisioner.initialize(CUSTOMERS, (), soon())

    execute(database, query.format("resolve_identities"))

    assert provisioner.inspect(soon()).objects["resolve_identities"] == "procedure"
    provisioner.drop(CUSTOMERS.id, soon())
    assert provisioner.inspect(soon()).objects == {}


def test_what_took_its_place_is_kept_by_a_change(warehouse: Database) -> None:
    execute(
        warehouse,
        "DROP PROCEDURE resolve_identities()",
        "CREATE FUNCTION resolve_identities() RETURNS integer RETURN 1",
    )

    provisioner_of(warehouse).update(CUSTOMERS, (), soon())

    assert provisioner_of(warehouse).inspect(soon()).objects["resolve_identities"] == "function"


@pytest.mark.parametrize("mode", ["Inspection", "Maintenance"])
def test_the_mode_refuses_identity_resolution(
    any_terraform: Terraform, database: Database, mode: str
) -> None:
    any_terraform.write(configuration(database.settings(), mode=mode))
    any_terraform.apply()

    with pytest.raises(Exception, match=f"refused: the mode of the warehouse is {mode}"):
        resolved(database)
