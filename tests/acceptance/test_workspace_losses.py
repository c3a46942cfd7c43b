"""What a plan says that it loses: with the rows counted, where a reviewer cannot miss them."""

from typing import Any

import pytest

from krenalis_provider.model.observed import ColumnCounts, Counts, Filled, RowCount
from krenalis_provider.model.unknown import UNKNOWN
from krenalis_provider.resources.workspace import loss_sentences
from tests.support.terraform import Terraform
from tests.support.terraform_process import Diagnostic
from tests.support.warehouse import Warehouse, only_on
from tests.support.workspace_calls import WorkspaceCalls
from tests.support.workspaces import profile_schema

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

    warehouse.make_place("new")
    unprotected.write(warehouse.configuration(warehouse.place("new"), extra=UNPROTECTED))
    replaced = 'Workspace "Customers" will be replaced and loses 1,204 profiles, 1 identity and 0 events'
    assert replaced in warnings(unprotected)


def test_nothing_is_counted_where_a_plan_is_not_to_look(unprotected: Terraform, warehouse: Warehouse) -> None:
    unprotected.environment["KRENALIS_PLAN_CHECK"] = "off"

    assert 'Workspace "Customers" will be destroyed' in warnings(unprotected, "-destroy")


def test_a_destruction_that_cannot_look_says_so_and_goes_on(
    unprotected: Terraform, warehouse: Warehouse
) -> None:
    unprotected.environment["KRENALIS_PLAN_CHECK_TIMEOUT"] = "3s"

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
        expect_error=r"Other objects depend on the warehouse.*view cdp\.report depends on.*removed \{.*destroy = false",
    )


class TestRowLevelSecurity:
    """Rows that are hidden from the role are not taken for rows that are not there."""

    @pytest.fixture
    def workspace(self, warehouse: Warehouse) -> WorkspaceCalls:
        """The example's workspace with ten profiles, which a policy hides from its owner."""
        calls = WorkspaceCalls(warehouse)
        assert calls.apply(calls.plan(calls.config(profile_schema()))) == []
        warehouse.add_profiles(*[{"email": f"{nth}@example.com"} for nth in range(10)])
        warehouse.execute(
            "ALTER TABLE krenalis_profiles_0 ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
            "CREATE POLICY one ON krenalis_profiles_0 USING (_identities IS NOT NULL)",
            "ANALYZE krenalis_profiles_0",
        )
        return calls

    @only_on("PostgreSQL", "what hides rows differs")
    def test_a_loss_says_that_the_values_are_not_counted(
        self, workspace: WorkspaceCalls, warehouse: Warehouse
    ) -> None:
        document = profile_schema()
        document["properties"] = [prop for prop in document["properties"] if prop["name"] != "email"]

        plan = workspace.plan(workspace.config(document, drop_columns=["email"]))

        (told,) = plan.told
        assert told.summary == 'Workspace "Customers" loses column "email" of about 10 profiles'
        assert "Not all rows could be counted: " in told.detail
        assert 'security policy for table "krenalis_profiles_0"' in told.detail

    @only_on("PostgreSQL", "what hides rows differs")
    def test_a_destruction_says_that_the_rows_are_not_counted(
        self, workspace: WorkspaceCalls, warehouse: Warehouse
    ) -> None:
        *_, told = workspace.plan(None).told
        assert told.summary == (
            'Workspace "Customers" will be destroyed with about 10 profiles, 0 identities and 0 events'
        )
        assert "BYPASSRLS" in told.detail

        warehouse.execute("TRUNCATE krenalis_profiles_0", "ANALYZE krenalis_profiles_0")
        *_, told = workspace.plan(None).told
        assert "with an unknown number of profiles, 0 identities" in told.summary

    @only_on("PostgreSQL", "what hides rows differs")
    def test_a_hidden_record_is_not_taken_for_a_missing_one(
        self, workspace: WorkspaceCalls, warehouse: Warehouse
    ) -> None:
        warehouse.execute(
            "ALTER TABLE krenalis_workspace ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY"
        )
        before = workspace.state

        (told,) = workspace.refresh()
        assert told.summary == 'Workspace "Customers" could not be refreshed'
        assert "BYPASSRLS" in told.detail
        assert workspace.state == before

        for config in (workspace.config(profile_schema(), name="Clients"), None):
            plan = workspace.plan(config)
            assert [error.summary for error in plan.errors] == [
                'Rows are hidden from the role (workspace "Customers")'
            ]


NONE = Filled(RowCount(0), {"email": 0})
MANY = Filled(RowCount(1204), {"email": 1180})


@pytest.mark.parametrize(
    ("profiles", "identities", "told"),
    [
        (MANY, NONE, ": 1,180 of 1,204 profiles have a value"),
        (Filled(RowCount(1204), {"email": 1}), NONE, ": 1 of 1,204 profiles has a value"),
        (Filled(RowCount(1), {"email": 0}), NONE, ": 0 of 1 profile have a value"),
        (Filled(RowCount(1_200_000, exact=False)), NONE, " of about 1,200,000 profiles"),
        (Filled(RowCount(3)), NONE, " of 3 profiles"),
        (Filled(UNKNOWN), NONE, " of an unknown number of profiles"),
        (Filled(None), Filled(None), ""),
        (NONE, Filled(RowCount(9), {"email": 0}), ": 0 of 0 profiles have a value"),
        # identities that are no profiles yet
        (
            NONE,
            Filled(RowCount(10), {"email": 1}),
            ": 0 of 0 profiles and 1 of 10 identities have a value",
        ),
        (Filled(None), Filled(RowCount(10), {"email": 1}), ": 1 of 10 identities has a value"),
        (
            MANY,
            Filled(UNKNOWN),
            ": 1,180 of 1,204 profiles have a value, and of an unknown number of identities it is not known",
        ),
        (
            Filled(RowCount(9, exact=False)),
            Filled(UNKNOWN),
            " of about 9 profiles and an unknown number of identities",
        ),
    ],
)
def test_a_column_s_values_are_told_as_far_as_they_are_known(
    profiles: Filled, identities: Filled, told: str
) -> None:
    counts = ColumnCounts(profiles, identities)
    for becomes, what in ((None, "column"), ("date", "the data of column")):
        summary = loss_sentences.column("Customers", "email", counts, becomes=becomes)
        assert summary == f'Workspace "Customers" loses {what} "email"{told}'


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        (
            Counts(RowCount(1204), RowCount(3310, exact=False), RowCount(1)),
            "1,204 profiles, about 3,310 identities and 1 event",
        ),
        (Counts(None, RowCount(1), None), "1 identity"),
        (
            Counts(RowCount(3), UNKNOWN, RowCount(0)),
            "3 profiles, an unknown number of identities and 0 events",
        ),
        (Counts(None, None, None), ""),
    ],
)
def test_rows_are_listed_as_far_as_they_are_known(counts: Counts, told: str) -> None:
    summary = loss_sentences.destroyed("Customers", counts)
    assert summary == f'Workspace "Customers" will be destroyed{f" with {told}" if told else ""}'


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
