"""What the domain knows of the time by which an operation must be over; whoever calls it makes one and passes it on."""

from typing import Protocol


class Deadline(Protocol):
    """A point in time."""

    def remaining(self) -> float:
        """Seconds left, never negative."""

    def sooner(self, seconds: float) -> "Deadline":
        """This deadline, or the one `seconds` ahead if that comes first."""

    def later(self, seconds: float) -> "Deadline":
        """This deadline, or the one `seconds` ahead if that comes last."""
