"""What is missing already, because something outside Terraform has removed it: a plan that makes it again makes it empty."""

from collections.abc import Mapping
from typing import Any

from krenalis_provider.command.review import domain, values
from krenalis_provider.command.review.files import elements, members
from krenalis_provider.command.review.model import Action
from krenalis_provider.command.review.secrets import Secrets
from krenalis_provider.warehouses import krenalis_objects


def made_again(before: values.Side, after: values.Side, action: Action, secrets: Secrets) -> tuple[str, ...]:
    """Kind and name of the objects that are missing in the warehouse and that the change makes."""
    if action is not Action.UPDATE:
        return ()
    there, wanted = (members(side.member("objects").value) for side in (before, after))
    return tuple(secrets.without(f"{kind} {name}") for name, kind in wanted.items() if name not in there)


def is_deleted(drift: Mapping[str, Any]) -> bool:
    """Whether a drift says that the workspace is there no more."""
    return elements(members(drift.get("change")).get("actions")) == ["delete"]


def with_data(
    before: values.Side, after: values.Side, drift: Mapping[str, Any], action: Action, secrets: Secrets
) -> tuple[str, ...]:
    """The tables and columns that are gone with their data, such as ``table krenalis_events``.

    The state before the plan tells of them, or the objects that an update has to make.
    """
    if action not in (Action.CREATE, Action.UPDATE, Action.NOTHING):
        return ()
    old, now = values.sides(members(drift.get("change")))
    repaired = _missing_tables(after, before) if action is Action.UPDATE else []
    tables = dict.fromkeys([*repaired, *_missing_tables(old, now)])
    found = [f"table {name}" for name in tables]
    if now.value is not None:  # else the columns went with their tables
        # of a plan that makes nothing, only the profile schema tells what there has to be
        wanted = (
            domain.defined_columns(members(old.value))
            if action is Action.NOTHING
            else members(after.member("profile_columns").value)
        )
        there = members(now.member("profile_columns").value)
        was = members(old.member("profile_columns").value)
        found += [f"column {name}" for name in was if name not in there and name in wanted]
    return tuple(map(secrets.without, found))


def _missing_tables(complete: values.Side, present: values.Side) -> list[str]:
    objects = [members(side.member("objects").value) for side in (complete, present)]
    return krenalis_objects.missing_data_tables(*objects)
