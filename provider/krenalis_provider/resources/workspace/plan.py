"""Validation and plan of `krenalis_workspace`.

What is planned depends on the request alone: Terraform plans twice and compares. The live warehouse gives
diagnostics, never values.
"""

from collections.abc import Sequence
from typing import Any

from krenalis_provider.configuration import Configuration
from krenalis_provider.resources.workspace import messages, migration, protection, translation
from krenalis_provider.warehouses.catalog import RECORD
from krenalis_provider.warehouses.columns import ProfileColumn
from krenalis_provider.warehouses.migration import Migration
from krenalis_provider.warehouses.provisioner import Platform, platform
from krenalis_provider.workspaces import draft
from krenalis_provider.workspaces.errors import WorkspaceError
from krenalis_provider.workspaces.model import WarehouseMode
from tfplugin.cty import UNKNOWN, Unknown, Value
from tfplugin.deadline import Deadline
from tfplugin.diagnostics import Diagnostics
from tfplugin.resource import Action, ObjectValue, Planned, PlanRequest, ValidateRequest


def validate(request: ValidateRequest) -> None:
    """Every rule that needs no connection, on what is known."""
    _check(request.config, request.diagnostics)


def plan(request: PlanRequest, configuration: Configuration) -> Planned:
    """The planned state: the configuration, and what follows from it."""
    protection.guard_plan(request)
    if request.config is None or request.proposed is None:
        return Planned(None, request.private)
    checked = _check(request.config, request.diagnostics)
    if request.diagnostics.has_errors:
        return Planned(request.proposed, request.private)
    warehouse = _warehouse(request)
    chosen = platform(warehouse["platform"]) if _is_known(warehouse, "platform") else None
    columns, change = _columns(request, chosen, checked.columns)
    state = {**request.proposed, "warehouse": warehouse, **columns, "objects": _objects(request, chosen)}
    if request.diagnostics.has_errors:
        return Planned(request.proposed, request.private)
    if request.prior is None:
        _check_live(state, request, configuration)
        return Planned(state, request.private)
    # what the second half of a replacement warns of, Terraform does not show
    changes = change is not None and change.changes
    if request.action is Action.REPLACE or changes or _touches_warehouse(request.prior, state):
        _check_live(state, request, configuration, change)
    return Planned(state, protection.facts(request.prior))


def _touches_warehouse(prior: ObjectValue, planned: ObjectValue) -> bool:
    """Whether a change is made over another connection than the refresh used, or makes objects."""
    before: Any = prior["warehouse"]
    after: Any = planned["warehouse"]
    settings = after["settings"] if isinstance(after, dict) else after
    return bool(before["settings"] != settings or prior["objects"] != planned["objects"])


def _check(config: ObjectValue, diagnostics: Diagnostics) -> draft.Checked:
    described, problems = translation.draft(config)
    checked = draft.check(described)
    messages.report_problems([*problems, *checked.problems], diagnostics)
    return checked


def _is_known(value: Any, *members: str) -> bool:
    for member in members:
        if not isinstance(value, dict):
            return False
        value = value[member]
    return not isinstance(value, Unknown)


def _warehouse(request: PlanRequest) -> Any:
    """The planned warehouse: a mode that the configuration leaves out is Normal at creation, and kept later."""
    config: Any = request.config
    planned: Any = request.proposed and request.proposed["warehouse"]
    if _is_known(planned) and not _is_known(planned, "mode") and config["warehouse"]["mode"] is None:
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
    return [(column.name, chosen.column_type(column.type)) for column in columns]


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
    if present and RECORD.name not in {name.lower() for name in present}:
        request.diagnostics.warning(
            f'The record of workspace "{request.prior["name"]}" is missing',
            f"objects: {RECORD.name} is missing, and nothing else tells whose the other tables in "
            f"{translation.place(request.prior)} are. Applying takes them over for this workspace: make sure that "
            "they are its own.",
        )
    return {**complete, **strange}


def _check_live(
    state: ObjectValue, request: PlanRequest, configuration: Configuration, change: Migration | None = None
) -> None:
    """Whether a creation, or a change that touches the warehouse, can be applied, as far as everything is known."""
    name = state["name"] if isinstance(state["name"], str) else "?"
    plan_check = state["plan_check"] or configuration.plan_check
    if plan_check == "off":
        return
    if unknown := _unknown(state, configuration):
        request.diagnostics.warning(
            f'Warehouse not checked (workspace "{name}")',
            f"Not known yet: {', '.join(unknown)}. The warehouse is checked before anything is made in it.",
        )
        return
    place = translation.place(state)
    workspaces = translation.workspaces(state, configuration)
    deadline = Deadline.after(configuration.plan_check_timeout)
    try:
        if request.prior is None or request.action is Action.REPLACE:
            findings = workspaces.test(deadline, replaces=protection.replaced_id(request, place))
        else:
            workspace_id = str(request.prior["id"])
            findings = workspaces.test_update(
                workspace_id, deadline, migration=change, moved=protection.moved(request, place)
            )
    except WorkspaceError as error:
        messages.report_error(error, str(name), request.diagnostics)
    else:
        messages.report_findings(
            findings,
            str(name),
            str(plan_check),
            request.action,
            request.diagnostics,
            translation.import_id(state),
        )


def _unknown(state: ObjectValue, configuration: Configuration) -> list[str]:
    """What is not known yet, and is needed to connect."""
    unknown = [f"provider {attribute}" for attribute in configuration.unknown]
    warehouse: Any = state["warehouse"]
    if isinstance(state["plan_check"], Unknown):
        unknown.append("plan_check")
    if not _is_known(warehouse, "settings"):
        return [*unknown, "warehouse.settings" if _is_known(warehouse) else "warehouse"]
    settings = warehouse["settings"]
    unknown += [f"warehouse.settings.{key}" for key, value in settings.items() if isinstance(value, Unknown)]
    return unknown + [
        f"warehouse.{key}" for key in ("platform", "mode") if isinstance(warehouse[key], Unknown)
    ]
