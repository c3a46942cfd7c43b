"""Snowflake as the backend of the stepwise engine."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial

from krenalis_provider.model.deadline import Deadline
from krenalis_provider.model.errors import Finding
from krenalis_provider.model.profile_columns import ProfileColumn
from krenalis_provider.model.workspace import Workspace
from krenalis_provider.warehouses import findings
from krenalis_provider.warehouses.change import Change
from krenalis_provider.warehouses.engines.session import Need
from krenalis_provider.warehouses.engines.stepwise_session import Step
from krenalis_provider.warehouses.migration.operations import Operation
from krenalis_provider.warehouses.snapshot import Snapshot
from krenalis_provider.warehouses.snowflake import (
    checks,
    counting,
    migration_checks,
    relations,
    script,
    servers_warehouse,
    snapshot,
    statements,
)
from krenalis_provider.warehouses.snowflake.connection import connection
from krenalis_provider.warehouses.snowflake.dialect import NAMES
from krenalis_provider.warehouses.snowflake.locks import LockingSession
from krenalis_provider.warehouses.snowflake.settings import SnowflakeSettings


class SnowflakeSession(LockingSession):
    """A session for the engine, see `StepwiseSession`; some methods are functions of other modules."""

    system = "Snowflake"
    server_setting = "account"
    migration_findings = migration_checks.migration_findings
    drop_findings = checks.drop_findings
    table_columns = relations.table_columns
    servers_content_findings = servers_warehouse.content_findings
    ownership_findings = servers_warehouse.ownership_findings
    view_findings = servers_warehouse.view_findings
    last_resolution = servers_warehouse.last_resolution
    drop_texts = servers_warehouse.drop_texts
    count = counting.count
    count_values = counting.count_values

    @property
    def address(self) -> str:
        return f"{self.place} of account {self.settings.account}"

    def look(self, *, survey: bool = False) -> Snapshot:  # noqa: ARG002 - the checks themselves ask for more
        return snapshot.look(self)

    def servers_snapshot(self) -> Snapshot:
        return servers_warehouse.filled(self, self.look())

    def need_findings(self, needs: Collection[Need]) -> Iterator[Finding]:
        return checks.need_findings(self, needs)

    def content_findings(self, seen: Snapshot, replaces: str | None) -> Iterator[Finding]:
        """See `engines.session.Session`. A creation that broke off may leave the record's table alone.

        The first profiles table is made under no other name: what is left of a creation could not be told from a
        stranger.
        """
        yield from findings.content_findings(self.place, seen, replaces, leftovers=[NAMES.record])
        if kind := seen.strangers.get(NAMES.first_profiles):
            yield findings.names_taken(self.place, [f'{kind} "{NAMES.first_profiles}"'])

    def kept(self, _seen: Snapshot) -> Collection[str]:
        """See `engines.session.Session`; there are no types."""
        return ()

    def repair_findings(self, _change: Change) -> Iterator[Finding]:
        return iter(())

    def steps(
        self,
        seen: Snapshot,
        operations: Mapping[str, Sequence[Operation]],
        make: Collection[str],
        workspace: Workspace,
        columns: Sequence[ProfileColumn],
    ) -> Iterator[Step]:
        identifiers, sources = workspace.identifiers, workspace.primary_sources
        todo = script.changing(self.within, seen, operations, make, columns, identifiers, sources)
        return (partial(self.ask, statement) for statement in todo)

    def drops(self, objects: Mapping[str, str]) -> list[Step]:
        return [partial(self.ask, statement) for statement in statements.drop(self.within, objects)]


class SnowflakeBackend:
    """Opens sessions with the warehouse in one schema of one database; see `engines.session.Backend`."""

    def __init__(self, settings: SnowflakeSettings, parameters: Mapping[str, str]) -> None:
        """`parameters` are as for `connection.connection`."""
        self._settings = settings
        self._parameters = parameters

    def reading(
        self,
        deadline: Deadline,
        *,
        shares: bool = False,  # noqa: ARG002 - no connection is worth keeping
    ) -> AbstractContextManager[SnowflakeSession]:
        return self.changing(deadline)

    @contextmanager
    def changing(self, deadline: Deadline) -> Iterator[SnowflakeSession]:
        with connection(self._settings, self._parameters, deadline) as opened:
            yield SnowflakeSession(opened, self._settings, deadline)
