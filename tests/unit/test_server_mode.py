"""The resource where its workspace lives in a server, which a memory plays: what differs from direct mode."""

from typing import Any

import pytest

from krenalis_provider.data_sources.workspace import WorkspaceData
from krenalis_provider.data_sources.workspaces import WorkspacesData
from krenalis_provider.provider import KrenalisProvider
from krenalis_provider.server_block import Mode, ServerBlock
from krenalis_provider.workspaces.undecided import UndecidedWorkspaces
from lightstart.records import replace
from tests.support.memory_server import MemoryServer
from tests.support.memory_workspaces import MemoryWorkspaces
from tests.support.plugin import Caller, Told
from tests.support.workspace_calls import NAME, Plan, WorkspaceCalls
from tfplugin._generated import tfplugin6_pb2 as pb
from tfplugin.cty import UNKNOWN

ENDPOINT = "https://krenalis.example.com"
SERVER = ServerBlock(Mode.SERVER, ENDPOINT, "api_key")
OTHER = ServerBlock(Mode.SERVER, "https://other.example.com", "api_key")
UNDECIDED = ServerBlock(Mode.UNDECIDED, unknown=("endpoint",))
TEXT = {"kind": "string"}
DOCUMENT = {"kind": "object", "properties": [{"name": "email", "type": TEXT, "readOptional": True}]}
SETTINGS = {"host": "db", "port": 5432, "username": "u", "database": "d", "schema": "s"}


class Reached:
    """The warehouse that configurations name."""

    platform = "PostgreSQL"

    def settings(self) -> dict[str, Any]:
        return dict(SETTINGS)

    def parameters(self) -> dict[str, str]:
        return {}


@pytest.fixture
def server() -> MemoryServer:
    """It has no workspace yet."""
    return MemoryServer()


@pytest.fixture
def calls(server: MemoryServer) -> WorkspaceCalls:
    """A workspace of the server, which is not made yet."""
    return WorkspaceCalls(Reached(), system=server, server=SERVER)


def config(
    calls: WorkspaceCalls, *, settings: Any = None, document: Any = DOCUMENT, **attributes: Any
) -> Any:
    found = calls.config(document, **attributes)
    found["warehouse"]["settings"] |= settings or {"password_wo": "canary 1", "password_wo_version": 1}
    return found


def applied(calls: WorkspaceCalls, wanted: Any) -> Plan:
    """Plan and apply, and see that nothing is left to be planned."""
    assert calls.validate(wanted) == []
    plan = calls.plan(wanted)
    assert plan.errors == []
    assert calls.apply(plan) == []
    assert calls.refresh() == []
    again = calls.plan(wanted)
    assert (again.told, again.state) == ([], calls.state)
    return plan


def settings_of(calls: WorkspaceCalls) -> dict[str, Any]:
    found: dict[str, Any] = calls.state["warehouse"]["settings"]
    return found


def only(told: list[Told]) -> Told:
    (one,) = told
    return one


def test_a_write_only_password_reaches_the_server_and_nothing_else(
    calls: WorkspaceCalls, server: MemoryServer
) -> None:
    plan = applied(calls, config(calls))

    assert server.told == ["canary 1"]
    assert settings_of(calls)["password_wo_version"] == 1
    assert "canary" not in repr((plan.state, plan.private, calls.state, calls._private))


def test_a_new_version_sends_the_password_again(calls: WorkspaceCalls, server: MemoryServer) -> None:
    applied(calls, config(calls))
    applied(
        calls, config(calls, settings={"password_wo": "canary 2", "password_wo_version": 1}, name="Clients")
    )
    assert server.told == ["canary 1"]

    applied(
        calls, config(calls, settings={"password_wo": "canary 2", "password_wo_version": 2}, name="Clients")
    )
    assert server.told == ["canary 1", "canary 2"]


def test_a_password_that_goes_out_of_the_state_is_sent_once_more(
    calls: WorkspaceCalls, server: MemoryServer
) -> None:
    applied(calls, config(calls, settings={"password": "canary 1"}))
    assert settings_of(calls)["password"] == "canary 1"

    applied(calls, config(calls, settings={"password_wo": "canary 2"}))
    assert server.told == ["canary 1", "canary 2"]
    assert "canary" not in repr(calls.state)


def test_two_passwords_are_refused_without_being_shown(calls: WorkspaceCalls) -> None:
    wanted = config(calls, settings={"password": "canary 1", "password_wo": "canary 2"})

    told = only(calls.validate(wanted))

    assert told.detail.startswith("warehouse.settings.password_wo: password is set too")
    assert "canary" not in told.detail
    assert told.path == ""


def test_a_rule_of_passwords_is_told_of_the_write_only_one(calls: WorkspaceCalls) -> None:
    wanted = config(calls, settings={"password_wo": "canary\0"})

    told = only(calls.validate(wanted))

    assert told.detail.startswith("warehouse.settings.password_wo: ")
    assert "canary" not in told.detail


def test_a_client_that_would_store_the_password_is_refused() -> None:
    calls = WorkspaceCalls(Reached(), system=MemoryServer(), server=SERVER)
    request = pb.ValidateResourceConfig.Request(type_name=NAME, config=calls._wire(config(calls)))

    told = only(calls._told(calls._call("validate_resource_config", request)))

    assert told.summary == 'Write-only attribute not allowed (workspace "Customers")'


def test_direct_mode_refuses_a_write_only_password_in_the_plan() -> None:
    calls = WorkspaceCalls(Reached())
    wanted = config(calls, plan_check="off")
    assert calls.validate(wanted) == []

    told = only(calls.plan(wanted).errors)

    assert told.detail.startswith("warehouse.settings.password_wo: without a Krenalis server nobody keeps")


def test_a_write_only_password_that_is_not_known_yet_leaves_the_check_for_later(
    calls: WorkspaceCalls,
) -> None:
    wanted = config(calls, settings={"password_wo": UNKNOWN})
    assert calls.validate(wanted) == []

    told = only(calls.plan(wanted).told)

    assert told.summary.startswith("Warehouse not checked")
    assert told.detail.startswith("Not known yet: warehouse.settings.password_wo.")


@pytest.mark.parametrize(
    ("block", "planned"), [(ServerBlock(), "drop"), (SERVER, "abandon"), (UNDECIDED, UNKNOWN)]
)
def test_what_becomes_of_the_warehouse_is_chosen_by_the_mode(block: ServerBlock, planned: Any) -> None:
    calls = WorkspaceCalls(Reached(), system=MemoryWorkspaces(), server=block)

    assert calls.plan(calls.config(DOCUMENT)).state["on_destroy"] == planned
    assert calls.plan(calls.config(DOCUMENT, on_destroy="drop")).state["on_destroy"] == "drop"


def test_what_becomes_of_the_warehouse_stays_as_it_is(calls: WorkspaceCalls, server: MemoryServer) -> None:
    applied(calls, config(calls, on_destroy="drop"))
    applied(calls, config(calls))
    assert calls.state["on_destroy"] == "drop"

    calls.configure(UNDECIDED, UndecidedWorkspaces(MemoryWorkspaces(), server))
    assert calls.plan(config(calls)).state["on_destroy"] == "drop"


def test_an_abandoned_warehouse_stays_full(calls: WorkspaceCalls, server: MemoryServer) -> None:
    applied(calls, config(calls))
    plan = calls.plan(None)
    told = only(plan.told)
    assert told.summary == 'Workspace "Customers" will be deleted, and its warehouse stays'
    assert "from the Krenalis server" in told.detail

    assert calls.apply(plan) == []
    assert (calls.state, server.stored, server.full) == (None, {}, {"s"})


def test_a_warehouse_is_dropped_on_request(calls: WorkspaceCalls, server: MemoryServer) -> None:
    applied(calls, config(calls, on_destroy="drop"))
    plan = calls.plan(None)
    told = only(plan.told)
    assert told.summary.startswith('Workspace "Customers" will be destroyed')
    assert "from the Krenalis server" in told.detail
    assert "drops the tables" in told.detail

    assert calls.apply(plan) == []
    assert server.full == set()


def test_direct_mode_abandons_too() -> None:
    calls = WorkspaceCalls(Reached(), system=(system := MemoryWorkspaces()))
    applied(calls, calls.config(DOCUMENT, on_destroy="abandon"))
    plan = calls.plan(None)

    assert only(plan.told).summary == 'Workspace "Customers" will be forgotten, and its warehouse stays'
    assert calls.apply(plan) == []
    assert calls.state is None
    assert system.stored == {}  # a memory has no warehouse of its own


def test_a_replacement_in_an_abandoned_schema_is_explained_while_planning(calls: WorkspaceCalls) -> None:
    wanted = config(calls)
    applied(calls, wanted)

    told, done = calls.replace(wanted)

    assert done is None
    error = only([each for each in told if each.severity == "error"])
    assert error.summary == 'Workspace "Customers" cannot be replaced in the same place'
    assert 'set on_destroy = "drop", apply' in error.detail

    applied(calls, config(calls, on_destroy="drop"))
    told, done = calls.replace(config(calls, on_destroy="drop"))
    assert not [each for each in told if each.severity == "error"]
    assert done is not None


def test_another_schema_replaces_and_says_what_stays(calls: WorkspaceCalls) -> None:
    applied(calls, config(calls))
    wanted = config(calls)
    wanted["warehouse"]["settings"]["schema"] = "s2"

    plan = calls.plan(wanted)

    (warning,) = plan.told
    assert (
        warning.summary == 'Workspace "Customers" will be replaced by an empty one, and its warehouse stays'
    )


def test_rules_of_the_system_stop_the_plan(calls: WorkspaceCalls) -> None:
    wanted = config(calls, primary_sources={"email": "8sYbWqhTkRfG"})
    assert calls.validate(wanted) == []

    assert only(calls.plan(wanted).errors).detail == "primary_sources: a new workspace has no connections."

    applied(calls, config(calls))
    assert calls.plan(wanted).errors == []


@pytest.mark.parametrize(
    ("name", "value"), [("host", "db2"), ("port", 6543), ("username", "v"), ("schema", "t")]
)
def test_settings_that_were_changed_in_the_server_are_drift(
    calls: WorkspaceCalls, server: MemoryServer, name: str, value: Any
) -> None:
    applied(calls, config(calls))
    ((workspace_id, (platform, settings)),) = server.warehouses.items()
    server.warehouses[workspace_id] = (platform, {**settings, name: value})

    assert calls.refresh() == []

    assert settings_of(calls)[name] == value
    assert settings_of(calls)["password"] is None
    assert settings_of(calls)["account"] is None


@pytest.mark.parametrize(
    ("held", "shown"), [({"password": "canary 1"}, "canary 2"), ({"password_wo": "canary 1"}, None)]
)
def test_a_password_is_drift_only_where_the_state_holds_one(
    calls: WorkspaceCalls, server: MemoryServer, held: Any, shown: str | None
) -> None:
    applied(calls, config(calls, settings=held))
    ((workspace_id, (platform, settings)),) = server.warehouses.items()
    server.warehouses[workspace_id] = (platform, {**settings, "password": "canary 2"})

    calls.refresh()

    assert settings_of(calls)["password"] == shown


def test_an_import_by_id_fills_in_the_warehouse_without_its_password(
    calls: WorkspaceCalls, server: MemoryServer
) -> None:
    applied(calls, config(calls))
    before = calls.state
    calls.forget()

    assert calls.import_(before["id"]) == []

    assert settings_of(calls) == dict.fromkeys(settings_of(calls)) | SETTINGS
    assert calls.state["on_destroy"] == "abandon"
    assert calls.state["deletion_protection"] is True
    assert {**calls.state, "warehouse": 0, "deletion_protection": 0} == {
        **before, "warehouse": 0, "deletion_protection": 0, "timeouts": None,
    }  # fmt: skip
    plan = calls.plan(config(calls, deletion_protection=None))
    assert plan.errors == []
    assert plan.state["warehouse"]["settings"]["password_wo_version"] == 1
    unversioned = calls.plan(config(calls, settings={"password_wo": "canary"}, deletion_protection=None))
    assert (unversioned.told, unversioned.state) == ([], calls.state)


@pytest.mark.parametrize(("block", "id_", "told"), [
    (SERVER, "postgresql://u@h:5432/d/s", "this is the form for direct mode, and the provider has an endpoint"),
    (SERVER, "postgresql://u:canary@h:5432/d/s", "expected the id that the Krenalis server gave"),
    (SERVER, "Customers", "expected the id that the Krenalis server gave"),
    (ServerBlock(), "3oosWdEVSD5W", "needs endpoint and api_key in the provider block"),
    (ServerBlock(), "1604839201", "expected postgresql://"),
    (SERVER, "3oosWdEVSD5W", f"{ENDPOINT} has no workspace with the id 3oosWdEVSD5W."),
    (SERVER, "42", f"{ENDPOINT} has no workspace with the id 42."),
    (UNDECIDED, "42", "Not known yet: provider endpoint."),
])  # fmt: skip
def test_an_import_id_of_another_form_or_of_nothing_is_explained(
    server: MemoryServer, block: ServerBlock, id_: str, told: str
) -> None:
    calls = WorkspaceCalls(Reached(), system=server, server=block)

    detail = only(calls.import_(id_)).detail

    assert told in detail
    assert "canary" not in detail


def test_a_workspace_that_is_gone_is_made_anew(calls: WorkspaceCalls, server: MemoryServer) -> None:
    applied(calls, config(calls))
    server.stored.clear()

    assert only(calls.refresh()).summary == 'Workspace "Customers" is gone'
    assert calls.state is None


def test_a_workspace_of_another_server_is_not_gone(calls: WorkspaceCalls, server: MemoryServer) -> None:
    applied(calls, config(calls))
    state = calls.state
    calls.configure(OTHER, MemoryServer())

    told = only(calls.refresh())
    assert told.summary == 'Workspace "Customers" is not in this server'
    assert ENDPOINT in told.detail
    assert calls.state == state
    assert [each.summary for each in calls.delete_at_once()] == [told.summary]
    assert calls.state == state

    calls.configure(OTHER, server)  # the same under another name
    assert calls.refresh() == []
    calls.configure(SERVER, MemoryServer())
    assert "https://other.example.com" in only(calls.refresh()).detail


def test_a_workspace_of_direct_mode_is_not_looked_for_in_a_server(server: MemoryServer) -> None:
    calls = WorkspaceCalls(Reached(), system=MemoryWorkspaces())
    applied(calls, calls.config(DOCUMENT))
    state, private = calls.state, calls._private
    calls.configure(SERVER, server)

    for told in (
        calls.refresh(),
        calls.plan(config(calls)).told,
        calls.plan(None).told,
        calls.delete_at_once(),
    ):
        assert only(told).summary == 'Workspace "Customers" is in no server'
        assert calls.state == state
        calls._private = private


def test_a_workspace_of_a_server_is_not_looked_for_in_its_warehouse(calls: WorkspaceCalls) -> None:
    applied(calls, config(calls))
    calls.configure(ServerBlock(), None)

    for told in (calls.refresh(), calls.plan(config(calls)).told, calls.plan(None).told):
        assert only(told).summary == 'Workspace "Customers" is in a server'
        assert f'endpoint = "{ENDPOINT}"' in only(told).detail


def test_a_server_that_does_not_answer_keeps_the_state(calls: WorkspaceCalls, server: MemoryServer) -> None:
    applied(calls, config(calls))
    state = calls.state
    server.silent = True

    told = only(calls.refresh())

    assert told.severity == "warning"
    assert "The server does not answer." in told.detail
    assert calls.state == state


def test_a_strict_refresh_points_to_the_server(calls: WorkspaceCalls, server: MemoryServer) -> None:
    applied(calls, config(calls, plan_check="strict"))
    server.silent = True

    told = only(calls.refresh())

    assert told.severity == "error"
    assert "Look whether endpoint and api_key of the provider are right" in told.detail


def test_a_key_that_is_not_known_yet_keeps_the_state_too(calls: WorkspaceCalls, server: MemoryServer) -> None:
    applied(calls, config(calls))
    state = calls.state
    for block, unknown in ((replace(SERVER, unknown=("api_key",)), "api_key"), (UNDECIDED, "endpoint")):
        calls.configure(block, UndecidedWorkspaces(MemoryWorkspaces(), server))
        assert f"Not known yet: provider {unknown}." in only(calls.refresh()).detail
        assert calls.state == state
        plan = calls.plan(config(calls))
        assert plan.state == state
        assert only(plan.told).summary.startswith("Warehouse not checked")
    calls.configure(SERVER, server)
    assert calls.refresh() == []
    assert calls.plan(config(calls)).told == []


def test_a_creation_whose_mode_is_not_known_plans_what_both_modes_agree_on(server: MemoryServer) -> None:
    calls = WorkspaceCalls(
        Reached(), system=UndecidedWorkspaces(MemoryWorkspaces(), server), server=UNDECIDED
    )

    planned = calls.plan(config(calls)).state

    assert planned["profile_columns"] == {"email": "string"}
    assert (planned["objects"], planned["id"], planned["on_destroy"]) == (UNKNOWN, UNKNOWN, UNKNOWN)
    assert planned["migration"] == []


def test_one_workspace_in_two_resources_is_seen(calls: WorkspaceCalls, server: MemoryServer) -> None:
    applied(calls, config(calls))
    twin = WorkspaceCalls(Reached(), system=server, server=SERVER)
    twin.copy(calls)
    ((workspace_id, (platform, settings)),) = server.warehouses.items()
    with calls.one_walk_with(twin):
        calls.refresh()
        server.warehouses[workspace_id] = (platform, {**settings, "host": "db2"})
        twin.refresh()  # by now it is elsewhere, and still the same
        calls.plan(config(calls))
        told = only(twin.plan(config(twin)).errors)

    assert told.summary.startswith("One workspace in several resources")
    assert "the same workspace in the server" in told.detail


def test_two_creations_in_one_warehouse_are_seen(calls: WorkspaceCalls, server: MemoryServer) -> None:
    other = WorkspaceCalls(Reached(), system=server, server=SERVER)
    with calls.one_walk_with(other):
        assert calls.plan(config(calls)).told == []
        told = only(other.plan(config(other, name="Clients")).errors)

    assert told.summary.startswith("Several workspaces in one warehouse")


class Data:
    """Data sources of a configured provider."""

    def __init__(self, calls: WorkspaceCalls) -> None:
        self.caller = Caller(KrenalisProvider())
        self.caller.session.client = calls._configuration()

    def read(self, name: str, schema: Any, **given: Any) -> tuple[Any, list[Told]]:
        config = self.caller.wire(schema.type, dict.fromkeys(schema.attributes) | given)
        request = pb.ReadDataSource.Request(type_name=name, config=config)
        response = self.caller.call("read_data_source", request)
        told = [Told.of(diagnostic) for diagnostic in response.diagnostics]
        return None if told else self.caller.read(schema.type, response.state), told

    def validate(self, name: str, schema: Any, **given: Any) -> list[Told]:
        config = self.caller.wire(schema.type, dict.fromkeys(schema.attributes) | given)
        request = pb.ValidateDataResourceConfig.Request(type_name=name, config=config)
        response = self.caller.call("validate_data_resource_config", request)
        return [Told.of(diagnostic) for diagnostic in response.diagnostics]


ONE, ALL = ("krenalis_workspace", WorkspaceData.schema()), ("krenalis_workspaces", WorkspacesData.schema())
ADDRESS = {"platform": "PostgreSQL", "settings": dict.fromkeys(
    WorkspaceData.schema().attributes["warehouse"].attributes["settings"].attributes  # type: ignore[union-attr]
) | SETTINGS}  # fmt: skip


def test_a_data_source_reads_a_workspace_by_its_id(calls: WorkspaceCalls) -> None:
    applied(calls, config(calls))
    data = Data(calls)
    assert data.validate(*ONE, id=calls.state["id"]) == []

    found, told = data.read(*ONE, id=calls.state["id"])

    assert told == []
    assert (found["id"], found["name"], found["warehouse"]) == (calls.state["id"], "Customers", None)
    assert "has no workspace with the id 42" in only(data.read(*ONE, id="42")[1]).detail


def test_a_data_source_wants_what_its_mode_has(calls: WorkspaceCalls) -> None:
    direct = WorkspaceCalls(Reached(), system=MemoryWorkspaces())
    wrong: tuple[dict[str, Any], ...] = ({}, {"id": "42", "warehouse": ADDRESS})
    for given in wrong:
        assert "in direct mode, set warehouse." in only(Data(calls).validate(*ONE, **given)).detail
    assert only(Data(calls).read(*ONE, warehouse=ADDRESS)[1]).detail.startswith(
        "The provider has an endpoint."
    )
    assert only(Data(direct).read(*ONE, id="42")[1]).detail.startswith("There is no endpoint")


def test_a_data_source_lists_the_workspaces_of_a_server_by_name(
    calls: WorkspaceCalls, server: MemoryServer
) -> None:
    applied(calls, config(calls))
    other = WorkspaceCalls(Reached(), system=server, server=SERVER)
    applied(other, config(other, name="Clients"))
    data = Data(calls)
    assert data.validate(*ALL) == []

    found, _ = data.read(*ALL)

    assert [(each["name"], each["schema"]) for each in found["workspaces"]] == [
        ("Clients", None),
        ("Customers", None),
    ]
    assert only(data.read(*ALL, database="d")[1]).detail.startswith("database: the provider has an endpoint")


def test_without_a_server_a_list_needs_a_database() -> None:
    _, told = Data(WorkspaceCalls(Reached())).read(*ALL)

    assert {each.detail for each in told} >= {
        "username: is required by platform PostgreSQL.",
        "database: is required by platform PostgreSQL.",
    }


def test_data_waits_for_what_is_not_known(server: MemoryServer) -> None:
    calls = WorkspaceCalls(
        Reached(), system=UndecidedWorkspaces(MemoryWorkspaces(), server), server=UNDECIDED
    )
    for _, told in (Data(calls).read(*ONE, id="42"), Data(calls).read(*ALL)):
        assert only(told).detail.startswith("Not known yet: provider endpoint.")
