"""Reads at a server: one list for all of them, and what is gone."""

import threading
from typing import Any

import pytest

from krenalis_provider.model.definition import WarehouseAddress
from krenalis_provider.model.errors import (
    WorkspaceError,
)
from krenalis_provider.model.observed import RowCount
from krenalis_provider.model.unknown import UNKNOWN
from krenalis_provider.model.workspace import WarehouseMode
from krenalis_provider.workspaces.interface import Reference
from krenalis_provider.workspaces.server import creation
from tests.support.server_api_double import (
    lost,
)
from tests.support.server_system import PASSWORD, SETTINGS, System, created, definition, soon


def test_a_workspace_is_read_with_its_columns_and_settings(system: System) -> None:
    workspace_id = created(system, mode="Maintenance")

    found = system.workspaces.get(Reference(workspace_id, definition().warehouse), soon())

    assert found is not None
    assert found.workspace is not None
    assert found.workspace.mode is WarehouseMode.MAINTENANCE
    assert found.workspace.ui_preferences.user_profile.extra == "email"
    assert found.workspace.ui_preferences.user_profile.image is None
    assert found.columns == {"email": "character varying", "first_name": "character varying"}
    assert found.settings == SETTINGS
    assert found.platform == "PostgreSQL"
    assert system.learned == [PASSWORD]
    assert PASSWORD not in repr(found)


@pytest.mark.parametrize(("name", "value"), [("port", "5432"), ("port", [1]), ("password", 7), ("host", {})])
def test_a_setting_of_another_form_is_an_error_that_does_not_show_it(
    system: System, name: str, value: Any
) -> None:
    workspace_id = created(system)
    system.api.warehouses[workspace_id].settings[name] = value

    with pytest.raises(WorkspaceError, match=f"a warehouse setting {name} of another form"):
        system.workspaces.get(Reference(workspace_id, definition().warehouse), soon())


@pytest.mark.parametrize("id_", ["", "a b", "postgresql://u:tiger@h:5432/d/s"])
def test_what_is_no_id_is_told_without_showing_it(system: System, id_: str) -> None:
    with pytest.raises(WorkspaceError, match="id: ids of workspaces are letters and digits") as raised:
        system.workspaces.get(Reference(id_, definition().warehouse), soon())

    assert "tiger" not in str(raised.value)


def test_many_reads_at_the_same_time_share_one_list(system: System) -> None:
    ids = [created(system, settings={**SETTINGS, "schema": f"schema{index}"}) for index in range(20)]
    threads = [
        threading.Thread(target=system.workspaces.get, args=(Reference(id_, definition().warehouse), soon()))
        for id_ in ids
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert system.api.calls.count("list") == 1
    assert system.api.calls.count("warehouse") == 20
    assert "get" not in system.api.calls


def test_a_write_ends_the_life_of_the_list(system: System) -> None:
    workspace_id = created(system)
    reference = Reference(workspace_id, definition().warehouse)
    system.workspaces.get(reference, soon())

    system.update(workspace_id, definition(), definition(name="Clients"))
    found = system.workspaces.get(reference, soon())

    assert found is not None
    assert found.workspace is not None
    assert found.workspace.name == "Clients"


def test_a_list_that_failed_is_asked_for_again(system: System) -> None:
    workspace_id = created(system)
    reference = Reference(workspace_id, definition().warehouse)
    system.api.fail("list", lost())

    with pytest.raises(WorkspaceError):
        system.workspaces.get(reference, soon())

    assert system.workspaces.get(reference, soon()) is not None


def test_a_workspace_is_gone_when_the_server_says_so_itself(system: System) -> None:
    workspace_id = created(system)
    system.workspaces.list(None, soon())  # it is in the list, and is deleted after
    system.api.workspaces.clear()

    assert system.workspaces.get(Reference(workspace_id, definition().warehouse), soon()) is None
    assert system.workspaces.get(Reference("never", definition().warehouse), soon()) is None


def test_a_workspace_that_the_list_lacks_may_be_there(system: System) -> None:
    system.workspaces.list(None, soon())
    workspace_id = system.api.add(creation.body(definition()))

    assert system.workspaces.get(Reference(workspace_id, definition().warehouse), soon()) is not None


def test_workspaces_are_listed_in_one_order(system: System) -> None:
    ids = [created(system, settings={**SETTINGS, "schema": f"schema{index}"}) for index in range(5)]
    system.api.workspaces = dict(reversed(system.api.workspaces.items()))

    assert [*system.anew().list(None, soon()).workspaces] == sorted(ids)


def test_rows_are_counted_by_our_own_connection(system: System) -> None:
    workspace_id = created(system)
    reference = Reference(workspace_id, WarehouseAddress("PostgreSQL", {**SETTINGS, "password": None}))

    assert system.workspaces.count(reference, soon()).profiles == RowCount(3)
    assert system.workspaces.count_values(reference, ["email"], soon()).profiles.values == {"email": 1}
    assert system.warehouses.opened[-1]["password"] == PASSWORD

    system.warehouses.reachable = False
    assert system.workspaces.count(reference, soon()).profiles is UNKNOWN
    assert system.workspaces.count(reference, soon()).reasons == ("no answer in time.",)
    assert system.workspaces.count_values(reference, ["email"], soon()).profiles.rows is UNKNOWN
