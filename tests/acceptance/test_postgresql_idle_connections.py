"""Refreshes of one process use each other's connections; whoever changes something has one of its own."""

import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from krenalis_provider.model.errors import WarehouseError
from krenalis_provider.warehouses.postgresql import connection
from krenalis_provider.warehouses.postgresql.connection import Connection, pool_of
from krenalis_provider.warehouses.postgresql.session import ROLLBACK, Session, session
from krenalis_provider.warehouses.postgresql.sql import Statement
from krenalis_provider.warehouses.session_pool import SessionPool
from tests.support.customers import COLUMNS, CUSTOMERS
from tests.support.postgresql import Database
from tests.support.postgresql_warehouse import execute, provisioner_of, settings_of, soon
from tests.support.processes import SECONDS
from tests.support.stand_in import until

PID = Statement("asking for the process", "SELECT pg_backend_pid()")


@pytest.fixture(autouse=True)
def pool(monkeypatch: pytest.MonkeyPatch) -> Iterator[SessionPool[Connection]]:
    """Of a process that has just started; at the end its idle connections are closed."""
    pool = pool_of(most=12, idle_seconds=10 * SECONDS)
    monkeypatch.setattr(connection, "POOL", pool)
    yield pool
    pool.close_idle()


def open_now(database: Database) -> set[int]:
    """The server processes of the connections of the database's role."""
    query = f"SELECT pid FROM pg_stat_activity WHERE usename = '{database.role}'"
    return {pid for (pid,) in execute(database, query)}


def process_of(shared: Session) -> int:
    shared.begin(soon(), read_only=True)
    ((pid,),), _ = shared.run([PID, ROLLBACK])
    return int(pid)


def test_refreshes_one_after_another_need_one_connection_and_leave_no_transaction(database: Database) -> None:
    provisioner = provisioner_of(database)
    provisioner.initialize(CUSTOMERS, COLUMNS, soon())
    provisioner.inspect(soon())
    until(lambda: len(open_now(database)) == 1, SECONDS)  # that of the creation ends
    kept = open_now(database)

    assert provisioner.inspect(soon()).workspace == CUSTOMERS
    assert open_now(database) == kept
    assert execute(database, f"SELECT state FROM pg_stat_activity WHERE usename = '{database.role}'") == [
        ("idle",)
    ]


def test_refreshes_at_once_have_a_connection_each(database: Database) -> None:
    with ExitStack() as stack:
        sessions = [
            stack.enter_context(session(settings_of(database), {}, soon(), shares=True)) for _ in range(3)
        ]
        used = {process_of(shared) for shared in sessions}
    assert len(used) == 3
    assert open_now(database) == used


def test_no_more_connections_are_kept_than_ten(database: Database) -> None:
    with ExitStack() as stack:
        for _ in range(12):
            process_of(stack.enter_context(session(settings_of(database), {}, soon(), shares=True)))
        assert len(open_now(database)) == 12
    until(lambda: len(open_now(database)) == 10, SECONDS)
    time.sleep(0.1)
    assert len(open_now(database)) == 10


def test_a_change_has_a_connection_of_its_own_and_one_less_is_kept(database: Database) -> None:
    with session(settings_of(database), {}, soon(), shares=True) as shared:
        kept = process_of(shared)
    with session(settings_of(database), {}, soon()) as own:
        used = process_of(own)
        assert used != kept
        until(lambda: open_now(database) == {used}, SECONDS)
    until(lambda: not open_now(database), SECONDS)


def test_a_connection_that_the_server_has_ended_is_not_used_again(database: Database) -> None:
    provisioner = provisioner_of(database)
    provisioner.initialize(CUSTOMERS, COLUMNS, soon())
    provisioner.inspect(soon())
    until(lambda: len(open_now(database)) == 1, SECONDS)  # that of the creation ends
    execute(database, f"SELECT pg_terminate_backend({open_now(database).pop()})")
    until(lambda: not open_now(database), SECONDS)

    assert provisioner.inspect(soon()).workspace == CUSTOMERS


def test_a_connection_is_closed_when_nobody_has_used_it_for_a_while(
    database: Database, pool: SessionPool[Connection]
) -> None:
    pool.idle_seconds = 0.3
    with session(settings_of(database), {}, soon(), shares=True) as shared:
        process_of(shared)
        used = time.monotonic()
    until(lambda: not open_now(database), SECONDS)
    assert time.monotonic() - used >= 0.3


def test_a_connection_that_was_kept_too_long_is_not_used_though_it_is_still_open(
    database: Database, pool: SessionPool[Connection]
) -> None:
    with session(settings_of(database), {}, soon(), shares=True) as shared:
        kept = process_of(shared)
    pool.idle_seconds = 0
    with session(settings_of(database), {}, soon(), shares=True) as shared:
        assert process_of(shared) != kept


@pytest.mark.parametrize(
    "last", [PID, Statement("failing", "SELECT 1/0")], ids=["in a transaction", "in one that failed"]
)
def test_a_connection_is_not_kept_in_a_transaction(database: Database, last: Statement) -> None:
    try:
        with session(settings_of(database), {}, soon(), shares=True) as shared:
            shared.begin(soon(), read_only=True)
            shared.ask(last)
    except WarehouseError:
        assert last is not PID
    until(lambda: not open_now(database), SECONDS)


def test_who_has_another_password_has_no_part_in_a_connection(database: Database) -> None:
    with session(settings_of(database), {}, soon(), shares=True) as shared:
        process_of(shared)
    with pytest.raises(WarehouseError, match="password"):
        provisioner_of(database, password="wrong").inspect(soon())
