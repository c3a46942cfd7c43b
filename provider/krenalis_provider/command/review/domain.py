"""A change in a plan's JSON in the words of the domain, which says again what it planned: which column became which."""

from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any, Final

from krenalis_provider.api.server import Server
from krenalis_provider.command.review.files import elements, members, text_of
from krenalis_provider.command.review.model import Change, Column, Sql, System
from krenalis_provider.model.definition import Definition, WarehouseAddress
from krenalis_provider.model.errors import InvalidWorkspace
from krenalis_provider.model.observed import ObservedWorkspace
from krenalis_provider.model.profile_columns import profile_columns
from krenalis_provider.model.profile_schema import Parsed, parse
from krenalis_provider.warehouses import registry
from krenalis_provider.workspaces import statements
from krenalis_provider.workspaces.direct import DirectWorkspaces
from krenalis_provider.workspaces.interface import PlannedChange, Prior, Reference, Workspaces
from krenalis_provider.workspaces.server.server_workspaces import ServerWorkspaces
from krenalis_provider.workspaces.statements import Target

Values = Mapping[str, Any]
"""The values of a workspace, as a plan's JSON has them."""

_NOBODY: Final = Server(endpoint="http://127.0.0.1", api_key="")
"""A server that is never asked: a change is planned without it."""
_AT_SERVER: Final = "The Krenalis server makes the statements itself, and runs them."
_AS_STATED: Final = "For a warehouse that is as the state says."
_APPENDED: Final = "For a warehouse that is as the state says; an apply appends new columns to the view, so their order there may be another."
_OTHERWISE: Final = (
    "The plan was made by another version of the provider, or for a warehouse that is not as its profile schema says: this "
    "version would make other statements, so they are not shown."
)


def planned_columns(before: Values, after: Values) -> Mapping[str, str] | None:
    """The columns that profile columns become: old name to new name, of those that keep their data or their name.

    None if the domain plans otherwise than the plan says.
    """
    planned = _replan(before, after)
    if planned is None or planned.renamed is None:
        return None
    spell = registry.known_platform(_platform(after)).dialect().NAMES.spell
    return {spell(old.column): spell(new.column) for old, new in planned.renamed.items()}


def compared(before: Values | None, after: Values | None) -> tuple[Column, ...]:
    """The profile columns of both sides: first all that go, and then those afterwards, in order."""
    old = _columns(before)
    new = _columns(after)
    became = (planned_columns(before, after) if before and after else None) or {}
    emptied = {loss.get("column") for loss in map(members, elements(members(after).get("losses")))}
    sources = {now: was for was, now in became.items() if was in old and now in new}
    # what is not of the profile schema stays as it is
    stays = (name for name in old if name in new and name not in sources)
    sources |= {name: name for name in stays if name not in became}
    found = [_column(name, type_, sources.get(name), old, emptied) for name, type_ in new.items()]
    kept = {*sources.values()}
    gone = [Column(Change.DROPPED, name, type_) for name, type_ in old.items() if name not in kept]
    return (*gone, *found)


def defined_columns(values: Values) -> Collection[str]:
    """The names of the columns that a profile schema defines; none if it cannot be read."""
    schema, platform = _parsed(values).schema, registry.platform(_platform(values))
    if schema is None or platform is None:
        return ()
    spell = platform.dialect().NAMES.spell
    return {spell(column.name) for column in profile_columns(schema)}


def sql(before: Values | None, after: Values, system: System) -> Sql:
    """The statements of a creation, or of a change of the workspace `before`."""
    if system is System.SERVER:
        return Sql(note=_AT_SERVER)
    platform = registry.platform(_platform(after))
    wanted = _parsed(after)
    if platform is None or wanted.schema is None:
        return Sql(note="The profile schema cannot be read, so there are no statements to show.")
    if _is_open(after):
        return Sql(
            note="Settings of identity resolution are not known before applying, and neither are the statements."
        )
    try:
        if before is None:
            script = statements.creation_statements(_target(after), wanted)
        else:
            planned = _planned_statements(before, after, wanted)
            if planned is None:
                return Sql(note=_OTHERWISE)
            script = planned.script
    except (InvalidWorkspace, KeyError):
        return Sql(note=_OTHERWISE)
    if not script.whole:
        return Sql(note="The new values change no table, view or procedure.")
    adds = any("ADD COLUMN" in str(operation) for operation in elements(after.get("migration")))
    note = "" if before is None else _APPENDED if adds else _AS_STATED
    return Sql(tuple(statement.sql for statement in script.whole), note)


def _planned_statements(before: Values, after: Values, wanted: Parsed) -> statements.PlannedStatements | None:
    planned = statements.change_statements(
        _target(after),
        _parsed(before),
        wanted,
        renames=members(after.get("renames")),
        drop_columns=elements(after.get("drop_columns")),
        resolution=any(before.get(name) != after.get(name) for name in ("identifiers", "primary_sources")),
    )
    return planned if [*planned.operations] == [*elements(after.get("migration"))] else None


def _replan(before: Values, after: Values) -> PlannedChange | None:
    """What the domain plans, if that is what the plan says."""
    definition = _definition(after)
    if definition.profile_schema.schema is None or registry.platform(definition.warehouse.platform) is None:
        return None
    prior = Prior(
        Reference(text_of(before.get("id")), _address(before)),
        ObservedWorkspace(None, members(before.get("objects")), members(before.get("profile_columns"))),
        _parsed(before).schema,
    )
    systems: tuple[Workspaces, ...] = (DirectWorkspaces(), ServerWorkspaces(_NOBODY))
    for system in systems if before.get("objects") else reversed(systems):
        planned = system.plan_change(prior, definition)
        if planned.operations == tuple(elements(after.get("migration"))):
            return planned
    return None


class _Document:
    """A profile schema as the object that it is, whatever it holds."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Document) and self.value is other.value

    def __hash__(self) -> int:
        return id(self.value)


def _parsed(values: Values) -> Parsed:
    """The profile schema of a workspace, read once for its columns and its SQL."""
    return _parse(_Document(values.get("profile_schema")))


@lru_cache(maxsize=2)
def _parse(document: _Document) -> Parsed:
    return parse(document.value)


def _definition(values: Values) -> Definition:
    return Definition(
        name=text_of(values.get("name")),
        document=values.get("profile_schema"),
        profile_schema=_parsed(values),
        warehouse=_address(values),
        mode=members(values.get("warehouse")).get("mode"),
        renames=members(values.get("renames")),
        drop_columns=elements(values.get("drop_columns")),
    )


def _address(values: Values) -> WarehouseAddress:
    return WarehouseAddress(_platform(values), members(members(values.get("warehouse")).get("settings")))


def _platform(values: Values) -> str:
    return text_of(members(values.get("warehouse")).get("platform"))


def _target(values: Values) -> Target:
    settings = members(members(values.get("warehouse")).get("settings"))
    return Target(
        platform=_platform(values),
        settings={name: value for name in ("schema", "database") if (value := settings.get(name))},
        identifiers=elements(values.get("identifiers")),
        primary_sources=members(values.get("primary_sources")),
    )


def _columns(values: Values | None) -> Mapping[str, str]:
    columns = members(members(values).get("profile_columns"))
    return {name: text_of(type_) for name, type_ in columns.items()}


def _is_open(values: Values) -> bool:
    """Whether a part of the settings of identity resolution is not known."""
    sources = members(values.get("primary_sources")).values()
    return None in elements(values.get("identifiers")) or None in sources


def _column(name: str, type_: str, source: str | None, old: Mapping[str, str], emptied: set[Any]) -> Column:
    if source is None:
        return Column(Change.ADDED, after=name, after_type=type_)
    was = old[source]
    if source in emptied:
        change = Change.EMPTIED
    elif was != type_:
        change = Change.RETYPED
    else:
        change = Change.KEPT if source == name else Change.RENAMED
    return Column(change, source, was, name, type_)


def made_by_server(platform_name: str) -> Mapping[str, str]:
    """Name to kind of the objects of a warehouse that a server fills, before the first identity resolution."""
    platform = registry.platform(platform_name)
    if platform is None:
        return {}
    names = platform.dialect().NAMES
    return {name: kind for name, kind in names.objects.items() if name != names.record}
