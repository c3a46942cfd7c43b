"""The operations on columns that a server derives from two profile schemas and `rePaths`, in the words of properties.

This is the server's own comparison, of what `re_paths` ever asks of it: docs/facts/krenalis.md, "An alteration of the
profile schema".
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from krenalis_provider.model.profile_schema import Property, Type
from krenalis_provider.model.property_path import PropertyPath

RePaths = Mapping[PropertyPath, PropertyPath | None]
"""New path to old path; to None for a property that is dropped and made anew."""


class Drop(NamedTuple):
    """The column of a property goes."""

    path: PropertyPath


class Rename(NamedTuple):
    """The column of a property becomes that of another path."""

    old: PropertyPath
    new: PropertyPath


class Add(NamedTuple):
    """An empty column comes."""

    path: PropertyPath
    type: Type


Operation = Drop | Rename | Add

_ORDER = (Drop, Rename, Add)


def operations(
    before: tuple[Property, ...], after: tuple[Property, ...], re_paths: RePaths
) -> list[Operation]:
    """The operations in the order in which a server executes them; `before` and `after` are those of the two schemas."""
    freed = frozenset(old for old in re_paths.values() if old)
    found = list(_level(before, after, re_paths, freed, ()))
    return sorted(found, key=lambda operation: _ORDER.index(type(operation)))


def _level(
    before: tuple[Property, ...],
    after: tuple[Property, ...],
    re_paths: RePaths,
    freed: frozenset[PropertyPath],
    parent: tuple[str, ...],
) -> Iterator[Operation]:
    """The operations on the properties of one object, and below."""
    old = {prop.name: prop.type for prop in before}
    new = {prop.name: prop.type for prop in after}
    for name, type_ in new.items():
        if name not in old:
            path = PropertyPath((*parent, name))
            source = re_paths.get(path)
            yield from _renamed(source, path, type_) if source else _added(path, type_)
    for name, type_ in old.items():
        path = PropertyPath((*parent, name))
        if name not in new:
            yield from () if path in freed else _dropped(path, type_)
        elif path in re_paths or (type_.kind == "object") is not (new[name].kind == "object"):
            source = re_paths.get(path)
            yield from _dropped(path, type_)
            yield from _renamed(source, path, new[name]) if source else _added(path, new[name])
        elif type_.kind == "object":
            yield from _level(type_.properties, new[name].properties, re_paths, freed, path)


def _renamed(old: PropertyPath, new: PropertyPath, type_: Type) -> Iterator[Operation]:
    for rest, _ in leaves(type_):
        yield Rename(PropertyPath((*old, *rest)), PropertyPath((*new, *rest)))


def _added(path: PropertyPath, type_: Type) -> Iterator[Operation]:
    for rest, leaf in leaves(type_):
        yield Add(PropertyPath((*path, *rest)), leaf)


def _dropped(path: PropertyPath, type_: Type) -> Iterator[Operation]:
    for rest, _ in leaves(type_):
        yield Drop(PropertyPath((*path, *rest)))


def leaves(type_: Type) -> Iterator[tuple[tuple[str, ...], Type]]:
    """The properties in a type that are no objects, by the rest of their paths; the type itself if it is none."""
    if type_.kind != "object":
        yield (), type_
    for prop in type_.properties:
        for rest, leaf in leaves(prop.type):
            yield (prop.name, *rest), leaf
