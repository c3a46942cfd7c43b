"""The test server answers as a Krenalis server, and fails as it is told to."""

import socket
import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.support.certificates import Authority
from tests.support.krenalis_server import CannotStart, KrenalisServer, Strike
from tests.support.krenalis_server.caller import Caller, body
from tests.support.postgresql import Database


@pytest.fixture
def call(krenalis: KrenalisServer) -> Iterator[Caller]:
    caller = Caller(krenalis)
    yield caller
    caller.client.close()


def test_a_workspace_lives_from_create_to_delete_and_leaves_its_warehouse(
    krenalis: KrenalisServer, call: Caller, database: Database
) -> None:
    assert call("POST", "/workspaces/test", json=body(database)).status_code == 200
    workspace = call("POST", "/workspaces", json=body(database)).json()["id"]
    found = call("GET", "/workspaces/current", workspace).json()
    assert found["warehouseMode"] == "Normal"
    assert found["profileSchema"]["properties"][1] == {
        "name": "age",
        "type": {"kind": "int", "bitSize": 16},
        "readOptional": True,
        "description": "",
    }
    assert call("PUT", "/workspaces/current", workspace, json={"name": "Others"}).status_code == 200
    assert [each["name"] for each in call("GET", "/workspaces").json()["workspaces"]] == ["Others"]
    assert call("DELETE", "/workspaces/current", workspace).status_code == 200
    assert call("GET", "/workspaces/current", workspace).status_code == 404
    refused = call("POST", "/workspaces", json=body(database))
    assert refused.json()["error"]["code"] == "WarehouseNotInitializable"
    assert krenalis.sent("POST", "/workspaces")[0].json["name"] == "Customers"


def test_a_panic_ends_the_server_until_it_is_started_again(
    krenalis: KrenalisServer, call: Caller, database: Database
) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        call("POST", "/workspaces/test", json=body(database, profileSchema={"kind": 5}))
    assert krenalis.dead
    with pytest.raises(httpx.ConnectError):
        call("GET", "/workspaces")
    krenalis.restart()
    assert call("GET", "/workspaces").json() == {"workspaces": []}


def test_a_corrupting_bound_gives_an_id_and_stops_the_next_start(
    krenalis: KrenalisServer, call: Caller, database: Database
) -> None:
    bounded = {"kind": "int", "bitSize": 8, "minimum": 5, "maximum": 127}
    schema = {"kind": "object", "properties": [{"name": "a", "type": bounded, "readOptional": True}]}
    workspace = call("POST", "/workspaces", json=body(database, profileSchema=schema)).json()["id"]
    assert call("GET", "/workspaces/current", workspace).status_code == 404
    with pytest.raises(CannotStart, match="maximum cannot be less than minimum"):
        krenalis.restart()


@pytest.mark.parametrize(
    "strike", [Strike.CLOSE_UNREAD, Strike.CLOSE_READ, Strike.CLOSE_DONE, Strike.HALF_ANSWER]
)
def test_a_struck_request_is_done_or_not_as_the_strike_says(
    krenalis: KrenalisServer, call: Caller, database: Database, strike: Strike
) -> None:
    krenalis.fail("POST", "/workspaces", strike)
    with pytest.raises(httpx.RemoteProtocolError):
        call("POST", "/workspaces", json=body(database))
    assert len(krenalis.workspaces) == (strike in (Strike.CLOSE_DONE, Strike.HALF_ANSWER))
    [request] = krenalis.sent("POST", "/workspaces")
    assert bool(request.body) is (strike is not Strike.CLOSE_UNREAD)


def test_a_create_that_is_cut_off_leaves_a_warehouse_that_is_not_empty(
    krenalis: KrenalisServer, call: Caller, database: Database
) -> None:
    krenalis.state.initialise_only = 5
    with pytest.raises(httpx.RemoteProtocolError):
        call("POST", "/workspaces", json=body(database))
    krenalis.state.initialise_only = None
    refused = call("POST", "/workspaces", json=body(database)).json()["error"]
    assert refused["cause"] == "the database is not empty (contains 2 tables, 2 indexes)"
    assert krenalis.workspaces == {}


def test_a_path_that_is_too_long_gives_500_and_leaves_the_warehouse(
    krenalis: KrenalisServer, call: Caller, database: Database
) -> None:
    preferences = {"profile": {"extra": "a" * 101}}
    failed = call("POST", "/workspaces", json=body(database, uiPreferences=preferences))
    assert (failed.status_code, failed.text.strip()) == (500, "Internal Server Error")
    refused = call("POST", "/workspaces", json=body(database)).json()["error"]
    assert refused["code"] == "WarehouseNotInitializable"


def test_wrong_settings_are_taken_and_then_nothing_can_be_set(
    krenalis: KrenalisServer, call: Caller, database: Database
) -> None:
    workspace = call("POST", "/workspaces", json=body(database)).json()["id"]
    right = database.settings()
    wrong = {**right, "password": "wrong"}
    assert call("PUT", "/warehouse", workspace, json={"settings": wrong}).status_code == 200
    assert call("PUT", "/warehouse", workspace, json={"settings": right}).status_code == 500
    assert call("GET", "/warehouse", workspace).json()["settings"]["password"] == "wrong"


def test_the_nth_requests_get_another_answer(krenalis: KrenalisServer, call: Caller) -> None:
    krenalis.fail(
        "GET", "/workspaces", Strike.ANSWER, nth=2, times=2, status=429, headers={"Retry-After": "1"}
    )
    assert [call("GET", "/workspaces").status_code for _ in range(4)] == [200, 429, 429, 200]


def test_a_hanging_request_ends_with_its_fault(krenalis: KrenalisServer, call: Caller) -> None:
    krenalis.fail("GET", "/workspaces", Strike.HANG)
    call.client.timeout = httpx.Timeout(0.2)
    with pytest.raises(httpx.ReadTimeout):
        call("GET", "/workspaces")


def test_the_documented_spelling_has_integers_and_other_names(database: Database) -> None:
    with KrenalisServer.start(documented=True) as server:
        call = Caller(server)
        preferences = {"userProfile": {"extra": "email"}}
        workspace = call("POST", "/workspaces", json=body(database, uiPreferences=preferences)).json()["id"]
        assert isinstance(workspace, int)
        found = call("GET", "/workspaces/current", str(workspace)).json()
        assert (found["id"], found["mode"]) == (workspace, "Normal")
        assert found["uiPreferences"]["userProfile"]["extra"] == "email"
        call.client.close()


def test_a_warehouse_that_never_answers_gives_no_answer(
    krenalis: KrenalisServer, call: Caller, database: Database
) -> None:
    krenalis.state.answer_seconds = 2
    with socket.create_server(("127.0.0.1", 0)) as silent:
        wanted = body(database)
        wanted["warehouse"]["settings"]["port"] = silent.getsockname()[1]
        with pytest.raises(httpx.RemoteProtocolError):
            call("POST", "/workspaces/test", json=wanted)
    assert not krenalis.dead


def test_creates_at_the_same_time_give_one_workspace(krenalis: KrenalisServer, database: Database) -> None:
    def create(_: int) -> int:
        call = Caller(krenalis)
        with call.client:
            return call("POST", "/workspaces", json=body(database)).status_code

    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(create, range(4)))
    assert set(statuses) <= {200, 422, 503}
    assert statuses.count(200) == len(krenalis.workspaces)


def test_a_restricted_key_dies_with_its_workspace(
    krenalis: KrenalisServer, call: Caller, database: Database
) -> None:
    workspace = call("POST", "/workspaces", json=body(database)).json()["id"]
    restricted = Caller(krenalis, krenalis.restricted_key(workspace))
    assert restricted("GET", "/workspaces/current").json()["id"] == workspace
    assert restricted("GET", "/workspaces").status_code == 401
    assert restricted("DELETE", "/workspaces/current").status_code == 200
    assert restricted("GET", "/workspaces/current").status_code == 401
    restricted.client.close()


def test_snowflake_settings_are_checked_and_the_account_is_unreachable(
    krenalis: KrenalisServer, call: Caller, database: Database
) -> None:
    names = ("username", "password", "role", "database", "schema", "warehouse")
    settings = {**dict.fromkeys(names, "x"), "account": "acme-eu"}
    wanted = body(database, warehouse={"platform": "Snowflake", "settings": settings})
    assert call("POST", "/workspaces/test", json=wanted).status_code == 503
    settings["account"] = "acme"
    refused = call("POST", "/workspaces/test", json=wanted)
    assert refused.json()["error"]["code"] == "InvalidWarehouseSettings"


def test_it_speaks_tls(tmp_path: Path) -> None:
    authority = Authority.make()
    certificate = authority.sign("krenalis", "127.0.0.1").write(tmp_path, "server")
    trust = ssl.create_default_context(cadata=authority.text)
    with KrenalisServer.start(certificate=certificate) as server:
        found = httpx.get(f"{server.endpoint}/v1/", verify=trust)
        assert found.headers["Content-Type"].startswith("text/html")
