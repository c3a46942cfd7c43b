"""What the author of a provider subclasses: one `Provider`, and a class for each thing it has."""

import abc
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tfplugin.data_source import DataSource
from tfplugin.diagnostics import Diagnostics
from tfplugin.function import Function
from tfplugin.resource import ObjectValue, Resource
from tfplugin.schema import Schema


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ProviderRequest:
    """The provider block. Leaves may be unknown while planning: they may come from something still to be made."""

    config: ObjectValue
    diagnostics: Diagnostics = field(default_factory=Diagnostics)


class Provider(abc.ABC):
    """A provider. One object serves a whole process; methods run in several threads."""

    @abc.abstractmethod
    def schema(self) -> Schema:
        """The schema of the provider block."""

    @abc.abstractmethod
    def resources(self) -> Mapping[str, type[Resource]]:
        """Resource types by full name, such as ``krenalis_workspace``."""

    def data_sources(self) -> Mapping[str, type[DataSource]]:
        """Data sources by full name."""
        return {}

    def functions(self) -> Mapping[str, type[Function]]:
        """Functions by name."""
        return {}

    def secrets(self) -> Iterable[str]:
        """What log and diagnostics must not show although no schema has it, such as a password in the environment."""
        return ()

    def validate(self, request: ProviderRequest) -> None:
        """Check the provider block beyond what the attributes' validators check; report to the diagnostics."""

    def configure(self, request: ProviderRequest) -> Any:
        """Make of the provider block what each resource is constructed with. Must not connect to anything."""
        return request.config
