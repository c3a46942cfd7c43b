"""Reading and writing the record in PostgreSQL."""

from collections.abc import Sequence

from psycopg import sql

from krenalis_provider.model.errors import Verdict, WarehouseError
from krenalis_provider.model.workspace import Workspace
from krenalis_provider.warehouses import krenalis_objects
from krenalis_provider.warehouses.errors import warehouse_error
from krenalis_provider.warehouses.findings import record_unreadable
from krenalis_provider.warehouses.postgresql.connection import Row
from krenalis_provider.warehouses.postgresql.session import Session
from krenalis_provider.warehouses.postgresql.sql import Statement, listed
from krenalis_provider.warehouses.record import UnreadableRecordError, from_json, to_row
from krenalis_provider.warehouses.unfinished_change import RecordRow


def read_record(
    session: Session, before: Sequence[Statement] = (), after: Sequence[Statement] = ()
) -> tuple[RecordRow | None, list[Row]]:
    """Read the record, between statements that go along, and the first row of each statement `before`.

    Raises `WarehouseError`, for an unreadable record too.
    """
    # as one document, so that a record of another format is still readable as far as to say so
    query = sql.SQL("SELECT to_json(record.*)::text FROM {} AS record LIMIT 2").format(
        sql.Identifier(session.schema, krenalis_objects.RECORD.name)
    )
    answers = session.run([*before, Statement("reading the workspace's record", query), *after])
    record = record_in(session.schema, [row for (row,) in answers[len(before)]])
    return RecordRow(record) if record else None, [rows[0] for rows in answers[: len(before)]]


def record_in(schema: str, rows: Sequence[str]) -> Workspace | None:
    """Read the rows of the record's table, each as one JSON object. Raises `WarehouseError` for an unreadable record."""
    if len(rows) > 1:
        raise _unreadable(schema, f"table {krenalis_objects.RECORD.name} has more than one row")
    try:
        return from_json(rows[0]) if rows else None
    except UnreadableRecordError as error:
        raise _unreadable(schema, str(error)) from error


def write_record(schema: str, workspace: Workspace) -> Statement:
    """Insert the workspace's record, or replace it; the time of creation stays. Returns a row, unless a trigger drops it."""
    row = to_row(workspace)
    query = sql.SQL(
        "INSERT INTO {table} ({columns}, created_at, updated_at) VALUES ({values}, pg_catalog.now(), pg_catalog.now()) "
        "ON CONFLICT (id) DO UPDATE SET ({columns}, updated_at) = ROW ({new}, pg_catalog.now()) "
        "RETURNING id"
    ).format(
        table=sql.Identifier(schema, krenalis_objects.RECORD.name),
        columns=listed(row),
        # not bound: beside bound values, a % in the name of the schema would be taken for a placeholder
        values=sql.SQL(", ").join(map(sql.Literal, row.values())),
        new=sql.SQL(", ").join(sql.Identifier("excluded", name) for name in row),
    )
    return Statement("writing the workspace's record", query)


def not_written(place: str) -> WarehouseError:
    """A trigger of somebody's dropped the row without an error."""
    return warehouse_error(
        Verdict.CONTRADICTED,
        "schema",
        "Workspace's record was not written",
        f"{place}: a trigger of table {krenalis_objects.RECORD.name} kept the record from being written. Nothing was changed. "
        "Disable or drop the trigger, and try again.",
    )


def _unreadable(schema: str, reason: str) -> WarehouseError:
    return WarehouseError(record_unreadable(schema, krenalis_objects.RECORD.name, reason))
