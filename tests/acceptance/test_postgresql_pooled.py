"""The PostgreSQL provisioner behind a pooler that hands each transaction to another session, as PgBouncer may."""

import logging
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from krenalis_provider.model.errors import Verdict
from krenalis_provider.model.observed import Counts, RowCount
from krenalis_provider.warehouses.engines.engine import Provisioner
from krenalis_provider.warehouses.migration.compute import migrate
from krenalis_provider.warehouses.postgresql import connection, dialect
from krenalis_provider.warehouses.postgresql.connection import Row, pool_of
from krenalis_provider.warehouses.postgresql.platform import PostgreSQL
from krenalis_provider.warehouses.postgresql.session import COMMIT, ROLLBACK, Session
from krenalis_provider.warehouses.postgresql.sql import Statement
from tests.support.customers import COLUMNS, CUSTOMERS, only_finding
from tests.support.ports import Port
from tests.support.postgresql import Database
from tests.support.postgresql_binaries import Account
from tests.support.postgresql_warehouse import PostgreSQLWarehouse, content, execute, settings_of, soon
from tests.support.processes import SECONDS
from tests.support.stand_in import until
from tfplugin.deadline import Deadline

PGBOUNCER = shutil.which(
    "pgbouncer", path=os.pathsep.join([os.environ["PATH"], "/usr/sbin", "/usr/local/sbin"])
)
# what a session was told since it began, and what would outlive a transaction besides
STATE = """
SELECT (SELECT coalesce(json_object_agg(name, setting), '{}')::text FROM pg_settings
         WHERE source = 'session' OR name = 'role' AND setting <> 'none'),
       (SELECT count(*)::int FROM pg_prepared_statements), (SELECT count(*)::int FROM pg_cursors WHERE name <> ''),
       (SELECT count(*)::int FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'advisory'),
       (SELECT count(*)::int FROM pg_class WHERE relnamespace = pg_my_temp_schema())
"""


def everything(provisioner: Provisioner) -> None:
    """Each call of a provisioner, once, with the results that an empty schema gives."""
    changed = replace(CUSTOMERS, name="Clients")
    rehearsals = provisioner.rehearsals
    assert rehearsals
    assert provisioner.check(soon(), replaces=None) == ()
    assert rehearsals.rehearse_creation(CUSTOMERS, COLUMNS, soon(), replaces=None) == ()
    provisioner.initialize(CUSTOMERS, COLUMNS, soon())
    assert provisioner.check_update(CUSTOMERS.id, soon()) == ()
    provisioner.update(changed, COLUMNS, soon())
    found = provisioner.inspect(soon())
    assert found.workspace == changed
    migration = migrate(
        dialect,
        present=found.columns,
        before=COLUMNS,
        after=COLUMNS[1:],
        renames={},
        drop_columns=[str(COLUMNS[0].path)],
        mode=changed.mode,
    )
    assert provisioner.check_update(CUSTOMERS.id, soon(), migration=migration) == ()
    rehearsed = rehearsals.rehearse_update(changed, COLUMNS[1:], soon(), migration=migration)
    assert all(not finding.is_obstacle for finding in rehearsed)
    provisioner.update(changed, COLUMNS[1:], soon(), migration=migration)
    assert provisioner.inspect(soon()).columns == migration.columns != found.columns
    assert provisioner.count(CUSTOMERS.id, soon()) == Counts(RowCount(0), RowCount(0), RowCount(0))
    assert provisioner.count_values(CUSTOMERS.id, ["email"], soon()).profiles.values == {"email": 0}
    assert provisioner.check_drop(CUSTOMERS.id, soon()) == ()
    provisioner.drop(CUSTOMERS.id, soon())


@pytest.mark.parametrize("as_role", [False, True])
def test_no_transaction_leaves_anything_in_its_session(
    database: Database, monkeypatch: pytest.MonkeyPatch, *, as_role: bool
) -> None:
    run = Session.run
    ends: list[tuple[str, Any]] = []

    def then_look(self: Session, statements: Sequence[Statement]) -> list[list[Row]]:
        rows = run(self, statements)
        if statements[-1] in (COMMIT, ROLLBACK):
            ends.append((str(statements[-1].query), run(self, [Statement("looking", STATE)])[0][0]))
        return rows

    monkeypatch.setattr(Session, "run", then_look)
    everything(PostgreSQL().provisioner(settings_of(database), {"role": database.role} if as_role else {}))

    assert {end for end, _ in ends} == {"COMMIT", "ROLLBACK"}
    assert [state for _, state in ends] == [("{}", 0, 0, 0, 0)] * len(ends)


@pytest.fixture(autouse=True)
def _log_waiting(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "postgresql")


@pytest.fixture
def pooler(database: Database) -> Iterator[int]:
    """The port of a PgBouncer in transaction mode, with two sessions at the server."""
    with pooled(database, default_pool_size=2) as port:
        yield port


@contextmanager
def pooled(database: Database, **settings: int) -> Iterator[int]:
    """The port of a PgBouncer in transaction mode, with these settings."""
    if PGBOUNCER is None:
        pytest.skip("no pgbouncer on PATH")
    kept = Port()
    port = kept.number
    folder = Path(tempfile.mkdtemp(prefix="krenalis-pgbouncer-"))  # where the server's account can read
    (folder / "users").write_text(f'"{database.role}" "{database.password}"\n')
    (folder / "pgbouncer.ini").write_text(
        f"""
[databases]
* = host=127.0.0.1 port={database.server.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = plain
auth_file = {folder}/users
pool_mode = transaction
ignore_startup_parameters = extra_float_digits
"""
        + "\n".join(f"{name} = {value}" for name, value in settings.items())
    )
    account = Account.for_server()
    for path in (folder, *folder.iterdir()):
        account.own(path)
    process = account.start(
        [PGBOUNCER, str(folder / "pgbouncer.ini")],
        folder=folder,
        stdin=subprocess.DEVNULL,
        output=subprocess.DEVNULL,
    )
    try:
        _wait_for(port)
        yield port
    finally:
        process.kill()
        process.wait()
        kept.release()
        shutil.rmtree(folder)


def test_everything_works_with_one_session_at_a_time(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "POOL", pool_of(most=1))
    everything(PostgreSQL().provisioner(settings_of(database), {}))


@pytest.mark.parametrize("as_role", [False, True])
def test_everything_works_through_pgbouncer(database: Database, pooler: int, *, as_role: bool) -> None:
    parameters = {"role": database.role} if as_role else {}
    everything(PostgreSQL().provisioner(settings_of(database, port=pooler), parameters))

    assert content(database) == set()


def test_a_pooler_that_has_no_room_for_a_client_is_waited_for(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    with pooled(database, max_client_conn=1) as port, ThreadPoolExecutor(1) as threads:
        with through(database, port):
            checked = threads.submit(provisioner(database, port).check, soon(), replaces=None)
            until_waiting(caplog, "max_client_conn")
        assert checked.result() == ()


def test_a_pooler_that_has_no_session_at_the_server_for_a_transaction_is_waited_for(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    with (
        pooled(database, default_pool_size=1, query_wait_timeout=1) as port,
        ThreadPoolExecutor(2) as threads,
    ):
        with through(database, port) as other:
            other.execute("BEGIN")
            created = threads.submit(provisioner(database, port).initialize, CUSTOMERS, COLUMNS, soon())
            until_waiting(caplog, "query_wait_timeout")
            other.execute("ROLLBACK")
        created.result()
        assert provisioner(database, port).inspect(soon()).workspace == CUSTOMERS


@pytest.mark.parametrize("limited", ["ROLE", "DATABASE"])
def test_a_pooler_that_the_server_refuses_is_waited_for(
    database: Database, caplog: pytest.LogCaptureFixture, limited: str
) -> None:
    name = database.role if limited == "ROLE" else database.name
    with (
        pooled(database, server_login_retry=1, query_wait_timeout=1) as port,
        ThreadPoolExecutor(1) as threads,
    ):
        execute(database, f"ALTER {limited} {name} CONNECTION LIMIT 0")
        checked = threads.submit(provisioner(database, port).check, soon(), replaces=None)
        until_waiting(caplog, "too many connections for")
        execute(database, f"ALTER {limited} {name} CONNECTION LIMIT -1")
        assert checked.result() == ()


@pytest.mark.parametrize(
    ("settings", "said"),
    [({"max_client_conn": 1}, "max_client_conn"), ({"query_wait_timeout": 1}, "query_wait_timeout")],
)
def test_a_pooler_that_stays_full_until_the_deadline_tells_nothing(
    database: Database, settings: dict[str, int], said: str
) -> None:
    with pooled(database, default_pool_size=1, **settings) as port, through(database, port) as other:
        other.execute("BEGIN")
        findings = provisioner(database, port).check(Deadline.after(8), replaces=None)
    detail = only_finding(findings, Verdict.COULD_NOT_TELL, "host", "Too many connections")
    assert said in detail
    assert "the pooler's limits" in detail


def test_more_workspaces_than_a_pooler_has_clients_and_sessions_for_are_all_made(database: Database) -> None:
    schemas = [f"customers_{number:02}" for number in range(20)]
    for schema in schemas:
        PostgreSQLWarehouse(database.server.port, database).make_schema(schema)
    with pooled(database, default_pool_size=2, max_client_conn=4) as port, ThreadPoolExecutor(20) as threads:
        made = [
            threads.submit(provisioner(database, port, schema=schema).initialize, CUSTOMERS, COLUMNS, soon())
            for schema in schemas
        ]
        for each in made:
            each.result()


def provisioner(database: Database, port: int, **changes: Any) -> Provisioner:
    return PostgreSQL().provisioner(settings_of(database, port=port, **changes), {})


def through(database: Database, port: int) -> psycopg.Connection[Row]:
    """A client of the pooler."""
    conninfo = database.server.conninfo(database.name, database.role, database.password)
    return psycopg.connect(conninfo, port=port, autocommit=True)


def until_waiting(caplog: pytest.LogCaptureFixture, reason: str) -> None:
    """Return when somebody has been told for this reason that there is no session."""
    until(
        lambda: any("no session now" in text and reason in text for text in caplog.messages),
        SECONDS,
        lambda: caplog.messages,
    )


def _wait_for(port: int) -> None:
    def listens() -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=SECONDS):
            return True
        return False

    until(listens, SECONDS, lambda: f"nobody listens on port {port}")


def test_what_a_pooler_refuses_of_the_environment_is_named(
    database: Database, pooler: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGOPTIONS", "-c work_mem=7MB")
    provisioner = PostgreSQL().provisioner(settings_of(database, port=pooler), {})
    findings = provisioner.check(soon(), replaces=None)
    detail = only_finding(findings, Verdict.CONTRADICTED, "host", "Options of the session refused")
    assert "unsupported startup parameter: options" in detail
