"""The engine for platforms that change definitions within a transaction: each operation is one transaction.

Transactions that change a warehouse wait for one another, so that a snapshot stays true until its transaction
ends. A rehearsal does what an apply does, in a session that cannot commit.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from krenalis_provider.model.attribute_path import AttributePath
from krenalis_provider.model.deadline import Deadline
from krenalis_provider.model.errors import (
    CheckFailed,
    Finding,
    Verdict,
    WarehouseChanged,
    WarehouseError,
    WorkspaceNotFound,
)
from krenalis_provider.model.profile_columns import ProfileColumn
from krenalis_provider.model.workspace import Workspace
from krenalis_provider.warehouses import findings
from krenalis_provider.warehouses.change import creation
from krenalis_provider.warehouses.engines.engine import Engine, own_snapshot
from krenalis_provider.warehouses.engines.rehearsals import Rehearsals, could_not_rehearse
from krenalis_provider.warehouses.engines.servers_warehouse import require_droppable
from krenalis_provider.warehouses.engines.transactional_session import (
    TransactionalBackend,
    TransactionalSession,
)
from krenalis_provider.warehouses.errors import warehouse_error
from krenalis_provider.warehouses.migration.compute import Migration
from krenalis_provider.warehouses.record import to_row
from krenalis_provider.warehouses.snapshot import Snapshot
from lightstart.records import replace

_CERTAINTY_SECONDS: Final = 15  # to see whether a transaction was committed, even after the deadline
_WITHOUT_DATA: Final = ("type", "procedure")
_REHEARSALS: Final = 3  # as often at most, where others hold locks
_PAUSE_SECONDS: Final = 0.3
_PROFILE_SCHEMA: Final = AttributePath.of("profile_schema")


class TransactionalProvisioner(Engine[TransactionalSession]):
    """A warehouse that is changed in transactions; see `Provisioner`."""

    _backend: TransactionalBackend

    def __init__(self, backend: TransactionalBackend) -> None:
        """Connects to nothing yet."""
        super().__init__(backend)

    def initialize(self, workspace: Workspace, columns: Sequence[ProfileColumn], deadline: Deadline) -> None:
        """See `Engine.initialize`."""

        def make(session: TransactionalSession) -> bool:
            self._initialize(session, workspace, columns)
            return True

        self._committed(deadline, make, lambda seen: _holds(seen, workspace))

    def update(
        self,
        workspace: Workspace,
        columns: Sequence[ProfileColumn],
        deadline: Deadline,
        *,
        migration: Migration | None = None,
        moved: bool = False,
    ) -> None:
        """See `Engine.update`."""

        def change(session: TransactionalSession) -> bool:
            self._update(session, workspace, columns, migration, moved=moved)
            return True

        def done(seen: Snapshot) -> bool:
            complete = not seen.missing and (migration is None or seen.columns == migration.columns)
            return complete and _holds(seen, workspace)

        self._committed(deadline, change, done)

    def drop(self, workspace_id: str, deadline: Deadline) -> None:
        """See `Engine.drop`.

        Without a record and tables, the types and the procedure are dropped: they hold no data, somebody
        dropped the rest, and nothing in use is dropped.
        """
        dropped: set[str] = set()

        def drop(session: TransactionalSession) -> bool:
            dropped.update(self._drop(session, workspace_id))
            return bool(dropped)

        self._committed(deadline, drop, lambda seen: not dropped & seen.ours.keys())

    def drop_made_by_server(self, deadline: Deadline) -> None:
        """See `ServersWarehouse.drop_made_by_server`. All of it goes, or nothing."""
        dropped: set[str] = set()

        def drop(session: TransactionalSession) -> bool:
            def work(snapshot: Snapshot) -> None:
                require_droppable(session, snapshot)
                session.drop(snapshot.ours)
                dropped.update(snapshot.ours)

            session.tried(session.servers_snapshot, work)
            return bool(dropped)

        self._committed(deadline, drop, lambda seen: not dropped & {*seen.objects, *seen.strangers})

    @property
    def rehearsals(self) -> Rehearsals:
        """See `Engine.rehearsals`."""
        return self

    def rehearse_creation(
        self,
        workspace: Workspace,
        columns: Sequence[ProfileColumn],
        deadline: Deadline,
        *,
        replaces: str | None,
    ) -> tuple[Finding, ...]:
        """See `Rehearsals.rehearse_creation`."""
        return self._rehearsed(
            deadline, lambda session: self._initialize(session, workspace, columns, replaces)
        )

    def rehearse_update(
        self,
        workspace: Workspace,
        columns: Sequence[ProfileColumn],
        deadline: Deadline,
        *,
        migration: Migration | None = None,
        moved: bool = False,
    ) -> tuple[Finding, ...]:
        """See `Rehearsals.rehearse_update`."""
        migrates = migration is not None and migration.changes
        return self._rehearsed(
            deadline,
            lambda session: self._update(session, workspace, columns, migration, moved=moved),
            refused_at=_PROFILE_SCHEMA if migrates else None,
        )

    def rehearse_drop(self, workspace_id: str, deadline: Deadline) -> tuple[Finding, ...]:
        """See `Rehearsals.rehearse_drop`."""
        return self._rehearsed(deadline, lambda session: self._drop(session, workspace_id))

    def has_data(self, snapshot: Snapshot) -> bool:
        """See `Engine.has_data`. The record's own table counts too: it only goes with the others."""
        return "table" in snapshot.ours.values()

    def _initialize(
        self,
        session: TransactionalSession,
        workspace: Workspace,
        columns: Sequence[ProfileColumn],
        replaces: str | None = None,
    ) -> None:
        """Makes a workspace, in the place of the one with the id `replaces` if that is there."""
        snapshot = session.look(survey=True)
        if found := findings.obstacles(self.creation_findings(session, snapshot, replaces)):
            raise CheckFailed(found)
        if snapshot.record is not None:
            objects = _ours(session, snapshot)
            session.drop(objects)
            snapshot = snapshot.without(objects)
        session.apply(creation(snapshot), workspace, columns)

    def _update(
        self,
        session: TransactionalSession,
        workspace: Workspace,
        columns: Sequence[ProfileColumn],
        migration: Migration | None,
        *,
        moved: bool,
    ) -> None:
        def look() -> Snapshot:
            snapshot = session.look()
            findings.require_workspace(session.place, workspace.id, snapshot, moved=moved)
            return snapshot

        def change(snapshot: Snapshot) -> None:
            if migration is not None and migration.changes:
                snapshot = session.lock(snapshot)
            session.apply(self.prepared(session, snapshot, workspace, migration), workspace, columns)

        session.tried(look, change)

    def _drop(self, session: TransactionalSession, workspace_id: str) -> Mapping[str, str]:
        """Drops our objects, and returns their kinds by name."""

        def drop(snapshot: Snapshot) -> Mapping[str, str]:
            objects = self._droppable(session, snapshot)
            if objects:
                session.drop(objects)
            return objects

        return session.tried(lambda: own_snapshot(session, workspace_id), drop)

    def _droppable(self, session: TransactionalSession, snapshot: Snapshot) -> dict[str, str]:
        """The objects to be dropped. Raises `WarehouseError` where nobody knows whose they are."""
        objects = _ours(session, snapshot)
        if snapshot.record is not None:
            return objects
        if self.has_data(snapshot):
            raise WarehouseError(findings.record_missing(session.place, snapshot))
        return {name: kind for name, kind in objects.items() if kind in _WITHOUT_DATA}

    def _rehearsed(
        self,
        deadline: Deadline,
        change: Callable[[TransactionalSession], object],
        *,
        refused_at: AttributePath | None = None,
    ) -> tuple[Finding, ...]:
        """What is found by carrying out a change and undoing it. Where others hold locks, it is tried again.

        `refused_at` is the path of a statement that is refused, if not a setting of the warehouse.
        """
        tries = 0
        while True:
            tries += 1
            try:
                with self._backend.rehearsing(deadline) as session:
                    change(session)
                    return session.rehearse()
            except CheckFailed as error:
                return error.findings
            except (WarehouseChanged, WorkspaceNotFound) as error:
                # since the check, a moment ago
                return (Finding(Verdict.CONTRADICTED, error.path, error.summary, error.detail),)
            except WarehouseError as error:
                found = error.finding
                if found.verdict is Verdict.CONTRADICTED:
                    return (replace(found, path=refused_at or found.path),)
                if found.verdict is not Verdict.COULD_NOT_TELL:
                    return (found,)
                if tries == _REHEARSALS or deadline.remaining() < _PAUSE_SECONDS:
                    return (could_not_rehearse(error.detail),)
            time.sleep(_PAUSE_SECONDS)

    def _committed(
        self,
        deadline: Deadline,
        work: Callable[[TransactionalSession], bool],
        done: Callable[[Snapshot], bool],
    ) -> None:
        """Does the work and commits it, if it says so; if the connection breaks meanwhile, a new session tells what is `done`.

        By then the session of the work has ended: nobody has two at once (`warehouses.session_pool`).
        """
        with self._backend.changing(deadline) as session:
            if not work(session):
                return
            try:
                session.commit()
            except WarehouseError as error:
                if not session.lost:
                    raise
                lost = error
            else:
                return
        try:
            # the session waits for the lock, which is free when the transaction has ended either way
            with self._backend.changing(deadline.later(_CERTAINTY_SECONDS)) as again:
                seen = again.look()
        except WarehouseError as reason:
            raise _uncertain(session, reason) from lost
        if not done(seen):
            raise lost


def _ours(session: TransactionalSession, snapshot: Snapshot) -> dict[str, str]:
    """Name to kind of our objects that a removal drops."""
    kept = session.kept(snapshot)
    return {name: kind for name, kind in snapshot.ours.items() if name not in kept}


def _uncertain(session: TransactionalSession, reason: WarehouseError) -> WarehouseError:
    detail = (
        f"the connection broke while a change of {session.place} was committed, and it could not be seen whether "
        f"all of it was made or nothing: {reason.detail} Plan again when {session.system} can be reached: that shows it."
    )
    summary = f"Connection to {session.system} lost"
    return warehouse_error(Verdict.COULD_NOT_TELL, session.server_setting, summary, detail, code=reason.code)


def _holds(seen: Snapshot, workspace: Workspace) -> bool:
    """Whether the record describes exactly this workspace."""
    return seen.record is not None and to_row(seen.record) == to_row(workspace)
