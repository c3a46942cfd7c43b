"""What is missing already, because something outside Terraform has removed it: a plan that makes it again makes it empty."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from krenalis_provider.command.review import values
from krenalis_provider.command.review.files import elements, members
from krenalis_provider.command.review.model import Action
from krenalis_provider.command.review.secrets import Secrets
from krenalis_provider.warehouses import krenalis_objects

_TABLE: Final = "table"


def made_again(before: values.Side, after: values.Side, action: Action, secrets: Secrets) -> tuple[str, ...]:
    """Kind and name of the objects that are missing in the warehouse and that the change makes."""
    return tuple(secrets.without(f"{kind} {name}") for name, kind in _repaired(before, after, action).items())


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
    found = [f"{kind} {name}" for name, kind in _repaired(before, after, action).items() if kind == _TABLE]
    found += [f"{_TABLE} {name}" for name in _missing_tables(old, now)]
    if now.value is not None:  # else the columns went with their tables
        wanted = members(after.member("profile_columns").value)
        there = members(now.member("profile_columns").value)
        was = members(old.member("profile_columns").value)
        found += [f"column {name}" for name in was if name not in there and name in wanted]
    return tuple(map(secrets.without, dict.fromkeys(found)))


def _repaired(before: values.Side, after: values.Side, action: Action) -> Mapping[str, Any]:
    if action is not Action.UPDATE:
        return {}
    there = members(before.member("objects").value)
    wanted = members(after.member("objects").value)
    return {name: kind for name, kind in wanted.items() if name not in there}


def _missing_tables(old: values.Side, now: values.Side) -> Iterator[str]:
    there = members(now.member("objects").value)
    has_profiles = any(map(_is_of_profiles, there))
    for name, kind in members(old.member("objects").value).items():
        # an identity resolution puts another table of profiles in the place of the last one
        is_followed = has_profiles and _is_of_profiles(name)
        if kind == _TABLE and name not in there and not is_followed:
            yield name


def _is_of_profiles(name: str) -> bool:
    return name.casefold().startswith(krenalis_objects.PROFILES_PREFIX)
