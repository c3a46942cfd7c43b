"""What an earlier version of the provider stored is read, kept, changed and removed by this one.

The files are in ``stored/``, see the README there. They stay as they are, whatever becomes of the code. The folders of all
versions that are there are taken up; `test_stored_unfinished.py` has what broke off.
"""

import json

import pytest

from tests.support.served_warehouse import ServedWarehouse
from tests.support.stored import Stored, import_id, read_kept
from tests.support.stored_life import (
    assert_nothing_is_planned,
    assert_read,
    configured,
    each,
    stored_state,
    taken,
)
from tests.support.warehouse import Warehouse
from tests.support.workspace_calls import WorkspaceCalls

DIRECT = ("postgresql", "snowflake")
REPLACED = Stored.case("0.1.0-dev/snowflake/customers")


@pytest.fixture(autouse=True)
def _password(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(warehouse.password_variable, warehouse.password)


@each()
def test_a_stored_state_is_upgraded_and_kept_and_nothing_is_planned(
    case: Stored, warehouse: Warehouse
) -> None:
    workspace = taken(case, warehouse)

    upgraded = stored_state(case, warehouse)
    assert workspace.stored() == upgraded
    assert workspace.refresh() == []
    # the migration of the last change is done
    assert workspace.stored() == {**upgraded, "migration": [], "losses": []}

    plan = assert_nothing_is_planned(workspace, case, warehouse)
    private = json.loads(case.private(warehouse))
    private.pop("not_refreshed", None)
    assert json.loads(plan.private) == private
    assert read_kept(warehouse) == case.kept


@each()
def test_a_change_of_the_name_keeps_the_rest_of_a_stored_workspace_to_the_letter(
    case: Stored, warehouse: Warehouse
) -> None:
    workspace = taken(case, warehouse)
    workspace.refresh()

    plan = workspace.plan(configured(workspace, case, warehouse, name="Renamed"))

    assert plan.told == workspace.apply(plan) == []
    now = read_kept(warehouse)
    assert now == {**case.kept, "name": "Renamed", **({"owner": now["owner"]} if "owner" in now else {})}


@each("customers")
def test_a_stored_workspace_takes_another_profile_schema_with_its_data_kept(
    case: Stored, warehouse: Warehouse
) -> None:
    workspace = taken(case, warehouse)
    workspace.refresh()
    changed = case.beside("changed")
    if case.configuration.get("mode") == "Inspection":  # which refuses changes of the columns
        normal = workspace.plan(configured(workspace, case, warehouse, mode="Normal"))
        assert normal.told == workspace.apply(normal) == []

    plan = workspace.plan(configured(workspace, changed, warehouse))
    assert plan.errors == []
    assert workspace.apply(plan) == []

    assert_nothing_is_planned(workspace, changed, warehouse)
    assert warehouse.profiles("contact_email", "address_place_city") == [("anné@example.com", "Zürich")]


@each()
def test_a_stored_workspace_is_destroyed(case: Stored, warehouse: Warehouse) -> None:
    workspace = taken(case, warehouse)
    workspace.refresh()
    plan = workspace.plan(configured(workspace, case, warehouse, deletion_protection=False))
    assert plan.told == workspace.apply(plan) == []
    abandoned = workspace.state["on_destroy"] == "abandon"

    destruction = workspace.plan(None)
    assert destruction.errors == []
    assert workspace.apply(destruction) == []

    assert workspace.state is None
    tables = {name.lower() for name in warehouse.relations()}
    assert ("krenalis_identities" in tables) is abandoned
    assert abandoned or warehouse.content() == set()
    if isinstance(warehouse, ServedWarehouse):
        assert dict(warehouse.server.workspaces) == {}


@each("not_refreshed")
def test_a_stored_reason_why_a_refresh_failed_lets_the_plan_look_at_the_warehouse(
    case: Stored, warehouse: Warehouse
) -> None:
    workspace = WorkspaceCalls(warehouse)
    attributes, private = case.attributes(warehouse), json.loads(case.private(warehouse))

    assert workspace.take(attributes, 0, json.dumps(private).encode()) == []
    (found,) = workspace.plan(configured(workspace, case, warehouse)).told
    assert found.summary == 'Warehouse differs from the state (workspace "Customers")'

    del private["not_refreshed"]
    assert workspace.take(attributes, 0, json.dumps(private).encode()) == []
    assert workspace.plan(configured(workspace, case, warehouse)).told == []


@each("not_refreshed")
def test_stored_private_data_alone_protect_a_workspace(case: Stored, warehouse: Warehouse) -> None:
    workspace = WorkspaceCalls(warehouse)
    workspace.take(case.attributes(warehouse), 0, case.private(warehouse))
    workspace.state = None  # as in the second half of the plan of a replacement

    unprotected = configured(workspace, case, warehouse, deletion_protection=False)
    (refusal,) = workspace.plan(unprotected).errors

    assert refusal.summary == 'Workspace "Customers" is protected'
    assert case.record["id"] in refusal.detail


@pytest.mark.parametrize(
    ("warehouses", "case"), [("Snowflake", REPLACED)], ids=["former"], indirect=["warehouses"]
)
def test_stored_private_data_tell_the_replaced_workspace_by_the_former_spelling_of_its_account(
    case: Stored, warehouse: Warehouse
) -> None:
    """Before identifiers were known to have regions, their dots were stored as hyphens."""
    case.restore(warehouse)
    account = "double12345.eu-central-1"
    workspace = WorkspaceCalls(warehouse)
    private = {**json.loads(case.private(warehouse)), "protected": False}
    replacing = configured(workspace, case, warehouse, deletion_protection=False)
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


@each(places=DIRECT)
def test_a_stored_record_is_read_as_it_was_written(case: Stored, warehouse: Warehouse) -> None:
    case.restore(warehouse)
    workspace = WorkspaceCalls(warehouse)

    assert workspace.import_(import_id(warehouse, case.record["id"])) == []

    assert_read(workspace.stored(), case.record)
