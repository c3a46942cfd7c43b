"""How messages spell values and words: a value shown as JSON, and the nearest valid word for a wrong one."""

import json
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

_LONGEST: Final = 60
_READABLE_BITS: Final = 200  # longer integers are shown with an exponent; Python refuses to print huge ones

_FORMS: Final[Mapping[type, str]] = {
    dict: "an object",
    list: "an array",
    tuple: "an array",
    set: "a set",
    frozenset: "a set",
}

Confusions = tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
"""Words of other systems, lower case without separators, each time with the words that they may stand for."""


def shortened(text: str) -> str:
    """Return `text`, or its beginning with an ellipsis when it is too long for a message."""
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def shown(value: Any) -> str:
    """Spell `value` as JSON does, containers only by their form, short enough for a message."""
    match value:
        case None | bool():
            return json.dumps(value)
        case str():
            return json.dumps(shortened(value), ensure_ascii=False)
        case int() if value.bit_length() > _READABLE_BITS:
            return f"{Decimal(value):.2e}"
        case int() | float() | Decimal():
            return shortened(str(value))
        case list() | tuple() if not value:
            return "an empty array"
        case _:
            form: type = type(value)
            return _FORMS.get(form, f"a {form.__name__}")


@lru_cache(maxsize=256)  # one mistake is often made in a thousand places
def nearest(word: str, valid: tuple[str, ...], confusions: Confusions = ()) -> str | None:
    """Return the valid word that `word` was probably meant to be, or None.

    Case and separators do not count. Of the words that a confusion may stand for, the first valid one is taken.
    """
    from difflib import get_close_matches  # noqa: PLC0415 - only a wrong document needs it

    words = {_folded(candidate): candidate for candidate in valid}
    for others, meant in confusions:
        if target := next((candidate for candidate in meant if candidate in valid), None):
            words = dict.fromkeys(others, target) | words
    wrong = _folded(word[:_LONGEST])
    similar = [wrong] if wrong in words else get_close_matches(wrong, words, n=1)
    return words[similar[0]] if similar else None


def _folded(word: str) -> str:
    return word.lower().replace("_", "").replace("-", "").replace(" ", "")
