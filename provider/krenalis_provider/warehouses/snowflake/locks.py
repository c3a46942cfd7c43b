"""The record's row as a lock in Snowflake.

There, UPDATE and MERGE of one table wait for each other; INSERT waits for neither. So the winner of two
operations is the one whose UPDATE changed a row, which its count of rows tells.
"""

from krenalis_provider.warehouses import krenalis_objects, unfinished_change
from krenalis_provider.warehouses.engines.stepwise_session import Values
from krenalis_provider.warehouses.snowflake.dialect import NAMES
from krenalis_provider.warehouses.snowflake.record import SILENCE, TIMES
from krenalis_provider.warehouses.snowflake.session import Session
from krenalis_provider.warehouses.snowflake.sql import Statement, identifier
from krenalis_provider.warehouses.snowflake.statements import create_table
from krenalis_provider.warehouses.unfinished_change import RecordRow, State


class LockingSession(Session):
    """A session that can own the record's row; the methods are described in `StepwiseSession`."""

    def insert_row(self, values: Values) -> bool:
        """See `StepwiseSession.insert_row`."""
        self.run([create_table(self.within, krenalis_objects.RECORD)])
        listed = ", ".join(identifier(column.upper()) for column in [*values, *TIMES])
        bound = ", ".join([*(f"%({column})s" for column in values), *("CURRENT_TIMESTAMP()" for _ in TIMES)])
        query = (
            f"MERGE INTO {self._record} USING (SELECT 1 AS one) AS source ON TRUE "
            f"WHEN NOT MATCHED THEN INSERT ({listed}) VALUES ({bound})"
        )
        return self.execute(Statement("writing the workspace's record", query, values)) == 1

    def take_row(self, before: RecordRow, values: Values) -> bool:
        """See `StepwiseSession.take_row`."""
        condition = (
            '"OWNER" IS NOT DISTINCT FROM %(before_owner)s AND "STATE" = %(before_state)s '
            f'AND ("STATE" = %(ready)s OR "HEARTBEAT" IS NULL OR {SILENCE} >= %(silence)s)'
        )
        bound = {
            **values,
            "before_owner": before.owner,
            "before_state": before.state.value,
            "ready": State.READY.value,
            "silence": int(unfinished_change.SILENCE_SECONDS * 1000),
        }
        return self._update("taking hold of the workspace's record", _assignments(values), condition, bound)

    def write_row(self, owner: str, values: Values) -> bool:
        """See `StepwiseSession.write_row`."""
        bound = {**values, "holder": owner}
        return self._update(
            "writing the workspace's record", _assignments(values), '"OWNER" = %(holder)s', bound
        )

    def give_sign(self, owner: str) -> bool:
        """See `StepwiseSession.give_sign`."""
        bound = {"holder": owner, "ready": State.READY.value}
        condition = '"OWNER" = %(holder)s AND "STATE" <> %(ready)s'
        return self._update("giving a sign of life", '"HEARTBEAT" = CURRENT_TIMESTAMP()', condition, bound)

    def leave_row(self, owner: str) -> None:
        """See `StepwiseSession.leave_row`."""
        doing = "letting go the workspace's record"
        self._update(doing, '"HEARTBEAT" = NULL', '"OWNER" = %(holder)s', {"holder": owner})

    def _update(self, doing: str, assignments: str, condition: str, bound: Values) -> bool:
        """Changes the row if it meets the condition, and returns whether it did."""
        query = f"UPDATE {self._record} SET {assignments} WHERE {condition}"
        return self.execute(Statement(doing, query, bound)) == 1

    @property
    def _record(self) -> str:
        """The record's table in a statement with values, in which a percent sign is doubled."""
        return self.object(NAMES.record).replace("%", "%%")


def _assignments(values: Values) -> str:
    bound = [f"{identifier(column.upper())} = %({column})s" for column in values]
    return ", ".join([*bound, '"HEARTBEAT" = CURRENT_TIMESTAMP()', '"UPDATED_AT" = CURRENT_TIMESTAMP()'])
