"""Making, mending and dropping the warehouse of a workspace, each in one transaction.

Transactions that write wait for one another by an advisory lock on the schema's name, so that what one has seen
stays true until it ends. Any role may take that lock; it lasts as long as the transaction.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Final

from krenalis_provider.warehouses import catalog
from krenalis_provider.warehouses.columns import ProfileColumn
from krenalis_provider.warehouses.findings import (
    record_missing,
    refusal,
    require,
    require_workspace,
    warehouse_changed,
)
from krenalis_provider.warehouses.found import Found
from krenalis_provider.warehouses.migration import Migration
from krenalis_provider.warehouses.postgresql import identity_resolution, statements
from krenalis_provider.warehouses.postgresql.connection import (
    COMMIT,
    ROLLBACK,
    Session,
    Statement,
    acting,
    begin,
    session,
)
from krenalis_provider.warehouses.postgresql.counting import Counting
from krenalis_provider.warehouses.postgresql.errors import PostgreSQLError
from krenalis_provider.warehouses.postgresql.findings import (
    drop_hindrances,
    hindrances,
    migration_hindrances,
    obstacles,
)
from krenalis_provider.warehouses.postgresql.inspection import current_version, look, survey
from krenalis_provider.warehouses.postgresql.locks import locked
from krenalis_provider.warehouses.postgresql.mending import mending_hindrances
from krenalis_provider.warehouses.postgresql.migration import migrate
from krenalis_provider.warehouses.postgresql.ownership import ties
from krenalis_provider.warehouses.postgresql.relations import relations
from krenalis_provider.warehouses.provisioner import ColumnCounts, Counts, Inspection
from krenalis_provider.warehouses.record import to_row
from krenalis_provider.workspaces.deadline import Deadline
from krenalis_provider.workspaces.errors import (
    CheckFailed,
    Finding,
    Verdict,
)
from krenalis_provider.workspaces.model import PostgreSQLSettings, Workspace

_CERTAINTY_SECONDS: Final = 15  # to find out what became of a transaction, even after the deadline


class PostgreSQLProvisioner:
    """The warehouse in one schema of one database; see `Provisioner`. Each call is one session of its own.

    That of a refresh has its connection from the one before, if that was a moment ago.
    """

    def __init__(self, settings: PostgreSQLSettings, credentials: Mapping[str, str]) -> None:
        """Connect to nothing yet; `credentials` are those of `connection.session`."""
        self._settings = settings
        self._credentials = credentials
        self._role = credentials.get("role")
        self._acting = acting(settings, credentials)

    def check(self, deadline: Deadline, *, replaces: str | None) -> tuple[Finding, ...]:
        """See `Provisioner.check`. Whatever PostgreSQL or the network say is a finding, never raised."""
        try:
            with self._session(deadline) as warehouse:
                return self._obstacles(warehouse, self._begin(deadline, read_only=True), replaces)
        except PostgreSQLError as error:
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
        """See `Provisioner.check_update`. Whatever PostgreSQL or the network say is a finding, never raised."""
        schema = self._settings.schema
        try:
            with self._session(deadline) as warehouse:
                seen = survey(warehouse, schema, self._begin(deadline, read_only=True))
                remakes = resolution or (migration is not None and migration.changes)
                findings = hindrances(self._acting, seen, workspace_id, moved=moved, creates=remakes)
                findings = findings or mending_hindrances(
                    warehouse, self._acting, seen.found, procedure=remakes
                )
                if findings or migration is None:
                    return findings
                present = relations(warehouse, schema, seen.found)
                return migration_hindrances(self._acting, seen.found, present, migration)
        except PostgreSQLError as error:
            return (error.finding(),)

    def check_drop(self, workspace_id: str, deadline: Deadline) -> tuple[Finding, ...]:
        """See `Provisioner.check_drop`. Whatever PostgreSQL or the network say is a finding, never raised."""
        schema = self._settings.schema
        try:
            with self._session(deadline) as warehouse:
                seen = survey(warehouse, schema, self._begin(deadline, read_only=True))
                bound = ties(warehouse, schema, seen.found.ours)
                findings = drop_hindrances(self._acting, seen, workspace_id, bound)
                if not findings and seen.found.record is None and "table" in seen.found.ours.values():
                    return (record_missing(self._place(), seen.found),)
                return findings
        except PostgreSQLError as error:
            return (error.finding(),)

    def count(self, workspace_id: str, deadline: Deadline) -> Counts:
        """See `Provisioner.count`."""
        with self._counting(workspace_id, deadline) as (counting, found):
            return counting.rows(found)

    def count_values(self, workspace_id: str, columns: Sequence[str], deadline: Deadline) -> ColumnCounts:
        """See `Provisioner.count_values`."""
        with self._counting(workspace_id, deadline) as (counting, found):
            return counting.values(found, columns)

    def initialize(self, workspace: Workspace, columns: Sequence[ProfileColumn], deadline: Deadline) -> None:
        """See `Provisioner.initialize`."""
        with self._session(deadline) as warehouse:
            findings = self._obstacles(warehouse, [*self._begin(deadline), self._lock()])
            if findings:
                raise CheckFailed(findings)
            schema = self._settings.schema
            warehouse.run(
                [
                    *statements.create(schema, columns),
                    *self._procedure(workspace, columns),
                    statements.write_record(schema, workspace),
                ]
            )
            self._commit(warehouse, deadline, lambda found: _holds(found, workspace))

    def inspect(self, deadline: Deadline) -> Inspection:
        """See `Provisioner.inspect`."""
        beginning = self._begin(deadline, read_only=True)
        with self._session(deadline, shares=True) as warehouse:
            return look(warehouse, self._settings.schema, beginning, [ROLLBACK]).inspection()

    def update(
        self,
        workspace: Workspace,
        columns: Sequence[ProfileColumn],
        deadline: Deadline,
        *,
        migration: Migration | None = None,
        moved: bool = False,
    ) -> None:
        """See `Provisioner.update`. A record that is missing is written anew, around the objects that are there."""
        schema = self._settings.schema
        with self._session(deadline) as warehouse:

            def start() -> Found:
                found = look(warehouse, schema, [*self._begin(deadline), self._lock()])
                require_workspace(self._place(), workspace.id, found, moved=moved)
                return found

            migrates = migration is not None and migration.changes
            found = locked(warehouse, schema, deadline, start) if migrates else start()
            profiles = (
                found.profiles or f"{catalog.PROFILES_PREFIX}{current_version(warehouse, schema, found)}"
            )
            changes = statements.create(schema, columns, found.missing, profiles=profiles)
            if migration:
                changes = self._migrated(warehouse, found, profiles, migration, changes)
            if (
                migrates
                or catalog.RESOLVE_IDENTITIES in found.missing
                or _resolves_otherwise(workspace, found)
            ):
                changes += self._procedure(workspace, columns, found)
            warehouse.run([*changes, statements.write_record(schema, workspace)])

            def done(found: Found) -> bool:
                complete = not found.missing and (migration is None or found.columns == migration.columns)
                return complete and _holds(found, workspace)

            self._commit(warehouse, deadline, done)

    def drop(self, workspace_id: str, deadline: Deadline) -> None:
        """See `Provisioner.drop`.

        Only the record tells whose tables those of our names are. Without it they may be another workspace's, a
        Krenalis server's for one, and are not dropped: `update` restores it. Types and the procedure hold no data,
        and what is in use is refused by PostgreSQL; without tables they are what somebody left who dropped the rest.
        """
        with self._session(deadline) as warehouse:
            found = look(warehouse, self._settings.schema, [*self._begin(deadline), self._lock()])
            require(self._place(), workspace_id, found.record)
            ours = found.ours
            if found.record is None:
                if "table" in ours.values():
                    raise refusal(record_missing(self._place(), found))
                ours = {name: kind for name, kind in ours.items() if kind in ("type", "procedure")}
            drops = statements.drop(self._settings.schema, ours)
            if not drops:
                return
            warehouse.run(drops)
            self._commit(warehouse, deadline, lambda found: not found.ours)

    def _session(self, deadline: Deadline, *, shares: bool = False) -> AbstractContextManager[Session]:
        return session(self._settings, self._credentials, deadline, shares=shares)

    def _begin(self, deadline: Deadline, *, read_only: bool = False) -> list[Statement]:
        return begin(deadline, read_only=read_only, role=self._role)

    @contextmanager
    def _counting(self, workspace_id: str, deadline: Deadline) -> Iterator[tuple[Counting, Found]]:
        """A session for counting in the workspace's own warehouse, and what is there."""
        schema = self._settings.schema
        with self._session(deadline) as warehouse:
            found = look(warehouse, schema, self._begin(deadline, read_only=True))
            require(self._place(), workspace_id, found.record)
            warehouse.run([ROLLBACK])
            yield Counting(warehouse, schema, partial(self._begin, read_only=True), deadline), found

    def _lock(self) -> Statement:
        return Statement(
            "waiting for another change of the warehouse",
            "SELECT pg_advisory_xact_lock(hashtextextended('krenalis:' || %(schema)s::text, 0))",
            {"schema": self._settings.schema},
        )

    def _procedure(
        self, workspace: Workspace, columns: Sequence[ProfileColumn], found: Found | None = None
    ) -> list[Statement]:
        """Make the procedure, which holds the profile columns and the settings, or replace it.

        Something else that has its name is left as it is, and reported by each plan.
        """
        if found and found.objects.get(catalog.RESOLVE_IDENTITIES, "procedure") != "procedure":
            return []
        schema, settings = self._settings.schema, (workspace.identifiers, workspace.primary_sources)
        return [identity_resolution.create(schema, columns, *settings)]

    def _obstacles(
        self, warehouse: Session, before: Sequence[Statement], replaces: str | None = None
    ) -> tuple[Finding, ...]:
        return obstacles(self._acting, survey(warehouse, self._settings.schema, before), replaces)

    def _migrated(
        self,
        warehouse: Session,
        found: Found,
        profiles: str,
        migration: Migration,
        mend: Sequence[Statement],
    ) -> list[Statement]:
        """The statements of a migration of what was `found`, with those that `mend` in between."""
        if found.columns != migration.expected:
            raise warehouse_changed(self._place(), migration, found.columns)
        if not migration.changes:
            return list(mend)
        present = relations(warehouse, self._settings.schema, found)
        if findings := migration_hindrances(self._acting, found, present, migration):
            raise CheckFailed(findings)
        return list(migrate(self._settings.schema, profiles, present, migration, mend))

    def _commit(self, warehouse: Session, deadline: Deadline, done: Callable[[Found], bool]) -> None:
        """Commit. When the connection breaks just then, look whether it was `done`, and raise only if it was not."""
        try:
            warehouse.run([COMMIT])
        except PostgreSQLError as error:
            if not warehouse.lost:
                raise
            deadline = deadline.later(_CERTAINTY_SECONDS)
            try:
                with self._session(deadline) as again:
                    # the lock is free when the transaction has ended either way
                    found = look(again, self._settings.schema, [*self._begin(deadline), self._lock()])
            except PostgreSQLError as reason:
                raise self._uncertain(reason) from error
            if not done(found):
                raise

    def _uncertain(self, reason: PostgreSQLError) -> PostgreSQLError:
        return PostgreSQLError(
            Verdict.COULD_NOT_TELL,
            "host",
            "Connection to PostgreSQL lost",
            f"the connection broke while a change of {self._place()} was committed, and it could not be seen whether "
            f"all of it was made or nothing: {reason.detail} Plan again when PostgreSQL can be reached: that shows it.",
            code=reason.code,
        )

    def _place(self) -> str:
        return f'schema "{self._settings.schema}" of database "{self._settings.database}"'


def _resolves_otherwise(workspace: Workspace, found: Found) -> bool:
    """Whether the procedure that is there was made from other settings, as far as the record tells."""
    before = found.record
    return (
        before is None
        or before.identifiers != workspace.identifiers
        or before.primary_sources != workspace.primary_sources
    )


def _holds(found: Found, workspace: Workspace) -> bool:
    """Whether the record is the workspace's, to the letter."""
    return found.record is not None and to_row(found.record) == to_row(workspace)
