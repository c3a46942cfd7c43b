"""Validation and plan of `krenalis_workspace`.

What is planned depends on the request alone: Terraform plans twice and compares. The live warehouse gives
diagnostics, never values.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from krenalis_provider.configuration import Configuration
from krenalis_provider.resources.workspace import messages, protection, translation
from krenalis_provider.warehouses.columns import ProfileColumn, profile_columns
from krenalis_provider.warehouses.provisioner import Platform, platform
from krenalis_provider.workspaces import draft
from krenalis_provider.workspaces.deadline import Deadline
from krenalis_provider.workspaces.errors import WorkspaceError
from krenalis_provider.workspaces.model import WarehouseMode
from krenalis_provider.workspaces.profile_schema import parse
from tfplugin.cty import UNKNOWN, Unknown, Value, is_wholly_known
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
        "objects": _objects(chosen),
    }
    if request.prior is None:
        _check_live(state, request, configuration)
        return Planned(state, request.private)
    return Planned(state, protection.facts(request.prior))


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
    present: Any = request.prior["profile_columns"]
    if not present:
        # the table itself is missing, and will be made again with all its columns
        return dict(wanted)
    _warn_of_drift(dict(wanted), present, request)
    return dict(present)


def _typed(chosen: Platform, columns: Sequence[ProfileColumn]) -> list[tuple[str, str]]:
    """Names and SQL types, in the order of the warehouse."""
    return [(column.name, chosen.column_type(column.type)) for column in columns]


def _warn_of_drift(wanted: Mapping[str, str], present: Mapping[str, str], request: PlanRequest) -> None:
    strange = [f"column {name} is missing" for name in wanted if name not in present]
    strange += [f"column {name} is not of the profile schema" for name in present if name not in wanted]
    strange += [
        f"column {name} is of type {present[name]} and not {type_}"
        for name, type_ in wanted.items()
        if present.get(name, type_) != type_
    ]
    if strange and request.prior is not None:
        request.diagnostics.warning(
            f'The columns of workspace "{request.prior["name"]}" were changed outside Terraform',
            "profile_columns: " + "; ".join(strange) + ". They are left as they are.",
        )


def _objects(chosen: Platform | None) -> Value:
    """Everything that a complete warehouse has, so that what is missing is planned."""
    return UNKNOWN if chosen is None else dict(chosen.objects())


def _check_live(state: ObjectValue, request: PlanRequest, configuration: Configuration) -> None:
    """Test workspace creation, as far as everything it needs is known."""
    name = state["name"] if isinstance(state["name"], str) else "?"
    plan_check = state["plan_check"] or configuration.plan_check
    if plan_check == "off":
        return
    unknown = [f"provider {attribute}" for attribute in configuration.unknown]
    warehouse: Any = state["warehouse"]
    if not _is_known(warehouse, "settings"):
        unknown.append("warehouse")
    elif not is_wholly_known(warehouse):
        settings = warehouse["settings"]
        unknown += [
            f"warehouse.settings.{key}" for key, value in settings.items() if isinstance(value, Unknown)
        ]
        unknown += [f"warehouse.{key}" for key in ("platform", "mode") if isinstance(warehouse[key], Unknown)]
    if isinstance(state["plan_check"], Unknown):
        unknown.append("plan_check")
    if unknown:
        request.diagnostics.warning(
            f'Warehouse not checked (workspace "{name}")',
            f"Not known yet: {', '.join(unknown)}. The warehouse is checked before anything is made in it.",
        )
        return
    deadline = Deadline.after(configuration.plan_check_timeout)
    try:
        findings = translation.workspaces(state, configuration).test(
            deadline, replaces=protection.replaced_id(request, translation.place(state))
        )
    except WorkspaceError as error:
        messages.report_error(error, str(name), request.diagnostics)
    else:
        messages.report_findings(findings, str(name), str(plan_check), request.diagnostics)
