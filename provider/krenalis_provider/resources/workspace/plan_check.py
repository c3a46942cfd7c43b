"""The plan check: asks the warehouse whether a plan can be applied, within `plan_check_timeout`."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from krenalis_provider.configuration import STRICT, Configuration
from krenalis_provider.model import unknown as domain
from krenalis_provider.model.definition import Definition
from krenalis_provider.model.errors import Finding, Verdict, WorkspaceError
from krenalis_provider.resources.workspace import messages, protection, remedies, translation
from krenalis_provider.workspaces.interface import PlannedChange, Workspaces
from lightstart.records import Record, replace
from tfplugin.cty import Path, Unknown
from tfplugin.deadline import WorkingTime
from tfplugin.resource import Action, ObjectValue, PlanRequest


class PlanCheck(Record):
    """A check that can be made: what a state names is known, and `plan_check` is not "off"."""

    workspaces: Workspaces
    deadline: WorkingTime
    gravity: str
    """What findings are: "strict", "error" or "warn"."""
    rehearse: bool
    """Whether what is planned is tried out, too."""


def refuse_lower(state: ObjectValue, request: PlanRequest, configuration: Configuration) -> None:
    """Report a plan check of the resource that would lower what the environment demands.

    While applying, an error could leave an object deposed, and the plan was made.
    """
    if configuration.is_floor and state["plan_check"] in ("warn", "off") and not request.applying:
        request.diagnostics.error(
            "plan_check cannot be lowered",
            f'plan_check: "{state["plan_check"]}" would lower KRENALIS_PLAN_CHECK=strict. Remove it, or plan without the '
            "variable.",
            Path.root("plan_check"),
        )


def is_strict(state: ObjectValue, configuration: Configuration) -> bool:
    """Whether what cannot be found out of a workspace is an error."""
    return configuration.plan_check_of(state["plan_check"]) == STRICT


def start(
    state: ObjectValue,
    request: PlanRequest,
    configuration: Configuration,
    undecided: Sequence[str] = (),
    unwritten: Sequence[str] = (),
) -> PlanCheck | None:
    """A check, unless `plan_check` is "off" or something is not known that it needs, which is told.

    `undecided` is what is not known of the configuration, if that leaves open what is to be done, and `unwritten` what is
    not known of write-only attributes.
    """
    plan_check = configuration.plan_check_of(state["plan_check"])
    if plan_check == "off":
        return None
    rehearse = _rehearse(state, configuration)
    if plan_check == STRICT and isinstance(rehearse, Unknown):
        undecided = [*undecided, "rehearse"]
    unknown = [*_unknown(state, configuration), *unwritten]
    if plan_check == STRICT and (unknown or undecided):
        _report_unchecked(list(dict.fromkeys([*unknown, *undecided])), request, configuration)
        return None
    if unknown:
        not_rehearsed = " What is planned is not rehearsed." if rehearse else ""
        request.diagnostics.warning(
            "Warehouse not checked",
            f"Not known yet: {', '.join(unknown)}. The warehouse is checked before anything is made in it.{not_rehearsed}",
        )
        return None
    if isinstance(rehearse, Unknown):
        request.diagnostics.warning(
            "Not rehearsed",
            "rehearse: it is not known yet.",
            Path.root("rehearse"),
        )
    deadline = WorkingTime(configuration.plan_check_timeout)
    return PlanCheck(configuration.workspaces, deadline, plan_check, rehearse is True)


def check(
    state: ObjectValue, request: PlanRequest, configuration: Configuration, change: PlannedChange
) -> PlanCheck | None:
    """Whether what is planned, a creation or a change, can be applied; the check if nothing speaks against it."""
    before = None if request.action is Action.REPLACE else request.prior
    wanted = translation.definition(state, request.config, before)
    is_open = request.prior is not None and not isinstance(change.operations, tuple)
    begun = start(state, request, configuration, wanted.unknown if is_open else (), _written(wanted))
    if begun is None:
        return None

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
        return begun.workspaces.test_delete(
            reference,
            begun.deadline,
            keeps_warehouse=translation.keeps_warehouse(prior),
            rehearse=begun.rehearse,
        )

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

    def taken(finding: Finding) -> str:
        import_id = translation.import_id(
            state, finding.workspace_id if configuration.server.endpoint else None
        )
        if request.action is Action.REPLACE:
            return remedies.taken_in_replacement(import_id)
        place = translation.known_place(state)
        in_a_state = place is not None and configuration.walk.holds(place, str(finding.workspace_id))
        return remedies.taken_in_plan(import_id, in_a_state=in_a_state)

    try:
        findings = test()
    except WorkspaceError as error:
        messages.report_error(error, request.diagnostics)
        return False
    messages.report_findings(
        [*_after_what_is_gone(findings, state, request, configuration)],
        begun.gravity,
        request.action,
        request.diagnostics,
        taken,
        is_floor=configuration.is_floor,
    )
    return not any(finding.is_obstacle for finding in findings)


def _after_what_is_gone(
    findings: Sequence[Finding], state: ObjectValue, request: PlanRequest, configuration: Configuration
) -> Iterator[Finding]:
    """The findings; those in the way of a creation say what was there before, because a destruction meets them too.

    Terraform plans as usual before it plans to destroy, and so a creation in place of a workspace that is gone.
    """
    place = translation.known_place(state) if request.prior is None else None
    gone = configuration.walk.gone_from(place) if place else None
    for finding in findings:
        if gone is not None and finding.is_obstacle and finding.verdict is not Verdict.COULD_NOT_TELL:
            yield replace(finding, detail=f"{finding.detail}\n\n{remedies.GONE.format(gone)}")
        else:
            yield finding


def _report_unchecked(unknown: list[str], request: PlanRequest, configuration: Configuration) -> None:
    """An error, because the check is strict."""
    request.diagnostics.error(
        "Warehouse not checked",
        f"Not known yet: {', '.join(unknown)}. {remedies.strict(is_floor=configuration.is_floor)}\n\n{remedies.KNOWN_FIRST}",
    )


def _written(wanted: Definition) -> list[str]:
    """The write-only password, if it is to be sent and is not known yet."""
    settings = wanted.warehouse.settings
    if isinstance(settings, domain.Unknown) or not wanted.writes_password:
        return []
    return ["warehouse.settings.password_wo"] if settings.get("password") is domain.UNKNOWN else []


def _rehearse(state: ObjectValue, configuration: Configuration) -> bool | Unknown:
    own = state["rehearse"]
    return own if isinstance(own, bool | Unknown) else configuration.rehearse


def _unknown(state: ObjectValue, configuration: Configuration) -> list[str]:
    """What is not known yet, and is needed to connect."""
    warehouse: Any = state["warehouse"]
    unknown = configuration.unknown_for(warehouse["platform"] if is_known(warehouse, "platform") else None)
    if isinstance(state["plan_check"], Unknown) and not configuration.is_floor:
        unknown.append("plan_check")
    if not is_known(warehouse, "settings"):
        return [*unknown, "warehouse.settings" if is_known(warehouse) else "warehouse"]
    settings = warehouse["settings"]
    unknown += [f"warehouse.settings.{key}" for key, value in settings.items() if isinstance(value, Unknown)]
    return unknown + [
        f"warehouse.{key}" for key in ("platform", "mode") if isinstance(warehouse[key], Unknown)
    ]
