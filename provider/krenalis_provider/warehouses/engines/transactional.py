"""The engine for platforms that change definitions within a transaction: each operation is one transaction.

Transactions that change a warehouse wait for one another, so that a snapshot stays true until its transaction
ends.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, Protocol, TypeVar

from krenalis_provider.model.deadline import Deadline
from krenalis_provider.model.errors import CheckFailed, Verdict, WarehouseError
from krenalis_provider.model.profile_columns import ProfileColumn
from krenalis_provider.model.workspace import Workspace
from krenalis_provider.warehouses import findings
from krenalis_provider.warehouses.change import Change, creation
from krenalis_provider.warehouses.engines.engine import Engine, own_snapshot
from krenalis_provider.warehouses.engines.session import Session
from krenalis_provider.warehouses.errors import warehouse_error
from krenalis_provider.warehouses.migration.compute import Migration
from krenalis_provider.warehouses.record import to_row
from krenalis_provider.warehouses.snapshot import Snapshot

_CERTAINTY_SECONDS: Final = 15  # to see whether a transaction was committed, even after the deadline
_WITHOUT_DATA: Final = ("type", "procedure")


R = TypeVar("R")


class TransactionalSession(Session, Protocol):
    """A session in a transaction, which the end of the session rolls back unless it was committed."""

    @property
    def lost(self) -> bool:
        """Whether the connection broke."""

    def tried(self, look: Callable[[], Snapshot], work: Callable[[Snapshot], R]) -> R:
        """Does the work on a snapshot, in short tries if others hold locks, each in a transaction that begins with `look`.

        Between tries nobody waits for the session.
        """

    def lock(self, snapshot: Snapshot) -> Snapshot:
        """Locks the relations with profile columns, for work that is tried, and takes the snapshot again."""

    def apply(self, change: Change, workspace: Workspace, columns: Sequence[ProfileColumn]) -> None:
        """Carries out the change, and writes the record; `columns` are the wanted profile columns."""

    def drop(self, objects: Mapping[str, str]) -> None:
        """Drops objects, given as name to kind, and nothing that depends on them."""

    def commit(self) -> None:
        """Commits the transaction, in a round trip of its own."""


T = TypeVar("T", bound=TransactionalSession)


class TransactionalProvisioner(Engine[T]):
    """A warehouse that is changed in transactions; see `Provisioner`."""

    def initialize(self, workspace: Workspace, columns: Sequence[ProfileColumn], deadline: Deadline) -> None:
        """See `Engine.initialize`."""
        with self._backend.changing(deadline) as session:
            snapshot = session.look(survey=True)
            if found := findings.obstacles(self.creation_findings(session, snapshot)):
                raise CheckFailed(found)
            session.apply(creation(snapshot), workspace, columns)
            self._commit(session, deadline, lambda seen: _holds(seen, workspace))

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
        with self._backend.changing(deadline) as session:

            def look() -> Snapshot:
                snapshot = session.look()
                findings.require_workspace(session.place, workspace.id, snapshot, moved=moved)
                return snapshot

            def change(snapshot: Snapshot) -> None:
                if migration is not None and migration.changes:
                    snapshot = session.lock(snapshot)
                session.apply(self.prepared(session, snapshot, workspace, migration), workspace, columns)

            session.tried(look, change)

            def done(seen: Snapshot) -> bool:
                complete = not seen.missing and (migration is None or seen.columns == migration.columns)
                return complete and _holds(seen, workspace)

            self._commit(session, deadline, done)

    def drop(self, workspace_id: str, deadline: Deadline) -> None:
        """See `Engine.drop`.

        Without a record and tables, the types and the procedure are dropped: they hold no data, somebody
        dropped the rest, and nothing in use is dropped.
        """
        with self._backend.changing(deadline) as session:

            def drop(snapshot: Snapshot) -> Mapping[str, str]:
                objects = self._droppable(session, snapshot)
                if objects:
                    session.drop(objects)
                return objects

            if objects := session.tried(lambda: own_snapshot(session, workspace_id), drop):
                self._commit(session, deadline, lambda seen: not objects.keys() & seen.ours.keys())

    def _droppable(self, session: T, snapshot: Snapshot) -> dict[str, str]:
        """The objects to be dropped. Raises `WarehouseError` where nobody knows whose they are."""
        kept = session.kept(snapshot)
        objects = {name: kind for name, kind in snapshot.ours.items() if name not in kept}
        if snapshot.record is not None:
            return objects
        if self.has_data(snapshot):
            raise WarehouseError(findings.record_missing(session.place, snapshot))
        return {name: kind for name, kind in objects.items() if kind in _WITHOUT_DATA}

    def has_data(self, snapshot: Snapshot) -> bool:
        """See `Engine.has_data`. The record's own table counts too: it only goes with the others."""
        return "table" in snapshot.ours.values()

    def _commit(self, session: T, deadline: Deadline, done: Callable[[Snapshot], bool]) -> None:
        """Commits; if the connection breaks meanwhile, raises unless a new session finds the change `done`."""
        try:
            session.commit()
        except WarehouseError as error:
            if not session.lost:
                raise
            try:
                # the session waits for the lock, which is free when the transaction has ended either way
                with self._backend.changing(deadline.later(_CERTAINTY_SECONDS)) as again:
                    seen = again.look()
            except WarehouseError as reason:
                raise _uncertain(session, reason) from error
            if not done(seen):
                raise


def _uncertain(session: T, reason: WarehouseError) -> WarehouseError:
    detail = (
        f"the connection broke while a change of {session.place} was committed, and it could not be seen whether "
        f"all of it was made or nothing: {reason.detail} Plan again when {session.system} can be reached: that shows it."
    )
    summary = f"Connection to {session.system} lost"
    return warehouse_error(Verdict.COULD_NOT_TELL, session.server_setting, summary, detail, code=reason.code)


def _holds(seen: Snapshot, workspace: Workspace) -> bool:
    """Whether the record describes exactly this workspace."""
    return seen.record is not None and to_row(seen.record) == to_row(workspace)
