"""The JSON encoding of values."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    Value,
    json_text,
)
from tfplugin.cty.json_codec import decode, encode, restore

PERSON = Object({"name": STRING, "age": NUMBER})


@given(typed_values(unknowns=False))
def test_a_value_survives_the_encoding(typed: Typed) -> None:
    text = encode(typed.type, typed.value)
    assert decode(typed.type, text) == typed.value
    assert decode(typed.type, text.decode()) == typed.value


@given(
    types(), st.one_of(st.binary(max_size=30), st.text('[]{}":,0123456789.eE-valuetypnrsdfo ', max_size=30))
)
def test_any_text_is_a_value_or_an_error(type_: Type, text: bytes | str) -> None:
    try:
        value = decode(type_, text)
    except CtyError:
        return
    assert decode(type_, encode(type_, value)) == value


@pytest.mark.parametrize(
    ("type_", "text", "value"),
    [
        (STRING, "null", None),
        (STRING, '"e\u0301"', "é"),
        (BOOL, " true ", True),
        (NUMBER, "3", Decimal(3)),
        (NUMBER, "1.50", Decimal("1.5")),
        (NUMBER, "1e30", Decimal(10**30)),
        (NUMBER, "1" * 5_000, Decimal("1" * 5_000)),
        (
            NUMBER,
            "0.1234567890123456789012345678901234567890",
            Decimal("0.1234567890123456789012345678901234567890"),
        ),
        (Set(STRING), '["b", "a", "b"]', ["a", "b"]),
        (Tuple((STRING, BOOL)), '["a", false]', ["a", False]),
        (Map(NUMBER), '{"b": 1, "a": null}', {"a": None, "b": Decimal(1)}),
        (PERSON, '{"name": "x"}', {"name": "x", "age": None}),
        (DYNAMIC, "null", None),
        (DYNAMIC, '{"value": ["a"], "type": ["list", "string"]}', Dynamic(List(STRING), ["a"])),
        (DYNAMIC, '{"type": "string", "value": null}', Dynamic(STRING, None)),
    ],
)
def test_a_state_is_understood(type_: Type, text: str, value: Value) -> None:
    decoded = decode(type_, text)
    assert decoded == value
    assert type(decoded) is type(value)


@pytest.mark.parametrize(
    ("type_", "value", "text"),
    [
        (STRING, 'a"\né\x7f', '"a\\"\\né\x7f"'),
        (NUMBER, Decimal("1E+20"), "100000000000000000000"),
        (NUMBER, Decimal("-0.00"), "0"),
        (NUMBER, 0.1, "0.1"),
        (PERSON, {"name": None, "age": 1}, '{"age":1,"name":null}'),
        (Set(BOOL), [True, False, True], "[false,true]"),
        (DYNAMIC, Dynamic(List(STRING), ["a"]), '{"value":["a"],"type":["list","string"]}'),
    ],
)
def test_a_value_has_one_text(type_: Type, value: object, text: str) -> None:
    assert encode(type_, value).decode() == text


def test_a_long_number_is_written_out() -> None:
    assert encode(NUMBER, 10**5_000).decode() == "1" + "0" * 5_000


def test_a_value_of_an_older_type_is_restored() -> None:
    type_ = Object({"people": List(PERSON)})
    text = b'{"people": [{"name": "x", "shoe_size": 43}], "gone": {}}'
    assert restore(type_, json_text.load(text)) == {"people": [{"name": "x", "age": None}]}
    with pytest.raises(CtyError) as caught:
        decode(type_, text)
    assert str(caught.value) == "people[0].shoe_size: unexpected attribute"


def test_whoever_restores_a_value_may_have_put_an_authors_values_in_the_data() -> None:
    type_ = Object({"stored": DYNAMIC, "new": DYNAMIC, "count": NUMBER})
    data = {"stored": {"value": "a", "type": "string"}, "new": Dynamic(STRING, "b"), "count": 3}

    assert restore(type_, data) == {
        "stored": Dynamic(STRING, "a"),
        "new": Dynamic(STRING, "b"),
        "count": Decimal(3),
    }


@pytest.mark.parametrize(
    ("type_", "text", "message"),
    [
        (STRING, "", "not JSON"),
        (STRING, '"a" "b"', "not JSON"),
        (STRING, b'"\xff"', "not UTF-8"),
        (STRING, r'"\ud800"', "not valid Unicode"),
        (STRING, "1", "expected string, found number"),
        (NUMBER, '"1"', "expected number, found string"),
        (NUMBER, "NaN", "NaN is no number"),
        (NUMBER, "-Infinity", "-Infinity is no number"),
        (NUMBER, "1e999999999", "more than 100000 digits"),
        (NUMBER, "true", "expected number, found bool"),
        (DYNAMIC, '"a"', "expected an object with the type and value"),
        (DYNAMIC, '{"value": 1}', "expected an object with the type and value"),
        (DYNAMIC, '{"value": 1, "type": "number", "x": 1}', "expected an object with the type and value"),
        (DYNAMIC, '{"value": 1, "type": "text"}', "not the JSON form of a type"),
        (DYNAMIC, '{"type":"dynamic","value":' * 200 + "null" + "}" * 200, "nested too deeply"),
        (List(STRING), "[" * 1_000_000, "nested too deeply"),
    ],
)
def test_text_that_holds_no_such_value_is_refused(type_: Type, text: bytes | str, message: str) -> None:
    with pytest.raises(CtyError, match=message):
        decode(type_, text)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"a": [UNKNOWN]}, '["a"][0]: an unknown value has no JSON form'),
        ({"a": [Decimal("Infinity")]}, '["a"][0]: infinity has no JSON form'),
        ({"a": ["x"]}, '["a"][0]: expected number, found string'),
    ],
)
def test_a_value_without_a_json_form_is_refused_by_path(value: Any, message: str) -> None:
    with pytest.raises(CtyError) as caught:
        encode(Map(List(NUMBER)), value)
    assert str(caught.value) == message


def test_an_unknown_within_a_set_is_found() -> None:
    with pytest.raises(CtyError, match=r"^tags: an unknown value has no JSON form"):
        encode(Object({"tags": Set(PERSON)}), {"tags": [{"name": "x", "age": UNKNOWN}]})
