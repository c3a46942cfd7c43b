"""Updates at a server: what changed alone, and to the end or told how far."""

from collections.abc import Mapping
from typing import Any

import pytest

from krenalis_provider.api.documents import Run
from krenalis_provider.model.attribute_path import setting
from krenalis_provider.model.errors import (
    CheckFailed,
    Finding,
    Verdict,
    WarehouseChanged,
    WorkspaceError,
)
from krenalis_provider.workspaces.server import alteration
from lightstart.records import replace
from tests.support.server_api_double import (
    failed,
    lost,
    unprocessable,
)
from tests.support.server_system import SETTINGS, TIER, System, created, definition, schema
from tfplugin.deadline import Deadline


def test_an_update_of_nothing_sends_nothing(system: System) -> None:
    workspace_id = created(system)

    system.update(workspace_id, definition(), definition())

    assert set(system.api.calls) == {"get", "warehouse"}


@pytest.mark.parametrize(
    ("values", "call"),
    [
        ({"name": "Clients"}, "put"),
        ({"user_profile": {}}, "put"),
        ({"mode": "Inspection"}, "put_mode"),
        ({"identifiers": ["email"]}, "put_identity_settings"),
        ({"resolve_identities_on_batch_import": False}, "put_identity_settings"),
        ({"primary_sources": {"email": "1"}}, "alter"),
        ({"names": ["email", "first_name", "tier"]}, "alter"),
        ({"settings": {**SETTINGS, "password": "another"}}, "put_warehouse"),
        ({"settings": {**SETTINGS, "host": "elsewhere"}}, "put_warehouse"),
    ],
)
@pytest.mark.parametrize("fault", [None, "before", "after"])
def test_an_update_sends_what_changed_alone_and_survives_a_lost_answer(
    system: System, values: Mapping[str, Any], call: str, fault: Any
) -> None:
    workspace_id = created(system)
    wanted = definition(**values)
    if fault:
        system.api.fail(call, lost(), when=fault)

    system.update(workspace_id, definition(), wanted)

    writes = [each for each in system.api.calls if each.startswith("put") or each == "alter"]
    assert set(writes) == {call}
    system.api.calls.clear()
    system.update(workspace_id, wanted, wanted)
    assert set(system.api.calls) == {"get", "warehouse"}  # all of it is there


def test_new_settings_go_with_mode_and_mcp_settings_as_they_are(system: System) -> None:
    workspace_id = created(system, mode="Maintenance")
    mcp = {**SETTINGS, "username": "reader"}
    system.api.warehouses[workspace_id] = system.api.warehouses[workspace_id].model_copy(
        update={"mcp_settings": mcp}
    )

    system.update(
        workspace_id,
        definition(mode="Maintenance"),
        definition(mode="Normal", settings={**SETTINGS, "username": "another", "password": None}),
    )

    sent = dict(system.api.sent)["put_warehouse"]
    assert sent == {"mode": "Maintenance", "settings": {**SETTINGS, "username": "another"}, "mcp": mcp}
    assert system.only["warehouseMode"] == "Normal"


def test_new_settings_that_lead_nowhere_are_refused_before_anything_is_sent(system: System) -> None:
    workspace_id = created(system)
    wrong = Finding(Verdict.ABSENT, setting("password"), "Wrong user name or password", "Check them.")
    system.warehouses.found = (wrong,)

    with pytest.raises(CheckFailed):
        system.update(
            workspace_id, definition(), definition(name="Clients", settings={**SETTINGS, "password": "x"})
        )

    assert not [each for each in system.api.calls if each.startswith("put")]


def test_settings_that_the_server_cannot_take_say_how_to_rotate(system: System) -> None:
    workspace_id = created(system)
    system.api.fail("put_warehouse", failed(500), times=3)

    with pytest.raises(WorkspaceError, match="by the old password"):
        system.update(workspace_id, definition(), definition(settings={**SETTINGS, "password": "x"}))


def test_identifiers_are_taken_away_before_an_alteration_and_set_after_it(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = definition(identifiers=["first_name", "email"])
    workspace_id = created(system, identifiers=["first_name", "email"])
    wanted = definition(
        ["email", "given_name"], identifiers=["given_name", "email"], renames={"given_name": "first_name"}
    )
    _plan(monkeypatch, identifiers_during=("email",), re_paths={"given_name": "first_name"})
    during: list[Any] = []
    system.api.on_alter = lambda: during.append(system.only["identifiers"])

    system.update(workspace_id, before, wanted)

    assert during == [["email"]]
    assert system.only["identifiers"] == ["given_name", "email"]
    assert dict(system.api.sent)["alter"]["re_paths"] == {"given_name": "first_name"}


def _plan(monkeypatch: pytest.MonkeyPatch, **values: Any) -> None:
    plan = alteration.plan
    monkeypatch.setattr(alteration, "plan", lambda *given: replace(plan(*given), **values))


@pytest.mark.parametrize("is_begun", [True, False])
def test_a_failed_alteration_puts_the_identifiers_back_and_tells_its_error(
    system: System, monkeypatch: pytest.MonkeyPatch, *, is_begun: bool
) -> None:
    before = definition(identifiers=["first_name", "email"])
    workspace_id = created(system, identifiers=["first_name", "email"])
    _plan(monkeypatch, identifiers_during=("email",), re_paths={"given_name": "first_name"})
    reason = "view profiles: other objects depend on it"
    if is_begun:
        system.api.alteration_error = reason
    else:
        system.api.fail("alter", unprocessable("InvalidAlterSchema", reason))

    with pytest.raises(WorkspaceError) as raised:
        system.update(
            workspace_id,
            before,
            definition(["email", "given_name"], identifiers=["email"], renames={"given_name": "first_name"}),
        )

    assert "other objects depend on it" in raised.value.detail
    assert system.only["identifiers"] == ["first_name", "email"]


def test_an_update_that_broke_off_says_how_far_it_came_and_goes_on_when_applied_again(system: System) -> None:
    workspace_id = created(system)
    wanted = definition(["email", "first_name", "tier"], name="Clients", mode="Maintenance")
    system.api.fail("put", failed(500), times=3)

    with pytest.raises(WorkspaceError) as raised:
        system.update(workspace_id, definition(), wanted)

    assert "Changed already: profile schema and primary sources." in raised.value.detail
    # nobody knows of a request whose answer was lost
    assert "Perhaps changed: name and UI preferences. Not changed: mode." in raised.value.detail

    system.api.calls.clear()
    system.update(workspace_id, definition(), wanted)
    assert "alter" not in system.api.calls
    assert (system.only["name"], system.only["warehouseMode"]) == ("Clients", "Maintenance")


def test_a_profile_schema_that_changed_since_the_plan_is_left_alone(system: System) -> None:
    workspace_id = created(system)
    system.only["profileSchema"] = schema("email", "nickname")

    with pytest.raises(WarehouseChanged):
        system.update(workspace_id, definition(), definition(["email", "tier"], drop_columns=["first_name"]))

    assert "alter" not in system.api.calls


def test_an_alteration_leaves_the_mode_that_refuses_it_first(system: System) -> None:
    workspace_id = created(system, mode="Inspection")

    system.update(
        workspace_id,
        definition(mode="Inspection"),
        definition(["email", "first_name", "tier"], mode="Normal"),
    )

    assert system.only["warehouseMode"] == "Normal"
    assert len(system.only["profileSchema"]["properties"]) == 3


@pytest.mark.parametrize(
    "code", ["OperationAlreadyExecuting", "AlterSchemaInExecution", "IdentityResolutionInExecution"]
)
def test_another_operation_is_waited_for(system: System, code: str) -> None:
    workspace_id = created(system)
    system.api.fail("alter", unprocessable(code), times=3)

    system.update(workspace_id, definition(), definition(["email", "first_name", "tier"]))

    assert len(system.only["profileSchema"]["properties"]) == 3


def test_an_operation_that_does_not_end_is_told(system: System) -> None:
    workspace_id = created(system)
    prior, wanted = system.prior(workspace_id, definition()), definition(["email", "first_name", "tier"])
    system.api.fail("alter", unprocessable("OperationAlreadyExecuting"), times=1000)

    with pytest.raises(WorkspaceError, match="not finished"):
        system.workspaces.update(
            prior, wanted, system.workspaces.plan_change(prior, wanted), Deadline.after(0.1)
        )


def test_an_alteration_that_may_have_begun_is_not_begun_again_before_that_is_known(system: System) -> None:
    workspace_id = created(system)
    system.api.fail("alter", lost(), when="after")
    system.api.on_alter = lambda: system.api.fail("latest_alteration", lost())

    system.update(workspace_id, definition(), TIER)

    assert system.api.calls.count("alter") == 1
    assert len(system.only["profileSchema"]["properties"]) == 3


def test_another_alteration_is_not_taken_for_one_whose_answer_was_lost(system: System) -> None:
    workspace_id = created(system)
    answers = iter([Run()] * 2)
    others = Run(start="2026-11-29T05:00:00Z", end="2026-11-29T05:00:01Z")
    system.api.latest_alteration = lambda *_: next(answers, others)  # type: ignore[method-assign]
    system.api.fail("alter", lost())

    with pytest.raises(WorkspaceError, match="by somebody else"):
        system.update(workspace_id, definition(), TIER)


def test_an_alteration_that_does_not_end_is_told(system: System) -> None:
    workspace_id = created(system)
    prior, wanted = system.prior(workspace_id, definition()), definition(["email", "first_name", "tier"])
    system.api.alterations[workspace_id] = Run(start="2026-11-29T05:00:00Z")

    with pytest.raises(WorkspaceError, match="still being altered"):
        system.workspaces.update(
            prior, wanted, system.workspaces.plan_change(prior, wanted), Deadline.after(0.1)
        )


def test_a_loss_that_is_not_permitted_is_refused(system: System) -> None:
    workspace_id = created(system)

    with pytest.raises(WorkspaceError, match="drop_columns"):
        system.update(workspace_id, definition(), definition(["email"]))

    assert system.api.calls == []


def test_an_alteration_that_the_server_does_not_show_at_once_is_waited_for(system: System) -> None:
    workspace_id = created(system)
    shown = system.api.latest_alteration
    answers = iter([Run()] * 5)

    def late(workspace_id: str, deadline: Any) -> Run:
        return next(answers, None) or shown(workspace_id, deadline)

    system.api.latest_alteration = late  # type: ignore[method-assign]
    system.api.alteration_error = "no"

    with pytest.raises(WorkspaceError, match="ended with an error: no"):
        system.update(workspace_id, definition(), TIER)


def test_an_identifier_that_somebody_else_set_is_taken_away_with_its_property(system: System) -> None:
    workspace_id = created(system)
    system.only["identifiers"] = ["first_name"]  # since the plan
    during: list[Any] = []
    system.api.on_alter = lambda: during.append(system.only["identifiers"])

    system.update(workspace_id, definition(), definition(["email"], drop_columns=["first_name"]))

    assert during == [[]]
    assert system.only["identifiers"] == []
