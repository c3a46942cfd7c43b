"""Numeric bounds of types, with the server's defects: a bound that equals the type's own becomes 0."""

import re
import struct
from decimal import Decimal
from typing import Any

from tests.support.krenalis_server.go_json import Number

_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)\Z")
_MAX_FLOAT32 = struct.unpack("<f", b"\xff\xff\x7f\x7f")[0]


class InvalidType(Exception):
    """What is wrong with a type, in the server's words."""


def is_integer(value: Any) -> bool:
    """Whether a number is written as an integer."""
    return isinstance(value, Number) and bool(_INTEGER.match(value))


def integer_range(bits: int, *, unsigned: bool) -> tuple[int, int]:
    return (0, 2**bits - 1) if unsigned else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


def keep_bounds(kind: str, found: dict[str, Any]) -> None:
    """Turn the written bounds into those that the server keeps; one of its own type's it leaves out, or makes 0."""
    keep = {"int": _integers, "float": _floats, "decimal": _decimals}.get(kind)
    if keep is None:
        for name in ("minimum", "maximum"):
            if name in found:
                raise InvalidType(f"unexpected {name} for non-number type")
        return
    low, high = found.pop("minimum", None), found.pop("maximum", None)
    minimum, maximum = keep(found, low, high)
    found |= {} if minimum is None else {"minimum": minimum}
    found |= {} if maximum is None else {"maximum": maximum}


def _integers(found: dict[str, Any], low: Any, high: Any) -> tuple[int | None, int | None]:
    bits, unsigned = found["bitSize"], found.get("unsigned", False)
    least, most = integer_range(bits, unsigned=unsigned)
    for name, bound in (("minimum", low), ("maximum", high)):
        if bound is not None and not (is_integer(bound) and least <= int(bound) <= most):
            raise InvalidType(f"invalid value for {name}")
    minimum = None if low is None else int(low)
    maximum = None if high is None else int(high)
    if bits < 64 and minimum == least:
        minimum = 0
    elif bits == 32 and unsigned and minimum is not None and minimum > 2**31 - 1:
        minimum += 2**64 - 2**32  # the sign of 32 bits is carried into 64
    if maximum is not None and maximum < (minimum if minimum is not None else least):
        raise InvalidType("maximum cannot be less than minimum")
    if maximum == most:
        maximum = 0 if bits < 64 else None
    if minimum == least:
        minimum = None
    return minimum, maximum


def _floats(found: dict[str, Any], low: Any, high: Any) -> tuple[float | None, float | None]:
    single = found["bitSize"] == 32
    kept: list[float | None] = []
    for name, bound in (("minimum", low), ("maximum", high)):
        number = None if bound is None else float(bound)
        if number is not None and abs(number) > (_MAX_FLOAT32 if single else 1.7976931348623157e308):
            raise InvalidType(f"invalid value for {name}")
        if number is not None and single:
            number = struct.unpack("<f", struct.pack("<f", number))[0]
        kept.append(number)
    minimum, maximum = kept
    if minimum is not None and maximum is not None and maximum < minimum:
        raise InvalidType("maximum cannot be less than minimum")
    return minimum, maximum


def _decimals(found: dict[str, Any], low: Any, high: Any) -> tuple[Decimal | None, Decimal | None]:
    precision, scale = found["precision"], found.get("scale", 0)
    most = Decimal((0, (9,) * precision, -scale))
    kept: list[Decimal | None] = []
    for name, bound in (("minimum", low), ("maximum", high)):
        number = None if bound is None else Decimal(bound)
        if number is not None and (abs(number) > most or not _fits(number, scale)):
            raise InvalidType(f"{name} is out of range")
        kept.append(number)
    minimum, maximum = kept
    if minimum is not None and maximum is not None and maximum < minimum:
        raise InvalidType("maximum cannot be less than minimum")
    return None if minimum == -most else minimum, None if maximum == most else maximum


def _fits(number: Decimal, scale: int) -> bool:
    exponent = number.normalize().as_tuple().exponent
    return isinstance(exponent, int) and -exponent <= scale


def written(bound: Any, type_parameters: dict[str, Any]) -> str | None:
    """A bound as the server writes it; None for the maximum of an unsigned 32-bit integer that it loses."""
    if isinstance(bound, float) and type_parameters["bitSize"] == 32:
        return plain(Decimal(_shortest32(bound)))
    if isinstance(bound, float):
        return plain(Decimal(repr(bound)))
    if isinstance(bound, Decimal):
        return plain(bound)
    return str(bound)


def plain(number: Decimal) -> str:
    """Without an exponent and without zeros at the end of a fraction."""
    text = format(number, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def _shortest32(number: float) -> str:
    """The shortest decimal that is read as this number of 32 bits."""
    for digits in range(1, 10):
        text = f"{number:.{digits}g}"
        if struct.pack("<f", float(text)) == struct.pack("<f", number):
            return text
    return repr(number)
