"""Whether the server's regular expressions know a pattern: nearly those of Python, without looking around and backwards."""

import re
import warnings

_CLASS = re.compile(r"\\[pP](\{\^?[A-Za-z_]+\}|[A-Z])")
"""A class of Unicode, which Python lacks."""
_POSIX = re.compile(r"\[:\^?[a-z]+:\]")
_ABSENT = re.compile(r"\(\?(=|!|<=|<!|\(|#|P=|>)|(?<!\\)(?:\\\\)*\\[1-9]")
"""Assertions, conditions, comments, and references back."""


def compiles(pattern: str) -> bool:
    """Whether it compiles; a double `**` and a repetition above 1000 do not."""
    if _ABSENT.search(pattern) or any(int(n) > 1000 for n in re.findall(r"\{(?:\d*,)?(\d+)\}", pattern)):
        return False
    text = _POSIX.sub("a", _CLASS.sub("a", pattern))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            re.compile(text)
        except (re.error, OverflowError):
            return False
    return True
