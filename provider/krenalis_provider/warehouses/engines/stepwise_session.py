"""The session that the stepwise engine needs: the record's row as a lock, and steps that each commit."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Protocol, TypeVar

from krenalis_provider.model.profile_columns import ProfileColumn
from krenalis_provider.model.workspace import Workspace
from krenalis_provider.warehouses.engines.session import Session
from krenalis_provider.warehouses.migration.operations import Operation
from krenalis_provider.warehouses.snapshot import Snapshot
from krenalis_provider.warehouses.unfinished_change import RecordRow

Step = Callable[[], object]
"""Executes one statement, which does all or nothing, and may be repeated unless it renames a column."""
Values = Mapping[str, object]
"""Name to value of columns of the record's row, without its times, which the warehouse sets."""


class StepwiseSession(Session, Protocol):
    """A session on which each statement commits by itself.

    An operation makes itself the owner of the row by a nonce. Every change of the row is one statement that
    has an effect only while the row has the expected owner; the statement's count of rows tells whether it
    had.
    """

    def insert_row(self, values: Values) -> bool:
        """Makes the record's table unless it exists, and its first row; returns false if there was a row."""

    def take_row(self, before: RecordRow, values: Values) -> bool:
        """Changes the row if it is as read and no other operation is alive; returns whether it did."""

    def write_row(self, owner: str, values: Values) -> bool:
        """Changes the row as its owner; returns false if that is no longer the owner."""

    def give_sign(self, owner: str) -> bool:
        """Gives a sign of life of the owner's operation; returns false if it has ended or has another owner."""

    def leave_row(self, owner: str) -> None:
        """Lets another operation take over at once."""

    def steps(
        self,
        snapshot: Snapshot,
        operations: Mapping[str, Sequence[Operation]],
        make: Collection[str],
        workspace: Workspace,
        columns: Sequence[ProfileColumn],
    ) -> Iterator[Step]:
        """Changes the columns of tables, then makes objects with these profile columns, except the record."""

    def drops(self, objects: Mapping[str, str]) -> list[Step]:
        """Drops objects, given as name to kind: the record last, because it tells whose the others are."""


T = TypeVar("T", bound=StepwiseSession)
