"""Workspaces that live in a Krenalis server; see `Workspaces`."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from krenalis_provider.api.server import Server
from krenalis_provider.model.deadline import Deadline
from krenalis_provider.model.definition import Definition, WarehouseAddress
from krenalis_provider.model.errors import Finding, InvalidWorkspace, Problem
from krenalis_provider.model.observed import ColumnCounts, Counts, Filled, Listing, ObservedWorkspace
from krenalis_provider.model.profile_schema import Parsed
from krenalis_provider.model.unknown import UNKNOWN
from krenalis_provider.warehouses.findings import obstacles
from krenalis_provider.workspaces.direct import DirectWorkspaces
from krenalis_provider.workspaces.interface import Means, PlannedChange, Prior, Reference
from krenalis_provider.workspaces.server import (
    alteration,
    checks,
    creation,
    deletion,
    document,
    reading,
    rules,
    update,
)
from krenalis_provider.workspaces.server.access import Access, ServersWarehouse
from lightstart.records import replace

if TYPE_CHECKING:  # importing httpx and pydantic waits for the first request
    from krenalis_provider.api.api import Api


class ServerWorkspaces:
    """The workspaces that an API key gives access to; threads may share it. Nothing is imported for HTTP until it is used."""

    def __init__(
        self,
        server: Server,
        means: Means = Means(),  # noqa: B008 - it is immutable
        *,
        api: "Api | None" = None,
        open_warehouse: Callable[[WarehouseAddress], ServersWarehouse] | None = None,
    ) -> None:
        """Connects to nothing yet; tests bring an `api` and warehouses of their own."""
        self.server = server
        self.means = means
        self._access = Access(server, means, api=api, open_warehouse=open_warehouse)

    def problems(self, definition: Definition, *, creates: bool) -> tuple[Problem, ...]:
        return rules.problems(definition, creates=creates)

    def test(
        self, definition: Definition, deadline: Deadline, *, replaces: str | None, rehearse: bool = False
    ) -> tuple[Finding, ...]:
        found = checks.test(self._access, definition, deadline, replaces=replaces)
        return _rehearsed(found, rehearse=rehearse)

    def create(self, definition: Definition, deadline: Deadline) -> str:
        _require_harmless(definition, creates=True)
        return creation.create(self._access, definition, deadline)

    def get(self, reference: Reference, deadline: Deadline) -> ObservedWorkspace | None:
        return reading.get(self._access, reference, deadline)

    def needs_database(self, platform: str, /) -> bool:
        return rules.of_platform(platform).needs_database

    def same_schema(self, written: Parsed, found: Any) -> bool:
        return document.same(found, written)

    def list(self, database: WarehouseAddress | None, deadline: Deadline) -> Listing:  # noqa: ARG002 - the server has one list
        return reading.listing(self._access, deadline)

    def plan_change(self, prior: Prior | None, wanted: Definition) -> PlannedChange:
        if prior is not None:
            return alteration.plan(prior, wanted).change
        return replace(DirectWorkspaces().plan_change(None, wanted), objects={}, record="")

    def test_change(
        self,
        prior: Prior,
        wanted: Definition,
        change: PlannedChange,  # noqa: ARG002 - the alteration is more than that, and follows from the same
        deadline: Deadline,
        *,
        rehearse: bool = False,
    ) -> tuple[Finding, ...]:
        found = checks.test_change(self._access, prior, wanted, deadline)
        return _rehearsed(found, rehearse=rehearse)

    def update(self, prior: Prior, wanted: Definition, change: PlannedChange, deadline: Deadline) -> None:
        _require_harmless(wanted, creates=False)
        update.update(self._access, prior, wanted, change, deadline)

    def test_delete(
        self, reference: Reference, deadline: Deadline, *, keeps_warehouse: bool, rehearse: bool = False
    ) -> tuple[Finding, ...]:
        found = deletion.test_delete(self._access, reference, deadline, keeps_warehouse=keeps_warehouse)
        return _rehearsed(found, rehearse=rehearse and not keeps_warehouse)

    def delete(self, reference: Reference, deadline: Deadline, *, keeps_warehouse: bool) -> None:
        deletion.delete(self._access, reference, deadline, keeps_warehouse=keeps_warehouse)

    def count(self, reference: Reference, deadline: Deadline) -> Counts:
        return reading.by_own_connection(
            self._access,
            reference,
            deadline,
            lambda warehouse: warehouse.count_made_by_server(deadline),
            lambda reason: Counts(UNKNOWN, UNKNOWN, UNKNOWN, (reason,)),
        )

    def count_values(self, reference: Reference, columns: Sequence[str], deadline: Deadline) -> ColumnCounts:
        return reading.by_own_connection(
            self._access,
            reference,
            deadline,
            lambda warehouse: warehouse.count_values_made_by_server(columns, deadline),
            lambda reason: ColumnCounts(Filled(UNKNOWN), Filled(UNKNOWN), (reason,)),
        )


def _require_harmless(definition: Definition, *, creates: bool) -> None:
    """Raise `InvalidWorkspace` for what a server must not be sent, whoever let it pass: some inputs end its process."""
    schema = definition.profile_schema
    problems = (*schema.problems, *rules.problems(definition, creates=creates))
    if schema.schema is None and not problems:
        raise ValueError("the profile schema is not known")
    if problems:
        raise InvalidWorkspace(problems)


def _rehearsed(found: tuple[Finding, ...], *, rehearse: bool) -> tuple[Finding, ...]:
    """What a check has found, and unless it is an obstacle, that nothing was rehearsed."""
    return (*found, checks.NOT_REHEARSED) if rehearse and not obstacles(found) else found
