"""The time by which an operation must be over. The caller makes the value and passes it on."""

from contextlib import AbstractContextManager
from typing import Protocol


class Deadline(Protocol):
    """A point in time."""

    def remaining(self) -> float:
        """Seconds left, never negative."""

    def sooner(self, seconds: float) -> "Deadline":
        """The earlier of this deadline and the time `seconds` ahead."""

    def later(self, seconds: float) -> "Deadline":
        """The later of this deadline and the time `seconds` ahead."""

    def paused(self) -> AbstractContextManager[object]:
        """While it waits in this context for others of its own kind, an operation that may be put off loses no time."""
