"""What Terraform would refuse, or what could never work, is refused when the schema is built."""

import re
from typing import Any

import pytest

from tfplugin.cty import BOOL, DYNAMIC, NUMBER, STRING, UNKNOWN, List, Map, Object, Set, Type
from tfplugin.function import Function, Parameter
from tfplugin.names import SchemaError, check_names
from tfplugin.rules import conflicts_with, exactly_one_of
from tfplugin.schema import Attribute, NestedAttribute, Nesting, Schema
from tfplugin.validators import length_between, one_of


def text(**flags: Any) -> Attribute:
    return Attribute(type=STRING, description="Any.", **flags)


def optional(type_: Type, **flags: Any) -> Attribute:
    return Attribute(type=type_, optional=True, description="Any.", **flags)


def nested(nesting: Nesting, **attributes: Any) -> NestedAttribute:
    return NestedAttribute(optional=True, nesting=nesting, description="Any.", attributes=attributes)


def computed(**attributes: Any) -> NestedAttribute:
    return NestedAttribute(computed=True, description="Any.", attributes=attributes)


NEW = text(optional=True)
WRITE_ONLY = text(optional=True, write_only=True)
REPLACES = text(optional=True, requires_replace=True)


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"a": text()}, "a: must be either required"),
        ({"a": text(required=True, optional=True)}, "a: must be either required"),
        ({"a": text(required=True, computed=True)}, "a: must be either required"),
        ({"A": NEW}, "A: not a valid attribute name"),
        ({"1a": NEW}, "1a: not a valid attribute name"),
        ({"a-b": NEW}, "a-b: not a valid attribute name"),
        ({"_a": NEW}, "_a: not a valid attribute name"),
        ({"": NEW}, ": not a valid attribute name"),
        ({"count": NEW}, "count: Terraform keeps this name"),
        ({"alias": NEW}, "alias: Terraform keeps this name"),
        ({"a": text(optional=True, keeps_state=True)}, "a: only a computed attribute"),
        ({"a": text(computed=True, validators=(one_of("x"),))}, "a: nobody can set"),
        ({"a": text(computed=True, requires_replace=True)}, "a: nobody can change"),
        (
            {"a": text(optional=True, default="x")},
            "a: an attribute with a default must be optional and computed",
        ),
        (
            {"a": text(computed=True, default="x")},
            "a: an attribute with a default must be optional and computed",
        ),
        (
            {"a": text(required=True, default="x")},
            "a: an attribute with a default must be optional and computed",
        ),
        (
            {"a": text(optional=True, computed=True, keeps_state=True, default="x")},
            "a: with a default there is no state to keep",
        ),
        (
            {"a": optional(BOOL, computed=True, default="no")},
            "a: the default does not fit the type: expected bool",
        ),
        ({"a": optional(STRING, computed=True, default=UNKNOWN)}, "a: the default must be known"),
        ({"a": optional(List(STRING), computed=True, default=[UNKNOWN])}, "a: the default must be known"),
        (
            {"a": text(optional=True, computed=True, default="z", validators=(one_of("x"),))},
            'a: the default breaks the attribute\'s own rule: must be one of "x"',
        ),
        (
            {
                "a": optional(
                    Map(STRING), computed=True, default={"k": ""}, element_validators=(length_between(1, 2),)
                )
            },
            "a: the default breaks the attribute's own rule: must have 1 to 2 characters",
        ),
        ({"a": optional(STRING, element_validators=(one_of("x"),))}, "a: only a collection has elements"),
        (
            {
                "a": Attribute(
                    type=List(STRING), computed=True, element_validators=(one_of("x"),), description="Any."
                )
            },
            "a: nobody can set",
        ),
        (
            {"a": text(optional=True, computed=True, write_only=True)},
            "a: a write-only attribute cannot be computed",
        ),
        ({"a": text(computed=True, write_only=True)}, "a: a write-only attribute cannot be computed"),
        (
            {"a": text(optional=True, write_only=True, requires_replace=True)},
            "a: a write-only attribute has no earlier value",
        ),
        (
            {"a": text(optional=True, write_only=True, equivalent=str.__eq__)},
            "a: a write-only attribute has no earlier value to compare with",
        ),
        (
            {"a": nested(Nesting.SET, b=text(optional=True, equivalent=str.__eq__))},
            "a.b: an element of a set",
        ),
        (
            {"a": nested(Nesting.SET, b=nested(Nesting.MAP, c=text(optional=True, equivalent=str.__eq__)))},
            "a.b.c: an element of a set",
        ),
        ({"a": nested(Nesting.SET, b=WRITE_ONLY)}, "a.b: nothing in a set"),
        ({"a": nested(Nesting.SET, b=nested(Nesting.SINGLE, c=WRITE_ONLY))}, "a.b.c: nothing in a set"),
        ({"a": nested(Nesting.SET, b=REPLACES)}, "a.b: an element of a set"),
        ({"a": nested(Nesting.SET, b=nested(Nesting.LIST, c=REPLACES))}, "a.b.c: an element of a set"),
        (
            {"a": nested(Nesting.SET, b=text(computed=True, keeps_state=True))},
            "a.b: an element of a set",
        ),
        ({"a": optional(Set(DYNAMIC))}, "a: a collection cannot hold dynamic values"),
        ({"a": optional(Object({"m": Map(DYNAMIC)}))}, "a: a collection cannot hold dynamic values"),
        ({"a": nested(Nesting.SINGLE, b=optional(List(DYNAMIC)))}, "a.b: a collection cannot hold dynamic"),
        ({"a": nested(Nesting.LIST, b=optional(DYNAMIC))}, "a: a collection of objects cannot hold dynamic"),
        ({"a": nested(Nesting.SET, b=optional(DYNAMIC))}, "a: a collection of objects cannot hold dynamic"),
        ({"a": nested(Nesting.SINGLE)}, "a: has no members"),
        ({"a": nested(Nesting.SINGLE, b=text())}, "a.b: must be either required"),
        ({"a": nested(Nesting.MAP, b=nested(Nesting.SINGLE, C=NEW))}, "a.b.C: not a valid attribute name"),
        ({"a": computed(b=text(required=True))}, "a.b: nobody can set a"),
        ({"a": computed(b=computed(c=NEW))}, "a.b.c: nobody can set a.b"),
    ],
)
def test_it_refuses(attributes: Any, message: str) -> None:
    with pytest.raises(SchemaError, match=f"^{re.escape(message)}"):
        Schema(attributes=attributes)


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ({"version": -1}, "the schema's version is -1"),
        ({"timeouts": {"create": "soon"}}, "timeouts.create: the default must be a positive duration"),
        ({"timeouts": {"destroy": "1m"}}, "timeouts.destroy: there is no such operation"),
        ({"timeouts": {"read": "1m"}, "attributes": {"timeouts": NEW}}, "timeouts: the schema adds"),
        ({"rules": (exactly_one_of("a"),)}, "a: a rule needs different attributes"),
        ({"rules": (exactly_one_of("a", "a"),)}, "a, a: a rule needs different attributes"),
        ({"rules": (exactly_one_of("a", "x"),)}, "x: a rule names an attribute that does not exist"),
        (
            {"rules": (conflicts_with("a", "needed"),)},
            "needed: a rule over several attributes needs optional",
        ),
        ({"rules": (conflicts_with("a", "known_later"),)}, "known_later: a rule over several attributes"),
        (
            {
                "attributes": {
                    "n": NestedAttribute(
                        optional=True,
                        description="Any.",
                        rules=(exactly_one_of("a", "b"),),
                        attributes={"a": NEW},
                    )
                }
            },
            "n.b: a rule names an attribute that does not exist",
        ),
    ],
)
def test_it_refuses_for_the_whole_schema(schema: dict[str, Any], message: str) -> None:
    attributes = {"a": NEW, "b": NEW, "needed": text(required=True), "known_later": text(computed=True)}

    with pytest.raises(SchemaError, match=f"^{re.escape(message)}"):
        Schema(**{"attributes": attributes} | schema)


@pytest.mark.parametrize(
    "attribute",
    [
        nested(Nesting.SINGLE, b=optional(DYNAMIC)),
        nested(Nesting.SINGLE, count=NEW),
        nested(Nesting.LIST, b=WRITE_ONLY, c=REPLACES),
        computed(b=text(computed=True)),
        optional(NUMBER, computed=True, default=1, validators=(lambda value: None if value == 1 else "no",)),
    ],
    ids=[
        "dynamic in an object",
        "a reserved name below",
        "write-only in a list",
        "computed",
        "a good default",
    ],
)
def test_it_accepts(attribute: Any) -> None:
    Schema(attributes={"a": attribute})


@pytest.mark.parametrize(
    ("names", "variadic", "message"),
    [
        (("A",), None, "Bad.A: not a valid parameter name"),
        (("a", "a"), None, "Bad.a: another parameter has this name"),
        (("a",), "a", "Bad.a: another parameter has this name"),
        ((), "a b", "Bad.a b: not a valid parameter name"),
    ],
)
def test_a_function_refuses_parameters(names: tuple[str, ...], variadic: str | None, message: str) -> None:
    members = {
        "parameters": tuple(Parameter(name=name, type=STRING, description="Any.") for name in names),
        "variadic": variadic and Parameter(name=variadic, type=STRING, description="Any."),
    }

    with pytest.raises(SchemaError, match=f"^{re.escape(message)}"):
        type("Bad", (Function,), members)


def test_things_need_names_that_terraform_can_spell() -> None:
    check_names("resource type", ["example_thing", "thing2"])
    with pytest.raises(SchemaError, match=r"^example-thing: not a valid resource type name"):
        check_names("resource type", ["example_thing", "example-thing"])
