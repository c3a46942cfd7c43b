"""Every rule of docs/facts/krenalis.md, "What a profile schema may say", under the text with which Krenalis refuses what breaks it.

Left out, because nothing that Terraform hands over can break them:

- the twelve ``repeated ... key`` and ``repeated value`` texts: an object of HCL has each key once, and so has the
  result of jsondecode();
- ``scale also requires precision``, which Krenalis itself never says: ``missing precision`` comes first;
- ``invalid empty values`` of an array that is null: a null member is an absent one.

Where a null is refused by Krenalis (``"maxLength": null``), it is an absent member here: typed modules send such.
"""

from decimal import Decimal
from typing import Any

import pytest

from krenalis_provider.model.profile_schema.kinds import KINDS
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

Rows = list[tuple[Any, str, str]]
"""What is given, the place in it, and our message."""

LENGTH = "must be a whole number from 1 to 4294967295"
NAME = "must be a name of ASCII letters, digits and underscores that starts with a letter"
TEXT = "must be a string without a NUL character"
INTEGER = "must be a whole number that fits 64 bits"
COUNT = "must be a whole number from 0 to 2147483647"
KIND = 'a kind such as "string" or "object"'
OPTIONAL = "every property of a profile schema is optional"
NO_LIMIT = "a profile schema cannot limit the number of elements"
ARRAY_OF_PROPERTIES = 'must be an array such as [{"name": ..., "type": ...}]'
A_PROPERTY = 'must be a property such as {"name": ..., "type": ...}'
BROKEN = "is no regular expression of RE2, which reads it"

TYPES: dict[str, Rows] = {
    "invalid type syntax": [
        ("string", "", 'must be a type such as {"kind": "string"}, not "string".'),
        ([], "", 'must be a type such as {"kind": "string"}, not an empty array.'),
    ],
    "missing 'kind' key": [
        ({}, ".kind", f"is required by a type: {KIND}."),
        ({"kind": None}, ".kind", f"is required by a type: {KIND}."),
    ],
    "invalid type kind": [
        ({"kind": 5}, ".kind", f"must be {KIND}, not 5."),
        ({"kind": ["string"]}, ".kind", f"must be {KIND}, not an array."),
        ({"kind": ""}, ".kind", f'unknown kind ""; the kinds are {", ".join(KINDS)}.'),
    ],
    "(accepted, and the server dies of it)": [
        ({"kind": "text"}, ".kind", 'unknown kind "text": did you mean "string"?'),
        ({"kind": "bool"}, ".kind", 'unknown kind "bool": did you mean "boolean"?'),
        ({"kind": "String"}, ".kind", 'unknown kind "String": did you mean "string"?'),
        ({"kind": "date_time"}, ".kind", 'unknown kind "date_time": did you mean "datetime"?'),
        ({"kind": "timestamp"}, ".kind", 'unknown kind "timestamp": did you mean "datetime"?'),
        ({"kind": "dceimal"}, ".kind", 'unknown kind "dceimal": did you mean "decimal"?'),
        ({"kind": "array", "elementType": {"kind": "text"}}, ".elementType.kind", 'unknown kind "text": did you mean "string"?'),
    ],
    'unknown key "<key>"': [
        (STRING | {"maxlength": 3}, ".maxlength", 'unknown key "maxlength": did you mean "maxLength"?'),
        (STRING | {"max_length": 3}, ".max_length", 'unknown key "max_length": did you mean "maxLength"?'),
        (STRING | {"maxByteLength": 3}, ".maxByteLength", 'unknown key "maxByteLength": did you mean "maxBytes"?'),
        (STRING | {"regexp": "a"}, ".regexp", 'unknown key "regexp": did you mean "pattern"?'),
        ({"kind": "map", "valueType": STRING}, ".valueType", 'unknown key "valueType": did you mean "elementType"?'),
        ({"kind": "object", "fields": []}, ".fields", 'unknown key "fields": did you mean "properties"?'),
        ({"type": "string"}, ".type", 'unknown key "type": did you mean "kind"?'),
        (INT | {"min": 1}, ".min", 'unknown key "min": did you mean "minimum"?'),
        (INT | {"unsinged": True, "maximum": 200}, ".unsinged", 'unknown key "unsinged": did you mean "unsigned"?'),
        ({"kind": "uuid", "xyz": 1}, ".xyz", 'unknown key "xyz": the keys of kind uuid are kind.'),
        (STRING | {"label": "a"}, ".label", 'unknown key "label": the keys of kind string are kind, maxBytes, maxLength, pattern, values.'),
        (STRING | {"name": "a"}, ".name", 'key "name" belongs to the property, beside "type".'),
    ],
    'unknown key "elements" (maybe "elementType"?)': [
        ({"kind": "array", "elements": STRING}, ".elements", 'unknown key "elements": did you mean "elementType"?'),
    ],
    "missing 'bitSize' key": [
        ({"kind": "int"}, ".bitSize", "is required by kind int: 8, 16, 24, 32 or 64."),
        ({"kind": "float"}, ".bitSize", "is required by kind float: 32 or 64."),
    ],
    "invalid bit size": [
        ({"kind": "int", "bitSize": 9}, ".bitSize", "must be 8, 16, 24, 32 or 64, not 9."),
        ({"kind": "int", "bitSize": 8.5}, ".bitSize", "must be 8, 16, 24, 32 or 64, not 8.5."),
        ({"kind": "int", "bitSize": "32"}, ".bitSize", 'must be 8, 16, 24, 32 or 64, not "32": in JSON, write it without quotes; in HCL, convert it with tonumber().'),
        ({"kind": "float", "bitSize": 16}, ".bitSize", "must be 32 or 64, not 16."),
        (STRING | {"bitSize": 8}, ".bitSize", 'key "bitSize" is not for kind string, only for int and float: remove it.'),
    ],
    "invalid unsigned": [
        (INT | {"unsigned": 1}, ".unsigned", "must be true or false, not 1."),
        (INT | {"unsigned": "true"}, ".unsigned", 'must be true or false, not "true": in JSON, write it without quotes; in HCL, convert it with tobool().'),
    ],
    "unexpected unsigned for non-int type": [
        (FLOAT | {"unsigned": True}, ".unsigned", 'key "unsigned" is not for kind float, only for int: remove it.'),
    ],
    "invalid real": [
        (FLOAT | {"real": 1}, ".real", "must be true or false, not 1."),
        (FLOAT | {"real": "false"}, ".real", 'must be true or false, not "false": in JSON, write it without quotes; in HCL, convert it with tobool().'),
    ],
    "unexpected real for non-float type": [
        (INT | {"real": True}, ".real", 'key "real" is not for kind int, only for float: remove it.'),
    ],
    "invalid minimum": [
        (INT | {"minimum": True}, ".minimum", f"{INTEGER}, not true."),
        (FLOAT | {"minimum": "-1.5e3"}, ".minimum", 'must be a number that fits 64 bits, not "-1.5e3": in JSON, write it without quotes; in HCL, convert it with tonumber().'),
        (DECIMAL | {"minimum": "x"}, ".minimum", 'must be a number, not "x".'),
    ],
    "invalid value for minimum": [
        (INT | {"minimum": 1.5}, ".minimum", f"{INTEGER}, not 1.5."),
        (INT | {"minimum": -129}, ".minimum", "must be from -128 to 127, the range of int 8, not -129."),
        (INT | {"minimum": 200, "maximum": 100}, ".minimum", "must be from -128 to 127, the range of int 8, not 200."),
        (INT | {"unsigned": True, "minimum": -1}, ".minimum", "must be from 0 to 255, the range of unsigned int 8, not -1."),
        (FLOAT | {"minimum": Decimal("-1e400")}, ".minimum", "must be a number that fits 64 bits, not -1E+400."),
    ],
    "minimum is out of range": [
        (DECIMAL | {"minimum": -1000}, ".minimum", "must be from -999.99 to 999.99, the range of decimal(5,2), not -1000."),
        (DECIMAL | {"minimum": 1.234}, ".minimum", "must have at most 2 decimal places (scale), not 1.234."),
        (DECIMAL | {"minimum": Decimal("1e-999999")}, ".minimum", "must have at most 2 decimal places (scale), not 1E-999999."),
    ],
    "unexpected minimum for non-number type": [
        (STRING | {"minimum": 1}, ".minimum", 'key "minimum" is not for kind string, only for int and float and decimal: remove it.'),
    ],
    "invalid maximum": [
        (INT | {"maximum": "5"}, ".maximum", f'{INTEGER}, not "5": in JSON, write it without quotes; in HCL, convert it with tonumber().'),
        (FLOAT | {"maximum": float("inf")}, ".maximum", "must be a number that fits 64 bits, not inf."),
        (DECIMAL | {"maximum": []}, ".maximum", "must be a number, not an empty array."),
    ],
    "invalid value for maximum": [
        (INT | {"maximum": 128}, ".maximum", "must be from -128 to 127, the range of int 8, not 128."),
        (FLOAT | {"maximum": Decimal("1e400")}, ".maximum", "must be a number that fits 64 bits, not 1E+400."),
        (FLOAT | {"bitSize": 32, "maximum": 1e39}, ".maximum", "must be from -3.4028234663852886e+38 to 3.4028234663852886e+38, the range of float 32, not 1e+39."),
    ],
    "maximum is out of range": [
        (DECIMAL | {"maximum": Decimal("999.991")}, ".maximum", "must be from -999.99 to 999.99, the range of decimal(5,2), not 999.991."),
    ],
    "maximum cannot be less than minimum": [
        (INT | {"minimum": 5, "maximum": 4}, ".maximum", "must not be less than minimum (5), not 4."),
        (FLOAT | {"minimum": 2, "maximum": 1.5}, ".maximum", "must not be less than minimum (2.0), not 1.5."),
        (DECIMAL | {"minimum": 5, "maximum": 4}, ".maximum", "must not be less than minimum (5), not 4."),
    ],
    "unexpected maximum for non-number type": [
        ({"kind": "date", "maximum": 1}, ".maximum", 'key "maximum" is not for kind date, only for int and float and decimal: remove it.'),
    ],
    "invalid pattern": [
        (elements(pattern=5), ".elementType.pattern", "must be a regular expression as a string without a NUL character, not 5."),
        (elements(pattern="(a"), ".elementType.pattern", f'{BROKEN}: "(" is never closed.'),
        (elements(pattern="a(?=b)"), ".elementType.pattern", 'cannot use look-around such as "(?=": RE2, which reads it, has none.'),
    ],
    "pattern cannot be provided if values are provided": [
        (elements(values=["a"], pattern="a"), ".elementType.values", "cannot stand beside pattern: remove one of them."),
    ],
    "values cannot be provided if pattern is provided": [
        (elements(pattern="a", values=["a"]), ".elementType.values", "cannot stand beside pattern: remove one of them."),
    ],
    "invalid values": [
        (elements(values="a"), ".elementType.values", 'must be an array of at least one string, not "a".'),
    ],
    "invalid value": [
        (elements(values=["a", 5]), ".elementType.values[1]", f"{TEXT}, not 5."),
        (elements(values=["a", None]), ".elementType.values[1]", f"{TEXT}, not null."),
        (elements(values=["a\0"]), ".elementType.values[0]", f'{TEXT}, not "a\\u0000".'),
    ],
    "invalid empty values": [
        (elements(values=[]), ".elementType.values", "must be an array of at least one string, not an empty array."),
    ],
    "unexpected regular expression for non-string type": [
        (INT | {"pattern": "a"}, ".pattern", 'key "pattern" is not for kind int, only for string: remove it.'),
    ],
    "unexpected values for non-string type": [
        (INT | {"values": ["a"]}, ".values", 'key "values" is not for kind int, only for string: remove it.'),
    ],
    "invalid length in bytes": [
        (STRING | {"maxBytes": 0}, ".maxBytes", f"{LENGTH}, not 0."),
        (STRING | {"maxBytes": 2**32}, ".maxBytes", f"{LENGTH}, not 4294967296."),
    ],
    "invalid length in characters": [
        (STRING | {"maxLength": 0}, ".maxLength", f"{LENGTH}, not 0."),
        (STRING | {"maxLength": 2**32}, ".maxLength", f"{LENGTH}, not 4294967296."),
        (STRING | {"maxLength": 1.5}, ".maxLength", f"{LENGTH}, not 1.5."),
        (STRING | {"maxLength": True}, ".maxLength", f"{LENGTH}, not true."),
        (STRING | {"maxLength": "40"}, ".maxLength", f'{LENGTH}, not "40": in JSON, write it without quotes; in HCL, convert it with tonumber().'),
        (STRING | {"maxLength": "forty"}, ".maxLength", f'{LENGTH}, not "forty".'),
        (STRING | {"maxLength": "x" * 100}, ".maxLength", f'{LENGTH}, not "{"x" * 59}…".'),
        (STRING | {"maxLength": Decimal("1e999999999")}, ".maxLength", f"{LENGTH}, not 1E+999999999."),
        (STRING | {"maxLength": 10**5000}, ".maxLength", f"{LENGTH}, not 1.00e+5000."),
        (STRING | {"maxLength": float("nan")}, ".maxLength", f"{LENGTH}, not nan."),
        (STRING | {"maxLength": {}}, ".maxLength", f"{LENGTH}, not an object."),
    ],
    "unexpected length in bytes for non-string type": [
        (INT | {"maxBytes": 5}, ".maxBytes", 'key "maxBytes" is not for kind int, only for string: remove it.'),
    ],
    "unexpected length in characters for non-string types": [
        (INT | {"maxLength": 5}, ".maxLength", 'key "maxLength" is not for kind int, only for string: remove it.'),
    ],
    "missing precision": [
        ({"kind": "decimal"}, ".precision", "is required by kind decimal: a whole number from 1 to 76."),
        ({"kind": "decimal", "scale": 2}, ".precision", "is required by kind decimal: a whole number from 1 to 76."),
    ],
    "invalid precision": [
        ({"kind": "decimal", "precision": 0}, ".precision", "must be a whole number from 1 to 76, not 0."),
        ({"kind": "decimal", "precision": 77}, ".precision", "must be a whole number from 1 to 76, not 77."),
    ],
    "unexpected precision for non-decimal type": [
        (FLOAT | {"precision": 5}, ".precision", 'key "precision" is not for kind float, only for decimal: remove it.'),
    ],
    "invalid scale": [
        ({"kind": "decimal", "precision": 50, "scale": 38}, ".scale", "must be a whole number from 0 to 37, not 38."),
        ({"kind": "decimal", "precision": 50, "scale": -1}, ".scale", "must be a whole number from 0 to 37, not -1."),
        # Krenalis takes these two for 0
        (DECIMAL | {"scale": 1.5}, ".scale", "must be a whole number from 0 to 37, not 1.5."),
        (ARRAY | {"minElements": 1.5}, ".minElements", f"{COUNT}, not 1.5."),
    ],
    "unexpected scale for non-decimal type": [
        (INT | {"scale": 0}, ".scale", 'key "scale" is not for kind int, only for decimal: remove it.'),
    ],
    "scale cannot be greater tha precision": [
        ({"kind": "decimal", "precision": 5, "scale": 6}, ".scale", "must not be greater than precision (5), not 6."),
    ],
    "missing element type": [
        ({"kind": "array"}, ".elementType", "is required by kind array."),
        ({"kind": "map", "elementType": None}, ".elementType", "is required by kind map."),
    ],
    "unexpected element type for non-array and non-map type": [
        (STRING | {"elementType": STRING}, ".elementType", 'key "elementType" is not for kind string, only for array and map: remove it.'),
    ],
    "invalid min elements": [(ARRAY | {"minElements": -1}, ".minElements", f"{COUNT}, not -1.")],
    "invalid max elements": [(ARRAY | {"maxElements": 2**31}, ".maxElements", f"{COUNT}, not 2147483648.")],
    "invalid unique elements": [(ARRAY | {"uniqueElements": 1}, ".uniqueElements", "must be true or false, not 1.")],
    "unexpected minElements for non-array type": [
        ({"kind": "map", "elementType": STRING, "minElements": 0}, ".minElements", 'key "minElements" is not for kind map, only for array: remove it.'),
    ],
    "unexpected maxElements for non-array type": [
        ({"kind": "map", "elementType": STRING, "maxElements": 1}, ".maxElements", 'key "maxElements" is not for kind map, only for array: remove it.'),
    ],
    "unexpected uniqueElements for non-array type": [
        ({"kind": "map", "elementType": STRING, "uniqueElements": False}, ".uniqueElements", 'key "uniqueElements" is not for kind map, only for array: remove it.'),
    ],
    "unexpected uniqueElements for elements with type json, array, map, or object": [
        ({"kind": "array", "elementType": {"kind": "json"}, "uniqueElements": False}, ".uniqueElements", "must be absent when the elements are of kind json, and not even be false."),
    ],
    "missing object properties": [({"kind": "object"}, ".properties", "is required by kind object.")],
    "invalid properties": [
        ({"kind": "object", "properties": {"a": STRING}}, ".properties", f"{ARRAY_OF_PROPERTIES}, not an object."),
        ({"kind": "object", "properties": {"a"}}, ".properties", f"{ARRAY_OF_PROPERTIES}, not a set."),
    ],
    "invalid empty properties": [({"kind": "object", "properties": []}, ".properties", "must hold at least one property.")],
    "invalid property syntax": [
        (document("a"), ".properties[0]", f'{A_PROPERTY}, not "a".'),
        (document(None), ".properties[0]", f"{A_PROPERTY}, not null."),
    ],
    "repeated property name": [
        (document(prop("a"), prop("b"), prop("a")), ".properties[2].name", '"a" is already the name of profile_schema.properties[0].type.properties[0]: rename or remove one.'),
    ],
    "unexpected properties for non-object type": [
        (STRING | {"properties": []}, ".properties", 'key "properties" is not for kind string, only for object: remove it.'),
    ],
    # what a profile schema may say of types
    "profile schema properties with type string cannot specify values": [
        (STRING | {"values": ["a"]}, ".values", "is only for the strings in an array or map: remove it."),
    ],
    "profile schema properties with type string cannot specify pattern": [
        (STRING | {"pattern": "a"}, ".pattern", "is only for the strings in an array or map: remove it."),
    ],
    "profile schema properties cannot have type <outer>(<inner>)": [
        ({"kind": outer, "elementType": {"kind": inner}}, ".elementType.kind", f'cannot be "{inner}": a profile schema has no arrays and maps of such.')
        for outer in ("array", "map")
        for inner in ("array", "map", "object")
    ],
    "profile schema properties with type array cannot specify unique elements": [
        (ARRAY | {"uniqueElements": True}, ".uniqueElements", "must be false, not true: a profile schema cannot ask for unique elements."),
    ],
    "profile schema properties with type array cannot specify minimum elements count": [
        (ARRAY | {"minElements": 1}, ".minElements", f"must be 0, not 1: {NO_LIMIT}."),
    ],
    "profile schema properties with type array cannot specify maximum elements count (before: maxElements must be greater or equal to minElements)": [
        (ARRAY | {"maxElements": 5}, ".maxElements", f"must be 2147483647, not 5: {NO_LIMIT}."),
    ],
}  # fmt: skip

PROPERTIES: dict[str, Rows] = {
    "unexpected value for property name": [({"name": 5}, "name", f"{NAME}, not 5.")],
    "property name is empty": [({"name": ""}, "name", f'{NAME}, not "".')],
    "invalid property name": [
        ({"name": "1st"}, "name", f'{NAME}, not "1st".'),
        ({"name": "first name"}, "name", f'{NAME}, not "first name": did you mean "first_name"?'),
        ({"name": "città"}, "name", f'{NAME}, not "città": did you mean "citta"?'),
    ],
    "missing property name": [({"name": None}, "name", "is required by a property: a name of ASCII letters, digits and underscores that starts with a letter.")],
    "missing property type": [({"type": None}, "type", "is required by a property.")],
    "unexpected value for property prefilled": [({"prefilled": 0}, "prefilled", f"{TEXT}, not 0.")],
    "unexpected value for '<flag>' key of property": [
        *(({flag: 1}, flag, "must be true or false, not 1.") for flag in ("createRequired", "updateRequired", "readOptional", "nullable")),
        ({"readOptional": "true"}, "readOptional", 'must be true or false, not "true": in JSON, write it without quotes; in HCL, convert it with tobool().'),
    ],
    "unexpected value for property description": [
        ({"description": 5}, "description", f"{TEXT}, not 5."),
        ({"description": "a\0"}, "description", f'{TEXT}, not "a\\u0000".'),
    ],
    "unknown property '<key>'": [
        ({"label": "x"}, "label", 'unknown key "label": did you mean "description"?'),
        ({"placeholder": "x"}, "placeholder", 'unknown key "placeholder": did you mean "description"?'),
        ({"required": False}, "required", 'unknown key "required": did you mean "readOptional"?'),
        ({"descriptoin": "x"}, "descriptoin", 'unknown key "descriptoin": did you mean "description"?'),
        ({"maxLength": 5}, "maxLength", 'key "maxLength" belongs inside "type".'),
        ({"xyzzy": 5}, "xyzzy", 'unknown key "xyzzy": the keys of a property are name, prefilled, type, createRequired, updateRequired, readOptional, nullable, description.'),
    ],
    # what it may say of properties
    "profile schema cannot have meta properties": [({"name": "_x"}, "name", 'cannot start with "_", which Krenalis keeps for its own columns: "_x".')],
    "profile schema properties cannot have a prefilled value": [
        ({"prefilled": "x"}, "prefilled", 'must be "", not "x": a property of a profile schema cannot have a prefilled value.'),
    ],
    "profile schema properties cannot be required for creation": [({"createRequired": True}, "createRequired", f"must be false, not true: {OPTIONAL}.")],
    "profile schema properties cannot be required for the update": [({"updateRequired": True}, "updateRequired", f"must be false, not true: {OPTIONAL}.")],
    "profile schema properties must be optional": [
        ({"readOptional": None}, "readOptional", f"is required and must be true: {OPTIONAL}."),
        ({"readOptional": False}, "readOptional", f"must be true, not false: {OPTIONAL}."),
        ({"type": document(prop("a")), "readOptional": False}, "readOptional", f"must be true, not false: {OPTIONAL}."),
    ],
    "profile schema properties cannot be nullable": [({"nullable": True}, "nullable", "must be false, not true: a property of a profile schema cannot be nullable.")],
}  # fmt: skip

COLLISION = "two profile pipeline schema properties would have the same column name"
WHOLES: dict[str, Rows] = {
    "profile schema is invalid": [
        (None, "", "must be an object of kind object, not null."),
        ("{}", "", 'must be an object of kind object, not "{}": wrap it in jsondecode().'),
        ("s.json", "", 'must be an object of kind object, not "s.json": read the file of that name with jsondecode(file("s.json")).'),
        ("a/s.yml", "", 'must be an object of kind object, not "a/s.yml": read the file of that name with yamldecode(file("a/s.yml")).'),
        ("\ufeff [1]", "", 'must be an object of kind object, not "\ufeff [1]": wrap it in jsondecode().'),
        ("kind: a\nb: c", "", 'must be an object of kind object, not "kind: a\\nb: c": wrap it in jsondecode(), or in yamldecode() if it is YAML.'),
        (" ", "", 'must be an object of kind object, not " ": give it, such as jsondecode(file("profile-schema.json")).'),
        ({"file": "s.json"}, "", 'has "file", and neither "kind" nor "properties": give the document itself, such as jsondecode(file("profile-schema.json")).'),
        (
            {"email": {"kind": "string"}, "phone": "text"},
            "",
            'has "email" and "phone", and neither "kind" nor "properties": give the document itself, such as jsondecode(file("profile-schema.json")).',
        ),
        ([prop()], "", 'must be an object of kind object, not an array: write {"kind": "object", "properties": ...} around it.'),
        (5, "", "must be an object of kind object, not 5."),
        ({1}, "", "must be an object of kind object, not a set."),
        ({}, ".kind", f"is required by a type: {KIND}."),
        ({"kind": "Object", "properties": [prop()]}, ".kind", 'unknown kind "Object": did you mean "object"?'),
    ],
    "(accepted, and the server dies of it)": [
        (INT, ".kind", 'must be "object" at the top of a profile schema, not "int".'),
    ],
    "(what the API's answers and requests have around the schema)": [
        ({"schema": document(prop())}, "", 'has the schema under the key "schema": give that key\'s value alone.'),
        ({"name": "a", "profileSchema": {}}, "", 'has the schema under the key "profileSchema": give that key\'s value alone.'),
    ],
    COLLISION: [
        (document(prop("Email"), prop("email")), ".properties[1].name", '"email" and "Email" have the same column "email"; case does not count.'),
        (
            document(prop("address_city"), prop("Address", document(prop("city")))),
            ".properties[1].type.properties[0].name",
            '"Address.city" and "address_city" have the same column "Address_city"; case does not count.',
        ),
    ],
}  # fmt: skip


def rows(table: dict[str, Rows]) -> list[Any]:
    return [
        pytest.param(*row, id=f"{text}-{i}") for text, each in table.items() for i, row in enumerate(each)
    ]


@pytest.mark.parametrize(("type_", "place", "message"), rows(TYPES))
def test_a_wrong_type_is_refused_at_its_leaf(type_: Any, place: str, message: str) -> None:
    assert problems(document(prop(type_=type_))) == [(f"profile_schema.properties[0].type{place}", message)]


@pytest.mark.parametrize(("members", "key", "message"), rows(PROPERTIES))
def test_a_wrong_property_is_refused_at_its_key(members: dict[str, Any], key: str, message: str) -> None:
    whole = document(prop("a"), prop("o", document(prop() | members)))
    assert problems(whole) == [(f"profile_schema.properties[1].type.properties[0].{key}", message)]


@pytest.mark.parametrize(("whole", "place", "message"), rows(WHOLES))
def test_a_wrong_document_is_refused(whole: Any, place: str, message: str) -> None:
    assert problems(whole) == [(f"profile_schema{place}", message)]


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


# What is free: the limits of a string and of numbers, elements' values and patterns, depth, words of SQL.
@pytest.mark.parametrize("accepted", [
    prop("select"), prop("kpid"), prop("a", STRING | {"maxBytes": 1, "maxLength": 1}),
    prop("a", FLOAT | {"real": True, "minimum": -1, "maximum": 1}), prop("a", elements(values=["a", "", "a"])),
    prop("a", {"kind": "map", "elementType": STRING | {"pattern": "^a"}}), prop("a", elements(values=["a"], maxLength=1)),
    prop("a", document(prop("b", document(prop("c"))))),
])  # fmt: skip
def test_what_krenalis_accepts_is_accepted(accepted: Any) -> None:
    assert paths(schema(document(accepted)))
