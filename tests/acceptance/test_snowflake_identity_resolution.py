"""`RESOLVE_IDENTITIES()` on Snowflake: its text as golden files in ``snowflake_sql/``, and the logic of its queries.

Proved: sqlglot's grammar of Snowflake reads each statement; and its translation of them into DuckDB's SQL, run in the
order of the text with the loop as Snowflake's documentation describes it, makes of identities and events what a plain
statement of the rules does. Not proved: that Snowflake accepts the text; Scripting beyond the order of statements and
the loop (the refusals, the rollback); locks; and Snowflake's own untyped arrays, which are typed lists here.

After a change that is meant, write the golden files anew and read the difference:
``KRENALIS_TEST_WRITE_PLANS=1 make test ARGS=tests/acceptance/test_snowflake_identity_resolution.py``.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

from krenalis_provider.model.profile_columns import ProfileColumn
from krenalis_provider.warehouses import krenalis_objects
from krenalis_provider.warehouses.krenalis_objects import ColumnType
from krenalis_provider.warehouses.snowflake import identity_resolution
from krenalis_provider.warehouses.snowflake.sql import identifier
from tests.acceptance.identity_warehouse import DOCUMENT, columns_of, property_
from tests.support.golden import same_text
from tests.support.hypothesis_profiles import examples
from tests.support.identities import Identity, Profile, owner, resolved
from tests.support.identity_strategies import ADA, BOB, EVE, EVENTS, ROWS, SETTINGS
from tests.support.snowflake_scripting import body, steps
from tests.support.workspaces import profile_schema

GOLDEN = Path(__file__).with_name("snowflake_sql")
DATABASE, SCHEMA = "CDP", "CUSTOMERS"
EPOCH = datetime(2026, 1, 1)  # noqa: DTZ001 - the warehouse has timestamps without time zone
LISTS = {
    "kind": "object",
    "properties": [
        property_("tags", "array", elementType={"kind": "string"}),
        property_("home", "object", properties=[property_("years", "array", elementType={"kind": "year"})]),
    ],
}


def create(
    columns: Sequence[ProfileColumn],
    identifiers: Sequence[str] = (),
    sources: Mapping[str, str] | None = None,
) -> str:
    return identity_resolution.create(DATABASE, SCHEMA, columns, identifiers, sources or {})


@pytest.mark.parametrize(
    ("name", "columns", "identifiers", "sources"),
    [
        pytest.param("resolve_identities_without_columns", (), (), {}, id="no columns"),
        pytest.param(
            "resolve_identities",
            columns_of(profile_schema()),
            ("customer_id", "email"),
            {"email": "1604839201"},
            id="the example",
        ),
        pytest.param("resolve_identities_with_arrays", columns_of(LISTS), (), {}, id="arrays"),
    ],
)
def test_the_procedure(
    name: str, columns: Sequence[ProfileColumn], identifiers: Sequence[str], sources: Mapping[str, str]
) -> None:
    same_text(GOLDEN / f"{name}.sql", create(columns, identifiers, sources) + "\n")


HOSTILE = ['weird."Db', "It's $$ \\", "100 % %s {} {0}", "ünï-☃", "select"]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_schema_may_have_any_name(name: str) -> None:
    statement = identity_resolution.create(name, name, columns_of(DOCUMENT), ["email"], {"email": name})

    for step in steps(body(statement)):
        for table in step.expression.find_all(exp.Table):
            if table.db:
                assert (table.catalog, table.db) == (name, name)
    assert name in {
        literal.this for step in steps(body(statement)) for literal in step.expression.find_all(exp.Literal)
    }


def test_nothing_that_commits_stands_between_the_begin_and_the_commit_of_its_transaction() -> None:
    kinds = [type(step.expression) for step in steps(body(create(columns_of(DOCUMENT), ["email"])))]
    inside = kinds[kinds.index(exp.Transaction) + 1 : kinds.index(exp.Commit)]
    assert set(inside) == {exp.Select, exp.Insert, exp.Update, exp.Delete}


def test_a_procedure_of_1500_columns_is_as_long_as_snowflake_reads() -> None:
    """The text of a statement may have 1 MB."""
    names = [f"a_property_of_customers_{number}" for number in range(1_500)]
    document = {"kind": "object", "properties": [property_(name, "string") for name in names]}
    statement = create(columns_of(document), names[:10], dict.fromkeys(names, "1604839201"))
    assert len(statement.encode()) < 1_000_000


class Warehouse:
    """The tables of a warehouse in DuckDB, and the statements of the procedure, translated."""

    TYPES: Mapping[ColumnType, str] = {
        ColumnType.SERIAL: "BIGINT",
        ColumnType.INTEGER: "BIGINT",
        ColumnType.INTEGERS: "BIGINT[]",
        ColumnType.TEXTS: "VARCHAR[]",
        ColumnType.BOOLEAN: "BOOLEAN",
        ColumnType.TIMESTAMP: "TIMESTAMP",
        ColumnType.TIMESTAMP_MILLIS: "TIMESTAMP",
    }
    KINDS: Mapping[str, str] = {"array": "VARCHAR[]", "int": "BIGINT"}

    def __init__(self, columns: Sequence[ProfileColumn]) -> None:
        self.columns = columns
        self.connection = duckdb.connect(config={"threads": 1})
        self.connection.execute(f"ATTACH ':memory:' AS {DATABASE}; CREATE SCHEMA {DATABASE}.{SCHEMA}")
        self.connection.execute(f"USE {DATABASE}.{SCHEMA}")
        for table in krenalis_objects.TABLES:
            fixed = [
                f"{identifier(column.name.upper())} {self.TYPES.get(column.type, 'VARCHAR')}"
                for column in table.columns
            ]
            ours = [
                f"{identifier(column.name.upper())} {self.KINDS.get(column.type.kind, 'VARCHAR')}"
                for column in columns
                if table.has_profile_columns
            ]
            self.connection.execute(
                f"CREATE TABLE {identifier(table.name.upper())} ({', '.join(fixed + ours)})"
            )

    def execute(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return self.connection.execute(query, values).fetchall()

    def fill(
        self, identities: Sequence[Identity], events: Sequence[tuple[str, str | None, str]] = ()
    ) -> None:
        """Replace what there is; profiles stay, for the next run to replace them."""
        self.execute("DELETE FROM KRENALIS_IDENTITIES")
        self.execute("DELETE FROM KRENALIS_EVENTS")
        for identity in identities:
            row = {
                "_pk": identity.pk,
                "_connection": identity.connection,
                "_identity_id": identity.identity_id,
                "_is_anonymous": identity.is_anonymous,
                "_anonymous_ids": identity.anonymous_ids and list(identity.anonymous_ids),
                "_updated_at": EPOCH + timedelta(minutes=identity.updated_at),
                "_kpid": identity.kpid and str(identity.kpid),
                **identity.values,
            }
            names, places = ", ".join(f'"{name}"' for name in row), ", ".join("?" * len(row))
            self.execute(f"INSERT INTO KRENALIS_IDENTITIES ({names}) VALUES ({places})", [*row.values()])
        for number, event in enumerate(events):
            self.execute(
                "INSERT INTO KRENALIS_EVENTS (MESSAGE_ID, CONNECTION_ID, USER_ID, ANONYMOUS_ID, KPID) VALUES (?, ?, ?, ?, ?)",
                [number, *event, str(EVE)],
            )

    def resolve(self, identifiers: Sequence[str] = (), sources: Mapping[str, str] | None = None) -> int:
        """Run the procedure, and say how many rounds of its loop changed anything."""
        rounds = 0
        run = translated(create(self.columns, identifiers, sources))
        for repeated, group in groupby(run, key=itemgetter(1)):
            queries = [query for query, _ in group]
            while sum([self.changed(query) for query in queries]) and repeated:
                rounds += 1
        return rounds

    def changed(self, query: str) -> int:
        """Run a statement, and say how many rows it changed, if that is what it answers."""
        rows = self.execute(query)
        return int(rows[0][0] or 0) if query.startswith(("INSERT", "UPDATE", "DELETE")) else 0

    def profiles(self) -> list[Profile]:
        """What the profiles table holds, by the first identity."""
        names = [column.name for column in self.columns]
        listed = "".join(f', "{name}"' for name in names)
        rows = self.execute(
            f'SELECT "_identities", "_kpid", "_updated_at"{listed} FROM KRENALIS_PROFILES_0 ORDER BY "_identities"'
        )
        return [
            Profile(
                tuple(identities),
                UUID(kpid),
                (updated_at - EPOCH) // timedelta(minutes=1),
                {name: value for name, value in zip(names, values, strict=True) if value is not None},
            )
            for identities, kpid, updated_at, *values in rows
        ]


@cache
def translated(statement: str) -> list[tuple[str, bool]]:
    """The statements of a procedure in DuckDB's SQL, and whether each is repeated; without those of another flow."""
    run = [step for step in steps(body(statement)) if not isinstance(step.expression, exp.Rollback)]
    return [(step.expression.transform(adapted).sql("duckdb"), step.repeated) for step in run]


def adapted(node: exp.Expr) -> Any:
    """What sqlglot does not translate: DuckDB neither clones, nor has temporary tables in a schema, nor FLATTEN."""
    if isinstance(node, exp.TemporaryProperty):
        return None
    if isinstance(node, exp.Create) and node.args.get("clone"):
        copy = exp.select("*").from_(node.args["clone"].this.copy())
        return exp.Create(kind="TABLE", this=node.this.copy(), replace=True, expression=copy)
    if isinstance(node, exp.Lateral):
        column = node.find(exp.Column)
        assert column
        unnested = exp.select(exp.alias_(exp.Explode(this=column.copy()), "VALUE")).subquery()
        return exp.Lateral(this=unnested, alias=exp.TableAlias(this=node.args["alias"].this.copy()))
    return node


@pytest.fixture(scope="module")
def shared() -> Iterator[Warehouse]:
    """A warehouse that the examples of the property share."""
    warehouse = Warehouse(columns_of(DOCUMENT))
    yield warehouse
    warehouse.connection.close()


def sorted_arrays(profile: Profile) -> Profile:
    """As Snowflake merges arrays (docs/facts/krenalis.md, "Identity resolution")."""
    values = {
        name: sorted(value) if isinstance(value, list) else value for name, value in profile.values.items()
    }
    return replace(profile, values=values)


@examples(50)
@given(rows=st.lists(ROWS, max_size=12), events=st.lists(EVENTS, max_size=4))
@pytest.mark.parametrize(("identifiers", "sources"), SETTINGS, ids=["none", "one", "two", "three"])
def test_it_does_what_comparing_every_pair_would(
    shared: Warehouse,
    identifiers: tuple[str, ...],
    sources: dict[str, str],
    rows: list[Identity],
    events: list[tuple[str, str | None, str]],
) -> None:
    identities = [replace(row, pk=pk) for pk, row in enumerate(rows)]
    expected = [
        sorted_arrays(profile)
        for profile in resolved(
            identities,
            [path.replace(".", "_") for path in identifiers],
            {path.replace(".", "_"): connection for path, connection in sources.items()},
        )
    ]
    shared.fill(identities, events)

    shared.resolve(identifiers, sources)

    found = shared.profiles()
    new = [profile.kpid for profile, known in zip(found, expected, strict=True) if known.kpid is None]
    assert len({*new, None, ADA, BOB, EVE}) == len(new) + 4
    assert [
        replace(p, kpid=k.kpid) if k.kpid is None else p for p, k in zip(found, expected, strict=True)
    ] == expected
    of_identity = {pk: str(profile.kpid) for profile in found for pk in profile.identities}
    first = {pk: profile.identities[0] for profile in found for pk in profile.identities}
    assert shared.execute('SELECT "_pk", "_kpid", "_cluster" FROM KRENALIS_IDENTITIES ORDER BY 1') == [
        (pk, of_identity[pk], first[pk]) for pk in sorted(of_identity)
    ]
    owners = [owner(identities, *event) for event in events]
    assert shared.execute("SELECT KPID FROM KRENALIS_EVENTS ORDER BY MESSAGE_ID") == [
        (identity and of_identity[identity.pk],) for identity in owners
    ]


@pytest.mark.parametrize("length", [2, 64, 1_000])
def test_a_chain_in_any_order_is_clustered_in_few_rounds(shared: Warehouse, length: int) -> None:
    """Each is linked to the next alone, by user and by e-mail in turn."""
    keys = random.Random(length).sample(range(length), length)
    shared.fill(
        [
            Identity(pk, f"u{place // 2}", values={"email": f"e{(place + 1) // 2}"})
            for place, pk in enumerate(keys)
        ]
    )

    rounds = shared.resolve(["email"])

    assert [profile.identities for profile in shared.profiles()] == [tuple(range(length))]
    assert rounds <= length.bit_length() + 2


def test_a_second_run_changes_nothing(shared: Warehouse) -> None:
    shared.fill([Identity(pk, str(pk), values={"email": str(pk % 2), "tags": ["b", "a"]}) for pk in range(5)])
    shared.resolve(["email"])
    first = shared.profiles()
    assert len(first) == 2

    shared.resolve(["email"])

    assert shared.profiles() == first


def test_a_run_notes_its_operation(shared: Warehouse) -> None:
    shared.execute("DELETE FROM KRENALIS_SYSTEM_OPERATIONS")
    shared.fill([Identity(1, "u")])

    shared.resolve()

    ((operation, kind, age),) = shared.execute(
        "SELECT ID, OPERATION_TYPE, abs(epoch(COMPLETED_AT - now() AT TIME ZONE 'UTC')) FROM KRENALIS_SYSTEM_OPERATIONS"
    )
    assert UUID(operation).version == 4
    assert kind == "IdentityResolution"
    assert age < 60
