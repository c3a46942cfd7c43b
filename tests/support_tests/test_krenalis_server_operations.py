"""The test server alters profile schemas and resolves identities as a Krenalis server does: later, and one at a time."""

import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.support.krenalis_server import KrenalisServer
from tests.support.krenalis_server.caller import SCHEMA, Caller, body
from tests.support.postgresql import Database
from tests.support.postgresql_warehouse import execute


@pytest.fixture
def call(krenalis: KrenalisServer) -> Iterator[Caller]:
    caller = Caller(krenalis)
    yield caller
    caller.client.close()


def finish(krenalis: KrenalisServer) -> None:
    deadline = time.monotonic() + 10
    while krenalis.workspace().busy:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def alter(call: Caller, workspace: str, *properties: dict[str, Any], **more: Any) -> httpx.Response:
    schema = {"kind": "object", "properties": [{**each, "readOptional": True} for each in properties]}
    return call("PUT", "/profiles/schema", workspace, json={"schema": schema, **more})


EMAIL = {"name": "email", "type": {"kind": "string", "maxLength": 254}}
MAIL = {**EMAIL, "name": "primary_email"}
AGE = {"name": "age", "type": {"kind": "int", "bitSize": 16}}


def test_an_alteration_runs_after_its_answer_and_alone(
    krenalis: KrenalisServer, call: Caller, database: Database
) -> None:
    workspace = call("POST", "/workspaces", json=body(database)).json()["id"]
    assert call("GET", "/profiles/schema/latest-alter", workspace).json()["startTime"] is None
    krenalis.state.operation_seconds = 0.2
    assert alter(call, workspace, EMAIL).status_code == 200
    latest = call("GET", "/profiles/schema/latest-alter", workspace).json()
    assert latest["startTime"]
    assert latest["endTime"] is None
    refused = alter(call, workspace, AGE)
    assert refused.json()["error"]["code"] == "OperationAlreadyExecuting"
    settings = call("PUT", "/identity-resolution/settings", workspace, json={})
    assert settings.json()["error"]["code"] == "AlterSchemaInExecution"
    finish(krenalis)
    latest = call("GET", "/profiles/schema/latest-alter", workspace).json()
    assert latest["endTime"]
    assert latest["error"] is None
    assert [each["name"] for each in call("GET", "/profiles/schema", workspace).json()["properties"]] == [
        "email"
    ]


def test_an_alteration_that_fails_leaves_the_schema_and_tells_the_error(
    krenalis: KrenalisServer, call: Caller, database: Database
) -> None:
    workspace = call("POST", "/workspaces", json=body(database)).json()["id"]
    execute(database, "CREATE VIEW mine AS SELECT * FROM profiles")
    assert alter(call, workspace, EMAIL).status_code == 200
    finish(krenalis)
    latest = call("GET", "/profiles/schema/latest-alter", workspace).json()
    assert "cannot drop view profiles because other objects depend on it (SQLSTATE 2BP01)" in latest["error"]
    assert len(call("GET", "/profiles/schema", workspace).json()["properties"]) == 2


def test_a_renamed_identifier_goes_stale_and_blocks_the_workspace(
    krenalis: KrenalisServer, call: Caller, database: Database
) -> None:
    workspace = call("POST", "/workspaces", json=body(database)).json()["id"]
    call("PUT", "/identity-resolution/settings", workspace, json={"identifiers": ["email"]})
    assert alter(call, workspace, MAIL, AGE, rePaths={"primary_email": "email"}).status_code == 200
    finish(krenalis)
    assert krenalis.workspace().identifiers == ["primary.email"]
    assert call("POST", "/identity-resolution/start", workspace).status_code == 200
    time.sleep(0.1)
    assert call("GET", "/identity-resolution/latest", workspace).json()["endTime"] is None
    refused = alter(call, workspace, MAIL)
    assert refused.json()["error"]["code"] == "OperationAlreadyExecuting"


def test_a_failed_resolution_looks_like_a_good_one_and_an_alteration_then_empties_the_view(
    krenalis: KrenalisServer, call: Caller, database: Database
) -> None:
    workspace = call("POST", "/workspaces", json=body(database)).json()["id"]
    execute(database, INSERT_IDENTITY)
    call("POST", "/identity-resolution/start", workspace)
    finish(krenalis)
    assert execute(database, "SELECT email FROM profiles") == [("a@example.com",)]
    krenalis.state.resolution_error = "ERROR: something (SQLSTATE XX000)"
    call("POST", "/identity-resolution/start", workspace)
    finish(krenalis)
    latest = call("GET", "/identity-resolution/latest", workspace).json()
    assert set(latest) == {"startTime", "endTime"}
    assert execute(database, "SELECT count(*) FROM profiles") == [(1,)]
    alter(call, workspace, EMAIL)
    finish(krenalis)
    assert execute(database, "SELECT count(*) FROM profiles") == [(0,)]
    query = "SELECT count(*) FROM krenalis_system_operations WHERE error <> ''"
    assert execute(database, query) == [(1,)]


INSERT_IDENTITY = """
    INSERT INTO krenalis_identities (_pipeline, _identity_id, _connection, _updated_at, email)
    VALUES ('p', 'i', 'c', now(), 'a@example.com')
"""


def test_an_unknown_kind_ends_the_server_after_the_alteration_was_taken(
    krenalis: KrenalisServer, call: Caller, database: Database
) -> None:
    workspace = call("POST", "/workspaces", json=body(database)).json()["id"]
    odd = {"name": "odd", "type": {"kind": "text"}}
    assert alter(call, workspace, EMAIL, odd).status_code == 200
    deadline = time.monotonic() + 10
    while not krenalis.dead:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    krenalis.restart()
    refused = alter(call, workspace, EMAIL)
    assert refused.json()["error"]["code"] == "OperationAlreadyExecuting"


@pytest.mark.parametrize(
    ("properties", "re_paths", "message"),
    [
        ([MAIL], {"primary_email": "a.email"}, "invalid rePaths: renames of properties are only allowed"),
        ([EMAIL], {"email": "email"}, "invalid rePaths: rePath key cannot match with its value"),
        ([EMAIL], {"a b": None}, 'invalid rePaths: invalid property path: "a b"'),
        ([EMAIL], {"age": None}, 'rePaths cannot contain "age", as this property no longer exists'),
        (
            [EMAIL, MAIL, AGE],
            {"primary_email": "email"},
            'property "email" has been renamed and still appears',
        ),
        (
            [{**AGE, "name": "years", "type": {"kind": "date"}}],
            {"years": "age"},
            'error on property "age" (renamed to',
        ),
        (
            [MAIL],
            {"primary_email": None},
            'as there are no properties named "primary_email" in the old schema',
        ),
    ],
)
def test_what_an_alteration_cannot_do_is_refused(
    krenalis: KrenalisServer,
    call: Caller,
    database: Database,
    properties: list[dict[str, Any]],
    re_paths: dict[str, str | None],
    message: str,
) -> None:
    workspace = call("POST", "/workspaces", json=body(database)).json()["id"]
    refused = alter(call, workspace, *properties, rePaths=re_paths)
    assert refused.status_code in (400, 422)
    assert message in refused.json()["error"]["message"]


def test_the_next_version_runs_nothing_for_a_description_and_lists_its_runs(database: Database) -> None:
    with KrenalisServer.start(next_version=True) as server:
        call = Caller(server)
        workspace = call("POST", "/workspaces", json=body(database)).json()["id"]
        described = [{**each, "description": "new"} for each in SCHEMA["properties"]]
        schema = {"kind": "object", "properties": described}
        preview = call("PUT", "/profiles/schema/preview", workspace, json={"schema": schema})
        assert preview.json() == {"queries": []}
        execute(database, INSERT_IDENTITY)
        call("POST", "/identity-resolution/start", workspace)
        finish(server)
        [run] = call("GET", "/identity-resolution/runs", workspace).json()["runs"]
        assert run["status"] == "successful"
        assert execute(database, "SELECT _recognized_count FROM krenalis_profiles_1") == [(1,)]
        call.client.close()


def test_the_next_version_alters_the_live_table_after_a_failed_resolution(database: Database) -> None:
    with KrenalisServer.start(next_version=True) as server:
        call = Caller(server)
        workspace = call("POST", "/workspaces", json=body(database)).json()["id"]
        execute(database, INSERT_IDENTITY)
        for error in (None, "ERROR: something (SQLSTATE XX000)"):
            server.state.resolution_error = error
            call("POST", "/identity-resolution/start", workspace)
            finish(server)
        alter(call, workspace, EMAIL)
        finish(server)
        assert execute(database, "SELECT email FROM profiles") == [("a@example.com",)]
        server.state.resolution_error = None
        call("POST", "/identity-resolution/start", workspace)
        finish(server)
        query = "SELECT relname FROM pg_class WHERE relname LIKE 'krenalis_profiles_%' AND relkind = 'r'"
        assert execute(database, query) == [("krenalis_profiles_3",)]
        runs = call("GET", "/identity-resolution/runs", workspace).json()["runs"]
        assert [run["status"] for run in runs] == ["successful", "failed", "successful"]
        call.client.close()
