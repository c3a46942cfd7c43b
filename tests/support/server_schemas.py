"""Workspaces at a Krenalis server for tests of rules and alterations, and what a server makes of columns and identifiers.

The comparison is the server's own, with its mistakes: docs/facts/krenalis.md, "An alteration of the profile schema".
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from krenalis_provider.model.definition import Definition, WarehouseAddress
from krenalis_provider.model.observed import ObservedWorkspace
from krenalis_provider.model.profile_schema import ProfileSchema, Property, Type, parse
from krenalis_provider.model.workspace import WarehouseMode, Workspace
from krenalis_provider.workspaces.interface import Prior, Reference

SETTINGS: Mapping[str, Mapping[str, Any]] = {
    "PostgreSQL": {"host": "h", "port": 5432, "username": "u", "database": "d", "schema": "s"},
    "Snowflake": {
        "account": "org-account", "username": "u", "password": "p", "role": "r", "database": "d", "schema": "s",
        "warehouse": "w",
    },
}  # fmt: skip


def definition(document: Any, platform: str = "PostgreSQL", **changes: Any) -> Definition:
    """A right workspace with this profile schema, and with these changes."""
    right: dict[str, Any] = {
        "name": "Customers",
        "document": document,
        "profile_schema": parse(document),
        "warehouse": WarehouseAddress(platform, SETTINGS[platform]),
    }
    return Definition(**right | changes)


def prior(
    document: Any,
    platform: str = "PostgreSQL",
    *,
    identifiers: Sequence[str] = (),
    primary_sources: Mapping[str, str] | None = None,
    mode: WarehouseMode = WarehouseMode.NORMAL,
) -> Prior:
    """A workspace that a server has."""
    workspace = Workspace(
        "1" * 12,
        "Customers",
        mode,
        document,
        identifiers=tuple(identifiers),
        primary_sources=primary_sources or {},
    )
    warehouse = WarehouseAddress(platform, SETTINGS[platform])
    observed = ObservedWorkspace(workspace, {}, {}, platform=platform)
    return Prior(Reference(workspace.id, warehouse), observed, parse(document).schema)


class ServerFails(Exception):
    """A server refuses the alteration, or begins it and fails."""


class Statement(NamedTuple):
    """A column that goes (no `new`), comes (no `old`), or becomes another."""

    old: str | None
    new: str | None
    type: Type | None = None


def statements(
    before: Sequence[Property],
    after: Sequence[Property],
    re_paths: Mapping[str, str | None],
    parent: str = "",
) -> Iterator[Statement]:
    """What a server finds to do, in its order. Raises `ServerFails`."""
    old, new = {p.name: p.type for p in before}, {p.name: p.type for p in after}
    for name in [each for each in new if each not in old]:
        if parent + name in re_paths:
            source = re_paths[parent + name]
            if source is None or source.rpartition(".")[0] != parent.rstrip("."):
                raise ServerFails(f"{source} to {parent}{name}")
            if old[source.rpartition(".")[2]] != new[name]:
                raise ServerFails(f"{source} changes")
            yield from _renamed(source, parent + name, new[name])
        else:
            yield from _each(parent + name, new[name], comes=True)
    for name in [each for each in old if each not in new]:
        if parent + name in re_paths:
            raise ServerFails(f"{parent}{name} is gone")
        if parent + name not in re_paths.values():
            yield from _each(parent + name, old[name], comes=False)
    for name in [each for each in old if each in new]:
        yield from _with_one_name(old[name], new[name], re_paths, parent + name)


def _with_one_name(
    old: Type, new: Type, re_paths: Mapping[str, str | None], path: str
) -> Iterator[Statement]:
    column, is_freed = path.replace(".", "_"), path in re_paths.values()
    if path not in re_paths:
        if is_freed:
            raise ServerFails(f"{path} is not told of")
        if old.kind == new.kind == "object":
            yield from statements(old.properties, new.properties, re_paths, f"{path}.")
        elif old != new:
            raise ServerFails(f"{path} changes")
    elif (source := re_paths[path]) is None:
        if not is_freed:
            yield Statement(column, None)
        yield from _each(path, new, comes=True)
    else:
        yield Statement(column, None)
        if old != new:
            raise ServerFails(f"{path} changes")
        yield from _renamed(source, path, new)


def _renamed(old: str, new: str, type_: Type) -> Iterator[Statement]:
    for (was, _), (becomes, _) in zip(_columns(old, type_), _columns(new, type_), strict=True):
        yield Statement(was, becomes)


def _each(path: str, type_: Type, *, comes: bool) -> Iterator[Statement]:
    for column, leaf in _columns(path, type_):
        yield Statement(None, column, leaf) if comes else Statement(column, None)


def _columns(path: str, type_: Type) -> Iterator[tuple[str, Type]]:
    if type_.kind != "object":
        yield path.replace(".", "_"), type_
    for prop in type_.properties:
        yield from _columns(f"{path}.{prop.name}", prop.type)


class Altered(NamedTuple):
    """What an alteration leaves."""

    columns: Mapping[str, tuple[str | None, Type]]
    """By name: the column of before whose values it has, and its type."""
    identifiers: list[str]


def altered(
    before: ProfileSchema,
    after: ProfileSchema,
    re_paths: Mapping[str, str | None],
    identifiers: Sequence[str],
    *,
    upper: bool = False,
) -> Altered:
    """What a server makes of a warehouse; `upper` where its names have one case. Raises `ServerFails`."""
    made = list(statements(before.properties, after.properties, re_paths))
    columns: dict[str, tuple[str | None, Type]] = {}
    for path, type_ in before.leaves():
        columns[_spelled(path.column, upper=upper)] = (path.column, type_)
    for old, _, _ in [each for each in made if each.new is None]:
        if columns.pop(_spelled(str(old), upper=upper), None) is None:
            raise ServerFails(f"there is no {old} to drop")
    for old, new, _ in [each for each in made if each.old and each.new]:
        name, becomes = _spelled(str(old), upper=upper), _spelled(str(new), upper=upper)
        if name not in columns or becomes in columns:
            raise ServerFails(f"{old} cannot become {new}")
        columns[becomes] = columns.pop(name)
    for _, new, added in [each for each in made if each.old is None]:
        assert added
        if (name := _spelled(str(new), upper=upper)) in columns:
            raise ServerFails(f"{new} is there")
        columns[name] = (None, added)
    return Altered(columns, list(_adjusted(identifiers, made)))


def _spelled(column: str, *, upper: bool) -> str:
    return column.upper() if upper else column


def _adjusted(identifiers: Sequence[str], made: Sequence[Statement]) -> Iterator[str]:
    """The identifiers that a server leaves: it takes every ``_`` in a column for a dot."""
    changes = {each.old.replace("_", "."): each.new for each in made if each.old}
    for path in identifiers:
        if path not in changes:
            yield path
        elif becomes := changes[path]:
            yield becomes.replace("_", ".")
