"""The platforms' objects of the provider block, in every form that Terraform lets them have."""

import json
import secrets

import pytest

from tests.support.terraform import Terraform
from tests.support.warehouse import Warehouse, only_on

on_postgresql = only_on("PostgreSQL", "a workspace needs no parameter of the provider there but the password")
on_snowflake = only_on("Snowflake", "its provider block has a number")
EPHEMERAL = 'variable "password" {\n  type      = string\n  ephemeral = true\n}\n'
SENSITIVE = 'variable "password" {\n  type      = string\n  sensitive = true\n}\n'
TYPED = """
variable "pg" {
  type = object({ password = string, role = optional(string), sslmode = optional(string) })
}
"""
MAP = 'variable "pg" {\n  type = map(string)\n}\n'
UNTYPED = 'variable "pg" {\n  type      = any\n  ephemeral = true\n}\n'
LATER = 'resource "terraform_data" "later" {\n  input = var.password\n}\n'


def configured(warehouse: Warehouse, provider: str, more: str = "") -> str:
    return warehouse.configuration(without=["password"], provider=provider) + more


@on_postgresql
@pytest.mark.parametrize(("provider", "declared", "given"), [
    ("{ password = var.password }", EPHEMERAL, "password"), ("{ password = var.password }", SENSITIVE, "password"),
    ('{ password = var.password, role = null, sslmode = "prefer" }', EPHEMERAL, "password"),
    ("var.pg", TYPED, "object"), ("var.pg", MAP, "object"), ("var.pg", UNTYPED, "object"),
    ("var.pg == null ? null : var.pg", UNTYPED, "object"),
    ('merge(var.pg, { sslmode = "prefer" })', UNTYPED, "object"),
    ("{ for name, value in var.pg : name => value }", UNTYPED, "object"),
    ("sensitive(var.pg)", MAP, "object"),
])  # fmt: skip
def test_an_object_may_come_in_any_form(
    terraform: Terraform, warehouse: Warehouse, provider: str, declared: str, given: str
) -> None:
    values = {"password": warehouse.password, "object": json.dumps({"password": warehouse.password})}
    terraform.environment[f"TF_VAR_{'pg' if given == 'object' else given}"] = values[given]
    terraform.write(configured(warehouse, f"postgresql = {provider}", declared))

    terraform.validate()
    assert terraform.plan().has_changes


@on_postgresql
@pytest.mark.parametrize(
    "provider", ["null", "{}", "{ password = null }", "var.none ? { password = null } : null"]
)
def test_an_object_may_hold_nothing(terraform: Terraform, warehouse: Warehouse, provider: str) -> None:
    terraform.environment[warehouse.password_variable] = warehouse.password
    variable = 'variable "none" {\n  type    = bool\n  default = true\n}\n'
    terraform.write(configured(warehouse, f"postgresql = {provider}", variable))

    terraform.validate()
    assert terraform.plan().has_changes


@on_postgresql
def test_an_object_may_be_json(terraform: Terraform, warehouse: Warehouse) -> None:
    terraform.environment["TF_VAR_password"] = warehouse.password
    block = {"postgresql": {"password": "${var.password}", "sslmode": "prefer", "role": None}}
    text = configured(warehouse, "", EPHEMERAL)
    head, _, rest = text.partition('provider "krenalis" {')
    document = {"provider": {"krenalis": block}}
    terraform.write(head + rest.partition("}")[2], files={"provider.tf.json": json.dumps(document)})

    terraform.validate()
    assert terraform.plan().has_changes

    block["postgresql"]["ssl_mode"] = "verify-full"
    terraform.write(head + rest.partition("}")[2], files={"provider.tf.json": json.dumps(document)})
    terraform.validate(expect_error=r'provider postgresql\.ssl_mode: .*did you mean "sslmode"\?')


@on_snowflake
def test_a_number_may_come_as_text(terraform: Terraform, warehouse: Warehouse) -> None:
    provider = warehouse.provider(port="var.port")
    terraform.write(warehouse.configuration(provider=provider) + 'variable "port" {\n}\n')

    assert terraform.plan("-var", f"port={warehouse.port}").has_changes
    terraform.plan("-var", "port=none", expect_error=r"provider snowflake\.port: must be a number\.")
    terraform.plan("-var", "port=0", expect_error=r"provider snowflake\.port: must be a whole number")


@on_postgresql
@pytest.mark.parametrize("whole", [False, True])
def test_what_is_not_known_yet_is_told_and_works_when_applied(
    terraform: Terraform, warehouse: Warehouse, *, whole: bool
) -> None:
    terraform.environment["TF_VAR_password"] = warehouse.password
    later = "terraform_data.later.output"
    provider = f"postgresql = {later}" if whole else f"postgresql = {{ password = {later} }}"
    given = "{ password = var.password }" if whole else "var.password"
    terraform.write(configured(warehouse, provider, SENSITIVE + LATER.replace("var.password", given)))

    terraform.validate()
    what = "provider postgresql" if whole else "provider postgresql.password"
    assert f"Not known yet: {what}." in terraform.plan().text
    terraform.apply()
    assert not terraform.plan().has_changes


@pytest.mark.parametrize(("members", "key"), [
    ('ssl_mode = "verify-full"', 'ssl_mode: is not a setting of the provider for PostgreSQL; did you mean "sslmode"?'),
    ("pasword = var.password", 'pasword: is not a setting of the provider for PostgreSQL; did you mean "password"?'),
    ("tls = { secret = var.password }", "tls: is not a setting of the provider for PostgreSQL; the settings are"),
    ("sslmode = var.password", "sslmode: must be one of disable,"),
    ("role = [var.password]", "role: must be text."),
])  # fmt: skip
@on_postgresql
def test_a_wrong_key_or_value_is_told_and_no_secret_shown(
    terraform: Terraform, warehouse: Warehouse, members: str, key: str
) -> None:
    assert_told(terraform, warehouse, f"postgresql = {{\n    {members}\n  }}", f"provider postgresql.{key}")


@pytest.mark.parametrize("value", ["var.password", "[var.password]", "[{ password = var.password }]"])
@on_postgresql
def test_what_is_no_object_is_told_and_no_secret_shown(
    terraform: Terraform, warehouse: Warehouse, value: str
) -> None:
    assert_told(terraform, warehouse, f"postgresql = {value}", "provider postgresql: must be an object")


@on_snowflake
def test_a_wrong_key_of_snowflake_s_is_told_and_no_secret_shown(
    terraform: Terraform, warehouse: Warehouse
) -> None:
    provider = warehouse.provider(privatekey="var.password", passphrase="var.password")
    assert_told(
        terraform,
        warehouse,
        provider,
        "provider snowflake.privatekey: is not a setting of the provider "
        'for Snowflake; did you mean "private_key"?',
    )


def assert_told(terraform: Terraform, warehouse: Warehouse, provider: str, told: str) -> None:
    """The plan stops, and the secret of the variable is nowhere in what is printed and logged."""
    secret = f"{secrets.token_hex(8)}"
    log = terraform.log("TRACE")
    terraform.environment["TF_VAR_password"] = secret
    terraform.write(configured(warehouse, provider, EPHEMERAL))

    failed = terraform.plan(expect_error="Invalid provider configuration")

    assert told in failed.errors
    assert secret not in failed.stdout + failed.stderr + log.read_text()
