"""What a review says, in parts that each output spells in its own way: our own words, and texts of the plan."""

from collections import Counter
from collections.abc import Iterator
from typing import Final, NamedTuple

from krenalis_provider.command.review.model import (
    Action,
    Change,
    Column,
    Loss,
    Message,
    Review,
    System,
    WorkspaceReview,
)
from krenalis_provider.model.wording import counted

GONE_FROM_SERVER: Final = (
    "The workspace is gone from its server; its warehouse is left as it was, with its data, and no new workspace can be made there "
    "until it is cleared."
)
_LONG_STATEMENT: Final = 30  # lines; a procedure, whose body says nothing of a plan
_MOST_NAMES: Final = 10
"""Names in one line; a part of a workspace may list all."""


class Code(NamedTuple):
    """A name or a value of the plan."""

    text: str


class Prose(NamedTuple):
    """Sentences of the provider or of Terraform, which may have names of the plan in them."""

    text: str


Line = tuple[str | Code | Prose, ...]
"""A line of text: what is a str is ours."""


def gone(of: WorkspaceReview, most: int | None = _MOST_NAMES) -> Line:
    """What of a workspace is gone already, in so many names."""
    if of.is_gone and of.system is System.SERVER:
        return ("the workspace in its server; its warehouse is left as it was",)
    if not of.gone:
        return ("the workspace",)
    return (*(("the workspace, with ",) if of.is_gone else ()), *_listed(of.gone, most))


def gone_from(of: WorkspaceReview) -> Line:
    """What is gone already, under the address of its workspace."""
    return ("gone already from ", Code(of.address), ": ", *gone(of))


def loss(of: Loss) -> Line:
    """What is lost, and how many rows of it."""
    what: Line = (of.what,) if not of.column else (f"{of.what} ", Code(of.column))
    of_workspace: Line = ("workspace ", Code(of.workspace), ": ") if of.workspace else ()
    may = "" if of.is_certain else "perhaps "
    rows: Line = (Prose(of.rows),) if of.rows else (of.stays or "rows not counted",)
    reason = of.uncounted.rstrip(".")
    return (*of_workspace, may, *what, ": ", *rows, *((" (", Prose(reason), ")") if reason else ()))


def title_of_losses(of: WorkspaceReview) -> str:
    """The title above the losses of a workspace."""
    return "Data that is lost" if any(each.is_certain for each in of.losses) else "Data that may be lost"


def lost_in_short(of: WorkspaceReview) -> Line:
    """The losses of a workspace, for a cell of a table."""
    if not of.losses:
        return ("gone already: ", *gone(of)) if of.is_gone or of.has_gone_data else ("none",)
    columns = [each for each in of.losses if each.column]
    perhaps = "" if any(each.is_certain for each in of.losses) else "perhaps "
    if len(columns) > 1:
        return (f"{perhaps}{counted(len(columns), 'column')}",)
    if columns:
        return loss(columns[0])
    rows = of.losses[0].rows
    return (f"{perhaps}all of it: ", Prose(rows)) if rows else (f"{perhaps}{of.losses[0].what}",)


def action(of: WorkspaceReview) -> str:
    """What becomes of a workspace, in a word or two."""
    return ", ".join(actions(of))


def actions(of: WorkspaceReview) -> list[str]:
    """What becomes of a workspace, in one or several phrases."""
    parts = [] if of.action is Action.NOTHING else [of.action.value]
    if of.import_id is not None:
        parts.insert(0, "imported")
    if of.moved_from:
        parts.append("moved to another address")
    if of.deposed:
        parts.append("deposed object")
    if of.is_gone:
        parts.append("gone outside Terraform")
    elif of.drift and of.action is Action.NOTHING:
        parts.append("changed outside Terraform")
    return parts or [of.action.value]


SIGNS: Final = {
    Change.ADDED: "+",
    Change.DROPPED: "−",
    Change.EMPTIED: "∅",
    Change.RETYPED: "~",
    Change.RENAMED: "→",
    Change.KEPT: "",
}
"""A sign for each change of a column, so that no meaning hangs on a colour."""


def columns_in_short(of: WorkspaceReview) -> str:
    """The changes of the columns in numbers, such as ``2 added, 1 dropped``."""
    if of.columns is None:
        return "not known yet"
    numbers = Counter(each.change for each in of.changed_columns)
    return (
        ", ".join(f"{numbers[change]} {change.value}" for change in Change if numbers[change]) or "unchanged"
    )


def place(of: WorkspaceReview) -> Line:
    """Where the warehouse of a workspace is."""
    if not of.warehouse:
        return ("Warehouse: not known.",)
    if of.warehouse_after in ((), of.warehouse):
        return ("Warehouse: ", *_listed(of.warehouse), ".")
    return ("Warehouse: ", *_listed(of.warehouse), "; afterwards: ", *_listed(of.warehouse_after), ".")


def facts(of: WorkspaceReview, most: int | None = _MOST_NAMES) -> Iterator[Line]:
    """What there is to say of a workspace before its details; each line has so many names at most."""
    if of.action is Action.REPLACE:
        yield (f"Replaced by a new, empty workspace: {of.order}{f'; {of.reason}' if of.reason else ''}.",)
    elif of.reason:
        yield (f"Reason: {of.reason}.",)
    if of.stays:
        yield (of.stays,)
    if of.moved_from:
        yield ("Moved from ", Code(of.moved_from), ". The workspace itself stays as it is.")
    yield from _facts_beside(of, most)


def _facts_beside(of: WorkspaceReview, most: int | None) -> Iterator[Line]:
    """What holds whether a workspace changes or not."""
    if of.import_id is not None:
        yield ("Imported by the id ", Code(of.import_id), ".") if of.import_id else ("Imported.",)
    if of.deposed:
        yield ("A deposed object: what a replacement that broke off has left.",)
    if of.is_gone and of.system is System.SERVER:
        yield (GONE_FROM_SERVER,)
    elif of.is_gone:
        yield ("The workspace is there no more, and nothing of Terraform's has destroyed it.",)
    if of.has_gone_data:
        yield ("Gone already, with its data: ", *gone(of, most), ".")
    if of.made_again:
        yield ("Missing in the warehouse, and made again: ", *_listed(of.made_again, most), ".")
    if of.schema_changes and of.action is Action.UPDATE and of.columns is not None and not of.changed_columns:
        yield ("The profile schema changes, and none of its columns.",)
    if of.system is System.SERVER:
        yield ("Server mode: the workspace lives in a Krenalis server.",)


def changed_in_order(of: WorkspaceReview) -> list[Column]:
    """The columns that change: what loses data comes first, in the order of the losses."""
    places = {each.column: place for place, each in enumerate(of.losses)}
    last = len(places)
    return sorted(
        of.changed_columns,
        key=lambda each: (not each.change.loses_data, places.get(each.before or each.name, last)),
    )


def in_order(of: WorkspaceReview) -> list[Column]:
    """All columns: those that change, and those that stay."""
    return [*changed_in_order(of), *(each for each in of.columns or () if each.change is Change.KEPT)]


def kept(of: WorkspaceReview) -> str:
    """How many columns stay, as a sentence; empty if none does."""
    number = len(of.columns or ()) - len(of.changed_columns)
    if not number:
        return ""
    return f"{number:,} more {'stays as it is' if number == 1 else 'stay as they are'}."


def type_of(column: Column) -> Line:
    """The SQL type of a column, before and after."""
    if column.before_type and column.after_type and column.before_type != column.after_type:
        return (Code(column.before_type), " → ", Code(column.after_type))
    return (Code(column.after_type or column.before_type),)


def name_of(column: Column) -> Line:
    """The name of a column, before and after."""
    if column.change is Change.RENAMED or (column.before and column.after and column.before != column.after):
        return (Code(column.before), " → ", Code(column.after))
    return (Code(column.name),)


def message(of: Message) -> Line:
    """A message's summary, its resource, and its place."""
    place: Line = (" (", Code(of.place), ")") if of.place else ()
    return (Prose(of.headline), *((" ", Code(of.address)) if of.address else ()), *place)


def is_long(statement: str) -> bool:
    """Whether a statement has a long body, which says nothing of a plan: a procedure's is made of the profile schema."""
    return statement.count("\n") >= _LONG_STATEMENT


def in_short(statement: str) -> str:
    """A statement without a long body."""
    if not is_long(statement):
        return statement
    first, *rest = statement.split("\n")
    return f"{first}\n-- … and {len(rest):,} lines more"


def origin(review: Review) -> Line:
    """When a plan was made, and by which Terraform."""
    planned = f"Planned {review.planned_at} · " if review.planned_at else ""
    return (f"{planned}Terraform ", Prose(review.terraform or "of an unknown version"))


def others(review: Review) -> str:
    """What is said of all that is not shown."""
    parts = []
    if review.unchanged and not review.has_failed:  # else nobody knows what the whole plan would be
        parts.append(
            f"{counted(review.unchanged, 'workspace')} {'does' if review.unchanged == 1 else 'do'} not change."
        )
    if review.others:
        verb = "changes" if review.others == 1 else "change"
        parts.append(f"{counted(review.others, 'other resource')} {verb}; see Terraform's own plan.")
    return " ".join(parts)


def _listed(names: tuple[str, ...], most: int | None = None) -> Iterator[str | Code]:
    for number, name in enumerate(names[:most]):
        if number:
            yield ", "
        yield Code(name)
    if most is not None and len(names) > most:
        yield f", and {len(names) - most:,} more"
