"""Connections that end at any point of a request, and what is sent again then."""

import socket
from types import SimpleNamespace

import pytest

from krenalis_provider.api import client, errors
from tests.support.api_calls import ANSWERS, CALLS, CREATE, LIST, api
from tests.support.processes import SECONDS
from tests.support.scripted_server import (
    Act,
    ScriptedServer,
    answer,
    end_after_request,
    end_at_once,
    end_within_answer,
    refusing_port,
    say,
    scripted,
)
from tests.support.stand_in import until
from tfplugin.deadline import Deadline

READS = [name for name in CALLS if name.startswith("GET ")]
WRITES = [name for name in CALLS if not name.startswith("GET ")]
UNREPEATABLE = [name for name in WRITES if name.startswith("POST ") and not name.endswith("/test")]
LISTED = ANSWERS["GET /workspaces"]


def soon() -> Deadline:
    return Deadline.after(SECONDS)


def failed(name: str, endpoint: str) -> errors.NoAnswer:
    with pytest.raises(errors.NoAnswer) as caught:
        CALLS[name](api(endpoint), soon())
    assert caught.value.request == name.replace(" ", " /v1")
    assert caught.value.may_have_acted is caught.value.sent
    return caught.value


@pytest.mark.parametrize("name", CALLS)
def test_a_server_that_ends_connections_before_it_reads_is_not_asked_for_ever(name: str) -> None:
    with scripted(end_at_once) as server:
        error = failed(name, server.endpoint)

    # whether the reset or the request is first is a matter of luck
    assert server.connections == 1 if name in UNREPEATABLE else server.connections <= 5
    assert error.may_pass


@pytest.mark.parametrize("name", WRITES)
@pytest.mark.parametrize("act", [end_after_request, end_within_answer])
def test_a_write_whose_connection_ends_is_not_sent_again(name: str, act: Act) -> None:
    with scripted(act) as server:
        error = failed(name, server.endpoint)

    assert error.sent
    assert server.connections == 1
    assert "when it crashes" in error.detail
    assert ("within its answer" in error.detail) is (act is end_within_answer)


@pytest.mark.parametrize("name", READS)
@pytest.mark.parametrize("act", [end_after_request, end_within_answer])
def test_a_read_whose_connection_ends_is_sent_once_more(name: str, act: Act) -> None:
    with scripted(act, answer(200, ANSWERS[name])) as server:
        CALLS[name](api(server.endpoint), soon())
    assert server.connections == 2

    with scripted(act) as server:
        failed(name, server.endpoint)
    assert server.connections == 2


@pytest.mark.parametrize("name", WRITES)
def test_an_idle_connection_that_the_server_has_closed_is_not_used(name: str) -> None:
    with scripted(answer(200, LISTED, ends=True), answer(200, ANSWERS.get(name, b""))) as server:
        asking = api(server.endpoint)
        LIST(asking, soon())
        until(lambda: server.ended)
        CALLS[name](asking, soon())

    assert server.connections == 2
    assert len(server.received) == 2


ONE_OF_EACH = ["GET /workspaces", "PUT /warehouse", "DELETE /workspaces/current", "POST /workspaces/test"]


@pytest.mark.parametrize("name", [*ONE_OF_EACH, *UNREPEATABLE])
def test_a_server_that_is_not_there_is_tried_for_a_moment_where_that_is_safe(
    name: str, pauses: list[float]
) -> None:
    with refusing_port() as port:
        error = failed(name, f"http://127.0.0.1:{port}")

    assert not error.sent
    assert (
        "cannot be reached: nothing answers at its port (connection refused): is the port right"
        in error.detail
    )
    assert pauses == ([] if name in UNREPEATABLE else [0.1, 0.4, 1.0])


def test_a_server_that_starts_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    with refusing_port() as port:
        found: list[ScriptedServer] = []

        def start(_: float) -> None:
            found.append(ScriptedServer([answer(200, LISTED)], port=port))

        monkeypatch.setattr(client, "time", SimpleNamespace(sleep=start))
        LIST(api(f"http://127.0.0.1:{port}"), soon())
        (started,) = found
        started.close()

    assert len(started.received) == 1


def test_a_name_that_is_not_there_is_not_tried_again(
    pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_: object, **__: object) -> object:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    error = failed("GET /workspaces", "http://no-such-host.invalid")

    assert "its name is not found" in error.detail
    assert not error.sent
    assert pauses == []


def test_what_answers_may_speak_something_else() -> None:
    with scripted(say(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")) as server:
        error = failed("POST /workspaces", server.endpoint)

    assert "does not speak HTTP. Should `endpoint` begin with `https://`" in error.detail


def test_an_error_answer_to_a_body_that_was_not_read_is_seen() -> None:
    """A proxy that takes no large body may answer and hang up while the body is still being sent."""

    refusal = b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    with scripted(say(refusal)) as server, pytest.raises(errors.ApiError) as caught:
        api(server.endpoint).create({"name": "x" * 400_000}, soon())

    # where the reset overtakes the answer, that is all that there is to say
    assert isinstance(caught.value, errors.ServerFailed | errors.NoAnswer)


def test_creating_is_never_repeated_even_where_nothing_was_sent(pauses: list[float]) -> None:
    with refusing_port() as port, pytest.raises(errors.NoAnswer):
        CREATE(api(f"http://127.0.0.1:{port}"), soon())

    assert pauses == []


@pytest.mark.parametrize("host", ["999.1.1.1", "xn--a.invalid", "-.invalid", "_.invalid"])
def test_a_host_that_cannot_be_is_explained(host: str) -> None:
    error = failed("POST /workspaces", f"http://{host}")

    assert f"http://{host} cannot be reached: it" in error.detail
    assert not error.sent
