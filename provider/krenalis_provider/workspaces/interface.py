"""The calls of the API documentation, as the resource needs them, wherever the workspaces live."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from krenalis_provider.warehouses.migration import Migration
from krenalis_provider.warehouses.provisioner import ColumnCounts, Counts, Inspection
from krenalis_provider.workspaces.deadline import Deadline
from krenalis_provider.workspaces.errors import Finding
from krenalis_provider.workspaces.model import UIPreferences, WarehouseMode, Workspace
from krenalis_provider.workspaces.profile_schema import ProfileSchema


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """What a workspace is to be. `document` is the profile schema as the user wrote it."""

    name: str
    mode: WarehouseMode
    schema: ProfileSchema
    document: object
    ui_preferences: UIPreferences
    identifiers: tuple[str, ...] = ()
    primary_sources: Mapping[str, str] = field(default_factory=dict)
    resolve_identities_on_batch_import: bool = True


class Workspaces(Protocol):
    """Workspaces, each call by a deadline. The exceptions are those of `errors`."""

    def test(self, deadline: Deadline, *, replaces: str | None) -> tuple[Finding, ...]:
        """Test workspace creation: the live part. `replaces` is the id of a workspace that goes before."""
        ...

    def test_update(
        self,
        workspace_id: str,
        deadline: Deadline,
        *,
        migration: Migration | None = None,
        moved: bool,
        resolution: bool = False,
    ) -> tuple[Finding, ...]:
        """Whether an update could be made now.

        `migration` is what the change does to the profile columns, `moved` says that it connects to another place
        than before, `resolution` that the identifiers or primary sources change.
        """
        ...

    def test_delete(self, workspace_id: str, deadline: Deadline) -> tuple[Finding, ...]:
        """Whether a deletion could be made now."""
        ...

    def count(self, workspace_id: str, deadline: Deadline) -> Counts:
        """How many rows the workspace has, as far as that is found out by the deadline."""
        ...

    def count_values(self, workspace_id: str, columns: Sequence[str], deadline: Deadline) -> ColumnCounts:
        """How many profiles the workspace has, and how many of them have a value in each of the columns."""
        ...

    def create(self, definition: Definition, deadline: Deadline) -> Workspace:
        """Create workspace; nothing is left behind when it fails."""
        ...

    def get(self, deadline: Deadline) -> Inspection | None:
        """Get workspace; None when nothing of one is there."""
        ...

    def update(
        self,
        workspace_id: str,
        definition: Definition,
        deadline: Deadline,
        *,
        migration: Migration | None = None,
        moved: bool,
    ) -> None:
        """Update workspace, and make again what its warehouse lacks; `migration` and `moved` are as for `test_update`.

        A migration with problems, such as losses that are not permitted, raises `InvalidWorkspace`.
        """
        ...

    def delete(self, workspace_id: str, deadline: Deadline) -> None:
        """Delete workspace."""
        ...
