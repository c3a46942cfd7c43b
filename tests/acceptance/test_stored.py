"""What an earlier version of the provider stored is read, kept, finished and removed by this one.

The files are in ``stored/``, see the README there. They stay as they are, whatever becomes of the code.
"""

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from tests.support.stored import TIMES, Stored, read_record
from tests.support.warehouse import Warehouse
from tests.support.workspace_calls import WorkspaceCalls

POSTGRESQL = ("customers", "changed", "defaults", "imported", "not_refreshed")
FINISHED = [("PostgreSQL", Stored.case(f"postgresql/{name}")) for name in POSTGRESQL]


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
    attributes = case.attributes(warehouse)

    assert workspace.take(attributes, 0, case.private(warehouse)) == []

    upgraded = json.loads(attributes, parse_float=Decimal)
    assert workspace.stored() == upgraded
    assert workspace.refresh() == []
    assert workspace.stored() == {**upgraded, "migration": []}  # that of the last change is done

    plan = workspace.plan(configured(workspace, case.configuration))

    assert plan.told == []
    assert plan.state == workspace.state
    assert read_record(warehouse) == recorded(case)


@on_platforms(FINISHED)
def test_a_stored_record_is_read_as_it_was_written(
    case: Stored, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(warehouse.password_variable, warehouse.password)
    case.restore(warehouse)
    workspace = WorkspaceCalls(warehouse)

    assert workspace.import_(place(warehouse)) == []

    record, read = case.record, workspace.stored()
    for name in ("id", "name", "resolve_identities_on_batch_import"):
        assert read[name] == record[name]
    for name in ("identifiers", "primary_sources"):
        assert read[name] == json.loads(record[name])
    preferences = json.loads(record["ui_preferences"])
    # a state says nothing where there are none
    assert read["ui_preferences"] == (preferences if any(preferences["user_profile"].values()) else None)
    assert read["profile_schema"]["value"] == json.loads(record["profile_schema"], parse_float=Decimal)
    assert read["warehouse"]["mode"] == record["mode"]


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
