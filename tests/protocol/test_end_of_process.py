"""How the executable ends: when it is asked to, when Terraform is gone, and when it cannot work (docs/facts/terraform.md, "Interrupts and the end")."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.protocol.conftest import Start
from tests.support.bundle import LIBRARIES, bundle
from tests.support.plugin import COOKIE, client_certificate, get_schema, shut_down, started, starting
from tests.support.processes import SECONDS, wait_until_ended, wait_until_removed
from tests.support.terraform import Terraform
from tests.support.terraform_process import KRENALIS, Executable, ProviderExecutable
from tests.support.warm_parents import started_later
from tests.support.workspaces import configuration

EXECUTABLE = KRENALIS.path
AT_ONCE = 1.0  # seconds; calls in flight may have as long


def test_shutdown_is_answered_ends_the_process_at_once_and_removes_the_socket(
    start_in_any_way: Start,
) -> None:
    # a busy machine may take longer, but not each time
    assert any(seconds_to_the_end(start_in_any_way) < AT_ONCE for _ in range(5))


def seconds_to_the_end(start: Start) -> float:
    """How long a process still runs after Terraform has had the answer to its request for the end."""
    with start() as plugin:
        get_schema(plugin)
        shut_down(plugin)
        before = time.monotonic()

        assert plugin.process.wait(SECONDS) == 0
        took = time.monotonic() - before
        assert not Path(plugin.socket).parent.exists()
    return took


def test_shutdown_may_come_before_all_is_imported(start_in_any_way: Start) -> None:
    with start_in_any_way() as plugin:
        shut_down(plugin)

        assert plugin.process.wait(SECONDS) == 0
        assert not Path(plugin.socket).parent.exists()


def test_a_termination_signal_is_a_clean_end_at_any_time(start_in_any_way: Start) -> None:
    for served in (True, False):
        with start_in_any_way() as plugin:
            if served:
                get_schema(plugin)
            plugin.process.send_signal(signal.SIGTERM)

            assert plugin.process.wait(SECONDS) == 0
            # a process that was forked sees that its launcher has gone
            wait_until_removed(
                Path(plugin.socket).parent, seconds=SECONDS if start_in_any_way is started_later else 0
            )


def test_it_ends_when_terraform_was_killed() -> None:
    code = f"""
import subprocess, time
provider = subprocess.Popen([{str(EXECUTABLE)!r}], stdout=subprocess.PIPE, text=True)
print(provider.pid, provider.stdout.readline(), flush=True)
time.sleep(600)
"""
    environment = {**os.environ, **COOKIE, "PLUGIN_CLIENT_CERT": client_certificate()}
    environment["KRENALIS_WARM_START"] = "off"
    with subprocess.Popen(
        [sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True
    ) as terraform:
        assert terraform.stdout
        pid, handshake = terraform.stdout.readline().split(" ")
        terraform.kill()

        wait_until_ended(int(pid))

    assert not Path(handshake.split("|")[3]).parent.exists()


def test_a_certificate_that_is_none_is_a_readable_crash() -> None:
    environment = {**os.environ, **COOKIE, "PLUGIN_CLIENT_CERT": "of no use"}

    run = subprocess.run([EXECUTABLE], env=environment, capture_output=True, text=True, check=False)

    assert run.returncode == 2
    assert run.stdout.startswith("PLUGIN_CLIENT_CERT is not a certificate in PEM\n")
    assert run.stderr.startswith("panic: PLUGIN_CLIENT_CERT is not a certificate in PEM\n")


@pytest.fixture
def without_grpc(tmp_path: Path) -> ProviderExecutable:
    """A provider for which gRPC cannot be imported, as it happens where a library of the system is missing."""
    broken = "raise ImportError('libstdc++.so.6: cannot open shared object file')"
    return bundle(tmp_path / "bundle", modules={"grpc": broken})


def test_a_crash_after_the_handshake_is_readable_and_leaves_no_socket(
    without_grpc: ProviderExecutable,
) -> None:
    with started(program=without_grpc.path) as plugin:
        assert plugin.process.wait(SECONDS) == 2
        assert not Path(plugin.socket).parent.exists()
        assert plugin.process.stderr
        lines = plugin.process.stderr.read().decode().splitlines()

    assert lines[0] == "panic: libstdc++.so.6: cannot open shared object file"
    assert "Traceback (most recent call last):" in lines


@pytest.mark.parametrize("tls", [True, False], ids=["TLS", "plain text"])
def test_a_process_without_a_handshake_line_lives_until_terraform_has_read_why(
    without_grpc: ProviderExecutable, temporary: Path, *, tls: bool
) -> None:
    program, environment = (
        (EXECUTABLE, {"PLUGIN_CLIENT_CERT": "of no use"}) if tls else (without_grpc.path, {})
    )
    with starting({**environment, "TMPDIR": str(temporary)}, tls=tls, program=program) as process:
        assert process.stdout
        assert process.stderr
        assert process.stderr.readline() == b"panic: " + process.stdout.readline()
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.5)  # the line was read, and what follows was not

        process.kill()  # so does Terraform, and reads on
        process.stdout.read()
        assert list(temporary.iterdir()) == []


def test_a_server_that_gets_no_thread_is_a_readable_crash(tmp_path: Path) -> None:
    without_threads = f"""
import sys, threading
del sys.modules["grpc"]
sys.path.insert(0, {str(LIBRARIES)!r})
import grpc
start = threading.Thread.start
def refuse(self):
    if self._target is grpc._server._serve:
        raise RuntimeError("can't start new thread")
    start(self)
threading.Thread.start = refuse
import grpc._server
"""
    program = bundle(tmp_path / "bundle", modules={"grpc": without_threads}).path
    with started(program=program) as plugin:
        assert plugin.process.wait(SECONDS) == 2
        assert not Path(plugin.socket).parent.exists()
        assert plugin.process.stderr
        assert plugin.process.stderr.read().startswith(b"panic: can't start new thread\n")


def test_terraform_shows_a_crash(
    terraform_executable: Executable, tmp_path: Path, without_grpc: ProviderExecutable
) -> None:
    terraform = Terraform(terraform_executable, tmp_path / "configuration", provider=without_grpc)
    terraform.write(configuration({}))

    terraform.validate(
        expect_error=r"panic: libstdc\+\+\.so\.6: cannot open shared object file.* plugin crashed!"
    )


def test_terraform_shows_what_kept_a_process_from_its_handshake_line(
    terraform_executable: Executable, tmp_path: Path, without_grpc: ProviderExecutable
) -> None:
    terraform = Terraform(terraform_executable, tmp_path / "configuration", provider=without_grpc)
    terraform.environment["TF_DISABLE_PLUGIN_TLS"] = "1"
    terraform.write(configuration({}))

    terraform.validate(
        expect_error=r"Unrecognized remote plugin message: libstdc\+\+\.so\.6: cannot open shared object file"
    )
