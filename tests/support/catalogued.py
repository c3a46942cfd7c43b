"""Whether each message that Terraform prints in a test is one of the catalogue, or one of Terraform's own."""

import re
from collections.abc import Iterable, Iterator

from tests.support.terraform_process import Diagnostic
from tools.docs.diagnostics import entries_of

OF_TERRAFORM = frozenset(
    {
        "Provider development overrides are in effect",
    }
)
"""The summaries of Terraform itself that tests meet."""

_PRINTED = re.compile(r"^[│ ]*(Error|Warning): (.+)$", re.MULTILINE)


def printed(text: str) -> Iterator[tuple[str, str]]:
    """The severity and the summary of each message in what a command printed for people."""
    return ((severity.lower(), summary.rstrip()) for severity, summary in _PRINTED.findall(text))


def told(diagnostics: Iterable[Diagnostic]) -> Iterator[tuple[str, str]]:
    """The same of a command that was run with ``-json``."""
    return ((each.severity, each.summary) for each in diagnostics)


def problems(messages: Iterable[tuple[str, str]]) -> list[str]:
    """A line for each message that has no entry, several, or one of another severity."""
    return [problem for severity, summary in messages if (problem := _problem(severity, summary))]


def _problem(severity: str, summary: str) -> str | None:
    if summary in OF_TERRAFORM:
        return None
    entries = entries_of(summary)
    if len(entries) != 1:
        found = ", ".join(entry.anchor for entry in entries) or "none"
        return f'"{summary}" should have one entry in tools/docs/catalogue, and has {found}'
    (entry,) = entries
    if entry.severity not in (severity, "either"):
        return f'"{summary}" is always of the severity {entry.severity} by tools/docs/catalogue, and came as {severity}'
    return None
