"""The numeric bounds of a profile schema: the natural bounds of types, and the bounds that a document gives.

`Values` are the members of a type that the parser has read: canonical, or UNKNOWN if they are unknown or refused.
The ranges are right for every size; those of a Krenalis server are not (docs/facts/krenalis.md, "Where a Krenalis
server fails").
"""

import math
from collections.abc import Iterator, Mapping
from decimal import Context, Decimal
from typing import Any, Final

from krenalis_provider.model.unknown import UNKNOWN
from krenalis_provider.model.wording import shown

Values = Mapping[str, Any]
Breaches = Iterator[tuple[str, str]]
"""Pairs of a key and a message."""
Bounds = tuple[int, int] | tuple[Decimal, Decimal]

LARGEST_FLOAT32: Final = float.fromhex("0x1.fffffep127")
EXACT: Final = Context(prec=200)
"""Wider than any decimal, so that nothing is rounded."""


def integer_bounds(values: Values) -> Bounds | None:
    """Return the least and the greatest value of an int, if its parameters are known."""
    size, unsigned = values.get("bitSize"), values.get("unsigned", False)
    if not isinstance(size, int) or not isinstance(unsigned, bool):
        return None
    return (0, 2**size - 1) if unsigned else (-(2 ** (size - 1)), 2 ** (size - 1) - 1)


def decimal_bounds(values: Values) -> Bounds | None:
    """Return the least and the greatest value of a decimal, if its parameters are known and valid."""
    precision, scale = values.get("precision"), values.get("scale", 0)
    if not isinstance(precision, int) or not isinstance(scale, int) or scale > precision:
        return None
    highest = Decimal((0, (9,) * precision, -scale))
    return highest.copy_negate(), highest


def check_integer(values: Values) -> Breaches:
    """Check the bounds of an int."""
    sign = "unsigned " if values.get("unsigned") is True else ""
    return _check_order(values, integer_bounds(values), f"{sign}int {values.get('bitSize')}")


def check_float(values: Values) -> Breaches:
    """Check the bounds of a float. None is natural: a bound at the largest number excludes infinity."""
    single = values.get("bitSize") == 32  # noqa: PLR2004 - a size in bits
    return _check_order(values, (-LARGEST_FLOAT32, LARGEST_FLOAT32) if single else None, "float 32")


def check_decimal(values: Values) -> Breaches:
    """Check the scale and the bounds of a decimal."""
    precision, scale, bounds = values.get("precision"), values.get("scale", 0), decimal_bounds(values)
    if isinstance(precision, int) and isinstance(scale, int) and scale > precision:
        yield "scale", f"must not be greater than precision ({precision}), not {scale}."
    breaches = dict(_check_order(values, bounds, f"decimal({precision},{scale})"))
    yield from breaches.items()
    for name in ("minimum", "maximum"):
        bound = values.get(name)
        if bounds and isinstance(bound, Decimal) and name not in breaches:
            step = Decimal((0, (1,), -scale))
            if bound != bound.quantize(step, context=EXACT):
                yield name, f"must have at most {scale} decimal places (scale), not {shown(bound)}."


def _check_order(values: Values, bounds: tuple[Any, Any] | None, of: str) -> Breaches:
    """Check that the given bounds are in order, and inside the range of the type if it is known."""
    given = {key: values[key] for key in ("minimum", "maximum") if values.get(key, UNKNOWN) is not UNKNOWN}
    lowest, highest = bounds or (-math.inf, math.inf)
    outside = {name: bound for name, bound in given.items() if not lowest <= bound <= highest}
    for name, bound in outside.items():
        between = f"from {shown(lowest)} to {shown(highest)}"
        yield name, f"must be {between}, the range of {of}, not {shown(bound)}."
    if not outside and len(given) == 2 and given["maximum"] < given["minimum"]:  # noqa: PLR2004 - both
        minimum, maximum = shown(given["minimum"]), shown(given["maximum"])
        yield "maximum", f"must not be less than minimum ({minimum}), not {maximum}."
