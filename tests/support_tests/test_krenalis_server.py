"""The test server answers as a Krenalis server, and fails as it is told to."""

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.certificates import Authority
from tests.support.krenalis_server import CannotStart, KrenalisServer, Strike
from tests.support.postgresql import Database

SCHEMA = {
    "kind": "object",
    "properties": [
        {"name": "email", "type": {"kind": "string", "maxLength": 254}, "readOptional": True},
        {"name": "age", "type": {"kind": "int", "bitSize": 16}, "readOptional": True},
    ],
}


class Caller:
    """Sends requests with a key, and with the header of a workspace where there is one."""

    def __init__(self, server: KrenalisServer, key: str | None = None) -> None:
        self.client = httpx.Client(base_url=f"{server.endpoint}/v1", timeout=10)
        self.headers = {"Authorization": f"Bearer {key or server.key}"}

    def __call__(self, method: str, path: str, workspace: str | None = None, **given: Any) -> httpx.Response:
        headers = {**self.headers, **({"Krenalis-Workspace": workspace} if workspace else {})}
        return self.client.request(method, path, headers=headers, **given)


@pytest.fixture
def call(krenalis: KrenalisServer) -> Iterator[Caller]:
    caller = Caller(krenalis)
    yield caller
    caller.client.close()


def body(database: Database, **changes: Any) -> dict[str, Any]:
    warehouse = {"platform": "PostgreSQL", "settings": database.settings()}
    return {"name": "Customers", "profileSchema": SCHEMA, "warehouse": warehouse, **changes}


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


def test_it_speaks_tls(tmp_path: Path) -> None:
    authority = Authority.make()
    certificate = authority.sign("krenalis", "127.0.0.1").write(tmp_path, "server")
    trust = ssl.create_default_context(cadata=authority.text)
    with KrenalisServer.start(certificate=certificate) as server:
        found = httpx.get(f"{server.endpoint}/v1/", verify=trust)
        assert found.headers["Content-Type"].startswith("text/html")
