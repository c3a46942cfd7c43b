import time

import pytest

from tfplugin.deadline import Deadline, WorkingTime


def test_time_that_is_over_leaves_nothing() -> None:
    assert Deadline.after(-1).remaining() == 0


def test_what_remains_is_less_than_was_given() -> None:
    assert 9 < Deadline.after(10).remaining() <= 10


@pytest.mark.parametrize(("seconds", "sooner", "later"), [(5, 5, 10), (20, 10, 20)])
def test_the_sooner_or_later_of_two_is_chosen(seconds: float, sooner: float, later: float) -> None:
    deadline = Deadline.after(10)

    assert deadline.sooner(seconds).remaining() == pytest.approx(sooner, abs=0.5)
    assert deadline.later(seconds).remaining() == pytest.approx(later, abs=0.5)


def test_a_pause_counts_for_an_operation_as_a_whole_and_not_for_the_time_of_its_work() -> None:
    whole, work = Deadline.after(10), WorkingTime(10)
    with whole.paused(), work.paused():
        paused = work.remaining()
        time.sleep(0.02)
        assert work.remaining() == paused
    assert whole.remaining() <= 9.98
    assert work.remaining() > 9.98
    assert work.sooner(1).remaining() <= 1
    assert work.later(20).remaining() > 19
