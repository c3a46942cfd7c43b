"""The profile schema as it is sent to a Krenalis server, and what the server gives back (docs/facts/krenalis.md)."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from krenalis_provider.api.body import encoded
from krenalis_provider.model.profile_schema import parse
from krenalis_provider.workspaces.server import document
from tests.support.profile_documents import DECIMAL, FLOAT, INT, STRING, prop, schema
from tests.support.profile_documents import document as whole
from tests.support.profile_schemas import Document, documents, respelt

SINGLE = {"kind": "float", "bitSize": 32}
LENGTH = 2**31 - 1


def sent(given: Any) -> str:
    return encoded({"schema": document.to_send(schema(given))}).decode()


@pytest.mark.parametrize(("type_", "returned"), [
    (INT | {"minimum": -128, "maximum": 127}, INT),
    (INT | {"unsigned": False}, INT),
    (INT | {"unsigned": True, "minimum": 0, "maximum": 255}, INT | {"unsigned": True}),
    (DECIMAL | {"minimum": Decimal("-999.99"), "maximum": Decimal("999.99")}, DECIMAL),
    (DECIMAL | {"minimum": Decimal("1.0"), "maximum": Decimal("1e2")}, DECIMAL | {"minimum": 1, "maximum": 100}),
    (FLOAT | {"minimum": 2.50, "maximum": 1e30}, FLOAT | {"minimum": Decimal("2.5"), "maximum": 10**30}),
    # rounded to 32 bits, and written as the shortest number that is read as these
    (SINGLE | {"minimum": 0.123456789, "real": False}, SINGLE | {"minimum": Decimal("0.12345679")}),
    ({"kind": "array", "elementType": SINGLE | {"maximum": 0.1}}, {"kind": "array", "elementType": SINGLE | {"maximum": Decimal("0.10000000149")}}),
    ({"kind": "decimal", "precision": 3, "scale": 0}, {"kind": "decimal", "precision": 3}),
])  # fmt: skip
def test_what_a_server_makes_of_a_type_is_no_drift(type_: Any, returned: Any) -> None:
    given = parse(whole(prop("o", whole(prop("a", type_)))))
    back = whole(prop("o", whole(prop("a", returned, description="")), description=""))

    assert document.same(back, given)


@pytest.mark.parametrize("other", [
    whole(prop("b")), whole(prop("a", INT)), whole(prop("a", description="Text.")), whole(prop("a"), prop("b")),
    whole(prop("a", STRING | {"maxLength": 5})), whole(prop("a", SINGLE | {"minimum": 0.12345678})),
    whole(prop("a", {"kind": "text"})), None, {},
])  # fmt: skip
def test_anything_else_is(other: Any) -> None:
    assert not document.same(other, parse(whole(prop("a"))))


def test_the_order_of_properties_counts() -> None:
    assert not document.same(whole(prop("a"), prop("b")), parse(whole(prop("b"), prop("a"))))


def test_two_documents_that_cannot_be_read_are_not_the_same_for_that() -> None:
    unknown, other = whole(prop("a", {"kind": "new"})), whole(prop("a", {"kind": "newer"}))

    assert document.same(unknown, parse(unknown))
    assert not document.same(other, parse(unknown))


def test_numbers_are_sent_as_literals_that_a_server_reads() -> None:
    given = whole(
        prop("i", {"kind": "int", "bitSize": Decimal("64.0"), "maximum": Decimal("1e18")}),
        prop(
            "d",
            {
                "kind": "decimal",
                "precision": 40,
                "scale": 30,
                "maximum": Decimal("0.100000000000000000000000000001"),
            },
        ),
        prop("s", STRING | {"maxLength": 40.0}),
    )

    assert '{"kind": "int", "bitSize": 64, "maximum": 1000000000000000000}' in sent(given)
    assert '"maximum": 0.100000000000000000000000000001' in sent(given)
    assert '"maxLength": 40' in sent(given)


@given(documents(LENGTH).flatmap(lambda made: st.tuples(st.just(made), respelt(made))))
def test_what_is_sent_is_read_back_as_the_same_in_whatever_spelling(pair: tuple[Document, Document]) -> None:
    written, other = pair
    body = json.loads(sent(other), parse_float=Decimal)["schema"]

    assert document.same(body, parse(written))
    assert document.to_send(schema(body)) == document.to_send(schema(written))
    # an integer has neither point nor exponent
    assert all(not isinstance(value, Decimal) for value in integers(body))


def integers(value: Any) -> list[Any]:
    """The parameters of a document for which a server wants literals of integers."""
    if isinstance(value, list):
        return [found for item in value for found in integers(item)]
    if not isinstance(value, dict):
        return []
    names = ["bitSize", "maxBytes", "maxLength", "precision", "scale"]
    if value.get("kind") == "int":
        names += ["minimum", "maximum"]
    own = [value[name] for name in names if name in value]
    return own + [found for item in value.values() for found in integers(item)]
