"""The base of the engines: the calls on one warehouse, and the checks, which all engines share."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any

from krenalis_provider.model.deadline import Deadline
from krenalis_provider.model.errors import CheckFailed, Finding
from krenalis_provider.model.observed import ColumnCounts, Counts, ObservedWorkspace
from krenalis_provider.model.profile_columns import ProfileColumn
from krenalis_provider.model.workspace import Workspace
from krenalis_provider.warehouses import findings
from krenalis_provider.warehouses.change import Change, change_of, resolves_otherwise
from krenalis_provider.warehouses.engines.rehearsals import Rehearsals
from krenalis_provider.warehouses.engines.servers_warehouse import ServersWarehouse
from krenalis_provider.warehouses.engines.session import Need, S
from krenalis_provider.warehouses.migration.compute import Migration
from krenalis_provider.warehouses.snapshot import Snapshot


class Engine(ServersWarehouse[S]):
    """The work on one warehouse, which is one schema of one database. Each call has its own session.

    Every method raises `WarehouseError` when the warehouse cannot be reached or refuses. A check only reads,
    and returns such an error as a finding.
    """

    def check(self, deadline: Deadline, *, replaces: str | None) -> tuple[Finding, ...]:
        """The obstacles to creating a workspace now.

        `replaces` is the id of a workspace that the same apply removes first, so that its objects are no
        obstacle.
        """

        def ask(session: S) -> Iterator[Finding]:
            snapshot = session.look(survey=True)
            yield from self.creation_findings(session, snapshot, replaces)
            if snapshot.record is not None and snapshot.record.id == replaces:
                yield from _drop_findings(session, snapshot)
            else:
                yield from findings.strangers_there(session.place, snapshot)
            yield from findings.unfinished(session.place, snapshot)

        return self._asked(deadline, ask)

    def check_update(
        self,
        workspace_id: str,
        deadline: Deadline,
        *,
        migration: Migration | None = None,
        moved: bool = False,
        resolution: bool = False,
    ) -> tuple[Finding, ...]:
        """The obstacles to `update` now; `resolution` is whether the procedure's settings change."""

        def ask(session: S) -> Iterator[Finding]:
            snapshot = session.look(survey=True)
            change = change_of(snapshot, migration, resolution=resolution or snapshot.record is None)
            needs = [Need.SERVER, Need.CREATE if change.make else Need.USAGE]
            needs += [Need.PROCEDURE, Need.RECORD] if change.makes_procedure else [Need.RECORD]
            found = [
                *session.need_findings(needs),
                *_identity_findings(session, snapshot, workspace_id, moved=moved),
            ]
            if snapshot.unclear:
                found.append(findings.unclear_profiles(session.place, snapshot))
            if not findings.obstacles(found):
                found += session.repair_findings(change)
            found += findings.strangers_there(session.place, snapshot)
            yield from found
            if findings.obstacles(found) or migration is None:
                return
            if (columns := snapshot.observed().columns) != migration.expected:
                yield findings.columns_differ(migration, columns)
            elif change.migration:
                yield from session.migration_findings(change.for_tables(session.table_columns(snapshot)))

        return self._asked(deadline, ask)

    def check_drop(self, workspace_id: str, deadline: Deadline) -> tuple[Finding, ...]:
        """The obstacles to `drop` now."""

        def ask(session: S) -> Iterator[Finding]:
            snapshot = session.look(survey=True)
            if not snapshot.objects:
                return
            found = [
                *session.need_findings([Need.SERVER, Need.USAGE, Need.READING]),
                *_identity_findings(session, snapshot, workspace_id, moved=False),
                *_drop_findings(session, snapshot),
            ]
            yield from found
            if not findings.obstacles(found) and snapshot.record is None and self.has_data(snapshot):
                yield findings.record_missing(session.place, snapshot)

        return self._asked(deadline, ask)

    @property
    def rehearsals(self) -> Rehearsals | None:
        """Tries changes out; None where the warehouse cannot undo them."""
        return None

    def count(self, workspace_id: str, deadline: Deadline) -> Counts:
        """Counts the workspace's rows until the deadline. Raises `WorkspaceNotFound` for another workspace."""
        with self._backend.reading(deadline) as session:
            return session.count(own_snapshot(session, workspace_id))

    def count_values(self, workspace_id: str, columns: Sequence[str], deadline: Deadline) -> ColumnCounts:
        """Counts the profiles, and the profiles with a value in each of the columns. Raises as `count`."""
        with self._backend.reading(deadline) as session:
            return session.count_values(own_snapshot(session, workspace_id), columns)

    def inspect(self, deadline: Deadline) -> ObservedWorkspace:
        """Looks at the warehouse; it holds a workspace if it has the record or any of our tables."""
        with self._backend.reading(deadline, shares=True) as session:
            return session.look().observed()

    @abstractmethod
    def initialize(self, workspace: Workspace, columns: Sequence[ProfileColumn], deadline: Deadline) -> None:
        """Makes every object and the record, or nothing. Raises `CheckFailed` if there is an obstacle."""

    @abstractmethod
    def update(
        self,
        workspace: Workspace,
        columns: Sequence[ProfileColumn],
        deadline: Deadline,
        *,
        migration: Migration | None = None,
        moved: bool = False,
    ) -> None:
        """Migrates the columns, makes the missing objects and writes the record, or does nothing.

        `columns` are the columns of the wanted schema. Without a `migration`, existing tables keep their
        columns. With one, raises `WarehouseChanged` when the columns are no longer the ones that it was
        computed from, and `CheckFailed` when there is an obstacle. Only columns that the migration drops lose
        data. A missing record is written anew, and the existing objects are kept.

        `moved` is whether the warehouse is reached at another place than before: then the record must exist,
        because the tables alone may be anybody's. Raises `WorkspaceNotFound` when the warehouse holds another
        workspace.
        """

    @abstractmethod
    def drop(self, workspace_id: str, deadline: Deadline) -> None:
        """Drops exactly our objects, or nothing; succeeds if there are none.

        Only the record tells whose the tables with our names are. Raises `WorkspaceNotFound` when the
        warehouse holds another workspace, and `WarehouseError` also when it holds tables without the record,
        which `update` restores.
        """

    def creation_findings(
        self, session: S, snapshot: Snapshot, replaces: str | None = None
    ) -> Iterator[Finding]:
        """All obstacles to a creation."""
        yield from session.need_findings([Need.SERVER, Need.PROCEDURE, Need.CREATE])
        yield from session.content_findings(snapshot, replaces)

    def has_data(self, snapshot: Snapshot) -> bool:
        """Whether, without a record, there are tables that may be another workspace's."""
        return bool(snapshot.data_tables)

    def prepared(
        self, session: S, snapshot: Snapshot, workspace: Workspace, migration: Migration | None
    ) -> Change:
        """The change of an update, after a search for obstacles.

        Raises `CheckFailed`, and `WarehouseChanged` when the columns are not the ones that the migration was
        computed from.
        """
        if snapshot.unclear:
            raise CheckFailed([findings.unclear_profiles(session.place, snapshot)])
        resolution = resolves_otherwise(snapshot.record, workspace.identifiers, workspace.primary_sources)
        change = change_of(snapshot, migration, resolution=resolution)
        if migration is not None and snapshot.columns != migration.expected:
            raise findings.warehouse_changed(session.place, migration, snapshot.columns)
        if change.migration:
            change = change.for_tables(session.table_columns(snapshot))
            if found := findings.obstacles(session.migration_findings(change)):
                raise CheckFailed(found)
        return change


Provisioner = Engine[Any]
"""An engine with the sessions of any platform."""


def own_snapshot(session: S, workspace_id: str) -> Snapshot:
    """Looks at the warehouse. Raises `WorkspaceNotFound` for another workspace."""
    snapshot = session.look()
    findings.require(session.place, workspace_id, snapshot)
    return snapshot


def _drop_findings(session: S, snapshot: Snapshot) -> Iterator[Finding]:
    """The obstacles to dropping our objects, and what stays when they are gone."""
    kept = session.kept(snapshot)
    yield from session.drop_findings(snapshot, kept)
    yield from findings.strangers_stay(session.place, snapshot, kept)


def _identity_findings(
    session: S, snapshot: Snapshot, workspace_id: str, *, moved: bool
) -> Iterator[Finding]:
    """The reasons why the warehouse is not certainly the workspace's, or cannot be changed right now."""
    if snapshot.unreadable:
        yield snapshot.unreadable
    elif another := findings.another_warehouse(
        session.address, session.server_setting, snapshot, workspace_id, moved=moved
    ):
        yield another
    else:
        yield from findings.unfinished(session.place, snapshot)
