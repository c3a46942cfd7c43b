"""Deletions at a server, and what they leave of the warehouse."""

from typing import Any

import pytest

from krenalis_provider.api.documents import Run
from krenalis_provider.model.definition import WarehouseAddress
from krenalis_provider.model.errors import (
    CheckFailed,
    WorkspaceError,
)
from krenalis_provider.workspaces.interface import Reference
from krenalis_provider.workspaces.server import creation
from tests.support.server_api_double import NOT_EMPTY, failed, lost
from tests.support.server_system import PASSWORD, SETTINGS, System, created, definition, soon
from tfplugin.deadline import Deadline


@pytest.mark.parametrize("fault", [None, "before", "after"])
def test_a_deletion_leaves_the_warehouse_where_that_is_wanted(system: System, fault: Any) -> None:
    workspace_id = created(system)
    reference = Reference(workspace_id, definition().warehouse)
    if fault:
        system.api.fail("delete", lost(), when=fault)

    system.workspaces.delete(reference, soon(), keeps_warehouse=True)

    assert system.api.workspaces == {}
    assert system.api.fills == {"public"}
    system.workspaces.delete(reference, soon(), keeps_warehouse=True)  # it is gone, which is well


@pytest.mark.parametrize("fault", [None, "before", "after"])
def test_a_deletion_drops_what_the_server_made(system: System, fault: Any) -> None:
    workspace_id = created(system)
    # a write-only password is in no state: the server has it
    reference = Reference(workspace_id, WarehouseAddress("PostgreSQL", {**SETTINGS, "password": None}))
    if fault:
        system.api.fail("delete", lost(), when=fault)

    assert system.workspaces.test_delete(reference, soon(), keeps_warehouse=False) == ()
    system.workspaces.delete(reference, soon(), keeps_warehouse=False)

    assert system.api.workspaces == {}
    assert system.api.fills == set()
    assert system.warehouses.opened[-1]["password"] == PASSWORD


@pytest.mark.parametrize("obstacle", ["unreachable", "not permitted"])
def test_a_workspace_whose_warehouse_cannot_be_dropped_is_not_deleted(system: System, obstacle: str) -> None:
    workspace_id = created(system)
    reference = Reference(workspace_id, definition().warehouse)
    if obstacle == "unreachable":
        system.warehouses.reachable = False
    else:
        system.warehouses.drop_obstacles = (NOT_EMPTY,)

    (found,) = system.workspaces.test_delete(reference, soon(), keeps_warehouse=False)
    assert 'Or apply on_destroy = "abandon" first' in found.detail
    with pytest.raises(CheckFailed, match='Or apply on_destroy = "abandon" first'):
        system.workspaces.delete(reference, soon(), keeps_warehouse=False)

    assert "delete" not in system.api.calls


def test_a_workspace_whose_warehouse_could_not_be_dropped_is_not_deleted(system: System) -> None:
    workspace_id = created(system)
    reference = Reference(workspace_id, definition().warehouse)
    system.warehouses.drop_error = NOT_EMPTY

    with pytest.raises(WorkspaceError):
        system.workspaces.delete(reference, soon(), keeps_warehouse=False)
    assert "delete" not in system.api.calls

    system.warehouses.drop_error = None
    system.workspaces.delete(reference, soon(), keeps_warehouse=False)
    assert system.api.workspaces == {}


def test_a_deletion_that_broke_off_after_the_drop_goes_on_the_next_time(system: System) -> None:
    workspace_id = created(system)
    reference = Reference(workspace_id, definition().warehouse)
    system.api.fail("delete", failed(500), times=3)

    with pytest.raises(WorkspaceError, match="dropped already: destroy again"):
        system.workspaces.delete(reference, soon(), keeps_warehouse=False)

    system.workspaces.delete(reference, soon(), keeps_warehouse=False)
    assert (system.api.workspaces, system.api.fills) == ({}, set())


def test_the_warehouse_of_a_workspace_that_is_gone_is_dropped_where_the_state_leads(system: System) -> None:
    workspace_id = created(system)
    reference = Reference(workspace_id, definition().warehouse)
    system.api.workspaces.clear()
    system.workspaces = system.anew()

    system.workspaces.delete(reference, soon(), keeps_warehouse=False)

    assert system.api.fills == set()


def test_a_warehouse_that_is_another_workspaces_by_now_is_left_alone(system: System) -> None:
    workspace_id = created(system)
    reference = Reference(workspace_id, definition().warehouse)
    system.workspaces = system.anew()
    assert system.workspaces.list(None, soon()).workspaces.keys() == {workspace_id}  # and it may keep that
    system.api.workspaces.clear()
    system.api.fills.clear()
    system.api.add(creation.body(definition(name="Others")))

    system.workspaces.delete(reference, soon(), keeps_warehouse=False)

    assert system.api.fills == {"public"}
    assert system.only["name"] == "Others"


@pytest.mark.parametrize(
    ("what", "look"), [("alterations", "latest_alteration"), ("runs", "latest_identity_resolution")]
)
def test_what_works_in_the_warehouse_is_waited_for_before_it_is_dropped(
    system: System, monkeypatch: pytest.MonkeyPatch, what: str, look: str
) -> None:
    workspace_id = created(system)
    reference = Reference(workspace_id, definition().warehouse)
    latest: Any = getattr(system.api, what)
    latest[workspace_id] = Run(start="2026-11-29T05:00:00Z")

    found = system.workspaces.test_delete(reference, soon(), keeps_warehouse=False)
    assert [each.summary for each in found] == ["Another operation is not finished"]
    assert not found[0].is_obstacle
    with pytest.raises(
        WorkspaceError, match=r"(?s)still at work.*since 2026-11-29T05.*on_destroy = \"abandon\""
    ):
        system.workspaces.delete(reference, Deadline.after(0.1), keeps_warehouse=False)
    assert (len(system.api.workspaces), system.api.fills) == (1, {"public"})

    looks = iter(range(3))
    looked = getattr(system.api, look)

    def ends_meanwhile(*given: Any) -> Run:
        found: Run = looked(*given)
        if next(looks) == 1:
            latest[workspace_id] = Run(start="1", end="2")
        return found

    monkeypatch.setattr(system.api, look, ends_meanwhile)
    system.workspaces.delete(reference, soon(), keeps_warehouse=False)
    assert next(looks, None) is None
    assert (system.api.workspaces, system.api.fills) == ({}, set())


def test_an_abandoned_workspace_waits_for_nothing(system: System) -> None:
    workspace_id = created(system)
    system.api.runs[workspace_id] = Run(start="2026-11-29T05:00:00Z")

    system.workspaces.delete(
        Reference(workspace_id, definition().warehouse), Deadline.after(1), keeps_warehouse=True
    )

    assert system.api.workspaces == {}


def test_a_resolution_by_a_property_that_is_gone_never_ends_and_is_not_waited_for(system: System) -> None:
    workspace_id = created(system)
    system.api.runs[workspace_id] = Run(start="2026-11-29T05:00:00Z")
    system.only["identifiers"] = ["gone"]

    system.workspaces.delete(
        Reference(workspace_id, definition().warehouse), Deadline.after(1), keeps_warehouse=False
    )

    assert (system.api.workspaces, system.api.fills) == ({}, set())
