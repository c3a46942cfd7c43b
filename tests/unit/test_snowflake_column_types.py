"""Profile columns in Snowflake: the name of each, and its type as `DESCRIBE TABLE` spells it."""

from typing import Any

import pytest

from krenalis_provider.model.profile_columns import profile_columns
from krenalis_provider.model.profile_schema import Property, Type, parse
from krenalis_provider.warehouses.snowflake.column_types import column_name, column_type, varchar
from tests.support.column_types import COLUMN_TYPES
from tests.support.profile_documents import document, prop

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
