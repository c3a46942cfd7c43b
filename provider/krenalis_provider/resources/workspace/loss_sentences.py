"""The summaries of the warnings that tell of lost data, and what a reader takes from them: one module owns both forms.

The number of rows is in the summary, because Terraform merges warnings with equal summaries. A plan's JSON has no
warnings, so who reviews a plan reads the log of ``terraform plan -json``.
"""

import re
from enum import Enum
from typing import Final

from krenalis_provider.model.observed import ColumnCounts, Counts, RowCount
from krenalis_provider.model.unknown import Unknown
from krenalis_provider.model.wording import enumerated
from lightstart.records import Record

FORGETS: Final = "lets Terraform forget the workspace"
"""What a detail says where the workspace goes out of Terraform's sight, and stays as it is."""
_UNCOUNTED: Final = "Not all rows could be counted: "


class Lost(Enum):
    """What a summary tells of."""

    DESTROYED = "destroyed"
    REPLACED = "replaced"
    COLUMN = "column"
    """A column that goes, or is made anew, empty."""
    FORGOTTEN = "forgotten"
    """The workspace, whose warehouse stays as it is, goes out of Terraform's sight."""
    DELETED = "deleted"
    """The workspace goes from its server, and its warehouse stays as it is."""
    LEFT = "left"
    """The workspace is replaced by an empty one, and its warehouse stays as it is."""


class LossSentence(Record):
    """A summary as it is understood."""

    lost: Lost
    workspace: str
    """The workspace's name."""
    column: str = ""
    rows: str = ""
    """The rows in words, such as ``2 of 5 profiles have a value``; empty if nothing was counted."""
    among: str = ""
    """Where the values of a column were not counted: among which rows they are, such as ``about 9 profiles``."""


def destroyed(workspace: str, counts: Counts) -> str:
    """The summary for a workspace that is destroyed with its data."""
    rows = _listed(counts)
    return f'Workspace "{workspace}" will be destroyed{f" with {rows}" if rows else ""}'


def replaced(workspace: str, counts: Counts) -> str:
    """The summary for a workspace that an empty one replaces."""
    rows = _listed(counts)
    return f'Workspace "{workspace}" will be replaced{f" and loses {rows}" if rows else ""}'


def column(workspace: str, name: str, counts: ColumnCounts, *, becomes: str | None) -> str:
    """The summary for a column that goes, or `becomes` an empty one of another SQL type."""
    what = "column" if becomes is None else "the data of column"
    return f'Workspace "{workspace}" loses {what} "{name}"{_filled(name, counts)}'


def gone(workspace: str, lost: Lost) -> str:
    """The summary for a workspace that is forgotten or deleted, and whose warehouse stays."""
    return f'Workspace "{workspace}" will be {"forgotten" if lost is Lost.FORGOTTEN else "deleted"}, and its warehouse stays'


def left(workspace: str) -> str:
    """The summary for a workspace that an empty one replaces, and whose warehouse stays."""
    return f'Workspace "{workspace}" will be replaced by an empty one, and its warehouse stays'


def uncounted(*reasons: str) -> str:
    """The end of a detail that says why rows were not counted; empty without a reason."""
    return f" {_UNCOUNTED}{' '.join(reasons)}" if reasons else ""


def read(text: str) -> LossSentence | None:
    """What a summary says; None if it is not one of these."""
    for pattern, lost in _FORMS:
        if found := pattern.fullmatch(text):
            return LossSentence(lost, **found.groupdict(default=""))
    return None


def read_reason(detail: str) -> str:
    """Why rows were not counted, as a detail has it after `uncounted`; empty if it says nothing of it."""
    return detail.partition(_UNCOUNTED)[2].partition("\n\n")[0]


def only_forgets(sentence: LossSentence, detail: str) -> bool:
    """Whether nothing is lost, because Terraform only forgets the workspace, whether an empty one replaces it or not."""
    return sentence.lost is Lost.FORGOTTEN or (sentence.lost is Lost.LEFT and FORGETS in detail)


# a name may hold anything, quotes included; what comes after it never has quotes, but for those of the column
_FORMS: Final = tuple(
    (re.compile(f'Workspace "(?P<workspace>.*)" {end}', re.DOTALL), lost)
    for end, lost in (
        (
            'loses (?:the data of )?column "(?P<column>[^"]*)"(?:: (?P<rows>[^"]+)| of (?P<among>[^"]+))?',
            Lost.COLUMN,
        ),
        ('will be destroyed(?: with (?P<rows>[^"]+))?', Lost.DESTROYED),
        ("will be forgotten, and its warehouse stays", Lost.FORGOTTEN),
        ("will be deleted, and its warehouse stays", Lost.DELETED),
        ("will be replaced by an empty one, and its warehouse stays", Lost.LEFT),
        ('will be replaced(?: and loses (?P<rows>[^"]+))?', Lost.REPLACED),
    )
)


def _listed(counts: Counts) -> str:
    """The rows, such as ``1,204 profiles, about 3,310 identities and an unknown number of events``."""
    named = (
        (counts.profiles, "profile", "profiles"),
        (counts.identities, "identity", "identities"),
        (counts.events, "event", "events"),
    )
    return enumerated([_counted(count, one, many) for count, one, many in named if count is not None])


def _counted(count: RowCount | Unknown, one: str, many: str) -> str:
    if isinstance(count, Unknown):
        return f"an unknown number of {many}"
    about = "" if count.exact else "about "
    return f"{about}{count.number:,} {one if count.number == 1 else many}"


def _filled(name: str, counts: ColumnCounts) -> str:
    """What is known of a column, as the end of a summary. Identities are left out if none has a value."""
    tables = [(counts.profiles, "profile", "profiles")]
    if counts.identities.values.get(name) != 0:
        tables.append((counts.identities, "identity", "identities"))
    numbers: list[int] = []
    counted: list[str] = []
    unknown: list[str] = []
    for table, one, many in tables:
        if table.rows is None:
            continue
        rows = _counted(table.rows, one, many)
        if (number := table.values.get(name)) is None:
            unknown.append(rows)
        else:
            numbers.append(number)
            counted.append(f"{number:,} of {rows}")
    if not counted:
        return f" of {enumerated(unknown)}" if unknown else ""
    rest = f", and of {enumerated(unknown)} it is not known" if unknown else ""
    return f": {enumerated(counted)} {'has' if numbers == [1] else 'have'} a value{rest}"
