"""What the author of a data source subclasses. Values and diagnostics are as for resources (see `resource.py`)."""

import abc
from dataclasses import dataclass, field
from typing import Any

from tfplugin.deadline import Deadline
from tfplugin.diagnostics import Diagnostics
from tfplugin.resource import ObjectValue, ValidateRequest
from tfplugin.schema import Schema


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ReadDataRequest:
    """The configuration, wholly known; computed attributes are null in it."""

    config: ObjectValue
    deadline: Deadline
    """By when the call must be over; the schema's `timeouts` say how it is found."""
    diagnostics: Diagnostics = field(default_factory=Diagnostics)


class DataSource(abc.ABC):
    """A data source. Each call gets a fresh object; calls run in several threads at once."""

    def __init__(self, client: Any = None) -> None:
        """`client` is what the provider's `configure` returned, None before it was called."""
        self.client = client

    @classmethod
    @abc.abstractmethod
    def schema(cls) -> Schema:
        """The schema, always the same object."""

    def validate(self, request: ValidateRequest) -> None:
        """Check rules that the attributes' validators do not; runs without a client."""

    @abc.abstractmethod
    def read(self, request: ReadDataRequest) -> ObjectValue:
        """Look it up: the configuration with every computed attribute filled in."""
