"""Finds the valid word nearest to a wrong one, for messages."""

from collections.abc import Iterable
from typing import Final

_LONGEST: Final = 60  # characters; comparing takes quadratic time


def nearest(word: str, valid: Iterable[str]) -> str | None:
    """The valid word that was probably meant: the same in another case, else a similar one, else None."""
    from difflib import get_close_matches  # noqa: PLC0415 - only a wrong word needs it

    words = {candidate.casefold(): candidate for candidate in valid}
    wrong = word[:_LONGEST].casefold()
    similar = [wrong] if wrong in words else get_close_matches(wrong, words, n=1)
    return words[similar[0]] if similar else None


def did_you_mean(word: str, valid: Iterable[str]) -> str:
    """The end of a sentence about a wrong word: a question with the nearest valid word, or a full stop."""
    meant = nearest(word, valid)
    return f'; did you mean "{meant}"?' if meant else "."
