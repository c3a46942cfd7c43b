"""A plan and its log as a review."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from krenalis_provider.command.review import lost, workspace
from krenalis_provider.command.review.blocks import Blocks
from krenalis_provider.command.review.files import Unreadable, elements, members, text_of, time_of
from krenalis_provider.command.review.messages import Log, read_messages, sorted_warnings
from krenalis_provider.command.review.model import Action, Loss, Message, Review, WorkspaceReview
from krenalis_provider.command.review.secrets import Secrets
from krenalis_provider.resources.workspace.loss_sentences import Lost
from lightstart.records import replace

_TYPE: Final = "krenalis_workspace"
_LOGGED: Final = ("create", "update", "delete", "replace")
"""The actions of a log that are compared with those of the plan."""
_NO_LOG: Final = (
    "No log was given, so rows are not counted, and warnings of the plan are missing: what goes along, and what could not be "
    "checked. Write it with terraform plan -json -out=plan.tfplan > plan.jsonl, and add --log plan.jsonl."
)
_PROVIDER: Final = "krenalis"
_LOWER: Final = {
    "off": 'A provider block says plan_check = "off": nobody has looked into its warehouses.',
    "warn": 'A provider block says plan_check = "warn": obstacles in its warehouses are warnings only.',
}
_NO_PLAN: Final = "No plan was given, so only the log's messages are shown."
_CUT_OFF: Final = "The log is cut off: there may be more warnings than it holds."
_OTHER_LOG: Final = (
    "the log is not the log of this plan: its changes or its time are others. Give the log of the terraform plan that wrote the "
    "plan file."
)
_OLD_PLAN: Final = (
    "The plan is not the plan of this log: Terraform failed before it wrote one, and the file is of another time. Only the "
    "errors of the log are shown; remove the old plan file before planning."
)
_INEXACT: Final = timedelta(seconds=2)
"""How far a plan's time may be off: it has whole seconds."""
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
        return _of_log(told or Log())
    if told is not None:
        if _is_of_another_time(plan, told):
            if not told.errors:
                raise Unreadable(_OTHER_LOG)
            return replace(_of_log(told), notices=(_OLD_PLAN,), refusal=_OLD_PLAN)
        _require_same(plan, told)
    try:
        found = list(_workspaces(plan, told, secrets))
    except workspace.UnknownChangeError as error:
        raise Unreadable(
            f"the plan has {error}, which this program does not know: use a newer version of the provider."
        ) from error
    shown = [each for each in found if _is_worth_showing(each)]
    addresses = {each.address for each in found}
    return Review(
        workspaces=tuple(sorted(shown, key=_gravity)),
        unchanged=len(found) - len(shown),
        others=_others(plan),
        errors=told.errors if told else (),
        warnings=_of_no_workspace(told, found, addresses) if told else (),
        notices=tuple(dict.fromkeys(_notices(plan, told))),
        planned_at=_minute(plan),
        terraform=secrets.without(text_of(plan.get("terraform_version"))) or (told.terraform if told else ""),
    )


def _workspaces(plan: Mapping[str, Any], log: Log | None, secrets: Secrets) -> Iterator[WorkspaceReview]:
    drifts = {
        (each.get("address"), each.get("deposed")): each
        for each in map(members, elements(plan.get("resource_drift")))
        if _is_workspace(each)
    }
    for change in map(members, elements(plan.get("resource_changes"))):
        if _is_workspace(change):
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


def _is_workspace(resource: Mapping[str, Any]) -> bool:
    return resource.get("type") == _TYPE and resource.get("mode") == "managed"


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
        not _is_workspace(change)
        and change.get("mode") == "managed"
        and members(change.get("change")).get("actions") not in (["no-op"], ["read"])
        for change in changes
    )


def _of_no_workspace(log: Log, found: Sequence[WorkspaceReview], addresses: set[str]) -> tuple[Message, ...]:
    """The warnings that are shown at no workspace."""
    names = {each.name for each in found}
    told = sorted_warnings(log)
    losses = [
        message
        for sentence, message in told.losses
        if message.address not in addresses and not (not message.address and sentence.workspace in names)
    ]
    others = (*told.along, *told.unchecked, *told.others)
    return (
        *losses,
        *(
            each
            for each in others
            if each.address not in addresses and not (not each.address and each.workspace in names)
        ),
    )


def _notices(plan: Mapping[str, Any], log: Log | None) -> Iterator[str]:
    if log is None:
        yield _NO_LOG
    elif not log.is_whole:
        yield _CUT_OFF
    blocks = members(members(plan.get("configuration")).get("provider_config")).values()
    for block in map(members, blocks):
        given = members(members(block.get("expressions")).get("plan_check")).get("constant_value")
        if text_of(block.get("name")) == _PROVIDER and given in ("off", "warn"):
            yield _LOWER[given]
    if plan.get("errored") is True:
        yield _ERRORED
    elif plan.get("complete") is False or elements(plan.get("deferred_changes")):
        yield _INCOMPLETE


def _minute(plan: Mapping[str, Any]) -> str:
    planned = time_of(plan.get("timestamp"))
    return f"{planned:%Y-%m-%d %H:%M %Z}" if planned else ""


def _is_of_another_time(plan: Mapping[str, Any], log: Log) -> bool:
    """Whether a plan is not what the log tells of: of an earlier or a later time, or of a command that wrote no plan.

    Terraform notes the second in which it plans, which is behind the first message of its log and before the last one.
    """
    if not log.wrote_plan and plan.get("errored") is not True:
        return True
    planned = time_of(plan.get("timestamp"))
    if planned is None or not log.times:
        return False
    first, last = log.times
    return planned < first - _INEXACT or (log.is_whole and planned > last + _INEXACT)


def _require_same(plan: Mapping[str, Any], log: Log) -> None:
    """Raise `Unreadable` if the log is the log of another plan: its numbers would be taken for those of this one."""
    if not log.is_whole or log.errors:
        return
    planned, unclear = set(), set()
    for change in map(members, elements(plan.get("resource_changes"))):
        address, actions = change.get("address"), elements(members(change.get("change")).get("actions"))
        if "deposed" in change or "forget" in actions:
            unclear.add(address)
        elif _is_workspace(change) and (action := "replace" if len(actions) > 1 else next(iter(actions), "")):
            planned.add((address, action))
    planned = {each for each in planned if each[0] not in unclear and each[1] in _LOGGED}
    logged = {
        (address, action)
        for address, action in log.changes
        if action in _LOGGED and _TYPE in address and address not in unclear
    }
    if planned != logged:
        raise Unreadable(_OTHER_LOG)


def _of_log(log: Log) -> Review:
    """What a log alone tells, such as that of a plan that failed."""
    told = sorted_warnings(log)
    losses = tuple(
        Loss(
            what=_LOST[sentence.lost],
            column=sentence.column,
            workspace=sentence.workspace,
            rows=sentence.rows,
            is_certain=sentence.lost in (Lost.COLUMN, Lost.DESTROYED, Lost.REPLACED, Lost.DELETED),
        )
        for sentence, _ in told.losses
        if sentence.lost is not Lost.FORGOTTEN
    )
    notices = [_NO_PLAN, *([] if log.is_whole else [_CUT_OFF])]
    rest = (*told.along, *told.unchecked, *told.others)
    kept = tuple(message for sentence, message in told.losses if sentence.lost is Lost.FORGOTTEN)
    return replace(
        Review(terraform=log.terraform, has_plan=False),
        errors=log.errors,
        warnings=(*kept, *rest),
        losses=losses,
        notices=tuple(notices),
    )


_LOST: Final = {
    Lost.COLUMN: "column",
    Lost.DESTROYED: lost.ALL,
    Lost.REPLACED: lost.ALL,
    Lost.DELETED: lost.AT_SERVER,
    Lost.LEFT: lost.AT_SERVER,
}
