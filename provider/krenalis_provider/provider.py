"""The provider as the SDK sees it."""

import os
from collections.abc import Iterable, Mapping

from krenalis_provider import configuration
from krenalis_provider.functions.profile_columns import ProfileColumns
from krenalis_provider.resources.workspace import WorkspaceResource
from tfplugin.function import Function
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

    def functions(self) -> Mapping[str, type[Function]]:
        """One function."""
        return {"profile_columns": ProfileColumns}

    def secrets(self) -> Iterable[str]:
        """The password that libpq takes where nothing else says one."""
        return (os.environ.get("PGPASSWORD", ""),)

    def configure(self, request: ProviderRequest) -> configuration.Configuration:
        """What the resources are given."""
        return configuration.configure(request)
