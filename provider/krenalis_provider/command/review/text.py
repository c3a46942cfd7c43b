"""Texts of anybody, made visible: no character of one can hide, reorder or break what stands around it."""

import re
import unicodedata
from typing import Final

_LONGEST_STACK: Final = 2  # marks on one character; more of them climb over other lines
_FORMATS: Final = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
_INVISIBLE: Final = frozenset("\u115f\u1160\u3164\uffa0\u034f\u2800")
"""Characters that are letters, marks or symbols to Unicode, and that nobody sees."""
_PASSWORD_IN_URL: Final = re.compile(r"(?<=://)([^\s/:@]*):[^\s/@]+(?=@)")


def plain(text: str) -> str:
    """The text with a name such as ``⟨U+202E⟩`` for each character that controls, hides or reorders."""
    if text.isascii() and text.isprintable():
        return text
    parts: list[str] = []
    marks = 0
    for character in text:
        category = unicodedata.category(character)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        hides = category in _FORMATS or character in _INVISIBLE or marks > _LONGEST_STACK
        parts.append(f"⟨U+{ord(character):04X}⟩" if hides else character)
    return "".join(parts)


def lines(text: str) -> list[str]:
    """The lines of a text, each of them `plain`, without empty ones."""
    return [plain(line) for line in text.replace("\r\n", "\n").split("\n") if line.strip()]


def without_passwords(text: str) -> str:
    """The text without what stands for a password in a URL."""
    return _PASSWORD_IN_URL.sub(r"\1:(redacted)", text)


def shortened(text: str, most: int) -> str:
    """The text, or its two ends around an ellipsis, in so many characters."""
    if len(text) <= most:
        return text
    tail = most // 3
    return f"{text[: most - 1 - tail]}…{text[-tail:]}"
