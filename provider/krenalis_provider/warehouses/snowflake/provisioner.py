"""Making, changing and dropping the warehouse of a workspace, in steps that each commit.

Nothing is half done for long: the record says what is under way (`record`), who works holds it (`lease`), and what breaks
off is undone where it was a creation, else finished, by this operation or the next one.
"""

import secrets
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import Final

from krenalis_provider.warehouses import catalog
from krenalis_provider.warehouses.columns import ProfileColumn
from krenalis_provider.warehouses.findings import (
    columns_differ,
    record_missing,
    refusal,
    require,
    require_workspace,
    warehouse_changed,
)
from krenalis_provider.warehouses.found import Found
from krenalis_provider.warehouses.migration import Migration
from krenalis_provider.warehouses.pending import Pending
from krenalis_provider.warehouses.provisioner import ColumnCounts, Counts, Inspection
from krenalis_provider.warehouses.record import to_row
from krenalis_provider.warehouses.snowflake import counting, findings, record, statements
from krenalis_provider.warehouses.snowflake.connection import Session, session
from krenalis_provider.warehouses.snowflake.errors import SnowflakeError
from krenalis_provider.warehouses.snowflake.inspection import (
    NAMES,
    Seen,
    busy,
    columns_of_tables,
    look,
    settled,
)
from krenalis_provider.warehouses.snowflake.lease import Lease
from krenalis_provider.warehouses.snowflake.migration import Columns, conflicts, execution, plan
from krenalis_provider.warehouses.snowflake.place import Place
from krenalis_provider.warehouses.snowflake.record import State, values_of
from krenalis_provider.warehouses.snowflake.recovery import (
    CERTAINTY_SECONDS,
    recover,
    stop,
    stop_change,
    undo,
)
from krenalis_provider.workspaces.deadline import Deadline
from krenalis_provider.workspaces.errors import CheckFailed, Finding
from krenalis_provider.workspaces.model import SnowflakeSettings, Workspace

_NOTHING: Final = Seen(Found(NAMES, {}, {}, None), None, {})


class SnowflakeProvisioner:
    """The warehouse in one schema of one database; see `Provisioner`. Each call is one session of its own."""

    def __init__(self, settings: SnowflakeSettings, credentials: Mapping[str, str]) -> None:
        """Connect to nothing yet; `credentials` are those of `connection.session`."""
        self._settings = settings
        self._credentials = credentials

    def check(self, deadline: Deadline, *, replaces: str | None) -> tuple[Finding, ...]:
        """See `Provisioner.check`. Whatever Snowflake or the network say is a finding, never raised."""
        try:
            with self._session(deadline) as warehouse:
                place = Place.of(warehouse)
                seen = look(warehouse, place)
                dropped = seen.found.ours if seen.row and seen.row.workspace.id == replaces else ()
                return (
                    *self._obstacles(warehouse, place, seen, replaces),
                    *findings.foreign(warehouse, self._settings, seen, dropped),
                    *findings.unfinished(place, seen),
                )
        except SnowflakeError as error:
            return (error.finding(),)

    def check_update(
        self,
        workspace_id: str,
        deadline: Deadline,
        *,
        migration: Migration | None = None,
        moved: bool = False,
        resolution: bool = False,
    ) -> tuple[Finding, ...]:
        """See `Provisioner.check_update`. Whatever Snowflake or the network say is a finding, never raised."""
        try:
            with self._session(deadline) as warehouse:
                place = Place.of(warehouse)
                seen = look(warehouse, place)
                makes = resolution or seen.found.missing or (migration is not None and migration.changes)
                rights = findings.missing_rights(warehouse, place) if makes else ()
                found = findings.hindrances(self._settings, place, seen, workspace_id, rights, moved=moved)
                if found or migration is None:
                    return found
                if (columns := seen.inspection().columns) != migration.expected:
                    return (columns_differ(migration, columns),)
                if not migration.changes:
                    return ()
                present = columns_of_tables(warehouse, place, seen)
                changed = (
                    *present,
                    *(view.name.upper() for view in catalog.VIEWS if view.has_profile_columns),
                )
                return (
                    *findings.foreign(warehouse, self._settings, seen, changed),
                    *conflicts(migration, present),
                )
        except SnowflakeError as error:
            return (error.finding(),)

    def check_drop(self, workspace_id: str, deadline: Deadline) -> tuple[Finding, ...]:
        """See `Provisioner.check_drop`. Whatever Snowflake or the network say is a finding, never raised."""
        try:
            with self._session(deadline) as warehouse:
                place = Place.of(warehouse)
                seen = look(warehouse, place)
                found = findings.hindrances(self._settings, place, seen, workspace_id)
                if not found and _data_tables(seen) and seen.row is None:
                    return (record_missing(str(place), seen.found),)
                return found or findings.foreign(warehouse, self._settings, seen, seen.found.ours)
        except SnowflakeError as error:
            return (error.finding(),)

    def count(self, workspace_id: str, deadline: Deadline) -> Counts:
        """See `Provisioner.count`."""
        with self._session(deadline) as warehouse:
            place = Place.of(warehouse)
            found = look(warehouse, place).found
            require(str(place), workspace_id, found.record)
            return counting.rows(warehouse, place, found)

    def count_values(self, workspace_id: str, columns: Sequence[str], deadline: Deadline) -> ColumnCounts:
        """See `Provisioner.count_values`."""
        with self._session(deadline) as warehouse:
            place = Place.of(warehouse)
            found = look(warehouse, place).found
            require(str(place), workspace_id, found.record)
            return counting.values(warehouse, place, found, columns)

    def inspect(self, deadline: Deadline) -> Inspection:
        """See `Provisioner.inspect`."""
        with self._session(deadline) as warehouse:
            return look(warehouse, Place.of(warehouse)).inspection()

    def initialize(self, workspace: Workspace, columns: Sequence[ProfileColumn], deadline: Deadline) -> None:
        """See `Provisioner.initialize`. What another creation or removal left that broke off is removed first."""
        owner = _nonce()
        pending = Pending(workspace=workspace, make=tuple(NAMES.objects))
        row = values_of(to_row(workspace), State.INITIALIZING, owner)
        with self._session(deadline) as warehouse:
            place = Place.of(warehouse)
            try:
                while True:
                    seen = settled(warehouse, place, deadline)
                    if found := self._obstacles(warehouse, place, seen):
                        raise CheckFailed(found)
                    if self._begin(warehouse, place, seen, row):
                        break
                with self._lease(place, owner, deadline) as lease:
                    left = {name: kind for name, kind in seen.found.ours.items() if name != NAMES.record}
                    lease.run(warehouse, statements.drop(place, left))
                    lease.run(warehouse, execution(place, _NOTHING, pending, {}, columns))
                    lease.write(warehouse, {"state": State.READY.value})
            except SnowflakeError as error:
                recover(self._again(deadline), owner, error, undo)

    def update(
        self,
        workspace: Workspace,
        columns: Sequence[ProfileColumn],
        deadline: Deadline,
        *,
        migration: Migration | None = None,
        moved: bool = False,
    ) -> None:
        """See `Provisioner.update`. What broke off before is finished first; a missing record is written anew."""
        with self._session(deadline) as warehouse:
            place = Place.of(warehouse)
            seen = settled(warehouse, place, deadline)
            require_workspace(str(place), workspace.id, seen.found, moved=moved)
            if rest := seen.pending:
                self._carry_out(warehouse, place, seen, rest, deadline)
                seen = settled(warehouse, place, deadline)
                require_workspace(str(place), workspace.id, seen.found, moved=moved)
            if migration and seen.found.columns != migration.expected:
                raise warehouse_changed(str(place), migration, seen.found.columns)
            present = columns_of_tables(warehouse, place, seen) if migration and migration.changes else {}
            if migration and (found := conflicts(migration, present)):
                raise CheckFailed(found)
            self._carry_out(
                warehouse, place, seen, plan(workspace, seen, migration, present), deadline, columns, present
            )

    def drop(self, workspace_id: str, deadline: Deadline) -> None:
        """See `Provisioner.drop`.

        Only the record tells whose tables those of our names are. Without it they may be another workspace's, and are
        not dropped: `update` restores it. Views and the procedure hold no data; without tables they are what somebody
        left who dropped the rest.
        """
        owner = _nonce()
        with self._session(deadline) as warehouse:
            place = Place.of(warehouse)
            seen = settled(warehouse, place, deadline)
            require(str(place), workspace_id, seen.found.record)
            drops = statements.drop(place, seen.found.ours)
            if seen.row is None:
                if _data_tables(seen):
                    raise refusal(record_missing(str(place), seen.found))
                warehouse.run(drops)
                return
            try:
                if not record.take(warehouse, place, seen.row, values_of({}, State.DROPPING, owner)):
                    raise busy(place, seen.row)
                with self._lease(place, owner, deadline) as lease:
                    lease.run(warehouse, drops)
            except SnowflakeError as error:
                recover(self._again(deadline), owner, error, stop, done=lambda seen: not seen.found.ours)

    def _session(self, deadline: Deadline) -> AbstractContextManager[Session]:
        return session(self._settings, self._credentials, deadline)

    def _again(self, deadline: Deadline) -> AbstractContextManager[Session]:
        return self._session(deadline.later(CERTAINTY_SECONDS))

    def _lease(self, place: Place, owner: str, deadline: Deadline) -> Lease:
        return Lease(place, owner, partial(self._session, deadline))

    def _obstacles(
        self, warehouse: Session, place: Place, seen: Seen, replaces: str | None = None
    ) -> tuple[Finding, ...]:
        rights = findings.missing_rights(warehouse, place)
        return findings.obstacles(self._settings, place, seen, rights, replaces)

    def _begin(self, warehouse: Session, place: Place, seen: Seen, row: Mapping[str, object]) -> bool:
        """Write the record's row where there is none, or only one of something that broke off; false if another was faster."""
        if seen.row:
            return record.take(warehouse, place, seen.row, row)
        warehouse.run([statements.create_table(place, catalog.RECORD)])
        return record.insert(warehouse, place, row)

    def _carry_out(
        self,
        warehouse: Session,
        place: Place,
        seen: Seen,
        pending: Pending,
        deadline: Deadline,
        columns: Sequence[ProfileColumn] | None = None,
        present: Columns | None = None,
    ) -> None:
        """Do what is pending, and write the record; `present` are the columns of the tables that it changes."""
        owner = _nonce()
        if present is None:
            present = columns_of_tables(warehouse, place, seen) if pending.tables else {}
        todo = list(execution(place, seen, pending, present, columns))
        row = to_row(pending.workspace)
        done = values_of(row, State.READY, owner)
        if seen.row is None:
            start = values_of(row, State.MIGRATING, owner, pending)
        elif seen.row.unfinished:
            start = values_of({}, seen.row.state, owner, pending)
        else:
            start = values_of({}, State.MIGRATING, owner, pending) if todo else done
        try:
            if not self._begin(warehouse, place, seen, start):
                raise busy(place, seen.row)
            if start is done:
                return
            with self._lease(place, owner, deadline) as lease:
                lease.run(warehouse, todo)
                lease.write(warehouse, done)
        except SnowflakeError as error:
            recover(self._again(deadline), owner, error, stop_change(pending))


def _nonce() -> str:
    return secrets.token_hex(8)


def _data_tables(seen: Seen) -> bool:
    """Whether there are tables that may hold data: the record's own, without a row, holds none."""
    return any(kind == "table" for name, kind in seen.found.ours.items() if name != NAMES.record)
