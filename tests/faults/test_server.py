"""PostgreSQL ends a session, or ends itself, while a change waits in its middle or in its COMMIT."""

from collections.abc import Callable

import pytest

from krenalis_provider.model.errors import WarehouseError
from tests.faults.operations import (
    OPERATIONS,
    Operation,
    assert_told_what_to_do,
    attempt,
    attempted,
    contents,
    held_in_commit,
    held_midway,
    rehearse,
    waiting,
)
from tests.support.postgresql import Database
from tests.support.postgresql_warehouse import provisioner_of

every_operation = pytest.mark.parametrize("operation", OPERATIONS, ids=str)


def end_session(database: Database, pid: int) -> None:
    with database.server.connect() as connection:
        connection.execute("SELECT pg_terminate_backend(%s)", [pid])


def crash(database: Database, pid: int) -> None:
    with database.server.connect() as connection:
        connection.execute("CHECKPOINT")  # what the test prepared is to be there afterwards
    database.server.crash()


@pytest.mark.parametrize("strike", [end_session, crash])
@every_operation
def test_midway_nothing_is_done_and_the_next_attempt_succeeds(
    operation: Operation, strike: Callable[[Database, int], None], fragile_database: Database
) -> None:
    outcome = rehearse(operation, fragile_database)
    with held_midway(operation, fragile_database) as other:
        with attempted(operation, provisioner_of(fragile_database)) as result:
            (pid,) = waiting(fragile_database, "Lock")
            strike(fragile_database, pid)
            error = result.result()
        if strike is crash:
            other.close()
            fragile_database.server.restart()
    assert isinstance(error, WarehouseError)
    assert "Nothing was changed" in error.detail
    assert contents(fragile_database) == outcome.before

    assert attempt(operation, provisioner_of(fragile_database)) is None
    assert contents(fragile_database) == outcome.after


@every_operation
def test_a_session_that_ends_in_its_commit_has_made_all_and_says_so(
    operation: Operation, fragile_database: Database
) -> None:
    outcome = rehearse(operation, fragile_database)
    with held_in_commit(fragile_database), attempted(operation, provisioner_of(fragile_database)) as result:
        (pid,) = waiting(fragile_database, "SyncRep")
        end_session(fragile_database, pid)
        assert result.result() is None
    assert contents(fragile_database) == outcome.after


@every_operation
def test_a_server_that_ends_in_a_commit_leaves_it_open_and_the_next_attempt_says_what_to_do(
    operation: Operation, fragile_database: Database
) -> None:
    outcome = rehearse(operation, fragile_database)
    with held_in_commit(fragile_database):
        with attempted(operation, provisioner_of(fragile_database)) as result:
            waiting(fragile_database, "SyncRep")
            fragile_database.server.crash()
            error = result.result()
        fragile_database.server.restart()
    assert isinstance(error, WarehouseError)
    assert "could not be seen whether all of it was made or nothing" in error.detail
    # the transaction was on disk
    assert contents(fragile_database) == outcome.after
    assert_told_what_to_do(operation, attempt(operation, provisioner_of(fragile_database)))
    assert contents(fragile_database) == outcome.after
