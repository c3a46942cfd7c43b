"""The columns that keep their data from one schema to the next, according to `renames`.

An entry maps a new path to an old path, of a property or of an object with all its properties. Entries stay in a
configuration for as long as their author likes: an entry that was done before is passed over, and an entry that
continues another (a to b, b to c) also works where neither was done yet.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from krenalis_provider.model.attribute_path import AttributePath, Key
from krenalis_provider.model.errors import Problem
from krenalis_provider.model.property_path import PropertyPath
from krenalis_provider.model.wording import enumerated, nearest, shown

Names = tuple[str, ...]
_Below = Mapping[Names, Mapping[Names, "TypedColumn"]]
"""For the path of each property or object: its columns, each by the rest of the path that leads to it."""


class TypedColumn(NamedTuple):
    """A property that is a column of a warehouse."""

    path: PropertyPath
    name: str
    """The name of the column, as the warehouse spells it."""
    type: str
    """The SQL type of the column."""


Columns = Mapping[str, TypedColumn]
"""Columns by name, as the warehouse spells it."""


def kept(old: Columns, new: Columns, renames: Mapping[str, str]) -> tuple[dict[str, str], list[Problem]]:
    """Return new to old names of the columns that keep their data, and the problems of `renames`.

    `old` and `new` are the columns of the schema last applied and of the schema wanted.
    """
    reader = _Reader(old, new, renames)
    return reader.sources(), reader.problems


def remedy_of_going(path: PropertyPath, like: Sequence[PropertyPath]) -> str:
    """What to write where a property goes, and its data with it; `like` are the new ones of the same type."""
    if len(like) == 1:
        entry = f'{{ "{like[0]}" = "{path}" }}'
        return f'If it becomes "{like[0]}", set renames = {entry}. Else list "{path}" here to permit that.'
    return f'List "{path}" here to permit that, or in renames the property that it becomes.'


class Misspelt:
    """The entries of `drop_columns` that name none of the `old` properties, or of the objects around them."""

    def __init__(self, permitted: Collection[PropertyPath], old: Collection[PropertyPath]) -> None:
        self._permitted = permitted
        self._old = old

    def remedy(self, path: PropertyPath) -> str:
        """Ask whether one of the entries means this property, or an object around it; empty if none does."""
        around = (str(PropertyPath(path[:depth])) for depth in range(1, len(path) + 1))
        for meant in around:
            if entry := self._meant.get(meant):
                return f" The entry {shown(entry)} names no property now: did you mean {shown(meant)}?"
        return ""

    @cached_property
    def _meant(self) -> Mapping[str, str]:
        """What is there to the entry that is most like it."""
        if not self._permitted:
            return {}
        there = {str(PropertyPath(each[:depth])) for each in self._old for depth in range(1, len(each) + 1)}
        names = tuple(sorted(there))
        strays = sorted({str(each) for each in self._permitted} - there, reverse=True)
        return {meant: entry for entry in strays if (meant := nearest(entry, names))}


class _Reader:
    def __init__(self, old: Columns, new: Columns, renames: Mapping[str, str]) -> None:
        self._entries = {
            PropertyPath.parse(new): PropertyPath.parse(old or "") for new, old in renames.items()
        }
        # most changes rename nothing, and a large schema has many paths
        self._old, self._new = (_below(old), _below(new)) if renames else ({}, {})
        self._old_names, self._new_names = old.keys(), new.keys()
        self.problems: list[Problem] = []

    def sources(self) -> dict[str, str]:
        """New names to old names of the columns that are renamed or keep their names."""
        sources = self._renamed()
        free = self._old_names - set(sources.values())
        sources |= {name: name for name in self._new_names & free if name not in sources}
        self._refuse_forgotten(set(sources.values()))
        return sources

    def _renamed(self) -> dict[str, str]:
        """New names to old names. An entry for a property wins over entries for objects around it, old or new."""
        pairs = [(entry, new, old) for entry in self._entries for new, old in self._pairs(entry)]
        pairs.sort(key=lambda pair: _reach(pair[0], pair[1]))
        targets = {new.name for _, new, _ in pairs}
        renamed: dict[str, str] = {}
        owners: dict[str, tuple[PropertyPath, int]] = {}
        for entry, new, old in pairs:
            if new.name in renamed:
                continue
            if old.name in owners:
                owner, reach = owners[old.name]
                if reach == _reach(entry, new):
                    self._refuse(
                        entry,
                        f"{shown(str(old.path))} is renamed by {_place(owner)} too, and two properties cannot "
                        "be one column: remove one of the entries.",
                    )
            elif old.name not in self._new_names or old.name in targets:
                renamed[new.name] = old.name
                owners[old.name] = entry, _reach(entry, new)
            elif new.path not in self._old:
                instead = (
                    "this entry" if new.path == entry else "have entries for the others instead of this one"
                )
                self._refuse(
                    entry,
                    f"{shown(str(old.path))} is still in the profile schema, and two properties cannot be one column: "
                    f"remove it there, or {instead}.",
                )
        return renamed

    def _pairs(self, entry: PropertyPath) -> Iterator[tuple[TypedColumn, TypedColumn]]:
        """The pairs of a new and an old column that an entry renames."""
        if entry not in self._new:
            return
        origin = self._origin(entry)
        if origin not in self._old:
            if entry not in self._old:
                self._refuse(
                    entry,
                    f"the profile schema last applied has no property {shown(str(origin))}{_hint(origin, self._old)} "
                    f"{shown(str(entry))} would be added empty: correct the entry, or remove it.",
                )
            return
        new, old = self._new[entry], self._old[origin]
        both = [
            (column, source)
            for rest, column in new.items()
            if (source := old.get(rest) or self._followed(PropertyPath((*self._entries[entry], *rest))))
        ]
        if not both and not self._goes_on_below(entry, origin):
            self._refuse(entry, _nothing_in_common(entry, new, origin, old))
        for column, source in both:
            if column.name != source.name:
                yield column, source

    def _goes_on_below(self, entry: PropertyPath, origin: PropertyPath) -> bool:
        """Whether entries for properties in the new object say what becomes of properties in the old one."""
        inner = (
            self._origin(other)
            for other in self._entries
            if len(other) > len(entry) and other[: len(entry)] == entry and other in self._new
        )
        return any(path in self._old and path[: len(origin)] == origin for path in inner)

    def _origin(self, entry: PropertyPath) -> PropertyPath:
        """The old path of an entry, followed back through entries that were not done yet."""
        origin = self._entries[entry]
        followed = {entry}
        if entry in self._old:
            return origin  # if it is not there, then the entry was done before
        while origin not in self._old and origin in self._entries and origin not in followed:
            followed.add(origin)
            origin = self._entries[origin]
        return origin

    def _followed(self, path: PropertyPath) -> TypedColumn | None:
        """The column of a path between the old and the new one, followed back through entries that were not done yet."""
        pending = {entry: origin for entry, origin in self._entries.items() if entry not in self._old}
        while path not in self._old:
            entries = (PropertyPath(path[:depth]) for depth in range(len(path), 0, -1))
            entry = next((entry for entry in entries if entry in pending), None)
            if entry is None:
                return None
            path = PropertyPath((*pending.pop(entry), *path[len(entry) :]))
        return self._old[path].get(())

    def _refuse_forgotten(self, kept: set[str]) -> None:
        """Refuse to rename a property to a path that is not in the schema: its columns would be dropped."""
        for entry, origin in self._entries.items():
            columns = {} if entry in self._new else self._old.get(origin, {})
            if any(column.name not in kept for column in columns.values()):
                self._refuse(
                    entry,
                    f"the profile schema has no property {shown(str(entry))}{_hint(entry, self._new)} "
                    f"{shown(str(origin))} would be dropped: correct the entry, or remove it.",
                )

    def _refuse(self, entry: PropertyPath, message: str) -> None:
        self.problems.append(Problem(_place(entry), message))


def _below(columns: Columns) -> _Below:
    index: dict[tuple[str, ...], dict[tuple[str, ...], TypedColumn]] = defaultdict(dict)
    for column in columns.values():
        for depth in range(1, len(column.path) + 1):
            index[column.path[:depth]][column.path[depth:]] = column
    return dict(index)


def _reach(entry: PropertyPath, column: TypedColumn) -> int:
    """How far an entry is from the property that it renames: 0 for an entry of the property itself."""
    return len(column.path) - len(entry)


def _nothing_in_common(
    entry: PropertyPath,
    new: Mapping[Names, TypedColumn],
    origin: PropertyPath,
    old: Mapping[Names, TypedColumn],
) -> str:
    """Why an entry renames nothing, and what to write."""
    if (() in new) == (() in old):
        listed = enumerated([shown(str(column.path)) for column in old.values()])
        return (
            f"{shown(str(entry))} has none of the properties of {shown(str(origin))}, and an object keeps only those that "
            f"have the same names. Add an entry for each that goes on under another name, from {shown(str(entry))} and a "
            f"name in it to one of {listed}; or remove this one."
        )
    single, whole = (entry, origin) if () in new else (origin, entry)
    return (
        f"only an object can become an object, and {shown(str(single))} is a single property: name one in the object "
        f"{shown(str(whole))} instead, or remove the entry."
    )


def _place(entry: PropertyPath) -> AttributePath:
    return AttributePath.of("renames", Key(str(entry)))


def _hint(path: PropertyPath, valid: _Below) -> str:
    meant = nearest(str(path), tuple(str(PropertyPath(each)) for each in valid))
    return f": did you mean {shown(meant)}?" if meant else "."
