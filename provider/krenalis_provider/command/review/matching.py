"""Whether a plan and a log are of one ``terraform plan``: else the numbers of one would be taken for those of the other."""

from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta
from typing import Any, Final

from krenalis_provider.command.review.files import Unreadable, elements, members, text_of, time_of
from krenalis_provider.command.review.log import TYPE, Log

_LOGGED: Final = ("create", "update", "delete", "replace")
"""The actions of a log that are compared with those of the plan."""
_OTHER_LOG: Final = (
    "the log is not the log of this plan: its changes or its time are others. Give the log of the terraform plan that wrote the "
    "plan file."
)
_INEXACT: Final = timedelta(seconds=2)
"""How far a plan's time may be off: it has whole seconds."""


def is_managed(resource: Mapping[str, Any]) -> bool:
    """Whether a resource of a plan is a workspace that Terraform manages."""
    return resource.get("type") == TYPE and resource.get("mode") == "managed"


def is_old(plan: Mapping[str, Any], log: Log) -> bool:
    """Whether the plan was there before the log's command, which failed and wrote none.

    Terraform notes the second in which it plans, which is behind the first message of its log and before the last one.
    Raises `Unreadable` if the log is the log of another plan.
    """
    planned = time_of(plan.get("timestamp"))
    if planned and log.times:
        first, last = log.times
        # only the whole log begins before the plan is made, and ends after that
        is_early = bool(log.terraform) and first - planned > _INEXACT
        if is_early and log.errors:
            return True
        if is_early or (log.is_whole and planned - last > _INEXACT):
            raise Unreadable(_OTHER_LOG)
    if not log.wrote_plan and plan.get("errored") is not True:
        return True
    _require_same(plan, log)
    return False


def _require_same(plan: Mapping[str, Any], log: Log) -> None:
    """Raise `Unreadable` if the log tells of other changes."""
    if not log.is_whole or log.errors:
        return
    planned, unclear = set(), set()
    for change in map(members, elements(plan.get("resource_changes"))):
        address = text_of(change.get("address"))
        actions = [*map(text_of, elements(members(change.get("change")).get("actions")))]
        if "deposed" in change or "forget" in actions:
            unclear.add(address)
        elif is_managed(change) and (action := "replace" if len(actions) > 1 else next(iter(actions), "")):
            planned.add((address, action))
    if _compared(planned, unclear) != _compared(log.changes, unclear):
        raise Unreadable(_OTHER_LOG)


def _compared(changes: Iterable[tuple[str, str]], unclear: Collection[str]) -> set[tuple[str, str]]:
    return {(address, action) for address, action in changes if action in _LOGGED and address not in unclear}
