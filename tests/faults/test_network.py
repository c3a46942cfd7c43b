"""The network breaks: between any two messages of a change, before and after its COMMIT, for once and for good."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import groupby

import pytest

from krenalis_provider.model.errors import Finding, Verdict, WarehouseError
from krenalis_provider.warehouses.engines.engine import Provisioner
from krenalis_provider.warehouses.postgresql import session
from krenalis_provider.warehouses.postgresql.platform import PostgreSQL
from tests.faults.operations import (
    CREATE,
    OPERATIONS,
    Operation,
    assert_told_what_to_do,
    attempt,
    attempted,
    contents,
    held_midway,
    rehearse,
    sessions,
    stage,
    until,
    waiting,
)
from tests.support.postgresql import Database, Server
from tests.support.postgresql_warehouse import settings_of
from tests.support.proxy import Message, Proxy, Side, can_lose, from_server, is_commit, is_committed
from tfplugin.deadline import Deadline

every_operation = pytest.mark.parametrize("operation", OPERATIONS, ids=str)


@pytest.fixture
def network(postgresql: Server) -> Iterator[Proxy]:
    with Proxy((postgresql.host, postgresql.port)) as proxy:
        yield proxy


@pytest.fixture
def provisioner(database: Database, network: Proxy) -> Provisioner:
    """That of the database, behind the network.

    It does not ask for encryption: when that question is cut, libpq connects again by itself.
    """
    return PostgreSQL().provisioner(settings_of(database, port=network.port), {"sslmode": "disable"})


def places(count: int) -> list[int]:
    """After which of so many messages the network is cut: logging in and looking, the COMMIT, and some in between."""
    return sorted({*range(1, min(40, count)), *range(40, count - 16, 9), *range(count - 16, count + 1)})


@pytest.mark.parametrize("side", Side)
@every_operation
def test_wherever_it_is_cut_all_is_done_or_nothing_and_the_result_says_which(
    operation: Operation, side: Side, database: Database, network: Proxy, provisioner: Provisioner
) -> None:
    outcome = rehearse(operation, database)
    operation.run(provisioner)
    ends = {}
    stage(operation, database)
    for number in places(network.passed(side)):
        network.cut_after(side, number)
        error = attempt(operation, provisioner)
        ends[number] = error is None
        assert contents(database) == (outcome.before if error else outcome.after), (number, error)
        if error is None:
            stage(operation, database)
        else:
            assert isinstance(error, WarehouseError), (number, error)
            assert "could not be seen" not in error.detail
    assert attempt(operation, provisioner) is None
    # it failed until the login was done, went on when the first answer did not come, and failed again until the COMMIT got through
    assert [done for done, _ in groupby(ends.values())] == [False, True, False, True]


@every_operation
def test_it_is_cut_before_the_commit_gets_through_and_nothing_is_done(
    operation: Operation, database: Database, network: Proxy, provisioner: Provisioner
) -> None:
    outcome = rehearse(operation, database)
    with network.hold(is_commit) as commit, attempted(operation, provisioner) as result:
        commit.wait()
        network.cut()
        error = result.result()
    assert error is not None
    assert "Nothing was changed" in error.detail
    assert contents(database) == outcome.before


@every_operation
def test_it_is_cut_before_the_commit_is_answered_and_all_is_done(
    operation: Operation, database: Database, network: Proxy, provisioner: Provisioner
) -> None:
    outcome = rehearse(operation, database)
    with network.hold(is_committed) as answer, attempted(operation, provisioner) as result:
        answer.wait()
        network.cut()
        assert result.result() is None
    assert contents(database) == outcome.after


@every_operation
def test_it_is_cut_for_good_before_the_commit_is_answered_and_the_next_attempt_says_what_to_do(
    operation: Operation, database: Database, network: Proxy, provisioner: Provisioner
) -> None:
    outcome = rehearse(operation, database)
    with network.hold(is_committed) as answer, attempted(operation, provisioner) as result:
        answer.wait()
        network.down = True
        network.cut()
        error = result.result()
    assert isinstance(error, WarehouseError)
    assert "could not be seen whether all of it was made or nothing" in error.detail
    assert contents(database) == outcome.after

    network.down = False
    assert_told_what_to_do(operation, attempt(operation, provisioner))
    assert contents(database) == outcome.after


@every_operation
def test_it_is_cut_while_a_statement_waits_and_nothing_is_done(
    operation: Operation, database: Database, network: Proxy, provisioner: Provisioner
) -> None:
    outcome = rehearse(operation, database)
    with held_midway(operation, database), attempted(operation, provisioner) as result:
        waiting(database, "Lock")
        network.cut()
        error = result.result()
        assert error is not None
        assert "Nothing was changed" in error.detail
    assert contents(database) == outcome.before
    assert attempt(operation, provisioner) is None


@pytest.mark.skipif(
    not can_lose(), reason="the kernel does not let this user end a connection without a word"
)
@pytest.mark.parametrize("when", ["in a statement", "between two"])
@every_operation
def test_a_server_that_is_not_told_finds_out_and_lets_go(
    operation: Operation,
    when: str,
    database: Database,
    network: Proxy,
    provisioner: Provisioner,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(session, "_PROBE_SECONDS", 1)
    outcome = rehearse(operation, database)
    with ExitStack() as held:
        if when == "in a statement":
            held.enter_context(held_midway(operation, database))
        commit = held.enter_context(network.hold(is_commit))
        result = held.enter_context(attempted(operation, provisioner))
        if when == "in a statement":
            waiting(database, "Lock")
        else:
            commit.wait()
        (pid,) = sessions(database)
        network.lose()
        error = result.result()
        assert error is not None
        assert "Nothing was changed" in error.detail
        until(lambda: sessions(database), lambda pids: pid not in pids)
    assert contents(database) == outcome.before


@pytest.mark.parametrize(("swallowed", "done"), [(from_server, False), (is_committed, True)])
def test_a_network_that_swallows_answers_is_left_soon_after_the_deadline(
    swallowed: Callable[[Message], bool],
    database: Database,
    network: Proxy,
    provisioner: Provisioner,
    monkeypatch: pytest.MonkeyPatch,
    *,
    done: bool,
) -> None:
    outcome = rehearse(CREATE, database)
    monkeypatch.setattr("tests.faults.operations.soon", lambda: Deadline.after(1))
    with network.hold(swallowed) as answers:
        start = time.monotonic()
        error = attempt(CREATE, provisioner)
        assert time.monotonic() - start < 5
        answers.wait()
    assert (error is None) == done
    assert contents(database) == (outcome.after if done else outcome.before)


@pytest.mark.parametrize("side", Side)
def test_wherever_it_is_cut_a_check_looks_again_or_cannot_tell(
    side: Side, database: Database, network: Proxy, provisioner: Provisioner
) -> None:
    def check() -> tuple[Finding, ...]:
        return provisioner.check(Deadline.after(10), replaces=None)

    assert check() == ()
    # when the last messages are passed on, all is known: the server's last, or the client's end and what it waits with
    unknown = network.passed(side) - (1 if side is Side.SERVER else 3)
    told = []
    for number in range(1, unknown + 1):
        network.cut_after(side, number)
        told.append([finding.verdict for finding in check()])
    # it looks again if only the first answer is missing
    assert [verdicts for verdicts, _ in groupby(told)][:2] == [[Verdict.COULD_NOT_TELL], []]
    assert all(verdicts in ([], [Verdict.COULD_NOT_TELL]) for verdicts in told)
