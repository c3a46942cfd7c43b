"""What an apply is to do in a warehouse, as data: checks and applies are made from the same, on every platform."""

from collections.abc import Mapping
from typing import Any

from krenalis_provider.model.unknown import UNKNOWN, Unknown
from krenalis_provider.model.workspace import Workspace
from krenalis_provider.warehouses.migration.compute import Migration
from krenalis_provider.warehouses.migration.table_change import TableChange, table_change
from krenalis_provider.warehouses.snapshot import Snapshot
from krenalis_provider.warehouses.unfinished_change import UnfinishedChange
from lightstart.records import Record, field, replace

Tables = Mapping[str, Mapping[str, str]]
"""The profile columns, name to SQL type, of each table that has any, in the order of the changes."""


class Change(Record, kw_only=True):
    """A change of a warehouse; a creation is a change of an empty warehouse."""

    snapshot: Snapshot
    """The warehouse before the change."""
    migration: Migration | None = None
    """The changes of the profile columns; None where they stay as they are."""
    make: tuple[str, ...] = ()
    """Names of the objects to make, or to make anew."""
    present: Tables = field(default_factory=dict)
    """The columns of the tables that change; empty until they are looked up."""
    tables: Mapping[str, TableChange] = field(default_factory=dict)
    """The operations on each of these tables, by its name."""

    @property
    def makes_procedure(self) -> bool:
        """Whether the stored procedure is made, or made anew."""
        return self.snapshot.names.procedure in self.make

    def for_tables(self, tables: Tables) -> "Change":
        """This change, with the operations of the migration that each table lacks."""
        migration = self.migration
        if migration is None:
            return self
        changes = {
            name: table_change(columns, migration.operations, migration.wanted)
            for name, columns in tables.items()
        }
        return replace(self, present=tables, tables=changes)

    def unfinished(self, workspace: Workspace) -> UnfinishedChange:
        """The work to be done, which the record holds until it is done."""
        return UnfinishedChange(workspace=workspace, make=self.make, tables=self.tables)


def creation(snapshot: Snapshot) -> Change:
    """Make every object, in a warehouse that has none of them but reusable ones."""
    make = (name for name in snapshot.names.objects if name not in snapshot.reusable)
    return Change(snapshot=snapshot, make=tuple(make))


def change_of(snapshot: Snapshot, migration: Migration | None, *, resolution: bool) -> Change:
    """Migrate the columns and make the missing objects, in a warehouse where no operation is under way.

    A migration makes the view over the profiles anew. The procedure holds the profile columns and the settings of
    identity resolution, so a change of either makes it anew; `resolution` says that the settings change. A foreign
    object with the name of the view or the procedure is left as it is, and reported by each plan.
    """
    if migration is not None and not migration.changes:
        migration = None
    remade = [snapshot.names.profiles_view] if migration else []
    if migration or resolution:
        remade.append(snapshot.names.procedure)
    make = dict.fromkeys([*snapshot.missing, *(name for name in remade if name in snapshot.ours)])
    return Change(snapshot=snapshot, migration=migration, make=tuple(make))


def resolves_otherwise(before: Workspace | None, identifiers: Any, primary_sources: Any) -> bool:
    """Whether the procedure needs other settings than `before`; settings that are UNKNOWN may be others."""
    if before is None or isinstance(identifiers, Unknown) or isinstance(primary_sources, Unknown):
        return True
    sources = dict(primary_sources)
    return (
        UNKNOWN in identifiers
        or UNKNOWN in sources.values()
        or before.identifiers != tuple(identifiers)
        or before.primary_sources != sources
    )
