"""Rules for the value of one attribute.

A rule never gets null or an unknown value, but the elements of a collection may be either. Making a rule whose limits
no value keeps, or every value, raises ValueError.
"""

import re
from collections.abc import Callable, Collection
from decimal import Decimal
from typing import Any

from tfplugin.durations import parse_duration
from tfplugin.nearest import nearest

Validator = Callable[[Any], "str | None"]
"""Takes a value; returns None, or the rule that the value breaks, as the end of a sentence such as "must be even"."""


def one_of(*allowed: str) -> Validator:
    """Accepts only these strings."""
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
    """Accepts strings that match as a whole; `meaning` describes these, such as "a country code"."""
    compiled = re.compile(regex)
    return lambda value: None if compiled.fullmatch(value) else f"must be {meaning} (as {regex})"


def between(minimum: int | Decimal | None, maximum: int | Decimal | None) -> Validator:
    """Accepts numbers from `minimum` to `maximum`, both included; None is no limit."""
    bounds = _bounds(minimum, maximum)
    return lambda value: None if _within(minimum, value, maximum) else f"must be {bounds}"


def whole(value: int | Decimal) -> str | None:
    """Accepts numbers without a fraction."""
    return None if value == int(value) else "must be a whole number"


def length_between(minimum: int | None, maximum: int | None) -> Validator:
    """Accepts strings and collections of that length, in characters or elements; None is no limit."""
    bounds = _bounds(minimum, maximum)

    def check(value: Collection[Any]) -> str | None:
        if _within(minimum, len(value), maximum):
            return None
        unit = "character" if isinstance(value, str) else "element"
        return f"must have {bounds} {unit}" + ("" if bounds.endswith(" 1") else "s")

    return check


def duration(value: str) -> str | None:
    """Accepts durations as Go writes them, such as "10m" or "1h30m"."""
    try:
        parse_duration(value)
    except ValueError:
        return 'must be a positive duration of at most a year, such as "30s", "10m" or "1h30m"'
    return None


def _within(minimum: int | Decimal | None, value: int | Decimal, maximum: int | Decimal | None) -> bool:
    return (minimum is None or minimum <= value) and (maximum is None or value <= maximum)


def _bounds(minimum: int | Decimal | None, maximum: int | Decimal | None) -> str:
    """The limits in words; raises ValueError if nothing lies within, or nothing lies outside."""
    if minimum is None and maximum is None:
        raise ValueError("neither a minimum nor a maximum")
    if minimum is None:
        return f"at most {maximum}"
    if maximum is None:
        return f"at least {minimum}"
    if minimum > maximum:
        raise ValueError(f"nothing is from {minimum} to {maximum}")
    return f"exactly {minimum}" if minimum == maximum else f"{minimum} to {maximum}"
