import pytest

from tfplugin import deadline
from tfplugin.deadline import Deadline, WorkingTime


class Clock:
    """The clock of the deadlines, which a test sets."""

    now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(deadline, "time", clock)
    return clock


@pytest.mark.usefixtures("clock")
def test_time_that_is_over_leaves_nothing() -> None:
    assert Deadline.after(-1).remaining() == 0


def test_what_remains_is_what_was_given_without_what_has_gone_by(clock: Clock) -> None:
    given = Deadline.after(10)
    assert given.remaining() == 10
    clock.now += 4
    assert given.remaining() == 6


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(("seconds", "sooner", "later"), [(5, 5, 10), (20, 10, 20)])
def test_the_sooner_or_later_of_two_is_chosen(seconds: float, sooner: float, later: float) -> None:
    given = Deadline.after(10)

    assert given.sooner(seconds).remaining() == sooner
    assert given.later(seconds).remaining() == later


def test_a_pause_counts_for_an_operation_as_a_whole_and_not_for_the_time_of_its_work(clock: Clock) -> None:
    whole, work = Deadline.after(10), WorkingTime(10)
    with whole.paused(), work.paused():
        clock.now += 3
        assert work.remaining() == 10
    assert whole.remaining() == 7
    assert work.remaining() == 10
    assert work.sooner(1).remaining() == 1
    assert work.later(20).remaining() == 20
    clock.now += 2
    assert work.remaining() == 8
