"""Which column of the schema last applied becomes which of the one wanted: `renames` read against both.

An entry maps a new path to an old one, of a property or of an object with all that is below it. Entries stay in a
configuration for as long as their author likes, so one that was done before is passed over, and one that continues
another (a to b, b to c) also works where neither was done yet.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from krenalis_provider.workspaces.errors import Problem
from krenalis_provider.workspaces.spelling import nearest, shown

_Below = Mapping[str, Mapping[str, "Leaf"]]
"""For each path, of a property or an object: what follows it in the path of a leaf below, and that leaf."""


class Leaf(NamedTuple):
    """A property that is a column."""

    path: str
    """Dotted."""
    name: str
    """Of the column, as the warehouse spells it."""
    type: str
    """The column's SQL type."""


class Kept(NamedTuple):
    """What keeps its data."""

    sources: Mapping[str, str]
    """The name of each new column that was one before, and its name then."""
    problems: tuple[Problem, ...]
    """Entries that cannot be followed."""


def kept(old: Sequence[Leaf], new: Sequence[Leaf], renames: Mapping[str, str]) -> Kept:
    """Read `renames`; `old` and `new` are the leaves of the schema last applied and of the one wanted."""
    reader = _Reader(old, new, renames)
    sources = reader.sources()
    return Kept(sources, tuple(reader.problems))


class _Reader:
    def __init__(self, old: Sequence[Leaf], new: Sequence[Leaf], renames: Mapping[str, str]) -> None:
        self._entries = renames
        # most changes rename nothing, and a large schema has many paths
        self._old, self._new = (_below(old), _below(new)) if renames else ({}, {})
        self._old_names = {leaf.name for leaf in old}
        self._new_names = {leaf.name for leaf in new}
        self.problems: list[Problem] = []

    def sources(self) -> dict[str, str]:
        """Columns that are renamed, and those that keep their names."""
        sources = self._renamed()
        free = self._old_names - set(sources.values())
        sources |= {name: name for name in self._new_names & free if name not in sources}
        self._refuse_forgotten(set(sources.values()))
        return sources

    def _renamed(self) -> dict[str, str]:
        """New names to old ones. An entry for an inner property goes before one for an object around it."""
        pairs = [
            (entry, new, old)
            for entry in sorted(self._entries, key=_depth)
            for new, old in self._pairs(entry)
        ]
        targets = {new.name for _, new, _ in pairs}
        renamed: dict[str, str] = {}
        owners: dict[str, str] = {}
        for entry, new, old in pairs:
            if new.name in renamed:
                continue
            if old.name in owners:
                if _depth(owners[old.name]) == _depth(entry):
                    self._refuse(
                        entry,
                        f"{shown(old.path)} is renamed by {_place(owners[old.name])} too, and two properties cannot "
                        "be one column: remove one of the entries.",
                    )
            elif old.name not in self._new_names or old.name in targets:
                renamed[new.name] = old.name
                owners[old.name] = entry
            elif new.path not in self._old:
                self._refuse(
                    entry,
                    f"{shown(old.path)} is still in the profile schema, and two properties cannot be one column: "
                    "remove it there, or this entry.",
                )
        return renamed

    def _pairs(self, entry: str) -> Iterator[tuple[Leaf, Leaf]]:
        """The leaves, new and old, that an entry is about."""
        if entry not in self._new:
            return
        origin = self._origin(entry)
        if origin not in self._old:
            if entry not in self._old:
                self._refuse(
                    entry,
                    f"the profile schema last applied has no property {shown(origin)}{_hint(origin, self._old)} "
                    f"{shown(entry)} would be added empty: correct the entry, or remove it.",
                )
            return
        new, old = self._new[entry], self._old[origin]
        both = [(leaf, old[rest]) for rest, leaf in new.items() if rest in old]
        if not both:
            self._refuse(
                entry,
                f"{shown(entry)} has none of the properties of {shown(origin)}: only an object can become an object, "
                "and keeps the properties that have the same names. Rename property by property.",
            )
        for leaf, source in both:
            if leaf.name != source.name:
                yield leaf, source

    def _origin(self, entry: str) -> str:
        """The old path, followed back through entries that were not done yet."""
        origin = self._entries[entry]
        followed = {entry}
        if entry in self._old:
            return origin  # if not there, then because this was done
        while origin not in self._old and origin in self._entries and origin not in followed:
            followed.add(origin)
            origin = self._entries[origin]
        return origin

    def _refuse_forgotten(self, kept: set[str]) -> None:
        """A property that is to be renamed to one that is not there would be dropped instead."""
        for entry, origin in self._entries.items():
            leaves = {} if entry in self._new else self._old.get(origin, {})
            if any(leaf.name not in kept for leaf in leaves.values()):
                self._refuse(
                    entry,
                    f"the profile schema has no property {shown(entry)}{_hint(entry, self._new)} "
                    f"{shown(origin)} would be dropped: correct the entry, or remove it.",
                )

    def _refuse(self, entry: str, message: str) -> None:
        self.problems.append(Problem(_place(entry), message))


def _below(leaves: Sequence[Leaf]) -> _Below:
    index: dict[str, dict[str, Leaf]] = defaultdict(dict)
    for leaf in leaves:
        steps = leaf.path.split(".")
        for depth in range(1, len(steps) + 1):
            index[".".join(steps[:depth])][".".join(steps[depth:])] = leaf
    return dict(index)


def _depth(entry: str) -> int:
    """To sort by: the deepest first."""
    return -entry.count(".")


def _place(entry: str) -> str:
    return f"renames[{shown(entry)}]"


def _hint(path: str, valid: _Below) -> str:
    meant = nearest(path, tuple(valid))
    return f": did you mean {shown(meant)}?" if meant else "."
