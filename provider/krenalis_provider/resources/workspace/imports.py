"""Import of `krenalis_workspace`: by the place of its warehouse, or by the id that its server gave it."""

import re
from typing import Any, Final

from krenalis_provider.configuration import Configuration
from krenalis_provider.model.definition import WarehouseAddress
from krenalis_provider.model.errors import CheckFailed, InvalidWorkspace, WorkspaceError, WorkspaceNotFound
from krenalis_provider.model.observed import ObservedWorkspace
from krenalis_provider.model.unknown import UNKNOWN
from krenalis_provider.resources.workspace import (
    messages,
    protection,
    refresh,
    remedies,
    systems,
    translation,
    twins,
)
from krenalis_provider.resources.workspace.schema import SCHEMA
from krenalis_provider.server_block import Mode
from krenalis_provider.workspaces import import_id, offline_checks
from krenalis_provider.workspaces.interface import Reference
from tfplugin.diagnostics import DiagnosticError
from tfplugin.resource import ImportRequest, ObjectValue, ReadRequest, Result

IMPORTED: Final = "imported"
"""In the private data of a state that is not read yet: it holds only what the import id says."""

_INVALID: Final = "Invalid import id"
_SERVER_ID: Final = re.compile("[1-9A-HJ-NP-Za-km-z]{12}|[0-9]{1,19}")


def import_state(request: ImportRequest, configuration: Configuration | None) -> Result:
    """Where to look for the workspace. Raises `DiagnosticError` for an id that does not say it."""
    mode = configuration.mode if configuration else Mode.DIRECT
    is_url = "://" in request.id
    if mode is Mode.SERVER or (mode is Mode.UNDECIDED and not is_url):
        if not _SERVER_ID.fullmatch(request.id):
            what = _URL_AT_SERVER if is_url else ""  # what was given is not shown: a URL may hold a password
            raise DiagnosticError(_INVALID, f"id: {what}{_EXPECTED_ID}")
        return Result({"id": request.id}, {IMPORTED: True})
    try:
        address = import_id.parse(request.id)
    except InvalidWorkspace as error:
        what = _ID_WITHOUT_SERVER if _SERVER_ID.fullmatch(request.id) else ""
        detail = "\n".join(problem.message for problem in error.problems)
        raise DiagnosticError(_INVALID, f"id: {what}{detail}") from None  # it may hold a password
    platform: Any = address.platform
    settings: Any = address.settings
    return Result({"warehouse": {"platform": platform, "mode": None, "settings": _all(settings)}})


def imported(request: ReadRequest, configuration: Configuration) -> Result:
    """The workspace that is found where the import id says; unlike for a refresh, every obstacle is an error."""
    if configuration.mode is not Mode.DIRECT and (unknown := configuration.unknown_for(None)):
        raise DiagnosticError(
            "Provider is not configured yet", f"Not known yet: {', '.join(unknown)}. {remedies.KNOWN_FIRST}"
        )
    try:
        state = _found_in_server(request, configuration) or _found_in_warehouse(request, configuration)
    except WorkspaceError as error:
        messages.report_error(error, request.diagnostics)
        return Result(request.state)
    twins.read(state, configuration)
    return Result(state, protection.facts(state, configuration))


def _found_in_server(request: ReadRequest, configuration: Configuration) -> ObjectValue | None:
    """The state of a workspace in a server, whose warehouse that tells; None for one of direct mode."""
    state = request.state
    if state["id"] is None:
        return None
    reference = Reference(str(state["id"]), WarehouseAddress(UNKNOWN, UNKNOWN))
    found = configuration.workspaces.get(reference, request.deadline)
    if found is None:
        raise WorkspaceNotFound(
            "Workspace not found",
            f"{configuration.server.endpoint} has no workspace with the id {state['id']}.",
        )
    needed = offline_checks.needed_settings(str(found.platform))
    if not needed:
        raise WorkspaceError(
            "Unsupported platform",
            f"{configuration.server.endpoint} has the workspace {state['id']} on the platform {found.platform}, which this "
            "version of the provider does not know. Use a newer one.",
        )
    settings = {name: value for name, value in (found.settings or {}).items() if name in needed}
    platform: Any = found.platform
    known: Any = {"platform": platform, "mode": None, "settings": _all(settings)}
    return _completed({**state, "warehouse": known}, found, configuration)


def _found_in_warehouse(request: ReadRequest, configuration: Configuration) -> ObjectValue:
    """The state of a workspace of direct mode."""
    state = request.state
    workspaces, reference = configuration.workspaces, translation.reference(state)
    found = workspaces.get(reference, request.deadline)
    missing = () if found else workspaces.test(translation.definition(state), request.deadline, replaces=None)
    if absent := [finding for finding in missing if finding.may_be_made]:
        raise CheckFailed(absent)
    if found is None or found.workspace is None:
        what = "no workspace."
        if found:
            what = f"tables of a workspace, but not its record.\n\n{remedies.WITHOUT_RECORD}"
        raise WorkspaceNotFound("Workspace not found", f"{translation.import_id(state)} holds {what}")
    return _completed({**state, "id": found.workspace.id}, found, configuration)


def _completed(state: ObjectValue, found: ObservedWorkspace, configuration: Configuration) -> ObjectValue:
    chosen: ObjectValue = {
        "deletion_protection": True,
        "on_destroy": systems.default_on_destroy(configuration),
    }
    return refresh.refreshed({**state, **chosen}, found, configuration.workspaces)


def _all(settings: dict[str, Any]) -> dict[str, Any]:
    """Settings, and null for the attributes of other platforms, and for a password."""
    warehouse: Any = SCHEMA.attributes["warehouse"]
    return dict.fromkeys(warehouse.attributes["settings"].attributes) | settings


_EXPECTED_ID: Final = (
    "expected the id that the Krenalis server gave to the workspace: 12 letters and digits, such as 3oosWdEVSD5W, or a "
    "whole number."
)
_URL_AT_SERVER: Final = "this is the form for direct mode, and the provider has an endpoint; "
_ID_WITHOUT_SERVER: Final = (
    "the id of a workspace in a Krenalis server needs endpoint and api_key in the provider block, and there are none. For "
    "a workspace of direct mode, "
)
