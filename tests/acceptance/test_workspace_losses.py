"""What a plan says that it loses: with the rows counted, where a reviewer cannot miss them."""

from typing import Any

import pytest

from krenalis_provider.model.observed import ColumnCounts, Counts, RowCount
from krenalis_provider.model.property_path import PropertyPath
from krenalis_provider.resources.workspace.losses import _filled, _listed
from krenalis_provider.workspaces.interface import Loss
from tests.support.terraform import Terraform
from tests.support.terraform_process import Diagnostic
from tests.support.warehouse import Warehouse, only_on
from tests.support.workspace_calls import WorkspaceCalls

UNPROTECTED = "deletion_protection = false"


@pytest.fixture
def unprotected(any_terraform: Terraform, warehouse: Warehouse) -> Terraform:
    """A Terraform that has made the example's workspace, which may go, with 1,204 profiles and one identity."""
    any_terraform.write(warehouse.configuration(extra=UNPROTECTED))
    any_terraform.apply()
    warehouse.add_profiles(*[{}] * 1204)
    warehouse.add_identities({})
    return any_terraform


def warnings(terraform: Terraform, *arguments: str) -> dict[str, Diagnostic]:
    """What a plan warns of, by summary."""
    found = terraform.plan(*arguments, json=True).diagnostics
    return {diagnostic.summary: diagnostic for diagnostic in found if diagnostic.severity == "warning"}


def test_a_destruction_and_a_replacement_tell_what_goes(unprotected: Terraform, warehouse: Warehouse) -> None:
    destroyed = 'Workspace "Customers" will be destroyed with 1,204 profiles, 1 identity and 0 events'
    assert destroyed in warnings(unprotected, "-destroy")

    warehouse.make_schema("new")
    unprotected.write(warehouse.configuration({"schema": "new"}, extra=UNPROTECTED))
    replaced = 'Workspace "Customers" will be replaced and loses 1,204 profiles, 1 identity and 0 events'
    assert replaced in warnings(unprotected)


def test_nothing_is_counted_where_a_plan_is_not_to_look(unprotected: Terraform, warehouse: Warehouse) -> None:
    unprotected.environment["KRENALIS_PLAN_CHECK"] = "off"

    assert 'Workspace "Customers" will be destroyed' in warnings(unprotected, "-destroy")


def test_a_destruction_that_cannot_look_says_so_and_goes_on(
    unprotected: Terraform, warehouse: Warehouse
) -> None:
    with warehouse.closed() as summary:
        told = warnings(unprotected, "-destroy", "-refresh=false")

    assert f'{summary} (workspace "Customers")' in told
    assert 'Workspace "Customers" will be destroyed' in told


@only_on("PostgreSQL", "Snowflake lets a view outlive what it selects from")
def test_a_destruction_that_would_fail_is_refused_by_the_plan(
    unprotected: Terraform, warehouse: Warehouse
) -> None:
    warehouse.execute("CREATE VIEW report AS SELECT * FROM profiles")

    unprotected.plan(
        "-destroy",
        expect_error=r"Other objects depend on the warehouse.*view cdp\.report depends on.*removed block with",
    )


@pytest.mark.parametrize(
    ("profiles", "values", "told"),
    [
        (RowCount(1204), {"email": 1180}, ": 1,180 of 1,204 profiles have a value"),
        (RowCount(1204), {"email": 1}, ": 1 of 1,204 profiles has a value"),
        (RowCount(1), {"email": 0}, ": 0 of 1 profile have a value"),
        (RowCount(1_200_000, exact=False), {}, " of about 1,200,000 profiles"),
        (RowCount(3), {}, " of 3 profiles"),
        (None, {}, ""),
    ],
)
def test_a_column_s_values_are_told_as_far_as_they_are_known(
    profiles: RowCount | None, values: dict[str, int], told: str
) -> None:
    loss = Loss(PropertyPath.parse("email"), "email", None)
    assert _filled(loss, ColumnCounts(profiles, values)) == told


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        (
            Counts(RowCount(1204), RowCount(3310, exact=False), RowCount(1)),
            "1,204 profiles, about 3,310 identities and 1 event",
        ),
        (Counts(None, RowCount(1), None), "1 identity"),
        (Counts(None, None, None), ""),
    ],
)
def test_rows_are_listed_as_far_as_they_are_known(counts: Counts, told: str) -> None:
    assert _listed(counts) == told


SMALL: dict[str, Any] = {
    "kind": "object",
    "properties": [{"name": "email", "type": {"kind": "string"}, "readOptional": True}],
}
WITH_TIER = {
    **SMALL,
    "properties": [*SMALL["properties"], {"name": "tier", "type": {"kind": "string"}, "readOptional": True}],
}


def test_a_dropped_column_names_what_of_others_goes_along_and_else_nothing(warehouse: Warehouse) -> None:
    calls = WorkspaceCalls(warehouse)
    calls.apply(calls.plan(calls.config(WITH_TIER)))
    has_indexes = warehouse.platform == "PostgreSQL"
    if has_indexes:
        warehouse.execute("CREATE INDEX by_tier ON krenalis_identities (email) WHERE tier <> ''")

    plan = calls.plan(calls.config(SMALL, drop_columns=["tier"]))

    assert plan.errors == []
    loss = f'Workspace "Customers" loses column "{warehouse.name("tier")}": 0 of 0 profiles have a value'
    along = 'Objects go with columns (workspace "Customers")'
    assert sorted(told.summary for told in plan.told) == sorted([loss, *([along] if has_indexes else [])])
    assert not has_indexes or any("by_tier" in told.detail for told in plan.told)
    assert not [told for told in calls.apply(plan) if told.severity == "error"]
