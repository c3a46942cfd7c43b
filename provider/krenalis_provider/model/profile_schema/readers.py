"""The values of a type document. Each has a `Rule`, which reads a value into its canonical form.

Input is plain Python data from JSON or HCL; numbers may be int, float or Decimal. Ranges and the form of texts (NFC)
are in docs/facts/krenalis.md, "Kinds of types". Rules between values are in `kinds`.
"""

import re
import sys
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final, Literal, NamedTuple

from krenalis_provider.model.unknown import UNKNOWN
from krenalis_provider.model.wording import shown

Reason = tuple[tuple[int, ...], str]
"""A place in the value, such as (2,) for an item and () for the value itself, and a message."""


class Refused(Exception):
    """A value breaks a rule."""

    def __init__(self, *reasons: Reason) -> None:
        super().__init__(*reasons)
        self.reasons = reasons


class Form(NamedTuple):
    """What a rule says of the form of a value, as far as data can say it."""

    type: str
    """As JSON Schema has it: "string", "boolean", "number", "integer" or "array"."""
    lowest: float | None = None
    highest: float | None = None
    choices: tuple[int, ...] = ()
    """The only values; empty for no such limit."""
    pattern: str = ""
    """A regular expression that the whole text matches; empty for none."""
    items: "Form | None" = None
    """The form of the items of an array, which has at least one."""


class Rule(NamedTuple):
    """The rule of a value, in words and as a reader."""

    what: str
    reader: Callable[[Any], Any]
    """Returns the canonical form; raises ValueError, or `Refused` with a message of its own."""
    form: Form | None = None
    """None where more is to be said of it than a form has."""
    converter: str = ""
    """The Terraform function that makes such a value from a string."""

    def read(self, value: Any) -> Any:
        """Return the canonical form of a known value, UNKNOWN if an item of it is. Raises `Refused`."""
        try:
            return self.reader(value)
        except ValueError:
            advice = ""
            if self.converter == _converter(value):
                advice = f": in JSON, write it without quotes; in HCL, convert it with {self.converter}"
            raise Refused(((), f"must be {self.what}, not {shown(value)}{advice}.")) from None


_NUMERIC: Final = re.compile(r"\s*[-+]?\d+(\.\d+)?([eE][-+]?\d+)?\s*")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def _converter(value: Any) -> str | None:
    """Name the Terraform function that would make a number or boolean from a string."""
    if not isinstance(value, str):
        return None
    if value in {"true", "false"}:
        return "tobool()"
    return "tonumber()" if _NUMERIC.fullmatch(value) else None


def _number(value: Any) -> int | Decimal:
    """Read a finite number of any Python type; a float means its shortest spelling."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if not isinstance(value, float | Decimal):
        raise ValueError  # noqa: TRY004 - one exception for every breach
    number = Decimal(repr(value)) if isinstance(value, float) else value
    if not number.is_finite():
        raise ValueError
    return number


def _decimal(value: Any) -> Decimal:
    return Decimal(_number(value))


def _float64(value: Any) -> float:
    number = float(_decimal(value))
    if abs(number) > sys.float_info.max:
        raise ValueError
    return number


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError  # noqa: TRY004 - one exception for every breach
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise ValueError
    return _normalized("NFC", value)


def _normalized(form: Literal["NFC", "NFKD"], text: str) -> str:
    if text.isascii():
        return text
    from unicodedata import normalize  # noqa: PLC0415 - slow to load, and most schemas are ASCII

    return normalize(form, text)


def _texts(value: Any) -> Any:
    if not isinstance(value, list | tuple) or not value:
        raise ValueError
    texts: list[Any] = []
    reasons: list[Reason] = []
    for index, item in enumerate(value):
        try:
            texts.append(item if item is UNKNOWN else TEXT.read(item))
        except Refused as refused:
            reasons += [((index,), message) for _, message in refused.reasons]
    if reasons:
        raise Refused(*reasons)
    return UNKNOWN if UNKNOWN in texts else tuple(texts)


def _name(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError  # noqa: TRY004 - one exception for every breach
    if value.startswith("_"):
        message = f'cannot start with "_", which Krenalis keeps for its own columns: {shown(value)}.'
        raise Refused(((), message))
    if not _NAME.fullmatch(value):
        plain = _normalized("NFKD", value).encode("ascii", "ignore").decode()
        legal = re.sub(r"[^A-Za-z0-9]+", "_", plain).strip("_")
        meant = f": did you mean {shown(legal)}?" if _NAME.fullmatch(legal) else "."
        raise Refused(((), f"must be {NAME.what}, not {shown(value)}{meant}"))
    return value


def _pattern(value: Any) -> str:
    from krenalis_provider.model.profile_schema.patterns import pattern_problem  # noqa: PLC0415 - few schemas have any

    pattern = _text(value)
    if problem := pattern_problem(pattern):
        raise Refused(((), problem))
    return pattern


def _integers(what: str, form: Form, accepts: Callable[[int | Decimal], bool]) -> Rule:
    """Require an integer, which may be spelt 40.0: the numbers of HCL are decimals."""

    def read(value: Any) -> int:
        number = _number(value)
        # the range first: the integer of 1e999999999 would fill the memory
        if not accepts(number) or number != int(number):
            raise ValueError
        return int(number)

    return Rule(what, read, form, "tonumber()")


def whole(lowest: int, highest: int) -> Rule:
    """Require an integer in a range."""
    what = f"a whole number from {lowest} to {highest}"
    return _integers(what, Form("integer", lowest, highest), lambda number: lowest <= number <= highest)


def bits(*sizes: int) -> Rule:
    """Require one of some sizes in bits."""
    *first, last = map(str, sizes)
    form = Form("integer", choices=sizes)
    return _integers(f"{', '.join(first)} or {last}", form, lambda number: number in sizes)


_TEXT: Final = Form("string", pattern=r"[^\u0000]*")
_NAME_FORM: Final = Form("string", pattern="[A-Za-z][A-Za-z0-9_]*")
_FLOAT: Final = Form("number", -sys.float_info.max, sys.float_info.max)

TEXT: Final = Rule("a string without a NUL character", _text, _TEXT)
TEXTS: Final = Rule("an array of at least one string", _texts, Form("array", items=_TEXT))
NAME: Final = Rule(
    "a name of ASCII letters, digits and underscores that starts with a letter", _name, _NAME_FORM
)
PATTERN: Final = Rule("a regular expression as a string without a NUL character", _pattern, _TEXT)
BOOLEAN: Final = Rule("true or false", _boolean, Form("boolean"), "tobool()")
NUMBER: Final = Rule("a number", _decimal, Form("number"), "tonumber()")
FLOAT: Final = Rule("a number that fits 64 bits", _float64, _FLOAT, "tonumber()")
