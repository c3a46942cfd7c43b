"""The provider as the SDK sees it."""

from collections.abc import Mapping

from krenalis_provider import configuration
from krenalis_provider.resources.workspace import WorkspaceResource
from tfplugin.provider import Provider, ProviderRequest
from tfplugin.resource import Resource
from tfplugin.schema import Schema


class KrenalisProvider(Provider):
    """``registry.terraform.io/krenalis/krenalis``."""

    def schema(self) -> Schema:
        """The provider block."""
        return configuration.SCHEMA

    def resources(self) -> Mapping[str, type[Resource]]:
        """One resource type."""
        return {"krenalis_workspace": WorkspaceResource}

    def configure(self, request: ProviderRequest) -> configuration.Configuration:
        """What the resources are given."""
        return configuration.configure(request)
