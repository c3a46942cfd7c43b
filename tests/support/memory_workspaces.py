"""Workspaces that live in this process: a system that is no warehouse, and knows neither platforms nor SQL.

A property is a column by its path, and its kind the column's type; nothing else is kept of a profile schema.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from krenalis_provider.model.attribute_path import AttributePath
from krenalis_provider.model.deadline import Deadline
from krenalis_provider.model.definition import Definition, WarehouseAddress
from krenalis_provider.model.errors import Finding, InvalidWorkspace, Problem, Verdict, WorkspaceNotFound
from krenalis_provider.model.observed import (
    ColumnCounts,
    Counts,
    Filled,
    Listing,
    ObservedWorkspace,
    RowCount,
)
from krenalis_provider.model.profile_schema import Parsed, ProfileSchema, parse
from krenalis_provider.model.property_path import PropertyPath
from krenalis_provider.model.unknown import UNKNOWN, Unknown
from krenalis_provider.model.workspace import Workspace
from krenalis_provider.workspaces.interface import Loss, PlannedChange, Prior, Reference

_MOST = 2


@dataclass
class MemoryWorkspaces:
    """At most two workspaces; see `Workspaces`."""

    stored: dict[str, Workspace] = field(default_factory=dict)

    def problems(self, definition: Definition, *, creates: bool) -> tuple[Problem, ...]:
        return ()

    def test(
        self, definition: Definition, deadline: Deadline, *, replaces: str | None, rehearse: bool = False
    ) -> tuple[Finding, ...]:
        if len(self.stored.keys() - {replaces}) < _MOST:
            return ()
        path = AttributePath.of("name")
        return (Finding(Verdict.CONTRADICTED, path, "Too many workspaces", "remove one first."),)

    def create(self, definition: Definition, deadline: Deadline) -> str:
        workspace = definition.workspace(str(len(self.stored) + 1))
        self.stored[workspace.id] = workspace
        return workspace.id

    def get(self, reference: Reference, deadline: Deadline) -> ObservedWorkspace | None:
        found = self.stored.get(str(reference.id))
        if found is None:
            return None
        return ObservedWorkspace(found, {}, _columns(parse(found.profile_schema).schema))

    def needs_database(self, _platform: str, /) -> bool:
        return False

    def same_schema(self, written: Parsed, found: Any) -> bool:
        return written.schema == parse(found).schema

    def list(self, database: WarehouseAddress | None, deadline: Deadline) -> Listing:
        return Listing({workspace.name: workspace for workspace in self.stored.values()}, {})

    def plan_change(self, prior: Prior | None, wanted: Definition) -> PlannedChange:
        schema = wanted.profile_schema.schema
        if schema is None or not wanted.decides_columns:
            return PlannedChange(objects={}, operations=UNKNOWN if prior else ())
        if prior is None:
            return PlannedChange(profile_columns=_columns(schema), objects={})
        return _planned(_columns(prior.profile_schema), _columns(schema), wanted)

    def test_change(
        self,
        prior: Prior,
        wanted: Definition,
        change: PlannedChange,
        deadline: Deadline,
        *,
        rehearse: bool = False,
    ) -> tuple[Finding, ...]:
        return self.test_delete(prior.reference, deadline, keeps_warehouse=True)

    def update(self, prior: Prior, wanted: Definition, change: PlannedChange, deadline: Deadline) -> None:
        if change.problems:
            raise InvalidWorkspace(change.problems)
        workspace_id = str(prior.reference.id)
        if workspace_id not in self.stored:
            raise WorkspaceNotFound("Workspace not found", f"there is none with the id {workspace_id}.")
        self.stored[workspace_id] = wanted.workspace(workspace_id)

    def test_delete(
        self, reference: Reference, deadline: Deadline, *, keeps_warehouse: bool, rehearse: bool = False
    ) -> tuple[Finding, ...]:
        if str(reference.id) in self.stored:
            return ()
        detail = f"there is none with the id {reference.id}."
        return (Finding(Verdict.ABSENT, AttributePath(), "Workspace not found", detail),)

    def delete(self, reference: Reference, deadline: Deadline, *, keeps_warehouse: bool) -> None:
        self.stored.pop(str(reference.id), None)

    def count(self, reference: Reference, deadline: Deadline) -> Counts:
        return Counts(RowCount(0), RowCount(0), RowCount(0))

    def count_values(self, reference: Reference, columns: Sequence[str], deadline: Deadline) -> ColumnCounts:
        none = Filled(RowCount(0), dict.fromkeys(columns, 0))
        return ColumnCounts(none, none)


def _columns(schema: ProfileSchema | None) -> dict[str, str]:
    return {str(path): type_.kind for path, type_ in schema.leaves()} if schema else {}


def _planned(before: dict[str, str], after: dict[str, str], wanted: Definition) -> PlannedChange:
    """A property that goes, or changes its kind, is lost unless it is renamed."""
    renames = {} if isinstance(wanted.renames, Unknown) else wanted.renames
    permitted = () if isinstance(wanted.drop_columns, Unknown) else wanted.drop_columns
    origins = {path: _origin(path, before, renames) for path in after}
    kept = {old: new for new, old in origins.items() if before.get(old) == after[new]}
    lost = [path for path in before if path not in kept]
    return PlannedChange(
        profile_columns=after,
        objects={},
        operations=(
            *(f"rename {old} to {new}" for old, new in kept.items() if old != new),
            *(f"drop {path}" for path in lost),
            *(f"add {path}" for path in after if path not in kept.values()),
        ),
        changes_columns=before != after,
        renamed={PropertyPath.parse(old): PropertyPath.parse(new) for old, new in kept.items()},
        losses=tuple(Loss(PropertyPath.parse(path), path, None) for path in lost if path in permitted),
        problems=tuple(
            Problem(
                AttributePath.of("drop_columns"),
                f'property "{path}" goes: list "{path}" here to permit that.',
            )
            for path in lost
            if path not in permitted
        ),
    )


def _origin(path: str, before: dict[str, str], renames: Mapping[str, str]) -> str:
    """The old path of a property, by the entry for it or for an object around it, and by entries that go on from there."""
    for new, old in renames.items():
        if path == new or path.startswith(f"{new}."):
            origin = old + path.removeprefix(new)
            if origin in before:
                return origin
            if path not in before:
                return _origin(origin, before, renames)
    # two paths may have one column, which keeps its data without a word
    column = PropertyPath.parse(path).column
    return next((old for old in before if PropertyPath.parse(old).column == column), path)
