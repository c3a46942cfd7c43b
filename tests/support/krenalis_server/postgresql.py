"""Warehouses in PostgreSQL."""

import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from tests.support.krenalis_server import alteration, connections, warehouses
from tests.support.krenalis_server.alteration import Operations
from tests.support.krenalis_server.columns import POSTGRESQL
from tests.support.krenalis_server.connections import Connection, rows, run
from tests.support.krenalis_server.profile_types import Type
from tests.support.krenalis_server.settings import Settings
from tests.support.krenalis_server.warehouses import WarehouseError, WarehouseSilent

_LABELS = {
    "r": ("table", "tables"),
    "i": ("index", "indexes"),
    "c": ("type", "types"),
    "v": ("view", "views"),
    "m": ("materialized view", "materialized views"),
    "S": ("sequence", "sequences"),
}
_TABLES = (
    "krenalis_destination_profiles",
    "krenalis_system_operations",
    "krenalis_identities",
    "krenalis_profile_schema_versions",
    "krenalis_events",
)


class PostgreSQL:
    """See `warehouses.Warehouse`. `seconds` is how long a connection may take; see `State` for the rest."""

    def __init__(
        self, settings: Settings, seconds: float, *, next_version: bool, initialise_only: int | None = None
    ) -> None:
        self._settings, self._seconds, self._next_version = settings, seconds, next_version
        self._initialise_only = initialise_only

    def _connected(self) -> AbstractContextManager[Connection]:
        return connections.connected(self._settings, self._seconds)

    def contents(self) -> str | None:
        query = "SELECT relkind::text FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = %s"
        with self._connected() as connection:
            found = Counter(kind for (kind,) in rows(connection, query, self._settings["schema"]))
        order = [*_LABELS, *sorted(set(found) - set(_LABELS))]
        counts = [(found[kind], _LABELS.get(kind, (kind, f"{kind}s"))) for kind in order if found[kind]]
        return ", ".join(f"{count} {names[count > 1]}" for count, names in counts) or None

    def initialise(self, schema: Type) -> None:
        statements = self._statements(schema)[: self._initialise_only]
        with self._connected() as connection:
            for statement in statements:
                _run(connection, statement)
        if self._initialise_only is not None:
            raise WarehouseSilent

    def repair(self, schema: Type) -> None:
        statements = self._statements(schema)[:-1]
        with self._connected() as connection:
            for statement in statements:
                _run(connection, statement)

    def _statements(self, schema: Type) -> list[str]:
        """What initialises a warehouse, in order; a statement after ``name: `` is for types that may be there."""
        counts = "\n    _anonymous_count integer NOT NULL,\n    _recognized_count integer NOT NULL,"
        more = {"counts": counts, "result": "\n    result jsonb,"} if self._next_version else {}
        return warehouses.statements("postgresql.sql", POSTGRESQL.columns(schema), more)

    def count_profiles(self) -> int:
        with self._connected() as connection:
            [(count,)] = rows(connection, "SELECT count(*) FROM profiles")
        return int(count)

    def writable_tables(self) -> list[str]:
        with self._connected() as connection:
            names = [*_TABLES, f"krenalis_profiles_{_version(connection)}"]
            query = "SELECT has_table_privilege(%s, 'INSERT, UPDATE, DELETE, TRUNCATE')"
            return [name for name in names if rows(connection, query, name)[0][0]]

    def preview(self, schema: Type, operations: Operations) -> list[str]:
        with self._connected() as connection:
            version = self._published(connection)
        return ["BEGIN", *alteration.statements(schema, operations, version, POSTGRESQL), "COMMIT"]

    def alter(self, schema: Type, operations: Operations) -> None:
        POSTGRESQL.columns(schema)
        with (
            self._connected() as connection,
            _recorded(connection, "AlterProfileSchema"),
            connection.transaction(),
        ):
            version = self._published(connection)
            for statement in alteration.statements(schema, operations, version, POSTGRESQL):
                run(connection, statement)

    def resolve(self, schema: Type, error: str | None) -> None:
        with self._connected() as connection, _recorded(connection, "IdentityResolution") as operation:
            last, new = self._published(connection), _version(connection) + 1
            if self._next_version:
                for failed in range(last + 1, new):
                    run(connection, f"DROP TABLE IF EXISTS krenalis_profiles_{failed}")
            with connection.transaction():
                run(connection, f"CREATE TABLE krenalis_profiles_{new} (LIKE krenalis_profiles_{last})")
                query = b"INSERT INTO krenalis_profile_schema_versions VALUES (%s, %s, now())"
                connection.execute(query, (new, operation))
            if error is not None:
                raise WarehouseError(error)
            for statement in self._resolution(schema, new):
                run(connection, statement)
            view = alteration.view(schema, new, POSTGRESQL)
            run(connection, view.replace("CREATE VIEW", "CREATE OR REPLACE VIEW"))
            run(connection, f"DROP TABLE IF EXISTS krenalis_profiles_{last}")

    def _published(self, connection: Connection) -> int:
        """The number of the profiles table that is taken for the live one; the next version does not take a failed one."""
        if not self._next_version:
            return _version(connection)
        query = """
            SELECT coalesce(max(version), 0) FROM krenalis_profile_schema_versions v
              JOIN krenalis_system_operations o ON o.id = v.operation WHERE completed_at IS NOT NULL AND error = ''
        """
        [(number,)] = rows(connection, query)
        return int(number)

    def _resolution(self, schema: Type, version: int) -> list[str]:
        """A simple resolution, whose objects are those of a real one: each identity is a profile of its own."""
        listed = "".join(f', "{column.name}"' for column in POSTGRESQL.columns(schema))
        counts, values = (
            (", _anonymous_count, _recognized_count", ", 0, 1") if self._next_version else ("", "")
        )
        body = f"""
            UPDATE krenalis_identities SET _kpid = coalesce(_kpid, gen_random_uuid()), _cluster = _pk;
            INSERT INTO krenalis_profiles_{version} (_kpid, _identities{counts}, _updated_at{listed})
            SELECT _kpid, ARRAY[_pk]{values}, _updated_at{listed} FROM krenalis_identities;
        """
        return [
            "DROP TABLE IF EXISTS krenalis_graph_edges",
            "CREATE TABLE krenalis_graph_edges (i1 integer, i2 integer)",
            "DROP TABLE IF EXISTS krenalis_graph_merge_clusters",
            "CREATE TABLE krenalis_graph_merge_clusters (c1 integer, c2 integer)",
            "DROP AGGREGATE IF EXISTS array_cat_agg(anycompatiblearray)",
            "CREATE AGGREGATE array_cat_agg(anycompatiblearray) (SFUNC = array_cat, STYPE = anycompatiblearray)",
            f"CREATE OR REPLACE PROCEDURE resolve_identities() LANGUAGE sql AS $${body}$$",
            "CALL resolve_identities()",
        ]


def _run(connection: Connection, statement: str) -> None:
    name, colon, rest = statement.partition(": ")
    if colon and name.isidentifier():
        # anywhere in the database, of any kind: tables have types too
        if rows(connection, "SELECT FROM pg_type WHERE typname = %s", name):
            return
        statement = rest
    run(connection, statement)


def _version(connection: Connection) -> int:
    """The greatest number of a profiles table that was ever made, live or not."""
    query = "SELECT coalesce(max(version), 0) FROM krenalis_profile_schema_versions"
    [(number,)] = rows(connection, query)
    return int(number)


@contextmanager
def _recorded(connection: Connection, kind: str) -> Iterator[uuid.UUID]:
    """Record an operation in the warehouse, and its end or error."""
    operation = uuid.uuid1()
    query = b"INSERT INTO krenalis_system_operations (id, operation_type) VALUES (%s, %s)"
    connection.execute(query, (operation, kind))
    end = b"UPDATE krenalis_system_operations SET completed_at = now(), error = %s WHERE id = %s"
    try:
        yield operation
    except Exception as error:
        connection.execute(end, (connections.said(error), operation))
        raise
    connection.execute(end, ("", operation))
