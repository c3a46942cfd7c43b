"""Warehouses in Snowflake, which is the double of it; nothing of it was recorded, it is written from the documentation."""

import os
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import snowflake.connector
from snowflake.connector import errors

from tests.support.krenalis_server import alteration, warehouses
from tests.support.krenalis_server.alteration import Operations
from tests.support.krenalis_server.columns import SNOWFLAKE
from tests.support.krenalis_server.profile_types import Type
from tests.support.krenalis_server.settings import Settings
from tests.support.krenalis_server.warehouses import WarehouseError

_UNREACHABLE = "261004: Authentication failed. Ensure that the account identifier is correct."


class _Session:
    """A session of which every statement commits by itself."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def __call__(self, statement: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        with self._connection.cursor() as cursor:
            cursor.execute(statement, values or None)
            return [tuple(row) for row in cursor.fetchall()]

    @property
    def version(self) -> int:
        """The greatest number of a profiles table that was ever made, live or not."""
        [(number,)] = self('SELECT COALESCE(MAX("VERSION"), 0) FROM "KRENALIS_PROFILE_SCHEMA_VERSIONS"')
        return int(number)


class Snowflake:
    """See `warehouses.Warehouse`. `parameters` are the driver's for the double; None is an account that nobody reaches."""

    def __init__(
        self, settings: Settings, parameters: Mapping[str, str] | None, *, next_version: bool
    ) -> None:
        self._settings, self._parameters, self._next_version = settings, parameters, next_version

    @contextmanager
    def _connected(self) -> Iterator[_Session]:
        if self._parameters is None:
            raise WarehouseError(_UNREACHABLE)
        # or the driver looks for clouds around it
        os.environ["SNOWFLAKE_DISABLE_PLATFORM_DETECTION"] = "true"
        names = ("password", "role", "database", "schema", "warehouse")
        try:
            with snowflake.connector.connect(
                account=self._settings["account"].replace(".", "-"),
                user=self._settings["username"],
                login_timeout=20,
                enable_server_session_keep_alive_auto_detection=False,
                **{name: self._settings[name] for name in names},
                **self._parameters,
            ) as connection:
                yield _Session(connection)
        except errors.Error as error:
            raise WarehouseError(f"{error.errno:06d} ({error.sqlstate}): {error.msg}") from error

    def contents(self) -> str | None:
        schema = f'"{self._settings["database"]}"."{self._settings["schema"]}"'
        query = f"SHOW OBJECTS IN SCHEMA {schema}"
        with self._connected() as session:
            # created on, name, database, schema, kind
            found = Counter(str(row[4]).lower() for row in session(query))
        return (
            ", ".join(sorted(f"{count} {kind}{'s' * (count > 1)}" for kind, count in found.items())) or None
        )

    def initialise(self, schema: Type) -> None:
        self._run(self._statements(schema))

    def repair(self, schema: Type) -> None:
        self._run(self._statements(schema)[:-1])

    def _statements(self, schema: Type) -> list[str]:
        counts = '\n    "_ANONYMOUS_COUNT" INTEGER NOT NULL,\n    "_RECOGNIZED_COUNT" INTEGER NOT NULL,'
        more = {"counts": counts, "result": '\n    "RESULT" VARIANT,'} if self._next_version else {}
        return warehouses.statements("snowflake.sql", SNOWFLAKE.columns(schema), more)

    def _run(self, statements: list[str]) -> None:
        with self._connected() as session:
            for statement in statements:
                session(statement)

    def count_profiles(self) -> int:
        with self._connected() as session:
            [(count,)] = session('SELECT COUNT(*) FROM "PROFILES"')
        return int(count)

    def writable_tables(self) -> list[str]:
        return []

    def preview(self, schema: Type, operations: Operations) -> list[str]:
        with self._connected() as session:
            version = session.version
        return ["BEGIN", *alteration.statements(schema, operations, version, SNOWFLAKE), "COMMIT"]

    def alter(self, schema: Type, operations: Operations) -> None:
        """Every statement commits by itself, so that a failure leaves what was done before."""
        SNOWFLAKE.columns(schema)
        with self._connected() as session, _recorded(session, "AlterProfileSchema"):
            for statement in alteration.statements(schema, operations, session.version, SNOWFLAKE):
                session(statement)

    def resolve(self, schema: Type, error: str | None) -> None:
        listed = "".join(f', "{column.name}"' for column in SNOWFLAKE.columns(schema))
        with self._connected() as session, _recorded(session, "IdentityResolution") as operation:
            last = session.version
            new = last + 1
            session(f'CREATE TABLE "KRENALIS_PROFILES_{new}" LIKE "KRENALIS_PROFILES_{last}"')
            insert = 'INSERT INTO "KRENALIS_PROFILE_SCHEMA_VERSIONS" SELECT %s, %s, CURRENT_TIMESTAMP'
            session(insert, (new, operation))
            if error is not None:
                raise WarehouseError(error)
            session('UPDATE "KRENALIS_IDENTITIES" SET "_KPID" = COALESCE("_KPID", UUID_STRING())')
            counts, values = (
                (', "_ANONYMOUS_COUNT", "_RECOGNIZED_COUNT"', ", 0, 1") if self._next_version else ("", "")
            )
            into = f'"KRENALIS_PROFILES_{new}" ("_KPID", "_IDENTITIES"{counts}, "_UPDATED_AT"{listed})'
            source = (
                f'"_KPID", ARRAY_CONSTRUCT("_PK"){values}, "_UPDATED_AT"{listed} FROM "KRENALIS_IDENTITIES"'
            )
            session(f"INSERT INTO {into} SELECT {source}")
            view = alteration.view(schema, new, SNOWFLAKE)
            session(view.replace("CREATE VIEW", "CREATE OR REPLACE VIEW"))
            session(f'DROP TABLE IF EXISTS "KRENALIS_PROFILES_{last}"')


@contextmanager
def _recorded(session: _Session, kind: str) -> Iterator[str]:
    """Record an operation in the warehouse, and its end or error."""
    operation = str(uuid.uuid1())
    session(
        'INSERT INTO "KRENALIS_SYSTEM_OPERATIONS" ("ID", "OPERATION_TYPE") SELECT %s, %s', (operation, kind)
    )
    end = 'UPDATE "KRENALIS_SYSTEM_OPERATIONS" SET "COMPLETED_AT" = CURRENT_TIMESTAMP, "ERROR" = %s WHERE "ID" = %s'
    try:
        yield operation
    except Exception as error:
        session(end, (str(error), operation))
        raise
    session(end, ("", operation))
