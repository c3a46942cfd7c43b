"""Regular expressions of a profile schema: Krenalis compiles them with Go's RE2, which Python does not have.

The syntax is checked: groups, classes, escapes and repetitions. The names of Unicode classes and the size of the
compiled expression are not.
"""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from krenalis_provider.model.wording import shown

_MOST_REPETITIONS: Final = 1000
_ESCAPE: Final = r"\\(?:[pP](?:[A-Za-z]|\{\^?\w+\})|x(?:[0-9A-Fa-f]{2}|\{[0-9A-Fa-f]{1,6}\})|[1-7][0-7]{1,2}|0[0-7]{0,2}|[dDsSwWafnrtv]|[\x00-/:-@\[-`{-\x7F])"
_CLASS_NAMES: Final = "alnum|alpha|ascii|blank|cntrl|digit|graph|lower|print|punct|space|upper|word|xdigit"
_TOKEN: Final = re.compile(
    rf"""(?P<quoted>\\Q(?s:.*?)(?:\\E|\Z))
      | (?P<reference>\\[1-9](?![0-7])|\\[89]|\(\?P=|\\k<)
      | (?P<around>\(\?<?[=!])
      | (?P<escape>{_ESCAPE}|\\[AbBzC])
      | (?P<class>\[\^?+\]?+(?:\[:\^?(?:{_CLASS_NAMES}):\]|{_ESCAPE}|(?!\[:[a-z]+:\])[^\]\\])*\])
      | (?P<flags>\(\?[imsU]*(?:-[imsU]+)?\))
      | (?P<open>\((?:\?P?<(?P<name>[A-Za-z0-9_]+)>|\?[imsU]*(?:-[imsU]+)?:)|\((?!\?))
      | (?P<close>\))
      | (?P<repeat>(?:[*+?]|\{{(?P<least>0|[1-9]\d*)(?:,(?P<most>0|[1-9]\d*)?)?\}})\??)
      | (?P<bar>\|)
      | (?P<broken>[\\\[]|\(\?)
      | (?P<plain>(?s:.))""",
    re.VERBOSE | re.ASCII,
)
_NOT_RE2: Final = "is no regular expression of RE2, which reads it: {}."
_CONSTRUCTS: Final = {"reference": "back-references", "around": "look-around"}
_NOTHING: Final = frozenset({"start", "open", "bar"})
"""Tokens after which a repetition has nothing to repeat."""


def pattern_problem(pattern: str) -> str | None:
    """Say why RE2 does not read a pattern, or return None."""
    opened: list[str] = []
    before = "start"
    for token in _TOKEN.finditer(pattern):
        kind = token.lastgroup or ""  # the outermost group, which is the last to close
        if construct := _CONSTRUCTS.get(kind):
            return f"cannot use {construct} such as {shown(token[0])}: RE2, which reads it, has none."
        if mistake := _mistake(kind, token, before, opened):
            return _NOT_RE2.format(mistake)
        if kind == "open":
            opened.append(token[0])
        if kind == "close":
            opened.pop()
        if kind != "flags":
            before = kind
    return _NOT_RE2.format(f"{shown(opened[-1])} is never closed") if opened else None


def _mistake(kind: str, token: "re.Match[str]", before: str, opened: Sequence[str]) -> str | None:
    match kind:
        case "broken":
            return f"what begins with {shown(token.string[token.start() :])} is incomplete, or not in it"
        case "close" if not opened:
            return '")" closes no group'
        case "open" if token["name"] and _is_taken(token):
            return f"two groups have the name {shown(token['name'])}"
        case "repeat":
            return _repetition_mistake(token, before)
        case _:
            return None


def _is_taken(token: "re.Match[str]") -> bool:
    """Whether an earlier group has the name of this group."""
    return any(other["name"] == token["name"] for other in _TOKEN.finditer(token.string, 0, token.start()))


def _repetition_mistake(token: "re.Match[str]", before: str) -> str | None:
    if before in _NOTHING:
        return f"there is nothing before {shown(token[0])} to repeat"
    if before == "repeat":
        return f"{shown(token[0])} repeats a repetition"
    counts = [Decimal(count) for count in (token["least"], token["most"]) if count]
    if counts != sorted(counts) or any(count > _MOST_REPETITIONS for count in counts):
        return f"{shown(token[0])} is no count of repetitions up to {_MOST_REPETITIONS}"
    return None
