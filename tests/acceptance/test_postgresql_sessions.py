"""Sessions of the PostgreSQL provisioner: round trips, deadlines, connections that break, clients that die."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import replace
from typing import Any

import pytest

from krenalis_provider.model.errors import Verdict, WarehouseError
from krenalis_provider.warehouses.postgresql.connection import Row
from krenalis_provider.warehouses.postgresql.platform import PostgreSQL
from krenalis_provider.warehouses.postgresql.session import COMMIT, Session, session
from krenalis_provider.warehouses.postgresql.sql import Statement
from tests.support.customers import COLUMNS, CUSTOMERS, only_finding
from tests.support.postgresql import Database, Server
from tests.support.postgresql_warehouse import (
    PostgreSQLWarehouse,
    content,
    execute,
    provisioner_of,
    settings_of,
    soon,
)
from tests.support.processes import SECONDS
from tests.support.stand_in import until
from tfplugin.deadline import Deadline

Run = Callable[[Session, Sequence[Statement]], list[list[Row]]]
Instead = Callable[[Callable[[Session, Sequence[Statement], Run], Any]], None]

END_OF_SESSION = Statement("ending the session", "SELECT pg_terminate_backend(pg_backend_pid())")


@pytest.fixture
def instead(monkeypatch: pytest.MonkeyPatch) -> Instead:
    """Put something in the way of the statements of every session."""
    run = Session.run

    def put(obstacle: Callable[[Session, Sequence[Statement], Run], Any]) -> None:
        monkeypatch.setattr(Session, "run", lambda self, statements: obstacle(self, statements, run))

    return put


def test_a_creation_takes_three_round_trips_and_commits_in_the_last(
    database: Database, instead: Instead
) -> None:
    trips: list[Sequence[Statement]] = []

    def note(self: Session, statements: Sequence[Statement], run: Run) -> Any:
        trips.append(statements)
        return run(self, statements)

    instead(note)
    provisioner_of(database).initialize(CUSTOMERS, COLUMNS, soon())

    assert len(trips) == 3
    assert list(trips[-1]) == [COMMIT]


def test_a_connection_lost_after_the_commit_is_a_success(database: Database, instead: Instead) -> None:
    def lose_after_commit(self: Session, statements: Sequence[Statement], run: Run) -> Any:
        rows = run(self, statements)
        return run(self, [END_OF_SESSION]) if COMMIT in statements else rows

    instead(lose_after_commit)
    provisioner = provisioner_of(database)

    provisioner.initialize(CUSTOMERS, COLUMNS, soon())
    provisioner.update(replace(CUSTOMERS, name="Clients"), COLUMNS, soon())

    found = provisioner.inspect(soon())
    assert found.workspace == replace(CUSTOMERS, name="Clients")
    provisioner.drop(CUSTOMERS.id, soon())
    assert content(database) == set()


def test_a_role_with_one_session_sees_what_became_of_its_commit(database: Database, instead: Instead) -> None:
    execute(database, f"ALTER ROLE {database.role} CONNECTION LIMIT 1")
    test_a_connection_lost_after_the_commit_is_a_success(database, instead)


def test_a_connection_lost_before_the_commit_is_an_error_and_changes_nothing(
    database: Database, instead: Instead
) -> None:
    def lose_before_commit(self: Session, statements: Sequence[Statement], run: Run) -> Any:
        return run(self, [END_OF_SESSION] if COMMIT in statements else statements)

    instead(lose_before_commit)
    with pytest.raises(WarehouseError, match="Nothing was changed"):
        provisioner_of(database).initialize(CUSTOMERS, COLUMNS, soon())
    assert content(database) == set()


def test_a_connection_lost_for_good_at_the_commit_leaves_it_open(
    database: Database, instead: Instead
) -> None:
    def lose_for_good(self: Session, statements: Sequence[Statement], run: Run) -> Any:
        if COMMIT in statements:
            execute(database, f"ALTER ROLE {database.role} NOLOGIN")
            return run(self, [END_OF_SESSION])
        return run(self, statements)

    instead(lose_for_good)
    with pytest.raises(WarehouseError, match="could not be seen whether all of it was made or nothing"):
        provisioner_of(database).initialize(CUSTOMERS, COLUMNS, soon())


def test_a_server_that_goes_silent_is_left_soon_after_the_deadline(
    database: Database, instead: Instead
) -> None:
    stopped: list[int] = []

    def go_silent(self: Session, statements: Sequence[Statement], run: Run) -> Any:
        stopped.append(self._connection.info.backend_pid)
        os.kill(stopped[-1], signal.SIGSTOP)
        return run(self, statements)

    instead(go_silent)
    start = time.monotonic()
    try:
        findings = provisioner_of(database).check(Deadline.after(4), replaces=None)
    finally:
        for pid in stopped:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
    only_finding(findings, Verdict.COULD_NOT_TELL, "host", "Connection to PostgreSQL lost")
    assert time.monotonic() - start < SECONDS


def test_a_client_killed_while_it_waits_makes_nothing(database: Database) -> None:
    script = f"""
import sys
sys.path[:0] = {sys.path!r}
from tests.support.customers import COLUMNS, CUSTOMERS
from tfplugin.deadline import Deadline
from tests.support.postgresql_warehouse import settings_of
from krenalis_provider.warehouses.postgresql.platform import PostgreSQL
from krenalis_provider.warehouses.postgresql.settings import PostgreSQLSettings
settings = PostgreSQLSettings(**{database.settings()!r})
PostgreSQL().provisioner(settings, {{}}).initialize(CUSTOMERS, COLUMNS, Deadline.after({10 * SECONDS}))
"""
    waiting = "SELECT count(*)::int FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    with database.connect() as other, subprocess.Popen([sys.executable, "-c", script]) as client:
        other.execute(f"SELECT pg_advisory_lock(hashtextextended('krenalis:{database.schema}', 0))")
        until(lambda: execute(database, waiting) == [(1,)], SECONDS)
        client.kill()
        until(lambda: execute(database, waiting) == [(0,)], SECONDS)
    assert content(database) == set()


@pytest.mark.parametrize("name", ["statement_timeout", "transaction_timeout"])
def test_a_timeout_that_lets_no_transaction_begin_is_named(database: Database, name: str) -> None:
    if name == "transaction_timeout" and database.server.version < "17":
        pytest.skip("transaction_timeout exists from PostgreSQL 17 on")
    execute(database, f"ALTER ROLE {database.role} SET {name} = '20ms'")
    with session(settings_of(database), {}, soon()) as warehouse:
        warehouse.queue(Statement("being slow", "SELECT pg_sleep(0.2)"))
        warehouse.begin()
        with pytest.raises(WarehouseError, match=f"one of .*{name}.* is so short .* in pg_db_role_setting"):
            warehouse.ask(Statement("asking", "SELECT 1"))


def test_a_statement_that_takes_longer_than_its_deadline_says_nothing_of_the_role_s_timeouts(
    database: Database,
) -> None:
    with session(settings_of(database), {}, soon()) as warehouse:
        warehouse.begin(Deadline.after(0.1))
        with pytest.raises(WarehouseError, match="took too long") as error:
            warehouse.ask(Statement("being slow", "SELECT pg_sleep(1)"))
    assert "pg_db_role_setting" not in str(error.value)


def test_a_session_leaves_no_connection_and_sets_nothing_beyond_its_transaction(database: Database) -> None:
    shown = "SELECT current_setting('statement_timeout'), current_setting('client_connection_check_interval')"
    show = Statement("showing settings", shown)
    with session(settings_of(database), {}, soon()) as warehouse:
        warehouse.begin(soon())
        ((_, during),), _, (after,) = warehouse.run([show, COMMIT, show])
    assert during == "500ms"
    assert after == ("0", "0")
    sessions = f"SELECT count(*)::int FROM pg_stat_activity WHERE usename = '{database.role}'"
    until(lambda: execute(database, sessions) == [(0,)], SECONDS)


@pytest.mark.parametrize("limited", ["ROLE", "DATABASE"])
def test_more_operations_than_sessions_are_all_done(database: Database, limited: str) -> None:
    """Others use the sessions too: here, psycopg itself."""
    name = database.role if limited == "ROLE" else database.name
    schemas = [f"customers_{number:02}" for number in range(20)]
    for schema in schemas:
        PostgreSQLWarehouse(database.server.port, database).make_schema(schema)
    execute(database, f"ALTER {limited} {name} CONNECTION LIMIT 2")

    def make(schema: str) -> None:
        provisioner = provisioner_of(database, schema=schema)
        provisioner.initialize(CUSTOMERS, COLUMNS, Deadline.after(5 * SECONDS))
        assert provisioner.inspect(Deadline.after(5 * SECONDS)).workspace == CUSTOMERS
        provisioner.drop(CUSTOMERS.id, Deadline.after(5 * SECONDS))

    with database.connect_as_role(), ThreadPoolExecutor(20) as threads:
        for made in [threads.submit(make, schema) for schema in schemas]:
            made.result()


def test_databases_and_roles_of_one_server_share_what_it_has(postgresql: Server) -> None:
    databases = [postgresql.database() for _ in range(8)]
    before = len(held_sessions(databases[0]))
    with ExitStack() as stack, ThreadPoolExecutor(len(databases)) as threads:
        for database in databases:
            stack.callback(database.drop)
        # all of the server's sessions but two, and those for superusers
        for _ in range(50 - 3 - 2 - before):
            stack.enter_context(postgresql.connect())
        made = [
            threads.submit(
                provisioner_of(database).initialize, CUSTOMERS, COLUMNS, Deadline.after(5 * SECONDS)
            )
            for database in databases
        ]
        for each in made:
            each.result()


def held_sessions(database: Database) -> list[Row]:
    return execute(database, "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'")


def test_a_password_of_the_provider_serves_where_the_workspace_has_none(database: Database) -> None:
    settings = settings_of(database, password=None)
    assert (
        PostgreSQL().provisioner(settings, {"password": database.password}).check(soon(), replaces=None) == ()
    )


def test_a_password_of_the_workspace_goes_before_the_provider_s(database: Database) -> None:
    assert (
        PostgreSQL().provisioner(settings_of(database), {"password": "wrong"}).check(soon(), replaces=None)
        == ()
    )
