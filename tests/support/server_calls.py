"""The calls on workspaces of a Krenalis server, in this process: as one run of Terraform after another makes them."""

from collections.abc import Mapping, Sequence
from typing import Any

from krenalis_provider.api.server import Server
from krenalis_provider.model.definition import Definition, WarehouseAddress
from krenalis_provider.model.errors import Finding
from krenalis_provider.model.observed import ObservedWorkspace
from krenalis_provider.model.profile_schema import parse
from krenalis_provider.workspaces.interface import Means, Prior, Reference
from krenalis_provider.workspaces.server.server_workspaces import ServerWorkspaces
from tests.support.krenalis_server import KrenalisServer
from tests.support.postgresql import Database
from tests.support.processes import SECONDS
from tests.support.snowflake import SnowflakeDatabase
from tfplugin.deadline import Deadline


def soon(seconds: float = SECONDS) -> Deadline:
    return Deadline.after(seconds)


def document(*paths: str) -> dict[str, Any]:
    """A profile schema of texts."""
    text = {"kind": "string", "maxLength": 100}
    return {
        "kind": "object",
        "properties": [{"name": path, "type": text, "readOptional": True} for path in paths],
    }


class ServerCalls:
    """A server, a database, and what a configuration says."""

    def __init__(
        self, server: KrenalisServer, database: Database | SnowflakeDatabase, *, key: str | None = None
    ) -> None:
        self.server, self.database = server, database
        self.platform, self.parameters = "PostgreSQL", dict[str, str]()
        if isinstance(database, SnowflakeDatabase):
            self.platform, self.parameters = "Snowflake", database.parameters()
            server.state.snowflake = self.parameters
        self.key = key or server.key
        self.learned: list[str] = []
        self.anew()

    def anew(self) -> ServerWorkspaces:
        """Begin another process: nothing is remembered."""
        means = Means(parameters={self.platform: self.parameters}, learn=self.learned.append)
        self.workspaces = ServerWorkspaces(Server(self.server.endpoint, self.key), means)
        return self.workspaces

    def definition(self, *paths: str, settings: Mapping[str, Any] | None = None, **values: Any) -> Definition:
        """A configured workspace."""
        schema = document(*(paths or ("email", "first_name")))
        given = {**self.database.settings(), **(settings or {})}
        defaults: dict[str, Any] = {"name": "Customers", "mode": "Normal", "user_profile": {"extra": "email"}}
        return Definition(
            **{
                **defaults,
                "document": schema,
                "profile_schema": parse(schema),
                "warehouse": WarehouseAddress(self.platform, given),
                **values,
            }
        )

    def before_and_after(self) -> tuple[Definition, Definition]:
        """A workspace, and a change of it that takes each kind of request."""
        wanted = self.definition(
            "email", "given_name", "tier",
            name="Clients", mode="Maintenance", identifiers=["given_name", "email"],
            renames={"given_name": "first_name"}, settings={"host": "localhost"},
        )  # fmt: skip
        return self.definition(identifiers=["first_name"]), wanted

    def create(self, definition: Definition, seconds: float = SECONDS) -> str:
        return self.workspaces.create(definition, soon(seconds))

    def get(self, workspace_id: str) -> ObservedWorkspace | None:
        """As a refresh in another process sees it."""
        return self.anew().get(self.reference(workspace_id), soon())

    def reference(self, workspace_id: str) -> Reference:
        return Reference(workspace_id, WarehouseAddress(self.platform, self.database.settings()))

    def prior(self, workspace_id: str, was: Definition) -> Prior:
        observed = ObservedWorkspace(was.workspace(workspace_id), {}, {})
        return Prior(Reference(workspace_id, was.warehouse), observed, was.profile_schema.schema)

    def update(
        self, workspace_id: str, was: Definition, wanted: Definition, seconds: float = SECONDS
    ) -> None:
        prior = self.prior(workspace_id, was)
        self.workspaces.update(prior, wanted, self.workspaces.plan_change(prior, wanted), soon(seconds))

    def test(self, definition: Definition, *, replaces: str | None = None) -> tuple[Finding, ...]:
        return self.workspaces.test(definition, soon(), replaces=replaces)

    def test_change(self, workspace_id: str, was: Definition, wanted: Definition) -> tuple[Finding, ...]:
        prior = self.prior(workspace_id, was)
        change = self.workspaces.plan_change(prior, wanted)
        return self.workspaces.test_change(prior, wanted, change, soon())

    def delete(self, workspace_id: str, *, keeps_warehouse: bool, seconds: float = SECONDS) -> None:
        self.workspaces.delete(self.reference(workspace_id), soon(seconds), keeps_warehouse=keeps_warehouse)

    def agrees(self, workspace_id: str, wanted: Definition) -> bool:
        """Whether the server has what was wanted, as a refresh sees it."""
        found = self.get(workspace_id)
        if found is None or found.workspace is None:
            return False
        to_be = wanted.workspace(workspace_id)
        schema_is = self.workspaces.same_schema(wanted.profile_schema, found.workspace.profile_schema)
        same = (
            found.workspace.name,
            found.workspace.mode,
            found.workspace.ui_preferences,
            [*found.workspace.identifiers],
            found.workspace.resolve_identities_on_batch_import,
            {name: value for name, value in (found.settings or {}).items() if value != ""},
        ) == (
            to_be.name,
            to_be.mode,
            to_be.ui_preferences,
            [*to_be.identifiers],
            to_be.resolve_identities_on_batch_import,
            dict(wanted.warehouse.settings),  # type: ignore[arg-type]
        )
        return schema_is and same


def columns(database: Database, relation: str = "profiles") -> Sequence[str]:
    """The names of a relation's columns, in their order."""
    with database.connect() as connection:
        rows = connection.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = %s AND table_name = %s "
            "ORDER BY ordinal_position",
            (database.schema, relation),
        )
        return [name for (name,) in rows]
