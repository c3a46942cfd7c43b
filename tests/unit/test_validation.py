"""What validation shows of values, and what it passes over."""

from decimal import Decimal
from typing import Any

import pytest

from tfplugin.cty import BOOL, DYNAMIC, NUMBER, STRING, UNKNOWN, Dynamic, Set, Type
from tfplugin.diagnostics import Diagnostics
from tfplugin.rules import at_least_one_of
from tfplugin.schema import Attribute, NestedAttribute, Nesting, Schema
from tfplugin.validation import validate
from tfplugin.validators import length_between


def told(schema: Schema, **config: Any) -> list[tuple[str, str]]:
    """The details and paths of what validation reports."""
    diagnostics = Diagnostics()
    validate(schema, config, diagnostics)
    return [(d.detail, str(d.path)) for d in diagnostics]


def refusing(type_: Type, **flags: Any) -> Attribute:
    """An attribute for which no value is good enough."""
    rule = (lambda _: "must be better",)
    return Attribute(type=type_, optional=True, validators=rule, description="Any.", **flags)


@pytest.mark.parametrize(
    ("attribute", "value", "detail"),
    [
        (refusing(STRING), "x", 'a: must be better, got: "x".'),
        (refusing(STRING), "x" * 61, "a: must be better."),
        (refusing(STRING, sensitive=True), "x", "a: must be better."),
        (refusing(BOOL), True, "a: must be better, got: true."),
        (refusing(DYNAMIC), Dynamic(STRING, "x"), "a: must be better."),
    ],
    ids=["short", "long", "secret", "bool", "dynamic"],
)
def test_a_message_shows_the_value_when_it_is_short_and_no_secret(
    attribute: Attribute, value: Any, detail: str
) -> None:
    assert told(Schema(attributes={"a": attribute}), a=value) == [(detail, "a")]


@pytest.mark.parametrize("sensitive", [True, False])
def test_nothing_below_a_sensitive_attribute_is_shown(*, sensitive: bool) -> None:
    inner = NestedAttribute(optional=True, description="Any.", attributes={"pin": refusing(NUMBER)})
    outer = NestedAttribute(
        optional=True,
        sensitive=sensitive,
        nesting=Nesting.LIST,
        description="Any.",
        attributes={"inner": inner},
    )

    ((detail, _),) = told(Schema(attributes={"a": outer}), a=[{"inner": {"pin": Decimal(1234)}}])

    assert ("1234" in detail) is not sensitive


def test_a_null_that_has_a_type_is_a_null() -> None:
    schema = Schema(attributes={"a": Attribute(type=DYNAMIC, required=True, description="Any.")})

    assert told(schema, a=Dynamic(STRING, None)) == [("a: is required, and is null.", "a")]


def test_a_set_is_measured_when_all_its_elements_are_known() -> None:
    few = Attribute(
        type=Set(STRING), optional=True, validators=(length_between(None, 1),), description="Any."
    )
    schema = Schema(attributes={"a": few})

    assert told(schema, a=["x", UNKNOWN]) == []
    assert told(schema, a=["x", "y"]) == [("a: must have at most 1 element.", "a")]


def test_one_of_several_is_enough_and_an_unknown_one_may_be_it() -> None:
    text = Attribute(type=DYNAMIC, optional=True, description="Any.")
    schema = Schema(attributes={"a": text, "b": text}, rules=(at_least_one_of("a", "b"),))

    assert told(schema, a=None, b=Dynamic(STRING, "x")) == []
    assert told(schema, a=None, b=Dynamic(STRING, UNKNOWN)) == []
    assert told(schema, a=None, b=Dynamic(STRING, None)) == [
        ("a, b: at least one of them must be set, got: none.", "")
    ]


def test_a_rule_inside_a_collection_names_the_element() -> None:
    text = Attribute(type=STRING, optional=True, description="Any.")
    boxes = NestedAttribute(
        optional=True,
        nesting=Nesting.MAP,
        description="Any.",
        rules=(at_least_one_of("x", "y"),),
        attributes={"x": text, "y": text},
    )

    assert told(Schema(attributes={"a": boxes}), a={"k": {"x": None, "y": None}}) == [
        ('a["k"].x, a["k"].y: at least one of them must be set, got: none.', 'a["k"]')
    ]


def object_of(*names: str, **flags: Any) -> NestedAttribute:
    members = {name: Attribute(type=STRING, optional=True, description="Any.") for name in names}
    return NestedAttribute(optional=True, description="Any.", attributes=members, **flags)


EMPTY = "none of its attributes has a value; they are create, read."


@pytest.mark.parametrize(("nesting", "value", "paths"), [
    (Nesting.SINGLE, {"create": None, "read": None}, ["a"]),
    (Nesting.SINGLE, {"create": "x", "read": None}, []), (Nesting.SINGLE, {"create": UNKNOWN, "read": None}, []),
    (Nesting.SINGLE, None, []), (Nesting.SINGLE, UNKNOWN, []),
    (Nesting.LIST, [{"create": "x", "read": None}, {"create": None, "read": None}], ["a[1]"]),
    (Nesting.MAP, {"k": {"create": None, "read": None}}, ['a["k"]']),
])  # fmt: skip
def test_an_object_without_any_value_is_told_with_its_keys(
    nesting: Nesting, value: Any, paths: list[str]
) -> None:
    found = told(Schema(attributes={"a": object_of("create", "read", nesting=nesting)}), a=value)

    assert [(detail.partition(": ")[0], path) for detail, path in found] == [(path, "None") for path in paths]
    assert all(EMPTY in detail for detail, _ in found)


def test_an_empty_object_that_lacks_a_required_value_is_told_once() -> None:
    required = {"b": Attribute(type=STRING, required=True, description="Any.")}
    schema = Schema(attributes={"a": NestedAttribute(optional=True, description="Any.", attributes=required)})

    assert told(schema, a={"b": None}) == [("a.b: is required, and is null.", "a.b")]
