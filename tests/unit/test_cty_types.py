"""Types, their JSON form, and values as plain Python."""

import copy
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from tests.support.cty_strategies import Typed, typed_values, types
from tfplugin.cty import (
    BOOL,
    DYNAMIC,
    NUMBER,
    STRING,
    UNKNOWN,
    CtyError,
    Dynamic,
    List,
    Map,
    Object,
    Set,
    Tuple,
    Type,
    Unknown,
    Value,
    conform,
    contains_dynamic,
    infer,
    is_known,
    is_null,
    is_wholly_known,
    nulls_for_unknowns,
    parse_type,
    parse_type_bytes,
    plain,
    type_bytes,
)
from tfplugin.cty.errors import MAX_DEPTH

ADDRESS = Object({"street": STRING, "number": NUMBER})
REFINED = Unknown(b"\x81\x01\xc2")


def nested(depth: int) -> Type:
    type_: Type = STRING
    for _ in range(depth):
        type_ = List(type_)
    return type_


@pytest.mark.parametrize(
    ("type_", "form"),
    [
        (STRING, "string"),
        (DYNAMIC, "dynamic"),
        (List(NUMBER), ["list", "number"]),
        (Set(BOOL), ["set", "bool"]),
        (Map(List(STRING)), ["map", ["list", "string"]]),
        (Tuple(()), ["tuple", []]),
        (Tuple((STRING, BOOL)), ["tuple", ["string", "bool"]]),
        (ADDRESS, ["object", {"number": "number", "street": "string"}]),
    ],
    ids=str,
)
def test_a_type_has_the_json_form_of_terraform(type_: Type, form: Any) -> None:
    assert type_.to_json() == form
    assert parse_type(form) == type_


@given(types())
def test_a_type_survives_its_json_form(type_: Type) -> None:
    again = parse_type_bytes(type_bytes(type_))
    assert again == type_
    assert hash(again) == hash(type_)


def test_the_json_form_is_compact_and_sorted() -> None:
    assert type_bytes(ADDRESS) == b'["object",{"number":"number","street":"string"}]'


def test_names_of_optional_attributes_are_passed_over() -> None:
    assert parse_type(["object", {"street": "string", "number": "number"}, ["number"]]) == ADDRESS


@pytest.mark.parametrize(
    "form",
    [
        "text",
        1,
        None,
        [],
        ["string"],
        ["list"],
        ["list", "text"],
        ["list", "string", "string"],
        ["tuple", "string"],
        ["object", ["a"]],
        ["object", {"a": "text"}],
        ["object", {}, "a"],
        {"list": "string"},
    ],
    ids=json.dumps,
)
def test_anything_else_is_no_type(form: Any) -> None:
    with pytest.raises(CtyError, match="not the JSON form of a type"):
        parse_type(form)


@pytest.mark.parametrize(
    "data", [b"", b"string", b'"string" "string"', b'"\xff"', b'["list",NaN]', b"[" * 100_000]
)
def test_a_type_that_is_not_json_is_refused(data: bytes) -> None:
    with pytest.raises(CtyError, match="JSON"):
        parse_type_bytes(data)


def test_the_order_of_attributes_does_not_matter() -> None:
    reordered = Object({"number": NUMBER, "street": STRING})
    assert reordered == ADDRESS
    assert hash(reordered) == hash(ADDRESS)


def test_kinds_of_collections_differ() -> None:
    assert len({List(STRING), Set(STRING), Map(STRING), List(STRING)}) == 3


def test_a_type_cannot_be_changed() -> None:
    attributes = {"a": STRING}
    type_ = Object(attributes)
    attributes["b"] = STRING
    assert list(type_.attributes) == ["a"]
    with pytest.raises(AttributeError):
        type_.attributes = {}  # type: ignore[misc]
    with pytest.raises(TypeError):
        type_.attributes["b"] = STRING  # type: ignore[index]
    assert copy.deepcopy(type_) is type_


def test_the_name_of_a_type_is_for_people() -> None:
    assert str(List(Map(STRING))) == "list of map of string"
    assert str(ADDRESS) == "object"


def test_a_dynamic_part_is_found_at_any_depth() -> None:
    assert contains_dynamic(Object({"a": List(Tuple((STRING, Map(DYNAMIC))))}))
    assert not contains_dynamic(Object({"a": List(Tuple((STRING, Map(BOOL))))}))


def test_the_deepest_type_can_be_used_like_any_other() -> None:
    deepest = nested(MAX_DEPTH)
    again = parse_type_bytes(type_bytes(deepest))
    assert again == deepest
    assert hash(again) == hash(deepest)
    assert repr(again).count("List") == str(again).count("list") == MAX_DEPTH
    with pytest.raises(CtyError, match="nested too deeply"):
        parse_type_bytes(type_bytes(nested(MAX_DEPTH + 1)))


def test_unknowns_are_equal_whatever_is_known_about_them() -> None:
    assert Unknown(b"\x80") == UNKNOWN
    assert hash(Unknown(b"\x80")) == hash(UNKNOWN)
    assert repr(UNKNOWN) == "UNKNOWN"
    assert repr(REFINED) == r"Unknown(b'\x81\x01\xc2')"


@pytest.mark.parametrize("value", [UNKNOWN, REFINED, Dynamic(STRING, UNKNOWN)], ids=repr)
def test_an_unknown_is_neither_known_nor_null(value: Value) -> None:
    assert not is_known(value)
    assert not is_null(value)
    assert not is_wholly_known(value)


def test_a_value_with_an_unknown_part_is_known_but_not_wholly() -> None:
    value: Value = {"a": ["x", Dynamic(List(STRING), [UNKNOWN])]}
    assert is_known(value)
    assert not is_wholly_known(value)
    assert nulls_for_unknowns(value) == {"a": ["x", Dynamic(List(STRING), [None])]}


def test_null_is_known_with_or_without_a_type() -> None:
    for value in (None, Dynamic(STRING, None)):
        assert is_null(value)
        assert is_wholly_known(value)
    assert not is_null("")


def test_a_set_is_in_natural_order_without_duplicates() -> None:
    assert conform(Set(STRING), ["b", "a", "b", None, "é", "e\u0301"]) == [None, "a", "b", "é"]
    assert conform(Set(NUMBER), [10, 9, Decimal("10.0"), -1.5]) == [Decimal("-1.5"), 9, 10]
    assert conform(Set(Map(BOOL)), [{"b": True, "a": False}, {"a": False, "b": True}, {}]) == [
        {},
        {"a": False, "b": True},
    ]


def test_a_set_keeps_what_may_turn_out_different() -> None:
    elements = [{"a": UNKNOWN}, {"a": "x"}, {"a": UNKNOWN}, {"a": "x"}]
    assert conform(Set(Object({"a": STRING})), elements) == [{"a": "x"}, {"a": UNKNOWN}, {"a": UNKNOWN}]


@given(typed_values(unknowns=True))
def test_a_canonical_value_conforms_as_it_is(typed: Typed) -> None:
    assert conform(typed.type, typed.value) == typed.value


@pytest.mark.parametrize(
    ("type_", "value", "message"),
    [
        (STRING, 1, "expected string, found number"),
        (STRING, "\ud800", "the string is not valid Unicode"),
        (NUMBER, True, "expected number, found bool"),
        (NUMBER, "1", "expected number, found string"),
        (NUMBER, float("nan"), "expected number, found NaN"),
        (NUMBER, Decimal("1e999999999"), "the number has more than 100000 digits"),
        (BOOL, "true", "expected bool, found string"),
        (BOOL, Decimal(1), "expected bool, found number"),
        (List(STRING), ("a",), "expected list of string, found tuple"),
        (List(STRING), ["a", 1], "[1]: expected string, found number"),
        (Tuple((STRING,)), ["a", "b"], "expected 1 elements, found 2"),
        (Map(STRING), {"a b": 1}, '["a b"]: expected string, found number'),
        (Map(STRING), {1: "a"}, '["1"]: expected string, found number'),
        (Object({"a": Set(ADDRESS)}), {"a": [{}]}, "a: in an element, number: the attribute is missing"),
        (ADDRESS, [], "expected object, found list"),
        (ADDRESS, {"number": 1}, "street: the attribute is missing"),
        (ADDRESS, {"number": 1, "street": "", "town": ""}, "town: unexpected attribute"),
        (DYNAMIC, "a", "expected dynamic value, found bare string; infer() finds the type of plain data"),
        (DYNAMIC, Dynamic(STRING, 1), "expected string, found number"),  # type: ignore[arg-type]
        (STRING, Dynamic(STRING, "a"), "expected string, found dynamic value"),
        (STRING, object(), "expected string, found object"),
        (
            Object({"warehouse": Object({"settings": Map(List(ADDRESS))})}),
            {"warehouse": {"settings": {"a": [None, {"street": "", "number": "x"}]}}},
            'warehouse.settings["a"][1].number: expected number, found string',
        ),
    ],
)
def test_a_value_that_does_not_fit_is_refused_by_path(type_: Type, value: object, message: str) -> None:
    with pytest.raises(CtyError) as caught:
        conform(type_, value)
    assert str(caught.value) == message


def test_plain_data_is_typed_like_jsondecode_types_it() -> None:
    data = {"b": ["x", 1, 1.5, None], "a": {"c": True}, "u": UNKNOWN}
    inferred = infer(data)
    assert inferred == Dynamic(
        Object({"a": Object({"c": BOOL}), "b": Tuple((STRING, NUMBER, NUMBER, DYNAMIC)), "u": DYNAMIC}),
        {"a": {"c": True}, "b": ["x", Decimal(1), Decimal("1.5"), None], "u": UNKNOWN},
    )
    assert plain(inferred) == data


def test_what_has_no_type_of_its_own_stays_bare() -> None:
    assert infer(None) is None
    assert infer(REFINED) is REFINED


def test_a_dynamic_value_within_plain_data_keeps_its_type() -> None:
    inferred = infer({"a": Dynamic(List(STRING), ["x"]), "b": Dynamic(STRING, UNKNOWN)})
    assert inferred == Dynamic(Object({"a": List(STRING), "b": STRING}), {"a": ["x"], "b": UNKNOWN})
    assert infer(Dynamic(STRING, UNKNOWN)) == Dynamic(STRING, UNKNOWN)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"a": [0, object()]}, "a[1]: expected plain data, found object"),
        ({1: "a"}, "1: expected string, found number"),
        ({"a": {"b": ("c",)}}, "a.b: expected plain data, found tuple"),
    ],
)
def test_what_is_no_plain_data_is_refused_by_path(data: object, message: str) -> None:
    with pytest.raises(CtyError) as caught:
        infer(data)
    assert str(caught.value) == message


def test_data_that_contains_itself_is_refused() -> None:
    data: list[Any] = []
    data.append(data)
    with pytest.raises(CtyError, match="nested too deeply"):
        infer(data)
