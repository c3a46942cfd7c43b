"""A point in time by which an operation must be over, made once and passed on."""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from lightstart.records import Record


class Deadline(Record):
    """A deadline; `at` is a reading of the monotonic clock, in seconds."""

    at: float

    @classmethod
    def after(cls, seconds: float) -> "Deadline":
        """The deadline that lies `seconds` ahead."""
        return cls(time.monotonic() + seconds)

    def remaining(self) -> float:
        """Seconds left, never negative."""
        return max(0.0, self.at - time.monotonic())

    def sooner(self, seconds: float) -> "Deadline":
        """This deadline, or the one `seconds` ahead if that comes first."""
        return Deadline(min(self.at, Deadline.after(seconds).at))

    def later(self, seconds: float) -> "Deadline":
        """This deadline, or the one `seconds` ahead if that comes later."""
        return Deadline(max(self.at, Deadline.after(seconds).at))

    def paused(self) -> AbstractContextManager[object]:
        """A pause: it counts, because the deadline is of the operation as a whole."""
        return nullcontext()


class WorkingTime:
    """A deadline that moves on with each pause of its only user, so that only the time of the work counts."""

    def __init__(self, seconds: float) -> None:
        """The work may take so many `seconds`, from now on."""
        self._deadline = Deadline.after(seconds)
        self._left: float | None = None

    def remaining(self) -> float:
        """Seconds left, never negative; during a pause they do not get less."""
        return self._deadline.remaining() if self._left is None else self._left

    def sooner(self, seconds: float) -> Deadline:
        """The deadline as it is now, or the one `seconds` ahead if that comes first."""
        return self._deadline.sooner(seconds)

    def later(self, seconds: float) -> Deadline:
        """The deadline as it is now, or the one `seconds` ahead if that comes later."""
        return self._deadline.later(seconds)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """A pause: it does not count."""
        self._left = self._deadline.remaining()
        try:
            yield
        finally:
            self._deadline = Deadline.after(self._left)
            self._left = None
