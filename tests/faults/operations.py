"""What is done to a warehouse while something breaks, and what the warehouse is then.

An operation is held in its middle by a lock of another session (`held_midway`), or in its COMMIT by a standby that
does not exist (`held_in_commit`, where the server waits for standbys): then the transaction is on disk, nobody sees
it yet, and its client has not been told.
"""

import copy
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import psycopg
from psycopg import sql

from krenalis_provider.model.errors import CheckFailed, WarehouseChanged, WorkspaceError
from krenalis_provider.model.profile_columns import profile_columns
from krenalis_provider.model.profile_schema import parse
from krenalis_provider.model.workspace import WarehouseMode, Workspace
from krenalis_provider.warehouses.engines.engine import Provisioner
from krenalis_provider.warehouses.migration.compute import migrate
from krenalis_provider.warehouses.postgresql import dialect
from tests.support.customers import COLUMNS, CUSTOMERS, DOCUMENT
from tests.support.postgresql import Database
from tests.support.postgresql_warehouse import execute, provisioner_of, with_workspace
from tfplugin.deadline import Deadline

T = TypeVar("T")

_SECONDS: Final = 30  # for whatever a test waits for
DROPPED: Final = "phone_number"
RENAMED: Final = ("email", "contact")


def _changed() -> Any:
    """The example's document with a property renamed, one dropped and one inserted."""
    document = copy.deepcopy(DOCUMENT)
    properties = [member for member in document["properties"] if member["name"] != DROPPED]
    assert len(properties) == len(document["properties"]) - 1
    for member in properties:
        if member["name"] == RENAMED[0]:
            member["name"] = RENAMED[1]
    tier = {"name": "tier", "type": {"kind": "string", "maxLength": 20}, "readOptional": True}
    return {**document, "properties": [tier, *properties]}


CHANGED: Final = _changed()
CLIENTS: Final = Workspace(CUSTOMERS.id, "Clients", WarehouseMode.NORMAL, CHANGED)


@dataclass(frozen=True, slots=True)
class Operation:
    """A call of the provisioner, the warehouse that it needs, and a statement that holds it up midway.

    The statement is another session's, in a transaction; it makes or locks something that the operation comes to
    after it has changed others.
    """

    name: str
    given: Callable[[Database], object]
    run: Callable[[Provisioner], None]
    obstacle: str

    def __str__(self) -> str:
        return self.name


def soon() -> Deadline:
    return Deadline.after(_SECONDS)


def _create(provisioner: Provisioner) -> None:
    provisioner.initialize(CUSTOMERS, COLUMNS, soon())


def change(provisioner: Provisioner, workspace: Workspace = CLIENTS) -> None:
    """Let the workspace be one that has the columns of `CHANGED`."""
    schema = parse(CHANGED).schema
    assert schema is not None
    columns = profile_columns(schema)
    migration = migrate(
        dialect,
        present={column.name: dialect.column_type(column.type) for column in COLUMNS},
        before=COLUMNS,
        after=columns,
        renames={RENAMED[1]: RENAMED[0]},
        drop_columns=[DROPPED],
        mode=WarehouseMode.NORMAL,
    )
    assert migration.problems == ()
    provisioner.update(workspace, columns, soon(), migration=migration)


def _destroy(provisioner: Provisioner) -> None:
    provisioner.drop(CUSTOMERS.id, soon())


def with_a_profile(database: Database) -> None:
    """The workspace, and data in it."""
    with_row(with_workspace(database))


def with_row(database: Database) -> None:
    """Data in the workspace that is there."""
    execute(
        database,
        "INSERT INTO krenalis_profiles_0 (_kpid, _updated_at, email, first_name) "
        "VALUES (gen_random_uuid(), now(), 'ann@example.com', 'Ann')",
    )


CREATE: Final = Operation("create", lambda _: None, _create, "CREATE TABLE krenalis_workspace ()")
MIGRATE: Final = Operation("migrate", with_a_profile, change, "SELECT FROM krenalis_workspace FOR UPDATE")
DESTROY: Final = Operation(
    "destroy", with_a_profile, _destroy, "LOCK TABLE krenalis_profiles_0 IN ACCESS SHARE MODE"
)
OPERATIONS: Final = (CREATE, MIGRATE, DESTROY)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a warehouse is before an operation and after it, as `contents` has it."""

    before: object
    after: object


def rehearse(operation: Operation, database: Database) -> Outcome:
    """Do it with nothing in the way, then let the warehouse be as before."""
    stage(operation, database)
    before = contents(database)
    operation.run(provisioner_of(database))
    after = contents(database)
    assert before != after
    stage(operation, database)
    return Outcome(before, after)


def stage(operation: Operation, database: Database) -> None:
    """Let the warehouse be as the operation needs it."""
    schema, role = sql.Identifier(database.schema), sql.Identifier(database.role)
    with database.connect() as connection:
        connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(schema))
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(schema))
        connection.execute(sql.SQL("GRANT USAGE, CREATE ON SCHEMA {} TO {}").format(schema, role))
    operation.given(database)


def contents(database: Database, *, but: Sequence[str] = ()) -> object:
    """All that is in the schema, comparable: objects, columns, the record, the data; but not times, nor the columns `but`.

    It waits for the end of every change of the warehouse that is being made.
    """
    objects, columns = _OBJECTS, _COLUMNS
    values = {"schema": database.schema}
    with database.connect() as connection:
        connection.execute("BEGIN")
        connection.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('krenalis:' || %(schema)s::text, 0))", values
        )
        found: list[object] = [connection.execute(query, values).fetchall() for query in (objects, columns)]
        for table in ("krenalis_workspace", "krenalis_profiles_0"):
            name = sql.Identifier(database.schema, table)
            if connection.execute("SELECT to_regclass(%s)", [name.as_string()]).fetchone() != (None,):
                ignored = sql.Literal([*_MADE, *but])
                query = sql.SQL("SELECT to_jsonb(t) - {}::text[] FROM {} AS t").format(ignored, name)
                found.append(connection.execute(query).fetchall())
    return found


_MADE: Final = ("created_at", "updated_at", "_updated_at", "_kpid")
"""Columns that have other values each time."""

_OBJECTS: Final = """
SELECT pg_describe_object(d.classid, d.objid, d.objsubid)
  FROM pg_depend d JOIN pg_namespace n ON d.refclassid = n.tableoid AND d.refobjid = n.oid
 WHERE n.nspname = %(schema)s ORDER BY 1
"""

_COLUMNS: Final = """
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod)
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
 WHERE n.nspname = %(schema)s AND c.relkind IN ('r', 'v') AND a.attnum > 0 AND NOT a.attisdropped
 ORDER BY c.relname, a.attnum
"""


def attempt(operation: Operation, provisioner: Provisioner) -> WorkspaceError | None:
    """Do it; the error that it ends with, if it does."""
    try:
        operation.run(provisioner)
    except WorkspaceError as error:
        return error
    return None


def assert_told_what_to_do(operation: Operation, error: WorkspaceError | None) -> None:
    """Assert that an attempt to do what is done already ends as it should."""
    if operation is CREATE:  # the resource makes the import command of it
        assert isinstance(error, CheckFailed)
        assert [finding.workspace_id for finding in error.findings] == [CUSTOMERS.id]
    elif operation is MIGRATE:
        assert isinstance(error, WarehouseChanged)
        assert "plan again" in error.detail
    else:
        assert error is None


@contextmanager
def attempted(operation: Operation, provisioner: Provisioner) -> Iterator[Future[WorkspaceError | None]]:
    """Do it in a thread of its own, which ends with the context."""
    with ThreadPoolExecutor(1) as pool:
        yield pool.submit(attempt, operation, provisioner)


@contextmanager
def held_midway(operation: Operation, database: Database) -> Iterator["psycopg.Connection[Any]"]:
    """Hold the operation up by another session, whose connection it is; nothing of what that does stays."""
    with database.connect() as other:
        other.execute("BEGIN")
        other.execute(sql.SQL("SET LOCAL search_path TO {}").format(sql.Identifier(database.schema)))
        other.execute(operation.obstacle.encode())
        try:
            yield other
        finally:
            if not other.closed:
                other.execute("ROLLBACK")


@contextmanager
def held_in_commit(database: Database) -> Iterator[None]:
    """Hold every COMMIT of the role until its session is cancelled or ends."""
    role = sql.Identifier(database.role)
    with database.server.connect() as connection:
        connection.execute(sql.SQL("ALTER ROLE {} SET synchronous_commit = on").format(role))
    try:
        yield
    finally:
        with database.server.connect() as connection:
            connection.execute(sql.SQL("ALTER ROLE {} RESET synchronous_commit").format(role))


def waiting(database: Database, event: str, *, count: int = 1) -> list[int]:
    """The processes of the role's sessions that wait for a lock ("Lock") or a standby ("SyncRep"), once there are so many."""
    return until(lambda: sessions(database, event), lambda pids: len(pids) >= count)


def sessions(database: Database, event: str | None = None) -> list[int]:
    """The processes of the role's sessions, all of them or those that wait for something."""
    query = """
        SELECT pid FROM pg_stat_activity
         WHERE usename = %s AND (%s::text IS NULL OR %s IN (wait_event_type, wait_event)) ORDER BY pid
        """
    with database.server.connect() as connection:
        return [pid for (pid,) in connection.execute(query, [database.role, event, event])]


def until(look: Callable[[], T], done: Callable[[T], bool]) -> T:
    """What is seen when it is as it is to be."""
    end = time.monotonic() + _SECONDS
    while not done(seen := look()):
        assert time.monotonic() < end, f"after {_SECONDS} s: {seen}"
        time.sleep(0.01)
    return seen
