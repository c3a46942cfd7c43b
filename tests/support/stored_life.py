"""A stored case in the hands of the provider: its configuration, its state, and what both say of it."""

import json
from decimal import Decimal
from typing import Any

import pytest

from tests.support.stored import Stored
from tests.support.stored import cases as all_cases
from tests.support.warehouse import AT_SERVER, Warehouse
from tests.support.workspace_calls import Plan, WorkspaceCalls

LATER = {"rehearse": None, "losses": None, "on_destroy": "drop"}
"""The attributes that the resource did not have when the oldest states were stored, and what that meant."""
LATER_SETTINGS = ("password_wo", "password_wo_version")

_USER_PROFILE = ("image", "first_name", "last_name", "extra")
_TIMEOUTS = ("create", "read", "update", "delete")
_WAREHOUSES = {"postgresql": "PostgreSQL", "snowflake": "Snowflake", "server": AT_SERVER}


def each(
    *names: str, places: tuple[str, ...] = (*_WAREHOUSES,), unfinished: bool = False
) -> pytest.MarkDecorator:
    """Run a test with each case of every version, or those of some names and places, in a warehouse of its kind."""
    chosen = [
        case
        for case in all_cases()
        if case.is_unfinished is unfinished
        and case.place in places
        and (not names or case.folder.name in names)
    ]
    assert chosen
    return pytest.mark.parametrize(
        ("warehouses", "case"),
        [(_WAREHOUSES[case.place], case) for case in chosen],
        ids=[f"{case.version} {case.place} {case.folder.name}" for case in chosen],
        indirect=["warehouses"],
    )


def taken(case: Stored, warehouse: Warehouse) -> WorkspaceCalls:
    """The workspace of a case, in its warehouse, and in a state as it was stored."""
    case.restore(warehouse)
    workspace = WorkspaceCalls(warehouse)
    assert workspace.take(case.attributes(warehouse), 0, case.private(warehouse)) == []
    return workspace


def assert_nothing_is_planned(
    workspace: WorkspaceCalls, case: Stored, warehouse: Warehouse, **changes: Any
) -> Plan:
    """Assert that a refresh and a plan of the case's configuration change nothing and say nothing; return the plan."""
    assert workspace.refresh() == []
    plan = workspace.plan(configured(workspace, case, warehouse, **changes))
    assert plan.told == []
    assert plan.state == workspace.state
    return plan


def configured(
    workspace: WorkspaceCalls, case: Stored, warehouse: Warehouse, **changes: Any
) -> dict[str, Any]:
    """The configuration of a case for the warehouse of the test, or with changes."""
    said = {**case.configuration_in(warehouse), **changes}
    config = workspace.config(said.pop("profile_schema"))
    without, mode, own = said.pop("without", []), said.pop("mode", None), said.pop("settings", {})
    settings = {**config["warehouse"]["settings"], **dict.fromkeys(without), **own}
    if "ui_preferences" in said:
        given = said["ui_preferences"]["user_profile"]
        said["ui_preferences"] = {"user_profile": {**dict.fromkeys(_USER_PROFILE), **given}}
    if "timeouts" in said:
        said["timeouts"] = {**dict.fromkeys(_TIMEOUTS), **said["timeouts"]}
    return {
        **config,
        "deletion_protection": None,
        "on_destroy": None,
        "warehouse": {**config["warehouse"], "mode": mode, "settings": settings},
        **said,
    }


def stored_state(case: Stored, warehouse: Warehouse) -> dict[str, Any]:
    """The attributes in the state of a case, and those that came later."""
    attributes: dict[str, Any] = json.loads(case.attributes(warehouse), parse_float=Decimal)
    settings = attributes["warehouse"]["settings"]
    attributes["warehouse"]["settings"] = {**dict.fromkeys(LATER_SETTINGS), **settings}
    return {**LATER, **attributes}


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
