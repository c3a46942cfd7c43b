"""What each validator accepts, and how it says what it does not."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tfplugin.nearest import did_you_mean, nearest
from tfplugin.validators import Validator, between, duration, length_between, one_of, pattern, whole

MODES = one_of("Normal", "Inspection")
CODE = pattern("[a-z]+|[0-9]{2}", "small letters, or two digits")


@pytest.mark.parametrize(
    ("validator", "value", "rule"),
    [
        (MODES, "Normal", None),
        (MODES, "normal", 'must be one of "Normal", "Inspection" (did you mean "Normal"?)'),
        (MODES, "Inspektion", 'must be one of "Normal", "Inspection" (did you mean "Inspection"?)'),
        (MODES, "", 'must be one of "Normal", "Inspection"'),
        (CODE, "abc", None),
        (CODE, "12", None),
        (CODE, "abc1", "must be small letters, or two digits (as [a-z]+|[0-9]{2})"),
        (CODE, "12\n", "must be small letters, or two digits (as [a-z]+|[0-9]{2})"),
        (between(1, 10), Decimal(1), None),
        (between(1, 10), Decimal(10), None),
        (between(1, 10), Decimal("10.1"), "must be 1 to 10"),
        (between(Decimal("0.5"), None), Decimal("0.4"), "must be at least 0.5"),
        (between(None, 0), Decimal(1), "must be at most 0"),
        (between(None, 0), Decimal(-1), None),
        (between(3, 3), Decimal(4), "must be exactly 3"),
        (whole, Decimal(3), None),
        (whole, Decimal("3.5"), "must be a whole number"),
        (length_between(1, 3), "äöü", None),
        (length_between(1, 3), "", "must have 1 to 3 characters"),
        (length_between(1, None), [], "must have at least 1 element"),
        (length_between(None, 2), {"a": 1, "b": 2, "c": 3}, "must have at most 2 elements"),
        (length_between(2, 2), ["a"], "must have exactly 2 elements"),
        (duration, "90s", None),
        (duration, "90", 'must be a positive duration of at most a year, such as "30s", "10m" or "1h30m"'),
    ],
)
def test_it_says(validator: Validator, value: Any, rule: str | None) -> None:
    assert validator(value) == rule


@pytest.mark.parametrize(
    "make",
    [
        one_of,
        lambda: between(None, None),
        lambda: between(2, 1),
        lambda: length_between(None, None),
        lambda: length_between(2, 1),
    ],
)
def test_what_nothing_could_break_or_keep_is_refused(make: Callable[[], Validator]) -> None:
    with pytest.raises(ValueError, match=r"^(no value|neither|nothing)"):
        make()


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("POSTGRESQL", "PostgreSQL"),
        ("postgres", "PostgreSQL"),
        ("snow", "Snowflake"),
        ("oracle", None),
        ("", None),
        ("PostgreSQL" * 10_000, None),
    ],
)
def test_the_nearest_word_is_found(word: str, meant: str | None) -> None:
    assert nearest(word, ["PostgreSQL", "Snowflake"]) == meant


def test_the_same_word_in_another_case_comes_before_a_similar_one() -> None:
    assert nearest("VALUES", ["value", "values"]) == "values"


def test_a_sentence_ends_with_the_nearest_word_or_a_full_stop() -> None:
    assert did_you_mean("nme", ["name", "size"]) == '; did you mean "name"?'
    assert did_you_mean("xyz", []) == "."
