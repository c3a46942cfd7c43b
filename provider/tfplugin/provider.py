"""The base class of a provider, which names the classes of its resources, data sources and functions."""

import abc
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from lightstart.records import Opaque, field
from tfplugin.data_source import DataSource
from tfplugin.diagnostics import Diagnostics
from tfplugin.function import Function
from tfplugin.resource import ObjectValue, Resource
from tfplugin.schema import Schema


class ProviderRequest(Opaque, kw_only=True):
    """The provider block. In a plan, parts may be unknown: they may come from objects that do not exist yet."""

    config: ObjectValue
    diagnostics: Diagnostics = field(default_factory=Diagnostics)
    learn: Callable[[str], None] = lambda _: None
    """Keeps a secret that turns up later, such as in a server's answer, out of log and diagnostics from then on."""


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
        """Secrets that are in no schema, such as a password in the environment; log and diagnostics never show them."""
        return ()

    def validate(self, request: ProviderRequest) -> None:
        """Checks rules of the provider block that no validator checks; reports to the diagnostics."""

    def configure(self, request: ProviderRequest) -> Any:
        """Makes the client, with which resources and data sources are constructed. Must not connect to anything."""
        return request.config
