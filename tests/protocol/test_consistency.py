"""What Terraform demands of plans and results (spec terraform-plugin D4, D6), rule by rule."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.cty_strategies import typed_values
from tfplugin.consistency import as_planned, inconsistent_result, invalid_data, invalid_plan, unknown_values
from tfplugin.cty import (
    DYNAMIC,
    NUMBER,
    STRING,
    UNKNOWN,
    Dynamic,
    List,
    Map,
    Object,
    Set,
    Tuple,
    conform,
    is_wholly_known,
)
from tfplugin.schema import Attribute, NestedAttribute, Nesting, Schema


def attribute(type_: Any = STRING, **flags: Any) -> Attribute:
    return Attribute(type=type_, description="Any.", **flags)


def nested(nesting: Nesting, **flags: Any) -> NestedAttribute:
    members = {
        "given": attribute(optional=True),
        "made": attribute(computed=True),
        "either": attribute(optional=True, computed=True),
    }
    return NestedAttribute(
        description="Any.", attributes=members, nesting=nesting, **({"optional": True} | flags)
    )


def made(given: Any, made: Any = None, either: Any = None) -> dict[str, Any]:
    return {"given": given, "made": made, "either": either}


OPTIONAL = attribute(optional=True)
COMPUTED = attribute(computed=True)
EITHER = attribute(optional=True, computed=True)
SINGLE, LIST, MAP, SET = (nested(n) for n in (Nesting.SINGLE, Nesting.LIST, Nesting.MAP, Nesting.SET))


def problems_of_plan(one: Any, config: Any, prior: Any, planned: Any) -> list[str]:
    schema = Schema(attributes={"x": one})
    before = None if prior is None else {"x": prior}
    return [str(m.path) for m in invalid_plan(schema, {"x": config}, before, {"x": planned})]


@pytest.mark.parametrize(
    ("one", "config", "prior", "planned"),
    [
        (OPTIONAL, "a", None, "a"),
        (OPTIONAL, "A", "a", "a"),
        (OPTIONAL, UNKNOWN, None, UNKNOWN),
        (COMPUTED, None, "a", "b"),
        (COMPUTED, None, None, UNKNOWN),
        (EITHER, None, None, "a"),
        (EITHER, None, "a", UNKNOWN),
        (EITHER, "a", "b", "a"),
        (SINGLE, made("a"), None, made("a", UNKNOWN, "e")),
        (SINGLE, None, None, None),
        (SINGLE, UNKNOWN, None, UNKNOWN),
        (LIST, [made("a")], [made("b", "m")], [made("a", "m", UNKNOWN)]),
        (LIST, [UNKNOWN], None, [UNKNOWN]),
        (MAP, {"k": made("a")}, None, {"k": made("a", UNKNOWN)}),
        (SET, [made("a")], None, [made("b", UNKNOWN)]),
        (nested(Nesting.SINGLE, computed=True), None, None, made("a")),
    ],
)
def test_a_plan_may(one: Any, config: Any, prior: Any, planned: Any) -> None:
    assert problems_of_plan(one, config, prior, planned) == []


@pytest.mark.parametrize(
    ("one", "config", "prior", "planned", "path"),
    [
        (OPTIONAL, None, None, "a", "x"),
        (OPTIONAL, "a", None, None, "x"),
        (OPTIONAL, "A", None, "a", "x"),
        (OPTIONAL, "A", "b", "a", "x"),
        (OPTIONAL, None, "a", "a", "x"),
        (OPTIONAL, "a", None, UNKNOWN, "x"),
        (OPTIONAL, UNKNOWN, None, "a", "x"),
        (EITHER, "a", "b", "c", "x"),
        (EITHER, "a", "b", UNKNOWN, "x"),
        (SINGLE, made("a"), None, None, "x"),
        (SINGLE, None, None, made("a"), "x"),
        (SINGLE, made("a"), None, UNKNOWN, "x"),
        (SINGLE, made("a"), None, made("b"), "x.given"),
        (SINGLE, UNKNOWN, None, made("b"), "x"),
        (LIST, [made("a")], None, [], "x"),
        (LIST, [made("a")], None, [made("b")], "x[0].given"),
        (MAP, {"k": made("a")}, None, {"l": made("a")}, "x"),
        (MAP, {"k": made("a")}, None, {"k": made("b")}, 'x["k"].given'),
        (SET, [made("a")], None, [made("a"), made("b")], "x"),
    ],
)
def test_a_plan_may_not(one: Any, config: Any, prior: Any, planned: Any, path: str) -> None:
    assert problems_of_plan(one, config, prior, planned) == [path]


def test_there_is_a_planned_object_exactly_when_one_is_wanted() -> None:
    schema = Schema(attributes={"x": OPTIONAL})

    assert len(list(invalid_plan(schema, None, {"x": "a"}, {"x": "a"}))) == 1
    assert len(list(invalid_plan(schema, {"x": "a"}, None, None))) == 1
    assert len(list(invalid_data(schema, {"x": "a"}, None))) == 1


PAIR = Object({"a": STRING, "b": STRING})


@pytest.mark.parametrize(
    ("type_", "planned", "result", "paths"),
    [
        (STRING, "a", "a", []),
        (STRING, UNKNOWN, None, []),
        (STRING, "a", None, ["x"]),
        (STRING, None, "a", ["x"]),
        (NUMBER, Decimal(1), Decimal("1.0"), []),
        (List(STRING), ["a", UNKNOWN], ["a", "b"], []),
        (List(STRING), ["a"], ["a", "b"], ["x[1]"]),
        (List(STRING), ["a", "b"], ["a"], ["x[1]"]),
        (Map(STRING), {"k": "a"}, {"l": "a"}, ['x["k"]', 'x["l"]']),
        (Set(STRING), ["a", UNKNOWN], ["a"], []),
        (Set(STRING), ["a", "b"], ["a", "c"], ["x"]),
        (Set(STRING), ["a"], ["a", "b"], ["x"]),
        (Set(PAIR), [{"a": "1", "b": UNKNOWN}], [{"a": "1", "b": "2"}], []),
        (Set(PAIR), [{"a": "1", "b": UNKNOWN}], [{"a": "2", "b": "2"}], ["x"]),
        (PAIR, {"a": "1", "b": UNKNOWN}, {"a": "1", "b": "2"}, []),
        (PAIR, {"a": "1", "b": "2"}, {"a": "1", "b": "3"}, ["x.b"]),
        (Tuple((STRING, NUMBER)), ["a", Decimal(1)], ["a", Decimal(2)], ["x[1]"]),
        (DYNAMIC, Dynamic(STRING, "a"), Dynamic(NUMBER, Decimal(1)), ["x"]),
        (
            DYNAMIC,
            Dynamic(Object({"a": DYNAMIC}), {"a": UNKNOWN}),
            Dynamic(Object({"a": STRING}), {"a": "b"}),
            [],
        ),
        (DYNAMIC, Dynamic(PAIR, {"a": "1", "b": "2"}), Dynamic(PAIR, {"a": "1", "b": "3"}), ["x.b"]),
    ],
)
def test_a_result_is_what_was_planned(type_: Any, planned: Any, result: Any, paths: list[str]) -> None:
    schema = Schema(attributes={"x": attribute(type_, optional=True, computed=True)})

    found = [str(m.path) for m in inconsistent_result(schema, {"x": planned}, {"x": result})]

    assert found == paths


def test_nothing_may_stay_unknown() -> None:
    assert [str(m.path) for m in unknown_values({"x": "a", "y": [UNKNOWN]})] == ["y"]
    assert list(unknown_values(None)) == []


def test_secrets_are_not_shown() -> None:
    schema = Schema(
        attributes={
            "x": NestedAttribute(
                optional=True, sensitive=True, description="Any.", attributes={"y": OPTIONAL}
            )
        }
    )

    (mismatch,) = inconsistent_result(schema, {"x": {"y": "tiger"}}, {"x": {"y": "lion"}})

    assert str(mismatch.path) == "x.y"
    assert "tiger" not in mismatch.text
    assert "lion" not in mismatch.text


@given(typed_values(unknowns=False, dynamic=False), st.data())
def test_a_result_completed_from_its_plan_is_consistent(pair: tuple[Any, Any], data: st.DataObject) -> None:
    type_, raw = pair
    result = conform(type_, raw)
    schema = Schema(attributes={"x": attribute(type_, optional=True, computed=True)})
    planned = data.draw(st.sampled_from([result, UNKNOWN]))

    assert list(inconsistent_result(schema, {"x": planned}, {"x": result})) == []
    completed = as_planned({"x": planned}, {"x": result})
    if is_wholly_known(result):
        assert completed == {"x": result}
    assert is_wholly_known(completed)
