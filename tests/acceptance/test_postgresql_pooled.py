"""The PostgreSQL provisioner behind a pooler that hands each transaction to another session, as PgBouncer may."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from krenalis_provider.model.observed import Counts, RowCount
from krenalis_provider.warehouses.engines.engine import Provisioner
from krenalis_provider.warehouses.migration.compute import migrate
from krenalis_provider.warehouses.postgresql import dialect
from krenalis_provider.warehouses.postgresql.connection import Row
from krenalis_provider.warehouses.postgresql.platform import PostgreSQL
from krenalis_provider.warehouses.postgresql.session import COMMIT, ROLLBACK, Session, Statement
from tests.support.customers import COLUMNS, CUSTOMERS
from tests.support.postgresql import Database
from tests.support.postgresql_binaries import Account
from tests.support.postgresql_warehouse import content, settings_of, soon

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


@pytest.fixture
def pooler(database: Database) -> Iterator[int]:
    """The port of a PgBouncer in transaction mode, with two sessions at the server."""
    if PGBOUNCER is None:
        pytest.skip("no pgbouncer on PATH")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
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
default_pool_size = 2
ignore_startup_parameters = extra_float_digits
"""
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
        shutil.rmtree(folder)


@pytest.mark.parametrize("as_role", [False, True])
def test_everything_works_through_pgbouncer(database: Database, pooler: int, *, as_role: bool) -> None:
    parameters = {"role": database.role} if as_role else {}
    everything(PostgreSQL().provisioner(settings_of(database, port=pooler), parameters))

    assert content(database) == set()


def _wait_for(port: int) -> None:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise TimeoutError(f"nobody listens on port {port}")
