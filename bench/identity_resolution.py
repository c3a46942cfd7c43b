"""Prints how long `resolve_identities()` takes, beside copying the rows that it writes, and what else it costs.

Run by hand, with numbers of identities as arguments (100,000 without), and `--shape` with the beginning of a name.
Figures are those of whatever machine this is; each shape has a database of its own. Nothing here passes or fails.
"""

import argparse
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "provider")]

from psycopg import sql  # noqa: E402 - after the path is set

from krenalis_provider.model.profile_columns import profile_columns  # noqa: E402
from krenalis_provider.model.profile_schema import parse  # noqa: E402
from krenalis_provider.model.workspace import WarehouseMode, Workspace  # noqa: E402
from krenalis_provider.warehouses.postgresql import identity_resolution  # noqa: E402
from krenalis_provider.warehouses.postgresql.platform import PostgreSQL  # noqa: E402
from krenalis_provider.warehouses.postgresql.settings import PostgreSQLSettings  # noqa: E402
from tests.support.postgresql import Database, Server  # noqa: E402
from tests.support.postgresql_warehouse import soon  # noqa: E402

IDENTIFIERS = tuple(f"i{number}" for number in range(1, 9))
TEXTS = tuple(f"text_{number}" for number in range(1, 9))
DOCUMENT = {
    "kind": "object",
    "properties": [
        *({"name": n, "type": {"kind": "string"}, "readOptional": True} for n in (*IDENTIFIERS, *TEXTS)),
        {"name": "tags", "type": {"kind": "array", "elementType": {"kind": "string"}}, "readOptional": True},
    ],
}
# how many of the identifiers count, and what an identity has, by its number n of :count
SHAPES = {
    "realistic": (
        3,
        {
            "i1": "CASE WHEN random() < 0.3 THEN 'customer ' || n / 3 END",
            "i2": "CASE WHEN random() < 0.7 THEN 'email ' || n / 3 END",
            "i3": "CASE WHEN random() < 0.5 THEN 'phone ' || n / 4 END",
        },
    ),
    "one shared value, with veto": (2, {"i1": "'customer ' || n", "i2": "'shared'"}),
    "one shared value, with nulls": (
        2,
        {"i1": "CASE WHEN random() < 0.5 THEN 'customer ' || n END", "i2": "'shared'"},
    ),
    "8 identifiers": (
        8,
        {
            name: f"CASE WHEN random() < 0.4 THEN '{name} ' || (random() * {{count}})::int END"
            for name in IDENTIFIERS
        },
    ),
    "8 identifiers, few values": (
        8,
        {
            name: f"CASE WHEN random() < 0.5 THEN '{name} ' || (random() * {{count}} / 300)::int END"
            for name in IDENTIFIERS
        },
    ),
    "chain, ordered": (1, {"_identity_id": "(n / 2)::text", "i1": "'value ' || (n + 1) / 2"}),
    "chain, shuffled": (1, {"_identity_id": "(n / 2)::text", "i1": "'value ' || (n + 1) / 2"}),
}
EVENTS = """
INSERT INTO krenalis_events (connection_id, anonymous_id, message_id, received_at, sent_at, timestamp, traits, type, user_id)
SELECT '1', 'a', n, now(), now(), now(), '{}', 'page', n FROM generate_series(1, {count}) n
"""


def fill(database: Database, shape: str, count: int) -> None:
    """Make a workspace with identities of a shape in the database, as its plain role."""
    used, own = SHAPES[shape]
    values = {
        "_pipeline": "'p'",
        "_identity_id": "n::text",
        "_connection": "'1'",
        "_updated_at": "now() - random() * interval '1 year'",
    }
    values |= dict.fromkeys(TEXTS, "'text ' || n") | {"tags": "ARRAY['a', 'b', (n % 7)::text]"} | own
    schema = parse(DOCUMENT).schema
    assert schema
    columns = profile_columns(schema)
    workspace = Workspace("1", "Bench", WarehouseMode.NORMAL, DOCUMENT)
    order = "random()" if shape.endswith("shuffled") else "n"
    identities = (
        f"INSERT INTO krenalis_identities ({', '.join(values)}) SELECT {', '.join(values.values())} "  # noqa: S608 - our own text
        f"FROM generate_series(1, {{count}}) n ORDER BY {order}"
    )
    PostgreSQL().provisioner(PostgreSQLSettings(**database.settings()), {}).initialize(
        workspace, columns, soon()
    )
    made = identity_resolution.create(database.schema, columns, IDENTIFIERS[:used], {"text_1": "1"})
    with database.connect_as_role() as connection:
        connection.execute(made.query)
        connection.execute(sql.SQL("SET search_path TO {}").format(sql.Identifier(database.schema)))
        for query in (identities, EVENTS):
            connection.execute(query.replace("{count}", str(count)).encode())


@dataclass(slots=True)
class Run:
    """A resolution: seconds of clustering, of all, and of the longest wait of a reader; the process's own memory in MB."""

    clustering: float = 0
    all: float = 0
    wait: float = 0
    memory: float = 0


@contextmanager
def watching(run: Run, database: Database, pid: int) -> Iterator[None]:
    """Note the greatest memory of a server process, and how long somebody waits who only needs the view's lock."""
    over = threading.Event()

    def read() -> None:
        with database.connect_as_role() as connection:
            query = sql.SQL("SELECT FROM {} LIMIT 0").format(sql.Identifier(database.schema, "profiles"))
            while not over.wait(0.01):
                start = time.perf_counter()
                connection.execute(query)
                run.wait = max(run.wait, time.perf_counter() - start)

    def measure() -> None:
        while not over.wait(0.01):
            for line in Path(f"/proc/{pid}/status").read_text().splitlines():
                if line.startswith("RssAnon:"):
                    run.memory = max(run.memory, int(line.split()[1]) / 1024)

    threads = [threading.Thread(target=read), threading.Thread(target=measure)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()


def resolve(database: Database) -> Run:
    """Call the procedure, watched."""
    run, moments = Run(), []
    with database.connect_as_role() as connection:
        connection.add_notice_handler(lambda _: moments.append(time.perf_counter()))
        connection.execute("SET client_min_messages = debug1")
        with watching(run, database, connection.info.backend_pid):
            start = time.perf_counter()
            connection.execute(
                sql.SQL("CALL {}()").format(sql.Identifier(database.schema, "resolve_identities"))
            )
            run.all = time.perf_counter() - start
    clustering, merging, *_ = moments
    run.clustering = merging - clustering
    return run


def copy(database: Database) -> tuple[float, float]:
    """Copy all that a first run writes; return the seconds into tables without indexes, and with the same ones."""
    seconds = []
    ways = (
        ["CREATE TABLE {0} AS TABLE {1}"],
        ["CREATE TABLE {0} (LIKE {1} INCLUDING INDEXES)", "INSERT INTO {0} TABLE {1}"],
    )
    for way, statements in enumerate(ways):
        with database.connect_as_role() as connection:
            connection.execute(sql.SQL("SET search_path TO {}").format(sql.Identifier(database.schema)))
            start = time.perf_counter()
            for table in ("krenalis_identities", "krenalis_events", "krenalis_profiles_0"):
                copied = sql.Identifier(f"copied_{way}_{table}")
                for statement in statements:
                    connection.execute(sql.SQL(statement).format(copied, sql.Identifier(table)))
            seconds.append(time.perf_counter() - start)
    bare, indexed = seconds
    return bare, indexed


def main() -> None:
    """Print a table for each number of identities."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("counts", nargs="*", type=int, default=[100_000])
    parser.add_argument("--shape", default="", help="the beginning of a shape's name")
    arguments = parser.parse_args()
    with Server.start() as server:
        for count in arguments.counts:
            print(
                f"PostgreSQL {server.version}, {count} identities and events, load {os.getloadavg()[0]:.1f}"
            )
            print(f"{'shape':30} {'':9} clustering     all  memory    wait   load")
            for shape in SHAPES:
                if shape.startswith(arguments.shape):
                    table(server, shape, count)


def table(server: Server, shape: str, count: int) -> None:
    """Print the rows of a shape."""
    database = server.database()
    fill(database, shape, count)
    for name in ("first run", "again"):
        run = resolve(database)
        print(
            f"{shape:30} {name:9} {run.clustering:8.2f} s {run.all:5.1f} s {run.memory:4.0f} MB {run.wait:5.3f} s"
            f"   {os.getloadavg()[0]:.1f}",
            flush=True,
        )
    bare, indexed = copy(database)
    print(f"{'':30} its rows copied: {bare:.1f} s, with indexes {indexed:.1f} s", flush=True)
    database.drop()


if __name__ == "__main__":
    main()
