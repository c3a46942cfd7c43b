"""What a change of a workspace has to do in its warehouse, planned as a whole and then done step by step.

The identities go first, then the profiles table, whose columns are those that a plan sees; then what is missing, the view
over the profiles and the procedure.
"""

from collections.abc import Iterator, Mapping, Sequence

from krenalis_provider.warehouses import catalog
from krenalis_provider.warehouses.columns import ProfileColumn, profile_columns
from krenalis_provider.warehouses.findings import columns_changed
from krenalis_provider.warehouses.migration import Migration, Operation
from krenalis_provider.warehouses.pending import Pending, Steps
from krenalis_provider.warehouses.snowflake import identity_resolution, statements
from krenalis_provider.warehouses.snowflake.connection import Statement
from krenalis_provider.warehouses.snowflake.errors import SnowflakeError
from krenalis_provider.warehouses.snowflake.inspection import IDENTITIES, NAMES, PROCEDURE, Seen
from krenalis_provider.warehouses.snowflake.place import Place
from krenalis_provider.warehouses.table_change import TableChange, table_change
from krenalis_provider.workspaces.errors import Finding, Verdict
from krenalis_provider.workspaces.model import Workspace
from krenalis_provider.workspaces.profile_schema import parse

Columns = Mapping[str, Mapping[str, str]]
"""Name to SQL type of the profile columns of each table that is there, by its name."""

(VIEW,) = (view.name.upper() for view in catalog.VIEWS if view.has_profile_columns)


def changes(migration: Migration, present: Columns) -> dict[str, TableChange]:
    """What each table lacks of a migration."""
    return {
        name: table_change(columns, migration.operations, migration.wanted)
        for name, columns in present.items()
    }


def conflicts(migration: Migration, present: Columns) -> tuple[Finding, ...]:
    """Why a migration does not suit the tables."""
    return tuple(
        columns_changed(name, change.conflicts, IDENTITIES)
        for name, change in changes(migration, present).items()
        if change.conflicts
    )


def plan(workspace: Workspace, seen: Seen, migration: Migration | None, present: Columns) -> Pending:
    """All that is to be done for the workspace in a warehouse where nothing is under way.

    Something else that has the name of the view or the procedure is left as it is, and reported by each plan.
    """
    make = dict.fromkeys(seen.found.missing)
    migrates = migration is not None and migration.changes
    if migrates:
        make |= dict.fromkeys(name for name in (VIEW, PROCEDURE) if name in seen.found.ours)
    elif PROCEDURE in seen.found.ours and _resolves_otherwise(workspace, seen.found.record):
        make[PROCEDURE] = None
    steps = (
        {
            name: Steps.of(present[name], change.operations)
            for name, change in changes(migration, present).items()
        }
        if migration is not None and migrates
        else {}
    )
    return Pending(workspace=workspace, make=tuple(make), tables=steps)


def execution(
    place: Place,
    seen: Seen,
    pending: Pending,
    present: Columns,
    columns: Sequence[ProfileColumn] | None = None,
) -> Iterator[Statement]:
    """Every statement for what is left of it, but for the record.

    `columns` are those of the workspace's profile schema. Raises `SnowflakeError` where what broke off cannot be told any more.
    """
    if columns is None:
        columns = _columns_of(place, pending.workspace)
    for name, steps in pending.tables.items():
        if name in present:
            yield from statements.alter(place, name, _left(place, name, steps, present[name]))
    make = {*pending.make, *seen.found.missing}
    profiles = seen.found.profiles or NAMES.first_profiles
    yield from statements.create(place, columns, make - {NAMES.record}, profiles=profiles)
    if PROCEDURE in make:
        workspace = pending.workspace
        query = identity_resolution.create(
            place.database, place.schema, columns, workspace.identifiers, workspace.primary_sources
        )
        yield Statement(f'making procedure "{PROCEDURE}"', query)


def untouched(pending: Pending, present: Columns) -> bool:
    """Whether no column was changed yet."""
    return all(
        name not in present or steps.left(present[name]) == steps.operations
        for name, steps in pending.tables.items()
    )


def _columns_of(place: Place, workspace: Workspace) -> tuple[ProfileColumn, ...]:
    schema = parse(workspace.profile_schema).schema
    if schema is None:
        raise _unfinishable(place, "its profile schema is not valid")
    return profile_columns(schema)


def _left(place: Place, table: str, steps: Steps, columns: Mapping[str, str]) -> tuple[Operation, ...]:
    left = steps.left(columns)
    if left is None:
        raise _unfinishable(place, f'the columns of table "{table}" were changed in another way since')
    return left


def _unfinishable(place: Place, reason: str) -> SnowflakeError:
    return SnowflakeError(
        Verdict.CONTRADICTED,
        "schema",
        "Change that broke off cannot be finished",
        f"{place}: the record in table {NAMES.record} tells of a change that broke off, but {reason}. Give the tables the "
        "columns of the record's profile schema by hand, then set its column STATE to 'ready' and PENDING to NULL.",
    )


def _resolves_otherwise(workspace: Workspace, before: Workspace | None) -> bool:
    """Whether the procedure that is there was made from other settings, as far as the record tells."""
    return (
        before is None
        or before.identifiers != workspace.identifiers
        or before.primary_sources != workspace.primary_sources
    )
