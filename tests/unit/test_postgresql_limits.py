"""Profile columns in PostgreSQL: the limits."""

from collections.abc import Callable
from typing import Any

import pytest

from krenalis_provider.model.profile_schema import parse
from krenalis_provider.warehouses.postgresql.limits import column_problems
from tests.support.profile_documents import STRING, document, prop


def problems(*properties: dict[str, Any]) -> list[str]:
    """What the limits of PostgreSQL say of a document with these properties."""
    return [str(problem) for problem in column_problems(parse(document(*properties)).leaves)]


def test_ordinary_columns_are_no_problem() -> None:
    assert problems(*(prop(f"p{index}") for index in range(1590))) == []


def test_more_columns_than_a_table_holds_are_refused() -> None:
    assert problems(*(prop(f"p{index}") for index in range(1591))) == [
        "profile_schema: has 1591 properties that are not objects; a PostgreSQL warehouse holds 1590."
    ]


def test_a_name_longer_than_an_identifier_is_refused_with_the_flattened_name() -> None:
    assert problems(prop("z"), prop("a", document(prop("b" * 61), prop("c" * 62)))) == [
        (
            f'profile_schema.properties[1].type.properties[1].name: "a.{"c" * 57}…" has the column "a_{"c" * 62}" of 64 '
            "bytes; PostgreSQL allows 63: shorten its names."
        )
    ]


def test_two_names_that_would_be_cut_to_the_same_are_both_refused() -> None:
    found = problems(prop("n" * 63 + "a"), prop("n" * 63 + "b"))

    assert [line.partition(":")[0] for line in found] == [
        "profile_schema.properties[0].name",
        "profile_schema.properties[1].name",
    ]


def test_a_column_that_every_table_has_is_refused_in_that_very_spelling() -> None:
    assert problems(prop("ctid"), prop("Ctid2"), prop("XMIN")) == [
        (
            'profile_schema.properties[0].name: "ctid" has the column "ctid", which every PostgreSQL table has already: '
            "rename it."
        )
    ]


@pytest.mark.parametrize(("wrap", "inside"), [
    (lambda inner: inner, ""),
    (lambda inner: {"kind": "array", "elementType": inner}, ".elementType"),
])  # fmt: skip
def test_a_string_longer_than_a_varchar_is_refused(wrap: Callable[[Any], Any], inside: str) -> None:
    limits = [{"maxLength": 10485760}, {"maxLength": 10485761}, {"maxBytes": 20000000}]
    assert problems(*(prop(f"p{index}", wrap(STRING | limit)) for index, limit in enumerate(limits))) == [
        (
            f"profile_schema.properties[1].type{inside}.maxLength: must be at most 10485760 in PostgreSQL, not 10485761: "
            "lower it, or remove it for no limit."
        ),
        (
            f"profile_schema.properties[2].type{inside}.maxBytes: must be at most 10485760 in PostgreSQL, not 20000000: "
            "lower it, or remove it for no limit."
        ),
    ]


def test_strings_in_a_map_have_no_limit_of_a_varchar() -> None:
    long = STRING | {"maxLength": 20_000_000}
    assert problems(prop("p", {"kind": "map", "elementType": long})) == []


def test_the_smaller_of_two_lengths_decides() -> None:
    assert problems(prop("p", STRING | {"maxBytes": 4_000_000_000, "maxLength": 10})) == []
