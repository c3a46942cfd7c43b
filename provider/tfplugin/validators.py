"""Rules for single values, given to an attribute. A rule never sees null or unknown values."""

from collections.abc import Callable, Collection
from typing import Any

from tfplugin.durations import parse_duration

Validator = Callable[[Any], "str | None"]
"""Takes a known value; returns None, or the rule that it breaks as the end of a sentence, such as "must be even"."""


def one_of(*allowed: str) -> Validator:
    """Accept only these strings."""
    listed = ", ".join(f'"{value}"' for value in allowed)
    return lambda value: None if value in allowed else f"must be one of {listed}"


def length_between(minimum: int, maximum: int) -> Validator:
    """Accept strings and collections of that length, in characters or elements."""

    def check(value: Collection[Any]) -> str | None:
        unit = "characters" if isinstance(value, str) else "elements"
        return None if minimum <= len(value) <= maximum else f"must have {minimum} to {maximum} {unit}"

    return check


def duration(value: str) -> str | None:
    """Accept durations as Go writes them, such as "10m" or "1h30m"."""
    try:
        parse_duration(value)
    except ValueError:
        return 'must be a positive duration of at most a year, such as "30s", "10m" or "1h30m"'
    return None
