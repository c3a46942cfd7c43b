"""The plan check: asks the warehouse whether a plan can be applied, within `plan_check_timeout`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from krenalis_provider.configuration import Configuration
from krenalis_provider.model.errors import Finding, WorkspaceError
from krenalis_provider.resources.workspace import messages, protection, remedies, translation
from krenalis_provider.workspaces.interface import PlannedChange, Workspaces
from tfplugin.cty import Path, Unknown
from tfplugin.deadline import Deadline
from tfplugin.resource import Action, ObjectValue, PlanRequest


@dataclass(frozen=True, slots=True)
class PlanCheck:
    """A check that can be made: what a state names is known, and `plan_check` is not "off"."""

    workspaces: Workspaces
    deadline: Deadline
    gravity: str
    """What findings are: "error" or "warn"."""
    rehearse: bool
    """Whether what is planned is tried out, too."""


def start(state: ObjectValue, request: PlanRequest, configuration: Configuration) -> PlanCheck | None:
    """A check, unless `plan_check` is "off" or, with a warning, something is not known that it needs."""
    plan_check = state["plan_check"] or configuration.plan_check
    if plan_check == "off":
        return None
    rehearse = _rehearse(state, configuration)
    if unknown := _unknown(state, configuration):
        not_rehearsed = " What is planned is not rehearsed." if rehearse else ""
        request.diagnostics.warning(
            f'Warehouse not checked (workspace "{_name(state)}")',
            f"Not known yet: {', '.join(unknown)}. The warehouse is checked before anything is made in it.{not_rehearsed}",
        )
        return None
    if isinstance(rehearse, Unknown):
        request.diagnostics.warning(
            f'Not rehearsed (workspace "{_name(state)}")',
            "rehearse: it is not known yet.",
            Path.root("rehearse"),
        )
    deadline = Deadline.after(configuration.plan_check_timeout)
    return PlanCheck(configuration.workspaces, deadline, str(plan_check), rehearse is True)


def check(
    state: ObjectValue, request: PlanRequest, configuration: Configuration, change: PlannedChange
) -> PlanCheck | None:
    """Whether what is planned, a creation or a change, can be applied; the check if nothing speaks against it."""
    begun = start(state, request, configuration)
    if begun is None:
        return None
    wanted = translation.definition(state)

    def test() -> tuple[Finding, ...]:
        if request.prior is None or request.action is Action.REPLACE:
            replaced = protection.replaced_id(request, translation.known_place(state))
            return begun.workspaces.test(wanted, begun.deadline, replaces=replaced, rehearse=begun.rehearse)
        prior = translation.prior(request.prior)
        return begun.workspaces.test_change(prior, wanted, change, begun.deadline, rehearse=begun.rehearse)

    return begun if _nothing_found(test, begun, state, request, configuration) else None


def check_destruction(
    prior: ObjectValue, request: PlanRequest, configuration: Configuration
) -> PlanCheck | None:
    """Whether the workspace can be destroyed; the check if nothing speaks against it."""
    begun = start(prior, request, configuration)
    if begun is None:
        return None

    def test() -> tuple[Finding, ...]:
        reference = translation.reference(prior)
        return begun.workspaces.test_delete(reference, begun.deadline, rehearse=begun.rehearse)

    return begun if _nothing_found(test, begun, prior, request, configuration) else None


def is_known(value: Any, *members: str) -> bool:
    """Whether a member is known, and with it what it is a member of."""
    for member in members:
        if not isinstance(value, dict):
            return False
        value = value[member]
    return not isinstance(value, Unknown)


def _nothing_found(
    test: Callable[[], tuple[Finding, ...]],
    begun: PlanCheck,
    state: ObjectValue,
    request: PlanRequest,
    configuration: Configuration,
) -> bool:
    """Run a test and report its findings."""
    name = _name(state)

    def taken(finding: Finding) -> str:
        if request.action is Action.REPLACE:
            return remedies.taken_in_replacement(translation.import_id(state))
        place = translation.known_place(state)
        in_a_state = place is not None and configuration.walk.holds(place, str(finding.workspace_id))
        return remedies.taken_in_plan(translation.import_id(state), in_a_state=in_a_state)

    try:
        findings = test()
    except WorkspaceError as error:
        messages.report_error(error, name, request.diagnostics)
        return False
    messages.report_findings(findings, name, begun.gravity, request.action, request.diagnostics, taken)
    return not any(finding.is_obstacle for finding in findings)


def _rehearse(state: ObjectValue, configuration: Configuration) -> bool | Unknown:
    own = state["rehearse"]
    return own if isinstance(own, bool | Unknown) else configuration.rehearse


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
