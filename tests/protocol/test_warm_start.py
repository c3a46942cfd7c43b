"""Starts of one Terraform command that a warm parent serves: which way each takes, and what is its own."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import load_pem_x509_certificate

from tests.support.bundle import LIBRARIES, bundle
from tests.support.host import Host
from tests.support.plugin import COOKIE, client_certificate, get_schema, started_by
from tests.support.processes import SECONDS, wait_until_ended
from tests.support.terraform import Terraform
from tests.support.terraform_process import KRENALIS
from tests.support.warm_parents import DEBUG, descriptors, ended, warm_parent, warm_parents, way, ways_in
from tests.support.workspaces import configuration

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="there is no warm start elsewhere")


@pytest.fixture
def host() -> Iterator[Host]:
    """A Terraform that has started nothing."""
    with Host() as host:
        yield host


def begun(host: Host, **others: Any) -> None:
    """Let there be a warm parent."""
    assert way(host, **others) == "first"
    warm_parent(host.pid)


class TestWays:
    """Which way a start takes, as the log says it at DEBUG."""

    def test_the_first_start_begins_a_warm_parent_that_serves_it_and_all_later_ones(self, host: Host) -> None:
        assert [way(host) for _ in range(4)] == ["first", "later", "later", "later"]
        assert len(warm_parents(host.pid)) == 1

    def test_starts_at_the_same_time_are_all_served(self, host: Host) -> None:
        with ExitStack() as stack:
            plugins = [stack.enter_context(started_by(host, DEBUG)) for _ in range(4)]
            logs = [ended(plugin) for plugin in plugins]

        ways = [line["way"] for log in logs for line in log if line["@message"] == "Started"]
        assert ways[0] == "first"
        assert len(ways) == 4

    def test_another_terraform_has_a_warm_parent_of_its_own(self, host: Host) -> None:
        begun(host)
        with Host() as other:
            assert way(other) == "first"

    def test_the_warm_parent_ends_with_terraform(self, temporary: Path) -> None:
        with Host() as host:
            begun(host, environment={"TMPDIR": str(temporary)})
            parent = warm_parent(host.pid)

        for pid in (parent.pid, *parent.spares):
            wait_until_ended(pid)
        assert list(temporary.iterdir()) == []

    @pytest.mark.parametrize(
        ("environment", "reason"),
        [
            ({"KRENALIS_WARM_START": "off"}, "cold: KRENALIS_WARM_START is off"),
            ({"KRENALIS_WARM_START": "OFF"}, "cold: KRENALIS_WARM_START is off"),
            ({"TMPDIR": "/tmp/" + 50 * "./"}, "cold: no socket fits into the temporary folder"),
            ({"TMPDIR": "/nowhere"}, "cold: [Errno 2] No such file or directory"),
        ],
    )
    def test_a_cold_start_says_why(self, environment: dict[str, str], reason: str, host: Host) -> None:
        assert way(host, environment).startswith(reason)
        assert warm_parents(host.pid) == []

    def test_a_start_without_tls_is_cold(self, host: Host) -> None:
        assert way(host, {"PLUGIN_CLIENT_CERT": ""}) == "cold: without TLS"

    def test_a_start_by_a_developer_begins_no_warm_parent(self, host: Host) -> None:
        with host.start([KRENALIS.path, "-debug"], env={**os.environ, **COOKIE, **DEBUG}) as process:
            assert b"Provider started" in process.stdout.readline()
            assert warm_parents(host.pid) == []
            process.kill()

    def test_a_start_where_no_process_can_be_watched_is_cold(self) -> None:
        code = """
import os
del os.pidfd_open
from tfplugin.warm_start.launcher import Launcher
print(Launcher([], {}, ()).run()[0])
"""
        environment = {**os.environ, **COOKIE, "PLUGIN_CLIENT_CERT": client_certificate()}
        told = subprocess.check_output([sys.executable, "-c", code], env=environment, text=True)

        assert told == "cold: not on this system\n"

    def test_terraform_itself_starts_it_in_all_ways(self, terraform: Terraform) -> None:
        settings = dict.fromkeys(["host", "username", "password", "database", "schema"], "x")
        terraform.write(configuration({**settings, "port": 5432}))
        log = terraform.log("DEBUG")

        terraform.validate()
        assert ways_in(log) == ["first", "later"]

        terraform.environment["KRENALIS_WARM_START"] = "off"
        log.unlink()
        terraform.validate()
        assert ways_in(log) == 2 * ["cold: KRENALIS_WARM_START is off"]

        del terraform.environment["KRENALIS_WARM_START"]
        terraform.environment["TF_DISABLE_PLUGIN_TLS"] = "1"
        log.unlink()
        terraform.validate()
        assert set(ways_in(log)) == {"cold: without TLS"}


class TestTheWarmParent:
    """It holds nothing of a start."""

    def test_it_has_a_session_and_a_folder_of_its_own(self, host: Host) -> None:
        begun(host)
        parent = warm_parent(host.pid)

        assert os.getsid(parent.pid) == parent.pid
        for pid in (parent.pid, *parent.spares):
            assert Path(f"/proc/{pid}/cwd").readlink() == Path("/")

    def test_it_and_its_spares_hold_no_descriptor_of_a_start(self, host: Host, tmp_path: Path) -> None:
        reader, writer = os.pipe()
        with started_by(host, folder=tmp_path, leaked=[writer]) as plugin:
            os.close(writer)
            get_schema(plugin)
            assert way(host) == "later"  # for a spare meanwhile
            parent = warm_parent(host.pid)

            ours = {name for name in descriptors(plugin.process.pid).values() if name.startswith("pipe:")}
            assert len(ours) >= 2  # stderr, and what was leaked
            for pid in (parent.pid, *parent.spares):
                theirs = descriptors(pid)
                assert {theirs[stream] for stream in range(3)} == {os.devnull}
                assert not ours & set(theirs.values())
                assert str(tmp_path) not in theirs.values()
            plugin.process.kill()
            for pid in parent.serving:
                wait_until_ended(pid)
            assert os.read(reader, 1) == b""  # nobody has the other end
            assert Path(f"/proc/{parent.pid}").exists()
        os.close(reader)

    def test_it_has_one_thread(self, host: Host) -> None:
        begun(host)
        assert len(list(Path(f"/proc/{warm_parent(host.pid).pid}/task").iterdir())) == 1

    def test_a_library_that_starts_a_thread_makes_all_starts_cold(self, host: Host, tmp_path: Path) -> None:
        threaded = f"""
import sys, threading, time
threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
del sys.modules["grpc"]
sys.path.insert(0, {str(LIBRARIES)!r})
import grpc
"""
        program = bundle(tmp_path / "bundle", modules={"grpc": threaded}).path
        for _ in range(2):
            assert way(host, program=program).startswith("cold: ")


class TestWhatIsItsOwn:
    """Each start has what a cold one has."""

    def test_each_has_a_certificate_and_sockets_of_its_own(self, host: Host) -> None:
        with ExitStack() as stack:
            plugins = [stack.enter_context(started_by(host)) for _ in range(3)]
            assert len({plugin.certificate for plugin in plugins}) == 3
            assert len({plugin.socket for plugin in plugins}) == 3
            for plugin in plugins:
                get_schema(plugin)
            form = Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
            certificates = [load_pem_x509_certificate(plugin.certificate.encode()) for plugin in plugins]
            assert len({each.public_key().public_bytes(*form) for each in certificates}) == 3

    def test_each_has_its_log_level(self, host: Host) -> None:
        begun(host)
        for level, expected in (("TRACE", {"debug", "trace"}), ("DEBUG", {"debug"}), ("ERROR", set())):
            with started_by(host, {"TF_LOG": level}) as plugin:
                assert {line["@level"] for line in ended(plugin)} == expected

    def test_each_is_called_by_its_signals_alone(self, host: Host) -> None:
        begun(host)
        with started_by(host, DEBUG) as other, started_by(host, DEBUG) as plugin:
            os.killpg(plugin.process.pid, signal.SIGINT)  # as Ctrl-C does
            get_schema(plugin)
            plugin.process.send_signal(signal.SIGTERM)
            assert plugin.process.wait(SECONDS) == 0
            assert ended(other)

    def test_a_hang_up_that_nohup_ignores_is_ignored(self, host: Host) -> None:
        nohup = ("sh", "-c", 'trap "" HUP; exec "$0"')
        begun(host, by=nohup)
        with started_by(host, DEBUG, by=nohup) as plugin:
            os.killpg(plugin.process.pid, signal.SIGHUP)
            assert [line["way"] for line in ended(plugin) if line["@message"] == "Started"] == ["later"]

    def test_a_folder_that_is_gone_is_no_obstacle(self, host: Host, tmp_path: Path) -> None:
        begun(host)
        folder = tmp_path / "gone"
        folder.mkdir()
        assert way(host, by=("sh", "-c", 'rmdir "$PWD"; exec "$0"'), folder=folder) == "later"
