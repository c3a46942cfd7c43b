"""The provider as the SDK sees it."""

import os
from collections.abc import Iterable, Mapping

from krenalis_provider import configuration
from krenalis_provider.data_sources.workspace import WorkspaceData
from krenalis_provider.data_sources.workspaces import WorkspacesData
from krenalis_provider.functions.profile_columns import ProfileColumns
from krenalis_provider.resources.workspace import WorkspaceResource
from krenalis_provider.server_block import API_KEY_VARIABLE
from krenalis_provider.warehouses import registry
from tfplugin.data_source import DataSource
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

    def data_sources(self) -> Mapping[str, type[DataSource]]:
        """One workspace, or all of a database."""
        return {"krenalis_workspace": WorkspaceData, "krenalis_workspaces": WorkspacesData}

    def functions(self) -> Mapping[str, type[Function]]:
        """One function."""
        return {"profile_columns": ProfileColumns}

    def secrets(self) -> Iterable[str]:
        """What the environment gives where the configuration does not."""
        variables = (*(each.variable for each in registry.secrets()), API_KEY_VARIABLE)
        return tuple(os.environ.get(variable, "") for variable in variables)

    def validate(self, request: ProviderRequest) -> None:
        """Rules of the platforms' objects."""
        configuration.validate(request)

    def configure(self, request: ProviderRequest) -> configuration.Configuration:
        """What the resources are given."""
        return configuration.configure(request)
