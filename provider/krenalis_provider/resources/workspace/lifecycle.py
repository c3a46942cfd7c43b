"""Create, read, update, delete and import of `krenalis_workspace`."""

from collections.abc import Mapping
from typing import Any

from krenalis_provider.configuration import Configuration
from krenalis_provider.model.errors import CheckFailed, Finding, InvalidWorkspace, WorkspaceError
from krenalis_provider.model.observed import ObservedWorkspace
from krenalis_provider.model.workspace import UIPreferences, Workspace
from krenalis_provider.resources.workspace import (
    losses,
    messages,
    plan_check,
    profile_schema_value,
    protection,
    remedies,
    translation,
    twins,
)
from krenalis_provider.resources.workspace.schema import SCHEMA
from krenalis_provider.workspaces import import_id
from krenalis_provider.workspaces.interface import Workspaces
from lightstart.records import asdict
from tfplugin.cty import infer
from tfplugin.diagnostics import DiagnosticError
from tfplugin.resource import (
    CreateRequest,
    DeleteRequest,
    ImportRequest,
    ObjectValue,
    ReadRequest,
    Result,
    UpdateRequest,
)


def create(request: CreateRequest, configuration: Configuration) -> Result:
    """Create the workspace, whole or not at all."""
    planned = request.planned
    try:
        workspace_id = configuration.workspaces.create(translation.definition(planned), request.deadline)
    except WorkspaceError as error:

        def taken(finding: Finding) -> str:
            others = twins.others_made_at(planned, configuration)
            same_name = finding.workspace_name == planned["name"]
            return remedies.taken_in_apply(translation.import_id(planned), others, is_as_planned=same_name)

        messages.report_error(error, request.diagnostics, taken)
        return Result(None)
    state = {**planned, "id": workspace_id}
    return Result(state, protection.facts(state))


def read(request: ReadRequest, configuration: Configuration) -> Result:
    """Look at the workspace. A warehouse that does not answer is no reason to stop: the state is kept."""
    state = request.state
    if state["id"] is None:
        return _imported(request, configuration)
    translation.require_whole(state)
    warehouse: Any = state["warehouse"]
    if unknown := configuration.unknown_for(warehouse["platform"]):
        return _kept(request, configuration, f"Not known yet: {', '.join(unknown)}.", remedies.KNOWN_FIRST)
    try:
        found = configuration.workspaces.get(translation.reference(state), request.deadline)
    except WorkspaceError as error:
        return _kept(request, configuration, error.detail)
    if found is None:
        return Result(None)
    if (other := found.workspace) is not None and other.id != state["id"]:
        reason = f'{translation.place(state)} holds another workspace: "{other.name}", id {other.id}.'
        return _kept(request, configuration, reason)
    twins.read(state, configuration)
    private = {name: value for name, value in request.private.items() if name != protection.NOT_REFRESHED}
    return Result(_refreshed(state, found, configuration.workspaces), private)


def update(request: UpdateRequest, configuration: Configuration) -> Result:
    """Change the workspace, and make again what its warehouse lacks, whole or not at all."""
    planned, before = request.planned, request.prior
    translation.require_whole(before)
    workspaces = configuration.workspaces
    wanted, prior = translation.definition(planned), translation.prior(before)
    change = workspaces.plan_change(prior, wanted)
    try:
        workspaces.update(prior, wanted, change, request.deadline)
    except WorkspaceError as error:
        messages.report_error(error, request.diagnostics)
        return Result(before, request.private)
    state = {**planned}
    if isinstance(change.profile_columns, Mapping):  # parts of the plan may have been unknown
        columns: Any = dict(change.profile_columns)
        state["profile_columns"] = columns
    if isinstance(change.operations, tuple) and not isinstance(planned["migration"], list):
        state |= {"migration": list(change.operations), "losses": losses.planned(change)}
    return Result(state, protection.facts(planned))


def delete(request: DeleteRequest, configuration: Configuration) -> None:
    """Drop what the workspace consists of, unless it is protected."""
    prior = request.prior
    translation.require_whole(prior)
    protection.guard_delete(prior)
    try:
        configuration.workspaces.delete(translation.reference(prior), request.deadline, keeps_warehouse=False)
    except WorkspaceError as error:
        messages.report_error(error, request.diagnostics)


def import_state(request: ImportRequest) -> Result:
    """Where to look for the workspace. Raises `DiagnosticError` for an id that does not say it."""
    try:
        address = import_id.parse(request.id)
    except InvalidWorkspace as error:
        detail = "\n".join(problem.message for problem in error.problems)
        raise DiagnosticError("Invalid import id", f"id: {detail}") from None  # it may hold a password
    warehouse: Any = SCHEMA.attributes["warehouse"]
    platform: Any = address.platform
    settings: Any = address.settings
    known = dict.fromkeys(warehouse.attributes["settings"].attributes) | settings
    return Result({"warehouse": {"platform": platform, "mode": None, "settings": known}})


def _imported(request: ReadRequest, configuration: Configuration) -> Result:
    """The workspace that is found where the import id says; unlike for a refresh, every obstacle is an error."""
    state = request.state
    place = translation.import_id(state)
    workspaces, reference = configuration.workspaces, translation.reference(state)
    try:
        found = workspaces.get(reference, request.deadline)
        wanted = translation.definition(state)
        missing = () if found else workspaces.test(wanted, request.deadline, replaces=None)
    except WorkspaceError as error:
        messages.report_error(error, request.diagnostics)
        return Result(state)
    if absent := [finding for finding in missing if finding.may_be_made]:
        messages.report_error(CheckFailed(absent), request.diagnostics)
        return Result(state)
    if found is None or found.workspace is None:
        what = "tables of a workspace, but not its record" if found else "no workspace"
        raise DiagnosticError("Workspace not found", f"{place} holds {what}.")
    state = _refreshed({**state, "id": found.workspace.id, "deletion_protection": True}, found, workspaces)
    twins.read(state, configuration)
    return Result(state, protection.facts(state))


def _kept(
    request: ReadRequest, configuration: Configuration, reason: str, way: str = remedies.REFRESHED_LATER
) -> Result:
    """The state as it was, with a warning, and the reason for the next plan, which knows the configured settings.

    A strict check has an error instead: after a refresh alone there is no plan.
    """
    summary = f'Workspace "{request.state["name"]}" could not be refreshed'
    if plan_check.is_strict(request.state, configuration):
        strict = remedies.strict(is_floor=configuration.is_floor)
        request.diagnostics.error(summary, f"{reason}\n\n{strict}\n\n{way}")
    else:
        request.diagnostics.warning(summary, f"{reason} What the state holds is taken as it is.")
    return Result(request.state, {**request.private, protection.NOT_REFRESHED: reason})


def _refreshed(state: ObjectValue, found: ObservedWorkspace, workspaces: Workspaces) -> ObjectValue:
    """The state as the warehouse has it, in the state's own spelling where that means the same."""
    warehouse: Any = {
        "profile_columns": dict(found.columns),
        "objects": dict(found.objects),
        **{name: [] for name in translation.REPORTS},  # the last change is done
    }
    workspace = found.workspace
    if workspace is None:
        return {**state, **warehouse}
    configured: Any = state["warehouse"]
    return {
        **state,
        **warehouse,
        "name": workspace.name,
        "profile_schema": _profile_schema(state, workspace, workspaces),
        "warehouse": {**configured, "mode": workspace.mode.value},
        "ui_preferences": _ui_preferences(state, workspace.ui_preferences),
        "identifiers": list(workspace.identifiers),
        "primary_sources": dict(workspace.primary_sources),
        "resolve_identities_on_batch_import": workspace.resolve_identities_on_batch_import,
    }


def _profile_schema(state: ObjectValue, workspace: Workspace, workspaces: Workspaces) -> Any:
    found = infer(workspace.profile_schema)
    if state["profile_schema"] == found:
        return state["profile_schema"]  # which is known to fit its type, and is not looked through again
    if state["profile_schema"] is None:
        return found
    written = profile_schema_value.read(state["profile_schema"]).parsed
    return state["profile_schema"] if workspaces.same_schema(written, workspace.profile_schema) else found


def _ui_preferences(state: ObjectValue, stored: UIPreferences) -> Any:
    same = translation.definition(state).ui_preferences() == stored
    return state["ui_preferences"] if same else asdict(stored)
