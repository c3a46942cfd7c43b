"""How long others wait while the columns of two million profiles and as many identities are changed.

A reader asks the view for a profile again and again, and a writer changes an identity, in a session of its own and
each time in a transaction of its own. The longest time between asking and the answer is what is measured: alone, and
beside a slow query on the view that began before the change, which has to wait for it.
"""

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any, Final, LiteralString

from psycopg import sql

from bench.measure import Table
from tests.support.postgresql import Database, Server
from tests.support.postgresql_warehouse import PostgreSQLWarehouse, execute
from tests.support.workspace_calls import Plan, WorkspaceCalls

_ROWS: Final = 2_000_000
_TEXT: Final = {"kind": "string", "maxLength": 100}
_NUMBER: Final = {"kind": "int", "bitSize": 32}
_BEFORE: Final = {"email": _TEXT, "first_name": _TEXT, "last_name": _TEXT, "score": _NUMBER}
_AFTER: Final = {**_BEFORE, "tier": _TEXT}
_CHANGES: Final[Mapping[str, tuple[Mapping[str, Any], Sequence[str]]]] = {
    "a property at the end": (_AFTER, []),
    "it goes, and the view is made anew": (_BEFORE, ["tier"]),
    "no change": (_BEFORE, []),
}
"""The properties after each change, which begins where the one before has ended, and those that are dropped."""

_OWN: Final[Mapping[str, Mapping[str, str]]] = {
    "krenalis_profiles_0": {"_kpid": "gen_random_uuid()", "_identities": "ARRAY[n]"},
    "krenalis_identities": {"_pipeline": "'p'", "_identity_id": "n", "_connection": "'c'"},
}
_SHARED: Final = {
    "_updated_at": "localtimestamp",
    "email": "'person' || n || '@example.com'",
    "first_name": "'First ' || n",
    "last_name": "'Last ' || n % 1000",
    "score": "n",
}
"""What row number n of each table has."""

_READ: Final = "SELECT email FROM {schema}.profiles LIMIT 1"
_SLOW: Final = 3
_SLOWLY: Final = "SELECT pg_sleep(3) FROM {schema}.profiles LIMIT 1"
_WRITE: Final = "UPDATE {schema}.krenalis_identities SET _run = 'r' WHERE _pk = 1"


def measure(server: Server, runs: int) -> Table:
    """The changes in turn, again and again, after the tables were filled once."""
    table = Table(f"{_ROWS:,} profiles, ms", list(_CHANGES))
    database = server.database()
    workspace = WorkspaceCalls(PostgreSQLWarehouse(server.port, database))
    _apply(workspace, _planned(workspace, _BEFORE, []))
    for name, own in _OWN.items():
        values = {**own, **_SHARED}
        rows = f"SELECT {', '.join(values.values())} FROM generate_series(1, {_ROWS}) n"  # noqa: S608 - our own text
        execute(database, f"INSERT INTO {name} ({', '.join(values)}) {rows}", f"ANALYZE {name}")
    for _ in range(runs):
        for suffix in ("", f", beside a query of {_SLOW} s"):
            for column, (properties, dropped) in _CHANGES.items():
                plan = _planned(workspace, properties, dropped)
                with ExitStack() as others:
                    if suffix:
                        others.enter_context(_slow_reader(database))
                    others.enter_context(_others(table, column, suffix, database))
                    table.time(f"apply{suffix}", column, partial(_apply, workspace, plan))
    database.drop()
    return table


def _planned(workspace: WorkspaceCalls, properties: Mapping[str, Any], dropped: Sequence[str]) -> Plan:
    members = [{"name": name, "type": type_, "readOptional": True} for name, type_ in properties.items()]
    plan = workspace.plan(
        workspace.config({"kind": "object", "properties": members}, drop_columns=dropped or None)
    )
    assert not plan.errors, plan.errors
    return plan


def _apply(workspace: WorkspaceCalls, plan: Plan) -> None:
    told = workspace.apply(plan)
    assert not told, told


@contextmanager
def _others(table: Table, column: str, suffix: str, database: Database) -> Iterator[None]:
    """A reader and a writer at work in the meantime; the longest waits are cells of the table."""
    over = threading.Event()
    begun = threading.Barrier(3)

    def work(row: str, query: LiteralString) -> None:
        longest = 0.0
        with database.connect_as_role() as connection:
            begun.wait()
            while not over.is_set():
                start = time.perf_counter()
                connection.execute(_in_schema(query, database))
                longest = max(longest, time.perf_counter() - start)
        table.add(f"{row}{suffix}", column, longest * 1000)

    threads = [
        threading.Thread(target=work, args=(f"the longest wait of a {who}", query))
        for who, query in (("reader", _READ), ("writer", _WRITE))
    ]
    for thread in threads:
        thread.start()
    begun.wait()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()


@contextmanager
def _slow_reader(database: Database) -> Iterator[None]:
    """A query that has begun, and is awaited at the end."""

    def read() -> None:
        with database.connect_as_role() as connection:
            connection.execute(_in_schema(_SLOWLY, database))

    thread = threading.Thread(target=read)
    thread.start()
    with database.connect() as connection:
        while connection.execute(_SLEEPS, [database.role]).fetchone() == (0,):
            time.sleep(0.01)
    yield
    thread.join()


_SLEEPS: Final = "SELECT count(*) FROM pg_stat_activity WHERE usename = %s AND wait_event = 'PgSleep'"


def _in_schema(query: LiteralString, database: Database) -> sql.Composed:
    return sql.SQL(query).format(schema=sql.Identifier(database.schema))
