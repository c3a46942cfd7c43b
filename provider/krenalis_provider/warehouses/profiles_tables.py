"""The profiles table among the objects that bear the name of one.

The view over the profiles reads it, and the versions know its number. Every other object with such a name is a
*stranger*: a backup that somebody made, or what a failed identity resolution of a Krenalis server left behind
(docs/facts/krenalis.md, "Objects made later"). A stranger is reported, and never altered, counted or dropped.
"""

from collections.abc import Mapping
from itertools import count
from typing import NamedTuple

from krenalis_provider.warehouses.names import Names


class Versions(NamedTuple):
    """What the table of the versions says."""

    last: int = 0
    """The greatest version; 0 without any."""
    agrees: bool = True
    """Whether the table that the view reads has the number of a version, as far as that is known."""


class ProfilesTables(NamedTuple):
    """The answer: what holds the profiles, and what does not."""

    live: str | None
    """The table that holds the profiles."""
    new: str
    """The name for a table that is to be made, because there is none."""
    strangers: Mapping[str, str]
    """Name to kind."""
    unclear: bool
    """Whether there is a workspace, and nothing tells which of the strangers holds its profiles."""


def choose(
    names: Names, objects: Mapping[str, str], viewed: str | None, versions: Versions
) -> ProfilesTables:
    """Find the profiles table.

    `objects` are the objects with names of the catalogue, name to kind. `viewed` is the only table that the view
    reads; None without a view, and for one of another form.
    """
    named = {name: kind for name, kind in objects.items() if names.number(name) is not None}
    tables = {name for name, kind in named.items() if kind == "table"}
    recorded = names.profiles_table(versions.last)
    # without any other table of ours there is no workspace, and all of them are somebody else's
    exists = any(
        kind == "table" and names.objects.get(name) == "table"
        for name, kind in objects.items()
        if name not in named
    )
    live = None
    if viewed in tables and (versions.agrees or viewed == names.first_profiles or recorded not in tables):
        live = viewed
    elif exists and recorded in tables:
        live = recorded
    free = (name for number in count() if (name := names.profiles_table(number)) not in named)
    strangers = {name: kind for name, kind in named.items() if name != live}
    return ProfilesTables(
        live=live,
        new=next(free) if recorded in named else recorded,
        strangers=strangers,
        unclear=live is None and exists and bool(tables),
    )
