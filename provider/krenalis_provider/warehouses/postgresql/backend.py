"""PostgreSQL as the backend of the transactional engine."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final, TypeVar

from krenalis_provider.model.deadline import Deadline
from krenalis_provider.model.errors import Finding
from krenalis_provider.model.observed import ColumnCounts, Counts
from krenalis_provider.model.profile_columns import ProfileColumn
from krenalis_provider.model.workspace import Workspace
from krenalis_provider.warehouses import findings
from krenalis_provider.warehouses.change import Change, Tables
from krenalis_provider.warehouses.engines.rehearsals import not_rehearsed
from krenalis_provider.warehouses.engines.session import Need
from krenalis_provider.warehouses.postgresql import (
    checks,
    counting,
    identity_resolution,
    locks,
    migration_checks,
    record,
    rights,
    script,
    servers_warehouse,
    snapshot,
    statements,
)
from krenalis_provider.warehouses.postgresql.alterations import costs
from krenalis_provider.warehouses.postgresql.connection import Row, connection
from krenalis_provider.warehouses.postgresql.dialect import NAMES
from krenalis_provider.warehouses.postgresql.relations import Relations, relations
from krenalis_provider.warehouses.postgresql.session import (
    CHECK_CONSTRAINTS,
    COMMIT,
    ROLLBACK,
    USERS_SETTINGS,
    Session,
)
from krenalis_provider.warehouses.postgresql.settings import PostgreSQLSettings
from krenalis_provider.warehouses.postgresql.snapshot import Server
from krenalis_provider.warehouses.postgresql.sql import Statement
from krenalis_provider.warehouses.resolution import Resolution
from krenalis_provider.warehouses.snapshot import Snapshot

T = TypeVar("T")

_PATIENCE_SECONDS: Final = 1
"""How long a rehearsal waits for another one, or for a change that is under way."""
_BRIEF_SECONDS: Final = 0.08
"""How long a rehearsal may wait for locks on tables that have rows, and hold them. With ending it, that is 0.1 seconds."""


class PostgreSQLSession(Session):
    """A session in the words of the engine; see `TransactionalSession`."""

    shares = False
    """Whether the connection is left to the next session: then the transaction ends with the last question."""
    _server: Server
    """As the last survey saw it."""
    _relations: Relations
    """As `table_columns` saw them last."""

    @property
    def place(self) -> str:
        return self.settings.place

    @property
    def address(self) -> str:
        return self.settings.address

    system = "PostgreSQL"
    server_setting = "host"

    def look(self, *, survey: bool = False) -> Snapshot:
        if survey:
            seen, self._server = snapshot.survey(self)
            return seen
        return snapshot.look(self, [ROLLBACK] if self.shares else [])

    def need_findings(self, needs: Collection[Need]) -> Iterator[Finding]:
        return checks.need_findings(self, self._server, needs)

    def content_findings(self, seen: Snapshot, replaces: str | None) -> Iterator[Finding]:
        yield from findings.content_findings(self.place, seen, replaces, kinds=checks.CONTENT_KINDS)
        yield from checks.creation_findings(self, self._server)

    def repair_findings(self, change: Change) -> Iterator[Finding]:
        return checks.repair_findings(self, self._server, change)

    def migration_findings(self, change: Change) -> Iterator[Finding]:
        return migration_checks.migration_findings(self, self._relations, change)

    def drop_findings(self, seen: Snapshot, kept: Collection[str]) -> Iterator[Finding]:
        return checks.drop_findings(self, self._server, seen, kept)

    def kept(self, seen: Snapshot) -> Collection[str]:
        return rights.used_types(self, seen.strangers) if seen.strangers else ()

    def table_columns(self, seen: Snapshot) -> Tables:
        self._relations = relations(self, seen)
        return {table.name: table.columns for table in self._relations.tables}

    def count(self, seen: Snapshot) -> Counts:
        self.run([ROLLBACK])
        return counting.count(self, seen)

    def count_values(self, seen: Snapshot, columns: Sequence[str]) -> ColumnCounts:
        self.run([ROLLBACK])
        return counting.count_values(self, seen, columns)

    def servers_snapshot(self) -> Snapshot:
        return servers_warehouse.filled(self, self.look(survey=True))

    def servers_content_findings(self, seen: Snapshot) -> Iterator[Finding]:
        return servers_warehouse.content_findings(self, self._server, seen)

    def ownership_findings(self, seen: Snapshot) -> Iterator[Finding]:
        return servers_warehouse.ownership_findings(self, seen)

    def view_findings(self, seen: Snapshot) -> Iterator[Finding]:
        return servers_warehouse.view_findings(self, seen)

    def last_resolution(self, seen: Snapshot) -> Resolution | None:
        return servers_warehouse.last_resolution(self, seen)

    def drop_texts(self, objects: Mapping[str, str]) -> list[str]:
        return servers_warehouse.drop_texts(self.schema, objects)

    def start(self) -> None:
        """Begin a transaction that changes the warehouse."""
        self.begin()
        self.queue(locks.wait_for_changes(self.schema))

    def tried(self, look: Callable[[], Snapshot], work: Callable[[Snapshot], T]) -> T:
        return locks.tried(self, self.start, look, work)

    def lock(self, seen: Snapshot) -> Snapshot:
        return locks.lock(self, seen)

    def carry_out(self, statements: Sequence[Statement]) -> list[list[Row]]:
        """Execute the statements of a change, and return the rows of each; none if that is put off.

        They run as users' settings have it, and so does what comes after them, COMMIT.
        """
        return self.run([USERS_SETTINGS, *statements])[1:]

    def apply(self, change: Change, workspace: Workspace, columns: Sequence[ProfileColumn]) -> None:
        present = self._relations if change.migration else None
        identifiers, sources = workspace.identifiers, workspace.primary_sources
        made = script.changing(self.schema, change, present, columns, identifiers, sources)
        if change.makes_procedure and NAMES.procedure in change.snapshot.ours:
            made += identity_resolution.kept(self)
        rows = self.carry_out([*made, record.write_record(self.schema, workspace)])
        if rows and not rows[-1]:
            raise record.not_written(self.place)

    def drop(self, objects: Mapping[str, str]) -> None:
        self.carry_out(statements.drop(self.schema, objects))


class CommittingPostgreSQLSession(PostgreSQLSession):
    """A session whose changes can last."""

    def drop(self, objects: Mapping[str, str]) -> None:
        self.carry_out(locks.within_a_try(statements.drop(self.schema, objects)))

    def commit(self) -> None:
        self.run([COMMIT])


class RehearsingPostgreSQLSession(PostgreSQLSession):
    """A session that nothing can come of: it collects statements, which the server executes and undoes in one go."""

    _script: list[Statement]
    _costs: list[str]
    """Clauses that say what of it would take long."""
    _locks_tables: bool
    """Whether it locks tables that were there before."""

    def start(self) -> None:
        """Begin the transaction. Waiting for another change, it holds no lock."""
        self.begin(self.deadline.sooner(_PATIENCE_SECONDS))
        self.queue(locks.wait_for_changes(self.schema))
        self._script, self._costs, self._locks_tables = [], [], False

    def tried(self, look: Callable[[], Snapshot], work: Callable[[Snapshot], T]) -> T:
        return work(look())

    def lock(self, seen: Snapshot) -> Snapshot:
        self._script += locks.locking(self.schema, seen)
        return seen

    def apply(self, change: Change, workspace: Workspace, columns: Sequence[ProfileColumn]) -> None:
        if change.snapshot.ours:
            self._costs += costs(self, change)
            self._locks_tables = True
        super().apply(change, workspace, columns)

    def drop(self, objects: Mapping[str, str]) -> None:
        self._locks_tables = True
        super().drop(objects)

    def carry_out(self, statements: Sequence[Statement]) -> list[list[Row]]:
        self._script += statements
        return []

    def rehearse(self) -> tuple[Finding, ...]:
        if self._costs:
            return (
                not_rehearsed(f"{'; '.join(self._costs)}. What takes long and locks tables is not tried."),
            )
        seconds = _BRIEF_SECONDS if self._locks_tables else self.deadline.remaining()
        self.try_out([*self._script, CHECK_CONSTRAINTS], seconds)
        return ()


P = TypeVar("P", bound=PostgreSQLSession)


class PostgreSQLBackend:
    """Opens sessions with the warehouse in one schema of one database; see `engines.session.Backend`."""

    def __init__(self, settings: PostgreSQLSettings, parameters: Mapping[str, str]) -> None:
        """`parameters` are as for `connection.connection`, and may have a role to take on."""
        self._settings = settings
        self._parameters = parameters

    @contextmanager
    def reading(self, deadline: Deadline, *, shares: bool = False) -> Iterator[PostgreSQLSession]:
        with self._session(PostgreSQLSession, deadline, shares=shares) as session:
            session.shares = shares
            session.begin(read_only=True)
            yield session

    @contextmanager
    def changing(self, deadline: Deadline) -> Iterator[CommittingPostgreSQLSession]:
        with self._session(CommittingPostgreSQLSession, deadline) as session:
            session.start()
            yield session

    @contextmanager
    def rehearsing(self, deadline: Deadline) -> Iterator[RehearsingPostgreSQLSession]:
        with self._session(RehearsingPostgreSQLSession, deadline) as session:
            session.start()
            yield session

    @contextmanager
    def _session(self, kind: type[P], deadline: Deadline, *, shares: bool = False) -> Iterator[P]:
        with connection(self._settings, self._parameters, deadline, shares=shares) as opened:
            yield kind(opened, self._settings, self._parameters, deadline)
