"""Starts that differ from the first one of their Terraform: what a fork would not have takes them another way."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.bundle import bundle
from tests.support.host import Host
from tests.support.plugin import get_schema, shut_down, started_by
from tests.support.terraform_process import KRENALIS
from tests.support.warm_parents import warm_parent, warm_parents, way

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="there is no warm start elsewhere")

PYTHON = (sys.executable, "-I", "-S", "-c")


def first(code: str) -> tuple[str, ...]:
    """A command that does something in the process in which it starts a program."""
    return (*PYTHON, f"import os, resource, signal, sys; {code}; os.execv(sys.argv[1], sys.argv[1:])")


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    """A Terraform with a warm parent."""
    with Host() as host:
        assert way(host) == "first"
        yield host


# each of them without rights
OTHER = {
    "a limit of files": first("resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100))"),
    "a limit of memory": first("resource.setrlimit(resource.RLIMIT_AS, (2 << 32, 2 << 32))"),
    "a umask": first("os.umask(0o027)"),
    "a priority": first("os.nice(3)"),
    "a processor": first("os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})"),
}
OTHER_FOR_ROOT = {
    "a user": first("os.setgroups([]); os.setresgid(65534, 65534, 65534); os.setresuid(65534, 65534, 65534)"),
    "a group": first("os.setresgid(65534, 65534, 65534)"),
    "more groups": first("os.setgroups([65534])"),
    "a capability": ("setpriv", "--bounding-set", "-sys_time", "--inh-caps", "-sys_time"),
    "no new rights": ("setpriv", "--no-new-privs"),
    "a network": ("unshare", "--net"),
    "mounts": ("unshare", "--mount"),
    "a host name": ("unshare", "--uts"),
    "queues": ("unshare", "--ipc"),
    "a cgroup": ("unshare", "--cgroup"),
}


@pytest.mark.parametrize("by", OTHER.values(), ids=OTHER)
def test_a_start_in_other_surroundings_is_cold(by: tuple[str, ...], host: Host) -> None:
    assert_cold_among_warm(host, by)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has so many")
@pytest.mark.parametrize("by", OTHER_FOR_ROOT.values(), ids=OTHER_FOR_ROOT)
def test_a_start_with_other_rights_is_cold(by: tuple[str, ...], host: Host) -> None:
    if not shutil.which(by[0]) or subprocess.run([*by, "/bin/true"], check=False).returncode:
        pytest.skip("not possible here")
    assert_cold_among_warm(host, by)


def assert_cold_among_warm(host: Host, by: tuple[str, ...]) -> None:
    parent = warm_parent(host.pid)
    assert way(host, by=by).startswith("cold: ")
    # the others are served as before
    assert way(host) == "later"
    assert warm_parent(host.pid).pid == parent.pid


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can")
def test_a_start_in_a_namespace_of_process_ids_is_served_by_no_warm_parent_outside(host: Host) -> None:
    by = ("unshare", "--pid", "--fork", "--mount-proc")
    if subprocess.run([*by, "true"], check=False).returncode:
        pytest.skip("not possible here")
    assert way(host, by=by) != "later"


READ_ONCE = {
    "LC_ALL": "C",
    "LANG": "xx",
    "TZ": "Asia/Tokyo",
    "SSL_CERT_FILE": "/nowhere",
    "OPENSSL_CONF": "/dev/null",
    "LD_LIBRARY_PATH": "/nowhere",
    "MALLOC_ARENA_MAX": "1",
}


@pytest.mark.parametrize("name", READ_ONCE)
def test_a_variable_that_libraries_have_read_makes_a_start_cold(name: str, host: Host) -> None:
    assert way(host, {name: READ_ONCE[name]}).startswith("cold: ")
    assert way(host) == "later"


def test_a_variable_that_is_read_later_does_not(host: Host, tmp_path: Path) -> None:
    later = {
        "PGHOST": "db",
        "PGPASSWORD": "x",
        "HTTPS_PROXY": "http://proxy",
        "NO_PROXY": "*",
        "HOME": str(tmp_path),
        "PATH": "/usr/bin:/bin",
        "TF_LOG_PROVIDER": "TRACE",
        "KRENALIS_PLAN_CHECK": "strict",
        "GRPC_VERBOSITY": "DEBUG",
        "PSYCOPG_IMPL": "none",
        "PYTHONHASHSEED": "nonsense",
        "SNOWFLAKE_HOME": "/nowhere",
    }
    assert way(host, later) == "later"


def test_another_installation_is_not_served_by_the_first_one_s_warm_parent(
    host: Host, tmp_path: Path
) -> None:
    other = bundle(tmp_path / "bundle").path

    assert way(host, program=other).startswith("cold: ")
    assert way(host) == "later"


def test_an_upgrade_between_two_starts_is_not_served_by_what_was_there_before(tmp_path: Path) -> None:
    program = bundle(tmp_path / "bundle").path
    with Host() as host:
        assert way(host, program=program) == "first"
        text = program.read_bytes()
        program.unlink()
        program.write_bytes(text)
        program.chmod(0o755)

        assert way(host, program=program).startswith("cold: ")


def test_the_same_installation_by_another_path_works(host: Host, tmp_path: Path) -> None:
    link = tmp_path / KRENALIS.path.name
    link.symlink_to(KRENALIS.path)
    assert way(host, program=link)


def test_a_relative_path_of_the_executable_is_no_obstacle(tmp_path: Path) -> None:
    program = bundle(tmp_path / "bundle").path
    with Host() as host:
        for expected in ("first", "later"):
            assert way(host, program=Path("bundle") / program.name, folder=tmp_path) == expected


def test_a_start_sees_its_own_folder_variables_and_umask(host: Host, tmp_path: Path) -> None:
    with started_by(host, {"PGHOST": "elsewhere"}, folder=tmp_path) as plugin:
        get_schema(plugin)
        (parent,) = warm_parents(host.pid)
        (serving,) = parent.serving

        assert Path(f"/proc/{serving}/cwd").readlink() == tmp_path
        status = Path(f"/proc/{serving}/status").read_text()
        assert "Umask:\t0077" in status
        shut_down(plugin)
