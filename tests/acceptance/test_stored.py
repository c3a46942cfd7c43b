"""What an earlier version of the provider stored is read, kept, finished and removed by this one.

The files are in ``stored/``, see the README there. They stay as they are, whatever becomes of the code.
"""

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from tests.support.plugin import Told
from tests.support.stored import TIMES, Stored, execute, read_record, writing
from tests.support.warehouse import Warehouse, only_on
from tests.support.workspace_calls import Plan, WorkspaceCalls

POSTGRESQL = ("customers", "changed", "defaults", "imported", "not_refreshed")
SNOWFLAKE = ("customers", "changed", "imported", "not_refreshed")
FINISHED = [
    *(("PostgreSQL", Stored.case(f"postgresql/{name}")) for name in POSTGRESQL),
    *(("Snowflake", Stored.case(f"snowflake/{name}")) for name in SNOWFLAKE),
]

CUSTOMERS = Stored.case("snowflake/customers")
CHANGED = Stored.case("snowflake/changed")
CREATING = Stored.case("snowflake/creating")
CHANGING = Stored.case("snowflake/changing")
REMOVING = Stored.case("snowflake/removing")

LATER = {"rehearse": None, "losses": None, "on_destroy": "drop"}
"""The attributes that the resource did not have when the states were stored, and what that meant."""
LATER_SETTINGS = ("password_wo", "password_wo_version")

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
"""What the change leaves of the one profile in `CUSTOMERS`."""


def on_platforms(cases: Sequence[tuple[str, Stored]]) -> pytest.MarkDecorator:
    """Run a test with each case, in a warehouse of its platform."""
    return pytest.mark.parametrize(
        ("warehouses", "case"),
        cases,
        ids=[f"{platform} {case.folder.name}" for platform, case in cases],
        indirect=["warehouses"],
    )


@on_platforms(FINISHED)
def test_a_stored_state_is_upgraded_and_kept_and_nothing_is_planned(
    case: Stored, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(warehouse.password_variable, warehouse.password)
    case.restore(warehouse)
    workspace = WorkspaceCalls(warehouse)

    assert workspace.take(case.attributes(warehouse), 0, case.private(warehouse)) == []

    upgraded = stored_state(case, warehouse)
    assert workspace.stored() == upgraded
    assert workspace.refresh() == []
    assert workspace.stored() == {
        **upgraded,
        "migration": [],
        "losses": [],
    }  # that of the last change is done

    plan = assert_nothing_is_planned(workspace, case)
    private = json.loads(case.private(warehouse))
    private.pop("not_refreshed", None)
    assert json.loads(plan.private) == private
    assert read_record(warehouse) == recorded(case)


@on_platforms([case for case in FINISHED if case[1].folder.name == "not_refreshed"])
def test_a_stored_reason_why_a_refresh_failed_lets_the_plan_look_at_the_warehouse(
    case: Stored, warehouse: Warehouse
) -> None:
    workspace = WorkspaceCalls(warehouse)
    attributes, private = case.attributes(warehouse), json.loads(case.private(warehouse))

    assert workspace.take(attributes, 0, json.dumps(private).encode()) == []
    (found,) = workspace.plan(configured(workspace, case.configuration)).told
    assert found.summary == 'Warehouse differs from the state (workspace "Customers")'

    del private["not_refreshed"]
    assert workspace.take(attributes, 0, json.dumps(private).encode()) == []
    assert workspace.plan(configured(workspace, case.configuration)).told == []


@on_platforms([case for case in FINISHED if case[1].folder.name == "not_refreshed"])
def test_stored_private_data_alone_protect_a_workspace(case: Stored, warehouse: Warehouse) -> None:
    workspace = WorkspaceCalls(warehouse)
    workspace.take(case.attributes(warehouse), 0, case.private(warehouse))
    workspace.state = None  # as in the second half of the plan of a replacement

    unprotected = {**case.configuration, "deletion_protection": False}
    (refusal,) = workspace.plan(configured(workspace, unprotected)).errors

    assert refusal.summary == 'Workspace "Customers" is protected'
    assert case.record["id"] in refusal.detail


@on_platforms([("Snowflake", Stored.case("snowflake/customers"))])
def test_stored_private_data_tell_the_replaced_workspace_by_the_former_spelling_of_its_account(
    case: Stored, warehouse: Warehouse
) -> None:
    """Before identifiers were known to have regions, their dots were stored as hyphens."""
    case.restore(warehouse)
    account = "double12345.eu-central-1"
    workspace = WorkspaceCalls(warehouse)
    private = {**json.loads(case.private(warehouse)), "protected": False}
    replacing = configured(workspace, {**case.configuration, "deletion_protection": False})
    replacing["warehouse"]["settings"]["account"] = account

    def half(place: str) -> list[str]:
        workspace.take(case.attributes(warehouse), 0, json.dumps({**private, "place": place}).encode())
        workspace.state = None  # the second half of the plan of a replacement on request
        return [told.summary for told in workspace.plan(replacing).errors]

    known, strange = (
        private["place"].replace("organization-double", server)
        for server in ("double12345-eu-central-1", "double12345-eu-central-2")
    )
    assert half(known) == []
    (error,) = half(strange)
    assert error.startswith("Warehouse already holds a workspace")


@on_platforms(FINISHED)
def test_a_stored_record_is_read_as_it_was_written(
    case: Stored, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(warehouse.password_variable, warehouse.password)
    case.restore(warehouse)
    workspace = WorkspaceCalls(warehouse)

    assert workspace.import_(place(warehouse)) == []

    assert_read(workspace.stored(), case.record)


@on_platforms([case for case in FINISHED if case[1].folder.name in {"customers", "changed"}])
def test_a_change_of_the_name_keeps_the_rest_of_a_stored_record_to_the_letter(
    case: Stored, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(warehouse.password_variable, warehouse.password)
    case.restore(warehouse)
    workspace = WorkspaceCalls(warehouse)
    workspace.take(case.attributes(warehouse), 0, case.private(warehouse))
    workspace.refresh()

    plan = workspace.plan(configured(workspace, {**case.configuration, "name": "Renamed"}))

    assert plan.told == workspace.apply(plan) == []
    now = read_record(warehouse)
    assert now == {**recorded(case), "name": "Renamed", "owner": now["owner"]}


def after_each_step(case: Stored, *, first: int = 0, last: int | None = None) -> pytest.MarkDecorator:
    """Run a test with each number of steps that may have been done when the operation of a case broke off."""
    names = [f"{number:02} {step.name}" for number, step in enumerate(case.steps, 1)]
    numbers = range(first, len(names) + 1)[:last]
    return pytest.mark.parametrize("done", numbers, ids=["00 nothing", *names][first:][:last])


breaks_off = only_on("Snowflake", "PostgreSQL changes a workspace whole or not at all")


@breaks_off
@pytest.mark.slow
@after_each_step(CREATING, first=1)
def test_a_stored_creation_that_broke_off_is_started_anew(done: int, warehouse: Warehouse) -> None:
    first, *others = [step.statement for step in CREATING.steps[:done]]
    execute(warehouse, [first, writing(CREATING.record, warehouse), *others])
    workspace = WorkspaceCalls(warehouse)

    assert create(workspace, CREATING) == []

    now = read_record(warehouse)
    assert now["id"] == workspace.state["id"] != CREATING.record["id"]
    assert now == {**recorded(CREATING), "id": now["id"], "owner": now["owner"], "state": "ready"}
    assert_nothing_is_planned(workspace, CREATING)
    assert workspace.stored()["objects"] == stored_state(CUSTOMERS, warehouse)["objects"]


@breaks_off
def test_a_stored_creation_that_broke_off_before_its_record_is_started_anew(warehouse: Warehouse) -> None:
    execute(warehouse, [CREATING.steps[0].statement])
    workspace = WorkspaceCalls(warehouse)

    assert create(workspace, CREATING) == []

    assert_nothing_is_planned(workspace, CREATING)


@breaks_off
@pytest.mark.slow
@after_each_step(CHANGING)
def test_a_stored_change_that_broke_off_is_read_as_done_and_finished_with_its_data_kept(
    done: int, warehouse: Warehouse
) -> None:
    workspace = broken_off(CHANGING, done, warehouse)

    after, read = json.loads(CHANGING.record["pending"])["record"], workspace.stored()
    whole = stored_state(CHANGED, warehouse)
    assert_read(read, after)
    assert read["profile_columns"] == whole["profile_columns"]
    assert "KRENALIS_WORKSPACE" not in read["objects"]  # by which the plan sees that something is left

    plan = workspace.plan(configured(workspace, CHANGING.configuration))
    assert plan.errors == []
    assert workspace.apply(plan) == []

    now = read_record(warehouse)
    assert now == {**after, "owner": now["owner"], "pending": None}
    assert_nothing_is_planned(workspace, CHANGING)
    assert columns_and_objects(workspace.stored()) == columns_and_objects(whole)
    assert data_of(warehouse) == [KEPT] * 3


@breaks_off
@pytest.mark.slow
@after_each_step(REMOVING, last=-1)  # of all of them nothing is left
def test_a_stored_removal_that_broke_off_is_completed(done: int, warehouse: Warehouse) -> None:
    workspace = broken_off(REMOVING, done, warehouse)

    if workspace.state is not None:
        plan = workspace.plan(None)
        assert plan.errors == []
        assert workspace.apply(plan) == []

    assert warehouse.content() == set()


@breaks_off
@pytest.mark.parametrize("done", [0, 5])
def test_a_stored_removal_that_broke_off_makes_room_for_a_workspace(done: int, warehouse: Warehouse) -> None:
    broken_off(REMOVING, done, warehouse)
    workspace = WorkspaceCalls(warehouse)

    assert create(workspace, CREATING) == []

    assert_nothing_is_planned(workspace, CREATING)


def broken_off(case: Stored, done: int, warehouse: Warehouse) -> WorkspaceCalls:
    """The workspace `CUSTOMERS`, refreshed after what a case says was done to it."""
    CUSTOMERS.restore(warehouse, case.record, case.steps[:done])
    workspace = WorkspaceCalls(warehouse)
    assert workspace.take(CUSTOMERS.attributes(warehouse), 0, CUSTOMERS.private(warehouse)) == []
    assert workspace.refresh() == []
    return workspace


def create(workspace: WorkspaceCalls, case: Stored) -> list[Told]:
    """Create the workspace of a case, and return the errors."""
    plan = workspace.plan(configured(workspace, case.configuration))
    return plan.errors or workspace.apply(plan)


def assert_nothing_is_planned(workspace: WorkspaceCalls, case: Stored) -> Plan:
    """Assert that a refresh and a plan of the case's configuration change nothing and say nothing; return the plan."""
    assert workspace.refresh() == []
    plan = workspace.plan(configured(workspace, case.configuration))
    assert plan.told == []
    assert plan.state == workspace.state
    return plan


def assert_read(read: dict[str, Any], record: dict[str, Any]) -> None:
    """Assert that a state says what a record holds."""
    for name in ("id", "name", "resolve_identities_on_batch_import"):
        assert read[name] == record[name]
    for name in ("identifiers", "primary_sources"):
        assert read[name] == json.loads(record[name])
    preferences = json.loads(record["ui_preferences"])
    # a state says nothing where there are none
    assert read["ui_preferences"] == (preferences if any(preferences["user_profile"].values()) else None)
    assert read["profile_schema"]["value"] == json.loads(record["profile_schema"], parse_float=Decimal)
    assert read["warehouse"]["mode"] == record["mode"]


def stored_state(case: Stored, warehouse: Warehouse) -> dict[str, Any]:
    """The attributes in the state of a case, and those that came later."""
    attributes: dict[str, Any] = json.loads(case.attributes(warehouse), parse_float=Decimal)
    attributes["warehouse"]["settings"] |= dict.fromkeys(LATER_SETTINGS)
    return {**LATER, **attributes}


def data_of(warehouse: Warehouse) -> list[Any]:
    """The rows of the tables and of the view with profile columns, after the change."""
    query = f"SELECT {', '.join(KEPT)} FROM "
    relations = ("krenalis_identities", "krenalis_profiles_0", "profiles")
    rows = warehouse.execute(" UNION ALL ".join(query + relation for relation in relations))
    return [dict(zip(KEPT, row, strict=True)) for row in rows]


def columns_and_objects(state: dict[str, Any]) -> tuple[Any, Any]:
    """What a state says of the warehouse."""
    return state["profile_columns"], state["objects"]


def configured(workspace: WorkspaceCalls, configuration: dict[str, Any]) -> dict[str, Any]:
    """The configuration of a case for the warehouse of the test."""
    said = dict(configuration)
    config = workspace.config(said.pop("profile_schema"))
    without, mode = said.pop("without", []), said.pop("mode", None)
    settings = {**config["warehouse"]["settings"], **dict.fromkeys(without)}
    preferences = {"image": None, "first_name": None, "last_name": None, "extra": None}
    if "ui_preferences" in said:
        profile = said.pop("ui_preferences")["user_profile"]
        said["ui_preferences"] = {"user_profile": {**preferences, **profile}}
    return {
        **config,
        "deletion_protection": None,
        "warehouse": {**config["warehouse"], "mode": mode, "settings": settings},
        **said,
    }


def recorded(case: Stored) -> dict[str, Any]:
    """The record of a case without the times."""
    return {name: value for name, value in case.record.items() if name not in TIMES}


def place(warehouse: Warehouse) -> str:
    """The id by which a workspace is imported."""
    form = {
        "PostgreSQL": "postgresql://{username}@{host}:{port}/{database}/{schema}",
        "Snowflake": "snowflake://{username}@{account}/{database}/{schema}/{role}/{warehouse}",
    }
    return form[warehouse.platform].format(**warehouse.settings())
