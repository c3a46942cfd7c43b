"""The engine for platforms on which each definition commits by itself.

Nothing is half done for long: the record says which operation is under way, and the operation holds the
record by a lease. A creation that breaks off is undone, any other operation is finished, at once or by the
next operation.
"""

import secrets
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import Final

from krenalis_provider.model.deadline import Deadline
from krenalis_provider.model.errors import CheckFailed, Verdict, WarehouseError
from krenalis_provider.model.profile_columns import ProfileColumn, profile_columns
from krenalis_provider.model.profile_schema import parse
from krenalis_provider.model.workspace import Workspace
from krenalis_provider.warehouses import findings, unfinished_change
from krenalis_provider.warehouses.change import Tables, creation
from krenalis_provider.warehouses.engines.engine import Engine
from krenalis_provider.warehouses.engines.lease import Lease
from krenalis_provider.warehouses.engines.recovery import CERTAINTY_SECONDS, recover, stop, stop_change, undo
from krenalis_provider.warehouses.engines.servers_warehouse import require_droppable
from krenalis_provider.warehouses.engines.stepwise_session import Step, T, Values
from krenalis_provider.warehouses.errors import warehouse_error
from krenalis_provider.warehouses.migration.compute import Migration
from krenalis_provider.warehouses.migration.operations import Operation
from krenalis_provider.warehouses.record import to_row
from krenalis_provider.warehouses.snapshot import Snapshot
from krenalis_provider.warehouses.unfinished_change import RecordRow, State, UnfinishedChange, row_values

_POLL_SECONDS: Final = 1.0


class StepwiseProvisioner(Engine[T]):
    """A warehouse that is changed in steps; see `Provisioner`."""

    def initialize(self, workspace: Workspace, columns: Sequence[ProfileColumn], deadline: Deadline) -> None:
        """See `Engine.initialize`. Objects of a creation or removal that broke off go first."""
        owner = _nonce()
        row = row_values(to_row(workspace), State.INITIALIZING, owner)
        with self._backend.changing(deadline) as session:
            try:
                while True:
                    snapshot = _settled(session, deadline)
                    if found := findings.obstacles(self.creation_findings(session, snapshot)):
                        raise CheckFailed(found)
                    if _begin(session, snapshot, row):
                        break
                nothing = Snapshot(names=snapshot.names, new_profiles=snapshot.names.first_profiles)
                left = {name: kind for name, kind in snapshot.ours.items() if name != nothing.names.record}
                with self._lease(session, owner, deadline) as lease:
                    lease.run(session.drops(left))
                    lease.run(_steps(session, nothing, creation(nothing).unfinished(workspace), {}, columns))
                    lease.write({"state": State.READY.value})
            except WarehouseError as error:
                recover(session.system, self._again(deadline), owner, error, undo)

    def update(
        self,
        workspace: Workspace,
        columns: Sequence[ProfileColumn],
        deadline: Deadline,
        *,
        migration: Migration | None = None,
        moved: bool = False,
    ) -> None:
        """See `Engine.update`. An operation that broke off is finished first."""
        with self._backend.changing(deadline) as session:

            def look() -> Snapshot:
                snapshot = _settled(session, deadline)
                findings.require_workspace(session.place, workspace.id, snapshot, moved=moved)
                return snapshot

            snapshot = look()
            if rest := snapshot.unfinished:
                tables = session.table_columns(snapshot) if rest.tables else {}
                self._carry_out(session, snapshot, rest, deadline, tables=tables)
                snapshot = look()
            change = self.prepared(session, snapshot, workspace, migration)
            self._carry_out(
                session, snapshot, change.unfinished(workspace), deadline, columns, tables=change.present
            )

    def drop(self, workspace_id: str, deadline: Deadline) -> None:
        """See `Engine.drop`.

        Without a record and tables, the views and the procedure are dropped: they hold no data, and somebody
        dropped the rest.
        """
        owner = _nonce()
        with self._backend.changing(deadline) as session:
            snapshot = _settled(session, deadline)
            findings.require(session.place, workspace_id, snapshot)
            drops = session.drops(snapshot.ours)
            if snapshot.row is None:
                if self.has_data(snapshot):
                    raise WarehouseError(findings.record_missing(session.place, snapshot))
                for step in drops:
                    step()
                return
            try:
                if not session.take_row(snapshot.row, row_values({}, State.DROPPING, owner)):
                    raise _busy(session, snapshot.row)
                with self._lease(session, owner, deadline) as lease:
                    lease.run(drops)
            except WarehouseError as error:
                again = self._again(deadline)
                recover(session.system, again, owner, error, stop, done=lambda seen: not seen.ours)

    def drop_made_by_server(self, deadline: Deadline) -> None:
        """See `ServersWarehouse.drop_made_by_server`. What breaks off is done by calling again."""
        with self._backend.changing(deadline) as session:
            snapshot = session.servers_snapshot()
            require_droppable(session, snapshot)
            for step in session.drops(snapshot.ours):
                step()

    def _again(self, deadline: Deadline) -> AbstractContextManager[T]:
        return self._backend.changing(deadline.later(CERTAINTY_SECONDS))

    def _lease(self, session: T, owner: str, deadline: Deadline) -> Lease:
        return Lease(session, owner, partial(self._backend.changing, deadline))

    def _carry_out(
        self,
        session: T,
        snapshot: Snapshot,
        change: UnfinishedChange,
        deadline: Deadline,
        columns: Sequence[ProfileColumn] | None = None,
        *,
        tables: Tables,
    ) -> None:
        """Does the change and writes the record.

        `columns` are the workspace's profile columns, if known; `tables` has the columns of the tables to
        change.
        """
        owner = _nonce()
        todo = list(_steps(session, snapshot, change, tables, columns))
        row = to_row(change.workspace)
        done = row_values(row, State.READY, owner)
        if snapshot.row is None:
            start = row_values(row, State.MIGRATING, owner, change)
        elif snapshot.row.is_unfinished:
            start = row_values({}, snapshot.row.state, owner, change)
        else:
            start = row_values({}, State.MIGRATING, owner, change) if todo else done
        try:
            if not _begin(session, snapshot, start):
                raise _busy(session, snapshot.row)
            if start is done:
                return
            with self._lease(session, owner, deadline) as lease:
                lease.run(todo)
                lease.write(done)
        except WarehouseError as error:
            recover(session.system, self._again(deadline), owner, error, stop_change(change))


def _nonce() -> str:
    return secrets.token_hex(8)


def _settled(session: T, deadline: Deadline) -> Snapshot:
    """Waits for the end of another operation, and looks. Raises `WarehouseError`, also at the deadline."""
    while True:
        snapshot = session.look()
        if snapshot.row is None or not snapshot.row.is_held:
            return snapshot
        if deadline.remaining() <= 2 * _POLL_SECONDS:
            raise _busy(session, snapshot.row)
        time.sleep(min(_POLL_SECONDS, unfinished_change.SILENCE_SECONDS))


def _begin(session: T, snapshot: Snapshot, row: Values) -> bool:
    """Writes or takes over the record's row; returns false if another operation was faster."""
    return session.take_row(snapshot.row, row) if snapshot.row else session.insert_row(row)


def _steps(
    session: T,
    snapshot: Snapshot,
    change: UnfinishedChange,
    tables: Tables,
    columns: Sequence[ProfileColumn] | None,
) -> list[Step]:
    """The steps that a change still lacks, except for the record.

    Raises `WarehouseError` where record and columns no longer tell the rest of a change that broke off.
    """
    if columns is None:
        schema = parse(change.workspace.profile_schema).schema
        if schema is None:
            raise _unfinishable(session, snapshot, "its profile schema is not valid")
        columns = profile_columns(schema)
    operations: dict[str, tuple[Operation, ...]] = {}
    for name, table in change.tables.items():
        if name in tables:
            if (left := table.left(tables[name])) is None:
                reason = f'the columns of table "{name}" were changed in another way since'
                raise _unfinishable(session, snapshot, reason)
            operations[name] = left
    make = {*change.make, *snapshot.missing}
    return list(session.steps(snapshot, operations, make, change.workspace, columns))


def _unfinishable(session: T, snapshot: Snapshot, reason: str) -> WarehouseError:
    return warehouse_error(
        Verdict.CONTRADICTED,
        "schema",
        "Change that broke off cannot be finished",
        f"{session.place}: the record in table {snapshot.names.record} tells of a change that broke off, but {reason}. "
        "Give the tables the columns of the record's profile schema by hand, then set its column STATE to 'ready' and "
        "PENDING to NULL.",
    )


def _busy(session: T, row: RecordRow | None) -> WarehouseError:
    """Another operation is under way; `row` is the record's row, if it was seen."""
    if row and row.is_unfinished:
        detail = (
            f"{findings.under_way(row)}. Try again when it has ended; if it was broken off, it is taken over after "
            f"{unfinished_change.SILENCE_SECONDS:.0f} seconds without a sign of life."
        )
    else:
        detail = "another operation began at the same moment. Plan again when it has ended."
    return warehouse_error(
        Verdict.COULD_NOT_TELL, "schema", "Another operation is not finished", f"{session.place}: {detail}"
    )
