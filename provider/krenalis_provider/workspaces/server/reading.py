"""Gets and lists workspaces of a server, and counts their rows by our own connection."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeVar

from krenalis_provider.api.errors import ApiError, NotFound, UnknownKey
from krenalis_provider.api.server import workspace_id_problem
from krenalis_provider.model.attribute_path import AttributePath
from krenalis_provider.model.deadline import Deadline
from krenalis_provider.model.errors import InvalidWorkspace, Problem, WorkspaceError
from krenalis_provider.model.observed import Listing, ObservedWorkspace
from krenalis_provider.model.profile_columns import profile_columns
from krenalis_provider.model.profile_schema import parse
from krenalis_provider.model.workspace import UIPreferences, UserProfile, WarehouseMode, Workspace
from krenalis_provider.warehouses import registry
from krenalis_provider.workspaces.interface import Reference
from krenalis_provider.workspaces.server.access import Access, ServersWarehouse, address_of
from krenalis_provider.workspaces.server.errors import explained, translated

if TYPE_CHECKING:  # importing pydantic waits for the first request
    from krenalis_provider.api import documents

_T = TypeVar("_T")
_NUMBER: Final = "port"
_KNOWN: Final = {
    "host",
    _NUMBER,
    "username",
    "password",
    "database",
    "schema",
    "account",
    "role",
    "warehouse",
}
_NO_CONNECTION: Final = "The warehouse's settings do not suffice to connect to it from here."


def get(access: Access, reference: Reference, deadline: Deadline) -> ObservedWorkspace | None:
    """A workspace with its warehouse's settings; None if the server says that there is none."""
    workspace_id = str(reference.id)
    if problem := workspace_id_problem(
        workspace_id
    ):  # it is not shown: an import id of direct mode may hold a password
        raise InvalidWorkspace([Problem(AttributePath.of("id"), f"{problem}.")])
    with translated():
        try:
            found = access.listed.workspaces(deadline).get(workspace_id)
        except UnknownKey:
            if access.api.restricted_to != workspace_id and reference.restricted_key != access.key_mark:
                raise
            return None  # a key that is restricted to a workspace goes with it
        if found is None:  # made after the list, or not there: the list alone does not prove it
            try:
                found = access.api.get(workspace_id, deadline)
            except NotFound:
                return None
        try:
            warehouse = access.stored(workspace_id, deadline)
        except NotFound:
            if is_gone(access, workspace_id, deadline):
                access.changed()
                return None
            raise
    return ObservedWorkspace(
        workspace_of(found),
        objects={},
        columns=_columns(found, warehouse.platform),
        platform=warehouse.platform,
        settings=_settings(warehouse),
        restricted_key=access.key_mark if access.api.restricted_to == workspace_id else None,
    )


def _settings(warehouse: "documents.Warehouse") -> dict[str, Any]:
    """The settings; one of another form than a state has raises `WorkspaceError`, which does not show it."""
    for name, value in warehouse.settings.items():
        wanted = int if name == _NUMBER else str
        if name in _KNOWN and value is not None and type(value) is not wanted:
            raise WorkspaceError(
                "Unknown warehouse settings",
                f"the server has a warehouse setting {name} of another form than this version of the provider knows. "
                "Use a newer one.",
                AttributePath.of("warehouse", "settings"),
            )
    return dict(warehouse.settings)


def is_gone(access: Access, workspace_id: str, deadline: Deadline) -> bool:
    """Whether the server itself says that there is no such workspace. Raises `ApiError`."""
    try:
        access.api.get(workspace_id, deadline)
    except NotFound:
        return True
    return False


def listing(access: Access, deadline: Deadline) -> Listing:
    """All workspaces that the key gives access to, by id, in order: the server's order is another one each time."""
    with translated():
        workspaces = access.listed.workspaces(deadline)
    return Listing({id_: workspace_of(workspaces[id_]) for id_ in sorted(workspaces)}, {})


def workspace_of(found: "documents.Workspace") -> Workspace:
    """A document as a workspace. Raises `WorkspaceError` for a mode that this version does not know."""
    if found.warehouse_mode not in {mode.value for mode in WarehouseMode}:
        raise WorkspaceError(
            "Unknown warehouse mode",
            f'workspace "{found.name}" (id {found.id}) has the mode "{found.warehouse_mode}", which this version of the '
            "provider does not know. Use a newer one.",
            AttributePath.of("warehouse", "mode"),
        )
    roles = found.ui_preferences.user_profile
    profile = UserProfile(
        image=roles.image or None,
        first_name=roles.first_name or None,
        last_name=roles.last_name or None,
        extra=roles.extra or None,
    )
    return Workspace(
        id=found.id,
        name=found.name,
        mode=WarehouseMode(found.warehouse_mode),
        profile_schema=found.profile_schema,
        ui_preferences=UIPreferences(profile),
        identifiers=tuple(found.identifiers),
        primary_sources=dict(found.primary_sources),
        resolve_identities_on_batch_import=found.resolve_identities_on_batch_import,
    )


def by_own_connection(
    access: Access,
    reference: Reference,
    deadline: Deadline,
    ask: Callable[[ServersWarehouse], _T],
    unknown: Callable[[str], _T],
) -> _T:
    """What our own connection to a workspace's warehouse answers; else `unknown` gets the reason, a full sentence."""
    try:
        address = address_of(access.stored(str(reference.id), deadline))
        warehouse = access.warehouse(address)
        return unknown(_NO_CONNECTION) if warehouse is None else ask(warehouse)
    except ApiError as error:
        return unknown(explained(error).detail)
    except WorkspaceError as error:
        return unknown(error.detail)


def _columns(found: "documents.Workspace", platform_name: str) -> Mapping[str, str]:
    """The profile columns that the schema has on the platform; none where this version does not understand them."""
    platform, schema = registry.platform(platform_name), parse(found.profile_schema).schema
    if platform is None or schema is None:
        return {}
    dialect = platform.dialect()
    return {
        dialect.NAMES.spell(column.name): dialect.column_type(column.type)
        for column in profile_columns(schema)
    }
