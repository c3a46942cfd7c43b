"""The words of messages: values as JSON, numbers of things, lists, and the nearest valid word."""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

_LONGEST: Final = 60
_READABLE_BITS: Final = 200  # longer ones are shown with an exponent; Python prints no huge integers

_FORMS: Final[Mapping[type, str]] = {
    dict: "an object",
    **dict.fromkeys((list, tuple), "an array"),
    **dict.fromkeys((set, frozenset), "a set"),
}

Confusions = tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
"""Groups of words of other systems, lower case without separators, each with the words that they may mean."""


def shortened(text: str) -> str:
    """Return `text`, or its beginning with an ellipsis when it is too long for a message."""
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def shown(value: Any) -> str:
    """Spell `value` as JSON does, short enough for a message; containers only by their form."""
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


def counted(number: int, kind: str) -> str:
    """Spell a number of things, such as ``1 table`` and ``2 views``."""
    return f"{number} {kind}{'' if number == 1 else 's'}"


def enumerated(items: Sequence[str]) -> str:
    """Spell a list such as ``a, b and c``; empty for no items."""
    *first, last = items or [""]
    return f"{', '.join(first)} and {last}" if first else last


@lru_cache(maxsize=256)  # one mistake is often made in a thousand places
def nearest(word: str, valid: tuple[str, ...], confusions: Confusions = ()) -> str | None:
    """Return the valid word that `word` was probably meant to be, or None.

    Case and separators do not count. Of the words that a confusion may mean, the first valid word counts.
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
