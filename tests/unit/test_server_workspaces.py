"""The calls of a system with a server, against an API in memory that fails where a test says so."""

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from krenalis_provider.api.documents import Alteration, Run
from krenalis_provider.api.errors import ApiError
from krenalis_provider.api.server import Server
from krenalis_provider.model.attribute_path import setting
from krenalis_provider.model.definition import Definition, WarehouseAddress
from krenalis_provider.model.errors import (
    CheckFailed,
    Finding,
    Verdict,
    WarehouseChanged,
    WorkspaceError,
)
from krenalis_provider.model.observed import ObservedWorkspace, RowCount
from krenalis_provider.model.profile_schema import parse
from krenalis_provider.model.unknown import UNKNOWN
from krenalis_provider.model.workspace import WarehouseMode
from krenalis_provider.workspaces.interface import Means, Prior, Reference
from krenalis_provider.workspaces.server import alteration, creation, waiting
from krenalis_provider.workspaces.server.server_workspaces import ServerWorkspaces
from lightstart.records import replace
from tests.support.server_api_double import (
    NOT_EMPTY,
    STATEMENT,
    MemoryApi,
    MemoryWarehouses,
    failed,
    lost,
    unavailable,
    unprocessable,
)
from tfplugin.deadline import Deadline

PASSWORD = "canary-of-a-password"
SETTINGS = {
    "host": "db.internal",
    "port": 5432,
    "username": "krenalis",
    "password": PASSWORD,
    "database": "cdp",
    "schema": "public",
}


def schema(*names: str) -> dict[str, Any]:
    properties = [{"name": name, "type": {"kind": "string"}, "readOptional": True} for name in names]
    return {"kind": "object", "properties": properties}


def definition(names: Sequence[str] = ("email", "first_name"), **values: Any) -> Definition:
    document = schema(*names)
    settings = values.pop("settings", SETTINGS)
    return Definition(
        **{
            "name": "Customers",
            "document": document,
            "profile_schema": parse(document),
            "warehouse": WarehouseAddress("PostgreSQL", settings),
            "mode": "Normal",
            "user_profile": {"extra": "email"},
            **values,
        }
    )


class System:
    """A server in memory, its warehouses, and our workspaces on it."""

    def __init__(self) -> None:
        self.api = MemoryApi()
        self.warehouses = MemoryWarehouses(self.api)
        self.learned: list[str] = []
        self.workspaces = self.anew()

    def anew(self) -> ServerWorkspaces:
        """As another process has them."""
        api: Any = self.api
        server = Server("https://krenalis.example.com", "api_key")
        means = Means(learn=self.learned.append)
        return ServerWorkspaces(server, means, api=api, open_warehouse=self.warehouses.open)

    def prior(self, workspace_id: str, was: Definition) -> Prior:
        observed = ObservedWorkspace(was.workspace(workspace_id), {}, {})
        return Prior(Reference(workspace_id, was.warehouse), observed, was.profile_schema.schema)

    def update(self, workspace_id: str, was: Definition, wanted: Definition) -> None:
        prior = self.prior(workspace_id, was)
        change = self.workspaces.plan_change(prior, wanted)
        self.workspaces.update(prior, wanted, change, soon())

    def test_change(self, workspace_id: str, was: Definition, wanted: Definition) -> tuple[Finding, ...]:
        prior = self.prior(workspace_id, was)
        return self.workspaces.test_change(prior, wanted, self.workspaces.plan_change(prior, wanted), soon())

    @property
    def only(self) -> dict[str, Any]:
        (workspace,) = self.api.workspaces.values()
        return workspace


def soon() -> Deadline:
    return Deadline.after(5)


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> System:
    monkeypatch.setattr(waiting, "_REPEATS", (0.001, 0.001))
    monkeypatch.setattr(waiting, "_FIRST_PAUSE", 0.001)
    monkeypatch.setattr(waiting, "_LONGEST_PAUSE", 0.002)
    monkeypatch.setattr(creation, "LOOKING_SECONDS", 0.05)
    monkeypatch.setattr(creation, "_FILLING_SECONDS", 0.1)
    return System()


def put(path: str, value: Any) -> Callable[[System], None]:
    """A change of what a workspace's document says, as somebody else makes it."""

    def change(system: System) -> None:
        system.only[path] = value

    return change


# creation


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


def test_a_creation_that_takes_longer_than_its_answer_is_waited_for(system: System) -> None:
    lists = iter(range(100))
    list_ = system.api.list

    def later(deadline: Any) -> Any:
        if next(lists) == 5:
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


# reading


def created(system: System, **values: Any) -> str:
    workspace_id = system.workspaces.create(definition(**values), soon())
    system.api.calls.clear()
    return workspace_id


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


# update


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


def test_a_failed_alteration_puts_the_identifiers_back_and_tells_its_error(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = definition(identifiers=["first_name", "email"])
    workspace_id = created(system, identifiers=["first_name", "email"])
    _plan(monkeypatch, identifiers_during=("email",), re_paths={"given_name": "first_name"})
    system.api.alteration_error = "view profiles: other objects depend on it"

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
    assert "Not changed: name and UI preferences and mode." in raised.value.detail

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


def test_an_alteration_that_does_not_end_is_told(system: System) -> None:
    workspace_id = created(system)
    prior, wanted = system.prior(workspace_id, definition()), definition(["email", "first_name", "tier"])
    system.api.alterations[workspace_id] = Alteration(start="2026-11-29T05:00:00Z")

    with pytest.raises(WorkspaceError, match="still being altered"):
        system.workspaces.update(
            prior, wanted, system.workspaces.plan_change(prior, wanted), Deadline.after(0.1)
        )


def test_a_loss_that_is_not_permitted_is_refused(system: System) -> None:
    workspace_id = created(system)

    with pytest.raises(WorkspaceError, match="drop_columns"):
        system.update(workspace_id, definition(), definition(["email"]))

    assert system.api.calls == []


# deletion


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

    assert system.workspaces.test_delete(reference, soon(), keeps_warehouse=False) != ()
    with pytest.raises(CheckFailed):
        system.workspaces.delete(reference, soon(), keeps_warehouse=False)

    assert "delete" not in system.api.calls


def test_a_warehouse_that_was_not_dropped_is_told_with_its_statements_and_dropped_the_next_time(
    system: System,
) -> None:
    workspace_id = created(system)
    reference = Reference(workspace_id, definition().warehouse)
    system.warehouses.drop_error = NOT_EMPTY

    with pytest.raises(WorkspaceError, match="is deleted") as raised:
        system.workspaces.delete(reference, soon(), keeps_warehouse=False)
    assert STATEMENT in raised.value.detail

    system.warehouses.drop_error = None
    system.workspaces.delete(reference, soon(), keeps_warehouse=False)
    assert system.api.fills == set()


def test_a_warehouse_that_is_another_workspaces_by_now_is_left_alone(system: System) -> None:
    workspace_id = created(system)
    reference = Reference(workspace_id, definition().warehouse)
    system.api.workspaces.clear()
    system.api.fills.clear()
    system.api.add(creation.body(definition(name="Others")))
    system.workspaces = system.anew()

    system.workspaces.delete(reference, soon(), keeps_warehouse=False)

    assert system.api.fills == {"public"}
    assert system.only["name"] == "Others"


# checks


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


TIER = definition(["email", "first_name", "tier"])


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


def test_a_creation_in_a_warehouse_that_is_taken_names_the_workspace(system: System) -> None:
    workspace_id = created(system)

    with pytest.raises(CheckFailed) as raised:
        system.workspaces.create(definition(), soon())

    (found,) = raised.value.findings
    assert (found.workspace_id, found.workspace_name) == (workspace_id, "Customers")


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


def test_a_creation_does_not_begin_in_a_warehouse_in_which_it_would_not_end(system: System) -> None:
    missing = Finding(Verdict.ABSENT, setting("schema"), "Missing right", "Grant it.")
    system.warehouses.found = (missing,)

    with pytest.raises(CheckFailed, match="Grant it"):
        system.workspaces.create(definition(), soon())

    assert "create" not in system.api.calls


def test_an_alteration_that_the_server_does_not_show_at_once_is_waited_for(system: System) -> None:
    workspace_id = created(system)
    shown = system.api.latest_alteration
    answers = iter([Alteration()] * 5)

    def late(workspace_id: str, deadline: Any) -> Alteration:
        return next(answers, None) or shown(workspace_id, deadline)

    system.api.latest_alteration = late  # type: ignore[method-assign]
    system.api.alteration_error = "no"

    with pytest.raises(WorkspaceError, match="ended with an error: no"):
        system.update(workspace_id, definition(), TIER)
