"""Reading the record in Snowflake."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from krenalis_provider.model.errors import WarehouseError
from krenalis_provider.warehouses import krenalis_objects
from krenalis_provider.warehouses.findings import record_unreadable
from krenalis_provider.warehouses.record import UnreadableRecordError, from_row
from krenalis_provider.warehouses.snowflake.connection import Row
from krenalis_provider.warehouses.snowflake.dialect import NAMES
from krenalis_provider.warehouses.snowflake.session import Session
from krenalis_provider.warehouses.snowflake.sql import Statement, identifier
from krenalis_provider.warehouses.unfinished_change import RecordRow, State, UnfinishedChange

TIMES: Final = ("heartbeat", "created_at", "updated_at")
_COLUMNS: Final = tuple(column.name for column in krenalis_objects.RECORD.columns if column.name not in TIMES)
SILENCE: Final = 'TIMESTAMPDIFF(MILLISECOND, "HEARTBEAT", CURRENT_TIMESTAMP())'
"""Milliseconds since the last sign of life."""
_UNKNOWN_COLUMN: Final = "000904"


def read_record(session: Session, schema: str) -> RecordRow | None:
    """Reads the row in a schema of the database. Raises `WarehouseError`, for an unreadable record too."""
    columns = ", ".join(identifier(column.upper()) for column in _COLUMNS)
    table = identifier(session.database, schema, NAMES.record)
    query = f"SELECT {columns}, {SILENCE} FROM {table} LIMIT 2"
    try:
        return _row_in(session.ask(Statement("reading the workspace's record", query)))
    except WarehouseError as error:
        if error.code != _UNKNOWN_COLUMN:
            raise
        reason = f"it lacks a column: {error.detail}"
        raise WarehouseError(record_unreadable(schema, NAMES.record, reason)) from error
    except UnreadableRecordError as error:
        raise WarehouseError(record_unreadable(schema, NAMES.record, str(error))) from error


def _row_in(rows: Sequence[Row]) -> RecordRow | None:
    """Reads the record's row, None if there is none. Raises `UnreadableRecordError`."""
    if not rows:
        return None
    if len(rows) > 1:
        raise UnreadableRecordError(f"table {NAMES.record} has more than one row")
    *values, milliseconds = rows[0]
    members: Mapping[str, Any] = dict(zip(_COLUMNS, values, strict=True))
    workspace, pending = from_row(members), members["pending"]
    change = None if pending is None else UnfinishedChange.from_json(pending)
    try:
        state = State(members["state"])
    except ValueError as error:
        raise UnreadableRecordError(f"it is not valid: {error}") from error
    return RecordRow(
        workspace=change.workspace if change else workspace,
        state=state,
        owner=members["owner"],
        silence=None if milliseconds is None else milliseconds / 1000,
        change=change,
    )
