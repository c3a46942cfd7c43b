"""What a test expects of a plan or a state, as data.

A check names a resource by its address and a place in it by its path: ``"warehouse.settings.host"``, or a tuple where
a key holds a dot. Values are those of ``terraform show -json``.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Protocol

Document = Mapping[str, Any]
Subject = Literal["plan", "state"]
AttributePath = str | tuple[str | int, ...]
Action = Literal[
    "no-op", "create", "read", "update", "delete", "replace", "delete-before-create", "create-before-delete"
]


class Check(Protocol):
    """A check; `subject` says which of the two documents it looks at."""

    subject: ClassVar[Subject]

    def problem(self, document: Document) -> str | None:
        """Return what is wrong with the document, or None."""
        ...


def verify(checks: Iterable[Check], document: Document) -> None:
    """Raise an AssertionError that lists every problem the checks find in the plan or state they are for."""
    problems = [problem for check in checks if (problem := check.problem(document))]
    assert not problems, "not as expected:\n" + "\n".join(f"  {problem}" for problem in problems)


@dataclass(frozen=True, slots=True)
class ExpectAction:
    """The plan does this to the resource; ``replace`` is either order."""

    subject: ClassVar[Subject] = "plan"
    address: str
    action: Action

    def problem(self, document: Document) -> str | None:
        """See `Check`."""
        change = _change(document, self.address)
        planned = _actions(change["change"]["actions"]) if change else ["nothing"]
        return None if self.action in planned else f"{self.address}: {planned[0]}, not {self.action}"


@dataclass(frozen=True, slots=True)
class ExpectEmptyPlan:
    """The plan changes no resource and no output."""

    subject: ClassVar[Subject] = "plan"

    def problem(self, document: Document) -> str | None:
        """See `Check`."""
        changes = {change["address"]: change["change"] for change in document.get("resource_changes", [])}
        changes |= {f"output {name}": change for name, change in document.get("output_changes", {}).items()}
        planned = {name: _actions(change["actions"])[0] for name, change in changes.items()}
        found = [f"{name}: {action}" for name, action in planned.items() if action not in ("no-op", "read")]
        return ", ".join(found) or None


@dataclass(frozen=True, slots=True)
class ExpectKnown:
    """The plan knows the value already, and it is this one."""

    subject: ClassVar[Subject] = "plan"
    address: str
    path: AttributePath
    value: Any

    def problem(self, document: Document) -> str | None:
        """See `Check`."""
        change = _change(document, self.address)
        if change is None:
            return f"{self.address}: not in the plan"
        if _unknown(change["change"].get("after_unknown"), self.path):
            return f"{self.address}: {self.path} is known after apply only"
        return _difference(self.address, change["change"]["after"], self.path, self.value)


@dataclass(frozen=True, slots=True)
class ExpectUnknown:
    """The plan says ``(known after apply)`` for the value or for what holds it."""

    subject: ClassVar[Subject] = "plan"
    address: str
    path: AttributePath

    def problem(self, document: Document) -> str | None:
        """See `Check`."""
        change = _change(document, self.address)
        if change is None:
            return f"{self.address}: not in the plan"
        if _unknown(change["change"].get("after_unknown"), self.path):
            return None
        return f"{self.address}: {self.path} is known: {_shown(_at(change['change']['after'], self.path))}"


@dataclass(frozen=True, slots=True)
class ExpectValue:
    """The state holds this value."""

    subject: ClassVar[Subject] = "state"
    address: str
    path: AttributePath
    value: Any

    def problem(self, document: Document) -> str | None:
        """See `Check`."""
        resource = resources(document).get(self.address)
        if resource is None:
            return f"{self.address}: not in the state"
        return _difference(self.address, resource["values"], self.path, self.value)


@dataclass(frozen=True, slots=True)
class ExpectAbsent:
    """The state does not have the resource."""

    subject: ClassVar[Subject] = "state"
    address: str

    def problem(self, document: Document) -> str | None:
        """See `Check`."""
        return f"{self.address}: still in the state" if self.address in resources(document) else None


def resources(state: Document) -> dict[str, Document]:
    """Return the resources of a state, those of all modules, by address."""
    modules = [state.get("values", {}).get("root_module", {})]
    found = {}
    for module in modules:
        modules += module.get("child_modules", [])
        found.update({resource["address"]: resource for resource in module.get("resources", [])})
    return found


class _Missing:
    """What is not there: differs from null and from every value."""


def _change(plan: Document, address: str) -> Document | None:
    return next((change for change in plan.get("resource_changes", []) if change["address"] == address), None)


def _actions(actions: list[str]) -> list[str]:
    """Return the names of an action, the most telling first."""
    if len(actions) == 1:
        return actions
    return ["-before-".join(actions), "replace"]


def _steps(path: AttributePath) -> tuple[str | int, ...]:
    return tuple(path.split(".")) if isinstance(path, str) else path


def _at(value: Any, path: AttributePath) -> Any:
    for step in _steps(path):
        try:
            value = value[int(step)] if isinstance(value, list) else value[step]
        except (KeyError, IndexError, TypeError, ValueError):
            return _Missing
    return value


def _unknown(marks: Any, path: AttributePath) -> bool:
    """Tell whether ``after_unknown``, which is true in the place of whatever is unknown, covers the path."""
    steps = _steps(path)
    return any(_at(marks, steps[:length]) is True for length in range(len(steps) + 1))


def _shown(value: Any) -> str:
    return "absent" if value is _Missing else json.dumps(value, sort_keys=True)


def _difference(address: str, values: Any, path: AttributePath, expected: Any) -> str | None:
    """Compare as JSON: there, unlike in Python, true is not 1."""
    found, wanted = _shown(_at(values, path)), _shown(expected)
    return None if found == wanted else f"{address}: {path} is {found}, not {wanted}"
