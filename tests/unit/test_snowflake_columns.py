"""Profile columns in Snowflake: each type as `DESCRIBE TABLE` spells it, and the limits."""

from typing import Any

import pytest

from krenalis_provider.warehouses.columns import profile_columns
from krenalis_provider.warehouses.snowflake.columns import (
    column_name,
    column_problems,
    column_type,
    varchar,
)
from krenalis_provider.workspaces.profile_schema import Property, Type, parse
from tests.support.column_types import COLUMN_TYPES
from tests.support.profile_documents import STRING, document, elements, prop

SPELT = [
    "VARCHAR", "VARCHAR(36)", "VARCHAR(36)", "VARCHAR(36)", "VARCHAR(40)", "BOOLEAN",
    # int of 8 to 64 bits, then unsigned
    "NUMBER(38,0)", "NUMBER(38,0)", "NUMBER(7,0)", "NUMBER(38,0)", "NUMBER(38,0)",
    "NUMBER(38,0)", "NUMBER(38,0)", "NUMBER(8,0)", "NUMBER(38,0)", "NUMBER(20,0)",
    "FLOAT", "FLOAT", "NUMBER(10,0)", "NUMBER(76,37)",
    "TIMESTAMP_NTZ(9)", "DATE", "TIME(9)", "NUMBER(4,0)", "VARCHAR", "VARIANT", "VARCHAR",
    "ARRAY", "ARRAY", "ARRAY", "ARRAY", "VARIANT",
    # what does not change the type of a column
    "NUMBER(38,0)", "FLOAT", "ARRAY", "ARRAY",
]  # fmt: skip
"""In the order of `COLUMN_TYPES`."""


def problems(*properties: dict[str, Any]) -> list[str]:
    """What the limits of Snowflake say of a document with these properties."""
    return [str(problem) for problem in column_problems(parse(document(*properties)).leaves)]


def decimal(precision: int) -> dict[str, Any]:
    return {"kind": "decimal", "precision": precision, "scale": 2}


@pytest.mark.parametrize(
    ("type_", "expected"), [(type_, spelt) for (type_, _), spelt in zip(COLUMN_TYPES, SPELT, strict=True)]
)
def test_each_type_has_its_column_type(type_: dict[str, Any], expected: str) -> None:
    schema = parse(document(prop("p", type_))).schema
    assert schema is not None
    assert column_type(schema.properties[0].type) == expected


def test_an_object_is_no_column() -> None:
    with pytest.raises(KeyError):
        column_type(Type("object", properties=(Property("a", Type("string")),)))


@pytest.mark.parametrize(("length", "spelt"), [
    (None, "VARCHAR"), (16_777_216, "VARCHAR"), (16_777_215, "VARCHAR(16777215)"), (134_217_728, "VARCHAR(134217728)"),
])  # fmt: skip
def test_a_length_has_one_spelling(length: int | None, spelt: str) -> None:
    assert varchar(length) == spelt


def test_names_are_in_upper_case() -> None:
    schema = parse(document(prop("Address", document(prop("street1"))))).schema
    assert schema is not None
    assert [column_name(column.name) for column in profile_columns(schema)] == ["ADDRESS_STREET1"]


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
