"""Workspaces without a Krenalis server: the warehouse itself holds the workspace's record."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any, Final

from krenalis_provider.warehouses.columns import profile_columns
from krenalis_provider.warehouses.migration import Migration
from krenalis_provider.warehouses.provisioner import (
    ColumnCounts,
    Counts,
    Inspection,
    Listing,
    Provisioner,
    platform,
)
from krenalis_provider.workspaces.deadline import Deadline
from krenalis_provider.workspaces.errors import Finding, InvalidWorkspace
from krenalis_provider.workspaces.interface import Definition
from krenalis_provider.workspaces.model import Workspace

_LARGEST_ID: Final = 2**31 - 1


class DirectWorkspaces:
    """The workspace of one warehouse (one schema of one database)."""

    def __init__(self, provisioner: Provisioner) -> None:
        """`provisioner` is that of the warehouse."""
        self._provisioner = provisioner

    @classmethod
    def at(cls, platform_name: str, settings: Any, credentials: Mapping[str, str]) -> "DirectWorkspaces":
        """The workspace of the warehouse that checked settings name; does not connect yet."""
        return cls(platform(platform_name).provisioner(settings, credentials))

    def test(self, deadline: Deadline, *, replaces: str | None) -> tuple[Finding, ...]:
        """See `Workspaces.test`."""
        return self._provisioner.check(deadline, replaces=replaces)

    def test_update(
        self,
        workspace_id: str,
        deadline: Deadline,
        *,
        migration: Migration | None = None,
        moved: bool,
        resolution: bool = False,
    ) -> tuple[Finding, ...]:
        """See `Workspaces.test_update`."""
        return self._provisioner.check_update(
            workspace_id, deadline, migration=migration, moved=moved, resolution=resolution
        )

    def test_delete(self, workspace_id: str, deadline: Deadline) -> tuple[Finding, ...]:
        """See `Workspaces.test_delete`."""
        return self._provisioner.check_drop(workspace_id, deadline)

    def count(self, workspace_id: str, deadline: Deadline) -> Counts:
        """See `Workspaces.count`."""
        return self._provisioner.count(workspace_id, deadline)

    def count_values(self, workspace_id: str, columns: Sequence[str], deadline: Deadline) -> ColumnCounts:
        """See `Workspaces.count_values`."""
        return self._provisioner.count_values(workspace_id, columns, deadline)

    def create(self, definition: Definition, deadline: Deadline) -> Workspace:
        """See `Workspaces.create`. The id is of the documented kind: a positive 32-bit integer."""
        workspace = _workspace(str(1 + secrets.randbelow(_LARGEST_ID)), definition)
        self._provisioner.initialize(workspace, profile_columns(definition.schema), deadline)
        return workspace

    def get(self, deadline: Deadline) -> Inspection | None:
        """See `Workspaces.get`."""
        found = self._provisioner.inspect(deadline)
        return found if found.has_workspace else None

    def update(
        self,
        workspace_id: str,
        definition: Definition,
        deadline: Deadline,
        *,
        migration: Migration | None = None,
        moved: bool,
    ) -> None:
        """See `Workspaces.update`."""
        if migration and migration.problems:
            raise InvalidWorkspace(migration.problems)
        workspace = _workspace(workspace_id, definition)
        columns = profile_columns(definition.schema)
        self._provisioner.update(workspace, columns, deadline, migration=migration, moved=moved)

    def delete(self, workspace_id: str, deadline: Deadline) -> None:
        """See `Workspaces.delete`."""
        self._provisioner.drop(workspace_id, deadline)


def list_workspaces(
    platform_name: str, database: Any, credentials: Mapping[str, str], deadline: Deadline
) -> Listing:
    """List all workspaces: in direct mode, those of a database, whose checked settings name no schema."""
    return platform(platform_name).list_workspaces(database, credentials, deadline)


def _workspace(workspace_id: str, definition: Definition) -> Workspace:
    return Workspace(
        id=workspace_id,
        name=definition.name,
        mode=definition.mode,
        profile_schema=definition.document,
        ui_preferences=definition.ui_preferences,
        identifiers=definition.identifiers,
        primary_sources=definition.primary_sources,
        resolve_identities_on_batch_import=definition.resolve_identities_on_batch_import,
    )
