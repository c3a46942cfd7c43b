"""`krenalis_workspaces`: all workspaces of a server, or without one, of a database."""

from typing import TYPE_CHECKING, Any, Final

from krenalis_provider.connection_settings import CONNECTION, PLATFORMS_DESCRIPTION
from krenalis_provider.model.attribute_path import AttributePath
from krenalis_provider.warehouses import registry
from tfplugin.cty import STRING
from tfplugin.data_source import DataSource, ReadDataRequest
from tfplugin.diagnostics import Diagnostics
from tfplugin.resource import ObjectValue, ValidateRequest
from tfplugin.schema import Attribute, NestedAttribute, Nesting, Schema
from tfplugin.validators import one_of

if TYPE_CHECKING:
    from krenalis_provider.model.definition import WarehouseAddress

_DEFAULT_PLATFORM: Final = registry.names()[0]
_DEPTH_OF_SETTINGS: Final = len(("warehouse", "settings", "name"))


def _found(description: str) -> Attribute:
    return Attribute(type=STRING, computed=True, description=description)


_DATABASE: Final = {
    **CONNECTION,
    "username": Attribute(
        type=STRING,
        optional=True,
        description=(
            "The user to connect as. Required in direct mode. It, or on Snowflake its role, needs USAGE on each schema with a workspace and "
            "SELECT on the table `krenalis_workspace` in it."
        ),
    ),
    "database": Attribute(
        type=STRING, optional=True, description="Name of the database. Required in direct mode."
    ),
}

SCHEMA: Final = Schema(
    timeouts={"read": "1m"},
    description=(
        "All Krenalis workspaces, whoever manages them. In server mode, those of the organization, and no attribute is set. In "
        "direct mode, those of a database, in as many of its schemas as the user can read; a warning names the schemas whose "
        "workspace could not be read."
    ),
    attributes={
        "platform": Attribute(
            type=STRING,
            optional=True,
            validators=(one_of(*registry.names()),),
            description=f"The platform: {PLATFORMS_DESCRIPTION}; `{_DEFAULT_PLATFORM}` by default.",
        ),
        **_DATABASE,
        "workspaces": NestedAttribute(
            computed=True,
            nesting=Nesting.LIST,
            description="The workspaces, ordered by schema, or in server mode by name.",
            attributes={
                "id": _found("The workspace's id."),
                "name": _found("The workspace's name."),
                "schema": _found("The schema of the database that is its warehouse; null in server mode."),
                "mode": _found("The mode of the warehouse: `Normal`, `Inspection` or `Maintenance`."),
            },
        ),
    },
)


class WorkspacesData(DataSource):
    """The workspaces of a server or a database; one without any is no error."""

    @classmethod
    def schema(cls) -> Schema:
        """See `SCHEMA`."""
        return SCHEMA

    @classmethod
    def subject(cls, config: ObjectValue) -> str:
        """The database."""
        from krenalis_provider.resources.workspace import translation

        return translation.in_words("database", config["database"])

    def validate(self, request: ValidateRequest) -> None:
        """Check how the database is reached, by the rules for warehouses; nothing is said of one in server mode."""
        if _given(request.config):
            self._check(request.config, request.diagnostics)

    def _check(self, config: ObjectValue, diagnostics: Diagnostics) -> None:
        from krenalis_provider.workspaces.offline_checks import address_problems

        address = _address(config)
        if registry.platform(address.platform):  # else it is not known yet, or refused already
            for problem in address_problems(address, whole_database=True):
                diagnostics.error("Invalid database", _placed(problem.path, problem.message))

    def read(self, request: ReadDataRequest) -> ObjectValue:
        """Look into the database. Leaves errors in the diagnostics, and one warning for all that was not readable."""
        from krenalis_provider.model.errors import WorkspaceError

        config = request.config
        self.client.require_known(config["platform"] or _DEFAULT_PLATFORM)
        if self.client.server.endpoint is not None:
            return self._of_server(request)
        if not _given(config):
            self._check(config, request.diagnostics)
            return config
        address = _address(config)
        database = config["database"]
        try:
            listing = self.client.workspaces.list(address, request.deadline)
        except WorkspaceError as error:
            request.diagnostics.error(error.summary, _placed(error.path, error.detail))
            return config
        if listing.unreadable:
            listed = "\n".join(f"  {reason}" for reason in listing.unreadable.values())
            request.diagnostics.warning(
                f'Workspaces of database "{database}" were left out',
                f"What may be the record of a workspace could not be read:\n\n{listed}",
            )
        workspaces: Any = [
            {"id": workspace.id, "name": workspace.name, "schema": schema, "mode": workspace.mode.value}
            for schema, workspace in listing.workspaces.items()
        ]
        return {**config, "workspaces": workspaces}

    def _of_server(self, request: ReadDataRequest) -> ObjectValue:
        """All workspaces of a server, which lists them in any order."""
        from krenalis_provider.model.errors import WorkspaceError

        config = request.config
        if given := _given(config):
            request.diagnostics.error(
                "Invalid data source",
                f"{', '.join(given)}: the provider has an endpoint, whose workspaces are listed whatever their warehouses "
                "are: leave that out.",
            )
            return config
        try:
            listing = self.client.workspaces.list(None, request.deadline)
        except WorkspaceError as error:
            request.diagnostics.error(error.summary, error.detail)
            return config
        listed = sorted(listing.workspaces.values(), key=lambda workspace: (workspace.name, workspace.id))
        workspaces: Any = [
            {"id": workspace.id, "name": workspace.name, "schema": None, "mode": workspace.mode.value}
            for workspace in listed
        ]
        return {**config, "workspaces": workspaces}


def _given(config: ObjectValue) -> list[str]:
    """The attributes that say which database is meant."""
    return [name for name in ("platform", *_DATABASE) if config[name] is not None]


def _address(config: ObjectValue) -> "WarehouseAddress":
    from krenalis_provider.model.definition import WarehouseAddress
    from krenalis_provider.resources.workspace import translation

    members = translation.members({name: config[name] for name in ("platform", *_DATABASE)})
    platform = members.pop("platform")
    return WarehouseAddress(_DEFAULT_PLATFORM if platform is None else platform, members)


def _placed(path: AttributePath, message: str) -> str:
    """The detail of a diagnostic: the settings of a warehouse are attributes of the root here.

    It goes without a path. Terraform prints the line that one leads to, and any setting may hold a password in the wrong
    place.
    """
    name = str(path[-1]) if len(path) == _DEPTH_OF_SETTINGS else str(path)
    return f"{name}: {message}"
