"""The live part of a plan: what the warehouse says to it, within the time that a plan may take for that."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from krenalis_provider.configuration import Configuration
from krenalis_provider.resources.workspace import identity_settings, messages, protection, translation
from krenalis_provider.warehouses.migration import Migration
from krenalis_provider.workspaces.errors import Finding, WorkspaceError
from krenalis_provider.workspaces.interface import Workspaces
from tfplugin.cty import Unknown
from tfplugin.deadline import Deadline
from tfplugin.resource import Action, ObjectValue, PlanRequest


@dataclass(frozen=True, slots=True)
class Look:
    """A look at the warehouse that a state leads to, ended by its deadline."""

    workspaces: Workspaces
    deadline: Deadline
    plan_check: str
    """What findings are: "error" or "warn"."""


def start(state: ObjectValue, request: PlanRequest, configuration: Configuration) -> Look | None:
    """A look, unless `plan_check` is "off" or, with a warning, something is not known that it needs."""
    plan_check = state["plan_check"] or configuration.plan_check
    if plan_check == "off":
        return None
    if unknown := _unknown(state, configuration):
        request.diagnostics.warning(
            f'Warehouse not checked (workspace "{_name(state)}")',
            f"Not known yet: {', '.join(unknown)}. The warehouse is checked before anything is made in it.",
        )
        return None
    return Look(
        translation.workspaces(state, configuration),
        Deadline.after(configuration.plan_check_timeout),
        str(plan_check),
    )


def check(
    state: ObjectValue, request: PlanRequest, configuration: Configuration, change: Migration | None = None
) -> Look | None:
    """Whether what is planned, a creation or a change, can be applied; the look if nothing speaks against it."""
    look = start(state, request, configuration)
    if look is None:
        return None
    place = translation.place(state)

    def test() -> tuple[Finding, ...]:
        if request.prior is None or request.action is Action.REPLACE:
            return look.workspaces.test(look.deadline, replaces=protection.replaced_id(request, place))
        return look.workspaces.test_update(
            str(request.prior["id"]),
            look.deadline,
            migration=change,
            moved=protection.moved(request, place),
            resolution=identity_settings.changed(request.prior, state),
        )

    return look if _nothing_found(test, look, state, request) else None


def check_destruction(prior: ObjectValue, request: PlanRequest, configuration: Configuration) -> Look | None:
    """Whether the workspace can be destroyed; the look if nothing speaks against it."""
    look = start(prior, request, configuration)
    if look is None:
        return None

    def test() -> tuple[Finding, ...]:
        return look.workspaces.test_delete(str(prior["id"]), look.deadline)

    return look if _nothing_found(test, look, prior, request) else None


def is_known(value: Any, *members: str) -> bool:
    """Whether a member is known, and with it what it is a member of."""
    for member in members:
        if not isinstance(value, dict):
            return False
        value = value[member]
    return not isinstance(value, Unknown)


def _nothing_found(
    test: Callable[[], tuple[Finding, ...]], look: Look, state: ObjectValue, request: PlanRequest
) -> bool:
    """Run a test and report its findings."""
    name, import_id = _name(state), translation.import_id(state)
    try:
        findings = test()
    except WorkspaceError as error:
        messages.report_error(error, name, request.diagnostics)
        return False
    messages.report_findings(findings, name, look.plan_check, request.action, request.diagnostics, import_id)
    return not findings


def _name(state: ObjectValue) -> str:
    return state["name"] if isinstance(state["name"], str) else "?"


def _unknown(state: ObjectValue, configuration: Configuration) -> list[str]:
    """What is not known yet, and is needed to connect."""
    warehouse: Any = state["warehouse"]
    unknown = configuration.unknown_for(warehouse["platform"] if is_known(warehouse, "platform") else None)
    if isinstance(state["plan_check"], Unknown):
        unknown.append("plan_check")
    if not is_known(warehouse, "settings"):
        return [*unknown, "warehouse.settings" if is_known(warehouse) else "warehouse"]
    settings = warehouse["settings"]
    unknown += [f"warehouse.settings.{key}" for key, value in settings.items() if isinstance(value, Unknown)]
    return unknown + [
        f"warehouse.{key}" for key in ("platform", "mode") if isinstance(warehouse[key], Unknown)
    ]
