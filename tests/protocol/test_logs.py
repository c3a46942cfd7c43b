"""The log on stderr: what is written at which level, with which fields, and that no secret is (docs/facts/terraform.md, "The log")."""

import base64
import json
import logging
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NoReturn
from urllib.parse import quote

import pytest

from tests.protocol.conftest import Start
from tests.protocol.example_provider import SECRET, THING, ExampleProvider, Thing
from tests.protocol.example_store import Things
from tests.support.plugin import Caller, call, get_schema, shut_down
from tests.support.processes import SECONDS
from tests.support.terraform import Terraform
from tfplugin._generated import tfplugin6_pb2 as pb
from tfplugin.cty import STRING
from tfplugin.logs import Levels, Log, _Handler
from tfplugin.provider import Provider
from tfplugin.resource import CreateRequest, Resource, Result
from tfplugin.rpc import validate_resource_config
from tfplugin.rpc.session import Session
from tfplugin.schema import Attribute, Schema
from tfplugin.server import LazySession, _behaviour

Record = dict[str, Any]
Read = Callable[[], list[Record]]
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
EVERYTHING = Levels(sdk=0, provider=0)


@pytest.fixture
def written(capfd: pytest.CaptureFixture[str]) -> Read:
    """The records since the last time."""
    return lambda: [json.loads(line) for line in capfd.readouterr().err.splitlines()]


@pytest.fixture
def adopted() -> Iterator[Log]:
    """A log that writes what `logging` is given from the level debug on."""
    root, hook = logging.getLogger(), threading.excepthook
    handlers, level = root.handlers[:], root.level
    root.handlers.clear()
    log = Log(Levels(provider=logging.DEBUG))
    log.adopt()
    yield log
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)
    threading.excepthook = hook


class TestLevels:
    @pytest.mark.parametrize(
        ("environment", "sdk", "provider"),
        [
            ({}, "warn", "warn"),
            ({"TF_LOG": ""}, "warn", "warn"),
            ({"TF_LOG": "INFO"}, "info", "info"),
            ({"TF_LOG": "error"}, "error", "error"),
            ({"TF_LOG": "JSON"}, "trace", "trace"),
            ({"TF_LOG": "everything"}, "trace", "trace"),
            ({"TF_LOG": "off"}, None, None),
            ({"TF_LOG": "TRACE", "TF_LOG_PROVIDER": "ERROR"}, "error", "error"),
            ({"TF_LOG_CORE": "TRACE"}, "warn", "warn"),
            ({"TF_LOG": "INFO", "TF_LOG_PROVIDER_A_CLOUD": "DEBUG"}, "info", "debug"),
            ({"TF_LOG": "INFO", "TF_LOG_PROVIDER_OTHER": "DEBUG"}, "info", "info"),
            ({"TF_LOG": "INFO", "TF_LOG_SDK": "DEBUG"}, "debug", "info"),
            ({"TF_LOG": "INFO", "TF_LOG_SDK": "DEBUG", "TF_LOG_SDK_PROTO": "OFF"}, None, "info"),
        ],
    )
    def test_those_that_users_know(
        self, environment: Mapping[str, str], sdk: str | None, provider: str | None
    ) -> None:
        numbers = {"trace": 5, "debug": 10, "info": 20, "warn": 30, "error": 40, None: 51}

        assert Levels.of(environment, "a-cloud") == Levels(numbers[sdk], numbers[provider])

    def test_what_they_do_not_let_through_is_not_written(self, written: Read) -> None:
        log = Log(Levels(sdk=logging.WARNING))

        for level in ("trace", "debug", "info", "warn", "error"):
            log.write(level, "a message")

        assert [record["@level"] for record in written()] == ["warn", "error"]

    @pytest.mark.parametrize(
        ("environment", "expected"),
        [
            ({}, []),
            ({"TF_LOG": "TRACE"}, ["Received request", "Served request", "Started"]),
            ({"TF_LOG_PROVIDER": "DEBUG"}, ["Served request", "Started"]),
            ({"TF_LOG": "TRACE", "TF_LOG_SDK_PROTO": "OFF"}, []),
        ],
    )
    def test_a_process_reads_them_when_it_starts(
        self, start: Start, environment: Mapping[str, str], expected: list[str]
    ) -> None:
        with start(environment) as plugin:
            get_schema(plugin)
            shut_down(plugin)
            assert plugin.process.stderr
            records = [json.loads(line) for line in plugin.process.stderr]

        sdk = [record for record in records if record["@module"] == "sdk.proto"]
        assert sorted(record["@message"] for record in sdk) == expected
        assert all(record["tf_provider_addr"].endswith("/krenalis/krenalis") for record in records)


def answered(session: Session, name: str) -> None:
    """Validate a thing of that name, as the server does."""
    config = Caller(session.provider).wire(THING.type, {"name": name, "secret": SECRET})
    request = pb.ValidateResourceConfig.Request(type_name="example_thing", config=config)
    session.answer("ValidateResourceConfig", validate_resource_config.handle, request)


class TestCalls:
    def test_a_call_has_the_records_and_fields_of_go_providers(self, written: Read) -> None:
        session = Session(ExampleProvider(), Log(EVERYTHING, tf_provider_addr="example.com/a/b"))

        answered(session, "refused")

        received, diagnostic, served = written()
        common = {
            "@module": "sdk.proto",
            "tf_rpc": "ValidateResourceConfig",
            "tf_resource_type": "example_thing",
            "tf_proto_version": "6.11",
            "tf_provider_addr": "example.com/a/b",
        }
        for record in (received, diagnostic, served):
            assert record.items() >= common.items()
            assert UUID.fullmatch(record["tf_req_id"])
            assert record["tf_req_id"] == received["tf_req_id"]
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", record["@timestamp"])
        assert [received["@level"], received["@message"]] == ["trace", "Received request"]
        assert (
            diagnostic.items()
            >= {
                "@level": "error",
                "@message": "Response contains error diagnostic",
                "diagnostic_severity": "ERROR",
                "diagnostic_summary": "Refused",
                "diagnostic_detail": "name: choose another one.",
            }.items()
        )
        assert "diagnostic_attribute" not in diagnostic
        assert (
            served.items()
            >= {
                "@level": "debug",
                "@message": "Served request",
                "diagnostic_error_count": 1,
                "diagnostic_warning_count": 0,
            }.items()
        )
        assert served["tf_req_duration_ms"] >= 0

    def test_a_diagnostic_is_recorded_with_its_attribute(self, written: Read) -> None:
        session = Session(ExampleProvider())

        answered(session, "much too long a name")

        (record,) = written()
        assert record["diagnostic_attribute"] == "name"

    def test_a_data_source_is_named_as_such(self, written: Read) -> None:
        session = Session(ExampleProvider(), Log(EVERYTHING))
        request = pb.ReadDataSource.Request(type_name="example_greeting")

        session.answer("ReadDataSource", lambda *_: pb.ReadDataSource.Response(), request)

        assert {record["tf_data_source_type"] for record in written()} == {"example_greeting"}

    def test_calls_at_the_same_time_do_not_mix(self, written: Read) -> None:
        session = Session(ExampleProvider(), Log(EVERYTHING))
        together = threading.Barrier(4)

        def handle(_: Session, request: Any) -> Any:
            together.wait(SECONDS)
            session.log.write("info", "working", on=request)
            together.wait(SECONDS)

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda n: session.answer("StopProvider", handle, n), range(4)))

        records = written()
        calls = {record["tf_req_id"]: record["on"] for record in records if "on" in record}
        assert sorted(calls.values()) == [0, 1, 2, 3]
        assert sorted(record["tf_req_id"] for record in records) == sorted([*calls] * 3)

    def test_terraform_shows_them_to_who_asks_for_them(self, any_example: Terraform) -> None:
        any_example.write('resource "example_thing" "one" {\n  name = "one"\n}')
        log = any_example.log("DEBUG")
        any_example.environment["TF_LOG_PROVIDER"] = any_example.environment.pop("TF_LOG")

        any_example.plan()

        (planned,) = [line for line in log.read_text().splitlines() if "tf_rpc=PlanResourceChange" in line]
        assert "[DEBUG] provider.terraform-provider-example" in planned
        assert "Served request" in planned
        assert "@module=sdk.proto" in planned
        assert "tf_resource_type=example_thing" in planned
        assert UUID.search(planned.partition("tf_req_id=")[2])


class TestTheStandardLibrary:
    def test_what_an_author_logs_has_the_fields_of_the_call(self, adopted: Log, written: Read) -> None:
        session = Session(ExampleProvider(), adopted)

        session.answer("StopProvider", lambda *_: logging.getLogger("shop").debug("sold %d", 3), None)

        (record,) = written()
        assert record["@level"] == "debug"
        assert record["@message"] == "sold 3"
        assert record["@module"] == "provider.shop"
        assert record["tf_rpc"] == "StopProvider"

    @pytest.mark.parametrize(
        ("number", "level"),
        [(10, "debug"), (15, "debug"), (20, "info"), (30, "warn"), (40, "error"), (99, "error")],
    )
    def test_the_levels_are_terraforms(self, adopted: Log, written: Read, number: int, level: str) -> None:
        logging.log(number, "a message")  # noqa: LOG015 - the root logger is meant

        (record,) = written()
        assert (record["@level"], record["@module"]) == (level, "provider")

    def test_nothing_is_formatted_that_is_not_written(self, adopted: Log, written: Read) -> None:
        logging.getLogger("shop").log(5, "%d", "no number")

        assert written() == []

    def test_secrets_are_taken_out_of_message_and_trace(self, adopted: Log, written: Read) -> None:
        adopted.redactor.learn("hunter2")
        error = ValueError("hunter2 is wrong")

        logging.getLogger("shop").error("tried %s", "hunter2", exc_info=error)

        (record,) = written()
        assert record["@message"] == "tried (redacted)"
        assert record["error"] == "ValueError: (redacted) is wrong\n"

    def test_arguments_that_do_not_fit_are_no_failure(self, written: Read) -> None:
        record = logging.makeLogRecord({"levelno": logging.ERROR, "msg": "%d sold", "args": ("three",)})

        _Handler(Log()).handle(record)

        (line,) = written()
        assert line["@message"] == "%d sold ('three',)"

    def test_an_error_that_ends_a_thread_is_a_record(self, adopted: Log, written: Read) -> None:
        adopted.redactor.learn("hunter2")

        def work() -> None:
            raise ValueError("hunter2 is wrong")

        thread = threading.Thread(target=work, name="worker")
        thread.start()
        thread.join()

        (record,) = written()
        assert record["thread"] == "worker"
        assert record["error"].endswith("ValueError: (redacted) is wrong\n")


class TestLines:
    @pytest.mark.parametrize("character", ["x", "ä", "\U0001f511", "\n", "\udcff"])
    def test_a_long_one_is_shortened_in_the_middle(
        self, capfd: pytest.CaptureFixture[str], character: str
    ) -> None:
        Log().write("error", "short", error=f"begin{character * 300_000}end", other="short")

        line = capfd.readouterr().err
        record = json.loads(line)
        assert len(line.encode()) < 64 * 1024
        assert record["error"].startswith("begin")
        assert record["error"].endswith("end")
        assert "characters left out" in record["error"]
        assert (record["@message"], record["other"]) == ("short", "short")

    def test_those_of_several_threads_do_not_mix(self, written: Read) -> None:
        log = Log()

        def write(number: int) -> None:
            for _ in range(20):
                log.write("error", str(number) * 2_000)

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(write, range(8)))

        assert len(written()) == 160

    def test_a_stderr_that_nobody_reads_stops_nothing(self, start: Start) -> None:
        with start({"TF_LOG": "TRACE"}) as plugin:
            assert plugin.process.stderr
            plugin.process.stderr.close()

            assert "krenalis_workspace" in get_schema(plugin).resource_schemas
            shut_down(plugin)
            assert plugin.process.wait(SECONDS) == 0


SPELLINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "URL": quote,
    "JSON": json.dumps,
    "base64": lambda secret: base64.b64encode(secret.encode()).decode(),
}


class Careless(Thing):
    """Its creation fails with what it should not tell."""

    error = ""

    def create(self, request: CreateRequest) -> Result:
        raise RuntimeError(f"then {self.error}") from ValueError(f"first {self.error}")


class CarelessProvider(ExampleProvider):
    def schema(self) -> Schema:
        return Schema(
            attributes={"key": Attribute(type=STRING, optional=True, sensitive=True, description="A key.")}
        )

    def resources(self) -> Mapping[str, type[Resource]]:
        return {"example_thing": Careless}

    def secrets(self) -> tuple[str, ...]:
        return (f"secrets() {SECRET}",)

    def validate(self, request: Any) -> None:
        raise RuntimeError(f"not {request.config['key']}")

    def configure(self, request: Any) -> NoReturn:
        raise RuntimeError(f"not {request.config['key']}")


class TestSecrets:
    @pytest.mark.parametrize("attribute", ["secret", "token", None])
    @pytest.mark.parametrize("spell", SPELLINGS.values(), ids=SPELLINGS)
    def test_one_in_an_unexpected_error_is_neither_told_nor_logged(
        self,
        written: Read,
        monkeypatch: pytest.MonkeyPatch,
        attribute: str | None,
        spell: Callable[[str], str],
    ) -> None:
        secret = SECRET if attribute else f"secrets() {SECRET}"
        monkeypatch.setattr(Careless, "error", f"<{spell(secret)}>")
        caller = Caller(CarelessProvider())
        caller.session.client = Things()
        config = {"name": "a", **({attribute: secret} if attribute else {})}

        answer = caller.call(
            "apply_resource_change",
            pb.ApplyResourceChange.Request(
                type_name="example_thing",
                prior_state=caller.wire(THING.type, None),
                planned_state=caller.wire(THING.type, {**config, "token": None}),
                config=caller.wire(THING.type, config),
            ),
        )

        (diagnostic,) = answer.diagnostics
        assert diagnostic.detail.startswith("RuntimeError: then <")
        assert "(redacted)" in diagnostic.detail
        assert "Traceback" not in diagnostic.detail
        assert "TF_LOG=ERROR" in diagnostic.detail
        failure, told = written()
        assert "Traceback (most recent call last):" in failure["error"]
        assert "ValueError: first <" in failure["error"]
        for text in (diagnostic.detail, failure["error"], told["diagnostic_detail"]):
            assert spell(secret) not in text
            assert "ss/word" not in text

    @pytest.mark.parametrize("method", ["ValidateProviderConfig", "ConfigureProvider"])
    def test_one_of_the_provider_block_is_known_from_its_first_call_on(
        self, written: Read, method: str
    ) -> None:
        caller = Caller(CarelessProvider())
        messages: Any = getattr(pb, method)
        config = caller.wire(caller.session.provider_schema.type, {"key": SECRET})
        module = {"V": "validate_provider_config", "C": "configure_provider"}[method[0]]

        answer = caller.call(module, messages.Request(config=config))

        (diagnostic,) = answer.diagnostics
        assert diagnostic.detail.startswith("RuntimeError: not (redacted)\n")
        assert SECRET not in "".join(record.get("error", "") for record in written())

    def test_one_of_the_environment_is_in_no_diagnostic(self, start: Start) -> None:
        with start({"PGPASSWORD": "hunter2"}) as plugin, plugin.channel() as channel:
            request = pb.ValidateResourceConfig.Request(type_name="hunter2")
            answer = call(channel, "ValidateResourceConfig", request, pb.ValidateResourceConfig.Response)
            shut_down(plugin)
            assert plugin.process.stderr
            log = plugin.process.stderr.read().decode()

        assert "(redacted)" in answer.diagnostics[0].detail
        assert "(redacted)" in log
        assert "hunter2" not in str(answer) + log

    def test_a_crash_shows_none(self) -> None:
        code = """
from tfplugin.logs import Log
from tfplugin.crash import report

log = Log()
log.redactor.learn("hunter2")
report(RuntimeError("hunter2 is wrong"), lambda: log)
"""
        path = os.pathsep.join(sys.path)
        run = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONPATH": path},
            capture_output=True,
            text=True,
            check=False,
        )

        assert run.stderr.startswith("panic: (redacted) is wrong\n")
        assert "hunter2" not in run.stderr


def test_a_provider_that_cannot_be_loaded_is_a_record_with_the_trace(written: Read) -> None:
    def load() -> Provider:
        raise ImportError("no module named driver")

    call = _behaviour(LazySession(load, Log), "StopProvider", pb.ConfigureProvider.Response)

    answer = call(None, None)  # type: ignore[arg-type]  # not used for answers with diagnostics

    (record,) = written()
    assert answer.diagnostics[0].detail.startswith("ImportError: no module named driver\n")
    assert "Traceback" not in answer.diagnostics[0].detail
    assert record["@message"] == "The provider cannot be loaded"
    assert record["tf_rpc"] == "StopProvider"
    assert "Traceback" in record["error"]
