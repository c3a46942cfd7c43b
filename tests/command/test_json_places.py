"""Where values stand in JSON, and what is no JSON."""

import json
import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from krenalis_provider.command.json_places import MAX_DEPTH, JsonText, Span, Steps

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)
INDENTS = st.sampled_from([None, 0, 1, 4])


def everything(value: Any, steps: Steps = ()) -> list[tuple[Steps, Any]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [(steps, value), *(each for step, item in inside for each in everything(item, (*steps, step)))]


def between(text: str, span: Span) -> str:
    """The text that a span covers, found by lines and columns alone."""
    lines = re.split("(?<=\n)", text)
    (first, column), (last, end) = span
    if first == last:
        return lines[first - 1][column - 1 : end - 1]
    return "".join([lines[first - 1][column - 1 :], *lines[first : last - 1], lines[last - 1][: end - 1]])


@given(value=JSON, indent=INDENTS, ascii_only=st.booleans())
def test_each_value_stands_where_it_is_said_to_be(
    value: Any, indent: int | None, *, ascii_only: bool
) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    read = JsonText(text)

    assert not read.mistakes
    for steps, item in everything(value):
        found = between(text, read.span(steps))
        if steps and isinstance(steps[-1], str):
            (name, found_item), *others = json.loads("{" + found + "}").items()
            assert (name, others) == (steps[-1], [])
        else:
            found_item = json.loads(found)
        assert found_item == item


def test_of_what_is_missing_the_value_around_it_is_told() -> None:
    text = '{\n  "a": [\n    {"b": 1}\n  ]\n}'
    read = JsonText(text)
    assert between(text, read.span(("a", 0, "c", 5))) == '{"b": 1}'
    assert between(text, read.span(("x",))) == text


def test_numbers_are_not_rounded() -> None:
    text = "[0.1, 12345678901234567890123, 1e400, 1.50, -0, " + "9" * 5000 + "]"
    document = JsonText(text).document
    assert document[:5] == [Decimal("0.1"), 12345678901234567890123, Decimal("1e400"), Decimal("1.50"), 0]
    assert str(document[3]) == "1.50"
    assert document[5] == Decimal("9" * 5000)


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("", 1, 1, "is no JSON: it is empty."),
        (" \n ", 2, 2, "is no JSON: it is empty."),
        ('{"a": 1,}', None, None, "is no JSON: there is a comma, and nothing after it."),
        ('{"a": [1,\n]}', None, None, "is no JSON: there is a comma, and nothing after it."),
        ('{\n  // no\n  "a": 1}', 2, 3, "is no JSON: it has no comments."),
        ("{'a': 1}", 1, 2, "is no JSON: a string stands in double quotes."),
        ('{"a": 1\n "b": 2}', 2, 2, "is no JSON: expecting ',' delimiter."),
        ('{"a": "b\nc"}', 1, 9, "is no JSON: invalid control character at."),
        ('{"a": NaN}', 1, 7, "is no JSON: it has no number NaN."),
        ('{"NaN": 1,\n"a": -Infinity}', 2, 6, "is no JSON: it has no number -Infinity."),
        ('{"a": 1e99999999999999999999}', 1, 7, 'the exponent of "1e99999999999999999999" is too large.'),
        ("[1] 2", 1, 5, "is no JSON: extra data."),
        ('{"a": "b', 1, 7, "is no JSON: unterminated string starting at."),
        ('{"a": "\\', 1, 7, "is no JSON: unterminated string starting at."),
        ('"é\\ud800"', 1, 1, '"é\\\\ud800" has half of a surrogate pair, which is no character.'),
        ('{"a": 1,\n "b": {"a": 1,\n "a": 2}}', 3, 2, "is given twice in one object: remove one."),
    ],
)  # fmt: skip
def test_a_mistake_has_its_place(text: str, line: int | None, column: int | None, message: str) -> None:
    (mistake,) = JsonText(text).mistakes
    assert mistake.message == message
    if line:
        assert mistake.span.start == (line, column)


def test_a_key_that_is_given_three_times_is_told_twice_and_the_last_counts() -> None:
    read = JsonText('{"a": 1, "b": 0, "a": 2, "a": 3}')
    assert [mistake.steps for mistake in read.mistakes] == [("a",), ("a",)]
    assert read.document == {"a": 3, "b": 0}


@pytest.mark.parametrize("opening", ["[", '{"a":'])
@pytest.mark.parametrize("closing", [True, False])
def test_what_is_nested_too_deeply_is_no_schema(opening: str, *, closing: bool) -> None:
    depth = 10_000
    closings = {"[": "]", "{": "}"}[opening[0]] * depth if closing else ""
    text = opening * depth + "1" * closing + closings

    (mistake,) = JsonText(text).mistakes

    assert mistake.message == "is nested too deeply for a profile schema."
    assert mistake.span.start == (1, MAX_DEPTH * len(opening) + 1)


def test_brackets_in_strings_do_not_nest() -> None:
    read = JsonText(json.dumps(["[" * 10_000, '"[{' * 10_000]))
    assert not read.mistakes


def test_a_hostile_text_is_read_in_little_time() -> None:
    for text in ('"' + '\\"' * 500_000, "[" + '"a",' * 300_000, '{"' + "\\" * 500_001):
        assert JsonText(text).mistakes
