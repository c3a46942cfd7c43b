"""The msgpack encoding of values."""

import struct
from decimal import Decimal

import msgpack  # type: ignore[import-untyped]
import pytest
from hypothesis import example, given
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
    Unknown,
    Value,
)
from tfplugin.cty.errors import MAX_DEPTH
from tfplugin.cty.msgpack_codec import decode, encode

PERSON = Object({"name": STRING, "age": NUMBER})


def refinements(value: object) -> list[bytes | None]:
    """What is known about each unknown, in order; equality passes over it."""
    match value:
        case Unknown(refinement):
            return [refinement]
        case Dynamic():
            return refinements(value.value)
        case list():
            return [found for element in value for found in refinements(element)]
        case dict():
            return [found for element in value.values() for found in refinements(element)]
        case _:
            return []


@given(typed_values(unknowns=True))
def test_a_value_survives_the_encoding(typed: Typed) -> None:
    data = encode(typed.type, typed.value)
    again = decode(typed.type, data)
    assert again == typed.value
    assert refinements(again) == refinements(typed.value)
    assert encode(typed.type, again) == data


@given(types(), st.binary(max_size=60))
@example(DYNAMIC, b"\x92\xc4\x08\x22string\x22\xa1a")
@example(STRING, b"\xd6\xff\x00\x00\x00\x00")
def test_any_bytes_are_a_value_or_an_error(type_: Type, data: bytes) -> None:
    try:
        value = decode(type_, data)
    except CtyError:
        return
    assert decode(type_, encode(type_, value)) == value


@given(typed_values(unknowns=True), st.data())
def test_damaged_bytes_are_a_value_or_an_error(typed: Typed, data: st.DataObject) -> None:
    encoded = bytearray(encode(typed.type, typed.value))
    position = data.draw(st.integers(0, len(encoded) - 1))
    encoded[position] = data.draw(st.integers(0, 255))
    try:
        decode(typed.type, bytes(encoded))
    except CtyError:
        return


@pytest.mark.parametrize(
    ("type_", "data", "value"),
    [
        (STRING, b"\xc0", None),
        (STRING, b"\xa3e\xcc\x81", "é"),
        (BOOL, b"\xc3", True),
        (NUMBER, b"\x03", Decimal(3)),
        (NUMBER, b"\xcf\xff\xff\xff\xff\xff\xff\xff\xff", Decimal(2**64 - 1)),
        (NUMBER, b"\xcb\x3f\xf8\x00\x00\x00\x00\x00\x00", Decimal("1.5")),
        (NUMBER, b"\xca\x3f\xc0\x00\x00", Decimal("1.5")),
        (NUMBER, b"\xa30.1", Decimal("0.1")),
        (NUMBER, b"\xa90.0000001", Decimal("1e-7")),
        (NUMBER, b"\xa41e30", Decimal(10**30)),
        (NUMBER, b"\xcb\x7f\xf0\x00\x00\x00\x00\x00\x00", Decimal("Infinity")),
        (NUMBER, b"\xcb\xff\xf0\x00\x00\x00\x00\x00\x00", Decimal("-Infinity")),
        (List(STRING), b"\x92\xa1b\xa1a", ["b", "a"]),
        (Set(STRING), b"\x93\xa1b\xa1a\xa1b", ["a", "b"]),
        (Tuple((STRING, BOOL)), b"\x92\xa1b\xc2", ["b", False]),
        (Map(BOOL), b"\x82\xa1b\xc2\xa1a\xc0", {"a": None, "b": False}),
        (PERSON, b"\x82\xa4name\xa1x\xa3age\x01", {"age": Decimal(1), "name": "x"}),
        (List(BOOL), b"\x91\xd4\x00\x00", [UNKNOWN]),
        (DYNAMIC, b"\xc0", None),
        (DYNAMIC, b"\xd4\x00\x00", UNKNOWN),
        (DYNAMIC, b"\x92\xc4\x08\x22string\x22\xa1a", Dynamic(STRING, "a")),
        (DYNAMIC, b"\x92\xc4\x08\x22string\x22\xc0", Dynamic(STRING, None)),
        (DYNAMIC, b"\x92\xc4\x08\x22string\x22\xd4\x00\x00", Dynamic(STRING, UNKNOWN)),
        (
            DYNAMIC,
            b"\x92\xc4\x0c[\x22tuple\x22,[]]\x90",
            Dynamic(Tuple(()), []),
        ),
    ],
)
def test_what_terraform_sends_is_understood(type_: Type, data: bytes, value: Value) -> None:
    decoded = decode(type_, data)
    assert decoded == value
    assert type(decoded) is type(value)


@pytest.mark.parametrize(
    ("type_", "value", "data"),
    [
        (NUMBER, 3, b"\x03"),
        (NUMBER, Decimal("3.00"), b"\x03"),
        (NUMBER, Decimal("-0"), b"\x00"),
        (NUMBER, 2**63 - 1, b"\xcf\x7f\xff\xff\xff\xff\xff\xff\xff"),
        (NUMBER, -(2**63), b"\xd3\x80\x00\x00\x00\x00\x00\x00\x00"),
        (NUMBER, 2**63, b"\xb39223372036854775808"),
        (NUMBER, Decimal("1e20"), b"\xb5100000000000000000000"),
        (NUMBER, 0.1, b"\xa30.1"),
        (NUMBER, Decimal("1.50"), b"\xcb\x3f\xf8\x00\x00\x00\x00\x00\x00"),
        (NUMBER, Decimal("0.1"), b"\xa30.1"),
        (NUMBER, Decimal("-1e-7"), b"\xaa-0.0000001"),
        (NUMBER, float("inf"), b"\xcb\x7f\xf0\x00\x00\x00\x00\x00\x00"),
        (STRING, "e\u0301", b"\xa2\xc3\xa9"),
        (Set(NUMBER), [2, 1, 2], b"\x92\x01\x02"),
        (PERSON, {"name": "x", "age": None}, b"\x82\xa3age\xc0\xa4name\xa1x"),
        (DYNAMIC, Dynamic(List(BOOL), [True]), b"\x92\xc4\x0f[\x22list\x22,\x22bool\x22]\x91\xc3"),
        (BOOL, UNKNOWN, b"\xd4\x00\x00"),
    ],
)
def test_what_terraform_expects_is_sent(type_: Type, value: object, data: bytes) -> None:
    assert encode(type_, value) == data


def test_a_refined_unknown_is_sent_back_as_it_came() -> None:
    payload = msgpack.packb({1: False, 2: "b-"})
    data = msgpack.packb({"age": msgpack.ExtType(12, b"\x80"), "name": msgpack.ExtType(12, payload)})
    value = decode(PERSON, data)
    assert value == {"name": UNKNOWN, "age": UNKNOWN}
    assert encode(PERSON, value) == data


@pytest.mark.parametrize(
    ("type_", "data", "message"),
    [
        (STRING, b"", "not one msgpack value"),
        (STRING, b"\xc0\xc0", "not one msgpack value"),
        (STRING, b"\xa1\xff", "not one msgpack value"),
        (STRING, b"\xa2a", "not one msgpack value"),
        (STRING, b"\xdb\xff\xff\xff\xff", "not one msgpack value"),
        (List(STRING), b"\xdd\xff\xff\xff\xff", "not one msgpack value"),
        (Map(STRING), b"\xdf\xff\xff\xff\xff", "not one msgpack value"),
        (Map(STRING), b"\x81\x01\xa1a", "not one msgpack value"),
        (Map(STRING), b"\x81\xd4\x00\x00\xa1a", "not one msgpack value"),
        (Map(STRING), b"\x81\xc4\x01a\xa1a", "expected string, found bytes"),
        (STRING, b"\x01", "expected string, found number"),
        (STRING, b"\xc4\x01a", "expected string, found bytes"),
        (NUMBER, b"\xc3", "expected number, found bool"),
        (NUMBER, b"\xc4\x011", "expected number, found bytes"),
        (NUMBER, b"\xa3abc", "expected number, found other text"),
        (NUMBER, b"\xa31_0", "expected number, found other text"),
        (NUMBER, b"\xa3NaN", "expected number, found other text"),
        (NUMBER, b"\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00", "expected number, found NaN"),
        (PERSON, b"\x81\xa4name\xa1x", "age: the attribute is missing"),
        (PERSON, b"\x83\xa4name\xa1x\xa3age\xc0\xa1b\xc0", "b: unexpected attribute"),
        (Tuple((STRING,)), b"\x90", "expected 1 elements, found 0"),
        (DYNAMIC, b"\xa1a", "expected the type and value"),
        (DYNAMIC, b"\x91\xc4\x08\x22string\x22", "expected the type and value"),
        (DYNAMIC, b"\x92\xa8\x22string\x22\xa1a", "expected the type and value"),
        (DYNAMIC, b"\x92\xc4\x06\x22text\x22\xa1a", "not the JSON form of a type"),
        (STRING, b"\xd5\x00\x00\x00", "unexpected msgpack extension 0"),
        (STRING, b"\xd4\x05\x00", "unexpected msgpack extension 5"),
        (STRING, b"\xc8\x04\x01\x0c" + b"a" * 1025, "more than 1024 bytes"),
    ],
)
def test_bytes_that_hold_no_such_value_are_refused(type_: Type, data: bytes, message: str) -> None:
    with pytest.raises(CtyError, match=message):
        decode(type_, data)


@pytest.mark.parametrize(
    "text", ["-" + "9" * 100_000, "-0." + "0" * 99_998 + "1"], ids=["integer", "fraction"]
)
def test_the_longest_number_is_taken(text: str) -> None:
    assert encode(NUMBER, decode(NUMBER, msgpack.packb(text))) == msgpack.packb(text)


@pytest.mark.parametrize(
    "text",
    [
        "1" * 100_001,
        "0." + "0" * 99_999 + "1",
        "1e100000",
        "1e-100000",
        "1" * 1_000_000,
        "1e999999999",
        "1e" + "9" * 30,
    ],
    ids=lambda text: text[:12],
)
def test_a_longer_number_is_refused(text: str) -> None:
    with pytest.raises(CtyError, match="more than 100000 digits"):
        decode(NUMBER, msgpack.packb(text))


def test_the_deepest_value_is_taken() -> None:
    type_: Type = STRING
    value: Value = "x"
    for _ in range(MAX_DEPTH - 1):
        type_, value = List(type_), [value]
    dynamic = Dynamic(type_, value)
    assert decode(DYNAMIC, encode(DYNAMIC, dynamic)) == dynamic
    with pytest.raises(CtyError, match="nested too deeply"):
        encode(DYNAMIC, Dynamic(List(type_), [value]))


@pytest.mark.parametrize(
    "data",
    [
        b"\x91" * 1_000_000,
        b"\x92\xc4\x09\x22dynamic\x22" * 400 + b"\xc0",
        (b"\xdd" + struct.pack(">I", 9_000)) * 1_000 + bytes(5_000),
        b"\x92\xc5" + struct.pack(">H", 5_008) + b'["list",' * 500 + b'"string"' + b"]" * 1_000 + b"\xc0",
    ],
    ids=["lists", "dynamic values", "announced elements", "type"],
)
def test_bytes_that_nest_too_deeply_are_refused(data: bytes) -> None:
    with pytest.raises(CtyError):
        decode(DYNAMIC, data)


def test_the_place_of_a_mistake_is_named() -> None:
    type_ = Object({"warehouse": Object({"settings": Object({"port": NUMBER})})})
    with pytest.raises(CtyError) as caught:
        encode(type_, {"warehouse": {"settings": {"port": "secret"}}})
    assert str(caught.value) == "warehouse.settings.port: expected number, found string"
