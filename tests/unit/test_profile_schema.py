"""The parser of the profile schema: what it refuses and how it says so, and what counts as equal."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from krenalis_provider.workspaces.profile_schema import (
    MAX_DEPTH,
    ProfileSchema,
    Property,
    Type,
    parse,
)
from krenalis_provider.workspaces.profile_schema_rules import KINDS
from krenalis_provider.workspaces.unknown import UNKNOWN
from tests.support.profile_schemas import PLAIN_KINDS, documents, respelt

STRING = {"kind": "string"}
INT = {"kind": "int", "bitSize": 8}
FLOAT = {"kind": "float", "bitSize": 64}
DECIMAL = {"kind": "decimal", "precision": 5, "scale": 2}
ARRAY = {"kind": "array", "elementType": STRING}
LENGTH = "must be a whole number from 1 to 4294967295"
NAME = "must be a name of ASCII letters, digits and underscores that starts with a letter"
TEXT = "must be a string without a NUL character"
OPTIONAL = "every property of a profile schema is optional"
NO_LIMIT = "a profile schema cannot limit the number of elements"


def prop(name: Any = "p", type_: Any = None, **others: Any) -> dict[str, Any]:
    return {"name": name, "type": STRING if type_ is None else type_, "readOptional": True, **others}


def document(*properties: Any) -> dict[str, Any]:
    return {"kind": "object", "properties": list(properties)}


def elements(**parameters: Any) -> dict[str, Any]:
    return {"kind": "array", "elementType": STRING | parameters}


def problems(whole: Any) -> list[tuple[str, str]]:
    parsed = parse(whole)
    assert parsed.schema is None
    return [(problem.path, problem.message) for problem in parsed.problems]


def schema(whole: Any) -> ProfileSchema:
    parsed = parse(whole)
    assert not parsed.problems
    assert parsed.schema is not None
    return parsed.schema


def canonical(type_: Any) -> Any:
    """The canonical document of a type."""
    return schema(document(prop(type_=type_))).document()["properties"][0]["type"]


# What is refused in a type: the document, the place in it, and the message.
REFUSED_TYPES: list[tuple[Any, str, str]] = [
    # the form
    ("string", "", 'must be a type such as {"kind": "string"}, not "string".'),
    ([], "", 'must be a type such as {"kind": "string"}, not an empty array.'),
    # the kind
    ({}, ".kind", 'is required by a type: a kind such as "string" or "object".'),
    ({"kind": None}, ".kind", 'is required by a type: a kind such as "string" or "object".'),
    ({"kind": 5}, ".kind", 'must be a kind such as "string" or "object", not 5.'),
    ({"kind": ["string"]}, ".kind", 'must be a kind such as "string" or "object", not an array.'),
    ({"kind": "text"}, ".kind", 'unknown kind "text": did you mean "string"?'),
    ({"kind": "bool"}, ".kind", 'unknown kind "bool": did you mean "boolean"?'),
    ({"kind": "String"}, ".kind", 'unknown kind "String": did you mean "string"?'),
    ({"kind": "date_time"}, ".kind", 'unknown kind "date_time": did you mean "datetime"?'),
    ({"kind": "timestamp"}, ".kind", 'unknown kind "timestamp": did you mean "datetime"?'),
    ({"kind": "dceimal"}, ".kind", 'unknown kind "dceimal": did you mean "decimal"?'),
    ({"kind": ""}, ".kind", f'unknown kind ""; the kinds are {", ".join(KINDS)}.'),
    # keys that no type has, or another kind
    (STRING | {"maxlength": 3}, ".maxlength", 'unknown key "maxlength": did you mean "maxLength"?'),
    (STRING | {"max_length": 3}, ".max_length", 'unknown key "max_length": did you mean "maxLength"?'),
    (STRING | {"maxByteLength": 3}, ".maxByteLength", 'unknown key "maxByteLength": did you mean "maxBytes"?'),
    (STRING | {"regexp": "a"}, ".regexp", 'unknown key "regexp": did you mean "pattern"?'),
    ({"kind": "map", "valueType": STRING}, ".valueType", 'unknown key "valueType": did you mean "elementType"?'),
    ({"kind": "array", "elements": STRING}, ".elements", 'unknown key "elements": did you mean "elementType"?'),
    ({"kind": "object", "fields": []}, ".fields", 'unknown key "fields": did you mean "properties"?'),
    ({"type": "string"}, ".type", 'unknown key "type": did you mean "kind"?'),
    (INT | {"min": 1}, ".min", 'unknown key "min": did you mean "minimum"?'),
    (INT | {"unsinged": True, "maximum": 200}, ".unsinged", 'unknown key "unsinged": did you mean "unsigned"?'),
    ({"kind": "uuid", "xyz": 1}, ".xyz", 'unknown key "xyz": the keys of kind uuid are kind.'),
    (STRING | {"label": "a"}, ".label", 'unknown key "label": the keys of kind string are kind, maxBytes, maxLength, pattern, values.'),
    (STRING | {"name": "a"}, ".name", 'key "name" belongs to the property, beside "type".'),
    (STRING | {"bitSize": 8}, ".bitSize", 'key "bitSize" is not for kind string, only for int and float: remove it.'),
    (INT | {"scale": 0}, ".scale", 'key "scale" is not for kind int, only for decimal: remove it.'),
    (INT | {"real": True}, ".real", 'key "real" is not for kind int, only for float: remove it.'),
    (FLOAT | {"unsigned": True}, ".unsigned", 'key "unsigned" is not for kind float, only for int: remove it.'),
    (STRING | {"minimum": 1}, ".minimum", 'key "minimum" is not for kind string, only for int and float and decimal: remove it.'),
    (STRING | {"elementType": STRING}, ".elementType", 'key "elementType" is not for kind string, only for array and map: remove it.'),
    (STRING | {"properties": []}, ".properties", 'key "properties" is not for kind string, only for object: remove it.'),
    ({"kind": "map", "elementType": STRING, "minElements": 0}, ".minElements", 'key "minElements" is not for kind map, only for array: remove it.'),
    # string
    *((STRING | {key: 0}, f".{key}", f"{LENGTH}, not 0.") for key in ("maxLength", "maxBytes")),
    *((STRING | {key: 2**32}, f".{key}", f"{LENGTH}, not 4294967296.") for key in ("maxLength", "maxBytes")),
    (STRING | {"maxLength": 1.5}, ".maxLength", f"{LENGTH}, not 1.5."),
    (STRING | {"maxLength": True}, ".maxLength", f"{LENGTH}, not true."),
    (STRING | {"maxLength": "40"}, ".maxLength", f'{LENGTH}, not "40": convert it with tonumber().'),
    (STRING | {"maxLength": "forty"}, ".maxLength", f'{LENGTH}, not "forty".'),
    (STRING | {"maxLength": "x" * 100}, ".maxLength", f'{LENGTH}, not "{"x" * 59}…".'),
    (STRING | {"maxLength": Decimal("1e999999999")}, ".maxLength", f"{LENGTH}, not 1E+999999999."),
    (STRING | {"maxLength": 10**5000}, ".maxLength", f"{LENGTH}, not 1.00e+5000."),
    (STRING | {"maxLength": float("nan")}, ".maxLength", f"{LENGTH}, not nan."),
    (STRING | {"maxLength": {}}, ".maxLength", f"{LENGTH}, not an object."),
    (STRING | {"pattern": "a"}, ".pattern", "is only for the strings in an array or map: remove it."),
    (STRING | {"values": ["a"]}, ".values", "is only for the strings in an array or map: remove it."),
    (elements(pattern=5), ".elementType.pattern", "must be a regular expression as a string without a NUL character, not 5."),
    (elements(pattern="a(?=b)"), ".elementType.pattern", 'cannot use look-around such as "(?=": RE2, which reads it, has none.'),
    (elements(pattern="(?<!b)a"), ".elementType.pattern", 'cannot use look-around such as "(?<!": RE2, which reads it, has none.'),
    (elements(pattern=r"(a)\1"), ".elementType.pattern", r'cannot use back-references such as "\\1": RE2, which reads it, has none.'),
    (elements(pattern="(?P<a>b)(?P=a)"), ".elementType.pattern", 'cannot use back-references such as "(?P=": RE2, which reads it, has none.'),
    (elements(values=[]), ".elementType.values", "must be an array of at least one string, not an empty array."),
    (elements(values="a"), ".elementType.values", 'must be an array of at least one string, not "a".'),
    (elements(values=["a", None]), ".elementType.values[1]", f"{TEXT}, not null."),
    (elements(values=["a\0"]), ".elementType.values[0]", f'{TEXT}, not "a\\u0000".'),
    (elements(values=["a"], pattern="a"), ".elementType.values", "cannot stand beside pattern: remove one of them."),
    # int
    ({"kind": "int"}, ".bitSize", "is required by kind int: 8, 16, 24, 32 or 64."),
    ({"kind": "int", "bitSize": 9}, ".bitSize", "must be 8, 16, 24, 32 or 64, not 9."),
    ({"kind": "int", "bitSize": "32"}, ".bitSize", 'must be 8, 16, 24, 32 or 64, not "32": convert it with tonumber().'),
    (INT | {"unsigned": 1}, ".unsigned", "must be true or false, not 1."),
    (INT | {"unsigned": "true"}, ".unsigned", 'must be true or false, not "true": convert it with tobool().'),
    (INT | {"minimum": 1.5}, ".minimum", "must be a whole number that fits 64 bits, not 1.5."),
    (INT | {"maximum": "5"}, ".maximum", 'must be a whole number that fits 64 bits, not "5": convert it with tonumber().'),
    (INT | {"minimum": 200, "maximum": 100}, ".minimum", "must be from -128 to 127, the range of int 8, not 200."),
    (INT | {"minimum": 5, "maximum": 4}, ".maximum", "must not be less than minimum (5), not 4."),
    # float
    ({"kind": "float"}, ".bitSize", "is required by kind float: 32 or 64."),
    ({"kind": "float", "bitSize": 16}, ".bitSize", "must be 32 or 64, not 16."),
    (FLOAT | {"real": "false"}, ".real", 'must be true or false, not "false": convert it with tobool().'),
    (FLOAT | {"minimum": "-1.5e3"}, ".minimum", 'must be a number that fits 64 bits, not "-1.5e3": convert it with tonumber().'),
    (FLOAT | {"maximum": Decimal("1e400")}, ".maximum", "must be a number that fits 64 bits, not 1E+400."),
    (FLOAT | {"maximum": float("inf")}, ".maximum", "must be a number that fits 64 bits, not inf."),
    (FLOAT | {"minimum": 2, "maximum": 1.5}, ".maximum", "must not be less than minimum (2.0), not 1.5."),
    (FLOAT | {"bitSize": 32, "maximum": 1e39}, ".maximum", "must be from -3.4028234663852886e+38 to 3.4028234663852886e+38, the range of float 32, not 1e+39."),
    # decimal
    ({"kind": "decimal"}, ".precision", "is required by kind decimal: a whole number from 1 to 76."),
    ({"kind": "decimal", "precision": 0}, ".precision", "must be a whole number from 1 to 76, not 0."),
    ({"kind": "decimal", "precision": 77}, ".precision", "must be a whole number from 1 to 76, not 77."),
    ({"kind": "decimal", "precision": 50, "scale": 38}, ".scale", "must be a whole number from 0 to 37, not 38."),
    ({"kind": "decimal", "precision": 5, "scale": 6}, ".scale", "must not be greater than precision (5), not 6."),
    (DECIMAL | {"minimum": -1000}, ".minimum", "must be from -999.99 to 999.99, the range of decimal(5,2), not -1000."),
    (DECIMAL | {"maximum": Decimal("999.991")}, ".maximum", "must be from -999.99 to 999.99, the range of decimal(5,2), not 999.991."),
    (DECIMAL | {"minimum": 1.234}, ".minimum", "must have at most 2 decimal places (scale), not 1.234."),
    (DECIMAL | {"minimum": Decimal("1e-999999")}, ".minimum", "must have at most 2 decimal places (scale), not 1E-999999."),
    (DECIMAL | {"minimum": 5, "maximum": 4}, ".maximum", "must not be less than minimum (5), not 4."),
    # array and map
    ({"kind": "array"}, ".elementType", "is required by kind array."),
    ({"kind": "map", "elementType": None}, ".elementType", "is required by kind map."),
    *(
        ({"kind": outer, "elementType": {"kind": inner}}, ".elementType.kind", f'cannot be "{inner}": a profile schema has no arrays and maps of such.')
        for outer in ("array", "map")
        for inner in ("array", "map", "object")
    ),
    (ARRAY | {"minElements": -1}, ".minElements", "must be a whole number from 0 to 2147483647, not -1."),
    (ARRAY | {"minElements": 1}, ".minElements", f"must be 0, not 1: {NO_LIMIT}."),
    (ARRAY | {"maxElements": 5}, ".maxElements", f"must be 2147483647, not 5: {NO_LIMIT}."),
    (ARRAY | {"uniqueElements": True}, ".uniqueElements", "must be false, not true: a profile schema cannot ask for unique elements."),
    ({"kind": "array", "elementType": {"kind": "json"}, "uniqueElements": False}, ".uniqueElements", "must be absent when the elements are of kind json, and not even be false."),
    # object
    ({"kind": "object"}, ".properties", "is required by kind object."),
    ({"kind": "object", "properties": []}, ".properties", "must hold at least one property."),
    ({"kind": "object", "properties": {"a": STRING}}, ".properties", 'must be an array such as [{"name": ..., "type": ...}], not an object.'),
    ({"kind": "object", "properties": {"a"}}, ".properties", 'must be an array such as [{"name": ..., "type": ...}], not a set.'),
    (document("a"), ".properties[0]", 'must be a property such as {"name": ..., "type": ...}, not "a".'),
    (document(None), ".properties[0]", 'must be a property such as {"name": ..., "type": ...}, not null.'),
    (document(prop("a"), prop("b", STRING | {"maxLength": 0})), ".properties[1].type.maxLength", f"{LENGTH}, not 0."),
]  # fmt: skip


@pytest.mark.parametrize(("type_", "place", "message"), REFUSED_TYPES)
def test_a_wrong_type_is_refused_at_its_leaf(type_: Any, place: str, message: str) -> None:
    assert problems(document(prop(type_=type_))) == [(f"profile_schema.properties[0].type{place}", message)]


REFUSED_PROPERTIES: list[tuple[dict[str, Any], str, str]] = [
    ({"name": None}, "name", "is required by a property: a name of ASCII letters, digits and underscores that starts with a letter."),
    ({"name": ""}, "name", f'{NAME}, not "".'),
    ({"name": 5}, "name", f"{NAME}, not 5."),
    ({"name": "1st"}, "name", f'{NAME}, not "1st".'),
    ({"name": "first name"}, "name", f'{NAME}, not "first name": did you mean "first_name"?'),
    ({"name": "città"}, "name", f'{NAME}, not "città": did you mean "citta"?'),
    ({"name": "_x"}, "name", 'cannot start with "_", which Krenalis keeps for its own columns: "_x".'),
    ({"type": None}, "type", "is required by a property."),
    ({"readOptional": None}, "readOptional", f"is required and must be true: {OPTIONAL}."),
    ({"readOptional": False}, "readOptional", f"must be true, not false: {OPTIONAL}."),
    ({"readOptional": "true"}, "readOptional", 'must be true or false, not "true": convert it with tobool().'),
    ({"createRequired": True}, "createRequired", f"must be false, not true: {OPTIONAL}."),
    ({"updateRequired": True}, "updateRequired", f"must be false, not true: {OPTIONAL}."),
    ({"nullable": True}, "nullable", "must be false, not true: a property of a profile schema cannot be nullable."),
    ({"prefilled": "x"}, "prefilled", 'must be "", not "x": a property of a profile schema cannot have a prefilled value.'),
    ({"prefilled": 0}, "prefilled", f"{TEXT}, not 0."),
    ({"description": 5}, "description", f"{TEXT}, not 5."),
    ({"description": "a\0"}, "description", f'{TEXT}, not "a\\u0000".'),
    ({"label": "x"}, "label", 'unknown key "label": did you mean "description"?'),
    ({"placeholder": "x"}, "placeholder", 'unknown key "placeholder": did you mean "description"?'),
    ({"required": False}, "required", 'unknown key "required": did you mean "readOptional"?'),
    ({"descriptoin": "x"}, "descriptoin", 'unknown key "descriptoin": did you mean "description"?'),
    ({"maxLength": 5}, "maxLength", 'key "maxLength" belongs inside "type".'),
    ({"xyzzy": 5}, "xyzzy", 'unknown key "xyzzy": the keys of a property are name, prefilled, type, createRequired, updateRequired, readOptional, nullable, description.'),
]  # fmt: skip


@pytest.mark.parametrize(("members", "key", "message"), REFUSED_PROPERTIES)
def test_a_wrong_property_is_refused_at_its_key(members: dict[str, Any], key: str, message: str) -> None:
    assert problems(document(prop("a"), prop() | members)) == [
        (f"profile_schema.properties[1].{key}", message)
    ]


@pytest.mark.parametrize(("bits", "unsigned", "lowest", "highest"), [
    (8, False, -128, 127), (8, True, 0, 255),
    (16, False, -32768, 32767), (16, True, 0, 65535),
    (24, False, -8388608, 8388607), (24, True, 0, 16777215),
    (32, False, -2147483648, 2147483647), (32, True, 0, 4294967295),
    (64, False, -(2**63), 2**63 - 1), (64, True, 0, 2**64 - 1),
])  # fmt: skip
def test_integer_bounds_are_those_of_the_size(bits: int, unsigned: bool, lowest: int, highest: int) -> None:  # noqa: FBT001 - a column of the table
    type_ = {"kind": "int", "bitSize": bits, "unsigned": unsigned}
    own = canonical(type_)
    assert canonical(type_ | {"minimum": lowest, "maximum": highest}) == own
    assert canonical(type_ | {"minimum": lowest + 1, "maximum": highest - 1}) == own | {
        "minimum": lowest + 1,
        "maximum": highest - 1,
    }
    assert canonical(type_ | {"minimum": highest}) == own | {"minimum": highest}
    place = "profile_schema.properties[0].type"
    assert [path for path, _ in problems(document(prop(type_=type_ | {"minimum": lowest - 1})))] == [
        f"{place}.minimum"
    ]
    assert [path for path, _ in problems(document(prop(type_=type_ | {"maximum": highest + 1})))] == [
        f"{place}.maximum"
    ]


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


@pytest.mark.parametrize(("whole", "path", "message"), [
    (None, "profile_schema", "must be an object of kind object, not null."),
    ("{}", "profile_schema", 'must be an object of kind object, not "{}": wrap it in jsondecode().'),
    ([prop()], "profile_schema", 'must be an object of kind object, not an array: write {"kind": "object", "properties": ...} around it.'),
    (5, "profile_schema", "must be an object of kind object, not 5."),
    ({1}, "profile_schema", "must be an object of kind object, not a set."),
    ({"schema": document(prop())}, "profile_schema", 'has the schema under the key "schema": give that key\'s value alone.'),
    ({"name": "a", "profileSchema": {}}, "profile_schema", 'has the schema under the key "profileSchema": give that key\'s value alone.'),
    (INT, "profile_schema.kind", 'must be "object" at the top of a profile schema, not "int".'),
    ({"kind": "Object", "properties": [prop()]}, "profile_schema.kind", 'unknown kind "Object": did you mean "object"?'),
    ({}, "profile_schema.kind", 'is required by a type: a kind such as "string" or "object".'),
])  # fmt: skip
def test_a_document_that_is_something_else_gets_one_problem_with_the_remedy(
    whole: Any, path: str, message: str
) -> None:
    assert problems(whole) == [(path, message)]


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


@pytest.mark.parametrize(("properties", "path", "message"), [
    (
        [prop("Email"), prop("email")],
        "profile_schema.properties[1].name",
        '"email" and "Email" have the same column "email"; case does not count.',
    ),
    (
        [prop("address_city"), prop("Address", {"kind": "object", "properties": [prop("city")]})],
        "profile_schema.properties[1].type.properties[0].name",
        '"Address.city" and "address_city" have the same column "Address_city"; case does not count.',
    ),
])  # fmt: skip
def test_two_properties_cannot_have_the_same_column(properties: list[Any], path: str, message: str) -> None:
    assert problems(document(*properties)) == [(path, message)]


def test_a_column_may_be_named_like_an_object() -> None:
    assert schema(document(prop("a", {"kind": "object", "properties": [prop("b")]}), prop("A"))).paths() == (
        "a",
        "a.b",
        "A",
    )


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
    assert parse(whole) == (None, ())


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
    assert parsed.paths() == ("z", "address", "address.street", "address.city", "a")
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
    assert parse(replaced(whole, place, UNKNOWN)) == (None, ())


JUNK = [-1, 10**5000, 0.5, float("nan"), Decimal("1e999999"), Decimal("sNaN"), "40", "true", "\0é", True, None, [], {}, [{}], {1}]  # fmt: skip


@given(st.data())
def test_nonsense_anywhere_never_raises(data: st.DataObject) -> None:
    whole = data.draw(documents())
    place = data.draw(st.sampled_from(list(places(whole))))
    parsed = parse(replaced(whole, place, data.draw(st.sampled_from(JUNK))))
    assert (parsed.schema is None) == bool(parsed.problems)
    assert all(problem.path.startswith("profile_schema") for problem in parsed.problems)


def places(whole: Any) -> Iterator[tuple[Any, ...]]:
    """The paths to everything inside a document."""
    inside = whole.items() if isinstance(whole, dict) else enumerate(whole) if isinstance(whole, list) else ()
    for key, value in inside:
        yield (key,)
        yield from ((key, *rest) for rest in places(value))


def replaced(whole: Any, place: tuple[Any, ...], value: Any) -> Any:
    """The document with another value at a place."""
    if not place:
        return value
    changed = replaced(whole[place[0]], place[1:], value)
    if isinstance(whole, dict):
        return whole | {place[0]: changed}
    return [changed if index == place[0] else item for index, item in enumerate(whole)]
