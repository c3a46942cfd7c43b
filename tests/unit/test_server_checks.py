"""The checks of a creation and a change at a server, which both the server and we make."""

from collections.abc import Mapping
from typing import Any

import pytest

from krenalis_provider.api.documents import Run
from krenalis_provider.model.attribute_path import setting
from krenalis_provider.model.errors import (
    Finding,
    Verdict,
    WorkspaceError,
)
from krenalis_provider.model.profile_schema import parse
from krenalis_provider.model.unknown import UNKNOWN
from lightstart.records import replace
from tests.support.server_api_double import (
    NOT_EMPTY,
    STATEMENT,
    failed,
    lost,
    unavailable,
    unprocessable,
)
from tests.support.server_system import SETTINGS, TIER, System, created, definition, soon


def test_a_creation_that_nothing_stands_against(system: System) -> None:
    assert system.workspaces.test(definition(), soon(), replaces=None) == ()
    (noted,) = system.workspaces.test(definition(), soon(), replaces=None, rehearse=True)
    assert (noted.verdict, noted.summary) == (Verdict.NOTED, "Not rehearsed")


def test_one_mistake_is_told_once_with_the_words_of_both(system: System) -> None:
    system.api.fills.add("public")

    (found,) = system.workspaces.test(definition(), soon(), replaces=None)

    assert found.path == setting("schema")
    assert NOT_EMPTY.detail in found.detail
    assert "(WarehouseNotInitializable)" in found.detail
    assert STATEMENT in found.detail  # no workspace of the server has it


@pytest.mark.parametrize("password", [None, ""])
def test_a_login_without_a_password_of_the_settings_says_whose_the_others_are(
    system: System, password: str | None
) -> None:
    refused = unavailable(
        'data warehouse: password authentication failed for user "krenalis" (SQLSTATE 28P01)'
    )
    wanted = definition(settings={**SETTINGS, "password": password})
    system.api.fail("test", refused, times=2)
    system.api.fail("create", refused)

    (found,) = system.workspaces.test(wanted, soon(), replaces=None)
    assert "a password in the provider block, in PGPASSWORD" in found.detail
    assert "Set warehouse.settings.password_wo" in found.detail
    with pytest.raises(WorkspaceError, match=r"Set warehouse\.settings\.password_wo"):
        system.workspaces.create(wanted, soon())

    (found,) = system.workspaces.test(definition(), soon(), replaces=None)
    assert "PGPASSWORD" not in found.detail


def test_a_wrong_password_is_where_it_is_written(system: System) -> None:
    refused = unavailable('failed to connect: password authentication failed for user "x" (SQLSTATE 28P01)')
    wrong = Finding(Verdict.ABSENT, setting("password"), "Wrong user name or password", "Check them.")
    system.api.fail("test", refused)
    (found,) = system.workspaces.test(definition(writes_password=True), soon(), replaces=None)
    assert found.path == setting("password_wo")

    workspace_id = created(system)
    system.warehouses.found = (wrong,)
    new = definition(writes_password=True, settings={**SETTINGS, "password": "another"})
    found, *_ = system.test_change(workspace_id, definition(), new)
    assert found.path == setting("password_wo")
    with pytest.raises(WorkspaceError) as raised:
        system.update(workspace_id, definition(), new)
    assert raised.value.path == setting("password_wo")


def test_a_workspace_in_the_way_is_named(system: System) -> None:
    workspace_id = created(system)

    (found,) = system.workspaces.test(definition(), soon(), replaces=None)

    assert (found.workspace_id, found.workspace_name) == (workspace_id, "Customers")


def test_the_replaced_workspace_is_not_in_the_way(system: System) -> None:
    workspace_id = created(system)

    assert system.workspaces.test(definition(), soon(), replaces=workspace_id) == ()


def test_what_the_servers_test_passes_over_is_found_by_us(system: System) -> None:
    missing = Finding(Verdict.ABSENT, setting("schema"), "Schema does not exist", "Make it.")
    system.warehouses.found = (missing,)

    assert system.workspaces.test(definition(), soon(), replaces=None) == (missing,)


def test_a_warehouse_that_only_the_server_reaches_is_no_obstacle(system: System) -> None:
    system.warehouses.reachable = False

    (found,) = system.workspaces.test(definition(), soon(), replaces=None)

    assert (found.verdict, found.summary) == (Verdict.NOTED, "Warehouse was looked at by the server alone")


def test_a_server_that_does_not_answer_could_not_tell_and_the_warehouse_is_looked_at(system: System) -> None:
    system.api.fail("test", lost())
    missing = Finding(Verdict.ABSENT, setting("schema"), "Schema does not exist", "Make it.")
    system.warehouses.found = (missing,)

    found = system.workspaces.test(definition(), soon(), replaces=None)

    assert [each.verdict for each in found] == [Verdict.COULD_NOT_TELL, Verdict.ABSENT]


def test_a_change_that_nothing_stands_against(system: System) -> None:
    workspace_id = created(system)

    assert system.test_change(workspace_id, definition(), TIER) == ()
    assert "preview" in system.api.calls
    assert not [each for each in system.api.calls if each.startswith("put") or each == "alter"]


def test_the_preview_of_an_alteration_is_a_check(system: System) -> None:
    workspace_id = created(system)
    system.api.fail("preview", unprocessable("InvalidAlterSchema", "type changes are not supported"))

    (found,) = system.test_change(workspace_id, definition(), TIER)

    assert found.verdict is Verdict.CONTRADICTED
    assert "type changes are not supported" in found.detail


def test_the_mode_inspection_refuses_an_alteration_unless_it_is_left(system: System) -> None:
    workspace_id = created(system, mode="Inspection")

    (found,) = system.test_change(
        workspace_id, definition(mode="Inspection"), replace(TIER, mode="Inspection")
    )
    assert found.verdict is Verdict.CONTRADICTED
    assert system.test_change(workspace_id, definition(mode="Inspection"), TIER) == ()


def test_an_operation_that_runs_is_noted(system: System) -> None:
    workspace_id = created(system)
    system.api.runs[workspace_id] = Run(start="2026-11-29T05:00:00Z")

    (found,) = system.test_change(workspace_id, definition(), TIER)

    assert found.verdict is Verdict.NOTED
    assert "05:00:00" in found.detail


def test_an_alteration_after_a_failed_identity_resolution_is_warned_of(system: System) -> None:
    workspace_id = created(system)
    system.warehouses.failed = "the view reads krenalis_profiles_1, and the latest version is 2"

    (found,) = system.test_change(workspace_id, definition(), TIER)

    assert found.verdict is Verdict.NOTED
    assert "leaves the view over the profiles empty" in found.detail


def test_new_settings_are_tried_by_us(system: System) -> None:
    workspace_id = created(system)
    wanted = definition(settings={**SETTINGS, "password": "new"})
    wrong = Finding(Verdict.ABSENT, setting("password"), "Wrong user name or password", "Check them.")

    assert system.test_change(workspace_id, definition(), wanted) == ()
    system.warehouses.found = (wrong,)
    assert system.test_change(workspace_id, definition(), wanted) == (wrong,)
    system.warehouses.reachable = False
    (found,) = system.test_change(workspace_id, definition(), wanted)
    assert (found.verdict, found.summary) == (Verdict.NOTED, "New warehouse settings were not tried")


def test_stored_settings_that_work_no_more_are_found_by_the_plan(system: System) -> None:
    workspace_id = created(system)
    system.api.fail("test_warehouse", failed(500))

    (found,) = system.test_change(
        workspace_id, definition(), definition(settings={**SETTINGS, "password": "x"})
    )

    assert found.verdict is Verdict.CONTRADICTED
    assert "old password" in found.detail


def test_a_change_of_a_workspace_that_is_gone_says_so(system: System) -> None:
    workspace_id = created(system)
    system.api.workspaces.clear()

    (found,) = system.test_change(workspace_id, definition(), TIER)

    assert found.summary == "Workspace not found"


def test_a_login_that_only_we_are_refused_is_no_obstacle(system: System) -> None:
    wrong = Finding(Verdict.ABSENT, setting("password"), "Wrong user name or password", "Check them.")
    system.warehouses.found = (wrong,)

    (found,) = system.workspaces.test(definition(), soon(), replaces=None)

    assert found.verdict is Verdict.NOTED


@pytest.mark.parametrize(
    "values",
    [
        {"name": UNKNOWN},
        {"document": UNKNOWN, "profile_schema": parse(UNKNOWN)},
        {"user_profile": {"extra": UNKNOWN}},
        {"identifiers": UNKNOWN},
        {"primary_sources": UNKNOWN},
        {"resolve_identities_on_batch_import": UNKNOWN},
    ],
)
def test_what_is_not_known_yet_keeps_the_server_from_testing_nothing_else(
    system: System, values: Mapping[str, Any]
) -> None:
    system.api.fills.add("public")

    (found,) = system.workspaces.test(definition(**values), soon(), replaces=None)

    assert found.path == setting("schema")
    ((_, body),) = system.api.sent
    assert "UNKNOWN" not in repr(body)


@pytest.mark.parametrize(
    "values", [{"document": UNKNOWN, "profile_schema": parse(UNKNOWN)}, {"renames": UNKNOWN}]
)
def test_an_alteration_that_is_not_known_yet_is_not_previewed(
    system: System, values: Mapping[str, Any]
) -> None:
    workspace_id = created(system)

    assert system.test_change(workspace_id, definition(), replace(TIER, **values)) == ()
    assert "preview" not in system.api.calls


def test_a_workspace_that_may_have_the_warehouse_by_another_name_of_its_host_is_named(system: System) -> None:
    created(system, settings={**SETTINGS, "host": "10.0.0.1"})

    (found,) = system.workspaces.test(definition(), soon(), replaces=None)

    assert "may be the warehouse of the workspace" in found.detail
    assert STATEMENT not in found.detail


def test_how_a_warehouse_is_cleared_is_not_said_unless_all_workspaces_were_asked(system: System) -> None:
    for index in range(31):
        created(system, settings={**SETTINGS, "schema": f"schema{index}"})
    system.api.fills.add("public")

    (found,) = system.workspaces.test(definition(), soon(), replaces=None)

    assert STATEMENT not in found.detail


def test_how_a_warehouse_is_cleared_is_said_once(system: System) -> None:
    system.api.fills.add("public")
    system.warehouses.found = (replace(NOT_EMPTY, summary="A Krenalis server has filled the warehouse"),)

    found = system.workspaces.test(definition(), soon(), replaces=None)

    assert len(found) == 2
    assert sum(STATEMENT in each.detail for each in found) == 1


def test_a_workspace_in_the_way_is_all_that_is_said_of_a_full_schema(system: System) -> None:
    created(system)
    system.warehouses.found = (replace(NOT_EMPTY, summary="A Krenalis server has filled the warehouse"),)

    (found,) = system.workspaces.test(definition(), soon(), replaces=None)

    assert found.summary == "Warehouse already holds a workspace"
