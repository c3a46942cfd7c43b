"""The record's row in Snowflake: who works on the warehouse, what is under way, and how it passes to somebody else.

Snowflake commits each definition, so that a change is many small ones and may break off between them. The row says so:
its state is "ready" only while nothing is under way. Each operation makes itself the owner by a nonce; who read the row
changes it only if the owner is still the one that was read, by one UPDATE whose count says whether it did. UPDATE and MERGE
of one table wait for each other there; INSERT does not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from krenalis_provider.warehouses import catalog
from krenalis_provider.warehouses.findings import record_unreadable
from krenalis_provider.warehouses.pending import Pending
from krenalis_provider.warehouses.record import UnreadableRecordError, from_row
from krenalis_provider.warehouses.snowflake.connection import Row, Session, Statement
from krenalis_provider.warehouses.snowflake.errors import SnowflakeError
from krenalis_provider.warehouses.snowflake.place import Place
from krenalis_provider.warehouses.snowflake.sql import identifier
from krenalis_provider.workspaces.model import Workspace

TABLE: Final = catalog.RECORD.name.upper()
SILENCE_SECONDS = 120.0
"""Without a heartbeat for that long, an operation is taken for dead."""

_TIMES: Final = ("heartbeat", "created_at", "updated_at")
_COLUMNS: Final = tuple(column.name for column in catalog.RECORD.columns if column.name not in _TIMES)
_SILENCE: Final = 'TIMESTAMPDIFF(MILLISECOND, "HEARTBEAT", CURRENT_TIMESTAMP())'
_UNKNOWN_COLUMN: Final = "000904"


class State(StrEnum):
    """What is under way."""

    READY = "ready"
    INITIALIZING = "initializing"
    MIGRATING = "migrating"
    DROPPING = "dropping"


@dataclass(frozen=True, slots=True)
class RecordRow:
    """The row as it was read."""

    workspace: Workspace
    """As it is, or will be when what is under way is done."""
    state: State
    owner: str | None
    silence: float | None
    """Seconds since the last heartbeat; None when nobody is at work."""
    pending: Pending | None

    @property
    def unfinished(self) -> bool:
        """Whether something is under way, or broke off."""
        return self.state is not State.READY

    @property
    def living(self) -> bool:
        """Whether somebody is at work."""
        return self.unfinished and self.silence is not None and self.silence < SILENCE_SECONDS


def read(session: Session, place: Place) -> RecordRow | None:
    """Read the row. Raises `SnowflakeError`, for an unreadable record too."""
    try:
        (rows,) = session.run([Statement("reading the workspace's record", select(place))])
    except SnowflakeError as error:
        if error.code == _UNKNOWN_COLUMN:
            raise _unreadable(place, f"it lacks a column: {error.detail}") from error
        raise
    return row_in(place, rows)


def select(place: Place) -> str:
    """The query for the row, and one more if there are several."""
    columns = ", ".join(identifier(column.upper()) for column in _COLUMNS)
    return f"SELECT {columns}, {_SILENCE} FROM {place.object(TABLE)} LIMIT 2"


def row_in(place: Place, rows: Sequence[Row]) -> RecordRow | None:
    """Read the rows that `select` gave. Raises `SnowflakeError` for an unreadable record."""
    if not rows:
        return None
    if len(rows) > 1:
        raise _unreadable(place, f"table {TABLE} has more than one row")
    *values, milliseconds = rows[0]
    members = dict(zip(_COLUMNS, values, strict=True))
    try:
        workspace = from_row(members)
        pending = Pending.from_json(members["pending"]) if members["pending"] is not None else None
        return RecordRow(
            pending.workspace if pending else workspace,
            State(members["state"]),
            members["owner"],
            None if milliseconds is None else milliseconds / 1000,
            pending,
        )
    except UnreadableRecordError as error:
        raise _unreadable(place, str(error)) from error
    except ValueError as error:
        raise _unreadable(place, f"it is not valid: {error}") from error


def insert(session: Session, place: Place, values: Mapping[str, object]) -> bool:
    """Write the first row, and say whether there was none before."""
    columns = [*values, *_TIMES]
    listed = ", ".join(identifier(column.upper()) for column in columns)
    bound = ", ".join([*(f"%({column})s" for column in values), *("CURRENT_TIMESTAMP()" for _ in _TIMES)])
    query = (
        f"MERGE INTO {_bound(place)} USING (SELECT 1 AS one) AS source ON TRUE "
        f"WHEN NOT MATCHED THEN INSERT ({listed}) VALUES ({bound})"
    )
    return session.execute(Statement("writing the workspace's record", query, values)) == 1


def take(session: Session, place: Place, before: RecordRow, values: Mapping[str, object]) -> bool:
    """Change the row if it is still as it was read, and nobody works on it; say whether it was."""
    query = (
        f"UPDATE {_bound(place)} SET {_assignments(values)} "
        'WHERE "OWNER" IS NOT DISTINCT FROM %(before_owner)s AND "STATE" = %(before_state)s '
        f'AND ("STATE" = %(ready)s OR "HEARTBEAT" IS NULL OR {_SILENCE} >= %(silence)s)'
    )
    condition = {
        "before_owner": before.owner,
        "before_state": before.state.value,
        "ready": State.READY.value,
        "silence": int(SILENCE_SECONDS * 1000),
    }
    statement = Statement("taking hold of the workspace's record", query, {**values, **condition})
    return session.execute(statement) == 1


def write(session: Session, place: Place, owner: str, values: Mapping[str, object]) -> bool:
    """Change the row as its owner; say whether that is still so."""
    query = f'UPDATE {_bound(place)} SET {_assignments(values)} WHERE "OWNER" = %(holder)s'
    statement = Statement("writing the workspace's record", query, {**values, "holder": owner})
    return session.execute(statement) == 1


def beat(session: Session, place: Place, owner: str) -> bool:
    """Give a sign of life, as the owner of what is under way; say whether that is still so."""
    query = (
        f'UPDATE {_bound(place)} SET "HEARTBEAT" = CURRENT_TIMESTAMP() '
        'WHERE "OWNER" = %(holder)s AND "STATE" <> %(ready)s'
    )
    values = {"holder": owner, "ready": State.READY.value}
    return session.execute(Statement("giving a sign of life", query, values)) == 1


def leave(session: Session, place: Place, owner: str) -> None:
    """Let somebody else go on at once with what is under way."""
    query = f'UPDATE {_bound(place)} SET "HEARTBEAT" = NULL WHERE "OWNER" = %(holder)s'
    session.run([Statement("letting go the workspace's record", query, {"holder": owner})])


def _assignments(values: Mapping[str, object]) -> str:
    bound = [f"{identifier(column.upper())} = %({column})s" for column in values]
    now = [f"{identifier(column.upper())} = CURRENT_TIMESTAMP()" for column in ("heartbeat", "updated_at")]
    return ", ".join([*bound, *now])


def _bound(place: Place) -> str:
    """The table in a statement with values, where a percent sign stands for itself when it is doubled."""
    return place.object(TABLE).replace("%", "%%")


def _unreadable(place: Place, reason: str) -> SnowflakeError:
    finding = record_unreadable(place.schema, TABLE, reason)
    return SnowflakeError(finding.verdict, "schema", finding.summary, finding.detail)


def values_of(
    row: Mapping[str, Any], state: State, owner: str, pending: Pending | None = None
) -> dict[str, object]:
    """What to write of a workspace's row (`warehouses.record.to_row`), or of none, for that state and owner."""
    return {
        **row,
        "state": state.value,
        "owner": owner,
        "pending": pending.to_json() if pending else None,
    }
