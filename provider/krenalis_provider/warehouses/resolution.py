"""The last identity resolution of a Krenalis server, as its tables tell of it (docs/facts/krenalis.md, "Objects made later")."""

from typing import NamedTuple


class Resolution(NamedTuple):
    """The resolution that made the profiles table of the last version."""

    table: str
    """The name of that profiles table, which a failed resolution leaves empty."""
    viewed: str | None
    """The profiles table that the view reads; None where that cannot be told."""
    ended: bool
    """Whether it is over, well or not."""
    error: str
    """Why it failed, in the warehouse's words; empty if it did not, or is not over."""

    @property
    def failure(self) -> str | None:
        """Why it failed, as a clause; None if it did not."""
        if self.error:
            reason = f": {' '.join(self.error.split())[:_LONGEST]}"
        elif self.ended and self.viewed not in (None, self.table):
            reason = ""
        else:
            return None
        if self.viewed == self.table:
            left = f'the view over the profiles reads its table "{self.table}"'
        elif self.viewed:
            left = f'the profiles are still in table "{self.viewed}", and "{self.table}" is not in use'
        else:
            left = f'it left table "{self.table}"'
        return f"the last identity resolution of the warehouse failed{reason} ({left})"


_LONGEST = 300
