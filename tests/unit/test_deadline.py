import pytest

from tfplugin.deadline import Deadline


def test_time_that_is_over_leaves_nothing() -> None:
    assert Deadline.after(-1).remaining() == 0


def test_what_remains_is_less_than_was_given() -> None:
    assert 9 < Deadline.after(10).remaining() <= 10


@pytest.mark.parametrize(("seconds", "sooner", "later"), [(5, 5, 10), (20, 10, 20)])
def test_the_sooner_or_later_of_two_is_chosen(seconds: float, sooner: float, later: float) -> None:
    deadline = Deadline.after(10)

    assert deadline.sooner(seconds).remaining() == pytest.approx(sooner, abs=0.5)
    assert deadline.later(seconds).remaining() == pytest.approx(later, abs=0.5)
