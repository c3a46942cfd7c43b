"""The SQL statements of a creation or a change without a Krenalis server, for people who want to read or run them.

They are what an apply sends, made by the same code, but for three things: the row of the record, which is no definition;
what a session needs for itself, such as locks; and what others have said of our objects, such as grants, which an apply
looks up and repeats. So they are for a warehouse that is as the profile schema says. Nothing connects.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from krenalis_provider.model.errors import InvalidWorkspace
from krenalis_provider.model.profile_columns import profile_columns
from krenalis_provider.model.profile_schema import Parsed, ProfileSchema
from krenalis_provider.model.workspace import WarehouseMode
from krenalis_provider.warehouses import registry
from krenalis_provider.warehouses.change import Change, change_of, creation
from krenalis_provider.warehouses.dialect import Dialect
from krenalis_provider.warehouses.migration.compute import Migration, migrate
from krenalis_provider.warehouses.script import Script
from krenalis_provider.warehouses.snapshot import Snapshot
from krenalis_provider.workspaces.interface import Loss
from lightstart.records import Record, field


class Target(Record, kw_only=True):
    """The warehouse that statements are for, and what its stored procedure joins identities by."""

    platform: str
    """The name of a platform that there is."""
    settings: Mapping[str, Any]
    """The warehouse's settings, of which only the schema has to be there: ``{"schema": "customers"}``."""
    identifiers: Sequence[str] = ()
    """As for a `Workspace`, and checked: a path that the profile schema lacks raises KeyError."""
    primary_sources: Mapping[str, str] = field(default_factory=dict)


class PlannedStatements(Record, kw_only=True):
    """The statements of a change, and what it does to the columns."""

    script: Script
    operations: tuple[str, ...]
    """The operations on the columns, as a plan shows them."""
    losses: tuple[Loss, ...]
    """The columns that lose their data, which is permitted."""
    rewritten: tuple[str, ...]
    """The columns whose new type makes the warehouse write whole tables anew."""


def creation_statements(target: Target, wanted: Parsed) -> Script:
    """The statements that make every object of a workspace. Raises `InvalidWorkspace` for an invalid profile schema."""
    dialect = _dialect(target)
    schema = _valid(dialect, wanted)
    names = dialect.NAMES
    empty = Snapshot(names=names, new_profiles=names.first_profiles)
    return _script(target, creation(empty), schema)


def change_statements(
    target: Target,
    before: Parsed,
    wanted: Parsed,
    *,
    renames: Mapping[str, str],
    drop_columns: Iterable[str],
    resolution: bool = False,
) -> PlannedStatements:
    """The statements that change a warehouse from one profile schema to another.

    `renames` maps new paths to old paths, and `drop_columns` has the paths whose data may be lost. `resolution` is
    whether the identifiers or primary sources change too. Raises `InvalidWorkspace`: for an invalid profile schema, the
    one `before` first, and for what a plan refuses, such as losses that are not permitted.
    """
    dialect = _dialect(target)
    old, new = _valid(dialect, before), _valid(dialect, wanted)
    present = {
        dialect.NAMES.spell(column.name): dialect.column_type(column.type) for column in profile_columns(old)
    }
    migration = migrate(
        dialect,
        present=present,
        before=profile_columns(old),
        after=profile_columns(new),
        renames=renames,
        drop_columns=drop_columns,
        mode=WarehouseMode.NORMAL,
    )
    if migration.problems:
        raise InvalidWorkspace(migration.problems)
    change = change_of(_complete(dialect, present), migration, resolution=resolution)
    tables = (dialect.NAMES.identities, dialect.NAMES.first_profiles)
    return PlannedStatements(
        script=_script(target, change.for_tables(dict.fromkeys(tables, present)), new),
        operations=tuple(map(dialect.clause, migration.operations)),
        losses=_permitted(migration),
        rewritten=migration.rewrites,
    )


def _dialect(target: Target) -> Dialect:
    return registry.known_platform(target.platform).dialect()


def _valid(dialect: Dialect, parsed: Parsed) -> ProfileSchema:
    if problems := (*parsed.problems, *dialect.column_problems(parsed.leaves)):
        raise InvalidWorkspace(problems)
    if parsed.schema is None:
        raise ValueError("a part of the profile schema is not known")
    return parsed.schema


def _complete(dialect: Dialect, columns: Mapping[str, str]) -> Snapshot:
    """A warehouse right after the creation of a workspace with these profile columns."""
    names = dialect.NAMES
    return Snapshot(names=names, objects=names.objects, profiles=names.first_profiles, columns=columns)


def _permitted(migration: Migration) -> tuple[Loss, ...]:
    return tuple(Loss(loss.path, loss.column, loss.becomes) for loss in migration.losses)


def _script(target: Target, change: Change, schema: ProfileSchema) -> Script:
    return registry.known_platform(target.platform).script(
        target.settings, change, profile_columns(schema), target.identifiers, target.primary_sources
    )
