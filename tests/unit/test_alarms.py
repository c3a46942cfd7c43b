"""What is done at moments, unless it is called off."""

import threading
from contextlib import ExitStack

import pytest

from krenalis_provider.warehouses.alarms import Alarms


class Bell:
    """Tells whether it rang."""

    def __init__(self) -> None:
        self._rang = threading.Event()

    def __call__(self) -> None:
        self._rang.set()

    def rings_within(self, seconds: float) -> bool:
        return self._rang.wait(seconds)


@pytest.fixture
def bell() -> Bell:
    return Bell()


def test_it_rings_after_the_time(bell: Bell) -> None:
    with Alarms().after(0.1, bell):
        assert not bell.rings_within(0.02)
        assert bell.rings_within(5)


def test_what_is_called_off_does_not_ring(bell: Bell) -> None:
    alarms = Alarms()
    with alarms.after(0.1, bell), pytest.raises(ZeroDivisionError), alarms.after(0.05, Bell()):
        raise ZeroDivisionError
    assert not bell.rings_within(0.3)


def test_a_sooner_one_that_is_set_later_rings_first(bell: Bell) -> None:
    alarms, later = Alarms(), Bell()
    with alarms.after(60, later), alarms.after(0.05, bell):
        assert bell.rings_within(5)
        assert not later.rings_within(0)


def test_each_of_many_rings() -> None:
    alarms, bells = Alarms(), [Bell() for _ in range(20)]
    with ExitStack() as stack:
        for number, bell in enumerate(bells):
            stack.enter_context(alarms.after(0.01 * (number % 5), bell))
        assert all(bell.rings_within(5) for bell in bells)


def test_it_rings_again_after_all_was_over(bell: Bell) -> None:
    alarms = Alarms()
    with alarms.after(0.01, first := Bell()):
        assert first.rings_within(5)
    with alarms.after(0.01, bell):
        assert bell.rings_within(5)


def test_one_thread_waits_for_all() -> None:
    alarms, threads = Alarms(), threading.active_count()
    for _ in range(10):
        with alarms.after(0.3, Bell()):
            assert threading.active_count() == threads + 1
