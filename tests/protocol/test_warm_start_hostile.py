"""What others may have put where a warm start meets, and what the machine refuses: each start is cold then, and works."""

import os
import resource
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.support.bundle import LIBRARIES, PYTHON, bundle
from tests.support.plugin import get_schema
from tests.support.processes import SECONDS
from tests.support.stand_in import StandIn, stand_in
from tfplugin import linux

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="there is no warm start")
as_root = pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can do it")
NOBODY, SOMEBODY = 65534, 65533


@pytest.fixture
def terraform(temporary: Path) -> Iterator[StandIn]:
    """A stand-in for Terraform."""
    with stand_in(temporary) as made:
        yield made


def meeting_of(terraform: StandIn) -> Path:
    """The folder of its warm parent."""
    name = f"plugin-{linux.host()}-{terraform.pid:x}-{linux.started(terraform.pid):x}"
    return terraform.temporary / name


def expect_cold(terraform: StandIn) -> None:
    """A start by itself."""
    start = terraform.start()
    get_schema(start.handshake())
    assert not start.is_warm
    start.shut_down()
    assert terraform.family() == []


def listening(path: Path) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen()
    return listener


def dangling(path: Path, _: Path) -> None:
    path.symlink_to("/nowhere")


def elsewhere(path: Path, other: Path) -> None:
    path.symlink_to(other)


def file(path: Path, _: Path) -> None:
    path.write_text("of somebody else")


def open_to_others(path: Path, _: Path) -> None:
    path.mkdir()
    path.chmod(0o755)


def of_another_user(path: Path, _: Path) -> None:
    path.mkdir(0o700)
    os.chown(path, SOMEBODY, SOMEBODY)


def empty(path: Path, _: Path) -> None:
    path.mkdir(0o700)


@pytest.mark.parametrize(
    "put", [dangling, elsewhere, file, open_to_others, pytest.param(of_another_user, marks=as_root), empty]
)
def test_what_is_in_the_place_of_the_folder_is_left_alone(
    put: Callable[[Path, Path], None], terraform: StandIn, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir(0o700)
    (other / "mine").write_text("mine")
    place = meeting_of(terraform)
    put(place, other)
    before = place.lstat()
    for _ in range(2):
        expect_cold(terraform)
    assert place.lstat() == before
    assert (other / "mine").read_text() == "mine"
    terraform.kill()
    terraform.expect_nothing(but=[place])


@pytest.mark.parametrize(
    "put",
    [
        lambda path: path.write_text("a file"),
        lambda path: path.symlink_to("/nowhere"),
        lambda path: path.mkdir(),
        lambda path: listening(path).close(),
    ],
    ids=["file", "link", "folder", "nobody listens"],
)
def test_what_is_in_the_place_of_the_socket_is_left_alone(
    put: Callable[[Path], object], terraform: StandIn
) -> None:
    place = meeting_of(terraform)
    place.mkdir(0o700)
    put(place / "warm")
    expect_cold(terraform)
    assert [path.name for path in place.iterdir()] == ["warm"]


def silent(connection: socket.socket) -> None:
    while connection.recv(1 << 16):
        pass


def close(connection: socket.socket) -> None:
    connection.close()


def garbage(connection: socket.socket) -> None:
    with suppress(ConnectionError):
        connection.sendall(os.urandom(1 << 16).replace(b"r", b"x"))
        silent(connection)


@pytest.mark.parametrize("answer", [silent, close, garbage])
def test_whoever_listens_instead_keeps_no_start_from_serving(
    answer: Callable[[socket.socket], None], terraform: StandIn
) -> None:
    place = meeting_of(terraform)
    place.mkdir(0o700)
    with listening(place / "warm") as listener:

        def serve() -> None:
            with listener.accept()[0] as connection:
                answer(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        expect_cold(terraform)
        thread.join(SECONDS)


@as_root
def test_another_user_who_listens_is_told_nothing(terraform: StandIn) -> None:
    place = meeting_of(terraform)
    place.mkdir(0o700)
    path = place / "warm"
    code = f"""
import os, socket
listener = socket.socket(socket.AF_UNIX)
listener.bind({str(path)!r})
os.setuid({SOMEBODY})
listener.listen()
print("listens", flush=True)
connection, _ = listener.accept()
print(connection.recv(1 << 20), flush=True)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as other:
        assert other.stdout
        assert other.stdout.readline() == b"listens\n"
        expect_cold(terraform)
        assert other.stdout.readline() == b"b''\n"


def test_folders_of_other_processes_and_machines_are_left_alone(terraform: StandIn) -> None:
    others = [
        terraform.temporary / f"plugin-{linux.host()}-{terraform.pid:x}-1",
        terraform.temporary / f"plugin-00000000-f-{terraform.pid:x}-{linux.started(terraform.pid):x}",
    ]
    for path in others:
        path.mkdir(0o700)
    start = terraform.start()
    get_schema(start.handshake())
    assert start.is_warm
    start.shut_down()
    terraform.kill()
    terraform.expect_nothing(but=others)
    assert all(path.is_dir() for path in others)


@pytest.fixture
def open_to_all(temporary: Path) -> Path:
    """A temporary folder that all users share."""
    temporary.chmod(0o1777)
    return temporary


@contextmanager
def of(user: int, temporary: Path, program: Path, **others: Any) -> Iterator[StandIn]:
    """A stand-in of another user."""
    with stand_in(temporary, program=program, user=user, **others) as made:
        yield made


@pytest.fixture
def for_all(open_to_all: Path) -> Iterator[Path]:
    """An installation that other users can run too."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        program = bundle(Path(folder) / "bundle").path
        interpreter = program.parent / "bin" / PYTHON
        for path in (sys.executable, f"/usr/bin/{PYTHON}", f"/usr/local/bin/{PYTHON}"):
            interpreter.write_text(f'#!/bin/sh\nexec {path} "$@"\n')
            with stand_in(open_to_all, program=program, user=NOBODY) as terraform:
                try:
                    terraform.start().serve()
                except AssertionError:
                    continue
                terraform.end()
            yield program
            return
        pytest.skip("other users can run no interpreter with these libraries")


@as_root
class TestOtherUsers:
    def test_each_has_a_warm_parent_of_its_own(self, for_all: Path, open_to_all: Path) -> None:
        with of(NOBODY, open_to_all, for_all) as one, of(SOMEBODY, open_to_all, for_all) as other:
            for terraform in (one, other):
                start = terraform.start()
                get_schema(start.handshake())
                assert start.is_warm
                start.shut_down()
            assert {path.stat().st_uid for path in one.folders()} == {NOBODY, SOMEBODY}

    def test_what_another_user_has_put_there_first_is_not_used(
        self, for_all: Path, open_to_all: Path
    ) -> None:
        with of(NOBODY, open_to_all, for_all) as terraform:
            place = meeting_of(terraform)
            place.mkdir()
            place.chmod(0o777)
            os.chown(place, SOMEBODY, SOMEBODY)
            with listening(place / "warm") as listener:
                (place / "warm").chmod(0o777)
                listener.settimeout(0)
                expect_cold(terraform)
                with pytest.raises(BlockingIOError):
                    listener.accept()

    @pytest.mark.parametrize("processes", [40, 60])
    def test_it_needs_few_processes_and_threads(
        self, processes: int, for_all: Path, open_to_all: Path
    ) -> None:
        def limit() -> None:
            resource.setrlimit(resource.RLIMIT_NPROC, (processes, processes))

        alone = 50_000 + os.getpid() % 10_000  # all processes of a user count
        with of(alone, open_to_all, for_all, preexec_fn=limit) as terraform:
            for _ in range(3):
                terraform.start().serve()
            terraform.end()


def test_the_temporary_folder_may_be_missing_or_too_long(terraform: StandIn) -> None:
    long = terraform.temporary / ("long" * 20)
    long.mkdir()
    for value in (str(terraform.temporary / "missing"), str(long), "relative"):
        start = terraform.start({"TMPDIR": value})
        get_schema(start.handshake())
        assert not start.is_warm
        start.shut_down()
    assert list(terraform.temporary.rglob("*")) == [long]


@as_root
@pytest.mark.parametrize("nodes", range(1, 8))
def test_a_full_temporary_folder_is_no_obstacle(nodes: int, tmp_path: Path, terraform: StandIn) -> None:
    options = ["-t", "tmpfs", "-o", f"nr_inodes={nodes}", "tmpfs", str(terraform.temporary)]
    if subprocess.run(["mount", *options], capture_output=True, check=False).returncode:
        pytest.skip("mounting is not permitted here")
    try:
        for _ in range(2):
            terraform.start().serve()
        terraform.end()
    finally:
        subprocess.run(["umount", "-l", terraform.temporary], check=True)


ONLY_THERE = f"""
import os, sys
del sys.modules["grpc"]
sys.path.insert(0, {str(LIBRARIES)!r})
import grpc
imported_by = os.getpid()
make = grpc.server
def refuse(*arguments, **options):
    if os.getpid() == imported_by:
        return make(*arguments, **options)
    with open(COUNT, "ab") as file:
        file.write(b".")
    raise RuntimeError("not in a forked process")
grpc.server = refuse
"""


def test_a_parent_whose_spares_die_gives_up(temporary: Path, tmp_path: Path) -> None:
    count = tmp_path / "count"
    program = bundle(tmp_path / "bundle", modules={"grpc": f"COUNT = {str(count)!r}\n{ONLY_THERE}"}).path
    with stand_in(temporary, program=program) as terraform:
        terraform.start().serve()
        assert terraform.family() == []
        assert len(count.read_bytes()) == 3
        terraform.end()


def test_a_fork_that_fails_leaves_nothing(temporary: Path, tmp_path: Path) -> None:
    failing = f"""
import os, sys
del sys.modules["grpc"]
sys.path.insert(0, {str(LIBRARIES)!r})
import grpc
def fork():
    raise BlockingIOError(11, "Resource temporarily unavailable")
os.fork = fork
"""
    program = bundle(tmp_path / "bundle", modules={"grpc": failing}).path
    with stand_in(temporary, program=program) as terraform:
        for _ in range(2):
            terraform.start().serve()
        assert terraform.family() == []
        terraform.end()


def test_an_import_that_fails_is_told_by_the_start_itself(temporary: Path, tmp_path: Path) -> None:
    broken = "raise ImportError('libstdc++.so.6: cannot open shared object file')"
    program = bundle(tmp_path / "bundle", modules={"grpc": broken}).path
    with stand_in(temporary, program=program) as terraform:
        for _ in range(2):
            start = terraform.start()
            start.handshake()
            assert start.wait() == 2
            assert start.said().startswith("panic: libstdc++.so.6: cannot open shared object file\n")
        terraform.end()


def test_an_import_that_fails_later_keeps_no_start_from_serving(temporary: Path, tmp_path: Path) -> None:
    program = bundle(tmp_path / "bundle", modules={"psycopg": "raise ImportError('libpq is missing')"}).path
    with stand_in(temporary, program=program) as terraform:
        for _ in range(3):
            terraform.start().serve()
        terraform.end()


class TestUpgrades:
    @pytest.mark.parametrize("what", ["krenalis_provider", "executable"])
    def test_a_start_after_an_upgrade_is_not_of_the_old_code(
        self, what: str, temporary: Path, tmp_path: Path
    ) -> None:
        folder = tmp_path / "bundle"
        program = bundle(folder).path
        with stand_in(temporary, program=program) as terraform:
            terraform.start().serve()
            terraform.spare()
            old = terraform.warm_parent()
            if what == "executable":
                text = program.read_bytes()
                program.unlink()
                program.write_bytes(text)
                program.chmod(0o755)
            else:
                (package,) = folder.glob(f"lib/*/site-packages/{what}")
                source = package.resolve()
                package.unlink()
                package.mkdir()
                for path in source.iterdir():
                    (package / path.name).symlink_to(path)
            start = terraform.start()
            get_schema(start.handshake())
            # cold, or of another warm parent: the old one ends if it finds a package missing that it imports
            assert os.getsid(start.serving) != old
            start.shut_down()
            terraform.end()


def test_behind_a_wrapper_each_start_has_a_warm_parent_that_ends_with_it(terraform: StandIn) -> None:
    for _ in range(3):
        start = terraform.start(by=("sh", "-c", '"$0" "$@"; exit $?'))
        get_schema(start.handshake())
        assert len(terraform.warm_parents()) == 1
        start.shut_down()
        terraform.expect_nothing()
    terraform.end()
