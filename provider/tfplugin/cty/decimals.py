"""Conversion of numbers of any length between text and `decimal.Decimal`."""

import re
from decimal import Decimal, DecimalException
from typing import Final

from tfplugin.cty.errors import CtyError

MAX_DIGITS: Final = 100_000
"""The most digits in the plain notation of a number: the eleven bytes of `1e999999999` mean a billion digits."""

# Decimal() would also take underscores, blanks, other scripts' digits, and NaN
_NUMBER: Final = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_SIGN_AND_POINT: Final = 2


def parse_number(text: str) -> Decimal:
    """The exact number in a decimal text; raises `CtyError` if the text is no number, or one that is too long."""
    if len(text) > MAX_DIGITS + _SIGN_AND_POINT:
        raise _too_long()
    if not _NUMBER.fullmatch(text):
        raise CtyError("expected number, found other text")
    try:
        return checked(Decimal(text))
    except DecimalException:  # an exponent beyond the limits of the decimal module
        raise _too_long() from None


def checked(number: Decimal) -> Decimal:
    """The number itself; raises `CtyError` for NaN, and for a number whose plain notation would be too long."""
    _, digits, exponent = number.as_tuple()
    if isinstance(exponent, int):
        if max(len(digits) + exponent, len(digits), 1 - exponent) > MAX_DIGITS:
            raise _too_long()
    elif number.is_nan():
        raise CtyError("expected number, found NaN")
    return number


def number_text(number: Decimal) -> str:
    """The only plain notation of a finite number: without exponent or zeros at the end of a fraction."""
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text if number else "0"


def _too_long() -> CtyError:
    return CtyError(f"the number has more than {MAX_DIGITS} digits")
