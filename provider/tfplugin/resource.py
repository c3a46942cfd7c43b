"""What the author of a resource type subclasses.

Values are plain Python (see `tfplugin.cty`): an object is a dict with every attribute of the schema. Requests are
immutable, equal to themselves alone, and have no text, for they hold secrets. Diagnostics go to
``request.diagnostics``, or end the call by raising `DiagnosticError`. An exception of any other kind is reported to
the user as a bug of the provider, and the best state known is kept.
"""

import abc
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from tfplugin.cty import Path, Value
from tfplugin.deadline import Deadline
from tfplugin.diagnostics import DiagnosticError, Diagnostics
from tfplugin.schema import Schema

ObjectValue = dict[str, Value]
Private = Mapping[str, Any]
"""Data that Terraform keeps beside a state and shows to nobody: any JSON members."""


class Action(Enum):
    """What is being planned. A tainted object's replacement looks like a creation (spec terraform-behaviour)."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DESTROY = "destroy"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ValidateRequest:
    """A configuration; any leaf may be unknown."""

    config: ObjectValue
    diagnostics: Diagnostics = field(default_factory=Diagnostics)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class PlanRequest:
    """What is there (`prior`), what is wanted (`config`), and what the framework makes of both (`proposed`).

    `prior` is None for a creation and for the second half of a replacement, whose `private` is what the first
    half planned; `config` and `proposed` are None for a destruction.
    """

    prior: ObjectValue | None
    config: ObjectValue | None
    proposed: ObjectValue | None
    private: Private = field(default_factory=dict)
    requires_replace: tuple[Path, ...] = ()
    """Attributes whose change replaces the object."""
    diagnostics: Diagnostics = field(default_factory=Diagnostics)

    @property
    def action(self) -> Action:
        """What is being planned."""
        if self.proposed is None:
            return Action.DESTROY
        if self.prior is None:
            return Action.REPLACE if self.private else Action.CREATE
        return Action.REPLACE if self.requires_replace else Action.UPDATE


@dataclass(frozen=True, slots=True)
class Planned:
    """The plan's answer: the state to come, with unknown leaves where only applying can tell."""

    state: ObjectValue | None
    private: Private = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Result:
    """The state after an operation, wholly known. A None state from `read` means that the object is gone."""

    state: ObjectValue | None
    private: Private = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ImportRequest:
    """The id that the user gave; what it looks like is the resource's own matter."""

    id: str
    diagnostics: Diagnostics = field(default_factory=Diagnostics)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ReadRequest:
    """The last known state."""

    state: ObjectValue
    deadline: Deadline
    """By when the call must be over; the schema's `timeouts` say how it is found."""
    private: Private = field(default_factory=dict)
    diagnostics: Diagnostics = field(default_factory=Diagnostics)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class CreateRequest:
    """What to make: the planned state, with unknown leaves to be filled in.

    `config` is for write-only values alone: only there have they a value.
    """

    planned: ObjectValue
    deadline: Deadline
    config: ObjectValue = field(default_factory=dict)
    private: Private = field(default_factory=dict)
    save: Callable[[Result], None] = lambda _: None
    """Tell the framework what exists already, in case the call does not end well; the last word counts."""
    diagnostics: Diagnostics = field(default_factory=Diagnostics)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class UpdateRequest:
    """What to change: from `prior` to `planned`; `config` is as for a creation."""

    prior: ObjectValue
    planned: ObjectValue
    deadline: Deadline
    config: ObjectValue = field(default_factory=dict)
    private: Private = field(default_factory=dict)
    save: Callable[[Result], None] = lambda _: None
    """As for a creation; without a call, a failed update keeps the prior state."""
    diagnostics: Diagnostics = field(default_factory=Diagnostics)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class DeleteRequest:
    """What to remove, by its last known state; `private` is what its plan kept."""

    prior: ObjectValue
    deadline: Deadline
    private: Private = field(default_factory=dict)
    diagnostics: Diagnostics = field(default_factory=Diagnostics)


class Resource(abc.ABC):
    """A resource type. Each call gets a fresh object; calls run in several threads at once."""

    def __init__(self, client: Any = None) -> None:
        """`client` is what the provider's `configure` returned, None before it was called."""
        self.client = client

    @classmethod
    @abc.abstractmethod
    def schema(cls) -> Schema:
        """The schema, always the same object."""

    def validate(self, request: ValidateRequest) -> None:
        """Check rules that the attributes' validators do not; runs without a client."""

    def plan(self, request: PlanRequest) -> Planned:
        """Plan a change. Must depend on the request alone, as Terraform plans twice, and must change nothing."""
        return Planned(request.proposed, request.private)

    @abc.abstractmethod
    def create(self, request: CreateRequest) -> Result:
        """Make the object."""

    @abc.abstractmethod
    def read(self, request: ReadRequest) -> Result:
        """Look at the object."""

    @abc.abstractmethod
    def update(self, request: UpdateRequest) -> Result:
        """Change the object."""

    def upgraders(self) -> Mapping[int, Callable[[Any], ObjectValue]]:
        """By older schema version: what turns a state of it, as JSON data, directly into one of today's.

        Attributes that are left out are null, those that today's schema does not have are dropped, in nested objects
        too. A dynamic value may stay as it is in the data.
        """
        return {}

    def import_state(self, request: ImportRequest) -> Result:
        """The state by which `read` finds the object; attributes that are left out are null.

        Raises `DiagnosticError` for an id of another form, and says the right one.
        """
        raise DiagnosticError(
            "Resource cannot be imported", f"This resource type has no import; the id was {request.id!r}."
        )

    @abc.abstractmethod
    def delete(self, request: DeleteRequest) -> None:
        """Remove the object; it is no error if it is not there."""
