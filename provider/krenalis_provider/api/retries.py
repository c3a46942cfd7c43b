"""What is tried again, and after which pause. A request that a server may have acted on is not."""

import random
from typing import Final

from krenalis_provider.api.answers import Answer
from krenalis_provider.api.errors import NoAnswer

_PAUSES: Final = (0.1, 0.4, 1.0)
"""Seconds before a server that is not there is tried again: it may be starting."""
_FIRST_WAIT: Final = 0.25
_LONGEST_WAIT: Final = 5.0
_SPREAD: Final = 0.25  # seconds: those who were refused together do not come back together
_MOST_DIGITS: Final = 6


class Retries:
    """The tries of one request."""

    def __init__(self, *, reads: bool, repeatable: bool) -> None:
        """It `reads` if it changes nothing; it is `repeatable` if twice is as good as once."""
        self._reads = reads
        self._unreached = iter(_PAUSES if repeatable else ())
        self._ended = iter((0.0,) if reads else ())
        self._growing = _FIRST_WAIT

    def after(self, error: NoAnswer) -> float | None:
        """Seconds to wait before the next try, or None if there is none.

        A read whose connection ended is tried once more: that it was idle for long is the likely reason.
        """
        if not error.may_pass:
            return None
        return next(self._ended if error.sent else self._unreached, None)

    def after_limit(self, answer: Answer) -> float:
        """Seconds to wait after the rate limit: as the server says, or growing where it says nothing."""
        said = answer.headers.get("retry-after", "")
        known = said.isdecimal() and len(said) <= _MOST_DIGITS and int(said) > 0
        wait = float(said) if known else self._growing
        self._growing = min(2 * self._growing, _LONGEST_WAIT)
        return wait + random.uniform(0, _SPREAD)  # noqa: S311 - nobody guesses it
