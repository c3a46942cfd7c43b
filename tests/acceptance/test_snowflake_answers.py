"""What is told of answers that Snowflake did not give as expected, or did not give; and that waiting ends by the deadline."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from krenalis_provider.model.errors import Verdict, WarehouseError
from krenalis_provider.warehouses.snowflake import connection
from krenalis_provider.warehouses.snowflake.session import Session, session
from krenalis_provider.warehouses.snowflake.settings import SnowflakeSettings
from krenalis_provider.warehouses.snowflake.sql import Statement
from tests.support.snowflake_wire import (
    CUT,
    LOGIN,
    LOGOUT,
    QUERY,
    SILENCE,
    TELEMETRY,
    Answer,
    Answers,
    Request,
    Wire,
    refusal,
    result,
    success,
    to,
    wire,
)
from tests.support.snowflake_wire import session as login_answer
from tests.support.stand_in import until
from tfplugin.deadline import Deadline

SETTINGS = SnowflakeSettings(
    account="organization-account",
    username="someone",
    password="sesame",
    role="worker",
    database="data",
    schema="cdp",
    warehouse="wh",
)
MAKE = Statement("making a table", 'CREATE TABLE "T" ("A" INT)')
SHOW = Statement("listing", "SHOW OBJECTS")
PAGE = Answer(body=b"<html><title>Please sign in</title></html>", headers={"Content-Type": "text/html"})
PART = Answer(body=b'{"data": {"rowset": [["1"', headers={"Content-Type": "application/json"})
SHORT = Answer(body=b'{"data": ', missing=100)
AFTER_AN_HOUR = {"Retry-After": "3600"}


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "_LONGEST_PAUSE", 250)  # the least that the driver takes


UNREACHABLE = "Snowflake could not be reached"
STRANGER = "Something else than Snowflake answered"
LOST = "Connection to Snowflake lost"
TOO_SLOW = "Snowflake took too long"
INCOMPLETE = "Result could not be fetched"
BY_US = "no answer in time"
"""What is told where the driver does not end what takes too long."""


@contextmanager
def opened(server: Wire, seconds: float = 60) -> Iterator[Session]:
    with session(SETTINGS, server.parameters, Deadline.after(seconds)) as opened:
        yield opened


def failure(server: Wire, *statements: Statement, seconds: float = 60) -> WarehouseError:
    """The error of a session, which comes by its deadline, or not much later where the machine is busy."""
    start = time.monotonic()
    with pytest.raises(WarehouseError) as raised, opened(server, seconds) as session:
        session.run(statements)
    assert time.monotonic() - start < seconds + 60
    assert raised.value.finding.verdict is Verdict.COULD_NOT_TELL
    return raised.value


@pytest.mark.parametrize(
    ("answer", "summary", "words"),
    [
        pytest.param(PAGE, STRANGER, "sign-in page", id="page"),
        pytest.param(PART, STRANGER, "Invalid Snowflake response", id="part of JSON"),
        pytest.param(SHORT, STRANGER, "end of file", id="shorter than announced"),
        pytest.param(Answer(body=[]), STRANGER, "Invalid Snowflake response", id="other JSON"),
        pytest.param(success({}), STRANGER, "session token", id="no token"),
        pytest.param(Answer(400), STRANGER, "400 Bad Request", id="400"),
        pytest.param(Answer(403), UNREACHABLE, "403 Forbidden", id="403"),
        pytest.param(Answer(429), UNREACHABLE, "429 Too Many Requests", id="429"),
        pytest.param(Answer(500, PAGE.body), UNREACHABLE, "500 Internal Server Error", id="500"),
        pytest.param(Answer(503), UNREACHABLE, "503 Service Unavailable", id="503"),
        pytest.param(CUT, UNREACHABLE, "connection closed", id="cut"),
    ],
)
def test_a_login(answer: Answer, summary: str, words: str) -> None:
    with wire(to(LOGIN, answer)) as server:
        error = failure(server)
    assert (str(error.path), error.summary) == ("warehouse.settings.account", summary)
    assert words in error.detail


@pytest.mark.parametrize("status", [302, 303, 307])
def test_a_login_that_is_led_to_a_page_of_the_network(status: int) -> None:
    with wire(lambda _: PAGE) as portal:
        away = Answer(status, headers={"Location": f"http://127.0.0.1:{portal.port}/sign-in"})
        with wire(to(LOGIN, away)) as server:
            error = failure(server)
    assert error.summary == STRANGER


@pytest.mark.parametrize(
    ("answer", "summary", "words"),
    [
        pytest.param(PAGE, STRANGER, "sign-in page", id="page"),
        pytest.param(PART, STRANGER, "Invalid Snowflake response", id="part of JSON"),
        pytest.param(SHORT, STRANGER, "end of file", id="shorter than announced"),
        pytest.param(Answer(400), STRANGER, "400 Bad Request", id="400"),
        pytest.param(Answer(401), LOST, "refresh session", id="401"),
        pytest.param(Answer(403), STRANGER, "403 Forbidden", id="403"),
        pytest.param(Answer(404), STRANGER, "404 Not Found", id="404"),
        pytest.param(Answer(407), STRANGER, "407 Proxy Authentication Required", id="407"),
        pytest.param(Answer(429), LOST, "429 Too Many Requests", id="429"),
        pytest.param(Answer(500, PAGE.body), LOST, "500 Internal Server Error", id="500"),
        pytest.param(Answer(503), LOST, "503 Service Unavailable", id="503"),
        pytest.param(CUT, LOST, "connection closed", id="cut"),
        pytest.param(refusal(None), LOST, "refused", id="no number"),
        pytest.param(refusal("390104"), LOST, "390104", id="session unknown"),
        pytest.param(refusal("390111"), LOST, "390111", id="session over"),
    ],
)
def test_a_statement_that_was_perhaps_executed_is_not_told_as_refused(
    answer: Answer, summary: str, words: str
) -> None:
    with wire(to(QUERY, answer, about="CREATE")) as server:
        error = failure(server, MAKE)
    assert (str(error.path), error.summary) == ("warehouse.settings.account", summary)
    assert error.detail.startswith("making a table failed, in ")
    assert words in error.detail
    assert "may have been executed all the same" in error.detail


@pytest.mark.parametrize("code", ["000002", "001003", "100072"])
def test_what_snowflake_refuses_is_told_as_refused(code: str) -> None:
    with (
        wire(to(QUERY, refusal(code), about="CREATE")) as server,
        opened(server) as session,
        pytest.raises(WarehouseError) as raised,
    ):
        session.run([MAKE])
    assert (raised.value.finding.verdict, raised.value.code) == (Verdict.CONTRADICTED, code)


def polled(answer: Answer) -> Answers:
    """A statement that Snowflake says is being executed, and what asking for its result is answered."""
    busy = success({"getResultUrl": "/result", "queryId": "01b2c3d4-0000-0000-0000-000000000001"})
    busy.body["code"] = "333333"

    def answers(request: Request) -> Answer | None:
        if request.path == "/result":
            return answer
        return busy if "CREATE" in request.statement else None

    return answers


def test_a_statement_that_takes_long_is_polled_for() -> None:
    with wire(polled(result(("done",)))) as server, opened(server) as session:
        assert session.ask(MAKE) == [("done",)]


@pytest.mark.parametrize("answer", [Answer(503), CUT, Answer(404), PAGE], ids=["503", "cut", "404", "page"])
def test_a_statement_whose_result_cannot_be_had_was_perhaps_executed(answer: Answer) -> None:
    with wire(polled(answer)) as server:
        error = failure(server, MAKE)
    assert "may have been executed all the same" in error.detail


def in_parts(part: Answer) -> Answers:
    """A result of three rows, two of which are to be fetched from elsewhere; and what is there."""

    def answers(request: Request) -> Answer | None:
        if request.path == "/part":
            return part
        if request.statement == SHOW.query:
            return result(("a",), parts={f"http://127.0.0.1:{request.port}/part": 2})
        return None

    return answers


def test_a_large_result_is_fetched_in_parts() -> None:
    with wire(in_parts(Answer(body=b'["b"],["c"]'))) as server, opened(server) as session:
        assert session.ask(SHOW) == [("a",), ("b",), ("c",)]


@pytest.mark.parametrize(
    "part",
    [
        pytest.param(PAGE, id="page"),
        pytest.param(Answer(), id="nothing"),
        pytest.param(Answer(body=b'["b"],["'), id="less"),
        pytest.param(Answer(body=b'["b"]'), id="a row less"),
        pytest.param(Answer(body=b'["b"],["c"]', missing=5), id="shorter than announced"),
        pytest.param(Answer(204), id="204"),
        pytest.param(Answer(403), id="403"),
    ],
)
def test_a_part_of_a_result_is_never_taken_for_the_whole(part: Answer) -> None:
    with wire(in_parts(part)) as server:
        error = failure(server, SHOW)
    assert (str(error.path), error.summary) == ("warehouse.settings.account", INCOMPLETE)
    assert "SYSTEM$ALLOWLIST" in error.detail


@pytest.mark.parametrize(
    ("answers", "summary", "words"),
    [
        pytest.param(to(LOGIN, SILENCE), UNREACHABLE, "timed out", id="login"),
        pytest.param(
            to(LOGIN, Answer(503, headers=AFTER_AN_HOUR)), UNREACHABLE, "Retry-After", id="login, later"
        ),
        pytest.param(to(QUERY, SILENCE, about="CREATE"), TOO_SLOW, "timed out", id="statement"),
        pytest.param(
            to(QUERY, Answer(429, headers=AFTER_AN_HOUR), about="CREATE"), TOO_SLOW, "timed out", id="later"
        ),
        pytest.param(polled(SILENCE), TOO_SLOW, "timed out", id="polled"),
        pytest.param(in_parts(SILENCE), TOO_SLOW, BY_US, id="part"),
        pytest.param(in_parts(Answer(503, headers=AFTER_AN_HOUR)), TOO_SLOW, BY_US, id="part, later"),
        pytest.param(
            lambda request: (
                Answer(401)
                if "CREATE" in request.statement
                else to("/session/token-request", SILENCE)(request)
            ),
            TOO_SLOW,
            "timed out",
            id="renewal of the session",
        ),
    ],
)
def test_what_is_not_answered_is_left_at_the_deadline(
    answers: Answers, summary: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if words != BY_US:  # but by the driver, which has all the time for that
        for module in ("connection", "session"):
            monkeypatch.setattr(f"krenalis_provider.warehouses.snowflake.{module}.GRACE_SECONDS", 60)
    come = threading.Event()

    def noted(request: Request) -> Answer | None:
        answer = answers(request)
        if answer is SILENCE or (answer and answer.headers == AFTER_AN_HOUR):
            come.set()
        return answer

    for seconds in (1, 5, 25):  # a busy machine needs more time until it has come to what is not answered
        with wire(noted) as server:
            error = failure(server, SHOW, MAKE, seconds=seconds)
        if come.is_set():
            break
    assert come.is_set()
    assert error.summary == summary
    assert words in error.detail


@pytest.mark.parametrize(
    "answer", [SILENCE, Answer(503, headers=AFTER_AN_HOUR), CUT], ids=["silence", "503", "cut"]
)
@pytest.mark.parametrize("path", [LOGOUT, TELEMETRY])
def test_the_end_of_a_session_is_not_waited_for(path: str, answer: Answer) -> None:
    def answers(request: Request) -> Answer | None:
        if request.path == LOGIN:
            return login_answer(CLIENT_TELEMETRY_ENABLED=True)
        return to(path, answer)(request)

    with wire(answers) as server:
        with opened(server) as session:
            session.run([MAKE])
            start = time.monotonic()
        assert time.monotonic() - start < 60  # silence lasts for ever
        until(lambda: server.of(path), 60)  # whoever sends it may go on for a moment
