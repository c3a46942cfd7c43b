"""``json-schema``: the JSON Schema of profile schemas says what the parser does, as far as JSON Schema can say it."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from krenalis_provider.model.exact_json import to_json
from krenalis_provider.model.profile_schema import parse
from krenalis_provider.model.profile_schema.json_schema import json_schema
from krenalis_provider.model.profile_schema.kinds import KINDS
from tests.command.executable import run
from tests.support.column_types import COLUMN_TYPES
from tests.support.hypothesis_profiles import examples
from tests.support.profile_documents import ARRAY, DECIMAL, FLOAT, INT, STRING, document, elements, prop
from tests.support.profile_schemas import WRONG, documents, places, replaced
from tests.support.workspaces import profile_schema

COMMITTED = Path(__file__).parents[2] / "docs" / "profile-schema.schema.json"
CANNOT_SAY = re.compile(
    r"is already the name of|have the same column|nested deeper|must not be less than minimum|"
    r"must not be greater than precision|decimal places \(scale\)|the range of decimal|"
    r"RE2|regular expression|cannot use (back-references|look-around)"
)
"""What the document itself says that it cannot express."""


@cache
def validator() -> Draft202012Validator:
    return Draft202012Validator(json_schema())


def accepts(whole: Any) -> bool:
    """Whether an editor finds nothing wrong with the document, as it reads it from a file."""
    return validator().is_valid(json.loads(to_json(whole)))


def test_it_is_a_json_schema_and_printed_as_it_is_committed() -> None:
    result = run("json-schema")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == COMMITTED.read_text(), (
        "run: terraform-provider-krenalis json-schema > docs/profile-schema.schema.json"
    )
    Draft202012Validator.check_schema(json.loads(result.stdout))


def test_what_it_cannot_say_it_says() -> None:
    said = json_schema()["description"]
    for words in (
        "names in one object differ",
        "64 levels",
        "maximum",
        "scale",
        "pattern",
        "platform",
        "null",
    ):
        assert words in said


def test_it_accepts_the_documented_example_and_every_type() -> None:
    assert accepts(profile_schema())
    for type_, _ in COLUMN_TYPES:
        assert accepts(document(prop(type_=type_))), type_


@given(documents())
def test_it_accepts_what_the_parser_accepts(whole: Any) -> None:
    assert parse(whole).schema
    assert accepts(whole)


@examples(300)
@given(whole=documents(), data=st.data())
def test_it_refuses_what_the_parser_refuses_as_far_as_it_can_say_it(whole: Any, data: st.DataObject) -> None:
    place = data.draw(st.sampled_from(list(places(whole))))
    wrong = data.draw(st.sampled_from([*(each for each in WRONG if each is not None), *KINDS, 10**20, 2.5]))
    changed = replaced(whole, place, wrong)

    problems = [problem.message for problem in parse(changed).problems]

    if any(not CANNOT_SAY.search(message) for message in problems):
        assert not accepts(changed), problems
    elif not problems:
        assert accepts(changed)


@pytest.mark.parametrize(
    "type_",
    [
        {}, {"kind": "text"}, {"kind": "String"}, {"kind": "string", "lenght": 5}, {"kind": "string", "maxLength": 0},
        {"kind": "string", "maxLength": 2**32}, {"kind": "string", "maxLength": "5"}, {"kind": "string", "pattern": "a"},
        {"kind": "string", "values": ["a"]}, {"kind": "int"}, {"kind": "int", "bitSize": 12}, INT | {"minimum": -129},
        INT | {"maximum": 128}, INT | {"unsigned": True, "minimum": -1}, INT | {"unsigned": True, "maximum": 256},
        INT | {"minimum": 0.5}, INT | {"unsigned": "true"}, FLOAT | {"bitSize": 16}, FLOAT | {"bitSize": 32, "maximum": 1e39},
        {"kind": "decimal"}, DECIMAL | {"precision": 77}, DECIMAL | {"scale": 38}, DECIMAL | {"precision": 0},
        {"kind": "array"}, ARRAY | {"minElements": 1}, ARRAY | {"maxElements": 5}, ARRAY | {"uniqueElements": True},
        {"kind": "array", "elementType": ARRAY}, {"kind": "map", "elementType": {"kind": "map", "elementType": STRING}},
        {"kind": "array", "elementType": document(prop())}, elements(pattern="a", values=["a"]), elements(values=[]),
        elements(values=[1]), {"kind": "array", "elementType": {"kind": "json"}, "uniqueElements": False},
        document(), {"kind": "object"}, {"kind": "object", "properties": {}}, {"kind": "date", "properties": []},
    ],
    ids=json.dumps,
)  # fmt: skip
def test_it_refuses_the_type(type_: Any) -> None:
    whole = document(prop(type_=type_))
    assert parse(whole).problems
    assert not accepts(whole)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "_p"}, {"name": "é"}, {"name": ""}, {"name": 1}, {"readOptional": False}, {"nullable": True},
        {"createRequired": True}, {"updateRequired": True}, {"prefilled": "x"}, {"description": "\0"}, {"label": "x"},
        {"type": "string"}, {"maxLength": 5},
    ],
    ids=json.dumps,
)  # fmt: skip
def test_it_refuses_the_property(changes: Any) -> None:
    whole = document(prop() | changes)
    assert parse(whole).problems
    assert not accepts(whole)


@pytest.mark.parametrize("key", ["name", "type", "readOptional"])
def test_it_asks_for_what_a_property_needs(key: str) -> None:
    lacking = {name: value for name, value in prop().items() if name != key}
    assert not accepts(document(lacking))


@pytest.mark.parametrize(
    "whole",
    [[], [prop()], "x", {}, STRING, {"properties": [prop()]}, {"name": "x", "profileSchema": profile_schema()},
     profile_schema() | {"$schema": "x"}],
)  # fmt: skip
def test_it_refuses_what_is_no_profile_schema_as_a_whole(whole: Any) -> None:
    assert parse(whole).problems
    assert not accepts(whole)


def test_an_editor_is_told_what_is_wrong_with_a_kind_and_not_that_no_kind_fits() -> None:
    (error,) = validator().iter_errors(document(prop(type_={"kind": "int", "bitSize": 12})))
    assert list(error.absolute_path) == ["properties", 0, "type", "bitSize"]
    assert error.message == "12 is not one of [8, 16, 24, 32, 64]"


def test_everything_has_a_description() -> None:
    definitions = json_schema()["$defs"]
    lacking = [
        (name, key)
        for name, definition in definitions.items()
        for key, member in definition.get("properties", {}).items()
        if not member.get("description")
    ]
    assert lacking == []
