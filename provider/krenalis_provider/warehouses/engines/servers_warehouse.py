"""The calls on a warehouse that a Krenalis server fills, which all engines share. Such a warehouse has no record of ours.

What it holds may be of a workspace that is in use, or of one that was deleted: the warehouse does not tell. Only a caller
who knows may drop it.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from typing import Generic

from krenalis_provider.model.deadline import Deadline
from krenalis_provider.model.errors import CheckFailed, Finding, WarehouseError
from krenalis_provider.model.observed import ColumnCounts, Counts
from krenalis_provider.warehouses import servers_findings
from krenalis_provider.warehouses.engines.session import Backend, Need, S
from krenalis_provider.warehouses.findings import obstacles
from krenalis_provider.warehouses.resolution import Resolution
from krenalis_provider.warehouses.snapshot import Snapshot
from lightstart.records import Record


class ServersContent(Record):
    """What a server has made in a warehouse."""

    objects: tuple[str, ...]
    """The names of what is there."""
    missing: tuple[str, ...]
    """The names of the tables that a server makes at once, and that are not there."""
    profiles: str | None
    """The profiles table that is in use."""
    resolution: Resolution | None
    """The last identity resolution; None without any."""

    @property
    def looks_initialised(self) -> bool:
        """Whether all tables are there."""
        return not self.missing


class ServersWarehouse(ABC, Generic[S]):
    """The work on one such warehouse; see `Engine`, of which this is a part."""

    def __init__(self, backend: Backend[S]) -> None:
        """Connects to nothing yet."""
        self._backend = backend

    def check_for_server(self, deadline: Deadline) -> tuple[Finding, ...]:
        """The obstacles to a server's creation of a workspace now, with these settings."""

        def ask(session: S) -> Iterator[Finding]:
            snapshot = session.servers_snapshot()
            yield from session.need_findings([Need.SERVER, Need.PROCEDURE, Need.CREATE])
            yield from servers_findings.filled(session.place, snapshot)
            yield from session.servers_content_findings(snapshot)

        return self._asked(deadline, ask)

    def check_refill_by_server(self, deadline: Deadline) -> tuple[Finding, ...]:
        """The obstacles to a server's creation of a workspace where what a server has made before is dropped first."""

        def ask(session: S) -> Iterator[Finding]:
            snapshot = session.servers_snapshot()
            yield from session.need_findings([Need.SERVER, Need.PROCEDURE, Need.CREATE])
            yield from _drop_findings(session, snapshot)
            yield from session.servers_content_findings(snapshot)

        return self._asked(deadline, ask)

    def try_settings(self, deadline: Deadline) -> tuple[Finding, ...]:
        """The reasons why a server could not work with a workspace's warehouse by these settings."""

        def ask(session: S) -> Iterator[Finding]:
            snapshot = session.servers_snapshot()
            found = [
                *session.need_findings([Need.SERVER, Need.CREATE]),
                *servers_findings.direct(session.place, snapshot),
                *servers_findings.not_filled(session.address, snapshot),
            ]
            yield from found
            if not found:
                yield from session.ownership_findings(snapshot)

        return self._asked(deadline, ask)

    def check_alteration_by_server(self, deadline: Deadline) -> tuple[Finding, ...]:
        """The obstacles to a server's alteration of the profile schema now."""

        def ask(session: S) -> Iterator[Finding]:
            yield from session.view_findings(session.servers_snapshot())

        return self._asked(deadline, ask)

    def check_drop_made_by_server(self, deadline: Deadline) -> tuple[Finding, ...]:
        """The obstacles to `drop_made_by_server` now, and what goes with it."""

        def ask(session: S) -> Iterator[Finding]:
            snapshot = session.servers_snapshot()
            if snapshot.ours or servers_findings.is_direct(snapshot):
                yield from session.need_findings([Need.SERVER, Need.USAGE])
                yield from _drop_findings(session, snapshot)

        return self._asked(deadline, ask)

    @abstractmethod
    def drop_made_by_server(self, deadline: Deadline) -> None:
        """Drops exactly what a server makes, and succeeds if there is nothing of it.

        Raises `CheckFailed` if there is an obstacle: what others made depends on it, or there is a record of ours.
        """

    def clearing_statements(self, deadline: Deadline) -> tuple[str, ...]:
        """The statements of `drop_made_by_server`, for people to run; none beside a record of ours."""
        with self._backend.reading(deadline) as session:
            snapshot = session.servers_snapshot()
            if servers_findings.is_direct(snapshot):
                return ()
            return tuple(f"{text};" for text in session.drop_texts(snapshot.ours))

    def inspect_made_by_server(self, deadline: Deadline) -> ServersContent:
        """Looks at what a server has made."""
        with self._backend.reading(deadline) as session:
            snapshot = session.servers_snapshot()
            return ServersContent(
                objects=tuple(snapshot.ours),
                missing=tuple(servers_findings.missing_tables(snapshot)),
                profiles=snapshot.profiles,
                resolution=session.last_resolution(snapshot),
            )

    def failed_resolution(self, deadline: Deadline) -> str | None:
        """Why the last identity resolution failed, as a clause; None if it did not, or there was none."""
        resolution = self.inspect_made_by_server(deadline).resolution
        return resolution.failure if resolution else None

    def count_made_by_server(self, deadline: Deadline) -> Counts:
        """The numbers of rows, as far as they are counted by the deadline."""
        with self._backend.reading(deadline) as session:
            return session.count(session.servers_snapshot())

    def count_values_made_by_server(self, columns: Sequence[str], deadline: Deadline) -> ColumnCounts:
        """The number of profiles, and of profiles with a value in each of the columns, as these are named there."""
        with self._backend.reading(deadline) as session:
            return session.count_values(session.servers_snapshot(), columns)

    def _asked(self, deadline: Deadline, ask: Callable[[S], Iterator[Finding]]) -> tuple[Finding, ...]:
        """The findings of a check; an error is one of them."""
        try:
            with self._backend.reading(deadline) as session:
                return tuple(ask(session))
        except WarehouseError as error:
            return (error.finding,)


def require_droppable(session: S, snapshot: Snapshot) -> None:
    """Raise `CheckFailed` if something stands against dropping what a server has made."""
    if found := obstacles(_drop_findings(session, snapshot)):
        raise CheckFailed(found)


def _drop_findings(session: S, snapshot: Snapshot) -> Iterator[Finding]:
    if found := list(servers_findings.direct(session.place, snapshot)):
        yield from found
    elif snapshot.ours:
        yield from session.drop_findings(snapshot, ())
