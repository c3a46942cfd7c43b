"""Creations at a server, against an API in memory that fails where a test says so."""

from collections.abc import Mapping
from typing import Any

import pytest

from krenalis_provider.api.errors import ApiError
from krenalis_provider.model.attribute_path import setting
from krenalis_provider.model.definition import Definition
from krenalis_provider.model.errors import (
    CheckFailed,
    Finding,
    Verdict,
    WorkspaceError,
)
from krenalis_provider.model.profile_schema import parse
from krenalis_provider.workspaces.server import creation
from tests.support.server_api_double import (
    NOT_EMPTY,
    STATEMENT,
    failed,
    lost,
    unavailable,
    unprocessable,
)
from tests.support.server_system import SETTINGS, System, created, definition, schema, soon


def test_a_workspace_is_created_in_one_request_and_looked_for(system: System) -> None:
    workspace_id = system.workspaces.create(definition(), soon())

    assert system.api.calls == ["list", "create", "get"]
    assert system.only["id"] == workspace_id


def test_what_a_creation_sends_is_whole_and_in_both_spellings(system: System) -> None:
    system.workspaces.create(definition(mode="Inspection"), soon())

    (_, body), *_ = system.api.sent
    profile = {"image": "", "firstName": "", "lastName": "", "extra": "email"}
    assert body["uiPreferences"] == {"profile": profile, "userProfile": profile}
    assert body["warehouse"] == {"platform": "PostgreSQL", "mode": "Inspection", "settings": SETTINGS}


@pytest.mark.parametrize(
    "values", [{"identifiers": ["email"]}, {"resolve_identities_on_batch_import": False}]
)
def test_settings_of_identity_resolution_that_are_not_the_defaults_are_set_after(
    system: System, values: Mapping[str, Any]
) -> None:
    system.workspaces.create(definition(**values), soon())

    assert system.api.calls[-1] == "put_identity_settings"
    assert system.only["identifiers"] == values.get("identifiers", [])
    assert system.only["resolveIdentitiesOnBatchImport"] is values.get(
        "resolve_identities_on_batch_import", True
    )


def test_a_list_that_is_read_while_a_creation_is_at_work_is_not_kept(system: System) -> None:
    put = system.api.put_identity_settings

    def beside(*given: Any, **named: Any) -> None:
        assert len(system.workspaces.list(None, soon()).workspaces) == 1
        put(*given, **named)

    system.api.put_identity_settings = beside  # type: ignore[method-assign]
    system.workspaces.create(definition(identifiers=["email"]), soon())

    (found,) = system.workspaces.list(None, soon()).workspaces.values()
    assert found.identifiers == ("email",)


@pytest.mark.parametrize("error", [lost(), failed(500), failed(502), unavailable("boom")])
def test_a_creation_whose_answer_was_lost_goes_on(system: System, error: ApiError) -> None:
    system.api.fail("create", error, when="after")

    workspace_id = system.workspaces.create(definition(identifiers=["email"]), soon())

    assert system.only["id"] == workspace_id
    assert system.only["identifiers"] == ["email"]


def test_a_workspace_that_was_there_before_is_not_the_new_one(system: System) -> None:
    system.workspaces.create(definition(settings={**SETTINGS, "schema": "other"}), soon())
    system.api.fail("create", lost())

    with pytest.raises(WorkspaceError, match="no new workspace"):
        system.workspaces.create(definition(), soon())


@pytest.mark.parametrize(
    "other",
    [
        definition(name="Others", settings={**SETTINGS, "schema": "other"}),
        definition(["phone", "email"], settings={**SETTINGS, "schema": "other"}),
        definition(settings={**SETTINGS, "schema": "other"}),
    ],
)
def test_another_new_workspace_is_not_taken_for_the_one_whose_answer_was_lost(
    system: System, other: Definition
) -> None:
    create = system.api.create

    def meanwhile(body: Any, deadline: Any) -> str:
        system.api.add(creation.body(other))
        return create(body, deadline)

    system.api.create = meanwhile  # type: ignore[method-assign]
    system.api.fail("create", lost())

    with pytest.raises(WorkspaceError, match="no new workspace"):
        system.workspaces.create(definition(), soon())


def test_a_creation_that_takes_longer_than_its_answer_is_waited_for(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(creation, "LOOKING_SECONDS", 60)
    lists = iter(range(100))
    list_ = system.api.list

    def later(deadline: Any) -> Any:
        if next(lists) == 3:
            system.api.add(creation.body(definition()))
        return list_(deadline)

    system.api.list = later  # type: ignore[method-assign]
    system.api.fail("create", lost())

    assert system.workspaces.create(definition(), soon()) == system.only["id"]


def test_a_creation_that_did_not_reach_the_server_is_not_looked_for(system: System) -> None:
    system.api.fail("create", lost(sent=False))

    with pytest.raises(WorkspaceError, match="closed"):
        system.workspaces.create(definition(), soon())

    assert system.api.calls == ["list", "create"]


def test_a_creation_that_broke_off_names_the_statements_that_clear_the_warehouse(system: System) -> None:
    message = 'data warehouse: ERROR: type "event_browser_name" does not exist (SQLSTATE 42704)'

    def half_way(body: Any, deadline: Any) -> str:
        system.api.fills.add("public")
        raise unavailable(message)

    system.api.create = half_way  # type: ignore[method-assign]

    with pytest.raises(WorkspaceError) as raised:
        system.workspaces.create(definition(), soon())

    assert raised.value.path == setting("database")
    assert message in raised.value.detail
    assert STATEMENT in raised.value.detail
    assert "public" in system.api.fills  # it may be somebody else's


def test_a_creation_that_made_nothing_says_so(system: System) -> None:
    system.api.fail("create", failed(500))

    with pytest.raises(WorkspaceError, match="holds nothing of a workspace"):
        system.workspaces.create(definition(), soon())


def test_a_creation_that_did_not_even_connect_says_nothing_of_the_warehouse(system: System) -> None:
    message = (
        "data warehouse: failed to connect to `x`: FATAL: password authentication failed (SQLSTATE 28P01)"
    )
    system.api.fail("create", unavailable(message))

    with pytest.raises(WorkspaceError) as raised:
        system.workspaces.create(definition(), soon())

    assert raised.value.path == setting("password")
    assert "new workspace" not in raised.value.detail


def test_a_creation_says_when_it_could_not_be_found_out_what_became_of_it(system: System) -> None:
    system.api.fail("create", lost())
    list_ = system.api.list
    lists = iter(range(100))

    def once(deadline: Any) -> Any:
        if next(lists):
            raise lost(sent=False)
        return list_(deadline)

    system.api.list = once  # type: ignore[method-assign]

    with pytest.raises(WorkspaceError, match="could not be found out"):
        system.workspaces.create(definition(), soon())


def test_an_id_without_a_workspace_is_told_for_what_it_is(system: System) -> None:
    create = system.api.create

    def vanishing(body: Any, deadline: Any) -> str:
        workspace_id = create(body, deadline)
        del system.api.workspaces[workspace_id]
        return workspace_id

    system.api.create = vanishing  # type: ignore[method-assign]

    with pytest.raises(WorkspaceError, match="cannot read") as raised:
        system.workspaces.create(definition(), soon())

    assert STATEMENT in raised.value.detail


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lost_answer_to_the_identity_settings_is_asked_for_again(system: System, when: Any) -> None:
    system.api.fail("put_identity_settings", lost(), when=when)

    system.workspaces.create(definition(identifiers=["email"]), soon())

    assert system.only["identifiers"] == ["email"]


def test_a_workspace_whose_identity_settings_cannot_be_set_is_taken_back(system: System) -> None:
    system.api.fail("put_identity_settings", unprocessable("TypeNotAllowed"))

    with pytest.raises(WorkspaceError, match="empty as before"):
        system.workspaces.create(definition(identifiers=["email"]), soon())

    assert system.api.workspaces == {}
    assert system.api.fills == set()


def test_a_workspace_that_was_taken_back_names_what_is_left_of_it(system: System) -> None:
    system.api.fail("put_identity_settings", unprocessable("TypeNotAllowed"))
    system.warehouses.drop_error = NOT_EMPTY

    with pytest.raises(WorkspaceError) as raised:
        system.workspaces.create(definition(identifiers=["email"]), soon())

    assert STATEMENT in raised.value.detail


def test_a_workspace_that_cannot_be_taken_back_is_named(system: System) -> None:
    system.api.fail("put_identity_settings", unprocessable("TypeNotAllowed"))
    system.api.fail("delete", lost(), times=3)

    with pytest.raises(WorkspaceError) as raised:
        system.workspaces.create(definition(identifiers=["email"]), soon())

    assert system.only["id"] in raised.value.detail


def test_a_creation_in_a_warehouse_that_is_taken_names_the_workspace(system: System) -> None:
    workspace_id = created(system)

    with pytest.raises(CheckFailed) as raised:
        system.workspaces.create(definition(), soon())

    (found,) = raised.value.findings
    assert (found.workspace_id, found.workspace_name) == (workspace_id, "Customers")


def test_a_creation_does_not_begin_in_a_warehouse_in_which_it_would_not_end(system: System) -> None:
    missing = Finding(Verdict.ABSENT, setting("schema"), "Missing right", "Grant it.")
    system.warehouses.found = (missing,)

    with pytest.raises(CheckFailed, match="Grant it"):
        system.workspaces.create(definition(), soon())

    assert "create" not in system.api.calls


@pytest.mark.parametrize(
    "document",
    [
        {"kind": "int", "bitSize": 32},
        {"kind": 5},
        schema("email") | {"properties": [{"name": "a", "type": {"kind": "text"}}]},
    ],
)
def test_what_would_end_the_server_is_never_sent(system: System, document: Any) -> None:
    bad = definition(document=document, profile_schema=parse(document))
    workspace_id = created(system)

    with pytest.raises(WorkspaceError):
        system.workspaces.create(bad, soon())
    with pytest.raises(WorkspaceError):
        system.update(workspace_id, definition(), bad)

    assert system.api.calls == []


def test_primary_sources_of_a_new_workspace_are_refused(system: System) -> None:
    with pytest.raises(WorkspaceError):
        system.workspaces.create(definition(primary_sources={"email": "1"}), soon())

    assert system.api.calls == []
