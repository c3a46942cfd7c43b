"""The calls of the API that this provider makes, one method each.

Each takes a deadline and raises `errors.ApiError`. An object may be shared by threads, and should be: its calls share
connections. The bodies are complete, because what is left out of a PUT is reset.
Source: docs/facts/krenalis.md, "The REST API".
"""

from collections.abc import Mapping, Sequence
from typing import Any

from krenalis_provider.api.documents import (
    Alteration,
    IdentitySettings,
    Run,
    UIPreferences,
    Warehouse,
    Workspace,
)
from krenalis_provider.api.server import Server
from krenalis_provider.model.deadline import Deadline


class Api:
    """The API of one server, with one key."""

    def __init__(self, server: Server) -> None:
        """Connects to nothing yet."""
        self._server = server

    @property
    def restricted_to(self) -> str | None:
        """The id of the only workspace of the key, once an answer has shown that the key is restricted."""
        raise NotImplementedError

    def create(self, body: Mapping[str, Any], deadline: Deadline) -> str:
        """Create a workspace; its id. Never repeated, because it is not transactional."""
        raise NotImplementedError

    def test(self, body: Mapping[str, Any], deadline: Deadline) -> None:
        """Test the creation of a workspace."""
        raise NotImplementedError

    def list(self, deadline: Deadline) -> "list[Workspace]":
        """All workspaces that the key gives access to, in no order."""
        raise NotImplementedError

    def get(self, workspace_id: str, deadline: Deadline) -> Workspace:
        """One workspace. Raises `NotFound`."""
        raise NotImplementedError

    def put(self, workspace_id: str, name: str, preferences: UIPreferences, deadline: Deadline) -> None:
        """Set name and preferences."""
        raise NotImplementedError

    def delete(self, workspace_id: str, deadline: Deadline) -> None:
        """Delete a workspace, not its warehouse. Raises `NotFound`."""
        raise NotImplementedError

    def warehouse(self, workspace_id: str, deadline: Deadline) -> Warehouse:
        """The warehouse of a workspace, with passwords in clear text."""
        raise NotImplementedError

    def put_warehouse(
        self,
        workspace_id: str,
        *,
        mode: str,
        settings: Mapping[str, Any],
        mcp_settings: Mapping[str, Any] | None,
        deadline: Deadline,
        cancel_incompatible_operations: bool = False,
    ) -> None:
        """Set mode, settings and MCP settings. The server does not try the settings."""
        raise NotImplementedError

    def test_warehouse(
        self,
        workspace_id: str,
        settings: Mapping[str, Any],
        mcp_settings: Mapping[str, Any] | None,
        deadline: Deadline,
    ) -> None:
        """Test what `put_warehouse` would set; the server connects with the settings that it has, not with these."""
        raise NotImplementedError

    def put_mode(
        self,
        workspace_id: str,
        mode: str,
        deadline: Deadline,
        *,
        cancel_incompatible_operations: bool = False,
    ) -> None:
        """Set the mode alone."""
        raise NotImplementedError

    def repair(self, workspace_id: str, deadline: Deadline) -> None:
        """Make objects of the warehouse that are missing."""
        raise NotImplementedError

    def platforms(self, deadline: Deadline) -> tuple[str, ...]:
        """The names of the platforms that the server has."""
        raise NotImplementedError

    def profile_schema(self, workspace_id: str, deadline: Deadline) -> Mapping[str, Any]:
        """The profile schema as it came, whose fractions are Decimals."""
        raise NotImplementedError

    def alter(
        self,
        workspace_id: str,
        schema: Mapping[str, Any],
        primary_sources: Mapping[str, str],
        re_paths: Mapping[str, str | None],
        deadline: Deadline,
    ) -> None:
        """Begin an alteration of the profile schema; `latest_alteration` tells when it has ended, and how."""
        raise NotImplementedError

    def preview(
        self,
        workspace_id: str,
        schema: Mapping[str, Any],
        re_paths: Mapping[str, str | None],
        deadline: Deadline,
    ) -> tuple[str, ...]:
        """The statements of an alteration."""
        raise NotImplementedError

    def latest_alteration(self, workspace_id: str, deadline: Deadline) -> Alteration:
        """The alteration that began last; without a start if there was none."""
        raise NotImplementedError

    def identity_settings(self, workspace_id: str, deadline: Deadline) -> IdentitySettings:
        """The settings of identity resolution."""
        raise NotImplementedError

    def put_identity_settings(
        self, workspace_id: str, identifiers: Sequence[str], deadline: Deadline, *, run_on_batch_import: bool
    ) -> None:
        """Set both settings of identity resolution."""
        raise NotImplementedError

    def start_identity_resolution(self, workspace_id: str, deadline: Deadline) -> None:
        """Begin an identity resolution."""
        raise NotImplementedError

    def latest_identity_resolution(self, workspace_id: str, deadline: Deadline) -> Run:
        """The identity resolution that began last; without a start if there was none."""
        raise NotImplementedError
