"""A run of `RESOLVE_IDENTITIES()` on the double of Snowflake: what it refuses, and what a failure half-way leaves.

What a failed statement, a handler and a transaction are in a procedure is as Snowflake's documentation has it
(``snowflake_sql/README.md``).
"""

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
import snowflake.connector.errors

from tests.acceptance.identity_warehouse import property_
from tests.acceptance.snowflake_identity_warehouse import CALL, TABLES, Warehouse, warehouse_of
from tests.support.identities import Identity, Profile
from tests.support.identity_strategies import ADA, BOB
from tests.support.snowflake import SnowflakeDatabase

IDENTITIES = (
    Identity(0, "a", values={"email": "x", "tags": ["b", "a"]}, kpid=ADA),
    Identity(1, "b", values={"email": "x", "tags": ["c"]}, anonymous_ids=("d",), updated_at=1),
    Identity(2, "c", values={"email": "y"}, kpid=BOB),
)
EVENTS = (("1", "a", "e"), ("1", "", "d"), ("1", "nobody", "f"))
MERGED = [(0, 1), (2,)]
TRANSACTION = "SELECT CURRENT_TRANSACTION()"
TABLE_OF_OPERATIONS = TABLES.index("KRENALIS_SYSTEM_OPERATIONS")
TEMPORARY = [f"KRENALIS_RESOLUTION_{name}" for name in ("SNAPSHOT", "LINKS", "MEMBERS")]


@pytest.fixture
def warehouse(snowflake_database: SnowflakeDatabase) -> Iterator[Warehouse]:
    """A warehouse with profiles of a run before, and identities and events that came since."""
    with warehouse_of(snowflake_database) as warehouse:
        warehouse.install(["email"])
        warehouse.fill([Identity(0, "a", values={"email": "old"}), Identity(7, "z")], EVENTS[:1])
        assert members(warehouse.resolve()) == [(0,), (7,)]
        warehouse.fill(IDENTITIES, EVENTS)
        yield warehouse


def members(found: list[Profile]) -> list[tuple[int, ...]]:
    return [profile.identities for profile in found]


def failure(warehouse: Warehouse) -> snowflake.connector.errors.ProgrammingError:
    """The error of a call, which leaves no transaction open."""
    before = warehouse.execute(TRANSACTION)
    with pytest.raises(snowflake.connector.errors.ProgrammingError) as failed:
        warehouse.execute(CALL)
    assert warehouse.execute(TRANSACTION) == before
    return failed.value


def test_one_run_after_another_changes_nothing(warehouse: Warehouse) -> None:
    first = warehouse.resolve()
    assert members(first) == MERGED
    assert [profile.kpid for profile in first] == [ADA, BOB]
    before = warehouse.content()

    assert warehouse.resolve() == first

    after = warehouse.content()
    noted, noted_before = after.pop(TABLE_OF_OPERATIONS), before.pop(TABLE_OF_OPERATIONS)
    assert after == before
    assert len(noted) == len(noted_before) + 1


def test_it_leaves_nothing_in_the_session(warehouse: Warehouse) -> None:
    warehouse.resolve()
    for table in TEMPORARY:
        with pytest.raises(snowflake.connector.errors.ProgrammingError, match="does not exist"):
            warehouse.execute(f"SELECT * FROM {table}")
    assert warehouse.execute(TRANSACTION) == [(None,)]


@pytest.mark.parametrize(
    ("change", "number", "reason"),
    [
        ("UPDATE KRENALIS_WORKSPACE SET MODE = 'Inspection'", -20002, "the mode of the warehouse is not Normal"),
        ("UPDATE KRENALIS_WORKSPACE SET MODE = 'Maintenance'", -20002, "the mode of the warehouse is not Normal"),
        ("DELETE FROM KRENALIS_WORKSPACE", -20001, "the record of the workspace is missing"),
        *(
            (f"UPDATE KRENALIS_WORKSPACE SET STATE = '{state}'", -20003, "a change of the warehouse is not finished")
            for state in ("initializing", "migrating", "dropping")
        ),
        (
            "UPDATE KRENALIS_WORKSPACE SET STATE = 'migrating', MODE = 'Maintenance'",
            -20002,
            "the mode of the warehouse is not Normal",
        ),
    ],
)  # fmt: skip
def test_it_is_refused(warehouse: Warehouse, change: str, number: int, reason: str) -> None:
    warehouse.execute("CREATE TABLE RECORD CLONE KRENALIS_WORKSPACE")
    warehouse.execute(change)
    before = warehouse.content()

    refused = failure(warehouse)

    assert (refused.errno, refused.sqlstate) == (number, "P0001")
    assert f"identity resolution refused: {reason}. Apply the workspace with" in str(refused)
    assert warehouse.content() == before
    warehouse.execute("DELETE FROM KRENALIS_WORKSPACE")
    warehouse.execute("INSERT INTO KRENALIS_WORKSPACE SELECT * FROM RECORD")
    assert members(warehouse.resolve()) == MERGED


def test_it_is_refused_within_a_transaction_which_stays_open(warehouse: Warehouse) -> None:
    before = warehouse.content()
    warehouse.execute("BEGIN TRANSACTION")
    warehouse.execute("UPDATE KRENALIS_EVENTS SET KPID = NULL")
    assert warehouse.execute(TRANSACTION) != [(None,)]

    refused = failure(warehouse)

    assert "Modifying a transaction that has started at a different scope is not allowed" in str(refused)
    assert warehouse.execute("SELECT COUNT(KPID) FROM KRENALIS_EVENTS") == [(0,)]
    warehouse.execute("ROLLBACK")
    assert warehouse.content() == before
    assert members(warehouse.resolve()) == MERGED


def test_a_session_without_autocommit_may_call_it(warehouse: Warehouse) -> None:
    with warehouse.database.connect_as_user(autocommit=False) as session:
        other = Warehouse(warehouse.database, warehouse.columns, session)
        assert members(other.resolve()) == MERGED
        other.execute("ROLLBACK")
    assert members(warehouse.profiles()) == MERGED


def test_whoever_calls_it_needs_no_right_to_make_tables(warehouse: Warehouse) -> None:
    warehouse.database.allow(["USAGE"])
    with warehouse.database.connect_as_user() as session:
        assert members(Warehouse(warehouse.database, warehouse.columns, session).resolve()) == MERGED


def test_tables_of_the_user_s_with_the_names_of_its_temporary_ones_stay(warehouse: Warehouse) -> None:
    for table in TEMPORARY:
        warehouse.execute(f"CREATE TABLE {table} AS SELECT 'mine' AS WHOSE")
    assert members(warehouse.resolve()) == MERGED
    assert [warehouse.execute(f"SELECT * FROM {table}") for table in TEMPORARY] == [[("mine",)]] * 3


def test_an_empty_warehouse_has_no_profiles(warehouse: Warehouse) -> None:
    warehouse.fill(())
    assert warehouse.resolve() == []
    assert warehouse.profiles() == []


KINDS: dict[str, tuple[dict[str, Any], Any]] = {
    "string": ({}, "It's \\"),
    "boolean": ({}, False),
    "int": ({"bitSize": 64}, -9_007_199_254_740_993),
    "year": ({}, 1999),
    "uuid": ({}, "6f9619ff-8b86-d011-b42d-00c04fc964ff"),
    "ip": ({}, "10.0.0.1"),
}


def test_columns_of_many_kinds_are_merged(snowflake_database: SnowflakeDatabase) -> None:
    plain = [property_(kind, kind, **parameters) for kind, (parameters, _) in KINDS.items()]
    lists = [
        property_(f"{kind}_list", "array", elementType={"kind": kind, **parameters})
        for kind, (parameters, _) in KINDS.items()
    ]
    document = {"kind": "object", "properties": [property_("all", "object", properties=[*plain, *lists])]}
    values = {f"all_{kind}": value for kind, (_, value) in KINDS.items()}
    arrays = {f"all_{kind}_list": [value, None, value] for kind, (_, value) in KINDS.items()}
    with warehouse_of(snowflake_database, document) as warehouse:
        warehouse.install([f"all.{kind}" for kind in ("string", "int", "uuid", "ip")], {"all.year": "1"})
        warehouse.fill([Identity(0, "u", values=values | arrays), Identity(1, "v", values=values | arrays)])

        (profile,) = warehouse.resolve()

    assert profile.values == values | {name: value[:2] for name, value in arrays.items()}


def test_numbers_of_arrays_are_in_their_order_and_not_in_that_of_their_texts(
    snowflake_database: SnowflakeDatabase,
) -> None:
    document = {"kind": "object", "properties": [property_("n", "array", elementType={"kind": "year"})]}
    with warehouse_of(snowflake_database, document) as warehouse:
        warehouse.fill(
            [Identity(0, "u", values={"n": [10, 9]}), Identity(1, "u", values={"n": [100, 10, 1]})]
        )
        (profile,) = warehouse.resolve()
    assert profile.values == {"n": [1, 9, 10, 100]}


@pytest.mark.slow
def test_a_workspace_may_have_many_columns(snowflake_database: SnowflakeDatabase) -> None:
    names = [f"c{number}" for number in range(300)]
    document = {"kind": "object", "properties": [property_(name, "boolean") for name in names[:-50]]}
    document["properties"] += [  # type: ignore[operator] # the values of the literal are of two types
        property_(name, "array", elementType={"kind": "year"}) for name in names[-50:]
    ]
    first = dict.fromkeys(names[:100], True) | {names[-1]: [2]}
    second = dict.fromkeys(names[80:200], False) | {names[-1]: [1]}
    with warehouse_of(snowflake_database, document) as warehouse:
        warehouse.install([], dict.fromkeys(names, "2"))
        warehouse.fill([Identity(0, "u", values=first), Identity(1, "u", values=second)])
        (profile,) = warehouse.resolve()
    assert profile.values == {**first, **second, names[-1]: [1, 2]}


HALF_WAY = ["LINKS", "KRENALIS_PROFILES_0", "KRENALIS_IDENTITIES", "KRENALIS_EVENTS", "SYSTEM_OPERATIONS"]


@pytest.mark.parametrize("target", HALF_WAY)
def test_a_failure_half_way_leaves_everything_as_it_was(warehouse: Warehouse, target: str) -> None:
    before = warehouse.content()
    writing = rf'^(INSERT INTO|UPDATE) "\w+"."\w+"."[^"]*{target}"'
    with warehouse.database.strike(1, "error", matching=writing, after=True, within=True) as strike:
        failed = failure(warehouse)
        assert strike.struck
    assert failed.errno == 603
    assert "Uncaught exception of type 'STATEMENT_ERROR' on line " in str(failed)
    assert warehouse.content() == before
    assert [warehouse.execute(f"SELECT * FROM {table}") for table in TEMPORARY] == [[]] * 3
    assert members(warehouse.resolve()) == MERGED


@pytest.mark.slow
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("action", ["error", "cancel"])
def test_whichever_statement_fails_all_has_happened_or_nothing(
    warehouse: Warehouse, action: str, *, after: bool
) -> None:
    """Each statement in turn, until a call has no more of them; without a handler too, as when the call is cancelled."""
    outcomes = []
    for number in count(1):
        warehouse.fill(IDENTITIES, EVENTS)
        before = warehouse.content()
        with warehouse.database.strike(number, action, after=after, within=True) as strike:
            try:
                warehouse.execute(CALL)
            except snowflake.connector.errors.ProgrammingError as error:
                assert error.errno == 603  # noqa: PT017 - there is one more call, without an error
            if not strike.struck:
                break
        happened = warehouse.content() != before
        outcomes.append(happened)
        if happened:
            assert members(warehouse.profiles()) == MERGED
            assert len(warehouse.content()[TABLE_OF_OPERATIONS]) == len(before[TABLE_OF_OPERATIONS]) + 1
        assert members(warehouse.resolve()) == MERGED

    committed = outcomes.index(True)
    assert outcomes == [False] * committed + [True] * (len(outcomes) - committed)
    assert len(outcomes) - committed == (4 if after else 3)  # the commit, and what drops the temporary tables


def test_a_rollback_that_fails_too_is_made_at_the_end_of_the_call(warehouse: Warehouse) -> None:
    before = warehouse.content()
    with (
        warehouse.database.strike(1, "error", matching="^INSERT INTO .*SYSTEM_OPERATIONS", within=True),
        warehouse.database.strike(1, "error", matching="^ROLLBACK", within=True) as rollback,
    ):
        failure(warehouse)
        assert rollback.struck
    assert warehouse.content() == before
    assert members(warehouse.resolve()) == MERGED


def test_a_change_that_is_under_way_keeps_it_out_until_it_is_finished(warehouse: Warehouse) -> None:
    """The record says what is under way, in a session of its own, which holds no transaction."""
    with warehouse.database.connect() as other, other.cursor() as cursor:
        cursor.execute("UPDATE KRENALIS_WORKSPACE SET STATE = 'migrating'")
        assert failure(warehouse).errno == -20003
        cursor.execute("UPDATE KRENALIS_WORKSPACE SET STATE = 'ready'")
        assert members(warehouse.resolve()) == MERGED


def test_a_column_that_is_gone_is_an_error_by_its_name(warehouse: Warehouse) -> None:
    warehouse.execute("ALTER TABLE KRENALIS_PROFILES_0 DROP COLUMN EMAIL")
    before = warehouse.content()

    failed = failure(warehouse)

    assert "EMAIL" in str(failed)
    assert warehouse.content() == before
