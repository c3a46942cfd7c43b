"""Turns for sessions, with sessions that are names and servers that are this test."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from krenalis_provider.warehouses import session_pool
from krenalis_provider.warehouses.session_pool import NoTurnError, SessionPool
from tfplugin.deadline import Deadline, WorkingTime

SERVER, ROLE, OTHER_ROLE = "server", "role", "other role"
MOST = 3
FULL = RuntimeError("full")


def soon() -> Deadline:
    return Deadline.after(60)


class Pool(SessionPool[str]):
    """A pool that lists what it has closed."""

    def __init__(self, most: int = MOST) -> None:
        self.closed: list[str] = []
        super().__init__(most, MOST, 60, lambda _: True, self.closed.append)


class Noting(WorkingTime):
    """A time of work that tells whether there was a pause."""

    def __init__(self, seconds: float) -> None:
        self.pauses = threading.Event()
        super().__init__(seconds)

    def paused(self) -> Any:
        self.pauses.set()
        return super().paused()


@pytest.fixture
def pool() -> Pool:
    return Pool()


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as threads:
        yield threads


@pytest.fixture
def no_probes(monkeypatch: pytest.MonkeyPatch) -> None:
    """No limit rises by itself."""
    monkeypatch.setattr(session_pool, "_FIRST_PAUSE_SECONDS", 1000)


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


def queued(
    threads: ThreadPoolExecutor, pool: Pool, *scopes: str, key: str | None = None, first: bool = False
) -> "Future[str | None]":
    """Somebody who asks for a turn; returns when this one waits or has it."""
    waiting = len(pool._waiting)
    future = threads.submit(pool.enter, scopes or (SERVER,), key, soon(), first=first)
    until(lambda: future.done() or len(pool._waiting) > waiting)
    return future


def test_so_many_have_their_turn_at_once_and_the_others_one_after_another(
    pool: Pool, threads: ThreadPoolExecutor
) -> None:
    for _ in range(MOST):
        assert pool.enter([SERVER], None, soon()) is None
    second = queued(threads, pool)
    third = queued(threads, pool)
    first = queued(threads, pool, first=True)
    for turn in (first, second, third):
        assert [each.done() for each in (first, second, third)].count(True) < MOST
        assert not turn.done()
        pool.leave([SERVER], None, None)
        assert turn.result(60) is None
    assert pool.closed == []


def test_an_idle_session_goes_to_the_one_that_waits_for_such_a_one(
    pool: Pool, threads: ThreadPoolExecutor
) -> None:
    for _ in range(MOST):
        pool.enter([SERVER], "a", soon())
    turn = queued(threads, pool, key="a")
    pool.leave([SERVER], "a", "session")
    assert turn.result(60) == "session"
    assert pool.closed == []


def test_idle_sessions_are_given_up_before_anybody_waits(pool: Pool) -> None:
    for _ in range(MOST):
        pool.enter([SERVER], "a", soon())
    for name in ("first", "second", "third"):
        pool.leave([SERVER], "a", name)
    for _ in range(MOST):
        assert pool.enter([SERVER], None, soon()) is None
    assert pool.closed == ["first", "second", "third"]


def test_one_thread_watches_sessions_that_are_idle_again_and_again(pool: Pool) -> None:
    others = {*threading.enumerate()}
    for _ in range(10):
        pool.leave([SERVER], "key", pool.enter([SERVER], "key", soon()) or "session")
    assert len({*threading.enumerate()} - others) == 1


def test_idle_sessions_of_another_server_are_no_obstacle(pool: Pool) -> None:
    pool.enter(["elsewhere"], "a", soon())
    for _ in range(MOST):
        assert pool.enter([SERVER], None, soon()) is None


@pytest.mark.usefixtures("no_probes")
def test_after_a_refusal_as_many_are_open_as_were_then(pool: Pool, threads: ThreadPoolExecutor) -> None:
    for _ in range(MOST):
        pool.enter([SERVER, ROLE], None, soon())
    pool.refused([SERVER, ROLE], ROLE, FULL)
    same_role = queued(threads, pool, SERVER, ROLE)
    assert not same_role.done()
    assert queued(threads, pool, SERVER, OTHER_ROLE).result(60) is None
    pool.leave([SERVER, ROLE], None, None)
    assert same_role.result(60) is None


def test_with_time_one_more_is_tried_and_where_it_fits_another_one(
    pool: Pool, threads: ThreadPoolExecutor
) -> None:
    pool.enter([SERVER], None, soon())
    pool.refused([SERVER], SERVER, FULL)
    for _ in range(MOST):
        assert queued(threads, pool).result(60) is None
        pool.accepted([SERVER])


def test_who_finds_no_room_until_the_deadline_hears_the_refusal_of_another_one(pool: Pool) -> None:
    pool.enter([SERVER, ROLE], None, soon())
    pool.refused([SERVER, ROLE], ROLE, FULL)
    with pytest.raises(NoTurnError) as caught:
        pool.enter([SERVER, ROLE], None, Deadline.after(0))
    assert caught.value.reason is FULL
    assert not pool.is_wanted


def test_where_only_the_process_has_no_more_there_is_no_refusal(pool: Pool) -> None:
    for _ in range(MOST):
        pool.enter([SERVER], None, soon())
    with pytest.raises(NoTurnError) as caught:
        pool.enter([SERVER], None, Deadline.after(0.01))
    assert caught.value.reason is None


def test_waiting_for_sessions_of_the_same_process_does_not_count_where_only_work_does(
    threads: ThreadPoolExecutor,
) -> None:
    pool = Pool(most=1)
    pool.enter([SERVER], None, soon())
    deadline = Noting(60)
    turn = threads.submit(pool.enter, [SERVER], None, deadline)
    assert deadline.pauses.wait(60)
    assert not turn.done()
    pool.leave([SERVER], None, None)
    assert turn.result(60) is None


@pytest.mark.usefixtures("no_probes")
def test_waiting_for_the_sessions_of_others_counts(pool: Pool) -> None:
    pool.enter([SERVER], None, soon())
    pool.refused([SERVER], SERVER, FULL)
    deadline = Noting(0.05)
    with pytest.raises(NoTurnError):
        pool.enter([SERVER], None, deadline)
    assert not deadline.pauses.is_set()


def test_forty_operations_in_changing_scopes_all_have_their_turn(threads: ThreadPoolExecutor) -> None:
    pool = Pool()
    fits = {SERVER: 2, ROLE: 1, OTHER_ROLE: 1}
    lock, there = threading.Lock(), dict.fromkeys(fits, 0)

    def opened(scopes: list[str]) -> str | None:
        """A server with limits: the scope that is full, or None."""
        with lock:
            full = next((scope for scope in scopes if there[scope] == fits[scope]), None)
            for scope in scopes if full is None else ():
                there[scope] += 1
            return full

    def operate(number: int) -> None:
        scopes = [SERVER, (ROLE, OTHER_ROLE)[number % 2]]
        deadline, again = soon(), False
        while True:
            pool.enter(scopes, None, deadline, first=again)
            full = opened(scopes)
            if full is None:
                break
            pool.refused(scopes, full, FULL)
            again = True
        pool.accepted(scopes)
        with lock:
            for scope in scopes:
                there[scope] -= 1
        pool.leave(scopes, None, None)

    for each in [threads.submit(operate, number) for number in range(40)]:
        each.result(60)
    assert +pool._open == {}
