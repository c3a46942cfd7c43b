"""The catalogue of diagnostics: what each message of the provider means, and what to do about it.

It is written in `catalogue/`, a file for each thing that people were doing. A diagnostic is found by its summary, in which
``{name}`` stands for any text, ``{one|other}`` for one of these, and ``[ with {rows}]`` for a part that may be absent.
`tests/docs/test_catalogue.py` proves that the code and the catalogue have the same summaries.
"""

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from tools.docs.mistakes import DocsError

_FOLDER: Final = Path(__file__).with_name("catalogue")
SEVERITIES: Final = ("error", "warning", "either")
_KEYS: Final = {"summary", "severity", "meaning", "remedy"}
_ANCHOR: Final = re.compile("[a-z0-9]+(-[a-z0-9]+)*")
_PART: Final = re.compile(r"\{([^{}]+)\}|\[|\]|[^{}\[\]]+")
_SUBJECT: Final = r"(?: \(.+\))?"
"""What the SDK appends to a summary: the workspace that it is about."""


class Entry(NamedTuple):
    """A diagnostic."""

    anchor: str
    """Its name in links, which stays although the summary may change."""
    summary: str
    severity: str
    """``error``, ``warning``, or ``either``, which depends on when it is found and on `plan_check`."""
    meaning: str
    remedy: tuple[str, ...]

    def matches(self, summary: str) -> bool:
        """Whether a summary, as the code has it or Terraform prints it, is this one."""
        return bool(_pattern(self.summary).fullmatch(summary))


class Group(NamedTuple):
    """The diagnostics that people meet while they do one thing."""

    title: str
    about: str
    entries: tuple[Entry, ...]


@cache
def catalogue() -> tuple[Group, ...]:
    """The groups in the order of their files. Raises `DocsError` for one that is not as it should be."""
    groups = tuple(map(_group, sorted(_FOLDER.glob("*.toml"))))
    anchors = [entry.anchor for group in groups for entry in group.entries]
    if twice := {anchor for anchor in anchors if anchors.count(anchor) > 1}:
        raise DocsError(f"diagnostics with the same anchor: {', '.join(sorted(twice))}")
    return groups


def entries_of(summary: str) -> list[Entry]:
    """The entries of a summary: one, if the catalogue is whole."""
    return [entry for group in catalogue() for entry in group.entries if entry.matches(summary)]


def shown(summary: str) -> str:
    """A summary for people: what differs from case to case is an ellipsis."""
    return "".join(map(_words, _PART.finditer(summary)))


def _words(part: re.Match[str]) -> str:
    if part[1] is not None:
        return part[1].replace("|", " or ") if "|" in part[1] else "…"
    return "" if part[0] in "[]" else part[0]


def _group(path: Path) -> Group:
    document = tomllib.loads(path.read_text())
    try:
        entries = tuple(_entry(path, *each) for each in document["diagnostic"].items())
        return Group(document["title"], document["about"], entries)
    except KeyError as error:
        raise DocsError(f"{path.name}: {error} is missing") from None


def _entry(path: Path, anchor: str, written: dict[str, object]) -> Entry:
    match written:
        case {
            "summary": str(summary),
            "severity": str(severity),
            "meaning": str(meaning),
            "remedy": [*remedy],
        }:
            is_right = written.keys() == _KEYS and severity in SEVERITIES and meaning and summary
            if is_right and remedy and all(remedy) and _ANCHOR.fullmatch(anchor):
                return Entry(anchor, summary, severity, meaning, tuple(map(str, remedy)))
    raise DocsError(
        f"{path.name}: {anchor}: needs {', '.join(sorted(_KEYS))}, and a severity of {', '.join(SEVERITIES)}"
    )


@cache
def _pattern(summary: str) -> re.Pattern[str]:
    return re.compile("".join(_expression(part) for part in _PART.finditer(summary)) + _SUBJECT)


def _expression(part: re.Match[str]) -> str:
    match part[0], part[1]:
        case "[", _:
            return "(?:"
        case "]", _:
            return ")?"
        case _, None:
            return re.escape(part[0])
        case _, str(choice) if "|" in choice:
            return f"(?:{'|'.join(map(re.escape, choice.split('|')))}|\N{OBJECT REPLACEMENT CHARACTER})"
    return ".+"
