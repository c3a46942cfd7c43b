"""What is wrong with a change among users' objects: with its plan, with applying it, and with what is there then.

The facts of the same change without users' objects tell which facts are the workspace's own.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from tests.support.postgresql_facts import Fact
from tests.support.users_objects import NAME, UsersObject
from tests.support.workspace_among_others import Outcome, as_text
from tests.support.workspace_changes import Draft, WorkspaceChange

_NAMES: Final = re.compile(r"\bzz_\w+")
_ALIAS: Final = re.compile(r" AS \w+")
_VIEW: Final = " view cdp.profiles"
_VIEW_CHANGED: Final = "View over the profiles was changed outside Terraform"
"""What a plan says that makes the view anew, whatever somebody wrote into it."""
_OWN_NAME: Final = re.compile(r"^(?:column (?=\w+ of )|.*[. ])(\w+)")


def objections(
    change: WorkspaceChange, alone: Outcome, among: Outcome, objects: Sequence[UsersObject]
) -> list[str]:
    """What is wrong: with what was promised, a plan that applies, or one that names what stands in the way."""
    if among.refused:
        found = [f"lost by planning: {fact}" for fact in sorted(among.before ^ among.after)]
        if not alone.refused and not any(re.search(name, among.said) for o in objects for name in o.names):
            found.append(f"the refusal names nothing: {among.said}")
        return found
    if alone.refused:
        return ["alone it is refused"]
    if among.failures:
        return [f"the plan was green: {as_text(among.failures)}"]
    found = ["the next plan is not empty"] if among.planned_again and not alone.planned_again else []
    comparison = _Comparison(alone, among, change.draft())
    return [*found, *comparison.gone(), *comparison.new()]


class _Comparison:
    """What there is after a change, beside what there should be.

    The workspace's own facts are those without users' objects, but for what users said otherwise.
    """

    def __init__(self, alone: Outcome, among: Outcome, draft: Draft) -> None:
        self._draft = draft
        self._said = among.said
        self._own = {*map(_plain, alone.after)}
        self._after = {*map(_plain, among.after)}
        self._changed = {said for fact in alone.before - among.before for said in self._spellings(fact)}
        self._users = among.before - alone.before
        self._retyped = _columns(self._own - {_spelt(fact, draft) for fact in alone.before})
        self._objects = {fact.object for fact in alone.before}
        self._objects_after = {fact.object for fact in among.after}
        self._known = {said.object for fact in among.before for said in self._spellings(fact)}

    def gone(self) -> Iterator[str]:
        """The facts that are gone, and should not be."""
        for fact in [*sorted(self._own - self._changed), *sorted(self._users)]:
            spellings = self._spellings(fact)
            if not spellings & self._after and not self._may_go(fact, {said.object for said in spellings}):
                yield f"gone: {fact}"

    def new(self) -> Iterator[str]:
        """The facts that are there, and should not be."""
        expected = self._changed | self._own | {s for fact in self._users for s in self._spellings(fact)}
        own_objects = {fact.object for fact in self._own}
        for fact in sorted(self._after - expected):
            is_new_column = fact.object.startswith("column zz_new")  # of a child
            may_come = fact.object not in self._known and (fact.object in own_objects or is_new_column)
            if not may_come and not self._follows(fact):
                yield f"new: {fact}"

    def _may_go(self, fact: Fact, objects: set[str]) -> bool:
        if _VIEW_CHANGED in self._said and fact.object.endswith(_VIEW):
            return True
        if fact.kind == "default" and f"default value for {fact.object}" in self._said:
            return True
        stays = bool(objects & self._objects_after)
        if stays and self._follows(fact):
            return True
        if fact.kind == "grant" and fact in self._own and not objects & self._known:
            return True  # of a new object, where users said otherwise by default privileges
        names = NAME.findall(fact.object)
        if not names and not objects & self._objects:
            names = _OWN_NAME.findall(fact.object)
        if not names:
            return fact.object in self._objects and not stays  # it went with what the plan drops
        is_data = fact.kind in ("row", "value") and fact.object.rpartition(" of ")[2] not in self._objects
        return not is_data and all(re.search(rf"\b{name}(?=_|\b)", self._said) for name in names)

    def _follows(self, fact: Fact) -> bool:
        """Whether it is of a column's type, and other tables have the column of that table."""
        of_type = fact.kind in ("type", "storage", "collation")
        return of_type and fact.object.split(" of ")[0] in self._retyped

    def _spellings(self, fact: Fact) -> set[Fact]:
        """The fact with the old names of columns, and with the new ones."""
        return {_spelt(fact, self._draft), _plain(fact)}


def _columns(found: set[Fact]) -> set[str]:
    """The columns, such as ``column email``, of facts that tell of a type."""
    return {fact.object.split(" of ")[0] for fact in found if fact.kind == "type"}


def _spelt(fact: Fact, draft: Draft) -> Fact:
    """The fact with the new names of columns."""
    renamed = (_NAMES.sub(lambda name: draft.columns.get(name[0], name[0]), part) for part in _plain(fact))
    return Fact(*renamed)


def _plain(fact: Fact) -> Fact:
    """The fact without the names that a view gives to its columns."""
    return fact._replace(value=_ALIAS.sub("", fact.value)) if fact.kind in ("definition", "body") else fact
