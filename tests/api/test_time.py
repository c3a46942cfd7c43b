"""A call ends at its deadline, whatever the server or the network does."""

import re
import socket
import threading
import time

import pytest

from krenalis_provider.api import errors
from krenalis_provider.model.deadline import Deadline as AnyDeadline
from tests.support.api_calls import ANSWERS, CALLS, CREATE, LIST, api
from tests.support.scripted_server import Act, answer, drip, hang, scripted
from tfplugin.deadline import Deadline

LIMITED = {"error": {"code": "TooManyRequests", "message": "rate limit exceeded"}}
LISTED = ANSWERS["GET /workspaces"]


def seconds_of(call: object, endpoint: str, deadline: AnyDeadline) -> tuple[float, errors.ApiError]:
    """How long a call took to fail, and its error."""
    assert callable(call)
    client = api(endpoint)
    began = time.monotonic()
    with pytest.raises(errors.ApiError) as caught:
        call(client, deadline)
    return time.monotonic() - began, caught.value


@pytest.mark.parametrize("name", CALLS)
def test_a_server_that_never_answers_is_given_up_on(name: str) -> None:
    with scripted(hang) as server:
        took, error = seconds_of(CALLS[name], server.endpoint, Deadline.after(0.3))

    assert 0.3 <= took < 1
    assert isinstance(error, errors.NoAnswer)
    assert error.sent
    assert error.timed_out
    assert re.search(r"has not answered within 0\.(3|29\d) seconds", error.detail)
    assert len(server.received) == 1


@pytest.mark.parametrize("act", [
    drip(b"HTTP/1.1 200 OK\r\nX: "), drip(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"),
    drip(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1"),
], ids=["head", "body", "chunks"])  # fmt: skip
def test_an_answer_that_drips_is_given_up_on(act: Act) -> None:
    with scripted(act) as server:
        took, error = seconds_of(LIST, server.endpoint, Deadline.after(0.5))

    assert 0.5 <= took < 1.2
    assert isinstance(error, errors.NoAnswer)
    assert error.timed_out


def test_a_dripping_server_leaves_no_thread_behind_once_its_answer_has_begun() -> None:
    with scripted(drip(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", 0.01)) as server:
        seconds_of(LIST, server.endpoint, Deadline.after(1))
        time.sleep(0.5)
        assert not [thread for thread in threading.enumerate() if thread.name == "api"]


def test_without_time_nothing_is_sent() -> None:
    with scripted(answer(200, LISTED)) as server:
        took, error = seconds_of(LIST, server.endpoint, Deadline.after(0))

    assert took < 0.5
    assert isinstance(error, errors.NoAnswer)
    assert (error.sent, error.timed_out) == (False, True)
    assert server.connections == 0


def test_a_name_that_is_looked_up_for_too_long_is_given_up_on_and_nothing_is_sent_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    goes_on = threading.Event()
    look_up = socket.getaddrinfo

    def slow(*arguments: object, **named: object) -> object:
        goes_on.wait(5)
        return look_up(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    with scripted(answer(200, {"id": "x"})) as server:
        took, error = seconds_of(CREATE, server.endpoint, Deadline.after(0.3))
        goes_on.set()
        time.sleep(0.5)

    assert took < 1
    assert isinstance(error, errors.NoAnswer)
    assert not error.sent
    assert "was not reached within 0.3 seconds" in error.detail
    assert server.received == []


def test_a_server_that_takes_no_connection_is_given_up_on() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.settimeout(0)
            each.connect_ex(full.getsockname())
        took, error = seconds_of(CREATE, f"http://127.0.0.1:{full.getsockname()[1]}", Deadline.after(0.5))
        for each in waiting:
            each.close()

    assert took < 1.2
    assert isinstance(error, errors.NoAnswer)
    assert (error.sent, error.timed_out) == (False, True)


@pytest.mark.parametrize("name", CALLS)
def test_every_call_waits_for_the_rate_limit(name: str) -> None:
    with scripted(answer(429, LIMITED), answer(200, ANSWERS.get(name, b""))) as server:
        CALLS[name](api(server.endpoint), Deadline.after(10))

    assert len(server.received) == 2


def test_the_server_says_how_long_to_wait() -> None:
    with scripted(answer(429, LIMITED, Retry_After="1"), answer(200, {"id": "x"})) as server:
        began = time.monotonic()
        CREATE(api(server.endpoint), Deadline.after(10))
        took = time.monotonic() - began

    assert len(server.received) == 2
    assert 1 <= took < 2


def test_a_rate_limit_that_lasts_longer_than_the_time_is_not_waited_for() -> None:
    with scripted(answer(429, LIMITED, Retry_After="30")) as server:
        took, error = seconds_of(CREATE, server.endpoint, Deadline.after(5))

    assert took < 0.5
    assert isinstance(error, errors.TooManyRequests)
    assert "It asks to wait 30 seconds, for which there is no time." in error.detail
    assert len(server.received) == 1
    assert not error.may_have_acted


def test_a_storm_of_refusals_ends_with_the_deadline() -> None:
    with scripted(answer(429, LIMITED, Retry_After="0")) as server:
        took, error = seconds_of(LIST, server.endpoint, Deadline.after(2))

    assert took < 2.2
    assert isinstance(error, errors.TooManyRequests)
    assert 2 <= len(server.received) < 6
