"""Whether each message that Terraform prints in a test is one of the catalogue, or one of Terraform's own."""

import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from tests.support.terraform_process import Diagnostic
from tools.docs.diagnostics import entries_of

OF_TERRAFORM: Final = frozenset(
    {
        "Cannot import non-existent remote object",
        "Error in function call",
        "Incorrect attribute value type",
        "Instance cannot be destroyed",
        "Invalid function argument",
        "Plugin did not respond",
        "Resource instance managed by newer provider version",
        "Resource postcondition failed",
        "Resource precondition failed",
        "Unsupported argument",
    }
)
"""What Terraform itself says of an object of the provider's."""

_PRINTED: Final = re.compile(
    r"^[│ ]*(Error|Warning): (.+)\n((?:(?![│ ]*(?:Error|Warning): ).*\n?)*)", re.MULTILINE
)
_ADDRESS: Final = re.compile(r"^[│ ]*with (\S.*),$", re.MULTILINE)


class Message(NamedTuple):
    """The head of a message."""

    severity: str
    summary: str
    address: str | None
    """The object that it is about. What has none may be Terraform's own, and the walk over the code has the provider's."""


def printed(text: str) -> Iterator[Message]:
    """The messages in what a command printed for people."""
    for severity, summary, rest in _PRINTED.findall(f"{text}\n"):
        about = _ADDRESS.search(rest)
        yield Message(severity.lower(), summary.rstrip(), about and about[1])


def told(diagnostics: Iterable[Diagnostic]) -> Iterator[Message]:
    """The messages of a command that was run with ``-json``."""
    return (Message(each.severity, each.summary, each.address) for each in diagnostics)


def problems(messages: Iterable[Message]) -> list[str]:
    """A line for each message of the provider that has no entry, several, or one of another severity."""
    return [problem for message in messages if (problem := _problem(message))]


def _problem(message: Message) -> str | None:
    entries = entries_of(message.summary)
    if not entries and (message.address is None or message.summary in OF_TERRAFORM):
        return None
    if len(entries) != 1:
        found = ", ".join(entry.anchor for entry in entries) or "none"
        return f'"{message.summary}" should have one entry in tools/docs/catalogue, and has {found}'
    (entry,) = entries
    if entry.severity not in (message.severity, "either"):
        return (
            f'"{message.summary}" is always of the severity {entry.severity} by tools/docs/catalogue, and came as '
            f"{message.severity}"
        )
    return None
