"""Keys of an organization, and keys that are restricted to one workspace."""

import json
from typing import Any

import pytest

from krenalis_provider.api import errors
from tests.support.api_calls import ANSWERS, CALLS, CREATE, LIST, OF_WORKSPACES, WORKSPACE, api
from tests.support.scripted_server import Act, Received, ScriptedServer, Turn, scripted
from tfplugin.deadline import Deadline


def error(code: str, message: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message}}


NO_HEADER = error(
    "BadRequest", '"Krenalis-Workspace" header cannot be provided with a workspace restricted key'
)
NO_ORGANIZATION = error("Unauthorized", "organization request cannot specify a workspace")
NO_KEY = error("Unauthorized", "API key in the Authorization header of the request does not exist")


def minute() -> Deadline:
    return Deadline.after(60)


class RestrictedKey:
    """A server that treats a key restricted to a workspace as Krenalis does."""

    def __init__(self, workspace_id: str = WORKSPACE) -> None:
        self.workspace_id = workspace_id
        self.is_there = True

    def act(self) -> Act:
        def serve(turn: Turn) -> bool:
            request = turn.read()
            if request is None:
                return False
            status, document = self._answer(request)
            text = b"" if document is None else json.dumps(document).encode()
            turn.connection.sendall(
                b"HTTP/1.1 %d X\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
                % (status, len(text), text)
            )
            return True

        return serve

    def _answer(self, request: Received) -> tuple[int, Any]:
        name = f"{request.method} {request.target.removeprefix('/v1')}"
        if not self.is_there:
            return 401, NO_KEY
        if "krenalis-workspace" in request.headers:
            return 400, NO_HEADER
        if request.target.startswith("/v1/workspaces") and "current" not in request.target:
            return 401, NO_ORGANIZATION
        if name == "DELETE /workspaces/current":
            self.is_there = False
        if name == "GET /workspaces/current":
            return 200, {**ANSWERS[name], "id": self.workspace_id}
        return 200, ANSWERS.get(name)


def requests(server: ScriptedServer) -> list[tuple[str, bool]]:
    """The requests, and whether they named a workspace."""
    return [(f"{r.method} {r.target}", "krenalis-workspace" in r.headers) for r in server.received]


@pytest.mark.parametrize("name", OF_WORKSPACES)
def test_that_a_key_is_restricted_is_learned_once(name: str) -> None:
    with scripted(RestrictedKey().act()) as server:
        client = api(server.endpoint)
        assert client.restricted_to is None
        CALLS[name](client, minute())
        first = requests(server)
        server.received.clear()
        client.get(WORKSPACE, minute()) if "DELETE" not in name else None

    asked = name.replace(" ", " /v1")
    assert first == [(asked, True), ("GET /v1/workspaces/current", False), (asked, False)]
    assert requests(server) == ([("GET /v1/workspaces/current", False)] if "DELETE" not in name else [])
    assert client.restricted_to == WORKSPACE


@pytest.mark.parametrize("name", OF_WORKSPACES)
def test_a_key_of_another_workspace_does_nothing_there(name: str) -> None:
    with (
        scripted(RestrictedKey("Other1234567").act()) as server,
        pytest.raises(errors.OtherWorkspace, match=f"Other1234567 alone, and not to {WORKSPACE}") as caught,
    ):
        CALLS[name](api(server.endpoint), minute())

    assert caught.value.restricted_to == "Other1234567"
    assert requests(server)[1:] == [("GET /v1/workspaces/current", False)]


def test_a_restricted_key_lists_its_workspace() -> None:
    with scripted(RestrictedKey().act()) as server:
        client = api(server.endpoint)
        assert [workspace.id for workspace in client.list(minute())] == [WORKSPACE]
        assert [workspace.id for workspace in client.list(minute())] == [WORKSPACE]

    assert requests(server) == [
        ("GET /v1/workspaces", False), ("GET /v1/workspaces/current", False), ("GET /v1/workspaces/current", False),
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["POST /workspaces", "POST /workspaces/test"])
def test_a_restricted_key_creates_nothing_and_the_error_says_which_key_does(name: str) -> None:
    with scripted(RestrictedKey().act()) as server, pytest.raises(errors.Unauthorized) as caught:
        CALLS[name](api(server.endpoint), minute())

    assert "it takes a key of the organization" in caught.value.detail.replace("this takes", "it takes")
    assert type(caught.value) is errors.Unauthorized


def test_the_workspace_of_a_key_that_was_seen_restricted_is_gone_with_the_key() -> None:
    key = RestrictedKey()
    with scripted(key.act()) as server:
        client = api(server.endpoint)
        client.delete(WORKSPACE, minute())
        with pytest.raises(errors.NotFound) as caught:
            client.delete(WORKSPACE, minute())

    assert caught.value.status == 401
    assert f"restricted to the workspace {WORKSPACE}" in caught.value.detail


@pytest.mark.parametrize("name", CALLS)
def test_a_key_that_the_server_does_not_know_is_no_workspace_that_is_gone(name: str) -> None:
    key = RestrictedKey()
    key.is_there = False
    with scripted(key.act()) as server, pytest.raises(errors.UnknownKey) as caught:
        CALLS[name](api(server.endpoint), minute())

    assert not isinstance(caught.value, errors.NotFound)
    assert "belongs to another server" in caught.value.detail
    assert len(server.received) == 1


def test_without_a_restriction_nothing_is_learned() -> None:
    with scripted(RestrictedKey().act()) as server:
        client = api(server.endpoint)
        with pytest.raises(errors.Unauthorized):
            CREATE(client, minute())
        assert client.restricted_to is None
        LIST(client, minute())
        assert client.restricted_to == WORKSPACE
