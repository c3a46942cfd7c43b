"""The tables of a warehouse before and after, as plain values that each output draws.

Of a schema with 1,500 columns, the changed ones are shown, and the number of all others.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from krenalis_provider.command.review import words
from krenalis_provider.command.review.model import Action, Change, Tables, WorkspaceReview
from krenalis_provider.model.wording import counted
from krenalis_provider.warehouses import krenalis_objects

MOST_ROWS: Final = 14
_FIXED: Final = {table.name: len(table.columns) for table in krenalis_objects.TABLES}
_IDENTITIES: Final = krenalis_objects.IDENTITIES.name
_EVENTS: Final = krenalis_objects.EVENTS.name
_VIEW: Final = krenalis_objects.PROFILES_VIEW.name
_BEGINS_AND_ENDS: Final = (Action.CREATE, Action.DESTROY, Action.REPLACE, Action.FORGET_AND_CREATE)


class Row(NamedTuple):
    """A column in a card."""

    name: str
    type: str
    change: Change


class Card(NamedTuple):
    """A table or a view."""

    name: str
    kind: str
    rows: tuple[Row, ...] = ()
    note: str = ""
    """A line below the rows: our own words."""
    change: Change = Change.KEPT
    """What becomes of the table itself."""


class Link(NamedTuple):
    """What connects two cards, by their names."""

    source: str
    target: str
    label: str
    """Our own words."""
    is_many: bool = False
    """Whether many rows of the source are one of the target."""


class Diagram(NamedTuple):
    """The tables at one time."""

    title: str
    cards: tuple[Card, ...]
    """In the order of the way that data goes: from identities to profiles, and events."""
    links: tuple[Link, ...]


def diagrams(of: WorkspaceReview) -> tuple[Diagram, ...]:
    """The tables before and after; one of them for a workspace that is made or goes, and none if no table changes."""
    if of.action in (Action.NOTHING, Action.FORGET) or of.columns is None:
        return ()
    if of.action is Action.UPDATE and not of.changed_columns and not of.made_again:
        return ()
    found = []
    if of.before and of.action is not Action.CREATE:
        found.append(_diagram("Before", of.before, _rows_before(of), _whole(of, Change.DROPPED), ()))
    if of.after:
        found.append(_diagram("After", of.after, _rows_after(of), _whole(of, Change.ADDED), of.made_again))
    return tuple(found)


def _whole(of: WorkspaceReview, change: Change) -> Change:
    """What becomes of every table."""
    stays = change is Change.DROPPED and of.stays
    return change if of.action in _BEGINS_AND_ENDS and not stays else Change.KEPT


def _rows_before(of: WorkspaceReview) -> list[Row]:
    if of.action in _BEGINS_AND_ENDS:
        change = _whole(of, Change.DROPPED)
        return [Row(name, type_, change) for name, type_ in (of.before.columns if of.before else ())]
    return [Row(each.before, each.before_type, each.change) for each in words.in_order(of) if each.before]


def _rows_after(of: WorkspaceReview) -> list[Row]:
    return [Row(each.after, each.after_type, each.change) for each in words.in_order(of) if each.after]


def _diagram(
    title: str, tables: Tables, rows: Sequence[Row], whole: Change, made_again: Sequence[str]
) -> Diagram:
    cards = tuple(_cards(tables, rows, whole, made_again))
    names = {card.name.casefold(): card.name for card in cards}
    profiles = next((name for name in names if name.startswith(krenalis_objects.PROFILES_PREFIX)), "")
    links = (
        Link(_IDENTITIES, profiles, "joined by resolve_identities()", is_many=True),
        Link(profiles, _VIEW, "shown by"),
        Link(_EVENTS, "events", "shown by"),
    )
    there = (each for each in links if each.source in names and each.target in names)
    spelled = (each._replace(source=names[each.source], target=names[each.target]) for each in there)
    return Diagram(title, cards, tuple(spelled))


def _cards(tables: Tables, rows: Sequence[Row], whole: Change, made_again: Sequence[str]) -> Iterator[Card]:
    order = {
        name: place for place, name in enumerate((_IDENTITIES, "krenalis_profiles", _VIEW, _EVENTS, "events"))
    }
    shown = [(name, kind) for name, kind in tables.objects if kind in ("table", "view")]
    for name, kind in sorted(shown, key=lambda each: order.get(_role(each[0]), len(order))):
        role = _role(name)
        change = Change.ADDED if f"{kind} {name}" in made_again else whole
        if role == "krenalis_profiles":
            yield _profiles(name, kind, rows, change)
        elif role == _IDENTITIES:
            fixed = counted(_FIXED[_IDENTITIES], "column")
            yield Card(name, kind, note=f"{fixed} of its own, and the profile columns", change=change)
        elif kind == "view":
            yield Card(name, kind, change=change)
        else:
            number = _FIXED.get(role)
            yield Card(name, kind, note=counted(number, "column") if number else "", change=change)


def _profiles(name: str, kind: str, rows: Sequence[Row], whole: Change) -> Card:
    """The card of the profiles, with the rows that change."""
    changed = [row for row in rows if row.change is not Change.KEPT]
    shown = changed[:MOST_ROWS]
    rest = (
        [f"{len(changed) - len(shown):,} more {_participle(changed[len(shown) :])}"]
        if len(changed) > len(shown)
        else []
    )
    if kept := len(rows) - len(changed):
        rest.append(f"{kept:,} that {'stays' if kept == 1 else 'stay'}")
    fixed = counted(len(krenalis_objects.PROFILES.columns), "column")
    note = " · ".join([*rest, f"{fixed} of its own"])
    return Card(name, kind, tuple(shown), note, whole)


def _participle(rows: Sequence[Row]) -> str:
    changes = {row.change for row in rows}
    return next(iter(changes)).value if len(changes) == 1 else "changed"


def _role(name: str) -> str:
    """The name in the catalogue; one for the profiles tables of all numbers."""
    folded = name.casefold()
    return "krenalis_profiles" if folded.startswith(krenalis_objects.PROFILES_PREFIX) else folded
