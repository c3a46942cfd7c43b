"""Every way in which Terraform lets a workspace go (docs/facts/terraform.md, "How a resource goes and stays"), while it is protected."""

import re
from collections.abc import Iterator

import pytest

from tests.support.terraform import Terraform
from tests.support.terraform_checks import ExpectAbsent
from tests.support.terraform_process import Executable
from tests.support.warehouse import Warehouse, Warehouses, once_and_at_a_server
from tests.support.workspaces import ADDRESS

REFUSAL = r'Workspace "Customers" is protected.*set deletion_protection = false, apply'


@pytest.fixture(scope="module")
def place(terraform_executable: Executable, warehouses: Warehouses) -> Iterator[Warehouse]:
    """A warehouse for each Terraform."""
    warehouse = warehouses.new()
    yield warehouse
    warehouse.drop()


@pytest.fixture(scope="module")
def protected(
    terraform_executable: Executable, place: Warehouse, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Terraform]:
    """A Terraform with a protected workspace, which no test may lose."""
    with Terraform(terraform_executable, tmp_path_factory.mktemp("protected")) as terraform:
        terraform.write(place.configuration())
        terraform.apply()
        yield terraform


def without_the_block(text: str) -> str:
    return re.sub(r'resource "krenalis_workspace".*\n}\n', "", text, flags=re.DOTALL)


@once_and_at_a_server
def test_plan_destroy_is_refused(protected: Terraform, place: Warehouse) -> None:
    protected.write(place.configuration())

    protected.plan("-destroy", expect_error=REFUSAL)


@pytest.mark.parametrize("options", [[], [f"-target={ADDRESS}"], ["-refresh=false"]])
@once_and_at_a_server
def test_destroy_is_refused(protected: Terraform, place: Warehouse, options: list[str]) -> None:
    protected.write(place.configuration())

    protected.destroy(*options, expect_error=REFUSAL)

    assert place.record()


@pytest.mark.parametrize(
    "text",
    ["", f"removed {{\n  from = {ADDRESS}\n  lifecycle {{\n    destroy = true\n  }}\n}}\n"],
    ids=["no block", "a removed block"],
)
@once_and_at_a_server
def test_a_removed_resource_is_refused(protected: Terraform, place: Warehouse, text: str) -> None:
    protected.write(without_the_block(place.configuration()) + text)

    protected.plan(expect_error=REFUSAL)


@once_and_at_a_server
def test_a_count_of_zero_is_refused(protected: Terraform, place: Warehouse) -> None:
    protected.write(place.configuration(extra="count = 0"))

    protected.plan(expect_error=REFUSAL)


@pytest.mark.parametrize(("setting", "value"), [("schema", "elsewhere"), ("database", "elsewhere")])
def test_another_place_is_refused(protected: Terraform, place: Warehouse, setting: str, value: str) -> None:
    protected.write(place.configuration({setting: value}))

    protected.plan(expect_error=rf"warehouse\.settings\.{setting}: the change would replace it")


@once_and_at_a_server
def test_a_replacement_on_request_is_refused(protected: Terraform, place: Warehouse) -> None:
    protected.write(place.configuration())

    protected.plan(f"-replace={ADDRESS}", expect_error=REFUSAL)


@once_and_at_a_server
def test_a_replacement_by_what_it_depends_on_is_refused(protected: Terraform, place: Warehouse) -> None:
    trigger = 'resource "terraform_data" "trigger" {}\n'
    lifecycle = "lifecycle {\n    replace_triggered_by = [terraform_data.trigger]\n  }"
    protected.write(place.configuration() + trigger)
    protected.apply()

    protected.write(place.configuration(extra=lifecycle) + trigger)

    protected.plan("-replace=terraform_data.trigger", expect_error=REFUSAL)


def test_one_that_is_tainted_is_not_dropped(protected: Terraform, place: Warehouse) -> None:
    protected.write(place.configuration(extra='plan_check = "off"'))
    protected.apply()
    before = place.record()

    protected.run("taint", ADDRESS)
    protected.apply(expect_error=REFUSAL)

    assert place.record() == before
    protected.run("untaint", ADDRESS)


def test_one_that_terraform_forgets_stays_as_it_is(terraform: Terraform, warehouse: Warehouse) -> None:
    terraform.write(warehouse.configuration())
    terraform.apply()
    before = warehouse.relations()

    forget = f"removed {{\n  from = {ADDRESS}\n  lifecycle {{\n    destroy = false\n  }}\n}}\n"
    terraform.write(without_the_block(warehouse.configuration()) + forget)
    terraform.apply(checks=[ExpectAbsent(ADDRESS)])

    assert warehouse.relations() == before
