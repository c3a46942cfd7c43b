"""Validation and plan of `krenalis_workspace`.

What is planned depends on the request alone: Terraform plans twice and compares. The live warehouse gives
diagnostics, never values.
"""

from collections.abc import Mapping
from typing import Any

from krenalis_provider.configuration import Configuration
from krenalis_provider.model.definition import Definition
from krenalis_provider.model.workspace import WarehouseMode
from krenalis_provider.resources.workspace import (
    losses,
    messages,
    plan_check,
    planned_identity_settings,
    protection,
    systems,
    translation,
    twins,
)
from krenalis_provider.resources.workspace.plan_check import is_known
from krenalis_provider.warehouses.krenalis_objects import missing_data_tables
from krenalis_provider.workspaces import offline_checks
from krenalis_provider.workspaces.interface import PlannedChange
from tfplugin.cty import UNKNOWN, Value
from tfplugin.diagnostics import Diagnostics
from tfplugin.resource import Action, ObjectValue, Planned, PlanRequest, ValidateRequest


def validate(request: ValidateRequest) -> None:
    """Every rule that needs no connection, on what is known."""
    _check(request.config, request.diagnostics)


def plan(request: PlanRequest, configuration: Configuration) -> Planned:
    """The planned state: the configuration, and what follows from it."""
    if request.prior is not None:
        translation.require_whole(request.prior)
    protection.guard_plan(request, configuration)
    if request.config is None or request.proposed is None:
        if request.prior is not None:
            twins.destroyed(request.prior, request, configuration)
            losses.warn_of_destruction(request.prior, request, configuration)
        return Planned(None, request.private)
    checked = _check(request.config, request.diagnostics)
    plan_check.refuse_lower(request.proposed, request, configuration)
    if request.diagnostics.has_errors:
        return Planned(request.proposed, request.private)
    prior = None if request.action is Action.REPLACE else request.prior
    wanted = {
        **request.proposed,
        "warehouse": _warehouse(request),
        "on_destroy": _on_destroy(request, configuration),
    }
    definition = translation.definition(wanted, request.config, prior)
    change = configuration.workspaces.plan_change(translation.prior(prior) if prior else None, definition)
    columns = _columns(request, change)
    if columns["profile_columns"] != (request.prior or {}).get("profile_columns"):
        messages.report_warnings(checked.warnings, str(request.proposed["name"]), request.diagnostics)
    identity = planned_identity_settings.plan(request, definition.profile_schema.schema, change.renamed)
    whole = translation.definition({**wanted, **identity}, request.config, prior)
    _check_in_system(whole, request, configuration)
    state = _as_reported(
        {**wanted, **columns, **identity, "objects": _objects(request, change)}, request.prior
    )
    if not request.diagnostics.has_errors:
        twins.planned(state, request, configuration, changed=state != request.prior)
    if request.diagnostics.has_errors:
        return Planned(request.proposed, request.private)
    _look(state, change, request, configuration)
    return Planned(
        state,
        request.private
        if request.prior is None
        else protection.facts(request.prior, configuration, request.private),
    )


def _look(
    state: ObjectValue, change: PlannedChange, request: PlanRequest, configuration: Configuration
) -> None:
    """Look into the warehouse for what would make applying fail, and for what is lost."""
    if request.prior is None:
        # An error here, while applying, would leave the object before it deposed, if there was one. Creating looks itself.
        if not request.applying:
            protection.guard_place(state, request)
            losses.warn_of_order(state, request)
            plan_check.check(state, request, configuration, change)
    elif request.action is Action.REPLACE:
        # in this half of a replacement: what the other one warns of, Terraform does not show
        losses.warn_of_replacement(request.prior, state, request, configuration)
        plan_check.check(state, request, configuration, change)
    elif state != request.prior or _is_unseen(state, request, configuration):
        check = plan_check.check(state, request, configuration, change)
        losses.warn_of_columns(request.prior, change, check, request)


def _is_unseen(state: ObjectValue, request: PlanRequest, configuration: Configuration) -> bool:
    """Whether nobody has looked into the warehouse, as far as that counts: with -refresh=false, to a strict check."""
    if protection.NOT_REFRESHED in request.private:
        return True
    strict = plan_check.is_strict(state, configuration) and not request.applying
    return strict and request.prior is not None and not twins.was_read(request.prior, configuration)


def _check(config: ObjectValue, diagnostics: Diagnostics) -> offline_checks.Checked:
    definition = translation.definition(config, config)
    checked = offline_checks.check(definition)
    problems = translation.password_problems(config, checked.problems)
    messages.report_problems(problems, diagnostics)
    return checked


def _check_in_system(definition: Definition, request: PlanRequest, configuration: Configuration) -> None:
    """The rules of the system that is configured, which a validation does not know."""
    creates = request.prior is None or request.action is Action.REPLACE
    messages.report_problems(
        configuration.workspaces.problems(definition, creates=creates), request.diagnostics
    )


def _warehouse(request: PlanRequest) -> Any:
    """The planned warehouse: a mode that the configuration leaves out is Normal at creation, and kept later."""
    config: Any = request.config
    planned: Any = request.proposed and request.proposed["warehouse"]
    if is_known(planned) and not is_known(planned, "mode") and config["warehouse"]["mode"] is None:
        return {**planned, "mode": WarehouseMode.NORMAL.value}
    return planned


def _on_destroy(request: PlanRequest, configuration: Configuration) -> Value:
    """What a destruction does to the warehouse: one that the configuration leaves out is chosen at creation, and kept later."""
    config: Any = request.config
    if request.prior is None and config["on_destroy"] is None:
        return systems.default_on_destroy(configuration)
    return request.proposed["on_destroy"] if request.proposed else None


def _columns(request: PlanRequest, change: PlannedChange) -> dict[str, Value]:
    """The planned columns, and the operations that make them of the columns that are there."""
    columns, operations = change.profile_columns, change.operations
    if not isinstance(operations, tuple):
        return {"profile_columns": UNKNOWN, **dict.fromkeys(translation.REPORTS, UNKNOWN)}
    if request.prior is not None and request.action is not Action.REPLACE:
        messages.report_problems(change.problems, request.diagnostics)
        _warn(change, str(request.prior["name"]), request.diagnostics)
        losses.warn_of_missing(request.prior, "Columns", change.gone, request)
    known: Any = dict(columns) if isinstance(columns, Mapping) else UNKNOWN
    return {"profile_columns": known, "migration": list(operations), "losses": losses.planned(change)}


def _as_reported(state: dict[str, Value], prior: ObjectValue | None) -> dict[str, Value]:
    """The planned state; where nothing changes, with what a state that was not refreshed says of the last change."""
    kept = {**state, **{name: prior[name] for name in translation.REPORTS}} if prior else state
    return kept if kept == prior else state


def _warn(change: PlannedChange, workspace: str, diagnostics: Diagnostics) -> None:
    """Warn of what takes long, and of columns that were changed outside Terraform: they are left as they are."""
    if slow := ", ".join(change.rewritten):
        diagnostics.warning(
            f'Tables of workspace "{workspace}" will be rewritten',
            f"profile_schema: the new type of {slow} has the warehouse write whole tables anew. They are locked "
            "meanwhile, which takes long where they are large.",
        )
    if change.strange:
        diagnostics.warning(
            f'The columns of workspace "{workspace}" were changed outside Terraform',
            f"profile_columns: {'; '.join(change.strange)}. They are left as they are.",
        )


def _objects(request: PlanRequest, change: PlannedChange) -> Value:
    """Everything that a complete warehouse has, so that what is missing is planned; what is strange is kept."""
    complete = change.objects
    if not isinstance(complete, Mapping):
        return UNKNOWN
    if request.prior is None or request.action is Action.REPLACE:
        return dict(complete)
    present: Any = request.prior["objects"] or {}
    strange = {name: kind for name, kind in present.items() if complete.get(name) != kind}
    if strange:
        listed = "; ".join(f"{name} is a {kind}" for name, kind in strange.items())
        request.diagnostics.warning(
            f'Objects of workspace "{request.prior["name"]}" were replaced outside Terraform',
            f"objects: {listed}. They are left as they are.",
        )
    missing = missing_data_tables(complete, present)
    losses.warn_of_missing(request.prior, "Tables", missing if present else (), request)
    if present and change.record and change.record not in present:
        request.diagnostics.warning(
            f'The record of workspace "{request.prior["name"]}" is missing',
            f"objects: {change.record} is missing, and nothing else tells whose the other tables in "
            f"{translation.place(request.prior)} are. Applying takes them over for this workspace: make sure that "
            "they are its own.",
        )
    return {**complete, **strange}
