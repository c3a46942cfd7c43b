"""What is sent, and what becomes of the answers."""

import threading
from typing import Any

import pytest

from krenalis_provider.api import errors
from krenalis_provider.api.server import normal_endpoint
from tests.support.api_calls import (
    ANSWERS,
    CALLS,
    CREATE,
    KEY,
    LIST,
    OF_WORKSPACES,
    PASSWORD,
    SCHEMA,
    SETTINGS,
    WORKSPACE,
    api,
)
from tests.support.scripted_server import Turn, answer, scripted
from tfplugin.deadline import Deadline

BODIES: dict[str, Any] = {
    "PUT /workspaces/current": {
        "name": "Customers",
        "uiPreferences": {
            spelling: {"image": "", "firstName": "", "lastName": "", "extra": ""}
            for spelling in ("profile", "userProfile")
        },
    },
    "PUT /warehouse": {
        "mode": "Normal", "settings": SETTINGS, "mcpSettings": None, "cancelIncompatibleOperations": False,
    },
    "PUT /warehouse/test": {"settings": SETTINGS, "mcpSettings": None},
    "PUT /warehouse/mode": {"mode": "Inspection", "cancelIncompatibleOperations": False},
    "PUT /profiles/schema": {"schema": SCHEMA, "primarySources": {"a": 5}, "rePaths": {"b": "a"}},
    "PUT /profiles/schema/preview": {"schema": SCHEMA, "rePaths": {}},
    "PUT /identity-resolution/settings": {"runOnBatchImport": True, "identifiers": ["email"]},
    "POST /workspaces": {"name": "Customers"},
    "POST /workspaces/test": {"name": "Customers"},
}  # fmt: skip


def minute() -> Deadline:
    return Deadline.after(60)


@pytest.mark.parametrize("name", CALLS)
def test_a_call_is_one_request_with_the_key_and_its_body(name: str) -> None:
    with scripted(answer(200, ANSWERS.get(name, b""))) as server:
        CALLS[name](api(server.endpoint), minute())

    (request,) = server.received
    assert f"{request.method} {request.target}" == name.replace(" ", " /v1")
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.headers.get("krenalis-workspace") == (WORKSPACE if name in OF_WORKSPACES else None)
    assert request.headers["accept"] == "application/json"
    assert request.headers.get("content-type") == ("application/json" if name in BODIES else None)
    assert (request.document if request.body else None) == BODIES.get(name)
    assert KEY not in request.target


@pytest.mark.parametrize("path", ["", "/", "/v1", "/krenalis/", "/krenalis/v1"])
def test_an_endpoint_may_have_a_path(path: str) -> None:
    with scripted(answer(200, ANSWERS["GET /workspaces"])) as server:
        LIST(api(normal_endpoint(server.endpoint + path)), minute())

    assert server.received[0].target == ("/krenalis" if "krenalis" in path else "") + "/v1/workspaces"


def test_answers_become_documents() -> None:
    for name in CALLS:
        with scripted(answer(200, ANSWERS.get(name, b""))) as server:
            found = CALLS[name](api(server.endpoint), minute())
        assert (found is None) is (name not in ANSWERS)
        assert KEY not in repr(found)
        assert PASSWORD not in repr(found)


@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize("body", [b"", b"[]", b'"text"', b"{", b"[5"], ids=repr)
def test_another_document_is_an_answer_that_no_krenalis_server_gives(name: str, body: bytes) -> None:
    with scripted(answer(200, body)) as server, pytest.raises(errors.ServerFailed) as caught:
        CALLS[name](api(server.endpoint), minute())

    assert caught.value.request == name.replace(" ", " /v1")
    assert server.endpoint in caught.value.detail
    assert len(server.received) == 1


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 405, 422, 500, 502, 503, 504])
def test_other_statuses_are_errors_and_nothing_is_sent_again(name: str, status: int) -> None:
    with scripted(answer(status, "Some text")) as server, pytest.raises(errors.ServerFailed) as caught:
        CALLS[name](api(server.endpoint), minute())

    assert caught.value.status == status
    assert caught.value.may_have_acted is (status >= 500)
    assert len(server.received) == 1


def test_a_redirection_is_not_followed() -> None:
    with scripted(answer(200, ANSWERS["GET /workspaces"])) as other:
        move = answer(307, b"", Location=f"{other.endpoint}/v1/workspaces")
        with scripted(move) as server, pytest.raises(errors.WrongEndpoint, match=other.endpoint):
            LIST(api(server.endpoint), minute())

    assert other.received == []


def test_the_last_sync_token_goes_with_the_next_request() -> None:
    listed = ANSWERS["GET /workspaces"]
    acts = [
        answer(200, listed, Sync_Token="one"), answer(200, listed), answer(200, listed, Sync_Token="two"),
        answer(500, "x", Sync_Token="three"), answer(200, listed, Sync_Token="x" * 2000), answer(200, listed),
    ]  # fmt: skip
    with scripted(*acts) as server:
        client = api(server.endpoint)
        for number in range(6):
            if number == 3:
                with pytest.raises(errors.ServerFailed):
                    LIST(client, minute())
            else:
                LIST(client, minute())

    tokens = [request.headers.get("sync-token") for request in server.received]
    assert tokens == [None, "one", "one", "two", "two", "two"]


def test_a_read_that_began_before_a_write_does_not_take_its_sync_token_away() -> None:
    reading, written = threading.Event(), threading.Event()

    def slow(turn: Turn) -> bool:
        reading.set()
        assert written.wait(60)
        return answer(200, ANSWERS["GET /workspaces"], Sync_Token="of the read")(turn)

    acts = [slow, answer(200, b"", Sync_Token="of the write"), answer(200, ANSWERS["GET /workspaces"])]
    with scripted(*acts) as server:
        client = api(server.endpoint)
        reader = threading.Thread(target=LIST, args=(client, minute()))
        reader.start()
        assert reading.wait(60)
        CALLS["PUT /warehouse/mode"](client, minute())
        written.set()
        reader.join()
        LIST(client, minute())

    assert server.received[-1].headers["sync-token"] == "of the write"


@pytest.mark.parametrize("name", CALLS)
def test_a_sync_token_that_the_server_does_not_know_is_dropped(name: str) -> None:
    acts = [
        answer(200, ANSWERS["GET /workspaces"], Sync_Token="old"),
        answer(400, "Request contains an invalid Sync-Token header\n"),
        answer(200, ANSWERS.get(name, b"")),
    ]
    with scripted(*acts) as server:
        client = api(server.endpoint)
        LIST(client, minute())
        CALLS[name](client, minute())

    assert [request.headers.get("sync-token") for request in server.received] == [None, "old", None]


def test_requests_share_a_connection() -> None:
    with scripted(answer(200, ANSWERS["GET /workspaces"])) as server:
        client = api(server.endpoint)
        for _ in range(20):
            LIST(client, minute())

    assert server.connections == 1


def test_threads_share_a_client() -> None:
    with scripted(answer(200, ANSWERS["GET /workspaces"], Sync_Token="t")) as server:
        client = api(server.endpoint)
        found: list[object] = []
        threads = [
            threading.Thread(target=lambda: found.extend(LIST(client, minute()) for _ in range(5)))
            for _ in range(20)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert len(found) == len(server.received) == 100
    assert server.connections <= 32


def test_an_answer_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("krenalis_provider.api.exchange.LARGEST_ANSWER", 2 << 20)
    with scripted(answer(200, b"x" * (3 << 20))) as server, pytest.raises(errors.ServerFailed, match="2 MiB"):
        LIST(api(server.endpoint), minute())


def test_what_is_no_id_of_a_workspace_is_not_sent() -> None:
    with scripted(answer(200)) as server, pytest.raises(errors.ApiError, match="letters and digits"):
        api(server.endpoint).delete("x\r\nAuthorization: y", minute())

    assert server.received == []


def test_another_workspace_than_the_wanted_one_is_refused() -> None:
    other = {**ANSWERS["GET /workspaces/current"], "id": "Other1234567"}
    with scripted(answer(200, other)) as server, pytest.raises(errors.OtherWorkspace) as caught:
        api(server.endpoint).get(WORKSPACE, minute())

    assert caught.value.restricted_to == "Other1234567"


def test_the_key_is_in_no_error_whatever_the_server_echoes() -> None:
    error = {"error": {"code": "Unauthorized", "message": f"no key {KEY}", "cause": KEY}}
    for act in (answer(401, error), answer(500, KEY), answer(302, b"", Location=f"http://{KEY}/")):
        with scripted(act) as server, pytest.raises(errors.ApiError) as caught:
            CREATE(api(server.endpoint), minute())
        assert KEY not in repr(caught.value) + str(caught.value) + repr(vars(caught.value))
