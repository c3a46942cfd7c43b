"""What the unknown parts of a planned value may become (docs/facts/terraform.md, "What Terraform demands of a result")."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.cty_strategies import typed_values, values
from tests.support.schema_strategies import Configured, configured
from tfplugin.completion import changes, completed
from tfplugin.consistency import inconsistent_result, invalid_plan
from tfplugin.cty import (
    BOOL,
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
    Type,
    Unknown,
    Value,
    conform,
    is_wholly_known,
)
from tfplugin.planning import propose
from tfplugin.resource import PlanRequest

PAIR = Object({"a": STRING, "b": STRING})
OPEN = Object({"a": DYNAMIC})


def pair(a: Any, b: Any) -> dict[str, Any]:
    return {"a": a, "b": b}


@pytest.mark.parametrize(
    ("type_", "planned", "result"),
    [
        (STRING, "a", "a"),
        (STRING, UNKNOWN, "a"),
        (STRING, UNKNOWN, None),
        (NUMBER, Decimal(1), Decimal("1.0")),
        (List(STRING), UNKNOWN, []),
        (List(STRING), ["a", UNKNOWN], ["a", "b"]),
        (Map(STRING), {"k": UNKNOWN}, {"k": None}),
        (PAIR, pair("1", UNKNOWN), pair("1", "2")),
        (Tuple((STRING, NUMBER)), ["a", UNKNOWN], ["a", Decimal(2)]),
        # of a set, elements may turn out to be the same
        (Set(STRING), ["a", UNKNOWN], ["a"]),
        (Set(STRING), ["a", UNKNOWN], ["a", "b"]),
        (Set(STRING), [UNKNOWN, UNKNOWN], ["a"]),
        (Set(PAIR), [pair(UNKNOWN, "1"), pair(UNKNOWN, "2")], [pair("x", "2"), pair("y", "1")]),
        # a dynamic value may become anything as long as its type is not known
        (DYNAMIC, UNKNOWN, Dynamic(STRING, "a")),
        (DYNAMIC, None, Dynamic(STRING, "a")),
        (DYNAMIC, Dynamic(STRING, UNKNOWN), Dynamic(STRING, None)),
        (DYNAMIC, Dynamic(OPEN, {"a": UNKNOWN}), Dynamic(Object({"a": STRING}), {"a": "b"})),
        (DYNAMIC, Dynamic(OPEN, {"a": None}), Dynamic(Object({"a": STRING}), {"a": "b"})),
        (DYNAMIC, Dynamic(OPEN, {"a": Dynamic(STRING, "b")}), Dynamic(Object({"a": STRING}), {"a": "b"})),
    ],
)
def test_a_planned_value_may_become(type_: Type, planned: Any, result: Any) -> None:
    assert list(changes(type_, planned, result)) == []
    assert completed(type_, planned, result) == result


@pytest.mark.parametrize(
    ("type_", "planned", "result", "path"),
    [
        (STRING, "a", "b", "x"),
        (STRING, "a", None, "x"),
        (STRING, None, "a", "x"),
        (STRING, "a", UNKNOWN, "x"),
        (NUMBER, Decimal(1), Decimal("1.1"), "x"),
        (List(STRING), ["a"], ["a", "b"], "x[1]"),
        (List(STRING), ["a", "b"], ["a"], "x[1]"),
        (List(STRING), ["a"], None, "x"),
        (List(STRING), [], None, "x"),
        (Map(STRING), {"k": "a"}, {}, 'x["k"]'),
        (Map(STRING), {"k": UNKNOWN}, {}, 'x["k"]'),
        (Map(STRING), {}, {"k": "a"}, 'x["k"]'),
        (PAIR, pair("1", "2"), pair("1", "3"), "x.b"),
        (PAIR, pair("1", "2"), None, "x"),
        (Tuple((STRING, NUMBER)), ["a", Decimal(1)], ["a", Decimal(2)], "x[1]"),
        (List(PAIR), [pair("1", "2"), UNKNOWN], [pair("1", "3"), None], "x[0].b"),
        # a set may not grow, and each element must have one that it became or was
        (Set(STRING), ["a"], ["a", "b"], "x"),
        (Set(STRING), ["a", "b"], ["a"], "x"),
        (Set(STRING), ["a", "b"], ["a", "c"], "x"),
        (Set(STRING), ["a", "b", UNKNOWN], ["a", "c"], "x"),
        (Set(STRING), ["a"], [], "x"),
        (Set(STRING), [UNKNOWN], ["a", "b"], "x"),
        (Set(STRING), ["a"], None, "x"),
        (Set(STRING), ["a"], UNKNOWN, "x"),
        (Set(PAIR), [pair("1", UNKNOWN)], [pair("2", "2")], "x"),
        (Set(PAIR), [pair("1", UNKNOWN), pair("1", UNKNOWN)], [pair("1", "1"), pair("2", "2")], "x"),
        # a dynamic value keeps its type
        (DYNAMIC, Dynamic(STRING, "1"), Dynamic(NUMBER, Decimal(1)), "x"),
        (DYNAMIC, Dynamic(BOOL, value=True), Dynamic(NUMBER, Decimal(1)), "x"),
        (DYNAMIC, Dynamic(STRING, "a"), None, "x"),
        (DYNAMIC, Dynamic(STRING, None), None, "x"),
        (DYNAMIC, Dynamic(STRING, UNKNOWN), Dynamic(NUMBER, Decimal(1)), "x"),
        (DYNAMIC, Dynamic(List(STRING), ["a"]), Dynamic(Set(STRING), ["a"]), "x"),
        (DYNAMIC, Dynamic(List(STRING), ["a"]), Dynamic(Tuple((STRING,)), ["a"]), "x"),
        (DYNAMIC, Dynamic(PAIR, pair("1", "2")), Dynamic(PAIR, pair("1", "3")), "x.b"),
        (DYNAMIC, Dynamic(PAIR, pair("1", "2")), Dynamic(Object({"a": STRING}), {"a": "1"}), "x.b"),
        (DYNAMIC, Dynamic(Object({"a": STRING}), {"a": "1"}), Dynamic(PAIR, pair("1", "2")), "x.b"),
        (DYNAMIC, Dynamic(Tuple((STRING,)), ["a"]), Dynamic(Tuple((STRING, STRING)), ["a", "b"]), "x[1]"),
        (DYNAMIC, Dynamic(Object({"a": STRING}), {"a": None}), Dynamic(OPEN, {"a": None}), "x.a"),
    ],
)
def test_a_planned_value_may_not_become(type_: Type, planned: Any, result: Any, path: str) -> None:
    whole = Object({"x": type_})

    assert [str(one) for one, _, _ in changes(whole, {"x": planned}, {"x": result})] == [path]
    state = completed(whole, {"x": planned}, {"x": result})
    assert list(changes(whole, {"x": planned}, state)) == []
    assert is_wholly_known(state)


def test_the_elements_of_a_set_are_completed_by_those_that_they_became() -> None:
    type_ = Object({"name": STRING, "set": Set(PAIR)})
    planned = {"name": "n", "set": [pair(UNKNOWN, "1"), pair(UNKNOWN, "2"), pair(UNKNOWN, "3")]}
    result = {"name": "m", "set": [pair("x", "2"), pair("y", "1")]}

    assert completed(type_, planned, result) == {
        "name": "n",
        "set": [pair("y", "1"), pair("x", "2"), pair(None, "3")],
    }


def test_a_large_set_is_compared_element_by_element_only_with_those_nearby() -> None:
    planned = conform(Set(PAIR), [pair(str(number), UNKNOWN) for number in range(3_000)])
    result = conform(Set(PAIR), [pair(str(number), "b") for number in range(3_000)])

    assert list(changes(Set(PAIR), planned, result)) == []


@given(typed_values(unknowns=True), st.data())
def test_whatever_comes_back_there_is_a_completion(typed: tuple[Type, Value], data: st.DataObject) -> None:
    type_, planned = typed
    result = conform(type_, data.draw(values(type_, unknowns=True)))

    state = completed(type_, planned, result)

    conform(type_, state)
    assert is_wholly_known(state)
    assert list(changes(type_, planned, state)) == []


@given(configured(), st.data())
def test_what_a_correct_resource_makes_of_a_plan_is_consistent_and_a_changed_value_is_found(
    one: Configured, data: st.DataObject
) -> None:
    planned = plan(one)
    assert list(invalid_plan(one.schema, one.config, None, planned)) == []

    result: Any = conform(one.schema.type, data.draw(filled(one.schema.type, planned)))
    assert list(inconsistent_result(one.schema, planned, result)) == []
    assert completed(one.schema.type, planned, result) == result

    if others := list(changed(one.schema.type, planned, result)):
        assert len(list(inconsistent_result(one.schema, planned, data.draw(st.sampled_from(others))))) == 1


def plan(one: Configured) -> Any:
    """What the framework plans of a creation: computed values are unknown."""
    proposal = propose(one.schema, PlanRequest(prior=None, config=one.config, proposed=one.config))
    return conform(one.schema.type, proposal.proposed)


def filled(type_: Type, planned: Any) -> st.SearchStrategy[Any]:
    """Any values in place of the unknown ones."""
    match type_, planned:
        case _, Unknown():
            return values(type_, unknowns=False)
        case _, Dynamic():
            return filled(planned.type, planned.value).map(lambda value: Dynamic(planned.type, value))
        case Set(element), list():
            return st.tuples(*[filled(element, one) for one in planned]).map(list)
        case _, dict():
            return st.fixed_dictionaries({key: filled(*part) for key, *part in parts(type_, planned)})
        case _, list():
            return st.tuples(*[filled(*part) for _, *part in parts(type_, planned)]).map(list)
        case _:
            return st.just(planned)


def changed(type_: Type, planned: Any, result: Any) -> Iterator[Any]:
    """The result with one of the values changed that the plan knows."""
    if isinstance(planned, Unknown):
        return
    if isinstance(planned, Dynamic):
        yield from (
            Dynamic(result.type, value) for value in changed(planned.type, planned.value, result.value)
        )
        return
    inner = list(parts(type_, planned))
    for key, part, member in inner:
        for value in changed(part, member, result[key]):
            yield {**result, key: value} if isinstance(result, dict) else with_element(result, key, value)
    if not inner and planned is not None:
        yield None
    elif not inner and type_ != DYNAMIC:  # null without a type may become anything
        yield present(type_)


def parts(type_: Type, value: Any) -> Iterator[tuple[Any, Type, Any]]:
    """Key, type and value of each part that can be named; those of a set cannot."""
    match type_, value:
        case Object(attributes), dict():
            yield from ((name, attributes[name], member) for name, member in value.items())
        case Map(element), dict():
            yield from ((key, element, member) for key, member in value.items())
        case List(element), list():
            yield from ((index, element, member) for index, member in enumerate(value))
        case Tuple(elements), list():
            yield from zip(range(len(value)), elements, value, strict=True)


def with_element(whole: list[Any], index: int, value: Any) -> list[Any]:
    return [*whole[:index], value, *whole[index + 1 :]]


def present(type_: Type) -> Any:
    """Some value of a type that is not null."""
    match type_:
        case Object(attributes):
            return dict.fromkeys(attributes)
        case Tuple(elements):
            return [None] * len(elements)
        case Map():
            return {}
        case List() | Set():
            return []
        case _:
            return {STRING: "", NUMBER: Decimal(0), BOOL: False}[type_]  # type: ignore[index]
