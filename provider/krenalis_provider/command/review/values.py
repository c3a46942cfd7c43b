"""The values of a change as texts: which attributes differ, without what is sensitive, and what is not known yet."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from krenalis_provider.command.review.files import elements, members
from krenalis_provider.command.review.model import Setting
from krenalis_provider.command.review.secrets import Secrets
from krenalis_provider.model.exact_json import to_json

SENSITIVE: Final = "(sensitive)"
UNKNOWN: Final = "(known after applying)"

_TOLD_ELSEWHERE: Final = ("id", "profile_schema", "profile_columns", "migration", "losses", "objects")


class Side:
    """One side of a change at one path: its value, and which parts of it are sensitive or not known."""

    def __init__(self, value: Any, sensitive: Any, unknown: Any = None) -> None:
        self.value = value
        self.is_sensitive = sensitive is True
        self.is_unknown = unknown is True
        self._sensitive = sensitive
        self._unknown = unknown

    def member(self, name: str) -> "Side":
        """The side of a member."""
        return Side(
            members(self.value).get(name),
            True if self.is_sensitive else members(self._sensitive).get(name),
            True if self.is_unknown else members(self._unknown).get(name),
        )

    @property
    def names(self) -> list[str]:
        """The names of the members, known or not."""
        return [*dict.fromkeys([*members(self.value), *members(self._unknown)])]

    @property
    def is_object(self) -> bool:
        """Whether there are members to look at one by one."""
        return isinstance(self.value, dict) and not self.is_sensitive and not self.is_unknown

    def text(self, secrets: Secrets) -> str | None:
        """The value as it is shown; None if there is none."""
        if self.is_unknown or _has_true(self._unknown):
            return UNKNOWN
        if self.value is None or self.value in ([], {}):
            return None
        if self.is_sensitive or _has_true(self._sensitive):
            return SENSITIVE
        if isinstance(self.value, str):
            return secrets.without(self.value)
        return secrets.without(to_json(self.value))


def sides(change: Mapping[str, Any]) -> tuple[Side, Side]:
    """The two sides of a change, as ``terraform show -json`` has it."""
    before = Side(change.get("before"), change.get("before_sensitive"))
    after = Side(change.get("after"), change.get("after_sensitive"), change.get("after_unknown"))
    return before, after


def settings(before: Side, after: Side, secrets: Secrets) -> tuple[Setting, ...]:
    """The attributes that differ, other than those that a review tells of in another way."""
    names = [*dict.fromkeys([*before.names, *after.names])]
    return tuple(
        setting
        for name in names
        if name not in _TOLD_ELSEWHERE
        for setting in _settings(name, before.member(name), after.member(name), secrets)
    )


def unknown_paths(unknown: Any, path: str = "") -> Iterator[str]:
    """The paths of what is not known before applying; the id that a creation makes is none."""
    if unknown is True:
        yield path
    for name, member in members(unknown).items():
        inner = f"{path}.{name}" if path else name
        if inner != "id":
            yield from unknown_paths(member, inner)
    for index, element in enumerate(elements(unknown)):
        yield from unknown_paths(element, f"{path}[{index}]")


def _settings(path: str, before: Side, after: Side, secrets: Secrets) -> Iterator[Setting]:
    is_sensitive = before.is_sensitive or after.is_sensitive
    if not is_sensitive and (before.is_object or after.is_object):
        for name in [*dict.fromkeys([*before.names, *after.names])]:
            yield from _settings(
                secrets.without(f"{path}.{name}"), before.member(name), after.member(name), secrets
            )
        return
    old, new = before.text(secrets), after.text(secrets)
    if old is None and new is None:
        return
    if old != new or (before.value != after.value and not after.is_unknown):
        yield Setting(path, old, new)


def _has_true(marks: Any) -> bool:
    if isinstance(marks, dict):
        return any(map(_has_true, marks.values()))
    if isinstance(marks, list):
        return any(map(_has_true, marks))
    return marks is True
