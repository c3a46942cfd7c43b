"""A point in time by which an operation must be over, made once and passed on."""

import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Deadline:
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
