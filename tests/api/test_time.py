"""A call ends at its deadline, whatever the server or the network does."""

import re
import socket
import threading
import time

import pytest

from krenalis_provider.api import errors, retries
from tests.support.api_calls import ANSWERS, CALLS, CREATE, LIST, api
from tests.support.processes import SECONDS
from tests.support.scripted_server import Act, ScriptedServer, answer, drip, hang, scripted
from tests.support.stand_in import until
from tfplugin.deadline import Deadline

LIMITED = {"error": {"code": "TooManyRequests", "message": "rate limit exceeded"}}
LISTED = ANSWERS["GET /workspaces"]


def seconds_of(call: object, endpoint: str, seconds: float) -> tuple[float, errors.ApiError]:
    """How long a call that has so many seconds took to fail, and its error."""
    assert callable(call)
    asking = api(endpoint)
    began = time.monotonic()
    with pytest.raises(errors.ApiError) as caught:
        call(asking, Deadline.after(seconds))
    return time.monotonic() - began, caught.value


def given_up(act: Act, call: object) -> tuple[ScriptedServer, errors.ApiError]:
    """The server, and the error of a call that it had before the time was over: a busy machine needs more of that."""
    for seconds in (0.3, 3, 30):
        with scripted(act) as server:
            took, error = seconds_of(call, server.endpoint, seconds)
            arrived = bool(server.received)
        assert seconds <= took < seconds + SECONDS
        if arrived:
            return server, error
    raise AssertionError("no request came in time")


@pytest.mark.parametrize("name", CALLS)
def test_a_server_that_never_answers_is_given_up_on(name: str) -> None:
    server, error = given_up(hang, CALLS[name])

    assert isinstance(error, errors.NoAnswer)
    assert error.sent
    assert error.timed_out
    assert re.search(r"has not answered within [\d.]+ seconds", error.detail)
    assert len(server.received) == 1


@pytest.mark.parametrize("act", [
    drip(b"HTTP/1.1 200 OK\r\nX: "), drip(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"),
    drip(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1"),
], ids=["head", "body", "chunks"])  # fmt: skip
def test_an_answer_that_drips_is_given_up_on(act: Act) -> None:
    _, error = given_up(act, LIST)

    assert isinstance(error, errors.NoAnswer)
    assert error.timed_out


def test_a_dripping_server_leaves_no_thread_behind_once_its_answer_has_begun() -> None:
    with scripted(drip(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", 0.01)) as server:
        seconds_of(LIST, server.endpoint, 1)
        until(
            lambda: not [thread for thread in threading.enumerate() if thread.name == "api"],
            SECONDS,
            lambda: "there is one",
        )


def test_without_time_nothing_is_sent() -> None:
    with scripted(answer(200, LISTED)) as server:
        _, error = seconds_of(LIST, server.endpoint, 0)

    assert isinstance(error, errors.NoAnswer)
    assert (error.sent, error.timed_out) == (False, True)
    assert server.connections == 0


def test_a_name_that_is_looked_up_for_too_long_is_given_up_on_and_nothing_is_sent_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    goes_on = threading.Event()
    look_up = socket.getaddrinfo

    def slow(*arguments: object, **named: object) -> object:
        goes_on.wait()
        return look_up(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    with scripted(answer(200, {"id": "x"})) as server:
        _, error = seconds_of(CREATE, server.endpoint, 0.3)
        goes_on.set()
        until(
            lambda: not [thread for thread in threading.enumerate() if thread.name == "api"],
            SECONDS,
            lambda: "the look-up goes on",
        )

    assert isinstance(error, errors.NoAnswer)
    assert not error.sent
    assert re.search(r"was not reached within 0\.[\d]+ seconds", error.detail)
    assert server.received == []


def test_a_server_that_takes_no_connection_is_given_up_on() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.settimeout(0)
            each.connect_ex(full.getsockname())
        took, error = seconds_of(CREATE, f"http://127.0.0.1:{full.getsockname()[1]}", 0.5)
        for each in waiting:
            each.close()

    assert 0.5 <= took < 0.5 + SECONDS
    assert isinstance(error, errors.NoAnswer)
    assert (error.sent, error.timed_out) == (False, True)


@pytest.mark.parametrize("name", CALLS)
def test_every_call_waits_for_the_rate_limit(name: str, pauses: list[float]) -> None:
    with scripted(answer(429, LIMITED), answer(200, ANSWERS.get(name, b""))) as server:
        CALLS[name](api(server.endpoint), Deadline.after(SECONDS))

    assert len(server.received) == 2
    (pause,) = pauses
    assert 0.25 <= pause <= 0.5


def test_the_server_says_how_long_to_wait(pauses: list[float]) -> None:
    with scripted(answer(429, LIMITED, Retry_After="7"), answer(200, {"id": "x"})) as server:
        CREATE(api(server.endpoint), Deadline.after(SECONDS))

    assert len(server.received) == 2
    (pause,) = pauses
    assert 7 <= pause <= 7.25


def test_a_rate_limit_that_lasts_longer_than_the_time_is_not_waited_for(pauses: list[float]) -> None:
    with scripted(answer(429, LIMITED, Retry_After="300")) as server:
        _, error = seconds_of(CREATE, server.endpoint, SECONDS)

    assert pauses == []
    assert isinstance(error, errors.TooManyRequests)
    assert "It asks to wait 300 seconds, for which there is no time." in error.detail
    assert len(server.received) == 1
    assert not error.may_have_acted


class Paused(Deadline):
    """A deadline that only the client's pauses bring nearer."""

    pauses: list[float]

    def remaining(self) -> float:
        return self.at - sum(self.pauses)


def test_a_storm_of_refusals_ends_with_the_deadline(
    pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retries, "_FIRST_WAIT", 100.0)
    monkeypatch.setattr(retries, "_LONGEST_WAIT", 1000.0)
    with (
        scripted(answer(429, LIMITED, Retry_After="0")) as server,
        pytest.raises(errors.TooManyRequests),
    ):
        LIST(api(server.endpoint), Paused(500.0, pauses))

    assert [round(pause, -2) for pause in pauses] == [100, 200]  # the next one would be of 400
    assert len(server.received) == 3
