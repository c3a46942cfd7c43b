"""What people get wrong: one clear diagnostic each, while validating or planning, and nothing is changed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.support.terraform import Terraform
from tests.support.warehouse import Warehouse, only_on
from tests.support.workspaces import profile_schema

OFFLINE = only_on("PostgreSQL", "no warehouse is looked at")


def with_property(**changes: Any) -> Any:
    """The example's document with another first property."""
    document = profile_schema()
    document["properties"][0] |= changes
    return document


@dataclass(frozen=True)
class Mistake:
    """Changes of a right configuration, and what Terraform says of them."""

    id: str
    message: str
    arguments: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    without: tuple[str, ...] = ()


OF_POSTGRESQL = [
    Mistake(
        "a setting is missing",
        r"Invalid warehouse.*warehouse\.settings\.database: is required by platform PostgreSQL",
        without=("database",),
    ),
    Mistake(
        "a setting of another platform",
        r"warehouse\.settings\.account: is not a setting of PostgreSQL: remove it",
        settings={"account": "org-account"},
    ),
    Mistake(
        "a platform in the wrong spelling",
        r'unknown platform "postgres": did you mean "PostgreSQL"\?',
        {"platform": "postgres"},
    ),
    Mistake(
        "a mode in the wrong spelling",
        r'warehouse\.mode: unknown mode "normal": did you mean "Normal"\?',
        {"mode": "normal"},
    ),
    Mistake(
        "a port out of range",
        r"warehouse\.settings\.port: must be a whole number from 1 to 65535",
        settings={"port": 70000},
    ),
    Mistake(
        "a port with a fraction",
        r"warehouse\.settings\.port: must be a whole number from 1 to 65535",
        settings={"port": 5432.5},
    ),
    Mistake(
        "a host with an empty label",
        r"warehouse\.settings\.host: has an empty label",
        settings={"host": "db..internal"},
    ),
    Mistake(
        "an empty host", r"warehouse\.settings\.host: must be 1 to 253 bytes long", settings={"host": ""}
    ),
    Mistake(
        "a schema of 64 bytes",
        r"warehouse\.settings\.schema: must be 1 to 63 bytes long",
        settings={"schema": "s" * 64},
    ),
    Mistake(
        "a schema of PostgreSQL's own",
        r'warehouse\.settings\.schema: cannot start with "pg_"',
        settings={"schema": "pg_mine"},
    ),
    Mistake(
        "a name of 101 characters",
        "Invalid workspace name.*name: must be 1 to 100 characters long",
        {"name": "ä" * 101},
    ),
    Mistake("an empty name", "name: must be 1 to 100 characters long", {"name": ""}),
    Mistake(
        "an unknown kind",
        r'profile_schema\.properties\[0\]\.type\.kind: unknown kind "text"',
        {"document": with_property(type={"kind": "text"})},
    ),
    Mistake(
        "two properties that fall on one column",
        r"profile_schema\.properties\[\d+\].*address_city",
        {"document": with_property(name="Address_City")},
    ),
    Mistake(
        "a name that begins with an underscore",
        r'profile_schema\.properties\[0\]\.name: .*"_id"',
        {"document": with_property(name="_id")},
    ),
    Mistake("a document that is a string", r"jsondecode\(\)", {"document": "{}"}),
    Mistake(
        "a column name over 63 bytes",
        "profile_schema.*63",
        {"document": with_property(name="n" * 64)},
    ),
    Mistake(
        "a column that PostgreSQL has already",
        'column "xmin", which every PostgreSQL table has already',
        {"document": with_property(name="xmin")},
    ),
    Mistake(
        "a UI path that does not exist",
        r'ui_preferences\.user_profile\.extra: the profile schema has no property "e_mail": did you mean "email"\?',
        {"user_profile": {"extra": "e_mail"}},
    ),
    Mistake(
        "a timeout that is none",
        r'timeouts\.create: must be a positive duration of at most a year, such as "30s"',
        {"extra": 'timeouts = { create = "soon" }'},
    ),
    Mistake(
        "a plan check that is none",
        r'plan_check: must be one of "strict", "error", "warn", "off", got: "no"',
        {"extra": 'plan_check = "no"'},
    ),
]

OF_SNOWFLAKE = [
    Mistake(
        "a setting is missing",
        r"Invalid warehouse.*warehouse\.settings\.role: is required by platform Snowflake",
        without=("role",),
    ),
    Mistake(
        "a setting of another platform",
        r"warehouse\.settings\.port: is not a setting of Snowflake: remove it",
        settings={"port": 443},
    ),
    Mistake(
        "a URL for an account",
        r'warehouse\.settings\.account: must be the account identifier alone, which is "myorg-account123"',
        settings={"account": "https://myorg-account123.snowflakecomputing.com"},
    ),
    Mistake("an empty schema", r"warehouse\.settings\.schema: must be ", settings={"schema": ""}),
    Mistake(
        "a column name over 255 characters",
        "profile_schema.*255",
        {"document": with_property(name="n" * 256)},
    ),
    Mistake(
        "a decimal that Snowflake cannot hold",
        r"profile_schema\.properties\[0\]\.type\.precision: must be at most 38 in Snowflake, not 39",
        {"document": with_property(type={"kind": "decimal", "precision": 39})},
    ),
]

FOUND_BY_PLAN = [
    Mistake(
        "a wrong password",
        r"Wrong user name or password.*warehouse\.settings\.password: ((?!plan_check).)*$",
        settings={"password": "wrong"},
    ),
    Mistake(
        "a user that does not exist",
        r'Wrong user name or password.*"nobody_at_all"',
        settings={"username": "nobody_at_all"},
    ),
    Mistake(
        "a database that does not exist",
        r'Database does not exist .*warehouse\.settings\.database: .*"no_database"',
        settings={"database": "no_database"},
    ),
]
FOUND_BY_THE_PLAN_ON_POSTGRESQL = [
    Mistake(
        "a schema that does not exist",
        r'Schema does not exist \(workspace "Customers"\).*has no schema "nowhere".*CREATE SCHEMA "nowhere".*plan_check = "warn"',
        settings={"schema": "nowhere"},
    ),
]
FOUND_BY_THE_PLAN_ON_SNOWFLAKE = [
    Mistake(
        "a schema that does not exist",
        r'Schema does not exist \(workspace "Customers"\).*schema "nowhere" .*CREATE SCHEMA .*"NOWHERE".*plan_check = "warn"',
        settings={"schema": "nowhere"},
    ),
    Mistake(
        "a role that the user has not",
        r'Role does not exist.*warehouse\.settings\.role: .*GRANT ROLE "BOSS" TO USER .*plan_check = "warn"',
        settings={"role": "boss"},
    ),
    Mistake(
        "a virtual warehouse that does not exist",
        r'Virtual warehouse does not exist.*warehouse\.settings\.warehouse: .*plan_check = "warn"',
        settings={"warehouse": "nothing"},
    ),
]


def on_platforms(postgresql: Sequence[Mistake], snowflake: Sequence[Mistake] = ()) -> pytest.MarkDecorator:
    """Each platform with the mistakes that are tried there; those of no platform in particular are on one of them."""
    cases = [("PostgreSQL", mistake) for mistake in postgresql]
    cases += [("Snowflake", mistake) for mistake in snowflake]
    return pytest.mark.parametrize(
        ("warehouses", "mistake"),
        cases,
        ids=[f"{platform}: {mistake.id}" for platform, mistake in cases],
        indirect=["warehouses"],
    )


def write(terraform: Terraform, warehouse: Warehouse, mistake: Mistake) -> None:
    terraform.write(warehouse.configuration(mistake.settings, without=mistake.without, **mistake.arguments))


def told_once(errors: str, stdout: str, stderr: str) -> None:
    assert errors.count("Error: ") == 1, errors
    assert "Traceback" not in stdout + stderr


@on_platforms(OF_POSTGRESQL, OF_SNOWFLAKE)
def test_validate_says(mistake: Mistake, any_terraform: Terraform, warehouse: Warehouse) -> None:
    write(any_terraform, warehouse, mistake)

    result = any_terraform.validate(expect_error=mistake.message)

    told_once(result.errors, result.stdout, result.stderr)


@on_platforms(
    [*FOUND_BY_PLAN, *FOUND_BY_THE_PLAN_ON_POSTGRESQL], [*FOUND_BY_PLAN, *FOUND_BY_THE_PLAN_ON_SNOWFLAKE]
)
def test_plan_says(mistake: Mistake, any_terraform: Terraform, warehouse: Warehouse) -> None:
    write(any_terraform, warehouse, mistake)

    result = any_terraform.plan(expect_error=mistake.message)

    told_once(result.errors, result.stdout, result.stderr)
    assert warehouse.relations() == {}


@OFFLINE
def test_all_errors_of_a_profile_schema_come_in_one_diagnostic(
    any_terraform: Terraform, warehouse: Warehouse
) -> None:
    document = profile_schema()
    document["properties"][0]["type"]["kind"] = "text"
    document["properties"][1]["nullable"] = True
    any_terraform.write(warehouse.configuration(document=document))

    result = any_terraform.validate(expect_error="The profile schema has 2 errors")

    told_once(result.errors, result.stdout, result.stderr)


@OFFLINE
def test_a_null_platform_is_told(any_terraform: Terraform, warehouse: Warehouse) -> None:
    variable = 'variable "platform" {\n  type    = string\n  default = null\n}\n'
    any_terraform.write(warehouse.configuration(platform="var.platform") + variable)

    result = any_terraform.plan(expect_error=r"warehouse\.platform: is required, and is null")

    told_once(result.errors, result.stdout, result.stderr)


@OFFLINE
def test_unknown_variables_are_passed_over_and_the_rest_is_still_checked(
    any_terraform: Terraform, warehouse: Warehouse
) -> None:
    variables = 'variable "host" {\n  type = string\n}\nvariable "port" {\n  type = number\n}\n'
    settings = {"host": "var.host", "port": "var.port"}
    any_terraform.write(warehouse.configuration(settings) + variables)
    any_terraform.validate()

    any_terraform.write(warehouse.configuration(settings, name="") + variables)
    any_terraform.validate(expect_error="name: must be 1 to 100 characters long")
