"""Create, read, update, delete and import of `krenalis_workspace`."""

from collections.abc import Mapping
from typing import Any

from krenalis_provider.configuration import Configuration
from krenalis_provider.model.errors import Finding, WorkspaceError
from krenalis_provider.resources.workspace import (
    imports,
    losses,
    messages,
    plan_check,
    protection,
    refresh,
    remedies,
    systems,
    translation,
    twins,
)
from tfplugin.resource import (
    CreateRequest,
    DeleteRequest,
    ReadRequest,
    Result,
    UpdateRequest,
)


def create(request: CreateRequest, configuration: Configuration) -> Result:
    """Create the workspace, whole or not at all."""
    planned = request.planned
    try:
        definition = translation.definition(planned, request.config)
        workspace_id = configuration.workspaces.create(definition, request.deadline)
    except WorkspaceError as error:

        def taken(finding: Finding) -> str:
            others = twins.others_made_at(planned, configuration)
            same_name = finding.workspace_name == planned["name"]
            server_id = finding.workspace_id if configuration.server.endpoint else None
            import_id = translation.import_id(planned, server_id)
            return remedies.taken_in_apply(import_id, others, is_as_planned=same_name)

        messages.report_error(error, request.diagnostics, taken)
        return Result(None)
    state = {**planned, "id": workspace_id}
    return Result(state, protection.facts(state, configuration))


def read(request: ReadRequest, configuration: Configuration) -> Result:
    """Look at the workspace. A warehouse that does not answer is no reason to stop: the state is kept."""
    state = request.state
    if state["id"] is None or imports.IMPORTED in request.private:
        return imports.imported(request, configuration)
    translation.require_whole(state)
    systems.refuse_other(state, request.private, configuration)
    warehouse: Any = state["warehouse"]
    if unknown := configuration.unknown_for(warehouse["platform"]):
        return _kept(request, configuration, f"Not known yet: {', '.join(unknown)}.", remedies.KNOWN_FIRST)
    try:
        reference = translation.reference(state, systems.key_of(request.private))
        found = configuration.workspaces.get(reference, request.deadline)
    except WorkspaceError as error:
        return _kept(request, configuration, error.detail)
    if found is None:
        if systems.is_elsewhere(request.private, configuration):
            raise systems.not_here(state, request.private, configuration)
        twins.gone(state, configuration)
        losses.warn_of_what_is_gone(request, configuration)
        return Result(None)
    if (other := found.workspace) is not None and other.id != state["id"]:
        reason = f'{translation.place(state)} holds another workspace: "{other.name}", id {other.id}.'
        return _kept(request, configuration, reason)
    passing = (protection.NOT_REFRESHED, systems.RESTRICTED_KEY)
    private = {name: value for name, value in request.private.items() if name not in passing}
    refreshed = refresh.refreshed(state, found, configuration.workspaces)
    twins.read(refreshed, configuration)
    return Result(refreshed, {**private, **systems.facts(systems.key(found.restricted_key), configuration)})


def update(request: UpdateRequest, configuration: Configuration) -> Result:
    """Change the workspace, and make again what its warehouse lacks, whole or not at all."""
    planned, before = request.planned, request.prior
    translation.require_whole(before)
    workspaces = configuration.workspaces
    systems.refuse_other(before, request.private, configuration)
    wanted = translation.definition(planned, request.config, before)
    prior = translation.prior(before)
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
    key = systems.key(systems.key_of(request.private))
    return Result(state, protection.facts(planned, configuration, key))


def delete(request: DeleteRequest, configuration: Configuration) -> None:
    """Drop what the workspace consists of, unless it is protected."""
    prior = request.prior
    translation.require_whole(prior)
    protection.guard_delete(prior, configuration)
    systems.require_here(prior, request.private, configuration, request.deadline)
    try:
        configuration.workspaces.delete(
            translation.reference(prior), request.deadline, keeps_warehouse=translation.keeps_warehouse(prior)
        )
    except WorkspaceError as error:
        messages.report_error(error, request.diagnostics)


def _kept(request: ReadRequest, configuration: Configuration, reason: str, way: str | None = None) -> Result:
    """The state as it was, with a warning, and the reason for the next plan, which knows the configured settings.

    A strict check has an error instead: after a refresh alone there is no plan.
    """
    summary = f'Workspace "{request.state["name"]}" could not be refreshed'
    if plan_check.is_strict(request.state, configuration):
        strict = remedies.strict(is_floor=configuration.is_floor)
        way = way or (remedies.SERVER_LATER if configuration.server.endpoint else remedies.REFRESHED_LATER)
        request.diagnostics.error(summary, f"{reason}\n\n{strict}\n\n{way}")
    else:
        request.diagnostics.warning(summary, f"{reason} What the state holds is taken as it is.")
    return Result(request.state, {**request.private, protection.NOT_REFRESHED: reason})
