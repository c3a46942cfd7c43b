"""The statements of a change, but for the record's row: for sessions, and as a script."""

from collections.abc import Collection, Mapping, Sequence

from krenalis_provider.model.profile_columns import ProfileColumn
from krenalis_provider.warehouses import krenalis_objects
from krenalis_provider.warehouses.change import Change
from krenalis_provider.warehouses.migration.operations import Operation
from krenalis_provider.warehouses.script import Script, SqlStatement
from krenalis_provider.warehouses.snapshot import Snapshot
from krenalis_provider.warehouses.snowflake import alterations, statements
from krenalis_provider.warehouses.snowflake.column_types import column_name
from krenalis_provider.warehouses.snowflake.dialect import NAMES
from krenalis_provider.warehouses.snowflake.identity_resolution import create as create_procedure
from krenalis_provider.warehouses.snowflake.sql import Schema, Statement


def changing(
    schema: Schema,
    seen: Snapshot,
    operations: Mapping[str, Sequence[Operation]],
    make: Collection[str],
    columns: Sequence[ProfileColumn],
    identifiers: Sequence[str],
    primary_sources: Mapping[str, str],
) -> list[Statement]:
    """Change the columns of tables, then make objects with these profile columns, except the record."""
    todo = [
        each for table, left in operations.items() for each in alterations.alterations(schema, table, left)
    ]
    names = [name for name in make if name != NAMES.record]
    profiles = seen.profiles or seen.new_profiles
    wanted = [column_name(column.name) for column in columns]
    shown = alterations.shown(seen.columns, operations.get(profiles, ()), wanted)
    todo += statements.create(schema, columns, names, profiles=profiles, shown=shown)
    if NAMES.procedure in make:
        query = create_procedure(schema, columns, identifiers, primary_sources, profiles=profiles)
        todo.append(Statement(f'making procedure "{NAMES.procedure}"', query))
    return todo


def script(
    schema: Schema,
    change: Change,
    columns: Sequence[ProfileColumn],
    identifiers: Sequence[str],
    primary_sources: Mapping[str, str],
) -> Script:
    """See `Platform.script`. Each statement commits by itself; the record's table comes first, as for a session."""
    record = krenalis_objects.RECORD
    first = [statements.create_table(schema, record)] if NAMES.record in change.make else []
    operations = {name: table.steps for name, table in change.tables.items()}
    rest = changing(schema, change.snapshot, operations, change.make, columns, identifiers, primary_sources)
    return Script((), tuple(SqlStatement(each.doing, each.query) for each in (*first, *rest)), ())
