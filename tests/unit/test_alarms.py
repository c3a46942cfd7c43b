"""What is done at moments, unless it is called off."""

import threading
import time
from contextlib import ExitStack
from types import SimpleNamespace

import pytest

from krenalis_provider.warehouses import alarms
from krenalis_provider.warehouses.alarms import Alarms


class Bell:
    """Tells whether it rang."""

    def __init__(self) -> None:
        self._rang = threading.Event()
        self.at = float("inf")

    def __call__(self) -> None:
        self.at = time.monotonic()
        self._rang.set()

    @property
    def has_rung(self) -> bool:
        return self._rang.is_set()

    def rings(self) -> bool:
        return self._rang.wait(60)


@pytest.fixture
def bell() -> Bell:
    return Bell()


def test_it_rings_after_the_time(bell: Bell) -> None:
    began = time.monotonic()
    with Alarms().after(0.1, bell):
        assert bell.rings()
    assert bell.at >= began + 0.1


def test_what_is_called_off_does_not_ring(bell: Bell, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(alarms, "time", SimpleNamespace(monotonic=lambda: now[0]))
    made, other = Alarms(), Bell()
    with made.after(60, bell), pytest.raises(ZeroDivisionError), made.after(50, Bell()):
        raise ZeroDivisionError
    assert not bell.has_rung
    now[0] = 100.0
    with made.after(-60, other):  # sooner than the others were: the thread looks at once
        assert other.rings()
    assert not bell.has_rung


def test_a_sooner_one_that_is_set_later_rings_first(bell: Bell) -> None:
    made, later = Alarms(), Bell()
    with made.after(600, later), made.after(0.05, bell):
        assert bell.rings()
        assert not later.has_rung


def test_each_of_many_rings() -> None:
    made, bells = Alarms(), [Bell() for _ in range(20)]
    with ExitStack() as stack:
        for number, bell in enumerate(bells):
            stack.enter_context(made.after(0.01 * (number % 5), bell))
        assert all(bell.rings() for bell in bells)


def test_it_rings_again_after_all_was_over(bell: Bell) -> None:
    made = Alarms()
    with made.after(0.01, first := Bell()):
        assert first.rings()
    with made.after(0.01, bell):
        assert bell.rings()


def test_one_thread_waits_for_all() -> None:
    made, others = Alarms(), {*threading.enumerate()}
    for _ in range(10):
        with made.after(60, Bell()):
            assert len({*threading.enumerate()} - others) == 1
