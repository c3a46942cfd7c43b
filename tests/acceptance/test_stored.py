"""What an earlier version of the provider stored is read, kept, finished and removed by this one.

The files are in ``stored/``, see the README there. They stay as they are, whatever becomes of the code.
"""

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from tests.support.plugin import Told
from tests.support.stored import TIMES, Stored, read_record, run, write_record
from tests.support.warehouse import Warehouse, only_on
from tests.support.workspace_calls import WorkspaceCalls

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
    assert workspace.stored() == {**upgraded, "migration": []}  # that of the last change is done

    assert_nothing_is_planned(workspace, case)
    assert read_record(warehouse) == recorded(case)


@on_platforms(FINISHED)
def test_a_stored_record_is_read_as_it_was_written(
    case: Stored, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(warehouse.password_variable, warehouse.password)
    case.restore(warehouse)
    workspace = WorkspaceCalls(warehouse)

    assert workspace.import_(place(warehouse)) == []

    assert_read(workspace.stored(), case.record)


@on_platforms(FINISHED)
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


def after_each_step(case: Stored, *, last: bool = True) -> pytest.MarkDecorator:
    """Run a test with the number of steps that were done when the operation of a case broke off, from none on."""
    names = ["nothing", *(step.name for step in case.steps)]
    return pytest.mark.parametrize(
        "done",
        range(len(names) if last else len(names) - 1),
        ids=[f"{number:02} {name}" for number, name in enumerate(names)][: None if last else -1],
    )


breaks_off = only_on("Snowflake", "PostgreSQL changes a workspace whole or not at all")


@breaks_off
@after_each_step(CREATING)
def test_a_stored_creation_that_broke_off_is_started_anew(done: int, warehouse: Warehouse) -> None:
    run(warehouse, CREATING.steps[:done])
    if done:
        write_record(warehouse, CREATING.record)
    workspace = WorkspaceCalls(warehouse)

    assert create(workspace, CREATING) == []

    now = read_record(warehouse)
    assert now["id"] == workspace.state["id"] != CREATING.record["id"]
    assert now == {**recorded(CREATING), "id": now["id"], "owner": now["owner"], "state": "ready"}
    assert_nothing_is_planned(workspace, CREATING)
    assert workspace.stored()["objects"] == stored_state(CUSTOMERS, warehouse)["objects"]


@breaks_off
def test_a_stored_creation_that_broke_off_before_its_record_is_started_anew(warehouse: Warehouse) -> None:
    run(warehouse, CREATING.steps[:1])
    workspace = WorkspaceCalls(warehouse)

    assert create(workspace, CREATING) == []

    assert_nothing_is_planned(workspace, CREATING)


@breaks_off
@after_each_step(CHANGING)
def test_a_stored_change_that_broke_off_is_finished_with_its_data_kept(
    done: int, warehouse: Warehouse
) -> None:
    workspace = broken_off(CHANGING, done, warehouse)

    plan = workspace.plan(configured(workspace, CHANGING.configuration))
    assert plan.errors == []
    assert workspace.apply(plan) == []

    after = json.loads(CHANGING.record["pending"])["record"]
    now = read_record(warehouse)
    assert now == {**after, "owner": now["owner"], "pending": None}
    assert_nothing_is_planned(workspace, CHANGING)
    assert columns_and_objects(workspace.stored()) == columns_and_objects(stored_state(CHANGED, warehouse))
    kept = "customer_id, contact_email, name, nickname, age, score, spent, address_place_city, born, tier"
    for relation in ("krenalis_identities", "krenalis_profiles_0", "profiles"):
        assert warehouse.execute(f"SELECT {kept} FROM {relation}") == [
            (
                18446744073709551615,
                "anné@example.com",
                'Anné "A" O\'Neill',
                "anne",
                41,
                8000000,
                Decimal("12.30"),
                "Zürich",
                None,
                None,
            )
        ]


@breaks_off
@after_each_step(CHANGING)
def test_a_stored_change_that_broke_off_is_taken_for_done_but_for_the_record(
    done: int, warehouse: Warehouse
) -> None:
    workspace = broken_off(CHANGING, done, warehouse)

    after, read = json.loads(CHANGING.record["pending"])["record"], workspace.stored()

    assert "KRENALIS_WORKSPACE" not in read["objects"]
    assert read["profile_columns"] == stored_state(CHANGED, warehouse)["profile_columns"]
    assert_read(read, after)


@breaks_off
@after_each_step(REMOVING)
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
    CUSTOMERS.restore_objects(warehouse)
    write_record(warehouse, case.record)
    run(warehouse, case.steps[:done])
    workspace = WorkspaceCalls(warehouse)
    assert workspace.take(CUSTOMERS.attributes(warehouse), 0, CUSTOMERS.private(warehouse)) == []
    assert workspace.refresh() == []
    return workspace


def create(workspace: WorkspaceCalls, case: Stored) -> list[Told]:
    """Create the workspace of a case, and return the errors."""
    plan = workspace.plan(configured(workspace, case.configuration))
    return plan.errors or workspace.apply(plan)


def assert_nothing_is_planned(workspace: WorkspaceCalls, case: Stored) -> None:
    """Assert that a refresh and a plan of the case's configuration change nothing and say nothing."""
    assert workspace.refresh() == []
    plan = workspace.plan(configured(workspace, case.configuration))
    assert plan.told == []
    assert plan.state == workspace.state


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
    """The attributes in the state of a case."""
    attributes: dict[str, Any] = json.loads(case.attributes(warehouse), parse_float=Decimal)
    return attributes


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
