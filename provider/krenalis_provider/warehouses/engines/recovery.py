"""Recovery from an error in the middle of an operation, by a new session that looks and mends."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Final

from krenalis_provider.model.errors import WarehouseError
from krenalis_provider.warehouses import unfinished_change
from krenalis_provider.warehouses.engines.stepwise_session import T
from krenalis_provider.warehouses.errors import extended
from krenalis_provider.warehouses.snapshot import Snapshot
from krenalis_provider.warehouses.unfinished_change import State, UnfinishedChange

CERTAINTY_SECONDS: Final = 15
"""The time for a recovery, even after the deadline."""

Mend = Callable[[T, Snapshot, str], str]
"""Mends what an operation left, as the record's owner, and returns a sentence on the result, or none."""


def is_settled(snapshot: Snapshot) -> bool:
    """Whether there is a record, and no operation is under way."""
    return snapshot.row is not None and not snapshot.row.is_unfinished


def recover(
    system: str,
    session: AbstractContextManager[T],
    owner: str,
    error: WarehouseError,
    mend: Mend[T],
    *,
    done: Callable[[Snapshot], bool] = is_settled,
) -> None:
    """Returns if the operation is done after all; else mends, if it owns the record, and raises the error."""
    try:
        with session as again:
            snapshot = again.look()
            owned = snapshot.row is not None and snapshot.row.owner == owner
            if done(snapshot) and (owned or snapshot.row is None):
                return
            said = mend(again, snapshot, owner) if owned else ""
    except WarehouseError as reason:
        unseen = (
            f"It could not be seen what became of it, plan again when {system} can be reached: that shows it."
        )
        raise extended(error, unseen) from reason
    raise extended(error, said)


def undo(session: T, snapshot: Snapshot, owner: str) -> str:
    """Removes the objects of a creation, the record last."""
    if not session.write_row(owner, {"state": State.DROPPING.value}):
        return (
            "What was made until then is still there: the next creation removes it, "
            f"{unfinished_change.SILENCE_SECONDS:.0f} seconds after the last sign of life."
        )
    for step in session.drops(snapshot.ours):
        step()
    return "Nothing is left of what was made."


def stop(session: T, _snapshot: Snapshot, owner: str) -> str:
    """Lets the next operation take over at once."""
    session.leave_row(owner)
    return "It broke off in the middle, and the next apply finishes it first."


def stop_change(change: UnfinishedChange) -> Mend[T]:
    """Mends like `stop`, but gives up a change that has touched no column."""

    def mend(session: T, snapshot: Snapshot, owner: str) -> str:
        tables = session.table_columns(snapshot) if change.tables else {}
        migrating = snapshot.row is not None and snapshot.row.state is State.MIGRATING
        if not migrating or not change.is_untouched(tables):
            return stop(session, snapshot, owner)
        session.write_row(owner, {"state": State.READY.value, "pending": None})
        return ""

    return mend
