"""What Terraform would refuse, or what could never work, is refused when the schema is built."""

from typing import Any

import pytest

from tfplugin.cty import BOOL, DYNAMIC, STRING
from tfplugin.schema import Attribute, NestedAttribute, Nesting, Schema, SchemaError
from tfplugin.validators import one_of


def text(**flags: Any) -> Attribute:
    return Attribute(type=STRING, description="Any.", **flags)


def nested(nesting: Nesting, **attributes: Any) -> NestedAttribute:
    return NestedAttribute(optional=True, nesting=nesting, description="Any.", attributes=attributes)


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"a": text()}, "must be either required"),
        ({"a": text(required=True, optional=True)}, "must be either required"),
        ({"A": text(optional=True)}, "not a valid attribute name"),
        ({"1a": text(optional=True)}, "not a valid attribute name"),
        ({"count": text(optional=True)}, "Terraform keeps this name"),
        ({"a": text(optional=True, keeps_state=True)}, "only a computed attribute"),
        ({"a": text(computed=True, validators=(one_of("x"),))}, "nobody can set"),
        ({"a": text(optional=True, default="x")}, "must be optional and computed"),
        (
            {"a": Attribute(type=BOOL, optional=True, computed=True, default="no", description="Any.")},
            "the default does not fit the type: expected bool",
        ),
        ({"a": text(optional=True, computed=True, write_only=True)}, "cannot be computed"),
        ({"a": nested(Nesting.SET, b=text(optional=True, write_only=True))}, "a.b: nothing in a set"),
        (
            {"a": nested(Nesting.SET, b=text(optional=True, requires_replace=True))},
            "a.b: an element of a set",
        ),
        (
            {"a": nested(Nesting.LIST, b=Attribute(type=DYNAMIC, optional=True, description="Any."))},
            "cannot hold dynamic values",
        ),
        ({"a": nested(Nesting.SINGLE, b=text())}, "b: must be either required"),
    ],
)
def test_it_refuses(attributes: Any, message: str) -> None:
    with pytest.raises(SchemaError, match=message):
        Schema(attributes=attributes)


def test_dynamic_values_may_be_in_a_single_object() -> None:
    Schema(
        attributes={"a": nested(Nesting.SINGLE, b=Attribute(type=DYNAMIC, optional=True, description="Any."))}
    )
