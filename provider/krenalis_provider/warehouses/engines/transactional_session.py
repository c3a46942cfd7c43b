"""The sessions that the transactional engine needs: transactions that can be committed, and others that cannot."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

from krenalis_provider.model.deadline import Deadline
from krenalis_provider.model.errors import Finding
from krenalis_provider.model.profile_columns import ProfileColumn
from krenalis_provider.model.workspace import Workspace
from krenalis_provider.warehouses.change import Change
from krenalis_provider.warehouses.engines.session import Backend, Session
from krenalis_provider.warehouses.snapshot import Snapshot

T = TypeVar("T")


class TransactionalSession(Session, Protocol):
    """A session in a transaction, which the end of the session rolls back."""

    @property
    def lost(self) -> bool:
        """Whether the connection broke."""

    def tried(self, look: Callable[[], Snapshot], work: Callable[[Snapshot], T]) -> T:
        """Does the work on a snapshot, in short tries if others hold locks, each in a transaction that begins with `look`.

        Between tries nobody waits for the session.
        """

    def lock(self, snapshot: Snapshot) -> Snapshot:
        """Locks the relations with profile columns, for work that is tried, and takes the snapshot again."""

    def apply(self, change: Change, workspace: Workspace, columns: Sequence[ProfileColumn]) -> None:
        """Carries out the change, and writes the record; `columns` are the wanted profile columns."""

    def drop(self, objects: Mapping[str, str]) -> None:
        """Drops objects, given as name to kind, and nothing that depends on them."""


class CommittingSession(TransactionalSession, Protocol):
    """A session whose changes can last."""

    def commit(self) -> None:
        """Commits the transaction, in a round trip of its own."""


class RehearsingSession(TransactionalSession, Protocol):
    """A session that nothing can come of: what it has to apply and to drop, it may put off until `rehearse`."""

    def rehearse(self) -> tuple[Finding, ...]:
        """Carries out what was applied and dropped, and undoes it; or says why that is not done.

        Locks on tables with rows are held for a moment only. Raises `WarehouseError`: with the verdict "could not tell"
        if the warehouse was busy or too slow, with another one if applying would fail in the same way.
        """


class TransactionalBackend(Backend[TransactionalSession], Protocol):
    """Opens sessions with one warehouse; a session ends with its context."""

    def changing(self, deadline: Deadline) -> AbstractContextManager[CommittingSession]:
        """A session that changes the warehouse."""

    def rehearsing(self, deadline: Deadline) -> AbstractContextManager[RehearsingSession]:
        """A session that tries a change of the warehouse out. It does not wait long for another change."""
