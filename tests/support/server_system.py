"""A system with a Krenalis server in memory, and workspaces of it, for tests of the calls."""

from collections.abc import Sequence
from typing import Any

from krenalis_provider.api.server import Server
from krenalis_provider.model.definition import Definition, WarehouseAddress
from krenalis_provider.model.errors import (
    Finding,
)
from krenalis_provider.model.observed import ObservedWorkspace
from krenalis_provider.model.profile_schema import parse
from krenalis_provider.workspaces.interface import Means, Prior, Reference
from krenalis_provider.workspaces.server.server_workspaces import ServerWorkspaces
from tests.support.processes import SECONDS
from tests.support.server_api_double import (
    MemoryApi,
    MemoryWarehouses,
)
from tfplugin.deadline import Deadline

PASSWORD = "canary-of-a-password"
SETTINGS = {
    "host": "db.internal",
    "port": 5432,
    "username": "krenalis",
    "password": PASSWORD,
    "database": "cdp",
    "schema": "public",
}


def schema(*names: str) -> dict[str, Any]:
    properties = [{"name": name, "type": {"kind": "string"}, "readOptional": True} for name in names]
    return {"kind": "object", "properties": properties}


def definition(names: Sequence[str] = ("email", "first_name"), **values: Any) -> Definition:
    document = schema(*names)
    settings = values.pop("settings", SETTINGS)
    return Definition(
        **{
            "name": "Customers",
            "document": document,
            "profile_schema": parse(document),
            "warehouse": WarehouseAddress("PostgreSQL", settings),
            "mode": "Normal",
            "user_profile": {"extra": "email"},
            **values,
        }
    )


class System:
    """A server in memory, its warehouses, and our workspaces on it."""

    def __init__(self) -> None:
        self.api = MemoryApi()
        self.warehouses = MemoryWarehouses(self.api)
        self.learned: list[str] = []
        self.workspaces = self.anew()

    def anew(self) -> ServerWorkspaces:
        """As another process has them."""
        api: Any = self.api
        server = Server("https://krenalis.example.com", "api_key")
        means = Means(learn=self.learned.append)
        return ServerWorkspaces(server, means, api=api, open_warehouse=self.warehouses.open)

    def prior(self, workspace_id: str, was: Definition) -> Prior:
        observed = ObservedWorkspace(was.workspace(workspace_id), {}, {})
        return Prior(Reference(workspace_id, was.warehouse), observed, was.profile_schema.schema)

    def update(self, workspace_id: str, was: Definition, wanted: Definition) -> None:
        prior = self.prior(workspace_id, was)
        change = self.workspaces.plan_change(prior, wanted)
        self.workspaces.update(prior, wanted, change, soon())

    def test_change(self, workspace_id: str, was: Definition, wanted: Definition) -> tuple[Finding, ...]:
        prior = self.prior(workspace_id, was)
        return self.workspaces.test_change(prior, wanted, self.workspaces.plan_change(prior, wanted), soon())

    @property
    def only(self) -> dict[str, Any]:
        (workspace,) = self.api.workspaces.values()
        return workspace


def soon() -> Deadline:
    return Deadline.after(SECONDS)


TIER = definition(["email", "first_name", "tier"])


def created(system: System, **values: Any) -> str:
    workspace_id = system.workspaces.create(definition(**values), soon())
    system.api.calls.clear()
    return workspace_id
