"""Texts of anybody, made visible: no character of one can hide, reorder or break what stands around it."""

import re
from typing import Final

from krenalis_provider.command.printing import visible

_PASSWORD_IN_URL: Final = re.compile(r"(?<=://)([^\s/:@\[]*):(?!\d{1,5}[/?#\"',])\S+@(?=[^\s@])")
"""What is in front of the last @, whatever it has: nobody escapes the passwords of messages. A port is none."""
_PASSWORD_BY_NAME: Final = re.compile(r"(password|passwd|pwd)=[^\s&'\"]+", re.IGNORECASE)


def plain(text: str) -> str:
    """The text with a name such as ``⟨U+202E⟩`` for each character that controls, hides or reorders."""
    return visible(text, lambda character: f"⟨U+{ord(character):04X}⟩")


def lines(text: str) -> list[str]:
    """The lines of a text, each of them `plain`, without empty ones."""
    return [plain(line) for line in text.replace("\r\n", "\n").split("\n") if line.strip()]


def without_passwords(text: str) -> str:
    """The text without what stands for a password in a URL or in a list of parameters."""
    return _PASSWORD_BY_NAME.sub(r"\1=(redacted)", _PASSWORD_IN_URL.sub(r"\1:(redacted)@", text))


def shortened(text: str, most: int) -> str:
    """The text, or its two ends around an ellipsis, in so many characters."""
    if len(text) <= most:
        return text
    tail = most // 3
    return f"{text[: most - 1 - tail]}…{text[len(text) - tail :]}"
