"""Validation and plan of `krenalis_workspace`.

What is planned depends on the request alone: Terraform plans twice and compares. The live warehouse gives
diagnostics, never values.
"""

from collections.abc import Sequence
from typing import Any

from krenalis_provider.configuration import Configuration
from krenalis_provider.resources.workspace import (
    identity_settings,
    live,
    losses,
    messages,
    migration,
    protection,
    translation,
)
from krenalis_provider.resources.workspace.live import is_known
from krenalis_provider.warehouses.catalog import RECORD
from krenalis_provider.warehouses.columns import ProfileColumn
from krenalis_provider.warehouses.migration import Migration
from krenalis_provider.warehouses.provisioner import Platform, platform
from krenalis_provider.workspaces import draft
from krenalis_provider.workspaces.model import WarehouseMode
from tfplugin.cty import UNKNOWN, Value
from tfplugin.diagnostics import Diagnostics
from tfplugin.resource import Action, ObjectValue, Planned, PlanRequest, Private, ValidateRequest


def validate(request: ValidateRequest) -> None:
    """Every rule that needs no connection, on what is known."""
    _check(request.config, request.diagnostics)


def plan(request: PlanRequest, configuration: Configuration) -> Planned:
    """The planned state: the configuration, and what follows from it."""
    protection.guard_plan(request)
    if request.config is None or request.proposed is None:
        if request.prior is not None:
            losses.warn_of_destruction(request.prior, request, configuration)
        return Planned(None, request.private)
    checked = _check(request.config, request.diagnostics)
    if request.diagnostics.has_errors:
        return Planned(request.proposed, request.private)
    warehouse = _warehouse(request)
    chosen = platform(warehouse["platform"]) if is_known(warehouse, "platform") else None
    columns, change = _columns(request, chosen, checked.columns)
    if columns["profile_columns"] != (request.prior or {}).get("profile_columns"):
        messages.report_warnings(checked.warnings, str(request.proposed["name"]), request.diagnostics)
    identity = identity_settings.plan(request, checked.schema, change)
    state = {
        **request.proposed,
        "warehouse": warehouse,
        **columns,
        **identity,
        "objects": _objects(request, chosen),
    }
    if request.diagnostics.has_errors:
        return Planned(request.proposed, request.private)
    if request.prior is None:
        live.check(state, request, configuration)
        return Planned(state, request.private)
    if request.action is Action.REPLACE:
        # in this half of a replacement: what the other one warns of, Terraform does not show
        losses.warn_of_replacement(request.prior, request, configuration)
        live.check(state, request, configuration)
    elif (change and change.changes) or _needs_look(request.prior, state, request.private):
        look = live.check(state, request, configuration, change)
        if change:
            losses.warn_of_columns(request.prior, change, look, request)
    return Planned(state, protection.facts(request.prior))


def _needs_look(prior: ObjectValue, planned: ObjectValue, private: Private) -> bool:
    """Whether a change makes objects, or is made over another connection than the refresh, which may have failed."""
    before: Any = prior["warehouse"]
    after: Any = planned["warehouse"]
    settings = after["settings"] if isinstance(after, dict) else after
    moves = before["settings"] != settings or protection.NOT_REFRESHED in private
    makes = prior["objects"] != planned["objects"] or identity_settings.changed(prior, planned)
    return bool(moves or makes)


def _check(config: ObjectValue, diagnostics: Diagnostics) -> draft.Checked:
    checked = draft.check(translation.draft(config))
    messages.report_problems(checked.problems, diagnostics)
    return checked


def _warehouse(request: PlanRequest) -> Any:
    """The planned warehouse: a mode that the configuration leaves out is Normal at creation, and kept later."""
    config: Any = request.config
    planned: Any = request.proposed and request.proposed["warehouse"]
    if is_known(planned) and not is_known(planned, "mode") and config["warehouse"]["mode"] is None:
        return {**planned, "mode": WarehouseMode.NORMAL.value}
    return planned


def _columns(
    request: PlanRequest, chosen: Platform | None, columns: Sequence[ProfileColumn] | None
) -> tuple[dict[str, Value], Migration | None]:
    """The planned columns, and what makes them of those that are there."""
    if chosen is None or columns is None:
        return {"profile_columns": UNKNOWN, "migration": [] if request.prior is None else UNKNOWN}, None
    if request.prior is None or request.action is Action.REPLACE:
        return {"profile_columns": dict(_typed(chosen, columns)), "migration": []}, None
    wanted: Any = request.proposed
    change = migration.compute(request.prior, wanted, chosen, columns)
    if change is None:
        return {"profile_columns": UNKNOWN, "migration": UNKNOWN}, None
    messages.report_problems(change.problems, request.diagnostics)
    migration.warn(change, str(request.prior["name"]), request.diagnostics)
    _report_drift(change, request)
    operations: Any = migration.operations(change, chosen)
    # without a refresh, those of the last change are still there
    listed = operations or request.prior["migration"] or []
    return {"profile_columns": dict(change.columns), "migration": listed}, change


def _typed(chosen: Platform, columns: Sequence[ProfileColumn]) -> list[tuple[str, str]]:
    """Names and SQL types, in the order of the warehouse."""
    return [(chosen.column_name(column.name), chosen.column_type(column.type)) for column in columns]


def _report_drift(change: Migration, request: PlanRequest) -> None:
    """Columns that were changed outside Terraform are left as they are; only missing ones are added again."""
    prior: Any = request.prior
    strange = [
        f"column {name} is not of the profile schema" for name in change.columns if name not in change.wanted
    ]
    strange += [
        f"column {name} is of type {change.columns[name]} and not {type_}"
        for name, type_ in change.wanted.items()
        if change.columns.get(name, type_) != type_
    ]
    if strange:
        request.diagnostics.warning(
            f'The columns of workspace "{prior["name"]}" were changed outside Terraform',
            f"profile_columns: {'; '.join(strange)}. They are left as they are.",
        )


def _objects(request: PlanRequest, chosen: Platform | None) -> Value:
    """Everything that a complete warehouse has, so that what is missing is planned; what is strange is kept."""
    if chosen is None:
        return UNKNOWN
    complete = chosen.objects()
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
    record = next(name for name in complete if name.lower() == RECORD.name)
    if present and record not in present:
        request.diagnostics.warning(
            f'The record of workspace "{request.prior["name"]}" is missing',
            f"objects: {record} is missing, and nothing else tells whose the other tables in "
            f"{translation.place(request.prior)} are. Applying takes them over for this workspace: make sure that "
            "they are its own.",
        )
    return {**complete, **strange}
