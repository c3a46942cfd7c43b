"""`RESOLVE_IDENTITIES()` on Snowflake: its text as golden files in ``snowflake_sql/``, and what it makes on the double.

Proved: sqlglot's grammar of Snowflake reads each statement; and the procedure as a whole, called through the driver on
the double, makes of identities and events what a plain statement of the rules does. The double executes Scripting as
Snowflake's documentation describes it, and the queries in DuckDB. Not proved: that Snowflake accepts the text, locks,
and what Snowflake does otherwise than its documentation says. Refusals and failures are in the file beside this.

After a change that is meant, write the golden files anew and read the difference:
``KRENALIS_TEST_WRITE_PLANS=1 make test ARGS=tests/acceptance/test_snowflake_identity_resolution.py``.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

from krenalis_provider.model.profile_columns import ProfileColumn
from krenalis_provider.warehouses.snowflake import identity_resolution
from krenalis_provider.warehouses.snowflake.sql import Schema
from tests.acceptance.identity_warehouse import DOCUMENT, columns_of, property_
from tests.acceptance.snowflake_identity_warehouse import CALL, Warehouse, sorted_arrays, warehouse_of
from tests.support.golden import same_text
from tests.support.hypothesis_profiles import examples
from tests.support.identities import Identity, owner, resolved
from tests.support.identity_strategies import ADA, BOB, EVE, EVENTS, ROWS, SETTINGS
from tests.support.snowflake import Snowflake
from tests.support.snowflake_scripting import Statement, body, parse, statements
from tests.support.workspaces import profile_schema

GOLDEN = Path(__file__).with_name("snowflake_sql")
DATABASE, SCHEMA = "CDP", "CUSTOMERS"
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
    return identity_resolution.create(Schema(DATABASE, SCHEMA), columns, identifiers, sources or {})


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


def steps(statement: str) -> list[Statement]:
    """The statements of SQL of the procedure, in the order of the text."""
    return list(statements(parse(body(statement))))


HOSTILE = ['weird."Db', "It's $$ \\", "100 % %s {} {0}", "ünï-☃", "select"]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_schema_may_have_any_name(name: str) -> None:
    statement = identity_resolution.create(
        Schema(name, name), columns_of(DOCUMENT), ["email"], {"email": name}
    )

    for step in steps(statement):
        for table in step.expression.find_all(exp.Table):
            if table.db:
                assert (table.catalog, table.db) == (name, name)
    assert name in {
        literal.this for step in steps(statement) for literal in step.expression.find_all(exp.Literal)
    }


def test_nothing_that_commits_stands_between_the_begin_and_the_commit_of_its_transaction() -> None:
    kinds = [type(step.expression) for step in steps(create(columns_of(DOCUMENT), ["email"]))]
    inside = kinds[kinds.index(exp.Transaction) + 1 : kinds.index(exp.Commit)]
    assert set(inside) == {exp.Select, exp.Insert, exp.Update, exp.Delete}


def test_a_procedure_of_1500_columns_is_as_long_as_snowflake_reads() -> None:
    """The text of a statement may have 1 MB."""
    names = [f"a_property_of_customers_{number}" for number in range(1_500)]
    document = {"kind": "object", "properties": [property_(name, "string") for name in names]}
    statement = create(columns_of(document), names[:10], dict.fromkeys(names, "1604839201"))
    assert len(statement.encode()) < 1_000_000


@pytest.fixture(scope="module")
def shared(snowflake: Snowflake) -> Iterator[Warehouse]:
    """A warehouse that the examples of the property share."""
    database = snowflake.database()
    with warehouse_of(database) as warehouse:
        yield warehouse
    database.drop()


@examples(40)
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
    shared.install(identifiers, sources)
    shared.fill(identities, events)

    found = shared.resolve()

    new = [profile.kpid for profile, known in zip(found, expected, strict=True) if known.kpid is None]
    assert len({*new, None, ADA, BOB, EVE}) == len(new) + 4
    assert [
        replace(p, kpid=k.kpid) if k.kpid is None else p for p, k in zip(found, expected, strict=True)
    ] == expected
    of_identity = {pk: str(profile.kpid) for profile in found for pk in profile.identities}
    first = {pk: profile.identities[0] for profile in found for pk in profile.identities}
    assert shared.execute('SELECT "_PK", "_KPID", "_CLUSTER" FROM KRENALIS_IDENTITIES ORDER BY 1') == [
        (pk, of_identity[pk], first[pk]) for pk in sorted(of_identity)
    ]
    owners = [owner(identities, *event) for event in events]
    assert shared.execute("SELECT KPID FROM KRENALIS_EVENTS ORDER BY MESSAGE_ID") == [
        (identity and of_identity[identity.pk],) for identity in owners
    ]
    assert shared.resolve() == found


def test_one_that_links_two_older_ones_joins_them(shared: Warehouse) -> None:
    """Without a pointer to follow after the first round, there is still something to join in the second."""
    shared.install(["email"])
    shared.fill(
        [
            Identity(0, "a"),
            Identity(1, "b", values={"email": "x"}),
            Identity(2, "a", values={"email": "x"}),
        ]
    )
    (profile,) = shared.resolve()
    assert profile.identities == (0, 1, 2)


OWNERS: Mapping[tuple[str, str | None, str], int | None] = {
    ("1", "u", "d"): 1,  # by user
    ("1", "", "d"): 2,  # by device, when there is no user
    ("1", "", "both"): 3,  # the latest of a device
    ("1", "x", "d"): None,  # another user
    ("1", None, "d"): None,  # user null
    ("2", "u", "d"): None,  # another connection
    ("1", "", "x"): None,  # another device
    ("1", "w", "d"): 4,  # the one who is not anonymous
    ("1", "", "lent"): 4,  # of a device, the one who is not anonymous
}
"""Events, and the identity whose profile they belong to."""


def test_events_belong_to_the_profile_of_their_user_or_their_device(shared: Warehouse) -> None:
    shared.install()
    shared.fill(
        [
            Identity(1, "u"),
            Identity(2, "v", anonymous_ids=("d", "both")),
            Identity(3, "t", anonymous_ids=("both",), updated_at=1),
            Identity(4, "w", anonymous_ids=("lent",)),
            Identity(5, "w", is_anonymous=True, anonymous_ids=("lent",), updated_at=7),
        ],
        [*OWNERS],
    )

    kpids = {profile.identities: str(profile.kpid) for profile in shared.resolve()}

    assert shared.execute("SELECT KPID FROM KRENALIS_EVENTS ORDER BY MESSAGE_ID") == [
        (identity and kpids[identity,],) for identity in OWNERS.values()
    ]


@pytest.mark.parametrize("length", [2, 64, 300])
def test_a_chain_in_any_order_is_clustered_in_few_rounds(shared: Warehouse, length: int) -> None:
    """Each is linked to the next alone, by user and by e-mail in turn."""
    keys = random.Random(length).sample(range(length), length)
    shared.install(["email"])
    shared.fill(
        [
            Identity(pk, f"u{place // 2}", values={"email": f"e{(place + 1) // 2}"})
            for place, pk in enumerate(keys)
        ]
    )
    rounds = length.bit_length() + 3  # the last of them changes nothing

    with shared.database.strike(rounds + 1, "error", matching="AS joined", within=True):
        (profile,) = shared.resolve()

    assert profile.identities == tuple(range(length))


def test_a_run_notes_its_operation(shared: Warehouse) -> None:
    shared.execute("DELETE FROM KRENALIS_SYSTEM_OPERATIONS")
    shared.fill([Identity(1, "u")])

    shared.resolve()

    ((operation, kind, age),) = shared.execute(
        "SELECT ID, OPERATION_TYPE, DATEDIFF(second, COMPLETED_AT, SYSDATE()) FROM KRENALIS_SYSTEM_OPERATIONS"
    )
    assert UUID(operation).version == 4
    assert kind == "IdentityResolution"
    assert abs(age) < 60


def test_another_profiles_table_may_be_filled(shared: Warehouse) -> None:
    shared.execute("CREATE TABLE KRENALIS_PROFILES_3 CLONE KRENALIS_PROFILES_0")
    shared.fill([Identity(1, "u"), Identity(2, "v")])
    shared.resolve()
    shared.install(profiles="KRENALIS_PROFILES_3")
    shared.fill([Identity(1, "u")])

    shared.execute(CALL)

    assert len(shared.profiles("KRENALIS_PROFILES_3")) == 1
    assert len(shared.profiles()) == 2
