"""What Terraform demands of plans, results and data (docs/facts/terraform.md, "What Terraform demands of a plan"), rule by rule."""

from decimal import Decimal
from typing import Any

import pytest

from tfplugin.consistency import (
    inconsistent_result,
    invalid_data,
    invalid_plan,
    listed,
    report,
    unknown_values,
)
from tfplugin.cty import DYNAMIC, NUMBER, STRING, UNKNOWN, Dynamic, Map, Set, Unknown
from tfplugin.diagnostics import Diagnostics
from tfplugin.schema import AnyAttribute, Attribute, NestedAttribute, Nesting, Schema


def attribute(type_: Any = STRING, **flags: Any) -> Attribute:
    return Attribute(type=type_, description="Any.", **flags)


def nested(nesting: Nesting, **flags: Any) -> NestedAttribute:
    return NestedAttribute(
        description="Any.",
        attributes={"given": OPTIONAL, "made": COMPUTED, "either": EITHER},
        nesting=nesting,
        **({"optional": True} | flags),
    )


def thing(given: Any, made: Any = None, either: Any = None) -> dict[str, Any]:
    return {"given": given, "made": made, "either": either}


OPTIONAL = attribute(optional=True)
COMPUTED = attribute(computed=True)
EITHER = attribute(optional=True, computed=True)
ANY = attribute(DYNAMIC, optional=True)
SINGLE, LIST, MAP, SET = (nested(n) for n in (Nesting.SINGLE, Nesting.LIST, Nesting.MAP, Nesting.SET))


def told(one: AnyAttribute, config: Any, prior: Any, planned: Any) -> dict[str, str]:
    """What is wrong with the plan of an attribute x, by path."""
    schema = Schema(attributes={"x": one})
    before = None if prior is None else {"x": prior}
    mismatches = invalid_plan(schema, {"x": config}, before, {"x": planned})
    return {str(mismatch.path): mismatch.text for mismatch in mismatches}


@pytest.mark.parametrize(
    ("one", "config", "prior", "planned"),
    [
        # what is configured, or another spelling of it that was there
        (OPTIONAL, "a", None, "a"),
        (OPTIONAL, None, "a", None),
        (OPTIONAL, "A", "a", "a"),
        (OPTIONAL, UNKNOWN, "a", "a"),
        (OPTIONAL, UNKNOWN, None, UNKNOWN),
        (OPTIONAL, Unknown(b"\x81\x01\xc2"), None, UNKNOWN),
        (attribute(NUMBER, optional=True), Decimal(1), None, Decimal("1.0")),
        (ANY, Dynamic(STRING, "A"), Dynamic(STRING, "a"), Dynamic(STRING, "a")),
        # anything that is computed and nothing else
        (COMPUTED, None, "a", "b"),
        (COMPUTED, None, None, UNKNOWN),
        (COMPUTED, "ignored", None, "b"),  # a user can bring that about with ignore_changes
        # anything that is computed and not configured
        (EITHER, None, None, "a"),
        (EITHER, None, "a", UNKNOWN),
        (EITHER, "a", "b", "a"),
        (nested(Nesting.SINGLE, computed=True), None, None, thing("a")),
        (nested(Nesting.SINGLE, computed=True), None, None, UNKNOWN),
        (attribute(DYNAMIC, optional=True, computed=True), Dynamic(STRING, None), None, None),
        # a write-only value in the configuration alone
        (attribute(optional=True, write_only=True), "secret", None, None),
        # the same for the members of nested attributes
        (SINGLE, thing("a"), None, thing("a", UNKNOWN, "e")),
        (SINGLE, thing("A", None, "E"), thing("a", "m", "e"), thing("a", "n", "e")),
        (SINGLE, UNKNOWN, None, UNKNOWN),
        (SINGLE, UNKNOWN, None, thing(UNKNOWN, "m", UNKNOWN)),
        (SINGLE, UNKNOWN, thing("a"), thing("a")),
        (LIST, [thing("a")], [thing("b", "m")], [thing("a", "m", UNKNOWN)]),
        (LIST, [thing("A"), thing("b")], [thing("a")], [thing("a", "m"), thing("b")]),
        (LIST, [UNKNOWN], None, [UNKNOWN]),
        (LIST, [UNKNOWN], None, [thing(UNKNOWN, "m", UNKNOWN)]),
        (LIST, [None], None, [None]),
        (MAP, {"k": thing("a")}, None, {"k": thing("a", UNKNOWN)}),
        (MAP, {"k": thing("A")}, {"k": thing("a")}, {"k": thing("a", UNKNOWN)}),
        # the elements of a set are only counted, and what is unknown may turn out to be the same
        (SET, [thing("a")], None, [thing("b", UNKNOWN)]),
        (SET, [thing("a")], None, [thing("a", UNKNOWN), thing("b", UNKNOWN)]),
        (SET, [thing(UNKNOWN), thing("a")], None, [thing("a")]),
        (SET, UNKNOWN, None, [thing("a")]),
    ],
)
def test_a_plan_may(one: AnyAttribute, config: Any, prior: Any, planned: Any) -> None:
    assert told(one, config, prior, planned) == {}


@pytest.mark.parametrize(
    ("one", "config", "prior", "planned", "expected"),
    [
        (OPTIONAL, None, None, "a", {"x": 'planned "a", where the configuration has no value'}),
        (OPTIONAL, None, "a", "a", {"x": 'planned "a", where the configuration has no value'}),
        (
            OPTIONAL,
            None,
            None,
            UNKNOWN,
            {"x": "planned an unknown value, where the configuration has no value"},
        ),
        (OPTIONAL, "A", None, "a", {"x": 'planned "a", where the configuration says "A"'}),
        (OPTIONAL, "a", None, None, {"x": 'planned null, where the configuration says "a"'}),
        (
            OPTIONAL,
            "A",
            "b",
            "a",
            {"x": 'planned "a", where the configuration says "A" and the prior state "b"'},
        ),
        (OPTIONAL, "a", None, UNKNOWN, {"x": 'planned an unknown value, where the configuration says "a"'}),
        (OPTIONAL, UNKNOWN, None, "a", {"x": 'planned "a", where the configuration says an unknown value'}),
        (EITHER, "a", None, UNKNOWN, {"x": 'planned an unknown value, where the configuration says "a"'}),
        (
            ANY,
            Dynamic(STRING, "1"),
            None,
            Dynamic(NUMBER, Decimal(1)),
            {"x": 'planned 1, where the configuration says "1"'},
        ),
        (
            ANY,
            Dynamic(STRING, None),
            None,
            Dynamic(STRING, "a"),
            {"x": 'planned "a", where the configuration has no value'},
        ),
        (
            ANY,
            Dynamic(STRING, None),
            None,
            None,
            {"x": "planned null, where the configuration says null of type string"},
        ),
        (
            attribute(optional=True, sensitive=True),
            "tiger",
            "lion",
            "cat",
            {
                "x": "planned a sensitive value, where the configuration says a sensitive value and the prior state "
                "a sensitive value"
            },
        ),
        (SINGLE, thing("a"), None, None, {"x": "planned null, where the configuration says an object"}),
        (SINGLE, None, None, thing("a"), {"x": "planned an object, where the configuration has no value"}),
        (
            SINGLE,
            thing("a"),
            None,
            UNKNOWN,
            {"x": "planned an unknown value, where the configuration says an object"},
        ),
        (
            SINGLE,
            thing("a", None, "e"),
            None,
            thing("b", "m", "f"),
            {
                "x.given": 'planned "b", where the configuration says "a"',
                "x.either": 'planned "f", where the configuration says "e"',
            },
        ),
        (
            SINGLE,
            UNKNOWN,
            None,
            thing("b", "m", UNKNOWN),
            {"x.given": 'planned "b", where the configuration says an unknown value'},
        ),
        (
            LIST,
            [thing("a")],
            None,
            [],
            {"x": "planned a collection of 0, where the configuration says a collection of 1"},
        ),
        (
            LIST,
            UNKNOWN,
            None,
            [],
            {"x": "planned a collection of 0, where the configuration says an unknown value"},
        ),
        (
            LIST,
            [thing("a")],
            None,
            [thing("b")],
            {"x[0].given": 'planned "b", where the configuration says "a"'},
        ),
        (LIST, [thing("a")], None, [None], {"x[0].given": 'planned null, where the configuration says "a"'}),
        (
            MAP,
            {"k": thing("a"), "m": thing("b")},
            None,
            {"l": thing("a"), "m": thing("c")},
            {
                'x["k"]': "planned nothing, where the configuration says an object",
                'x["l"]': "planned an object, where the configuration says nothing",
                'x["m"].given': 'planned "c", where the configuration says "b"',
            },
        ),
        (
            SET,
            [thing("a")],
            None,
            [thing("a"), thing("b")],
            {"x": "planned a collection of 2, where the configuration says a collection of 1"},
        ),
        (
            SET,
            [thing("a"), thing("b")],
            None,
            [thing(UNKNOWN)],
            {"x": "planned a collection of 1, where the configuration says a collection of 2"},
        ),
        (
            SET,
            [],
            None,
            [thing(UNKNOWN)],
            {"x": "planned a collection of 1, where the configuration says a collection of 0"},
        ),
    ],
)
def test_a_plan_may_not(
    one: AnyAttribute, config: Any, prior: Any, planned: Any, expected: dict[str, str]
) -> None:
    assert told(one, config, prior, planned) == expected


def test_there_is_a_planned_object_exactly_when_one_is_wanted() -> None:
    schema, one = Schema(attributes={"x": OPTIONAL}), {"x": "a"}

    assert (
        listed(list(invalid_plan(schema, None, one, one)))
        == "the object: planned an object, where none is wanted."
    )
    assert (
        listed(list(invalid_plan(schema, one, None, None)))
        == "the object: planned null, where the configuration says an object."
    )
    assert list(invalid_plan(schema, None, one, None)) == []


def test_data_is_the_configuration_with_every_computed_value() -> None:
    schema = Schema(attributes={"x": OPTIONAL, "y": COMPUTED})
    config = {"x": "a", "y": None}

    assert list(invalid_data(schema, config, {"x": "a", "y": "b"})) == []
    assert [str(one) for one in invalid_data(schema, config, {"x": "b", "y": UNKNOWN})] == [
        'x: returned "b", where the configuration says "a".',
        "y: returned an unknown value.",
    ]
    assert [str(one) for one in invalid_data(schema, config, None)] == [
        "the object: returned null, where the configuration says an object."
    ]


def test_nothing_in_a_state_may_stay_unknown() -> None:
    schema = Schema(attributes={"x": OPTIONAL, "y": SINGLE, "z": attribute(Set(STRING), optional=True)})
    known = {"x": "a", "y": thing("b"), "z": ["c"]}

    def paths(state: Any) -> list[str]:
        return [str(mismatch.path) for mismatch in unknown_values(schema, state)]

    assert paths(known) == paths(None) == []
    assert paths({"x": UNKNOWN, "y": thing("b", UNKNOWN), "z": ["c", UNKNOWN]}) == ["x", "y.made", "z"]


def test_a_result_differs_and_is_unknown_in_one_mismatch_for_each_part() -> None:
    schema = Schema(attributes={"x": EITHER, "y": EITHER, "z": EITHER})

    mismatches = inconsistent_result(
        schema, {"x": "a", "y": "b", "z": UNKNOWN}, {"x": "c", "y": UNKNOWN, "z": UNKNOWN}
    )

    assert {str(one.path): one.text for one in mismatches} == {
        "x": 'planned "a", and returned "c"',
        "y": 'planned "b", and returned an unknown value',
        "z": "returned an unknown value",
    }


def test_of_what_is_sensitive_neither_values_nor_keys_are_shown() -> None:
    schema = Schema(
        attributes={
            "x": nested(Nesting.MAP, sensitive=True),
            "y": attribute(Map(STRING), optional=True, sensitive=True),
        }
    )
    planned = {"x": {"tiger": thing("lion", None, "lion")}, "y": {"puma": "lynx"}}
    result = {"x": {"tiger": thing("cat", None, "cat")}, "y": {"puma": "serval", "ocelot": UNKNOWN}}

    for mismatches in (
        list(inconsistent_result(schema, planned, result)),
        list(invalid_plan(schema, planned, None, result)),
        list(unknown_values(schema, result)),
    ):
        assert [str(mismatch.path) for mismatch in mismatches] in (["x", "y"], ["y"])
        text = listed(mismatches)
        assert not any(cat in text for cat in ("tiger", "lion", "puma", "lynx", "cat", "serval", "ocelot"))


def test_long_values_are_shortened() -> None:
    (text,) = told(OPTIONAL, "a" * 1000, None, "b" * 1000).values()
    (digits,) = told(attribute(NUMBER, optional=True), Decimal("1" * 1000), None, None).values()

    assert len(text) < 250
    assert len(digits) < 150


def test_of_many_mismatches_most_are_counted() -> None:
    schema = Schema(attributes={f"x{number}": OPTIONAL for number in range(1_500)})
    config, planned = dict.fromkeys(schema.attributes, "a"), dict.fromkeys(schema.attributes, "b")
    mismatches = list(invalid_plan(schema, config, None, planned))
    diagnostics = Diagnostics()

    report("Wrong", mismatches, diagnostics)

    assert len(list(diagnostics)) == len(listed(mismatches).splitlines()) == 11
    assert listed(mismatches).endswith("1490 more parts of the object are wrong.")
