"""What subcommands print: lines that nothing in a file can break, and colours on terminals only."""

import os
import sys
import unicodedata
from collections.abc import Callable
from typing import Final, TextIO

RED: Final = "31"
YELLOW: Final = "33"
BOLD: Final = "1"

_LONGEST_STACK: Final = 2  # marks on one character; more of them climb over other lines
_UNSEEN: Final = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
_INVISIBLE: Final = frozenset("\u115f\u1160\u3164\uffa0\u034f\u2800")
"""Characters that are letters, marks or symbols to Unicode, and that nobody sees."""


def visible(text: str, spell: Callable[[str], str]) -> str:
    """The text with a spelling in the place of each character that controls, hides or reorders."""
    if text.isascii() and text.isprintable():
        return text
    parts: list[str] = []
    marks = 0
    for character in text:
        category = unicodedata.category(character)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        hides = category in _UNSEEN or character in _INVISIBLE or marks > _LONGEST_STACK
        parts.append(spell(character) if hides else character)
    return "".join(parts)


def printable(text: str) -> str:
    """The text with Python's escape in the place of each character that would not be `visible`."""
    return visible(text, lambda character: character.encode("unicode_escape").decode())


def styled(text: str, style: str, stream: TextIO) -> str:
    """The text in a style, if the stream is a terminal, and nobody has said that there are to be no colours."""
    wanted = stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return f"\033[{style}m{text}\033[0m" if wanted else text


def complain(message: str) -> None:
    """Print a message on stderr, after what was printed on stdout: both may be one pipe."""
    _say("error:", RED, message)


def warn(message: str) -> None:
    """Print a warning on stderr, after what was printed on stdout."""
    _say("warning:", YELLOW, message)


def _say(kind: str, colour: str, message: str) -> None:
    sys.stdout.flush()
    print(styled(kind, colour, sys.stderr), printable(message), file=sys.stderr)
