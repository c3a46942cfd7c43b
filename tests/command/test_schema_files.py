"""Files of profile schemas, whatever is in them."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from krenalis_provider.command.json_places import Position
from krenalis_provider.command.schema_files import SchemaFile, UnreadableFileError, read
from krenalis_provider.model.exact_json import to_json
from krenalis_provider.model.profile_schema import parse
from krenalis_provider.warehouses import registry
from tests.support.hypothesis_profiles import examples
from tests.support.profile_schemas import WRONG, documents, doubtful, places, replaced

PIECES = ['"', "{", "}", "[", "]", ",", ":", "\\", "\\u", "\\ud800", "\n", "\r\n", "\t", "1e999", "-", "NaN", "null", "é", "\U0001f600", "\0", "//"]  # fmt: skip


def check(text: str) -> SchemaFile:
    """Read a text; whatever is said of it has a place in it."""
    file = SchemaFile("x", text)
    lines = text.split("\n")
    limits = [
        trouble
        for platform in registry.names()
        for trouble in file.limits(registry.known_platform(platform).dialect())
    ]
    troubles = (*file.troubles, *limits)
    for trouble in troubles:
        start, end = trouble.span
        assert start <= end
        for position in (start, end):
            assert Position(1, 1) <= position
            assert position.column <= len(lines[position.line - 1]) + 1
        assert trouble.message
    assert bool(file.troubles) != bool(file.parsed.schema) or not file.parsed.problems
    return file


@examples(300)
@given(text=st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=30).map("".join))
def test_any_text_is_read(text: str) -> None:
    check(text)


@examples(200)
@given(whole=documents(), data=st.data())
def test_a_schema_with_something_else_in_one_place_of_its_text_is_read(
    whole: Any, data: st.DataObject
) -> None:
    text = json.dumps(json.loads(to_json(whole)), indent=data.draw(st.sampled_from([None, 1])))
    at = data.draw(st.integers(0, len(text)))
    gone = data.draw(st.integers(0, 3))
    piece = data.draw(st.sampled_from(["", *PIECES]))

    check(text[:at] + piece + text[at + gone :])


@examples(200)
@given(whole=doubtful(100), data=st.data())
def test_a_file_has_the_problems_of_its_document(whole: Any, data: st.DataObject) -> None:
    place = data.draw(st.sampled_from(list(places(whole))))
    changed = replaced(whole, place, data.draw(st.sampled_from(WRONG)))

    file = check(to_json(changed))

    wanted = [(str(problem.path), problem.message) for problem in parse(changed).problems]
    assert [(str(trouble.path), trouble.message) for trouble in file.troubles] == wanted


def test_an_empty_name_is_said() -> None:
    with pytest.raises(UnreadableFileError, match=r'^"": is no name of a file$'):
        read("")


def test_it_says_nothing_wrong_of_a_valid_schema() -> None:
    text = '{"kind": "object", "properties": [{"name": "a", "type": {"kind": "uuid"}, "readOptional": true}]}'
    file = check(text)
    assert file.parsed.schema
    assert file.troubles == ()
