"""The content of a warehouse at one moment: our objects, the record, and other objects."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from krenalis_provider.model.errors import Finding
from krenalis_provider.model.observed import ObservedWorkspace
from krenalis_provider.model.workspace import Workspace
from krenalis_provider.warehouses import krenalis_objects
from krenalis_provider.warehouses.names import Names
from krenalis_provider.warehouses.profiles_tables import ProfilesTables, Versions, choose
from krenalis_provider.warehouses.unfinished_change import RecordRow, UnfinishedChange
from lightstart.records import Record, field, replace


class Snapshot(Record, kw_only=True):
    """The objects with names of the catalogue, and others; the profiles table has its real name."""

    names: Names
    objects: Mapping[str, str] = field(default_factory=dict)
    """Name to kind. A foreign object with one of our names appears with its own kind."""
    profiles: str | None = None
    """The current profiles table, one of `objects`."""
    new_profiles: str = ""
    """The name of the profiles table that is to be made, if there is none."""
    strangers: Mapping[str, str] = field(default_factory=dict)
    """Name to kind of what bears the name of a profiles table without being the current one; not in `objects`."""
    unclear: bool = False
    """Whether nothing tells which of the strangers holds the profiles."""
    reusable: Collection[str] = ()
    """The names of types that a creation need not make, because they are ours, and as it would make them."""
    enumerations: Collection[str] = ()
    """The names of types that have all labels of ours, whoever owns them."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """Name to SQL type of the profile columns of the current profiles table."""
    row: RecordRow | None = None
    """The record's row."""
    unreadable: Finding | None = None
    """What is wrong with the record, if we may read its table."""
    others: Mapping[str, int] = field(default_factory=dict)
    """Kind to number of the objects with other names, as far as they were counted."""
    named: Sequence[str] = ()
    """The first names of `others`, for a message."""
    owners: Mapping[str, str] = field(default_factory=dict)
    """Name to owner of `objects`, as far as owners are known."""
    foreign: Mapping[str, str] = field(default_factory=dict)
    """The entries of `owners` whose owner's rights we lack, as far as that is known."""
    is_servers: bool = False
    """Whether it is seen as a warehouse that a Krenalis server fills; see `filled_by_server`."""
    has_record_table: bool = False
    """Whether, seen so, it has a table with the name of the record's: a server makes none."""

    @property
    def record(self) -> Workspace | None:
        """The workspace as it is, or will be after an unfinished change."""
        return self.row.workspace if self.row else None

    @classmethod
    def of(cls, tables: ProfilesTables, *, objects: Mapping[str, str], **members: Any) -> "Snapshot":
        """The snapshot of `objects` with names of the catalogue, of which `tables` tells the profiles table."""
        return cls(
            objects={name: kind for name, kind in objects.items() if name not in tables.strangers},
            profiles=tables.live,
            new_profiles=tables.new,
            strangers=tables.strangers,
            unclear=tables.unclear,
            **members,
        )

    @property
    def ours(self) -> dict[str, str]:
        """Name to kind of the objects that we made, with the current profiles table."""
        expected = {**self.names.objects, **({self.profiles: "table"} if self.profiles else {})}
        return {name: kind for name, kind in self.objects.items() if expected.get(name) == kind}

    def filled_by_server(
        self, further: Mapping[str, str], owners: Mapping[str, str], foreign: Mapping[str, str]
    ) -> "Snapshot":
        """The same warehouse as one that a Krenalis server fills, with further objects that such a server makes.

        `owners` and `foreign` are theirs, as the attributes of these names. All profiles tables are the server's, the record
        is not. A view is the server's where a table that it could read is.
        """
        there = {**self.objects, **self.strangers, **further}
        record = self.names.record
        names = self.names.of_servers(name for name, kind in there.items() if kind == "table")
        tables = {name for name, kind in there.items() if kind == "table" and name in names.objects}
        read = {names.spell(view.name): names.spell(view.table) for view in krenalis_objects.VIEWS}
        read[names.profiles_view] = next((name for name in tables if names.number(name) is not None), "")
        objects = {
            name: kind
            for name, kind in there.items()
            if name != record
            and (kind != "view" or read.get(name) in tables)
            and (kind != "type" or name in self.enumerations)
        }
        return replace(
            self,
            names=names,
            objects=objects,
            strangers={},
            unclear=False,
            has_record_table=there.get(record) == "table",
            is_servers=True,
            owners={**self.owners, **owners},
            foreign={**self.foreign, **foreign},
        )

    def without(self, dropped: Collection[str]) -> "Snapshot":
        """What will be there when our objects of these names are dropped, the record and the profiles among them."""
        objects = {name: kind for name, kind in self.objects.items() if name not in dropped}
        tables = choose(self.names, {**objects, **self.strangers}, None, Versions())
        return replace(
            self,
            objects=objects,
            profiles=None,
            new_profiles=tables.new,
            reusable=[name for name in self.reusable if name not in dropped],
            columns={},
            row=None,
        )

    @property
    def data_tables(self) -> list[str]:
        """Our tables that may hold data of customers: all but the table of the record."""
        return [name for name, kind in self.ours.items() if kind == "table" and name != self.names.record]

    @property
    def missing(self) -> list[str]:
        """The names of a complete warehouse that no object has; a profiles table may have any number."""
        present = self._canonical().keys() | self.objects.keys()
        return [name for name in self.names.objects if name not in present]

    @property
    def holds_workspace(self) -> bool:
        """Whether the record or any of our tables is there; other objects prove nothing."""
        return self.record is not None or "table" in self.ours.values()

    @property
    def unfinished(self) -> UnfinishedChange | None:
        """The rest of a change that broke off. Objects that were being made or dropped are made."""
        if self.row is None or not self.row.is_unfinished:
            return None
        return self.row.change or UnfinishedChange(
            workspace=self.row.workspace, make=tuple(self.names.objects)
        )

    def observed(self) -> ObservedWorkspace:
        """The workspace for the domain: the current profiles table appears under its name in the catalogue.

        An unfinished change counts as done, but the record as missing: so the next plan makes the record again, does
        the rest of the change with it, and computes its own migration from there.
        """
        objects, columns = self._canonical(), dict(self.columns)
        if self.unfinished:
            objects.pop(self.names.record, None)
            change = self.unfinished.tables.get(self.profiles or "")
            for operation in (change.left(columns) if change else None) or ():
                operation.apply(columns)
        return ObservedWorkspace(self.record, objects, columns, self.holds_workspace)

    def _canonical(self) -> dict[str, str]:
        objects = {name: kind for name, kind in self.objects.items() if name in self.names.objects}
        if self.profiles:
            objects[self.names.first_profiles] = "table"
        if self.record is None and objects.get(self.names.record) == "table":
            del objects[self.names.record]  # without its row the table says nothing
        return objects
