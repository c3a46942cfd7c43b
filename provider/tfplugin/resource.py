"""The base class of a resource type, with its requests and results.

Values are plain Python (see `tfplugin.cty`): an object is a dict with every attribute of the schema. Requests are
immutable, equal only to themselves, and their `repr` shows no values, which may be secrets. An author adds
diagnostics to ``request.diagnostics``, or raises `DiagnosticError`, which ends the call. Any other exception is
reported to the user as a bug of the provider, and the best known state is kept.
"""

import abc
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any

from lightstart.records import Opaque, Record, field
from tfplugin.cty import Path, Value
from tfplugin.deadline import Deadline
from tfplugin.diagnostics import DiagnosticError, Diagnostics
from tfplugin.schema import Schema

ObjectValue = dict[str, Value]
Private = Mapping[str, Any]
"""JSON data that Terraform keeps beside a state and shows to nobody."""


class Action(Enum):
    """A planned change. The replacement of a tainted object looks like a creation.

    Source: docs/facts/terraform.md, "How a resource goes and stays".
    """

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DESTROY = "destroy"


class ValidateRequest(Opaque, kw_only=True):
    """A configuration, of which any part may be unknown."""

    config: ObjectValue
    diagnostics: Diagnostics = field(default_factory=Diagnostics)


class PlanRequest(Opaque, kw_only=True):
    """The prior state, the configuration, and the state that the framework proposes from both.

    `prior` is None for a creation and for the second half of a replacement; in that half, `private` is the data that
    the first half planned. `config` and `proposed` are None for a destruction.

    `applying` is whether this is the plan that Terraform makes once more just before it applies. Then `planned_private`
    is what was planned before, from clients of protocol 6.11 on. Source: docs/facts/terraform.md, "The second plan".
    """

    prior: ObjectValue | None
    config: ObjectValue | None
    proposed: ObjectValue | None
    private: Private = field(default_factory=dict)
    applying: bool = False
    planned_private: Private = field(default_factory=dict)
    requires_replace: tuple[Path, ...] = ()
    """The paths of changed attributes that replace the object."""
    diagnostics: Diagnostics = field(default_factory=Diagnostics)

    @property
    def action(self) -> Action:
        """The kind of the planned change."""
        if self.proposed is None:
            return Action.DESTROY
        if self.prior is None:
            return Action.REPLACE if self.private else Action.CREATE
        return Action.REPLACE if self.requires_replace else Action.UPDATE


class Planned(Record):
    """The result of `plan`: the state to come, unknown in the parts that only applying can determine."""

    state: ObjectValue | None
    private: Private = field(default_factory=dict)


class Result(Record):
    """The wholly known state after an operation. A None state from `read` means that the object is gone."""

    state: ObjectValue | None
    private: Private = field(default_factory=dict)


class ImportRequest(Opaque, kw_only=True):
    """The id that the user gave; the resource type decides on its form."""

    id: str
    diagnostics: Diagnostics = field(default_factory=Diagnostics)


class ReadRequest(Opaque, kw_only=True):
    """The last known state."""

    state: ObjectValue
    deadline: Deadline
    """When the call must be over, by the configured timeouts or those of the schema."""
    private: Private = field(default_factory=dict)
    diagnostics: Diagnostics = field(default_factory=Diagnostics)


class CreateRequest(Opaque, kw_only=True):
    """The planned state of the object to make; `create` fills in its unknown parts.

    Only write-only values may be taken from `config`: no other field has them.
    """

    planned: ObjectValue
    deadline: Deadline
    config: ObjectValue = field(default_factory=dict)
    private: Private = field(default_factory=dict)
    save: Callable[[Result], None] = lambda _: None
    """Tells the framework what exists already, in case the call fails; the last call of `save` counts."""
    diagnostics: Diagnostics = field(default_factory=Diagnostics)


class UpdateRequest(Opaque, kw_only=True):
    """The object to change, from `prior` to `planned`; `config` is as for a creation."""

    prior: ObjectValue
    planned: ObjectValue
    deadline: Deadline
    config: ObjectValue = field(default_factory=dict)
    private: Private = field(default_factory=dict)
    save: Callable[[Result], None] = lambda _: None
    """As for a creation; if it was not called, a failed update keeps the prior state."""
    diagnostics: Diagnostics = field(default_factory=Diagnostics)


class DeleteRequest(Opaque, kw_only=True):
    """The last known state of the object to remove; `private` is the data that the plan kept."""

    prior: ObjectValue
    deadline: Deadline
    private: Private = field(default_factory=dict)
    diagnostics: Diagnostics = field(default_factory=Diagnostics)


class Resource(abc.ABC):
    """A resource type. Each call gets a fresh object; calls run in several threads at once."""

    def __init__(self, client: Any = None) -> None:
        """`client` is the result of the provider's `configure`; None before `configure` was called."""
        self.client = client

    @classmethod
    @abc.abstractmethod
    def schema(cls) -> Schema:
        """The schema, always the same object."""

    @classmethod
    def subject(cls, values: ObjectValue) -> str:  # noqa: ARG003 - for authors
        """What the messages about an object call it, such as ``disk "a"``; empty while nothing tells it from others.

        It takes a configuration, a plan or a state, in which anything may be null or unknown.
        """
        return ""

    def validate(self, request: ValidateRequest) -> None:
        """Checks rules that no validator checks; `client` may still be None."""

    def plan(self, request: PlanRequest) -> Planned:
        """Plans a change. Must depend on the request alone, as Terraform plans twice, and must change nothing."""
        return Planned(request.proposed, request.private)

    @abc.abstractmethod
    def create(self, request: CreateRequest) -> Result:
        """Makes the object."""

    @abc.abstractmethod
    def read(self, request: ReadRequest) -> Result:
        """Reads the object."""

    @abc.abstractmethod
    def update(self, request: UpdateRequest) -> Result:
        """Changes the object."""

    def upgraders(self) -> Mapping[int, Callable[[Any], ObjectValue]]:
        """For each older schema version: a function from a state of that version to one of the current version.

        It takes JSON data. In its result, missing attributes become null, and attributes that are not in the current
        schema are dropped, in nested objects too. A dynamic value may stay as it is in the data.
        """
        return {}

    def upgraded(self, state: ObjectValue) -> ObjectValue:
        """A stored state of the current schema version, before every use; what came later than the state is null in it.

        What is given here for an attribute that came later is no change that a plan would show.
        """
        return state

    def import_state(self, request: ImportRequest) -> Result:
        """The state by which `read` finds the object; missing attributes become null.

        Raises `DiagnosticError` for an id of a wrong form, and names the right form.
        """
        raise DiagnosticError(
            "Resource cannot be imported", f"This resource type has no import; the id was {request.id!r}."
        )

    @abc.abstractmethod
    def delete(self, request: DeleteRequest) -> None:
        """Removes the object. An object that does not exist is no error."""
