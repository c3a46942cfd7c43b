"""JSON whose numbers are exact: Decimals are written digit by digit."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final


def to_json(value: Any) -> str:
    """Write plain Python data as JSON, without rounding numbers."""
    try:
        return _encoder.encode(value)
    except _FractionError:
        return _exact(value)


class _FractionError(Exception):
    """A number that the standard encoder cannot write."""


def _plain(value: Any) -> Any:
    """Convert a value that the standard encoder cannot write: mostly a Decimal, nearly always whole."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Decimal) and value.is_finite():
        if value.as_tuple().exponent != 0:
            raise _FractionError
        return int(value)
    raise TypeError(f"{type(value).__name__} is no JSON")


_encoder: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, check_circular=False, default=_plain)


def _exact(value: Any) -> str:
    """Write the value part by part, with its Decimals digit by digit."""
    if isinstance(value, Mapping):
        members = [f"{_encoder.encode(key)}: {_exact(item)}" for key, item in value.items()]
        return "{" + ", ".join(members) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_exact, value)) + "]"
    if isinstance(value, Decimal) and value.is_finite():
        return str(value)
    return _encoder.encode(value)
