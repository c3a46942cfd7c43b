"""Profile columns in Snowflake: the limits."""

from typing import Any

from krenalis_provider.model.profile_schema import parse
from krenalis_provider.warehouses.snowflake.limits import column_problems
from tests.support.profile_documents import STRING, document, elements, prop


def problems(*properties: dict[str, Any]) -> list[str]:
    """What the limits of Snowflake say of a document with these properties."""
    return [str(problem) for problem in column_problems(parse(document(*properties)).leaves)]


def decimal(precision: int) -> dict[str, Any]:
    return {"kind": "decimal", "precision": precision, "scale": 2}


def test_what_fits_is_no_problem() -> None:
    fitting = [
        STRING | {"maxLength": 134_217_728},
        decimal(38),
        {"kind": "array", "elementType": decimal(76)},
    ]
    names = ["n" * 255, *(f"p{index}" for index in range(2000))]

    assert problems(*(prop(f"q{index}", type_) for index, type_ in enumerate(fitting))) == []
    assert problems(*map(prop, names)) == []


def test_a_name_longer_than_an_identifier_is_refused_with_the_flattened_name() -> None:
    assert problems(prop("z"), prop("a", document(prop("b" * 253), prop("c" * 254)))) == [
        (
            f'profile_schema.properties[1].type.properties[1].name: "a.{"c" * 57}…" has the column "A_{"C" * 254}" of 256 '
            "characters; Snowflake allows 255: shorten its names."
        )
    ]


def test_a_string_longer_than_a_varchar_is_refused() -> None:
    assert problems(prop("p", STRING | {"maxLength": 134_217_729}), prop("q", elements(maxLength=134_217_729))) == [
        (
            "profile_schema.properties[0].type.maxLength: must be at most 134217728 in Snowflake, not 134217729: lower it, "
            "or remove it for 16777216."
        )
    ]  # fmt: skip


def test_a_decimal_of_too_many_digits_is_refused() -> None:
    assert problems(prop("p", decimal(39))) == [
        (
            "profile_schema.properties[0].type.precision: must be at most 38 in Snowflake, not 39: lower it, or have a "
            "string or a float."
        )
    ]
