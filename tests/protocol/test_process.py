"""The executable, from the cookie to the end (docs/facts/terraform.md, "Traps")."""

import json
import os
import re
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message_factory import GetMessageClass

from tests.protocol.conftest import Start
from tests.support.example import example_executable
from tests.support.plugin import (
    COOKIE,
    Plugin,
    call,
    get_schema,
    shut_down,
    started,
)
from tests.support.processes import SECONDS
from tests.support.terraform_process import KRENALIS
from tfplugin._generated import health_pb2
from tfplugin._generated import tfplugin6_pb2 as pb

EXECUTABLE = KRENALIS.path


def test_whoever_starts_it_by_hand_is_told_what_it_is() -> None:
    environment = {name: value for name, value in os.environ.items() if name not in COOKIE}

    run = subprocess.run([EXECUTABLE], env=environment, capture_output=True, text=True, check=False)

    assert run.returncode == 1
    assert run.stdout == ""
    assert "not started by hand" in run.stderr


def test_a_host_that_does_not_speak_protocol_6_is_told_so() -> None:
    environment = {**os.environ, **COOKIE, "PLUGIN_PROTOCOL_VERSIONS": "4,5"}

    run = subprocess.run([EXECUTABLE], env=environment, capture_output=True, text=True, check=False)

    assert run.returncode == 1
    assert "speaks plugin protocol 6" in run.stderr
    assert run.stdout.startswith(run.stderr)


def test_the_handshake_line_has_six_fields_and_a_certificate_without_padding(start: Start) -> None:
    with start() as plugin:
        assert plugin.fields[:3] == ("1", "6", "unix")
        assert plugin.fields[4] == "grpc"
        assert len(plugin.fields) == 6
        assert re.fullmatch(r"[A-Za-z0-9+/]{50,}", plugin.fields[5])


def test_it_speaks_tls_when_terraform_sends_a_certificate(start: Start) -> None:
    with start() as plugin:
        assert "krenalis_workspace" in get_schema(plugin).resource_schemas


def test_it_speaks_plain_text_exactly_when_terraform_sends_no_certificate() -> None:
    with started(tls=False) as plugin:
        assert plugin.fields[5] == ""
        assert "krenalis_workspace" in get_schema(plugin).resource_schemas


def test_only_its_own_user_can_reach_the_socket(start: Start) -> None:
    with start() as plugin:
        folder = Path(plugin.socket).parent
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_the_socket_is_where_the_host_wants_it(start: Start) -> None:
    with (
        tempfile.TemporaryDirectory(dir="/tmp") as folder,
        start({"PLUGIN_UNIX_SOCKET_DIR": folder}) as plugin,
    ):
        assert Path(folder) in Path(plugin.socket).parents
        assert "krenalis_workspace" in get_schema(plugin).resource_schemas


def test_a_temporary_folder_that_does_not_exist_is_not_used() -> None:
    with started({"TMPDIR": "/nowhere"}) as plugin:
        assert "krenalis_workspace" in get_schema(plugin).resource_schemas


def test_a_long_temporary_folder_does_not_break_the_socket(tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 30)
    folder.mkdir()
    with started({"TMPDIR": str(folder)}) as plugin:
        assert len(plugin.socket) < 104
        assert "krenalis_workspace" in get_schema(plugin).resource_schemas


def test_an_interrupt_is_terraforms_to_handle(start: Start) -> None:
    with start() as plugin:
        plugin.process.send_signal(signal.SIGINT)

        assert "krenalis_workspace" in get_schema(plugin).resource_schemas


def test_the_log_is_json_lines_that_terraform_understands(start: Start) -> None:
    with start({"TF_LOG": "DEBUG"}) as plugin:
        get_schema(plugin)
        shut_down(plugin)
        assert plugin.process.stderr
        lines = [json.loads(line) for line in plugin.process.stderr.read().splitlines()]

    # how it was started is said beside the first call
    assert {line.get("tf_rpc"): line.get("way") for line in lines} == {
        "GetProviderSchema": None,
        None: "cold: KRENALIS_WARM_START is off" if start is started else "later",
    }
    assert {line["@level"] for line in lines} == {"debug"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", lines[0]["@timestamp"])


def test_how_it_was_started_is_in_the_log_however_soon_the_end_comes(tmp_path: Path) -> None:
    program = example_executable(tmp_path).path
    endless = program.read_text().replace("def load():\n", "def load():\n    __import__('time').sleep(600)\n")
    program.write_text(endless.replace(", load)", ", load, way='as a test does')"))
    with started({"TF_LOG": "DEBUG"}, program=program) as plugin:
        shut_down(plugin)
        assert plugin.process.stderr
        (line,) = [json.loads(line) for line in plugin.process.stderr]

    assert (line["@message"], line["way"]) == ("Started", "as a test does")


def test_nothing_is_written_beside_the_executable(start: Start) -> None:
    before = sorted(EXECUTABLE.parent.iterdir())
    with start({"PYTHONDONTWRITEBYTECODE": ""}) as plugin:
        get_schema(plugin)
        shut_down(plugin)
        plugin.process.wait(SECONDS)

    assert sorted(EXECUTABLE.parent.iterdir()) == before


def test_it_works_without_a_home_that_can_be_written(start: Start, tmp_path: Path) -> None:
    with start({"HOME": str(tmp_path / "nowhere")}) as plugin:
        assert "krenalis_workspace" in get_schema(plugin).resource_schemas


def test_a_health_check_answers_serving() -> None:
    with started(tls=False) as plugin, plugin.channel() as channel:
        check = channel.unary_unary(
            "/grpc.health.v1.Health/Check",
            request_serializer=health_pb2.HealthCheckRequest.SerializeToString,
            response_deserializer=health_pb2.HealthCheckResponse.FromString,
        )
        answer = check(health_pb2.HealthCheckRequest(service="plugin"), timeout=SECONDS)

    assert answer.status == health_pb2.HealthCheckResponse.SERVING


@pytest.mark.slow
@pytest.mark.parametrize("megabytes", [8, 60])
def test_a_message_of_many_megabytes_comes_through_both_ways(start: Start, megabytes: int) -> None:
    name = "x" * megabytes * 1024 * 1024
    with start() as plugin, plugin.channel() as channel:
        request = pb.ValidateResourceConfig.Request(type_name=name, config=pb.DynamicValue(msgpack=b"\xc0"))
        response = call(channel, "ValidateResourceConfig", request, pb.ValidateResourceConfig.Response)

    assert response.diagnostics[0].summary == "Unknown resource type"
    assert name in response.diagnostics[0].detail


def test_fifty_calls_at_once_on_several_connections_are_all_answered(start: Start) -> None:
    request, response = pb.GetProviderSchema.Request(), pb.GetProviderSchema.Response
    with start() as plugin, ExitStack() as stack, ThreadPoolExecutor(50) as pool:
        channels = [stack.enter_context(plugin.channel()) for _ in range(5)]
        answers = list(
            pool.map(lambda n: call(channels[n % 5], "GetProviderSchema", request, response), range(50))
        )

    assert {tuple(answer.resource_schemas) for answer in answers} == {("krenalis_workspace",)}


def test_a_client_that_is_killed_in_the_middle_of_a_call_harms_no_other(start: Start) -> None:
    code = """
import sys, grpc
from tfplugin._generated import tfplugin6_pb2 as pb
options = [("grpc.max_send_message_length", -1)]
call = grpc.insecure_channel(sys.argv[1], options).unary_unary("/tfplugin6.Provider/ValidateResourceConfig")
call(b"")
print("connected", flush=True)
request = pb.ValidateResourceConfig.Request(type_name="x" * 60_000_000).SerializeToString()
while True:
    call(request)
"""
    with start() as plugin:
        with (
            plugin.in_plain_text() as address,
            subprocess.Popen(
                [sys.executable, "-c", code, f"unix:{address}"], stdout=subprocess.PIPE, text=True
            ) as client,
        ):
            assert client.stdout
            assert client.stdout.readline() == "connected\n"
            time.sleep(0.3)
            client.kill()

        assert get_schema(plugin).resource_schemas
        shut_down(plugin)
        assert plugin.process.wait(SECONDS) == 0


METHODS = list(pb.DESCRIPTOR.services_by_name["Provider"].methods)


@pytest.fixture(scope="module")
def plugin() -> Iterator[Plugin]:
    with started(tls=False) as plugin:
        yield plugin


# those that ask for nothing in particular; an empty request of any other names nothing that there is
ASK_FOR_ALL = {
    "GetFunctions",
    "GetMetadata",
    "GetProviderSchema",
    "GetResourceIdentitySchemas",
    "StopProvider",
}


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_an_empty_request_of_every_method_is_answered_and_none_with_an_error_of_grpc(
    method: MethodDescriptor, plugin: Plugin
) -> None:
    with plugin.channel() as channel:
        make: Any = {
            (False, False): channel.unary_unary,
            (False, True): channel.unary_stream,
            (True, False): channel.stream_unary,
        }[method.client_streaming, method.server_streaming]
        empty = iter([b""]) if method.client_streaming else b""
        answer = make(f"/tfplugin6.Provider/{method.name}")(empty, timeout=SECONDS)
        (message,) = answer if method.server_streaming else [answer]

    response: Any = GetMessageClass(method.output_type).FromString(message)
    if method.name == "CallFunction":
        assert response.error.text.startswith("This provider has no function")
        return
    part = response.completed if method.name == "InvokeAction" else response
    severities = [
        diagnostic.severity
        for name in ("diagnostics", "diagnostic")
        for diagnostic in getattr(part, name, ())
    ]
    assert severities == ([] if method.name in ASK_FOR_ALL else [pb.Diagnostic.ERROR])


def test_a_method_that_does_not_exist_is_unimplemented(plugin: Plugin) -> None:
    with plugin.channel() as channel, pytest.raises(grpc.RpcError) as raised:
        channel.unary_unary("/tfplugin6.Provider/Nothing", bytes, bytes)(b"", timeout=SECONDS)

    assert raised.value.code() is grpc.StatusCode.UNIMPLEMENTED
