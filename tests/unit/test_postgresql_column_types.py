"""Profile columns in PostgreSQL: the type of each."""

from typing import Any

import pytest

from krenalis_provider.model.profile_schema import Property, Type, parse
from krenalis_provider.warehouses.postgresql.column_types import column_type
from tests.support.column_types import COLUMN_TYPES as TYPES

TEXT = Type("string")


def parsed(type_: dict[str, Any]) -> Type:
    document = {"kind": "object", "properties": [{"name": "p", "type": type_, "readOptional": True}]}
    schema = parse(document).schema
    assert schema is not None
    return schema.properties[0].type


@pytest.mark.parametrize(("type_", "expected"), TYPES)
def test_each_type_has_its_column_type(type_: dict[str, Any], expected: str) -> None:
    assert column_type(parsed(type_)) == expected


def test_an_object_is_no_column() -> None:
    with pytest.raises(KeyError):
        column_type(Type("object", properties=(Property("a", TEXT),)))
