"""Sessions with Snowflake, which send statements, each of which commits by itself, and end by the deadline.

A session asks Snowflake for the names of its database and schema, because Snowflake changes the settings'
names at the login: a name that is not in quotes becomes upper case.
"""

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from snowflake.connector.errors import Error

from krenalis_provider.model.deadline import Deadline
from krenalis_provider.model.run_in_time import in_time
from krenalis_provider.warehouses.settings import schema_of
from krenalis_provider.warehouses.snowflake.connection import (
    GRACE_SECONDS,
    WAITING,
    Connection,
    Row,
    connection,
    whole_seconds,
)
from krenalis_provider.warehouses.snowflake.errors import (
    incomplete_error,
    missing_error,
    silence_error,
    statement_error,
)
from krenalis_provider.warehouses.snowflake.settings import SnowflakeSettings
from krenalis_provider.warehouses.snowflake.sql import Schema, Statement

_log: Final = logging.getLogger("snowflake")


class Session:
    """A connection, and the database and schema that it works in."""

    def __init__(self, opened: Connection, settings: SnowflakeSettings, deadline: Deadline) -> None:
        """Asks for the place. Raises `WarehouseError`, also if database, schema or warehouse is missing."""
        self._connection = opened
        self._deadline = deadline
        self.settings = settings
        ((database, schema, warehouse),) = self.ask(_WHERE)
        for setting, found in (("database", database), ("schema", schema), ("warehouse", warehouse)):
            if found is None and getattr(settings, setting):
                raise missing_error(settings, setting)
        self.database: str = database
        """The database's real name, without quotes."""
        self.schema: str = schema or ""
        """The schema's real name, without quotes; any schema, or none, where the settings name none."""

    @property
    def place(self) -> str:
        """The warehouse's schema and database, for messages."""
        return schema_of(self.schema, self.database)

    @property
    def within(self) -> Schema:
        """The schema, for the names of its objects."""
        return Schema(self.database, self.schema)

    def object(self, *names: str) -> str:
        """See `Schema.object`."""
        return self.within.object(*names)

    def ask(self, statement: Statement) -> list[Row]:
        """Sends one statement and returns its rows. Raises as `run`."""
        return self._send(statement)[1]

    def run(self, statements: Sequence[Statement]) -> None:
        """Sends statements one after another.

        Raises `WarehouseError` that names the failed statement: all statements before it were executed, none
        after it.
        """
        for statement in statements:
            self._send(statement)

    def shown(self, statement: Statement) -> list[Mapping[str, Any]]:
        """Sends a SHOW and returns its rows by column name: Snowflake adds columns from time to time."""
        names, rows = self._send(statement)
        return [dict(zip(names, row, strict=True)) for row in rows]

    def execute(self, statement: Statement) -> int:
        """Sends a statement that changes rows, and returns how many it changed. Raises `WarehouseError`."""
        (counts,) = self.ask(statement)
        return sum(counts)

    def _send(self, statement: Statement) -> tuple[list[str], list[Row]]:
        """Sends a statement, and returns the names of the answer's columns and its rows."""
        start = time.monotonic()
        # after this time Snowflake itself ends a statement (its documentation, parameter STATEMENT_TIMEOUT_IN_SECONDS)
        limit = {"STATEMENT_TIMEOUT_IN_SECONDS": whole_seconds(self._deadline.remaining())}

        def send() -> tuple[list[str], list[Row]]:
            with self._connection.cursor() as cursor:
                values = None if statement.values is None else dict(statement.values)
                cursor.execute(statement.query, values, _statement_params=limit)
                names = [column.name for column in cursor.description or ()]
                rows = [tuple(row) for row in cursor.fetchall()]
                batches = cursor.get_result_batches() or ()
            # what is no part of a result is skipped (docs/facts/snowflake.md, "The driver"); the count of a single batch
            # may be one of changed rows
            if len(batches) > 1 and len(rows) < sum(batch.rowcount for batch in batches):
                raise incomplete_error(self.settings, statement.doing)
            return names, rows

        try:
            answer = in_time(WAITING, self._deadline.remaining() + GRACE_SECONDS, send)
        except TimeoutError:
            raise silence_error(self.settings, statement.doing) from None
        except Error as error:
            raise statement_error(self.settings, error, statement.doing) from error
        _log.debug("%d ms: %s", round((time.monotonic() - start) * 1000), statement.doing)
        return answer


@contextmanager
def session(
    settings: SnowflakeSettings, parameters: Mapping[str, str], deadline: Deadline
) -> Iterator[Session]:
    """Opens a session that ends with the context; no statement is awaited long after the deadline."""
    with connection(settings, parameters, deadline) as opened:
        yield Session(opened, settings, deadline)


_WHERE: Final = Statement(
    "looking where the session is", "SELECT CURRENT_DATABASE(), CURRENT_SCHEMA(), CURRENT_WAREHOUSE()"
)
