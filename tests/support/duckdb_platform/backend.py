"""DuckDB as the backend of the transactional engine; see `TransactionalSession`."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Final, TypeVar

import duckdb

from krenalis_provider.model.deadline import Deadline
from krenalis_provider.model.errors import Finding, Verdict
from krenalis_provider.model.observed import ColumnCounts, Counts, Filled, RowCount
from krenalis_provider.model.profile_columns import ProfileColumn
from krenalis_provider.model.workspace import Workspace
from krenalis_provider.warehouses import findings, krenalis_objects
from krenalis_provider.warehouses.change import Change, Tables
from krenalis_provider.warehouses.engines.session import Need
from krenalis_provider.warehouses.errors import warehouse_error
from krenalis_provider.warehouses.krenalis_objects import ColumnType, Table, View
from krenalis_provider.warehouses.profiles_tables import Versions, choose
from krenalis_provider.warehouses.record import from_row, to_row
from krenalis_provider.warehouses.resolution import Resolution
from krenalis_provider.warehouses.script import Script, SqlStatement
from krenalis_provider.warehouses.settings import schema_of
from krenalis_provider.warehouses.snapshot import Snapshot
from krenalis_provider.warehouses.unfinished_change import RecordRow
from tests.support.duckdb_platform.dialect import NAMES, clauses, column_type

T = TypeVar("T")

_TYPES: Final = {
    ColumnType.BOOLEAN: "BOOLEAN",
    ColumnType.SMALLINT: "SMALLINT",
    ColumnType.INTEGER: "INTEGER",
    ColumnType.BIGINT: "BIGINT",
    ColumnType.TIMESTAMP: "TIMESTAMP",
}
_WRITTEN: Final = (
    "id", "name", "mode", "profile_schema", "ui_preferences", "identifiers", "primary_sources",
    "resolve_identities_on_batch_import", "state", "format_version",
)  # fmt: skip
"""The columns of the record that a transactional platform writes."""
_FIXED: Final = {column.name for table in krenalis_objects.TABLES for column in table.columns}


class DuckDBSession:
    system = "DuckDB"
    server_setting = "database"
    lost = False

    def __init__(self, connection: Any, database: str, schema: str) -> None:
        self._connection = connection
        self._schema = schema
        self.place = self.address = schema_of(schema, database)

    def look(self, *, survey: bool = False) -> Snapshot:
        query = "SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = ?"
        kinds = {"BASE TABLE": "table", "VIEW": "view"}
        there = {name: kinds[kind] for name, kind in self._run(query, [self._schema])}
        objects = {name: kind for name, kind in there.items() if name in NAMES.objects}
        others = [kind for name, kind in there.items() if name not in objects]
        row = None
        if objects.get(NAMES.record) == "table":
            names = [column.name for column in krenalis_objects.RECORD.columns if column.name in _WRITTEN]
            rows = self._run(f"SELECT {_listed(names)} FROM {self._object(NAMES.record)}")
            row = RecordRow(from_row(dict(zip(names, rows[0], strict=True)))) if rows else None
        tables = choose(NAMES, objects, None, Versions())
        return Snapshot.of(
            tables,
            names=NAMES,
            objects=objects,
            columns=self._profile_columns(tables.live) if tables.live else {},
            row=row,
            others={kind: others.count(kind) for kind in others},
        )

    def need_findings(self, needs: Collection[Need]) -> Iterator[Finding]:
        query = "SELECT 1 FROM information_schema.schemata WHERE schema_name = ?"
        if not self._run(query, [self._schema]):
            yield findings.absent("schema", "Schema does not exist", f"there is no {self.place}.")

    def content_findings(self, seen: Snapshot, replaces: str | None) -> Iterator[Finding]:
        return findings.content_findings(self.place, seen, replaces)

    def repair_findings(self, change: Change) -> Iterator[Finding]:
        return iter(())

    def migration_findings(self, change: Change) -> Iterator[Finding]:
        for table in change.tables:
            yield from findings.conflict_findings(change, table)

    def drop_findings(self, seen: Snapshot, kept: Collection[str]) -> Iterator[Finding]:
        return iter(())

    def kept(self, seen: Snapshot) -> Collection[str]:
        return ()

    def table_columns(self, seen: Snapshot) -> Tables:
        tables = [name for name in (NAMES.identities, seen.profiles) if name in seen.ours]
        return {name: self._profile_columns(name) for name in tables if name}

    def count(self, seen: Snapshot) -> Counts:
        names = (seen.profiles or NAMES.first_profiles, NAMES.identities, krenalis_objects.EVENTS.name)
        counted = (RowCount(self._run(f"SELECT count(*) FROM {self._object(n)}")[0][0]) for n in names)
        profiles, identities, events = counted
        return Counts(profiles, identities, events)

    def count_values(self, seen: Snapshot, columns: Sequence[str]) -> ColumnCounts:
        names = (seen.profiles or NAMES.first_profiles, NAMES.identities)
        profiles, identities = (self._filled(self._object(name), columns) for name in names)
        return ColumnCounts(profiles, identities)

    def _filled(self, table: str, columns: Sequence[str]) -> Filled:
        counted = {name: self._run(f'SELECT count("{name}") FROM {table}')[0][0] for name in columns}
        return Filled(RowCount(self._run(f"SELECT count(*) FROM {table}")[0][0]), counted)

    def servers_snapshot(self) -> Snapshot:
        return self.look().filled_by_server({}, {}, {})

    def servers_content_findings(self, seen: Snapshot) -> Iterator[Finding]:
        return iter(())

    def ownership_findings(self, seen: Snapshot) -> Iterator[Finding]:
        return iter(())

    def view_findings(self, seen: Snapshot) -> Iterator[Finding]:
        return iter(())

    def last_resolution(self, seen: Snapshot) -> Resolution | None:
        return None

    def drop_texts(self, objects: Mapping[str, str]) -> list[str]:
        return [f"DROP {kind} {self._object(name)}" for name, kind in objects.items()]

    def begin(self) -> None:
        self._run("BEGIN TRANSACTION")

    def tried(self, look: Callable[[], Snapshot], work: Callable[[Snapshot], T]) -> T:
        return work(look())

    def lock(self, seen: Snapshot) -> Snapshot:
        return seen

    def apply(self, change: Change, workspace: Workspace, columns: Sequence[ProfileColumn]) -> None:
        for statement in script(self._schema, change, columns).statements:
            self._run(statement.sql)
        row = to_row(workspace)
        self._run(f"DELETE FROM {self._object(NAMES.record)}")
        marks = ", ".join("?" for _ in row)
        self._run(
            f"INSERT INTO {self._object(NAMES.record)} ({_listed(row)}, created_at, updated_at) "
            f"VALUES ({marks}, '-', '-')",
            list(row.values()),
        )

    def drop(self, objects: Mapping[str, str]) -> None:
        for kind in ("view", "table"):
            for name in [name for name, its_kind in objects.items() if its_kind == kind]:
                self._run(f"DROP {kind} {self._object(name)}")

    def commit(self) -> None:
        self._run("COMMIT")

    def rehearse(self) -> tuple[Finding, ...]:
        return ()

    def _profile_columns(self, table: str) -> dict[str, str]:
        query = (
            "SELECT column_name, data_type FROM information_schema.columns "
            "WHERE table_schema = ? AND table_name = ? ORDER BY ordinal_position"
        )
        rows = self._run(query, [self._schema, table])
        return {name: type_ for name, type_ in rows if name not in _FIXED}

    def _object(self, name: str) -> str:
        return _object(self._schema, name)

    def _run(self, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        try:
            rows: list[tuple[Any, ...]] = self._connection.execute(query, list(values)).fetchall()
        except duckdb.Error as error:
            raise warehouse_error(
                Verdict.CONTRADICTED, "schema", "DuckDB refused a statement", str(error)
            ) from error
        return rows


class DuckDBBackend:
    def __init__(self, database: str, schema: str) -> None:
        self._database = database
        self._schema = schema

    @contextmanager
    def reading(self, deadline: Deadline, *, shares: bool = False) -> Iterator[DuckDBSession]:
        with duckdb.connect(self._database) as connection:
            yield DuckDBSession(connection, self._database, self._schema)

    def rehearsing(self, deadline: Deadline) -> AbstractContextManager[DuckDBSession]:
        return self.changing(deadline)

    @contextmanager
    def changing(self, deadline: Deadline) -> Iterator[DuckDBSession]:
        with self.reading(deadline) as session:
            session.begin()
            yield session


def script(schema: str, change: Change, columns: Sequence[ProfileColumn]) -> Script:
    made = (
        *_changed(schema, change),
        *(_made(schema, table, columns) for table in krenalis_objects.TABLES if table.name in change.make),
        *(
            _shown(schema, view, columns, change.snapshot.profiles or NAMES.first_profiles)
            for view in krenalis_objects.VIEWS
            if view.name in change.make
        ),
    )
    return Script((), tuple(SqlStatement("changing the warehouse", sql) for sql in made), ())


def _changed(schema: str, change: Change) -> Iterator[str]:
    for name, table_change in change.tables.items():
        for operation in table_change.operations:
            for clause in clauses(operation):
                yield f"ALTER TABLE {_object(schema, name)} {clause}"


def _made(schema: str, table: Table, columns: Sequence[ProfileColumn]) -> str:
    parts = [f'"{column.name}" {_TYPES.get(column.type, "VARCHAR")}' for column in table.columns]
    if table.has_profile_columns:
        parts += [f'"{column.name}" {column_type(column.type)}' for column in columns]
    return f"CREATE TABLE {_object(schema, table.name)} ({', '.join(parts)})"


def _shown(schema: str, view: View, columns: Sequence[ProfileColumn], profiles: str) -> str:
    table = profiles if view.has_profile_columns else view.table
    shown = [*view.columns, *(column.name for column in columns if view.has_profile_columns)]
    query = f"SELECT {_listed(shown)} FROM {_object(schema, table)}"
    return f"CREATE OR REPLACE VIEW {_object(schema, view.name)} AS {query}"


def _object(schema: str, name: str) -> str:
    return f'"{schema}"."{name}"'


def _listed(names: Collection[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
