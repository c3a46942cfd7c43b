"""What people get wrong: one clear diagnostic each, while validating or planning, and nothing is changed."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.support.postgresql import Database
from tests.support.terraform import Terraform
from tests.support.workspaces import configuration, profile_schema, relations


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


FOUND_BY_VALIDATE = [
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
        "a URL for an account of Snowflake",
        r'warehouse\.settings\.account: must be the account identifier alone, which is "myorg-account123"',
        {"platform": "Snowflake"},
        {"account": "https://myorg-account123.snowflakecomputing.com", "role": "r", "warehouse": "w"},
        without=("host", "port"),
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
        r'plan_check: must be one of "error", "warn", "off", got: "no"',
        {"extra": 'plan_check = "no"'},
    ),
]

FOUND_BY_PLAN = [
    Mistake(
        "a schema that does not exist",
        r'Schema does not exist \(workspace "Customers"\).*has no schema "nowhere".*CREATE SCHEMA "nowhere".*plan_check = "warn"',
        settings={"schema": "nowhere"},
    ),
    Mistake(
        "a wrong password",
        r'warehouse\.settings\.password: .*plan_check = "warn"',
        settings={"password": "wrong"},
    ),
    Mistake(
        "a user that does not exist",
        r'Wrong user name or password.*"nobody_at_all"',
        settings={"username": "nobody_at_all"},
    ),
    Mistake(
        "a database that does not exist",
        r'warehouse\.settings\.database: .*"no_database"',
        settings={"database": "no_database"},
    ),
]


def write(terraform: Terraform, database: Database, mistake: Mistake) -> None:
    settings = {**database.settings(), **mistake.settings}
    for name in mistake.without:
        del settings[name]
    terraform.write(configuration(settings, **mistake.arguments))


def told_once(errors: str, stdout: str, stderr: str) -> None:
    assert errors.count("Error: ") == 1, errors
    assert "Traceback" not in stdout + stderr


@pytest.mark.parametrize("mistake", FOUND_BY_VALIDATE, ids=lambda mistake: mistake.id)
def test_validate_says(mistake: Mistake, any_terraform: Terraform, database: Database) -> None:
    write(any_terraform, database, mistake)

    result = any_terraform.validate(expect_error=mistake.message)

    told_once(result.errors, result.stdout, result.stderr)


@pytest.mark.parametrize("mistake", FOUND_BY_PLAN, ids=lambda mistake: mistake.id)
def test_plan_says(mistake: Mistake, any_terraform: Terraform, database: Database) -> None:
    write(any_terraform, database, mistake)

    result = any_terraform.plan(expect_error=mistake.message)

    told_once(result.errors, result.stdout, result.stderr)
    assert relations(database) == {}


def test_all_errors_of_a_profile_schema_come_in_one_diagnostic(
    any_terraform: Terraform, database: Database
) -> None:
    document = profile_schema()
    document["properties"][0]["type"]["kind"] = "text"
    document["properties"][1]["nullable"] = True
    any_terraform.write(configuration(database.settings(), document=document))

    result = any_terraform.validate(expect_error="The profile schema has 2 errors")

    told_once(result.errors, result.stdout, result.stderr)


def test_a_null_platform_is_told(any_terraform: Terraform, database: Database) -> None:
    variable = 'variable "platform" {\n  type    = string\n  default = null\n}\n'
    any_terraform.write(configuration(database.settings(), platform="var.platform") + variable)

    result = any_terraform.plan(expect_error=r"warehouse\.platform: is required, and is null")

    told_once(result.errors, result.stdout, result.stderr)


def test_unknown_variables_are_passed_over_and_the_rest_is_still_checked(
    any_terraform: Terraform, database: Database
) -> None:
    variables = 'variable "host" {\n  type = string\n}\nvariable "port" {\n  type = number\n}\n'
    settings = {**database.settings(), "host": "var.host", "port": "var.port"}
    any_terraform.write(configuration(settings) + variables)
    any_terraform.validate()

    any_terraform.write(configuration(settings, name="") + variables)
    any_terraform.validate(expect_error="name: must be 1 to 100 characters long")
