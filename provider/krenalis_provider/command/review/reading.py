"""A plan and its log as a review."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from krenalis_provider.command.review import alone, workspace
from krenalis_provider.command.review.blocks import Blocks
from krenalis_provider.command.review.files import Unreadable, elements, members, text_of, time_of
from krenalis_provider.command.review.log import Log, read_messages
from krenalis_provider.command.review.matching import is_managed, is_old
from krenalis_provider.command.review.messages import Kind
from krenalis_provider.command.review.model import Action, Message, Review, WorkspaceReview
from krenalis_provider.command.review.secrets import Secrets
from lightstart.records import replace

_NO_LOG: Final = (
    "No log was given, so rows are not counted, and warnings of the plan are missing: what goes along, and what could not be "
    "checked. Write it with terraform plan -json -out=plan.tfplan > plan.jsonl, and add --log plan.jsonl."
)
_PROVIDER: Final = "/krenalis"
_LOWER: Final = {
    "off": 'A provider block says plan_check = "off": nobody has looked into its warehouses.',
    "warn": 'A provider block says plan_check = "warn": obstacles in its warehouses are warnings only.',
}
_OLD_PLAN: Final = (
    "The plan is not the plan of this log: Terraform failed before it wrote one, and the file is of another time. Only the "
    "errors of the log are shown; remove the old plan file before planning."
)
_INCOMPLETE: Final = (
    "The plan is not complete: what -target left out, or what Terraform defers to a later plan, is not in it."
)
_ERRORED: Final = (
    "Terraform failed while planning, so the plan holds a part of the changes and cannot be applied."
)


def review(plan: Mapping[str, Any] | None, log: Sequence[Mapping[str, Any]] | None) -> Review:
    """The review of a plan, of its log, or of both. Raises `Unreadable` if they do not belong together."""
    secrets = Secrets(plan or {})
    told = None if log is None else read_messages(log, secrets, Blocks(plan or {}))
    if plan is None:
        return alone.review(told, secrets) if told else Review(has_plan=False)
    if told and is_old(plan, told):
        return replace(alone.review(told, secrets), notices=(_OLD_PLAN,), is_refused=True)
    try:
        found = list(_workspaces(plan, told, secrets))
    except workspace.UnknownChangeError as error:
        raise Unreadable(
            f"the plan has {error}, which this program does not know: use a newer version of the provider."
        ) from error
    shown = [each for each in found if _is_worth_showing(each)]
    return Review(
        workspaces=tuple(sorted(shown, key=_gravity)),
        unchanged=len(found) - len(shown),
        others=_others(plan),
        errors=told.errors if told else (),
        errored=plan.get("errored") is True,
        warnings=(*_deferred(plan, secrets), *(_of_no_workspace(told, found) if told else ())),
        notices=tuple(dict.fromkeys(_notices(plan, told))),
        planned_at=_minute(plan),
        terraform=secrets.without(text_of(plan.get("terraform_version"))) or (told.terraform if told else ""),
    )


def _workspaces(plan: Mapping[str, Any], log: Log | None, secrets: Secrets) -> Iterator[WorkspaceReview]:
    drifts = {
        (each.get("address"), each.get("deposed")): each
        for each in map(members, elements(plan.get("resource_drift")))
        if is_managed(each)
    }
    for change in map(members, elements(plan.get("resource_changes"))):
        if is_managed(change):
            drift = drifts.pop((change.get("address"), change.get("deposed")), {})
            yield workspace.review(change, drift, log, secrets)
    for drift in drifts.values():  # of a plan that only refreshes
        nothing = {**drift, "change": {**_unchanged(members(drift.get("change"))), "actions": ["no-op"]}}
        yield workspace.review(nothing, drift, log, secrets)


def _unchanged(change: Mapping[str, Any]) -> dict[str, Any]:
    """A change that leaves what a refresh has found."""
    side = "before" if change.get("after") is None else "after"
    value, marks = change.get(side), change.get(f"{side}_sensitive")
    return {"before": value, "after": value, "before_sensitive": marks, "after_sensitive": marks}


def _is_worth_showing(of: WorkspaceReview) -> bool:
    return (
        of.action is not Action.NOTHING
        or bool(of.moved_from or of.drift or of.unchecked or of.along or of.warnings)
        or of.import_id is not None
        or of.is_gone
    )


def _gravity(of: WorkspaceReview) -> tuple[bool, bool, str]:
    """What loses data comes first."""
    return (not of.losses, of.action is Action.NOTHING, of.address)


def _others(plan: Mapping[str, Any]) -> int:
    changes = map(members, elements(plan.get("resource_changes")))
    return sum(
        not is_managed(change)
        and change.get("mode") == "managed"
        and members(change.get("change")).get("actions") not in (["no-op"], ["read"])
        for change in changes
    )


def _of_no_workspace(log: Log, found: Sequence[WorkspaceReview]) -> Iterator[Message]:
    """The warnings that are shown at no workspace."""
    used = {message for each in found for message in each.messages}
    for kind in Kind:
        for each in log.warnings:
            if each.kind is kind and each.message not in used:
                yield each.message


def _deferred(plan: Mapping[str, Any], secrets: Secrets) -> Iterator[Message]:
    """The workspaces whose changes Terraform leaves to a later plan."""
    for deferred in map(members, elements(plan.get("deferred_changes"))):
        change = members(deferred.get("resource_change"))
        if is_managed(change):
            actions = ", ".join(map(text_of, elements(members(change.get("change")).get("actions"))))
            detail = secrets.without(f"{text_of(change.get('address'))}: {actions or 'not known'}")
            yield Message("Deferred to a later plan", detail)


def _notices(plan: Mapping[str, Any], log: Log | None) -> Iterator[str]:
    if log is None:
        yield _NO_LOG
    elif not log.is_whole:
        yield alone.CUT_OFF
    blocks = members(members(plan.get("configuration")).get("provider_config")).values()
    for block in map(members, blocks):
        if text_of(block.get("full_name")).endswith(_PROVIDER):
            yield from (_LOWER[given] for given in _plan_checks(block, plan) if given in _LOWER)
    if plan.get("errored") is True:
        yield _ERRORED
    elif plan.get("complete") is False or elements(plan.get("deferred_changes")):
        yield _INCOMPLETE


def _plan_checks(block: Mapping[str, Any], plan: Mapping[str, Any]) -> Iterator[str]:
    """What a provider block says of `plan_check`, itself or by a variable of the root module."""
    given = members(members(block.get("expressions")).get("plan_check"))
    yield text_of(given.get("constant_value"))
    variables = members(plan.get("variables")) if not block.get("module_address") else {}
    for reference in map(text_of, elements(given.get("references"))):
        yield text_of(members(variables.get(reference.removeprefix("var."))).get("value"))


def _minute(plan: Mapping[str, Any]) -> str:
    planned = time_of(plan.get("timestamp"))
    return f"{planned:%Y-%m-%d %H:%M %Z}" if planned else ""
