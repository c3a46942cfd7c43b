"""Every way in which Terraform lets a workspace go (spec terraform-behaviour, first table), while it is protected."""

import re
from collections.abc import Iterator

import pytest

from tests.support.postgresql import Database, Server
from tests.support.terraform import Terraform
from tests.support.terraform_checks import ExpectAbsent
from tests.support.terraform_process import Executable
from tests.support.workspaces import ADDRESS, configuration, record, relations

REFUSAL = r'Workspace "Customers" is protected.*set deletion_protection = false, apply'


@pytest.fixture(scope="module")
def place(terraform_executable: Executable, postgresql: Server) -> Iterator[Database]:
    """A database for each Terraform."""
    database = postgresql.database()
    yield database
    database.drop()


@pytest.fixture(scope="module")
def protected(
    terraform_executable: Executable, place: Database, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Terraform]:
    """A Terraform with a protected workspace, which no test may lose."""
    with Terraform(terraform_executable, tmp_path_factory.mktemp("protected")) as terraform:
        terraform.write(configuration(place.settings()))
        terraform.apply()
        yield terraform


def without_the_block(text: str) -> str:
    return re.sub(r'resource "krenalis_workspace".*\n}\n', "", text, flags=re.DOTALL)


def test_plan_destroy_is_refused(protected: Terraform, place: Database) -> None:
    protected.write(configuration(place.settings()))

    protected.plan("-destroy", expect_error=REFUSAL)


@pytest.mark.parametrize("options", [[], [f"-target={ADDRESS}"], ["-refresh=false"]])
def test_destroy_is_refused(protected: Terraform, place: Database, options: list[str]) -> None:
    protected.write(configuration(place.settings()))

    protected.destroy(*options, expect_error=REFUSAL)

    assert record(place)


@pytest.mark.parametrize(
    "text",
    ["", f"removed {{\n  from = {ADDRESS}\n  lifecycle {{\n    destroy = true\n  }}\n}}\n"],
    ids=["no block", "a removed block"],
)
def test_a_removed_resource_is_refused(protected: Terraform, place: Database, text: str) -> None:
    protected.write(without_the_block(configuration(place.settings())) + text)

    protected.plan(expect_error=REFUSAL)


def test_a_count_of_zero_is_refused(protected: Terraform, place: Database) -> None:
    protected.write(configuration(place.settings(), extra="count = 0"))

    protected.plan(expect_error=REFUSAL)


@pytest.mark.parametrize(("setting", "value"), [("schema", "elsewhere"), ("database", "elsewhere")])
def test_another_place_is_refused(protected: Terraform, place: Database, setting: str, value: str) -> None:
    protected.write(configuration({**place.settings(), setting: value}))

    protected.plan(expect_error=rf"warehouse\.settings\.{setting}: the change would replace it")


def test_a_replacement_on_request_is_refused(protected: Terraform, place: Database) -> None:
    protected.write(configuration(place.settings()))

    protected.plan(f"-replace={ADDRESS}", expect_error=REFUSAL)


def test_a_replacement_by_what_it_depends_on_is_refused(protected: Terraform, place: Database) -> None:
    trigger = 'resource "terraform_data" "trigger" {}\n'
    lifecycle = "lifecycle {\n    replace_triggered_by = [terraform_data.trigger]\n  }"
    protected.write(configuration(place.settings()) + trigger)
    protected.apply()

    protected.write(configuration(place.settings(), extra=lifecycle) + trigger)

    protected.plan("-replace=terraform_data.trigger", expect_error=REFUSAL)


def test_one_that_is_tainted_is_not_dropped(protected: Terraform, place: Database) -> None:
    protected.write(configuration(place.settings(), extra='plan_check = "off"'))
    protected.apply()
    before = record(place)

    protected.run("taint", ADDRESS)
    protected.apply(expect_error=REFUSAL)

    assert record(place) == before
    protected.run("untaint", ADDRESS)


def test_one_that_terraform_forgets_stays_as_it_is(terraform: Terraform, database: Database) -> None:
    terraform.write(configuration(database.settings()))
    terraform.apply()
    before = relations(database)

    forget = f"removed {{\n  from = {ADDRESS}\n  lifecycle {{\n    destroy = false\n  }}\n}}\n"
    terraform.write(without_the_block(configuration(database.settings())) + forget)
    terraform.apply(checks=[ExpectAbsent(ADDRESS)])

    assert relations(database) == before
