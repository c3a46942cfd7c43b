"""`krenalis_workspace`: a workspace of a server, by its id; without a server, the workspace of a warehouse."""

from typing import Any, Final

from krenalis_provider.connection_settings import (
    CONNECTION,
    PLATFORMS_DESCRIPTION,
    SETTINGS_DESCRIPTION,
    setting,
)
from tfplugin.cty import BOOL, DYNAMIC, STRING, List, Map
from tfplugin.data_source import DataSource, ReadDataRequest
from tfplugin.resource import ObjectValue, ValidateRequest
from tfplugin.schema import Attribute, NestedAttribute, Schema


def _property_path(what: str) -> Attribute:
    return Attribute(type=STRING, computed=True, description=f"Path of the property that holds {what}.")


_WAREHOUSE: Final = NestedAttribute(
    optional=True,
    description="The data warehouse that holds the workspace. Required in direct mode, and refused in server mode.",
    attributes={
        "platform": Attribute(
            type=STRING, required=True, description=f"The platform: {PLATFORMS_DESCRIPTION}."
        ),
        "settings": NestedAttribute(
            required=True,
            description=SETTINGS_DESCRIPTION,
            attributes={
                **CONNECTION,
                "username": setting(
                    "The user to connect as. It, or on Snowflake its role, needs USAGE on the schema and SELECT on its "
                    "table `krenalis_workspace`, nothing more. Required."
                ),
                "database": setting("Name of the database. Required."),
                "schema": setting("Name of the schema within the database. Required."),
            },
        ),
    },
)

SCHEMA: Final = Schema(
    timeouts={"read": "1m"},
    description=(
        "A Krenalis workspace that is managed elsewhere, found in server mode by its `id`, and in direct mode by its "
        "`warehouse`. Nothing is written there."
    ),
    attributes={
        "warehouse": _WAREHOUSE,
        "id": Attribute(
            type=STRING,
            optional=True,
            computed=True,
            description="The workspace's id. Required in server mode, and only found in direct mode.",
        ),
        "name": Attribute(type=STRING, computed=True, description="The workspace's name."),
        "mode": Attribute(
            type=STRING,
            computed=True,
            description="The mode of the warehouse: `Normal`, `Inspection` or `Maintenance`.",
        ),
        "profile_schema": Attribute(
            type=DYNAMIC,
            computed=True,
            description="The profile schema, as it was written: the document of the Krenalis API.",
        ),
        "ui_preferences": NestedAttribute(
            computed=True,
            description="What Krenalis shows of a profile.",
            attributes={
                "user_profile": NestedAttribute(
                    computed=True,
                    description="The header of a profile's page.",
                    attributes={
                        "image": _property_path("the person's image, in base64"),
                        "first_name": _property_path("the first name"),
                        "last_name": _property_path("the last name"),
                        "extra": _property_path("something more, such as the email address"),
                    },
                )
            },
        ),
        "identifiers": Attribute(
            type=List(STRING),
            computed=True,
            description="Paths of the properties that tell which identities are one person, the most telling first.",
        ),
        "resolve_identities_on_batch_import": Attribute(
            type=BOOL, computed=True, description="Whether identities are resolved after each batch import."
        ),
        "primary_sources": Attribute(
            type=Map(STRING),
            computed=True,
            description="By path of a property: the id of the connection whose values go before those of all others.",
        ),
        "profile_columns": Attribute(
            type=Map(STRING),
            computed=True,
            description="The warehouse's profile columns: name to SQL type; in server mode, those that the profile schema gives.",
        ),
        "objects": Attribute(
            type=Map(STRING),
            computed=True,
            description=(
                "What the warehouse has of the workspace, such as tables and views: name to kind; empty in server mode."
            ),
        ),
    },
)


_NOT_THERE: Final = {
    True: "the schema holds no workspace, or is not there. Name the schema of one: the data source "
    "krenalis_workspaces lists those of a database.",
    False: "the schema holds tables of a workspace, but not its record. Apply the workspace where Terraform manages "
    "it, which writes the record anew.",
}
"""By whether the warehouse holds nothing at all of a workspace."""


_ONE_OF_THEM: Final = (
    "With a Krenalis server, whose endpoint is in the provider block, set id; in direct mode, set warehouse."
)


class WorkspaceData(DataSource):
    """The workspace of an id, or the one that a warehouse holds; not to find one is an error."""

    @classmethod
    def schema(cls) -> Schema:
        """See `SCHEMA`."""
        return SCHEMA

    @classmethod
    def subject(cls, config: ObjectValue) -> str:
        """Its place, or its id."""
        from krenalis_provider.resources.workspace import translation

        place = translation.place_in_words(config)
        return place or (f'workspace "{config["id"]}"' if isinstance(config["id"], str) else "")

    def validate(self, request: ValidateRequest) -> None:
        """Check the warehouse by the rules of the resource."""
        from krenalis_provider.resources.workspace import messages, translation
        from krenalis_provider.workspaces.offline_checks import address_problems

        config = request.config
        if config["warehouse"] is not None:
            messages.report_problems(address_problems(translation.address(config)), request.diagnostics)
        if (config["warehouse"] is None) == (config["id"] is None):
            given = "both are" if config["id"] is not None else "none is"
            request.diagnostics.error("Invalid data source", f"id, warehouse: {given} set. {_ONE_OF_THEM}")

    def read(self, request: ReadDataRequest) -> ObjectValue:
        """Look into the warehouse. Raises `DiagnosticError`, or leaves errors in the diagnostics."""
        from krenalis_provider.model.attribute_path import AttributePath
        from krenalis_provider.model.attribute_path import setting as path_of
        from krenalis_provider.model.definition import WarehouseAddress
        from krenalis_provider.model.errors import WorkspaceError, WorkspaceNotFound
        from krenalis_provider.model.unknown import UNKNOWN
        from krenalis_provider.resources.workspace import messages, translation
        from krenalis_provider.workspaces.interface import Reference
        from lightstart.records import asdict
        from tfplugin.cty import infer
        from tfplugin.diagnostics import DiagnosticError

        config = request.config
        endpoint = self.client.server.endpoint
        warehouse: Any = config["warehouse"]
        self.client.require_known(warehouse and warehouse["platform"])
        if (endpoint is None) == (config["id"] is not None):
            where = (
                "There is no endpoint in the provider block"
                if endpoint is None
                else "The provider has an endpoint"
            )
            raise DiagnosticError("Invalid data source", f"{where}. {_ONE_OF_THEM}")
        try:
            if endpoint is None:
                reference = Reference(None, translation.address(config))
            else:
                reference = Reference(str(config["id"]), WarehouseAddress(UNKNOWN, UNKNOWN))
            found = self.client.workspaces.get(reference, request.deadline)
            if found is None and endpoint is not None:
                detail = f"{endpoint} has no workspace with the id {config['id']}."
                raise WorkspaceNotFound("Workspace not found", detail, AttributePath.of("id"))
            if found is None or found.workspace is None:
                raise WorkspaceNotFound("Workspace not found", _NOT_THERE[found is None], path_of("schema"))
        except WorkspaceError as error:
            messages.report_error(error, request.diagnostics)
            return config
        record = found.workspace
        preferences: Any = asdict(record.ui_preferences)
        return {
            **config,
            "id": record.id,
            "name": record.name,
            "mode": record.mode.value,
            "profile_schema": infer(record.profile_schema),
            "ui_preferences": preferences,
            "identifiers": list(record.identifiers),
            "resolve_identities_on_batch_import": record.resolve_identities_on_batch_import,
            "primary_sources": dict(record.primary_sources),
            "profile_columns": dict(found.columns),
            "objects": dict(found.objects),
        }
