"""Durations as Go writes them: "300ms", "10s", "1h30m". Only this module turns them into seconds."""

import re
from typing import Final

_SECONDS: Final = {
    "ns": 1e-9,
    "us": 1e-6,
    "\u00b5s": 1e-6,  # the micro sign
    "\u03bcs": 1e-6,  # the Greek letter
    "ms": 1e-3,
    "s": 1.0,
    "m": 60.0,
    "h": 3600.0,
}
_SHORTEST: Final = 1e-9  # Go counts nanoseconds: a shorter duration is none
_LONGEST: Final = 366 * 24 * 3600.0  # a longer duration is a mistake, and more than clocks and timers take
_PART: Final = re.compile(rf"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)({'|'.join(_SECONDS)})")


def parse_duration(text: str) -> float:
    """The seconds of a positive duration of at most a year; raises ValueError for any other text."""
    seconds, end = 0.0, 0
    while part := _PART.match(text, end):
        seconds += float(part[1]) * _SECONDS[part[2]]
        end = part.end()
    if end != len(text) or not _SHORTEST <= seconds <= _LONGEST:
        raise ValueError(f"not a positive duration of at most a year: {text!r}")
    return seconds
