"""The messages of the provider: an index by what people see, and what each one means."""

from collections.abc import Iterator
from itertools import groupby

from tools.docs.diagnostics import Entry, Group, catalogue, shown

_SEVERITIES = {"error": "error", "warning": "warning", "either": "error or warning"}


def diagnostics_index() -> str:
    """All summaries in the order of the alphabet, with links; a paragraph for each first letter."""
    entries = sorted((entry for group in catalogue() for entry in group.entries), key=_word)
    paragraphs = (
        _paragraph(letter.upper(), of) for letter, of in groupby(entries, lambda each: _word(each)[0])
    )
    return "\n\n".join(paragraphs)


def diagnostics() -> str:
    """All diagnostics: a section for each thing that people do."""
    return "\n\n".join(part for group in catalogue() for part in _section(group))


def _word(entry: Entry) -> str:
    """What an entry is sorted by: the first article says nothing."""
    return shown(entry.summary).casefold().removeprefix("the ").removeprefix("an ").removeprefix("a ")


def _paragraph(letter: str, entries: Iterator[Entry]) -> str:
    links = (f"[{shown(entry.summary)}](#{entry.anchor})" for entry in entries)
    return f"**{letter}**: {' · '.join(links)}"


def _section(group: Group) -> Iterator[str]:
    yield f"## {group.title}\n\n{group.about}"
    for entry in group.entries:
        steps = "\n".join(f"- {step}" for step in entry.remedy)
        head = f'<a id="{entry.anchor}"></a>**{shown(entry.summary)}** ({_SEVERITIES[entry.severity]})'
        yield f"{head}\n\n{entry.meaning}\n\n{steps}"
