"""Prints how long `resolve_identities()` takes: its clustering, and all of it with and without profiles before.

Run by hand, with the number of identities as the argument (100,000 without). Figures are those of whatever machine
this is; each shape has a database of its own. Nothing here passes or fails.
"""

import os
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "provider")]

from psycopg import sql  # noqa: E402 - after the path is set

from krenalis_provider.model.profile_columns import profile_columns  # noqa: E402
from krenalis_provider.model.profile_schema import parse  # noqa: E402
from krenalis_provider.model.workspace import WarehouseMode, Workspace  # noqa: E402
from krenalis_provider.warehouses.postgresql import identity_resolution, record, statements  # noqa: E402
from tests.support.postgresql import Database, Server  # noqa: E402

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
    with database.connect_as_role() as connection:
        for statement in (
            *statements.create(database.schema, columns),
            record.write_record(database.schema, workspace),
            identity_resolution.create(database.schema, columns, IDENTIFIERS[:used], {"text_1": "1"}),
        ):
            connection.execute(statement.query)
        connection.execute(sql.SQL("SET search_path TO {}").format(sql.Identifier(database.schema)))
        for query in (identities, EVENTS):
            connection.execute(query.replace("{count}", str(count)).encode())


def resolve(database: Database) -> tuple[float, float, int]:
    """Resolve; return the seconds of clustering and of all, and the number of profiles."""
    moments = []
    with database.connect_as_role() as connection:
        connection.add_notice_handler(lambda _: moments.append(time.perf_counter()))
        connection.execute("SET client_min_messages = debug1")
        start = time.perf_counter()
        connection.execute(sql.SQL("CALL {}()").format(sql.Identifier(database.schema, "resolve_identities")))
        end = time.perf_counter()
        row = connection.execute(
            sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(database.schema, "profiles"))
        ).fetchone()
    assert row
    clustering, merging, *_ = moments
    return merging - clustering, end - start, row[0]


def main() -> None:
    """Print the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with Server.start() as server:
        print(f"PostgreSQL {server.version}, {count} identities and events, load {os.getloadavg()[0]:.1f}")
        print(f"{'shape':30} {'profiles':>9} {'clustering':>11} {'first run':>10} {'again':>7}   load")
        for shape in SHAPES:
            database = server.database()
            fill(database, shape, count)
            clustering, first, profiles = resolve(database)
            _, again, _ = resolve(database)
            load = os.getloadavg()[0]
            print(
                f"{shape:30} {profiles:9} {clustering:9.2f} s {first:8.2f} s {again:5.1f} s   {load:.1f}",
                flush=True,
            )
            database.drop()


if __name__ == "__main__":
    main()
