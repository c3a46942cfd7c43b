"""What the driver of Snowflake makes of what it is given (docs/facts/snowflake.md, "The driver"), seen at the other end."""

import json
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat
from snowflake.connector import ConnectionConfig

from krenalis_provider.model.errors import WarehouseError
from krenalis_provider.warehouses.snowflake import connection
from krenalis_provider.warehouses.snowflake.connection import SESSION_PARAMETERS, arguments
from krenalis_provider.warehouses.snowflake.login import means_of_login
from krenalis_provider.warehouses.snowflake.session import session
from krenalis_provider.warehouses.snowflake.settings import SnowflakeSettings
from krenalis_provider.warehouses.snowflake.sql import Statement
from tests.support.snowflake_wire import (
    ABORT,
    LOGIN,
    LOGOUT,
    QUERY,
    SILENCE,
    TELEMETRY,
    Answer,
    Request,
    Wire,
    to,
    wire,
)
from tests.support.snowflake_wire import session as login_answer
from tests.support.stand_in import until
from tfplugin.deadline import Deadline

PASSWORD = "sesame-7f3a"
SETTINGS = SnowflakeSettings(
    account="organization-account",
    username="someone",
    password=PASSWORD,
    role="worker",
    database="data",
    schema="cdp",
    warehouse="wh",
)
MAKE = Statement("making", 'CREATE TABLE "T" ("A" INT)')
OF_THE_DRIVER = {
    "CLIENT_APPLICATION_PATH",
    "CLIENT_COMPILER",
    "CLIENT_RUNTIME_NAME",
    "CLIENT_RUNTIME_VERSION",
}
"""Parameters of a session that the driver adds by itself."""


def encrypted_key(passphrase: str) -> str:
    key = rsa.generate_private_key(65537, 2048)
    encryption = BestAvailableEncryption(passphrase.encode())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption).decode()


MEANS: dict[str, tuple[SnowflakeSettings, dict[str, str]]] = {
    "password": (SETTINGS, {}),
    "key": (
        replace(SETTINGS, password=None),
        {"private_key": encrypted_key(PASSWORD), "private_key_passphrase": PASSWORD},
    ),
    "no schema": (replace(SETTINGS, schema=""), {}),
}
every_means = pytest.mark.parametrize(("settings", "parameters"), MEANS.values(), ids=MEANS)


@pytest.fixture(autouse=True)
def _ends_of_sessions_are_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes with them is there when a session has ended."""
    monkeypatch.setattr(connection, "_LOGOUT_SECONDS", 60)


def used(
    server: Wire,
    settings: SnowflakeSettings = SETTINGS,
    parameters: Mapping[str, str] | None = None,
    seconds: float = 60,
) -> None:
    """Open a session, send a statement, and close it."""
    with session(settings, {**server.parameters, **(parameters or {})}, Deadline.after(seconds)) as opened:
        opened.run([MAKE])


@every_means
def test_every_argument_is_one_that_the_driver_knows_and_none_is_none(
    settings: SnowflakeSettings, parameters: dict[str, str]
) -> None:
    where = {"host": "snowflake.example", "port": "8443", "protocol": "https"}
    deadline = Deadline.after(60)
    means = means_of_login(settings, parameters).arguments
    given = arguments(settings, where, means, deadline, deadline)
    assert set(given) <= {field.name for field in fields(ConnectionConfig)}
    assert None not in given.values()
    assert where.keys() <= given.keys()


@every_means
def test_a_login_sets_our_parameters_of_the_session_and_no_other(
    settings: SnowflakeSettings, parameters: dict[str, str]
) -> None:
    with wire() as server:
        used(server, settings, parameters)
    (login,) = server.of(LOGIN)
    sent = login.body["data"]["SESSION_PARAMETERS"]
    ours = {
        name: json.loads(value) for name, value in sent.items() if name not in {*OF_THE_DRIVER, "QUERY_TAG"}
    }
    assert {**ours, "QUERY_TAG": sent["QUERY_TAG"]} == SESSION_PARAMETERS


@every_means
def test_a_secret_is_sent_as_a_password_or_not_at_all(
    settings: SnowflakeSettings, parameters: dict[str, str]
) -> None:
    with wire() as server:
        used(server, settings, parameters)
    (login,) = server.of(LOGIN)
    assert login.body["data"].pop("PASSWORD", None) == settings.password
    sent = "\n".join(
        json.dumps([request.path, request.parameters, request.body]) for request in server.requests
    )
    assert PASSWORD not in sent
    for line in parameters.get("private_key", "").splitlines():
        assert line not in sent


@pytest.mark.parametrize("said", [None, False, "false"], ids=str)
def test_nothing_is_told_to_telemetry(said: object) -> None:
    confirmed = {} if said is None else {"CLIENT_TELEMETRY_ENABLED": said}
    with wire(to(LOGIN, login_answer(**confirmed))) as server:
        used(server)
    assert {request.path for request in server.requests} == {LOGIN, QUERY, LOGOUT}


def test_where_snowflake_insists_on_telemetry_it_hears_neither_a_secret_nor_a_statement_nor_where_we_run() -> (
    None
):
    with wire(to(LOGIN, login_answer(CLIENT_TELEMETRY_ENABLED=True))) as server:
        used(server)
    told = [log["message"] for request in server.of(TELEMETRY) for log in request.body["logs"]]
    text = json.dumps(told)
    for secret in (PASSWORD, "CREATE", "someone", "worker", "session-token"):
        assert secret not in text
    detection = [message["value"] for message in told if message["type"] == "platform_detection_status"]
    assert detection == [["disabled"]]


class Moved(Deadline):
    """A deadline that a test moves."""

    moments: list[float]
    """The seconds that are left; the last one counts."""

    def remaining(self) -> float:
        return self.moments[-1]


def test_snowflake_itself_ends_each_statement_at_the_deadline() -> None:
    deadline = Moved(Deadline.after(60).at, [60.0])
    with wire() as server, session(SETTINGS, server.parameters, deadline) as opened:
        for left in (7.2, 0.0):
            deadline.moments.append(left)
            opened.run([MAKE])
    limits = [request.body["parameters"] for request in server.of(QUERY)]
    assert limits == [{"STATEMENT_TIMEOUT_IN_SECONDS": seconds} for seconds in (60, 8, 1)]


def test_the_driver_asks_snowflake_to_end_a_statement_that_it_does_not_wait_for_any_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("krenalis_provider.warehouses.snowflake.session.GRACE_SECONDS", 60)
    for seconds in (1, 5, 25):  # a busy machine needs more time until it has come to the statement
        with wire(to(QUERY, SILENCE, about="CREATE")) as server:
            with pytest.raises(WarehouseError) as raised:
                used(server, seconds=seconds)
            if not server.of(QUERY, about="CREATE"):
                continue
            until(lambda: server.of(ABORT), 60)  # a thread of the driver's sends it, which nobody waits for
            break
    assert "Query timed out" in raised.value.detail
    (sent,) = server.of(QUERY, about="CREATE")
    (abort,) = server.of(ABORT)
    assert abort.body["requestId"] == sent.parameters["requestId"][0]


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_statement_that_is_tried_again_has_the_same_number_by_which_snowflake_knows_it(status: int) -> None:
    answers = iter([Answer(status=status), Answer(status=status)])
    with wire(lambda request: next(answers, None) if request.statement == MAKE.query else None) as server:
        used(server)
    sent = [request.parameters for request in server.of(QUERY, about="CREATE")]
    assert len({each["requestId"][0] for each in sent}) == 1
    assert [each.get("retryCount") for each in sent] == [None, ["1"], ["2"]]


def test_sessions_of_many_threads_share_nothing_and_wait_for_nothing() -> None:
    number = 20
    all_there = threading.Barrier(number)

    def answers(request: Request) -> Answer | None:
        if "CREATE" in request.statement:
            all_there.wait(60)  # an error if one waits for another
        return None

    def run(index: int) -> None:
        used(
            server,
            replace(SETTINGS, username=f"user {index}", password=f"secret {index}", role=f"role {index}"),
        )

    with wire(answers) as server, ThreadPoolExecutor(number) as pool:
        list(pool.map(run, range(number)))
    logins = {
        (login.body["data"]["LOGIN_NAME"], login.body["data"]["PASSWORD"], login.parameters["roleName"][0])
        for login in server.of(LOGIN)
    }
    assert logins == {(f"user {index}", f"secret {index}", f"role {index}") for index in range(number)}
