"""The parser of the profile schema: what it refuses and how it says so, and what counts as equal."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from krenalis_provider.model.profile_schema import ProfileSchema, Property, Type, parse
from krenalis_provider.model.profile_schema.parser import MAX_DEPTH
from krenalis_provider.model.unknown import UNKNOWN
from tests.support.profile_documents import (
    ARRAY,
    DECIMAL,
    FLOAT,
    INT,
    STRING,
    canonical,
    document,
    elements,
    paths,
    problems,
    prop,
    schema,
)
from tests.support.profile_schemas import JUNK, PLAIN_KINDS, documents, places, replaced, respelt


@pytest.mark.parametrize(("type_", "expected"), [
    *(({"kind": kind}, {"kind": kind}) for kind in PLAIN_KINDS),
    (STRING | {"maxLength": Decimal("40.0"), "maxBytes": 2**32 - 1}, STRING | {"maxBytes": 2**32 - 1, "maxLength": 40}),
    (INT | {"unsigned": False, "minimum": None}, INT),
    (FLOAT | {"minimum": Decimal("1e3"), "maximum": Decimal("2000.50"), "real": True}, FLOAT | {"real": True, "minimum": 1000, "maximum": 2000.5}),
    (FLOAT | {"bitSize": 32, "maximum": 3.4028234663852886e38}, FLOAT | {"bitSize": 32, "maximum": int(3.4028234663852886e38)}),
    ({"kind": "decimal", "precision": 5, "scale": 0}, {"kind": "decimal", "precision": 5}),
    (DECIMAL | {"minimum": -999.99, "maximum": Decimal("999.990")}, DECIMAL),
    ({"kind": "decimal", "precision": 76, "minimum": Decimal("-" + "9" * 76)}, {"kind": "decimal", "precision": 76}),
    (DECIMAL | {"minimum": Decimal("1e2"), "maximum": Decimal("100.10")}, DECIMAL | {"minimum": 100, "maximum": Decimal("100.1")}),
    (ARRAY | {"minElements": 0, "maxElements": 2147483647, "uniqueElements": False}, ARRAY),
    ({"kind": "map", "elementType": INT}, {"kind": "map", "elementType": INT}),
    (elements(pattern=""), elements(pattern="")),
    (elements(pattern=r"[(?=\]]\\1\Q(?=\E(?P<a>b)"), elements(pattern=r"[(?=\]]\\1\Q(?=\E(?P<a>b)")),
    (elements(values=["b", "", "b", "e\u0301"]), elements(values=["b", "", "b", "\u00e9"])),
])  # fmt: skip
def test_the_canonical_type_leaves_out_what_says_nothing(type_: Any, expected: Any) -> None:
    assert canonical(type_) == expected


def test_members_of_the_canonical_document_are_in_the_order_of_the_api() -> None:
    types = [
        STRING | {"maxLength": 2, "maxBytes": 1},
        {"maximum": 2, "minimum": 1, "unsigned": True, "bitSize": 8, "kind": "int"},
        {"maximum": 2, "minimum": 1, "real": True, "bitSize": 32, "kind": "float"},
        {"scale": 1, "precision": 5, "maximum": 2, "minimum": 1, "kind": "decimal"},
    ]
    properties = schema(document(*(prop(f"p{i}", type_) for i, type_ in enumerate(types)))).document()[
        "properties"
    ]
    assert list(properties[0]) == ["name", "type", "readOptional", "description"]
    assert [list(property_["type"]) for property_ in properties] == [
        ["kind", "maxBytes", "maxLength"],
        ["kind", "bitSize", "unsigned", "minimum", "maximum"],
        ["kind", "bitSize", "real", "minimum", "maximum"],
        ["kind", "minimum", "maximum", "precision", "scale"],
    ]


def test_texts_are_normalised() -> None:
    assert schema(document(prop(description="Citta\u0300"))).properties[0].description == "Citt\u00e0"


def test_all_problems_come_in_one_run() -> None:
    whole = document(
        prop("a", {"kind": "text", "maxlength": 3}, label="A"),
        prop("b", {"kind": "object", "properties": [prop("c", INT | {"minimum": -129}), prop("_d")]}),
        {"name": "e"},
    )
    assert [path for path, _ in problems(whole)] == [
        "profile_schema.properties[0].label",
        "profile_schema.properties[0].type.kind",
        "profile_schema.properties[0].type.maxlength",
        "profile_schema.properties[1].type.properties[0].type.minimum",
        "profile_schema.properties[1].type.properties[1].name",
        "profile_schema.properties[2].type",
        "profile_schema.properties[2].readOptional",
    ]


def test_a_type_of_a_wrong_kind_is_checked_inside() -> None:
    whole = document(prop("a", {"kind": "struct", "properties": [prop("b", {"kind": "text"})]}))
    assert [path for path, _ in problems(whole)] == [
        "profile_schema.properties[0].type.kind",
        "profile_schema.properties[0].type.properties[0].type.kind",
    ]


def test_a_name_may_be_used_once_in_an_object() -> None:
    inner = {"kind": "object", "properties": [prop("email"), prop("x"), prop("email")]}
    assert problems(document(prop("a", inner))) == [
        (
            "profile_schema.properties[0].type.properties[2].name",
            '"email" is already the name of profile_schema.properties[0].type.properties[0]: rename or remove one.',
        )
    ]


def test_an_object_given_twice_is_one_problem_not_one_per_leaf() -> None:
    twice = prop("a", {"kind": "object", "properties": [prop("b"), prop("c")]})
    assert [path for path, _ in problems(document(twice, twice))] == ["profile_schema.properties[1].name"]


def test_a_column_may_be_named_like_an_object() -> None:
    made = schema(document(prop("a", {"kind": "object", "properties": [prop("b")]}), prop("A")))
    assert paths(made) == ("a", "a.b", "A")


def nested(depth: int) -> dict[str, Any]:
    whole: dict[str, Any] = STRING
    for _ in range(depth):
        whole = document(prop("a", whole))
    return whole


def test_absurd_nesting_is_a_problem_not_a_crash() -> None:
    assert schema(nested(MAX_DEPTH)).leaves() == ((("a",) * MAX_DEPTH, Type("string")),)
    ((path, message),) = problems(nested(5000))
    assert path.count("properties") == MAX_DEPTH + 1
    assert message == f"is nested deeper than {MAX_DEPTH} objects."


@pytest.mark.parametrize("whole", [
    UNKNOWN,
    {"kind": UNKNOWN, "properties": [prop()]},
    {"kind": "object", "properties": UNKNOWN},
    document(prop(), UNKNOWN),
    document(prop(UNKNOWN)),
    document(prop("a"), prop(UNKNOWN, document(prop("a")))),
    document(prop(type_=UNKNOWN)),
    document(prop(description=UNKNOWN)),
    document(prop() | {"readOptional": UNKNOWN}),
    document(prop(type_={"kind": UNKNOWN, "maxLength": 5})),
    document(prop(type_=STRING | {"maxLength": UNKNOWN, "pattern": UNKNOWN, "values": UNKNOWN})),
    document(prop(type_={"kind": "array", "elementType": UNKNOWN, "uniqueElements": False})),
    document(prop(type_=elements(values=["a", UNKNOWN]))),
    document(prop(type_=INT | {"unsigned": UNKNOWN, "maximum": 200})),
    document(prop(type_=INT | {"bitSize": UNKNOWN, "maximum": 200})),
    document(prop(type_=DECIMAL | {"scale": UNKNOWN, "minimum": Decimal("1.234")})),
    document(prop(type_=DECIMAL | {"minimum": UNKNOWN})),
])  # fmt: skip
def test_what_is_unknown_is_no_problem_and_no_schema(whole: Any) -> None:
    assert parse(whole)[:2] == (None, ())


def test_what_is_known_beside_an_unknown_is_checked() -> None:
    whole = document(
        prop("a", {"kind": UNKNOWN, "maxlength": 3}),
        prop(UNKNOWN, STRING | {"maxLength": 0}),
        prop("b", INT | {"maximum": UNKNOWN, "minimum": 128}),
        prop("c", STRING | {"maxLength": UNKNOWN}),
        prop("C", elements(values=[UNKNOWN, 5])),
    )
    assert [path for path, _ in problems(whole)] == [
        "profile_schema.properties[0].type.maxlength",
        "profile_schema.properties[1].type.maxLength",
        "profile_schema.properties[2].type.minimum",
        "profile_schema.properties[4].name",
        "profile_schema.properties[4].type.elementType.values[1]",
    ]


def test_paths_and_leaves_are_depth_first_in_the_order_of_the_schema() -> None:
    inner = {"kind": "object", "properties": [prop("street", INT), prop("city")]}
    parsed = schema(document(prop("z"), prop("address", inner), prop("a", ARRAY)))
    assert paths(parsed) == ("z", "address", "address.street", "address.city", "a")
    assert parsed.leaves() == (
        (("z",), Type("string")),
        (("address", "street"), Type("int", (("bitSize", 8),))),
        (("address", "city"), Type("string")),
        (("a",), Type("array", element=Type("string"))),
    )


def test_a_parameter_that_is_absent_has_its_default() -> None:
    type_ = schema(document(prop(type_={"kind": "decimal", "precision": 5}))).properties[0].type
    assert (type_.parameter("precision"), type_.parameter("scale"), type_.parameter("minimum")) == (
        5,
        0,
        None,
    )


def test_order_and_descriptions_of_properties_count() -> None:
    first = schema(document(prop("a"), prop("b")))
    assert first != schema(document(prop("b"), prop("a")))
    assert first != schema(document(prop("a", description="A"), prop("b")))


def test_a_schema_is_a_value() -> None:
    made = ProfileSchema((Property("a", Type("string", (("maxLength", 40),)), "A"),))
    assert made == schema(document(prop("a", STRING | {"maxLength": 40}, description="A")))
    assert hash(made) == hash(schema(made.document()))


def test_the_schema_of_the_api_documentation_is_canonical() -> None:
    address = [
        prop("street", STRING | {"maxLength": 255}, description="Street"),
        prop("country", STRING | {"maxLength": 2}, description="Country"),
    ]
    whole = document(
        prop("customer_id", STRING | {"maxLength": 36}, description="Customer ID"),
        prop("birth_date", {"kind": "date"}, description="Birth date"),
        prop("address", {"kind": "object", "properties": address}, description="Address"),
        prop("categories", ARRAY, description="Preferences categories"),
    )
    assert schema(whole).document() == whole


@given(documents())
def test_a_canonical_document_means_the_schema_it_comes_from(whole: Any) -> None:
    made = schema(whole)
    assert schema(made.document()) == made
    assert schema(made.document()).document() == made.document()


@given(st.data())
def test_another_spelling_means_the_same(data: st.DataObject) -> None:
    whole = data.draw(documents())
    made, again = schema(whole), schema(data.draw(respelt(whole)))
    assert again == made
    assert json.dumps(again.document(), default=str) == json.dumps(made.document(), default=str)


@given(st.data())
def test_an_unknown_leaf_in_a_valid_document_is_never_a_problem(data: st.DataObject) -> None:
    whole = data.draw(documents())
    place = data.draw(st.sampled_from(list(places(whole))))
    assert parse(replaced(whole, place, UNKNOWN))[:2] == (None, ())


@given(st.data())
def test_nonsense_anywhere_never_raises(data: st.DataObject) -> None:
    whole = data.draw(documents())
    place = data.draw(st.sampled_from(list(places(whole))))
    parsed = parse(replaced(whole, place, data.draw(st.sampled_from(JUNK))))
    assert (parsed.schema is None) == bool(parsed.problems)
    assert all(str(problem.path).startswith("profile_schema") for problem in parsed.problems)
