"""Rules for single values, given to an attribute. A rule never sees null or unknown values.

What could never be kept raises ValueError when it is made.
"""

import re
from collections.abc import Callable, Collection
from decimal import Decimal
from typing import Any

from tfplugin.durations import parse_duration
from tfplugin.nearest import nearest

Validator = Callable[[Any], "str | None"]
"""Takes a known value; returns None, or the rule that it breaks as the end of a sentence, such as "must be even"."""


def one_of(*allowed: str) -> Validator:
    """Accept only these strings."""
    listed = ", ".join(f'"{value}"' for value in allowed)
    if not allowed:
        raise ValueError("no value is allowed")

    def check(value: str) -> str | None:
        if value in allowed:
            return None
        meant = nearest(value, allowed)
        return f"must be one of {listed}" + (f' (did you mean "{meant}"?)' if meant else "")

    return check


def pattern(regex: str, meaning: str) -> Validator:
    """Accept strings that match as a whole; `meaning` says in words what they are, such as "a country code"."""
    compiled = re.compile(regex)
    return lambda value: None if compiled.fullmatch(value) else f"must be {meaning} (as {regex})"


def between(minimum: int | Decimal | None, maximum: int | Decimal | None) -> Validator:
    """Accept numbers from `minimum` to `maximum`, both included; None is no limit."""
    bounds = _bounds(minimum, maximum)
    return lambda value: None if _within(minimum, value, maximum) else f"must be {bounds}"


def whole(value: int | Decimal) -> str | None:
    """Accept numbers without a fraction."""
    return None if value == int(value) else "must be a whole number"


def length_between(minimum: int | None, maximum: int | None) -> Validator:
    """Accept strings and collections of that length, in characters or elements; None is no limit."""
    bounds = _bounds(minimum, maximum)

    def check(value: Collection[Any]) -> str | None:
        if _within(minimum, len(value), maximum):
            return None
        unit = "character" if isinstance(value, str) else "element"
        return f"must have {bounds} {unit}" + ("" if bounds.endswith(" 1") else "s")

    return check


def duration(value: str) -> str | None:
    """Accept durations as Go writes them, such as "10m" or "1h30m"."""
    try:
        parse_duration(value)
    except ValueError:
        return 'must be a positive duration of at most a year, such as "30s", "10m" or "1h30m"'
    return None


def _within(minimum: int | Decimal | None, value: int | Decimal, maximum: int | Decimal | None) -> bool:
    return (minimum is None or minimum <= value) and (maximum is None or value <= maximum)


def _bounds(minimum: int | Decimal | None, maximum: int | Decimal | None) -> str:
    """In words; raises ValueError when nothing lies within, and when nothing lies outside."""
    if minimum is None and maximum is None:
        raise ValueError("neither a minimum nor a maximum")
    if minimum is None:
        return f"at most {maximum}"
    if maximum is None:
        return f"at least {minimum}"
    if minimum > maximum:
        raise ValueError(f"nothing is from {minimum} to {maximum}")
    return f"exactly {minimum}" if minimum == maximum else f"{minimum} to {maximum}"
