"""fakesnow as the double uses it: its instance, connections and cursors, with what they lack or do otherwise.

Reaches into fakesnow 0.12.1: `FakeSnow.connect`, `FakeSnowflakeConnection.cursor`, and of `FakeSnowflakeCursor` execute,
_execute, _transform and _transform_explode.
"""

from typing import Any, Final

import duckdb
import sqlglot
from fakesnow.conn import FakeSnowflakeConnection
from fakesnow.cursor import FakeSnowflakeCursor
from fakesnow.instance import FakeSnow
from snowflake.connector.errors import ProgrammingError
from sqlglot import exp

from tests.support.snowflake_double import (
    arrays,
    columns,
    definitions,
    errors,
    owners,
    results,
    temporary,
    updates,
    views,
)
from tests.support.snowflake_double.account import ADMINISTRATOR, ALL_PRIVILEGES
from tests.support.snowflake_double.emulation import Emulation, insufficient
from tests.support.snowflake_double.strikes import Strikes

_DDL: Final = (exp.Create, exp.Drop, exp.Alter, exp.Comment)
_NEEDS_WAREHOUSE: Final = (exp.Insert, exp.Update, exp.Delete, exp.Merge)
_NO_WAREHOUSE: Final = "No active warehouse selected in the current session.  Select an active warehouse with the 'use warehouse' command."


class Snow(FakeSnow):  # type: ignore[misc]
    """An account's databases."""

    def __init__(self) -> None:
        super().__init__()
        self.emulation = Emulation()
        arrays.install(self.duck_conn)
        columns.install(self.duck_conn)
        owners.install(self.duck_conn)
        views.install(self.duck_conn)
        results.install()

    def connect(self, database: str | None = None, schema: str | None = None, **options: Any) -> "Connection":
        """A session; it has no current database or schema where there is none of that name."""
        return Connection(
            self.duck_conn.cursor(),
            self.results_cache,
            database,
            schema,
            create_database=False,
            create_schema=False,
            emulation=self.emulation,
            **options,
        )

    def make(self, database: str, schema: str, role: str) -> None:
        """Make a database with a schema, whose objects the role owns, whoever makes them."""
        super().connect(database, schema).close()
        owners.give(self.duck_conn, database, None, role)

    def give(self, database: str, name: str, role: str) -> None:
        """Let a role own a table or view."""
        owners.give(self.duck_conn, database, name, role)

    def drop(self, database: str) -> None:
        """Drop a database that no session uses."""
        self.duck_conn.execute(f'DETACH "{database}"')
        owners.forget(self.duck_conn, database)
        for key in [key for key in self.emulation.procedures if key[0] == database]:
            del self.emulation.procedures[key]


class Connection(FakeSnowflakeConnection):  # type: ignore[misc]
    """A session's state."""

    def __init__(self, *arguments: Any, emulation: Emulation, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.emulation = emulation
        self.user = ""
        self.role = ADMINISTRATOR
        self.warehouse: str | None = None
        self.privileges: set[str] = set(ALL_PRIVILEGES)
        self.strikes = Strikes()
        """What is in store for statements of procedures."""
        self.begun = False
        """Whether a transaction was begun, and is open."""
        self.temporary: set[temporary.Name] = set()
        if not self.database_set:
            self.database = None
        if not self.schema_set:
            self._schema = None

    def cursor(self, _class: object = None) -> "Cursor":
        return Cursor(conn=self, duck_conn=self._duck_conn)

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open; without autocommit, a statement may have begun it."""
        return self.begun or (not self._autocommit and self._in_transaction)

    def run(self, sql: str) -> "Cursor":
        """Execute a statement of a procedure, which a strike may meet."""
        strike = self.strikes.meet(sql, within=True)
        if strike and not strike.after:
            raise strike.error()
        cursor = self.cursor().execute(sql)
        if strike:
            raise strike.error()
        return cursor

    def has_schema(self, database: str, schema: str) -> bool:
        """Whether the session can see it."""
        query = "SELECT count(*) FROM information_schema.schemata WHERE catalog_name = ? AND schema_name = ?"
        row = self._duck_conn.execute(query, [database, schema]).fetchone()
        return "USAGE" in self.privileges and row != (0,)


class Cursor(FakeSnowflakeCursor):  # type: ignore[misc]
    """Executes one statement."""

    def execute(self, command: str, params: Any = None, *arguments: Any, **options: Any) -> "Cursor":
        self._text = command
        try:
            query = self._conn.emulation.query(self._conn, command)
            if query is not None:
                options.pop("binding_params", None)
                command, params = query, None
            super().execute(command, params, *arguments, **options)
        except ProgrammingError as error:
            raise errors.of_engine(error) from error
        except (
            duckdb.Error,
            AssertionError,
            ValueError,
            TypeError,
            KeyError,
            AttributeError,
            sqlglot.errors.SqlglotError,
        ) as error:
            raise errors.of_engine(error) from error
        return self

    def _transform(self, expression: Any, params: Any) -> Any:
        known, place = self._conn.temporary, (self._conn.database, self._conn.schema)
        defined = temporary.defined(expression, known, place)
        changes = []
        if not defined:
            self._check(expression)
            changes = columns.changes(self._duck_conn, expression, *place)
            changes += views.changes(expression, self._text, *place)
        definitions.strip(expression)
        temporary.in_duckdb(expression, defined, known, place)
        arrays.translate(expression)
        transformed = super()._transform(expression, params)
        transformed.args.pop("text_lengths", None)  # `columns` keeps them
        transformed.args.update(changes=changes, temporary_table=defined)
        return transformed

    def _transform_explode(self, expression: Any) -> list[Any]:
        if isinstance(expression, exp.Merge):
            return [expression]  # DuckDB has it
        if counting := definitions.counting_columns(expression):
            return [*definitions.sequences(expression, counting), expression]
        if isinstance(expression, exp.Alter):
            return definitions.single_actions(expression)
        exploded: list[Any] = super()._transform_explode(expression)
        return exploded

    def _execute(self, transformed: Any, params: Any = None) -> None:
        if isinstance(transformed, _DDL):
            self._commit()
        if isinstance(transformed, exp.Merge):
            transformed = self._merge(transformed, params)
            params = None
        elif isinstance(transformed, exp.Update):
            updates.check(self._duck_conn, transformed, params)
        elif name := transformed.args.get("temporary_table"):
            self._duck_conn.execute(transformed.sql(dialect="duckdb"))
            status = temporary.noted(transformed, name, self._conn.temporary)
            transformed = exp.select(exp.alias_(exp.Literal.string(status), "status", quoted=True))
        super()._execute(transformed, params)
        if isinstance(transformed, (exp.Transaction, exp.Commit, exp.Rollback)):
            self._conn.begun = isinstance(transformed, exp.Transaction)
        if changes := transformed.args.get("changes"):
            with self._duck_conn.cursor() as connection:  # the result stays on the cursor's own
                for change in changes:
                    change(connection)

    def _commit(self) -> None:
        """As in Snowflake, DDL ends the transaction that is open."""
        self._conn.begun = False
        try:
            self._duck_conn.commit()
        except duckdb.TransactionException as error:
            if "no transaction is active" not in str(error):
                raise

    def _merge(self, merge: Any, params: Any) -> Any:
        """Merge, and return the query of the counts that Snowflake answers."""
        rows = self._duck_conn.execute(
            f"{merge.sql(dialect='duckdb')} RETURNING merge_action", params
        ).fetchall()
        done = [action for (action,) in rows]
        kinds = {"INSERT": "inserted", "UPDATE": "updated", "DELETE": "deleted"}
        mentioned = [
            word for action, word in kinds.items() if action in merge.sql(dialect="snowflake").upper()
        ]
        counts = ", ".join(
            f'{done.count(action)} AS "number of rows {word}"'
            for action, word in kinds.items()
            if word in mentioned
        )
        query = sqlglot.parse_one(f"SELECT {counts}", read="duckdb")
        query.args["merge_counts"] = True
        return query

    def _check(self, expression: Any) -> None:
        """Refuse what the role may not do, and what needs a virtual warehouse when there is none."""
        connection = self._conn
        reads = isinstance(expression, exp.Query) and expression.find(exp.Table)
        if connection.warehouse is None and (reads or isinstance(expression, _NEEDS_WAREHOUSE)):
            raise ProgrammingError(msg=_NO_WAREHOUSE, errno=606, sqlstate="57P03")
        table = expression.find(exp.Table)
        replaces = isinstance(expression, exp.Create) and expression.args.get("replace")
        if table and (replaces or isinstance(expression, (exp.Alter, exp.Drop))):
            database = table.catalog or connection.database
            owner = owners.owner(self._duck_conn, database, table.name)
            if owner not in {None, connection.role} and connection.role != ADMINISTRATOR:
                raise insufficient("table", table.name)
        needed = f"CREATE {expression.kind}" if isinstance(expression, exp.Create) else None
        if needed in ALL_PRIVILEGES and needed not in connection.privileges:
            raise insufficient("schema", (table and table.db) or connection.schema)
