"""Keys that Terraform drops from objects before the provider sees them: told where nothing is left of an object."""

import pytest

from tests.support.terraform import Terraform
from tests.support.terraform_process import Diagnostic
from tests.support.warehouse import Warehouse, same_everywhere
from tests.support.workspaces import expression

pytestmark = same_everywhere

DATA = """
data "krenalis_workspace" "same" {
  warehouse = {
    platform = "PostgreSQL"
    settings = { hots = "db.example.com", pasword = "hunter22" }
  }
  timeouts = { reed = "1m" }
}
"""


def warnings(terraform: Terraform) -> list[Diagnostic]:
    found = terraform.run("validate", json=True, success=(0, 1)).diagnostics
    return [each for each in found if each.summary.startswith("Empty object")]


@pytest.mark.parametrize(("configured", "named"), [
    ('timeouts = { creat = "5m" }', "timeouts: none of its attributes has a value; they are create, read, update, delete."),
    ("timeouts = {}", "timeouts: "), ("timeouts = { create = null }", "timeouts: "),
    ('ui_preferences = { first_name = "email" }',
     "ui_preferences: none of its attributes has a value; they are user_profile."),
    ('ui_preferences = { user_profile = { firstname = "email" } }',
     "ui_preferences.user_profile: none of its attributes has a value; they are image, first_name, last_name, extra."),
])  # fmt: skip
def test_an_object_of_which_nothing_is_left_is_told_with_its_keys(
    terraform: Terraform, warehouse: Warehouse, configured: str, named: str
) -> None:
    text = warehouse.configuration()
    if configured.startswith("ui_preferences"):
        begin = text.index("ui_preferences")
        terraform.write(text[:begin] + configured + text[text.index("\n", begin) :])
    else:
        terraform.write(warehouse.configuration(extra=configured))

    (told,) = warnings(terraform)

    assert told.detail.startswith(named)
    assert terraform.plan().has_changes


def test_settings_of_which_nothing_is_left_are_told_and_not_printed(
    terraform: Terraform, warehouse: Warehouse
) -> None:
    text = warehouse.configuration()
    for key in warehouse.settings():
        text = text.replace(f"      {key} = ", f"      my_{key} = ")
    terraform.write(text + DATA)

    details = sorted(each.detail.partition(";")[0] for each in warnings(terraform))
    failed = terraform.validate(expect_error="warehouse.settings.host: is required by platform PostgreSQL")

    settings = "warehouse.settings: none of its attributes has a value"
    assert details == ["timeouts: none of its attributes has a value", settings, settings]
    assert "hunter22" not in failed.stdout + failed.stderr
    assert warehouse.password not in failed.stdout + failed.stderr


def test_what_a_module_passes_with_optional_members_is_told_and_works(
    terraform: Terraform, warehouse: Warehouse
) -> None:
    type_ = "object({ create = optional(string), read = optional(string) })"
    variable = f'variable "limits" {{\n  type    = {type_}\n  default = {expression({})}\n}}\n'
    terraform.write(warehouse.configuration(extra="timeouts = var.limits") + variable)

    assert "Empty object" in terraform.plan().text


def test_a_misspelt_key_beside_right_ones_cannot_be_seen(terraform: Terraform, warehouse: Warehouse) -> None:
    terraform.write(warehouse.configuration(extra='timeouts = { create = "5m", reed = "1m" }'))

    assert warnings(terraform) == []
