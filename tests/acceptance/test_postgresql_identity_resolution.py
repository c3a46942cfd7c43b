"""The rules of `resolve_identities()` (docs/facts/krenalis.md, "Identity resolution"), one by one and all against a plain statement of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg.types.json import Jsonb

from tests.acceptance.identity_warehouse import (
    Warehouse,
    add_event,
    kpids,
    members,
    merged,
    the_profile,
    warehouse_of,
)
from tests.support.hypothesis_profiles import examples
from tests.support.identities import Identity, owner, resolved
from tests.support.identity_strategies import ADA, BOB, CID_EMAIL, EVE, EVENTS, ROWS, SETTINGS
from tests.support.postgresql import Database, Server


@pytest.fixture
def warehouse(database: Database) -> Warehouse:
    """A warehouse with the procedure; no identifiers."""
    warehouse = warehouse_of(database)
    warehouse.install()
    return warehouse


A, B, C = "A", "B", "C"


@pytest.mark.parametrize(
    ("other", "one_profile"),
    [
        (Identity(2, "u"), True),
        (Identity(2, "v"), False),
        (Identity(2, "u", connection="2"), False),
        (Identity(2, "u", is_anonymous=True), False),
    ],
    ids=["same", "other user", "other connection", "anonymous"],
)
def test_identities_of_one_user_of_one_connection_are_one_profile(
    warehouse: Warehouse, other: Identity, *, one_profile: bool
) -> None:
    warehouse.add(Identity(1, "u"), other)
    assert members(warehouse.resolve()) == ([(1, 2)] if one_profile else [(1,), (2,)])


@pytest.mark.parametrize(
    ("identifiers", "rows", "expected"),
    [
        pytest.param((), [{"email": A}, {"email": A}], [(1,), (2,)], id="none, no link"),
        pytest.param(("email",), [{"email": A}, {"email": A}], [(1, 2)], id="one value"),
        pytest.param(("email",), [{"email": A}, {"email": "a"}], [(1,), (2,)], id="case counts"),
        pytest.param(("email",), [{}, {}], [(1,), (2,)], id="null is no value"),
        pytest.param(("email",), [{"email": ""}, {"email": ""}], [(1, 2)], id="the empty string is one"),
        pytest.param(
            CID_EMAIL,
            [{"customer_id": A, "email": C}, {"customer_id": B, "email": C}],
            [(1,), (2,)],
            id="a higher one vetoes",
        ),
        pytest.param(
            CID_EMAIL, [{"customer_id": A, "email": C}, {"email": C}], [(1, 2)], id="unless one lacks it"
        ),
        pytest.param(
            CID_EMAIL,
            [{"customer_id": A, "email": B}, {"customer_id": A, "email": C}],
            [(1, 2)],
            id="a lower one does not veto",
        ),
        pytest.param(
            CID_EMAIL,
            [{"customer_id": A, "email": C}, {"customer_id": B, "email": C}, {"email": C}],
            [(1, 2, 3)],
            id="a third one joins what was vetoed",
        ),
        pytest.param(
            CID_EMAIL,
            [{"customer_id": A, "email": B}, {"email": B}, {"customer_id": A}],
            [(1, 2, 3)],
            id="a chain through two identifiers",
        ),
        pytest.param(
            ("home.post_code",), [{"home_post_code": 7}, {"home_post_code": 7}], [(1, 2)], id="nested, with _"
        ),
        pytest.param(
            ("home.post_code", "customer_id", "email"),
            [
                {"home_post_code": 1, "email": A},
                {"customer_id": B, "email": A},
                {"home_post_code": 2, "customer_id": C, "email": A},
                {"home_post_code": 3, "customer_id": C},
            ],
            [(1, 2), (3,), (4,)],
            id="three identifiers",
        ),
        # a value of one identifier is not one of another
        pytest.param(CID_EMAIL, [{"customer_id": A}, {"email": A}], [(1,), (2,)], id="across identifiers"),
    ],
)
def test_identities_are_joined_by_identifiers(
    warehouse: Warehouse,
    identifiers: Sequence[str],
    rows: Sequence[Mapping[str, Any]],
    expected: list[tuple[int, ...]],
) -> None:
    warehouse.install(identifiers)
    warehouse.add(*(Identity(pk, str(pk), values=values) for pk, values in enumerate(rows, start=1)))
    assert members(warehouse.resolve()) == expected


def test_the_latest_value_that_is_not_null_wins(warehouse: Warehouse) -> None:
    profile = merged(
        warehouse,
        Identity(1, "u", updated_at=5, values={"email": "old", "customer_id": A}),
        Identity(2, "u", updated_at=9, values={"email": "new"}),
        Identity(
            3, "u", updated_at=1, values={"email": "oldest", "customer_id": B, "extra": Jsonb({"a": 1})}
        ),
    )
    assert profile.values == {"email": "new", "customer_id": A, "extra": {"a": 1}}
    assert profile.updated_at == 9


def test_of_two_values_as_old_the_greater_key_wins(warehouse: Warehouse) -> None:
    profile = merged(
        warehouse,
        Identity(7, "u", values={"email": "seven"}),
        Identity(12, "u", values={"email": "twelve"}),
        Identity(3, "u", values={"email": "three"}),
    )
    assert profile.values == {"email": "twelve"}
    assert profile.identities == (3, 7, 12)


@pytest.mark.parametrize(
    ("of_the_source", "expected"), [(["old", "newer"], "newer"), ([None], "latest"), ([], "latest")]
)
def test_the_primary_source_goes_first(
    warehouse: Warehouse, of_the_source: Sequence[str | None], expected: str
) -> None:
    warehouse.install(["customer_id"], {"email": "8", "home.post_code": "8"})
    sourced = [
        Identity(pk, "u", "8", updated_at=pk, values={"customer_id": A, "email": email})
        for pk, email in enumerate(of_the_source, start=1)
    ]
    other = Identity(
        9, "u", "9", updated_at=9, values={"customer_id": A, "email": "latest", "home_post_code": 4}
    )
    warehouse.add(*sourced, other)
    assert the_profile(warehouse).values == {"customer_id": A, "email": expected, "home_post_code": 4}


@pytest.mark.parametrize(
    ("arrays", "expected"),
    [
        ([["c", "a"], ["b", "a", "b"]], {"tags": ["a", "b", "c"]}),
        ([["b", "A"], ["a", "é", "B", "z"]], {"tags": ["A", "B", "a", "b", "z", "é"]}),
        ([["x"], None], {"tags": ["x"]}),
        ([[], None], {"tags": []}),
        ([None, None], {}),
        ([["a", None], [None, "b"]], {"tags": ["a", "b", None]}),
    ],
)
def test_an_array_holds_each_element_once_by_value(
    warehouse: Warehouse, arrays: Sequence[list[str] | None], expected: Mapping[str, Any]
) -> None:
    identities = (
        Identity(pk, "u", updated_at=pk, values={"tags": tags}) for pk, tags in enumerate(arrays, start=1)
    )
    assert merged(warehouse, *identities).values == expected


@pytest.mark.parametrize(
    ("before", "kept"),
    [([ADA, None, ADA], True), ([None, None], False), ([ADA, BOB], False), ([ADA, BOB, ADA, None], False)],
)
def test_a_profile_keeps_its_kpid_when_its_identities_have_one(
    warehouse: Warehouse, before: Sequence[UUID | None], *, kept: bool
) -> None:
    profile = merged(warehouse, *(Identity(pk, "u", kpid=kpid) for pk, kpid in enumerate(before, start=1)))
    assert profile.kpid is not None
    assert (profile.kpid in before) is kept
    assert set(kpids(warehouse).values()) == {profile.kpid}


def test_no_part_of_a_split_profile_keeps_its_kpid(warehouse: Warehouse) -> None:
    warehouse.add(
        Identity(1, "u", kpid=ADA), Identity(2, "v", kpid=ADA), Identity(3, "v"), Identity(4, "w", kpid=EVE)
    )
    first, second, third = warehouse.resolve()
    assert len({first.kpid, second.kpid, ADA}) == 3
    assert third.kpid == EVE
    assert kpids(warehouse) == {1: first.kpid, 2: second.kpid, 3: second.kpid, 4: EVE}


def test_a_second_resolution_changes_nothing(warehouse: Warehouse) -> None:
    warehouse.install(["email"])
    warehouse.add(*(Identity(pk, str(pk), values={"email": pk % 2}) for pk in range(1, 6)))
    first = warehouse.resolve()
    assert warehouse.resolve() == first
    assert warehouse.resolve() == first


@pytest.mark.parametrize(
    ("connection", "user", "device", "identity"),
    [
        pytest.param("1", "u", "d", 1, id="by user"),
        pytest.param("1", "", "d", 2, id="by device, when there is no user"),
        pytest.param("1", "", "both", 3, id="the latest of a device"),
        pytest.param("1", "x", "d", None, id="another user"),
        pytest.param("1", None, "d", None, id="user null"),
        pytest.param("2", "u", "d", None, id="another connection"),
        pytest.param("1", "", "x", None, id="another device"),
        pytest.param("1", "w", "d", 4, id="the one who is not anonymous"),
        pytest.param("1", "", "lent", 4, id="of a device, the one who is not anonymous"),
    ],
)
def test_an_event_belongs_to_the_profile_of(
    warehouse: Warehouse, connection: str, user: str | None, device: str, identity: int | None
) -> None:
    warehouse.add(
        Identity(1, "u"),
        Identity(2, "v", anonymous_ids=("d", "both")),
        Identity(3, "t", anonymous_ids=("both",), updated_at=1),
        Identity(4, "w", anonymous_ids=("lent",)),
        Identity(5, "w", is_anonymous=True, anonymous_ids=("lent",), updated_at=7),
    )
    add_event(warehouse, "m", connection, user, device)
    warehouse.resolve()
    expected = kpids(warehouse)[identity] if identity else None
    assert warehouse.execute("SELECT kpid FROM krenalis_events") == [(expected,)]


@pytest.fixture(scope="module")
def shared(postgresql: Server) -> Iterator[Warehouse]:
    """A warehouse that the examples of the property share."""
    database = postgresql.database()
    yield warehouse_of(database)
    database.drop()


@examples(50)
@given(rows=st.lists(ROWS, max_size=12), events=st.lists(EVENTS, max_size=4))
@pytest.mark.slow
@pytest.mark.parametrize(("identifiers", "sources"), SETTINGS, ids=["none", "one", "two", "three"])
def test_it_does_what_comparing_every_pair_would(
    shared: Warehouse,
    identifiers: tuple[str, ...],
    sources: dict[str, str],
    rows: list[Identity],
    events: list[tuple[str, str | None, str]],
) -> None:
    identities = [replace(row, pk=pk) for pk, row in enumerate(rows, start=1)]
    expected = resolved(
        identities,
        [path.replace(".", "_") for path in identifiers],
        {path.replace(".", "_"): connection for path, connection in sources.items()},
    )
    shared.execute("TRUNCATE krenalis_identities, krenalis_events")
    shared.install(identifiers, sources)
    shared.add(*identities)
    for number, event in enumerate(events):
        add_event(shared, f"{number}", *event)

    found = shared.resolve()

    new = [profile.kpid for profile, known in zip(found, expected, strict=True) if known.kpid is None]
    assert len({*new, None, ADA, BOB, EVE}) == len(new) + 4
    assert [
        replace(p, kpid=k.kpid) if k.kpid is None else p for p, k in zip(found, expected, strict=True)
    ] == expected
    of_identity = {pk: profile.kpid for profile in found for pk in profile.identities}
    assert kpids(shared) == of_identity
    owners = [owner(identities, *event) for event in events]
    assert shared.execute("SELECT kpid FROM krenalis_events ORDER BY message_id") == [
        (identity and of_identity[identity.pk],) for identity in owners
    ]
    assert shared.resolve() == found
