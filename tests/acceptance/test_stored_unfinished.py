"""What an earlier version left unfinished on Snowflake, at whichever step it broke off, is finished by this one."""

import json
from collections.abc import Collection
from decimal import Decimal
from typing import Any

import pytest

from tests.support.plugin import Told
from tests.support.stored import Stored, cases, execute, read_kept, writing
from tests.support.stored_life import assert_nothing_is_planned, assert_read, configured, stored_state
from tests.support.warehouse import Warehouse
from tests.support.workspace_calls import WorkspaceCalls

KEPT = {
    "customer_id": 18446744073709551615,
    "contact_email": "anné@example.com",
    "name": 'Anné "A" O\'Neill',
    "nickname": "anne",
    "age": 41,
    "score": 8000000,
    "spent": Decimal("12.30"),
    "address_place_city": "Zürich",
    "born": None,
    "tier": None,
}
"""What the change leaves of the one profile that there was."""


def after_each_step(
    name: str, *, first: int = 0, last: int | None = None, only: Collection[int] | None = None
) -> pytest.MarkDecorator:
    """Run a test with each number of steps that may have been done when the operation of a case broke off, in each version."""
    given, ids = [], []
    for case in (each for each in cases() if each.is_unfinished and each.folder.name == name):
        names = ["nothing", *(step.name for step in case.steps)]
        for done in [*range(len(names))][first:last]:
            if only is None or done in only:
                given.append(("Snowflake", case, done))
                ids.append(f"{case.version} {done:02} {names[done]}")
    return pytest.mark.parametrize(("warehouses", "case", "done"), given, ids=ids, indirect=["warehouses"])


@pytest.mark.slow
@after_each_step("creating", first=1)
def test_a_stored_creation_that_broke_off_is_started_anew(
    case: Stored, done: int, warehouse: Warehouse
) -> None:
    first, *others = [step.statement for step in case.steps[:done]]
    execute(warehouse, [first, writing(case.record, warehouse), *others])
    workspace = WorkspaceCalls(warehouse)

    assert create(workspace, case, warehouse) == []

    now = read_kept(warehouse)
    assert now["id"] == workspace.state["id"] != case.record["id"]
    assert now == {**case.kept, "id": now["id"], "owner": now["owner"], "state": "ready"}
    assert_nothing_is_planned(workspace, case, warehouse)
    assert workspace.stored()["objects"] == stored_state(case.beside("customers"), warehouse)["objects"]


@after_each_step("creating", only=[1])
def test_a_stored_creation_that_broke_off_before_its_record_is_started_anew(
    case: Stored, done: int, warehouse: Warehouse
) -> None:
    execute(warehouse, [step.statement for step in case.steps[:done]])
    workspace = WorkspaceCalls(warehouse)

    assert create(workspace, case, warehouse) == []

    assert_nothing_is_planned(workspace, case, warehouse)


@pytest.mark.slow
@after_each_step("changing")
def test_a_stored_change_that_broke_off_is_read_as_done_and_finished_with_its_data_kept(
    case: Stored, done: int, warehouse: Warehouse
) -> None:
    workspace = broken_off(case, done, warehouse)

    after, read = json.loads(case.record["pending"])["record"], workspace.stored()
    whole = stored_state(case.beside("changed"), warehouse)
    assert_read(read, after)
    assert read["profile_columns"] == whole["profile_columns"]
    assert "KRENALIS_WORKSPACE" not in read["objects"]  # by which the plan sees that something is left

    plan = workspace.plan(configured(workspace, case, warehouse))
    assert plan.errors == []
    assert workspace.apply(plan) == []

    now = read_kept(warehouse)
    assert now == {**after, "owner": now["owner"], "pending": None}
    assert_nothing_is_planned(workspace, case, warehouse)
    assert columns_and_objects(workspace.stored()) == columns_and_objects(whole)
    assert data_of(warehouse) == [KEPT] * 3


@pytest.mark.slow
@after_each_step("removing", last=-1)  # of all of them nothing is left
def test_a_stored_removal_that_broke_off_is_completed(case: Stored, done: int, warehouse: Warehouse) -> None:
    workspace = broken_off(case, done, warehouse)

    if workspace.state is not None:
        plan = workspace.plan(None)
        assert plan.errors == []
        assert workspace.apply(plan) == []

    assert warehouse.content() == set()


@after_each_step("removing", only=[0, 5])
def test_a_stored_removal_that_broke_off_makes_room_for_a_workspace(
    case: Stored, done: int, warehouse: Warehouse
) -> None:
    broken_off(case, done, warehouse)
    workspace, creating = WorkspaceCalls(warehouse), case.beside("creating")

    assert create(workspace, creating, warehouse) == []

    assert_nothing_is_planned(workspace, creating, warehouse)


def broken_off(case: Stored, done: int, warehouse: Warehouse) -> WorkspaceCalls:
    """The workspace that was there before, refreshed after what a case says was done to it."""
    before = case.before
    before.restore(warehouse, case.record, case.steps[:done])
    workspace = WorkspaceCalls(warehouse)
    assert workspace.take(before.attributes(warehouse), 0, before.private(warehouse)) == []
    assert workspace.refresh() == []
    return workspace


def create(workspace: WorkspaceCalls, case: Stored, warehouse: Warehouse) -> list[Told]:
    """Create the workspace of a case, and return the errors."""
    plan = workspace.plan(configured(workspace, case, warehouse))
    return plan.errors or workspace.apply(plan)


def data_of(warehouse: Warehouse) -> list[Any]:
    """The rows of the tables and of the view with profile columns, after the change."""
    query = f"SELECT {', '.join(KEPT)} FROM "
    relations = ("krenalis_identities", "krenalis_profiles_0", "profiles")
    rows = warehouse.execute(" UNION ALL ".join(query + relation for relation in relations))
    return [dict(zip(KEPT, row, strict=True)) for row in rows]


def columns_and_objects(state: dict[str, Any]) -> tuple[Any, Any]:
    """What a state says of the warehouse."""
    return state["profile_columns"], state["objects"]
