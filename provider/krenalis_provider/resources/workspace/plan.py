"""Validation and plan of `krenalis_workspace`.

What is planned depends on the request alone: Terraform plans twice and compares. The live warehouse gives
diagnostics, never values.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from krenalis_provider.configuration import Configuration
from krenalis_provider.resources.workspace import messages, protection, translation
from krenalis_provider.warehouses.catalog import RECORD
from krenalis_provider.warehouses.columns import ProfileColumn, profile_columns
from krenalis_provider.warehouses.provisioner import Platform, platform
from krenalis_provider.workspaces import draft
from krenalis_provider.workspaces.errors import WorkspaceError
from krenalis_provider.workspaces.model import WarehouseMode
from krenalis_provider.workspaces.profile_schema import parse
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
    state = {
        **request.proposed,
        "warehouse": warehouse,
        "profile_columns": _profile_columns(request, chosen, checked.columns),
        "objects": _objects(request, chosen),
    }
    if request.prior is None:
        _check_live(state, request, configuration)
        return Planned(state, request.private)
    # what the second half of a replacement warns of, Terraform does not show
    if request.action is Action.REPLACE or _touches_warehouse(request.prior, state):
        _check_live(state, request, configuration)
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


def _profile_columns(
    request: PlanRequest, chosen: Platform | None, columns: Sequence[ProfileColumn] | None
) -> Value:
    """The columns that the profile schema asks for; those that are there, where it asks for the same as before."""
    if chosen is None or columns is None:
        return UNKNOWN
    wanted = _typed(chosen, columns)
    if request.prior is None or request.action is Action.REPLACE:
        return dict(wanted)
    before = parse(translation.document(request.prior["profile_schema"], [])).schema
    if before is None or _typed(chosen, profile_columns(before)) != wanted:
        request.diagnostics.error(
            "Profile schema cannot be changed yet",
            f'profile_schema: the change alters the columns of the warehouse of workspace "{request.prior["name"]}". '
            "This version of the provider does not alter them: restore the profile schema, or replace the workspace "
            "with one in another schema.",
        )
        return dict(wanted)
    present: Any = request.prior["profile_columns"] or {}
    objects: Any = request.prior["objects"] or {}
    if not present and any(objects.get(name) != kind for name, kind in chosen.objects().items()):
        # the table itself is missing, and will be made again with all its columns
        return dict(wanted)
    _report_drift(dict(wanted), present, objects, request)
    return dict(present)


def _typed(chosen: Platform, columns: Sequence[ProfileColumn]) -> list[tuple[str, str]]:
    """Names and SQL types, in the order of the warehouse."""
    return [(column.name, chosen.column_type(column.type)) for column in columns]


def _report_drift(
    wanted: Mapping[str, str], present: Mapping[str, str], objects: Mapping[str, str], request: PlanRequest
) -> None:
    """Columns that were changed outside Terraform are left as they are."""
    prior: Any = request.prior
    missing = [name for name in wanted if name not in present]
    strange = [f"column {name} is missing" for name in missing]
    strange += [f"column {name} is not of the profile schema" for name in present if name not in wanted]
    strange += [
        f"column {name} is of type {present[name]} and not {type_}"
        for name, type_ in wanted.items()
        if present.get(name, type_) != type_
    ]
    if missing and "profiles" not in {name.lower() for name in objects}:
        request.diagnostics.error(
            f'Columns of workspace "{prior["name"]}" are missing',
            f"profile_columns: {'; '.join(strange)}. Without them the missing view cannot be made again: "
            "add the columns by hand.",
        )
    elif strange:
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


def _check_live(state: ObjectValue, request: PlanRequest, configuration: Configuration) -> None:
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
            findings = workspaces.test_update(workspace_id, deadline, moved=protection.moved(request, place))
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
