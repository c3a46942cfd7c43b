"""The calls on workspaces of a Krenalis server, on the test server with real warehouses."""

import time
from typing import Any

import pytest

from krenalis_provider.model.attribute_path import setting
from krenalis_provider.model.errors import CheckFailed, Verdict, WorkspaceError
from krenalis_provider.model.observed import RowCount
from krenalis_provider.model.unknown import UNKNOWN
from krenalis_provider.warehouses.engines.transactional import TransactionalProvisioner
from krenalis_provider.workspaces.server import creation
from tests.support.krenalis_server import KrenalisServer, Strike
from tests.support.postgresql import Database
from tests.support.postgresql_warehouse import content, execute
from tests.support.server_calls import ServerCalls, columns, soon
from tests.support.snowflake import SnowflakeDatabase


@pytest.fixture
def calls(krenalis: KrenalisServer, database: Database) -> ServerCalls:
    return ServerCalls(krenalis, database)


def test_a_workspace_is_created_read_changed_and_deleted(calls: ServerCalls, database: Database) -> None:
    first = calls.definition(identifiers=["email"], resolve_identities_on_batch_import=False)
    assert calls.test(first) == ()
    workspace_id = calls.create(first)
    assert calls.agrees(workspace_id, first)
    assert columns(database)[2:] == ["email", "first_name"]

    second = calls.definition(
        "email", "given_name", "tier",
        name="Clients", mode="Maintenance", user_profile={"first_name": "given_name"},
        identifiers=["given_name"], renames={"given_name": "first_name"},
    )  # fmt: skip
    assert calls.test_change(workspace_id, first, second) == ()
    calls.update(workspace_id, first, second)
    assert calls.agrees(workspace_id, second)
    assert columns(database)[2:] == ["email", "given_name", "tier"]

    calls.delete(workspace_id, keeps_warehouse=False)
    assert calls.get(workspace_id) is None
    assert content(database) == set()


def test_a_warehouse_may_be_left_behind_and_its_statements_clear_it(
    calls: ServerCalls, database: Database
) -> None:
    workspace_id = calls.create(calls.definition())
    calls.delete(workspace_id, keeps_warehouse=True)

    (found,) = calls.test(calls.definition())
    assert (found.verdict, found.path) == (Verdict.CONTRADICTED, setting("schema"))
    assert "(WarehouseNotInitializable)" in found.detail

    _, _, listed = found.detail.partition("run these statements")
    statements = [line.strip() for line in listed.splitlines()[1:] if line.startswith("  ")]
    execute(database, *statements)
    assert calls.test(calls.definition()) == ()
    assert calls.create(calls.definition())


def test_a_test_names_the_workspace_that_has_the_warehouse(calls: ServerCalls) -> None:
    workspace_id = calls.create(calls.definition(name="Others"))

    (found,) = calls.test(calls.definition())
    assert (found.workspace_id, found.workspace_name) == (workspace_id, "Others")
    assert calls.test(calls.definition(), replaces=workspace_id) == ()


def test_what_the_servers_test_passes_over_is_found(calls: ServerCalls, database: Database) -> None:
    execute(database, "CREATE SCHEMA elsewhere", "CREATE TYPE elsewhere.event_type AS ENUM ()")
    missing = {"schema": "missing"}

    clash, absent = calls.test(calls.definition()), calls.test(calls.definition(settings=missing))

    assert clash[0].is_obstacle
    assert absent[0].verdict is Verdict.ABSENT


def test_a_wrong_password_is_told_once(calls: ServerCalls) -> None:
    (found,) = calls.test(calls.definition(settings={"password": "wrong"}))

    assert (found.verdict, found.path) == (Verdict.ABSENT, setting("password"))
    assert "28P01" in found.detail


def test_a_server_that_never_answers_does_not_hold_up_the_plan(
    calls: ServerCalls, krenalis: KrenalisServer
) -> None:
    krenalis.fail("POST", "/workspaces/test", Strike.HANG)
    begun = time.monotonic()

    found = calls.workspaces.test(calls.definition(), soon(1), replaces=None)

    assert time.monotonic() - begun < 60  # the server is silent for ever
    assert [each.verdict for each in found] == [Verdict.COULD_NOT_TELL]


def test_a_creation_does_not_begin_where_it_would_break_off(
    calls: ServerCalls, krenalis: KrenalisServer, database: Database
) -> None:
    execute(database, "CREATE SCHEMA elsewhere", "CREATE TYPE elsewhere.event_type AS ENUM ()")

    with pytest.raises(CheckFailed, match="event_type"):
        calls.create(calls.definition())

    assert krenalis.sent("POST", "/workspaces") == []
    assert content(database) == set()


def test_a_creation_that_breaks_off_half_way_says_how_it_is_cleared(
    calls: ServerCalls, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TransactionalProvisioner, "check_for_server", lambda *_: ())
    execute(database, "CREATE SCHEMA elsewhere", "CREATE TYPE elsewhere.event_type AS ENUM ()")

    with pytest.raises(WorkspaceError) as raised:
        calls.create(calls.definition())

    assert "SQLSTATE" in raised.value.detail
    assert "krenalis_destination_profiles" in raised.value.detail


def test_a_password_is_rotated_at_the_server_first_and_then_in_the_database(
    calls: ServerCalls, database: Database, krenalis: KrenalisServer
) -> None:
    workspace_id = calls.create(calls.definition())
    another = calls.definition(settings={"password": "another"})

    (found,) = calls.test_change(workspace_id, calls.definition(), another)
    assert (found.verdict, found.path) == (Verdict.NOTED, setting("password"))
    calls.update(workspace_id, calls.definition(), another)
    assert krenalis.workspace().settings["password"] == "another"

    with database.connect() as connection:
        connection.execute(f"ALTER ROLE {database.role} PASSWORD 'another'")
    renamed = calls.definition(name="Clients", settings={"password": "another", "host": "localhost"})
    assert calls.test_change(workspace_id, another, renamed) == ()
    calls.update(workspace_id, another, renamed)
    assert krenalis.workspace().settings["host"] == "localhost"


def test_settings_that_lead_nowhere_are_refused(
    calls: ServerCalls, database: Database, krenalis: KrenalisServer
) -> None:
    workspace_id = calls.create(calls.definition())
    another = calls.definition(settings={"password": "another", "host": "localhost"})

    (found,) = calls.test_change(workspace_id, calls.definition(), another)
    assert (found.verdict, found.path) == (Verdict.ABSENT, setting("password"))
    with pytest.raises(CheckFailed):
        calls.update(workspace_id, calls.definition(), another)
    assert krenalis.sent("PUT", "/warehouse") == []


def test_a_password_that_was_changed_in_the_database_first_says_how_to_go_on(
    calls: ServerCalls, database: Database
) -> None:
    workspace_id = calls.create(calls.definition())
    with database.connect() as connection:
        connection.execute(f"ALTER ROLE {database.role} PASSWORD 'another'")
    another = calls.definition(settings={"password": "another"})

    (found,) = calls.test_change(workspace_id, calls.definition(), another)
    assert found.verdict is Verdict.CONTRADICTED
    with pytest.raises(WorkspaceError, match="old password"):
        calls.update(workspace_id, calls.definition(), another)


def test_new_settings_keep_what_terraform_does_not_manage(
    calls: ServerCalls, database: Database, krenalis: KrenalisServer
) -> None:
    workspace_id = calls.create(calls.definition(mode="Maintenance"))
    with database.connect() as connection:
        connection.execute("CREATE ROLE reads LOGIN PASSWORD 'reads'")
    krenalis.workspace().mcp_settings = {
        **krenalis.workspace().settings,
        "username": "reads",
        "password": "reads",
    }
    try:
        execute(database, f"GRANT USAGE ON SCHEMA {database.schema} TO reads",
                f"GRANT SELECT ON ALL TABLES IN SCHEMA {database.schema} TO reads")  # fmt: skip
        host = calls.definition(mode="Maintenance", settings={"host": "localhost", "password": None})
        calls.update(workspace_id, calls.definition(mode="Maintenance"), host)
    finally:
        execute(database, "DROP OWNED BY reads", "DROP ROLE reads")

    workspace = krenalis.workspace()
    assert (workspace.mode, workspace.settings["host"]) == ("Maintenance", "localhost")
    assert workspace.settings["password"] == database.password
    assert workspace.mcp_settings is not None


def test_an_alteration_that_fails_tells_why_and_changes_nothing(
    calls: ServerCalls, database: Database
) -> None:
    first = calls.definition(identifiers=["first_name"])
    workspace_id = calls.create(first)
    execute(database, "CREATE VIEW on_profiles AS SELECT * FROM profiles")

    with pytest.raises(WorkspaceError, match="depend"):
        calls.update(
            workspace_id,
            first,
            calls.definition(
                "email", "given_name", identifiers=["given_name"], renames={"given_name": "first_name"}
            ),
        )

    assert calls.agrees(workspace_id, first)


def test_operations_are_waited_for(calls: ServerCalls, krenalis: KrenalisServer) -> None:
    workspace_id = calls.create(calls.definition())
    krenalis.state.operation_seconds = 0.5
    third = calls.definition("email", "first_name", "tier")
    fourth = calls.definition("email", "first_name", "tier", "score", identifiers=["email"])

    calls.update(workspace_id, calls.definition(), third)
    calls.update(workspace_id, third, fourth)

    assert calls.agrees(workspace_id, fourth)


def test_an_alteration_after_a_failed_identity_resolution_is_warned_of(
    calls: ServerCalls, krenalis: KrenalisServer, database: Database
) -> None:
    workspace_id = calls.create(calls.definition())
    krenalis.state.resolution_error = "a column is missing"
    api: Any = calls.workspaces._access.api
    api.start_identity_resolution(workspace_id, soon())
    while api.latest_identity_resolution(workspace_id, soon()).runs:
        time.sleep(0.05)

    found = calls.test_change(
        workspace_id, calls.definition(), calls.definition("email", "first_name", "tier")
    )

    assert [(each.verdict, each.summary) for each in found] == [
        (Verdict.NOTED, "The last identity resolution failed")
    ]


def test_a_view_of_others_over_the_profiles_stops_the_plan_of_an_alteration(
    calls: ServerCalls, database: Database
) -> None:
    first, second = calls.definition(), calls.definition("email", "first_name", "tier")
    workspace_id = calls.create(first)
    execute(database, "CREATE VIEW mine AS SELECT email FROM profiles")

    (found,) = calls.test_change(workspace_id, first, second)
    assert (found.verdict, found.path) == (Verdict.CONTRADICTED, setting("schema"))
    assert f'view {database.schema}.mine depends on the view "profiles"' in found.detail
    assert calls.test_change(workspace_id, first, calls.definition(name="Clients")) == ()

    execute(database, "DROP VIEW mine")
    assert calls.test_change(workspace_id, first, second) == ()


def test_rows_are_counted(calls: ServerCalls, database: Database) -> None:
    workspace_id = calls.create(calls.definition())
    execute(
        database, "INSERT INTO krenalis_profiles_0 (_updated_at, email) VALUES (now(), 'a'), (now(), NULL)"
    )
    reference = calls.reference(workspace_id)

    assert calls.workspaces.count(reference, soon()).profiles == RowCount(2)
    counted = calls.workspaces.count_values(reference, ["email"], soon())
    assert counted.profiles.values == {"email": 1}

    calls.server.workspace().settings["port"] = 1
    assert calls.workspaces.count(reference, soon(2)).profiles is UNKNOWN


@pytest.mark.parametrize("form", ["documented", "next_version"])
def test_the_other_forms_of_the_api_are_understood(database: Database, form: str) -> None:
    with KrenalisServer.start(**{form: True}) as server:  # type: ignore[arg-type]
        calls = ServerCalls(server, database)
        first = calls.definition(identifiers=["email"], mode="Maintenance")
        workspace_id = calls.create(first)
        assert calls.agrees(workspace_id, first)
        second = calls.definition("email", "first_name", "tier", name="Clients", user_profile={})
        assert calls.test_change(workspace_id, first, second) == ()
        calls.update(workspace_id, first, second)
        assert calls.agrees(workspace_id, second)
        calls.delete(workspace_id, keeps_warehouse=False)
        assert calls.get(workspace_id) is None


def test_a_restricted_key_reads_changes_and_deletes_its_workspace(
    calls: ServerCalls, krenalis: KrenalisServer, database: Database
) -> None:
    workspace_id = calls.create(calls.definition())
    restricted = ServerCalls(krenalis, database, key=krenalis.restricted_key(workspace_id))

    assert restricted.agrees(workspace_id, calls.definition())
    restricted.update(workspace_id, calls.definition(), calls.definition(name="Clients"))
    assert [*restricted.workspaces.list(None, soon()).workspaces] == [workspace_id]
    paths = [str(found.path) for found in restricted.test(calls.definition())]
    assert paths == ["provider api_key", "warehouse.settings.schema"]

    restricted.delete(workspace_id, keeps_warehouse=False)
    assert krenalis.workspaces == {}
    assert content(database) == set()
    assert restricted.workspaces.get(restricted.reference(workspace_id), soon()) is None


def test_a_hundred_workspaces_are_refreshed_with_one_list(
    calls: ServerCalls, krenalis: KrenalisServer, database: Database
) -> None:
    workspace_id = calls.create(calls.definition())
    original = krenalis.workspace()
    for number in range(99):
        other_id = krenalis.state.new_id()
        krenalis.state.workspaces[other_id] = type(original)(
            other_id,
            f"Copy {number}",
            original.schema,
            "PostgreSQL",
            original.settings,
            "Normal",
            original.preferences,
        )
    krenalis.requests.clear()
    workspaces = calls.anew()

    for other_id in krenalis.workspaces:
        assert workspaces.get(calls.reference(other_id), soon()) is not None

    assert len(krenalis.sent("GET", "/workspaces")) == 1
    assert len(krenalis.requests) == 101
    assert workspace_id in krenalis.workspaces


def test_a_creation_that_nobody_answers_is_given_up_in_time(
    calls: ServerCalls, krenalis: KrenalisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(creation, "LOOKING_SECONDS", 6)
    hung = krenalis.fail("POST", "/workspaces", Strike.HANG, times=3)

    for seconds in (1, 5, 25):  # a busy machine needs more time until it has come to the creation
        begun = time.monotonic()
        with pytest.raises(WorkspaceError) as raised:
            calls.create(calls.definition(), seconds=seconds)
        assert time.monotonic() - begun < seconds + 60  # the server is silent for ever
        if hung.happened.is_set():
            break

    assert "no new workspace" in str(raised.value)


def test_a_workspace_on_snowflake_is_created_changed_and_deleted(
    krenalis: KrenalisServer, snowflake_database: SnowflakeDatabase
) -> None:
    calls = ServerCalls(krenalis, snowflake_database)
    first = calls.definition(identifiers=["email"])
    assert calls.test(first) == ()
    workspace_id = calls.create(first)
    assert calls.agrees(workspace_id, first)
    (taken,) = calls.test(first)
    assert taken.workspace_id == workspace_id

    second = calls.definition("email", "given_name", name="Clients", renames={"given_name": "first_name"})
    assert calls.test_change(workspace_id, first, second) == ()
    calls.update(workspace_id, first, second)
    assert calls.agrees(workspace_id, second)
    assert calls.workspaces.count(calls.reference(workspace_id), soon()).profiles == RowCount(0)

    calls.delete(workspace_id, keeps_warehouse=False)
    assert calls.get(workspace_id) is None
    assert calls.test(first) == ()
