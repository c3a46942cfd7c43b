"""The base class of a data source. Values and diagnostics are as for resources (see `resource.py`)."""

import abc
from typing import Any

from lightstart.records import Opaque, field
from tfplugin.deadline import Deadline
from tfplugin.diagnostics import Diagnostics
from tfplugin.resource import ObjectValue, ValidateRequest
from tfplugin.schema import Schema


class ReadDataRequest(Opaque, kw_only=True):
    """The wholly known configuration, in which computed attributes are null."""

    config: ObjectValue
    deadline: Deadline
    """When the call must be over, by the configured timeouts or those of the schema."""
    diagnostics: Diagnostics = field(default_factory=Diagnostics)


class DataSource(abc.ABC):
    """A data source. Each call gets a fresh object; calls run in several threads at once."""

    def __init__(self, client: Any = None) -> None:
        """`client` is the result of the provider's `configure`; None before `configure` was called."""
        self.client = client

    @classmethod
    @abc.abstractmethod
    def schema(cls) -> Schema:
        """The schema, always the same object."""

    @classmethod
    def subject(cls, config: ObjectValue) -> str:  # noqa: ARG003 - for authors
        """As for a resource: what the messages about a configuration call it."""
        return ""

    def validate(self, request: ValidateRequest) -> None:
        """Checks rules that no validator checks; `client` may still be None."""

    @abc.abstractmethod
    def read(self, request: ReadDataRequest) -> ObjectValue:
        """Reads the data; returns the configuration with every computed attribute filled in."""
