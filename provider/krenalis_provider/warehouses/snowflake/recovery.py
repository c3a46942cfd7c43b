"""After an error in the middle: what became of the operation, seen by another session, and what can be mended."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Final

from krenalis_provider.warehouses.pending import Pending
from krenalis_provider.warehouses.snowflake import record, statements
from krenalis_provider.warehouses.snowflake.connection import Session
from krenalis_provider.warehouses.snowflake.errors import SnowflakeError
from krenalis_provider.warehouses.snowflake.inspection import Seen, columns_of_tables, look
from krenalis_provider.warehouses.snowflake.migration import untouched
from krenalis_provider.warehouses.snowflake.place import Place
from krenalis_provider.warehouses.snowflake.record import State

CERTAINTY_SECONDS: Final = 15
"""For all this, even after the deadline."""

Mend = Callable[[Session, Place, Seen, str], str]
"""Mends what an operation left, and says what is so now, in a sentence or none."""

_BROKEN_OFF: Final = "It broke off in the middle, and the next apply finishes it first."
_LEFT: Final = "What was made until then is still there: the next creation removes it, {:.0f} seconds after the last sign of life."
_UNSEEN: Final = (
    "It could not be seen what became of it, plan again when Snowflake can be reached: that shows it."
)


def recover(
    session: AbstractContextManager[Session],
    owner: str,
    error: SnowflakeError,
    mend: Mend,
    *,
    done: Callable[[Seen], bool] = lambda seen: seen.row is not None and not seen.row.unfinished,
) -> None:
    """Return if the owner's operation was done nevertheless; else mend, if nobody else owns the record, and raise the error."""
    try:
        with session as again:
            place = Place.of(again)
            seen = look(again, place)
            owned = seen.row is not None and seen.row.owner == owner
            if done(seen) and (owned or seen.row is None):
                return
            said = mend(again, place, seen, owner) if owned else ""
    except SnowflakeError as reason:
        raise _explained(error, _UNSEEN) from reason
    raise _explained(error, said)


def undo(session: Session, place: Place, seen: Seen, owner: str) -> str:
    """Remove what a creation made, the record last."""
    if not record.write(session, place, owner, {"state": State.DROPPING.value}):
        return _LEFT.format(record.SILENCE_SECONDS)
    session.run(statements.drop(place, seen.found.ours))
    return "Nothing is left of what was made."


def stop(session: Session, place: Place, _seen: Seen, owner: str) -> str:
    """Let the next operation go on at once."""
    record.leave(session, place, owner)
    return _BROKEN_OFF


def stop_change(pending: Pending) -> Mend:
    """As `stop`; but a change that has touched no column is given up."""

    def mend(session: Session, place: Place, seen: Seen, owner: str) -> str:
        present = columns_of_tables(session, place, seen) if pending.tables else {}
        if seen.row is None or seen.row.state is not State.MIGRATING or not untouched(pending, present):
            return stop(session, place, seen, owner)
        record.write(session, place, owner, {"state": State.READY.value, "pending": None})
        return ""

    return mend


def _explained(error: SnowflakeError, said: str) -> SnowflakeError:
    detail = f"{error.detail} {said}".rstrip()
    return SnowflakeError(error.verdict, "", error.summary, detail, path=error.path, code=error.code)
