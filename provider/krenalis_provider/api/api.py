"""The calls of the API that are about workspaces, one method each.

The provider makes all of them but `repair`, `platforms`, `profile_schema` and `start_identity_resolution`, which are here so
that the client is whole, and are tested as the others.

Each takes a deadline and raises `errors.ApiError`. An object may be shared by threads, and should be: its calls share
connections. The bodies are complete, because what is left out of a PUT is reset.
Source: docs/facts/krenalis.md, "The REST API".
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar

from krenalis_provider.api.answers import parsed, says_key_has_one_workspace
from krenalis_provider.api.client import Client, other_workspace
from krenalis_provider.api.documents import (
    Created,
    Document,
    IdentitySettings,
    Platforms,
    Preview,
    Run,
    UIPreferences,
    Warehouse,
    Workspace,
    Workspaces,
    read,
    unwrapped_schema,
)
from krenalis_provider.api.errors import Unauthorized
from krenalis_provider.api.server import Server
from krenalis_provider.model.deadline import Deadline

_CURRENT: Final = "/workspaces/current"
_SCHEMA: Final = "/profiles/schema"
_RESOLUTION: Final = "/identity-resolution"
_CANCEL_NOTHING: Final = {"cancelIncompatibleOperations": False}
"""What a mode forbids and is under way goes on to its end."""
_ID_LENGTH: Final = 12
_D = TypeVar("_D", bound=Document)


class Api:
    """The API of one server, with one key."""

    def __init__(self, server: Server) -> None:
        """Connects to nothing yet."""
        self._client = Client(server)

    @property
    def restricted_to(self) -> str | None:
        """The id of the only workspace of the key, once an answer has shown that the key is restricted."""
        return self._client.restricted_to

    def create(self, body: Mapping[str, Any], deadline: Deadline) -> str:
        """Create a workspace; its id. Never repeated, because it is not transactional."""
        answer = self._client.of_organization("POST", "/workspaces", deadline, body)
        return self._read(Created, answer, "POST", "/workspaces").id

    def test(self, body: Mapping[str, Any], deadline: Deadline) -> None:
        """Test the creation of a workspace."""
        self._client.of_organization("POST", "/workspaces/test", deadline, body, repeatable=True)

    def list(self, deadline: Deadline) -> "list[Workspace]":
        """All workspaces that the key gives access to, in no order."""
        if self.restricted_to is None:
            try:
                answer = self._client.of_organization("GET", "/workspaces", deadline)
            except Unauthorized as error:
                if not says_key_has_one_workspace(error):
                    raise
            else:
                return self._read(Workspaces, answer, "GET", "/workspaces").workspaces
        document = self._client.workspace_of_key(deadline)
        return [read(Workspace, document, self._client.asked("GET", _CURRENT))]

    def get(self, workspace_id: str, deadline: Deadline) -> Workspace:
        """One workspace. Raises `NotFound`."""
        found = self._got(Workspace, _CURRENT, workspace_id, deadline)
        if found.id != workspace_id:  # a server that takes no notice of the header
            raise other_workspace(self._client.asked("GET", _CURRENT), workspace_id, found.id)
        return found

    def put(self, workspace_id: str, name: str, preferences: UIPreferences, deadline: Deadline) -> None:
        """Set name and preferences."""
        self._put(_CURRENT, workspace_id, deadline, {"name": name, "uiPreferences": preferences.body()})

    def delete(self, workspace_id: str, deadline: Deadline) -> None:
        """Delete a workspace, not its warehouse. Raises `NotFound`."""
        self._client.of_workspace("DELETE", _CURRENT, workspace_id, deadline)

    def warehouse(self, workspace_id: str, deadline: Deadline) -> Warehouse:
        """The warehouse of a workspace, with passwords in clear text."""
        return self._got(Warehouse, "/warehouse", workspace_id, deadline)

    def put_warehouse(
        self,
        workspace_id: str,
        *,
        mode: str,
        settings: Mapping[str, Any],
        mcp_settings: Mapping[str, Any] | None,
        deadline: Deadline,
    ) -> None:
        """Set mode, settings and MCP settings. The server does not try the settings."""
        body = {"mode": mode, "settings": settings, "mcpSettings": mcp_settings, **_CANCEL_NOTHING}
        self._put("/warehouse", workspace_id, deadline, body)

    def test_warehouse(
        self,
        workspace_id: str,
        settings: Mapping[str, Any],
        mcp_settings: Mapping[str, Any] | None,
        deadline: Deadline,
    ) -> None:
        """Test what `put_warehouse` would set; the server connects with the settings that it has, not with these."""
        self._put(
            "/warehouse/test", workspace_id, deadline, {"settings": settings, "mcpSettings": mcp_settings}
        )

    def put_mode(self, workspace_id: str, mode: str, deadline: Deadline) -> None:
        """Set the mode alone."""
        self._put("/warehouse/mode", workspace_id, deadline, {"mode": mode, **_CANCEL_NOTHING})

    def repair(self, workspace_id: str, deadline: Deadline) -> None:
        """Make objects of the warehouse that are missing."""
        self._client.of_workspace("POST", "/warehouse/repair", workspace_id, deadline)

    def platforms(self, deadline: Deadline) -> tuple[str, ...]:
        """The names of the platforms that the server has."""
        path = "/warehouse/platforms"
        answer = self._client.of_organization("GET", path, deadline)
        return tuple(platform.name for platform in self._read(Platforms, answer, "GET", path).platforms)

    def profile_schema(self, workspace_id: str, deadline: Deadline) -> Mapping[str, Any]:
        """The profile schema as it came, whose fractions are Decimals."""
        answer = self._client.of_workspace("GET", _SCHEMA, workspace_id, deadline)
        asked = self._client.asked("GET", _SCHEMA)
        return unwrapped_schema(parsed(asked, answer), asked)

    def alter(
        self,
        workspace_id: str,
        schema: Mapping[str, Any],
        primary_sources: Mapping[str, str],
        re_paths: Mapping[str, str | None],
        deadline: Deadline,
    ) -> None:
        """Begin an alteration of the profile schema; `latest_alteration` tells when it has ended, and how."""
        sources = {path: _connection(source) for path, source in primary_sources.items()}
        body = {"schema": schema, "primarySources": sources, "rePaths": re_paths}
        self._put(_SCHEMA, workspace_id, deadline, body)

    def preview(
        self,
        workspace_id: str,
        schema: Mapping[str, Any],
        re_paths: Mapping[str, str | None],
        deadline: Deadline,
    ) -> tuple[str, ...]:
        """The statements of an alteration."""
        path = f"{_SCHEMA}/preview"
        answer = self._put(path, workspace_id, deadline, {"schema": schema, "rePaths": re_paths})
        return tuple(self._read(Preview, answer, "PUT", path).queries)

    def latest_alteration(self, workspace_id: str, deadline: Deadline) -> Run:
        """The alteration that began last; without a start if there was none."""
        return self._got(Run, f"{_SCHEMA}/latest-alter", workspace_id, deadline)

    def identity_settings(self, workspace_id: str, deadline: Deadline) -> IdentitySettings:
        """The settings of identity resolution."""
        return self._got(IdentitySettings, f"{_RESOLUTION}/settings", workspace_id, deadline)

    def put_identity_settings(
        self, workspace_id: str, identifiers: Sequence[str], deadline: Deadline, *, run_on_batch_import: bool
    ) -> None:
        """Set both settings of identity resolution."""
        body = {"runOnBatchImport": run_on_batch_import, "identifiers": [*identifiers]}
        self._put(f"{_RESOLUTION}/settings", workspace_id, deadline, body)

    def start_identity_resolution(self, workspace_id: str, deadline: Deadline) -> None:
        """Begin an identity resolution."""
        self._client.of_workspace("POST", f"{_RESOLUTION}/start", workspace_id, deadline)

    def latest_identity_resolution(self, workspace_id: str, deadline: Deadline) -> Run:
        """The identity resolution that began last; without a start if there was none."""
        return self._got(Run, f"{_RESOLUTION}/latest", workspace_id, deadline)

    def _got(self, kind: type[_D], path: str, workspace_id: str, deadline: Deadline) -> _D:
        return self._read(kind, self._client.of_workspace("GET", path, workspace_id, deadline), "GET", path)

    def _put(self, path: str, workspace_id: str, deadline: Deadline, body: Mapping[str, Any]) -> bytes:
        return self._client.of_workspace("PUT", path, workspace_id, deadline, body)

    def _read(self, kind: type[_D], answer: bytes, method: str, path: str) -> _D:
        asked = self._client.asked(method, path)
        return read(kind, parsed(asked, answer), asked)


def _connection(connection_id: str) -> str | int:
    """The id of a connection as its server spells it: those of the API documentation are whole numbers."""
    return (
        int(connection_id) if connection_id.isdecimal() and len(connection_id) < _ID_LENGTH else connection_id
    )
