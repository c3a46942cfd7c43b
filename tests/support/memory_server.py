"""A server in memory: as a Krenalis server, it knows the warehouses of its workspaces, with their passwords."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from krenalis_provider.model.attribute_path import AttributePath
from krenalis_provider.model.deadline import Deadline
from krenalis_provider.model.definition import Definition, WarehouseAddress
from krenalis_provider.model.errors import Finding, Problem, Verdict, WarehouseError
from krenalis_provider.model.observed import Listing, ObservedWorkspace
from krenalis_provider.model.unknown import UNKNOWN
from krenalis_provider.workspaces.interface import PlannedChange, Prior, Reference
from lightstart.records import replace
from tests.support.memory_workspaces import MemoryWorkspaces


@dataclass
class MemoryServer(MemoryWorkspaces):
    """At most two workspaces."""

    warehouses: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict)
    """By id: the platform and the settings that were sent."""
    full: set[str] = field(default_factory=set)
    """The schemas that hold the tables of a workspace."""
    told: list[str] = field(default_factory=list)
    """The passwords that were sent, in order."""
    silent: bool = False
    """Whether nothing is answered."""

    def problems(self, definition: Definition, *, creates: bool) -> tuple[Problem, ...]:
        """A new workspace has no connections."""
        if not creates or definition.primary_sources in ({}, UNKNOWN):
            return ()
        return (Problem(AttributePath.of("primary_sources"), "a new workspace has no connections."),)

    def create(self, definition: Definition, deadline: Deadline) -> str:
        self._ask()
        settings = _sent(definition)
        self.told.append(settings["password"])
        made = super().create(definition, deadline)
        workspace_id = f"3oosWdEVSD5{made}"
        self.stored[workspace_id] = replace(self.stored.pop(made), id=workspace_id)
        self.warehouses[workspace_id] = (str(definition.warehouse.platform), settings)
        self.full.add(settings["schema"])
        return workspace_id

    def get(self, reference: Reference, deadline: Deadline) -> ObservedWorkspace | None:
        self._ask()
        found = super().get(reference, deadline)
        if found is None:
            return None
        platform, settings = self.warehouses[str(reference.id)]
        return replace(found, platform=platform, settings=settings)

    def list(self, database: WarehouseAddress | None, deadline: Deadline) -> Listing:
        """In the order in which they were made last."""
        assert database is None
        self._ask()
        return Listing(dict(reversed(self.stored.items())), {})

    def update(self, prior: Prior, wanted: Definition, change: PlannedChange, deadline: Deadline) -> None:
        self._ask()
        super().update(prior, wanted, change, deadline)
        platform, before = self.warehouses[str(prior.reference.id)]
        settings = _sent(wanted)
        if settings["password"] is None:
            settings["password"] = before["password"]
        elif settings["password"] != before["password"]:
            self.told.append(settings["password"])
        self.warehouses[str(prior.reference.id)] = (platform, settings)

    def delete(self, reference: Reference, deadline: Deadline, *, keeps_warehouse: bool) -> None:
        self._ask()
        super().delete(reference, deadline, keeps_warehouse=keeps_warehouse)
        _, settings = self.warehouses.pop(str(reference.id), ("", {}))
        if not keeps_warehouse:
            self.full.discard(settings["schema"])

    def _ask(self) -> None:
        if self.silent:
            raise WarehouseError(
                Finding(Verdict.COULD_NOT_TELL, AttributePath(), "No answer", "The server does not answer.")
            )


def _sent(definition: Definition) -> dict[str, Any]:
    """The settings of one platform, as a server keeps them."""
    known: Mapping[str, Any] = definition.warehouse.settings  # type: ignore[assignment]  # all is known
    names = ("host", "port", "username", "password", "database", "schema")
    return {name: known.get(name) for name in names}
