"""The executable whatever its caller's environment, folder, streams, limits and signals are.

Nothing of it reaches the provider, or a line says what is in the way; and no folder stays behind.
"""

import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.protocol.conftest import Start
from tests.support.bundle import bundle
from tests.support.plugin import Plugin, get_schema, shut_down, started, starting
from tests.support.processes import SECONDS, wait_until_ended

FOREIGN = "import os\nos.write(1, b'foreign\\n')\nraise SystemExit('a foreign module was imported')\n"


@pytest.fixture
def temporary() -> Iterator[Path]:
    """A folder for temporary files; empty again at the end of the test."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        yield Path(folder)
        assert list(Path(folder).iterdir()) == []


def expect_to_serve(plugin: Plugin) -> str:
    """Use the provider once, and return what it has written to stderr."""
    assert plugin.fields[:3] == ("1", "6", "unix")
    assert plugin.fields[4] == "grpc"
    assert len(plugin.fields) == 6
    assert "krenalis_workspace" in get_schema(plugin).resource_schemas
    shut_down(plugin)
    assert plugin.process.wait(SECONDS) == 0
    assert not Path(plugin.socket).parent.exists()
    assert plugin.process.stderr
    return plugin.process.stderr.read().decode()


def told(process: "subprocess.Popen[bytes]") -> str:
    """What a process that did not serve has said, in one line, before it ended."""
    stdout, stderr = process.communicate(timeout=SECONDS)
    assert process.returncode in {1, 2}
    assert stderr.startswith(b"panic: ")
    assert stdout == b"" or stdout.splitlines()[0] == stderr.removeprefix(b"panic: ").rstrip()
    assert stderr.count(b"\n") == 1
    return stderr.decode()


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with modules that nobody may import."""
    folder = tmp_path_factory.mktemp("foreign")
    names = (
        "grpc google logging types snowflake cryptography sitecustomize usercustomize os re typing"
        " tfplugin krenalis_provider psycopg encodings"
    )
    for name in names.split():
        (folder / f"{name}.py").write_text(FOREIGN)
    (folder / "foreign.pth").write_text("import os; os.write(1, b'foreign\\n')\n")
    return folder


class TestOtherPython:
    """What the caller has for other programs in Python."""

    def test_modules_on_its_path_are_not_imported(self, start: Start, foreign: Path, temporary: Path) -> None:
        with start({"PYTHONPATH": str(foreign), "TMPDIR": str(temporary)}) as plugin:
            assert expect_to_serve(plugin) == ""

    def test_modules_in_its_folder_are_not_imported(
        self, start: Start, foreign: Path, temporary: Path
    ) -> None:
        with start({"TMPDIR": str(temporary)}, folder=foreign) as plugin:
            assert expect_to_serve(plugin) == ""

    def test_modules_of_the_user_are_not_imported(self, start: Start, foreign: Path, tmp_path: Path) -> None:
        version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
        (tmp_path / ".local" / "lib" / version).mkdir(parents=True)
        (tmp_path / ".local" / "lib" / version / "site-packages").symlink_to(foreign)

        for variables in ({"HOME": str(tmp_path)}, {"PYTHONUSERBASE": str(tmp_path / ".local")}):
            with started(variables) as plugin:
                assert expect_to_serve(plugin) == ""

    @pytest.mark.parametrize(
        "variable",
        [
            *("PYTHONHOME=/nowhere", "PYTHONIOENCODING=utf-16", "PYTHONSTARTUP=/nowhere", "PYTHONINSPECT=1"),
            *("PYTHONDEBUG=3", "PYTHONVERBOSE=2", "PYTHONWARNINGS=error", "PYTHONMALLOC=debug"),
            *("PYTHONMALLOC=none", "PYTHONTRACEMALLOC=none", "PYTHONDEVMODE=1", "PYTHONOPTIMIZE=2"),
            *("PYTHONUTF8=2", "PYTHONPYCACHEPREFIX=/nowhere", "PYTHON_GIL=7", "PYTHONHASHSEED=none"),
            *("PYTHONPLATLIBDIR=nowhere", "PYTHONINTMAXSTRDIGITS=none", "PYTHONUNBUFFERED=1"),
            *("PYTHONPROFILEIMPORTTIME=1", "PYTHONDUMPREFS=1", "PYTHONFAULTHANDLER=1"),
        ],
    )
    def test_no_variable_of_the_interpreter_counts(self, variable: str, temporary: Path) -> None:
        name, _, value = variable.partition("=")
        with started({name: value, "TMPDIR": str(temporary)}) as plugin:
            assert expect_to_serve(plugin) == ""

    @pytest.mark.parametrize(
        "variable",
        [
            "GRPC_POLL_STRATEGY=none",
            "GRPC_VERBOSITY=debug",
            "PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION=none",
            "PSYCOPG_IMPL=none",
            "MSGPACK_PUREPYTHON=1",
            "PYDANTIC_DISABLE_PLUGINS=none",
        ],
    )
    def test_no_variable_of_a_library_counts(self, variable: str, temporary: Path) -> None:
        name, _, value = variable.partition("=")
        with started({name: value, "TMPDIR": str(temporary)}) as plugin:
            assert expect_to_serve(plugin) == ""


@pytest.mark.parametrize(
    "variables",
    [
        {"LC_ALL": "C", "PYTHONUTF8": "0"},
        {"LC_ALL": "nowhere.ISO-8859-1"},
        {"HOME": None, "PATH": None, "LANG": None, "TMPDIR": None},
        {"BASH_ENV": "/nowhere", "ENV": "/nowhere", "CDPATH": "/", "IFS": "/", "POSIXLY_CORRECT": "1"},
    ],
    ids=" ".join,
)
def test_it_serves_in_an_environment_that_lacks_what_is_usual(
    start: Start, variables: dict[str, str | None]
) -> None:
    with start(variables) as plugin:
        assert expect_to_serve(plugin) == ""


class TestTemporaryFolder:
    """What TMPDIR may say."""

    @pytest.mark.parametrize(
        "name",
        [b"a|b", b"a\nb", b"a\r", b"a\xff", b"a%41b", "ä".encode(), b"a b", b"a'b\"$c", b"a?b#c", b"\t"],
    )
    def test_any_name_leaves_the_handshake_line_whole(
        self, start: Start, name: bytes, temporary: Path
    ) -> None:
        folder = temporary / os.fsdecode(name)
        folder.mkdir()
        with start({"TMPDIR": str(folder)}) as plugin:
            assert expect_to_serve(plugin) == ""
        folder.rmdir()

    @pytest.mark.parametrize(
        "value", ["", "relative", "/nowhere", "/proc", "/dev/null", f"/tmp/{'long' * 50}", "/tmp/" * 2000]
    )
    def test_one_that_will_not_do_is_not_used(self, value: str, tmp_path: Path) -> None:
        (tmp_path / "relative").mkdir()
        with started({"TMPDIR": value}, folder=tmp_path) as plugin:
            assert plugin.socket.startswith("/tmp/plugin")
            assert expect_to_serve(plugin) == ""

    @pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can mount")
    @pytest.mark.parametrize("nodes", [1, 2, 3])
    def test_one_that_is_full_is_not_used_and_nothing_stays_in_it(self, nodes: int, tmp_path: Path) -> None:
        options = ["-t", "tmpfs", "-o", f"nr_inodes={nodes}", "tmpfs", str(tmp_path)]
        if subprocess.run(["mount", *options], capture_output=True, check=False).returncode:
            pytest.skip("mounting is not permitted here")
        try:
            with started({"TMPDIR": str(tmp_path)}) as plugin:
                assert plugin.socket.startswith("/tmp/plugin")
                assert expect_to_serve(plugin) == ""
            assert list(tmp_path.iterdir()) == []
        finally:
            subprocess.run(["umount", tmp_path], check=True)


class TestStreams:
    """Streams that are closed, full, or read by nobody."""

    @pytest.mark.parametrize("tls", [True, False], ids=["TLS", "plain text"])
    @pytest.mark.parametrize("closing", ["<&-", "2>&-", "<&- 2>&-", "2>/dev/full"])
    def test_it_serves_without_the_others(self, closing: str, temporary: Path, *, tls: bool) -> None:
        by = ("sh", "-c", f'exec "$0" {closing}')
        with started({"TMPDIR": str(temporary)}, tls=tls, by=by) as plugin:
            assert expect_to_serve(plugin) == ""

    @pytest.mark.parametrize("tls", [True, False], ids=["TLS", "plain text"])
    @pytest.mark.parametrize(
        ("stdout", "reason"),
        [
            (">&-", "Bad file descriptor"),
            ("<&- >&-", "Bad file descriptor"),
            (">/dev/full", "No space left on device"),
        ],
    )
    def test_without_stdout_it_says_so_in_a_line(
        self, stdout: str, reason: str, temporary: Path, *, tls: bool
    ) -> None:
        by = ("sh", "-c", f'exec "$0" {stdout}')
        with starting({"TMPDIR": str(temporary)}, tls=tls, by=by) as process:
            assert told(process).endswith(f"cannot be written to stdout: {reason}.\n")

    @pytest.mark.parametrize("tls", [True, False], ids=["TLS", "plain text"])
    def test_a_stdout_that_nobody_reads_ends_it(self, temporary: Path, *, tls: bool) -> None:
        with starting({"TMPDIR": str(temporary)}, tls=tls) as process:
            assert process.stdout
            assert process.stderr
            process.stdout.close()
            assert "stdout: Broken pipe" in process.stderr.read().decode()
            assert process.wait(SECONDS) == 2

    def test_a_stderr_that_nobody_reads_does_not_end_it(self, start: Start, temporary: Path) -> None:
        with start({"TMPDIR": str(temporary), "TF_LOG": "trace"}) as plugin:
            assert plugin.process.stderr
            plugin.process.stderr.close()
            assert "krenalis_workspace" in get_schema(plugin).resource_schemas
            shut_down(plugin)
            assert plugin.process.wait(SECONDS) == 0

    def test_all_of_them_closed_ends_it_in_silence(self, temporary: Path) -> None:
        by = ("sh", "-c", 'exec "$0" <&- >&- 2>&-')
        with starting({"TMPDIR": str(temporary)}, by=by) as process:
            assert process.wait(SECONDS) == 2


class TestLimits:
    """What a process is given."""

    @pytest.mark.parametrize("files", [20, 24, 40])
    def test_few_files_are_enough(self, files: int, temporary: Path) -> None:
        def limit() -> None:
            resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))

        with started({"TMPDIR": str(temporary)}, prepare=limit) as plugin:
            assert expect_to_serve(plugin) == ""

    @pytest.mark.parametrize("files", [3, 6, 9, 10, 11, 12])
    def test_too_few_leave_no_folder_behind(self, files: int, temporary: Path) -> None:
        def limit() -> None:
            resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))

        with starting({"TMPDIR": str(temporary)}, prepare=limit) as process:
            assert process.stdout
            if process.stdout.readline():
                process.terminate()
            process.communicate(timeout=SECONDS)

    @pytest.mark.parametrize(
        "prepare",
        [
            lambda: os.umask(0o777),
            lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN),
            lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)),
            lambda: resource.setrlimit(resource.RLIMIT_CORE, (0, 0)),
        ],
        ids=["umask 0777", "SIGCHLD ignored", "no files written", "no core"],
    )
    def test_it_serves_whatever_it_inherits(self, prepare: Callable[[], object], temporary: Path) -> None:
        with started({"TMPDIR": str(temporary)}, prepare=prepare) as plugin:
            assert expect_to_serve(plugin) == ""

    def test_a_folder_that_is_gone_is_no_obstacle(self, tmp_path: Path) -> None:
        folder = tmp_path / "gone"
        folder.mkdir()
        with started(by=("sh", "-c", 'rmdir "$PWD"; exec "$0"'), folder=folder) as plugin:
            expect_to_serve(plugin)

    @pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can mount")
    def test_without_proc_it_says_so_in_a_line(self, temporary: Path) -> None:
        hide = ("unshare", "--mount", "sh", "-c", 'mount -t tmpfs tmpfs /proc && exec "$0"')
        if subprocess.run([*hide, "true"], capture_output=True, check=False).returncode:
            pytest.skip("mounting is not permitted here")
        with starting({"TMPDIR": str(temporary)}, by=hide) as process:
            assert "TLS needs the folder /dev/fd" in told(process)


# the last module of a step of the start, as the interpreter tells it
MOMENTS = (
    *("encodings", "krenalis_provider.launch", "tfplugin.process", "tfplugin.public_socket"),
    *(
        "tfplugin.tls",
        "grpc",
        "tfplugin._generated.tfplugin6_pb2",
        "tfplugin.server",
        "krenalis_provider.provider",
    ),
)
ENDS = ("SIGTERM", "SIGHUP", "SIGQUIT", "SIGPIPE", "SIGUSR1", "SIGALRM", "SIGXCPU")


class TestSignals:
    """Ends that others make, at any moment of the start."""

    @pytest.fixture(scope="class")
    @staticmethod
    def talkative(tmp_path_factory: pytest.TempPathFactory) -> Path:
        """A provider that says what it has imported."""
        return bundle(tmp_path_factory.mktemp("bundle") / "it", options=("-X", "importtime")).path

    @pytest.mark.parametrize(
        "number", [*ENDS[:3], *(pytest.param(name, marks=pytest.mark.slow) for name in ENDS[3:])]
    )
    @pytest.mark.parametrize("whom", [os.kill, os.killpg], ids=["process", "group"])
    def test_a_signal_leaves_no_folder_behind(
        self, number: str, whom: Callable[[int, int], None], talkative: Path, temporary: Path
    ) -> None:
        for moment in MOMENTS:
            with starting({"TMPDIR": str(temporary)}, program=talkative) as process:
                assert process.stderr
                for line in process.stderr:
                    if line.split()[-1:] == [moment.encode()]:
                        break
                whom(process.pid, getattr(signal, number))
                if number == "SIGPIPE":  # means nothing to an interpreter
                    process.terminate()
                process.communicate(timeout=SECONDS)
            assert list(temporary.iterdir()) == [], moment

    def test_an_interrupt_at_any_moment_is_terraforms_to_handle(
        self, talkative: Path, temporary: Path
    ) -> None:
        for moment in MOMENTS:
            with starting({"TMPDIR": str(temporary)}, program=talkative) as process:
                assert process.stderr
                assert process.stdout
                for line in process.stderr:
                    if line.split()[-1:] == [moment.encode()]:
                        break
                os.killpg(process.pid, signal.SIGINT)
                assert process.stdout.readline().count(b"|") == 5, moment
                process.terminate()
                process.communicate(timeout=SECONDS)

    def test_the_end_of_terraform_at_any_moment_is_its_end(self, talkative: Path, temporary: Path) -> None:
        code = "import subprocess, sys; p = subprocess.Popen(sys.argv[1]); print(p.pid, flush=True); p.wait()"
        for moment in MOMENTS:
            by = (sys.executable, "-c", code)
            with starting({"TMPDIR": str(temporary)}, program=talkative, by=by) as terraform:
                assert terraform.stdout
                assert terraform.stderr
                provider = int(terraform.stdout.readline())
                for line in terraform.stderr:
                    if line.split()[-1:] == [moment.encode()]:
                        break
                terraform.kill()
                terraform.stdout.close()
                terraform.stderr.read()  # to its end: nobody writes any more
                wait_until_ended(provider)
            assert list(temporary.iterdir()) == [], moment

    @pytest.mark.parametrize("tls", [True, False], ids=["TLS", "plain text"])
    @pytest.mark.parametrize("number", ENDS[:3])
    def test_a_signal_ends_a_provider_that_serves(self, number: str, temporary: Path, *, tls: bool) -> None:
        with started({"TMPDIR": str(temporary)}, tls=tls) as plugin:
            get_schema(plugin)
            plugin.process.send_signal(getattr(signal, number))
            assert plugin.process.wait(SECONDS) == 0

    def test_many_signals_at_once_are_one(self, temporary: Path) -> None:
        for served in (False, True):
            with started({"TMPDIR": str(temporary)}) as plugin:
                if served:
                    get_schema(plugin)
                for number in ENDS * 5:
                    if number != "SIGPIPE":
                        plugin.process.send_signal(getattr(signal, number))
                assert plugin.process.wait(SECONDS) == 0
                assert not Path(plugin.socket).parent.exists()

    def test_a_hang_up_that_nohup_ignores_is_ignored(self, temporary: Path) -> None:
        def ignore() -> None:
            signal.signal(signal.SIGHUP, signal.SIG_IGN)

        with started({"TMPDIR": str(temporary)}, prepare=ignore) as plugin:
            get_schema(plugin)
            os.killpg(plugin.process.pid, signal.SIGHUP)
            assert expect_to_serve(plugin) == ""


SHELLS = [
    (name, *command)
    for name, *command in (("dash",), ("bash",), ("busybox", "sh"), ("ksh",), ("zsh", "--emulate", "sh"))
    if shutil.which(name)
]


@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: shell[0])
class TestShells:
    """The shells that may be behind `/bin/sh`."""

    @pytest.fixture
    @staticmethod
    def sh(shell: tuple[str, ...], tmp_path: Path) -> tuple[str | Path, ...]:
        """The command that starts one; a shell behaves by the name with which it was called."""
        name, *others = shell
        path = tmp_path / "sh"
        path.symlink_to(str(shutil.which(name)))
        return (path, *([] if name == "busybox" else others))

    def test_each_will_do(self, sh: tuple[str | Path, ...], temporary: Path) -> None:
        with started({"TMPDIR": str(temporary)}, by=sh) as plugin:
            assert expect_to_serve(plugin) == ""

    def test_functions_and_options_that_it_inherits_do_not_count(
        self, sh: tuple[str | Path, ...], temporary: Path
    ) -> None:
        names = ("test", "read", "command", "printf", "readlink", "exec", "trap", "unset", "set", "shopt")
        variables = {f"BASH_FUNC_{name}%%": "() { echo foreign; }" for name in names}
        variables |= {"SHELLOPTS": "noglob:nounset:errexit", "BASHOPTS": "failglob:dotglob"}
        with started({**variables, "TMPDIR": str(temporary)}, by=sh) as plugin:
            assert expect_to_serve(plugin) == ""
