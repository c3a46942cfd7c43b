import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from tests.protocol.example_provider import THING, ExampleProvider, Thing
from tests.support.plugin import Caller, Told
from tfplugin._generated import tfplugin6_pb2 as pb
from tfplugin.cty import STRING, UNKNOWN, Unknown, value_at
from tfplugin.planning import propose
from tfplugin.resource import ObjectValue, Planned, PlanRequest, Resource
from tfplugin.schema import Attribute, NestedAttribute, Schema

PART = {"kind": "big", "serial": None, "spare": None}
PRIOR = {
    "id": "1",
    "revision": 1,
    "name": "a",
    "size": 3,
    "colour": "red",
    "kept": "yes",
    "parts": [{"kind": "big", "serial": "s", "spare": False}],
}


@dataclass
class Answer:
    state: Any
    private: Any
    replaces: list[str]
    told: list[Told]


def plan(
    caller: Caller,
    config: dict[str, Any] | None,
    *,
    prior: dict[str, Any] | None = None,
    proposed: dict[str, Any] | None = None,
    private: bytes = b"",
) -> Answer:
    """Plan as Terraform asks; by default the proposed state is the configuration over the prior computed values."""
    type_ = caller.type_of("example_thing")
    if proposed is None and config is not None:
        computed = {name: (prior or {}).get(name) for name in ("id", "revision", "kept")}
        colour = config.get("colour") or (prior or {}).get("colour")
        proposed = {**computed, **config, "colour": colour}
    request = pb.PlanResourceChange.Request(
        type_name="example_thing",
        prior_state=caller.wire(type_, prior),
        config=caller.wire(type_, config),
        proposed_new_state=caller.wire(type_, proposed),
        prior_private=private,
    )
    response = caller.call("plan_resource_change", request)
    return Answer(
        caller.read(type_, response.planned_state),
        json.loads(response.planned_private or b"{}"),
        [".".join(step.attribute_name for step in path.steps) for path in response.requires_replace],
        [Told.of(d) for d in response.diagnostics],
    )


def test_computed_values_are_unknown_in_a_creation(caller: Caller) -> None:
    answer = plan(caller, {"name": "a"})

    assert answer.state["id"] == UNKNOWN
    assert answer.state["kept"] == UNKNOWN
    assert answer.state["name"] == "a"


def test_a_default_takes_the_place_of_what_the_configuration_leaves_out(caller: Caller) -> None:
    assert plan(caller, {"name": "a"}).state["colour"] == "red"
    assert plan(caller, {"name": "a", "colour": "blue"}).state["colour"] == "blue"


def test_defaults_and_unknowns_reach_into_nested_attributes(caller: Caller) -> None:
    answer = plan(caller, {"name": "a", "parts": [PART]})

    assert answer.state["parts"] == [{"kind": "big", "serial": UNKNOWN, "spare": False}]


def test_nothing_changes_when_the_configuration_does_not(caller: Caller) -> None:
    answer = plan(caller, {"name": "a", "size": 3, "parts": [PART]}, prior=PRIOR, proposed=PRIOR)

    assert answer.state == {**dict.fromkeys(caller.type_of("example_thing").attributes), **PRIOR}


def test_a_change_makes_computed_values_unknown_but_for_those_that_keep_their_state(caller: Caller) -> None:
    config = {"name": "b", "size": 3, "parts": [PART]}

    answer = plan(caller, config, prior=PRIOR, proposed={**PRIOR, "name": "b"})

    assert answer.state["revision"] == UNKNOWN
    assert answer.state["id"] == "1"
    assert answer.state["kept"] == "yes"
    assert answer.state["parts"][0]["serial"] == "s"


def test_a_removed_value_falls_back_to_the_default(caller: Caller) -> None:
    prior = {**PRIOR, "colour": "blue"}

    answer = plan(caller, {"name": "a", "size": 3, "parts": [PART]}, prior=prior, proposed=prior)

    assert answer.state["colour"] == "red"


def test_only_a_change_of_a_replacing_attribute_replaces(caller: Caller) -> None:
    unchanged = plan(
        caller, {"name": "b", "size": 3, "parts": [PART]}, prior=PRIOR, proposed={**PRIOR, "name": "b"}
    )
    changed = plan(
        caller, {"name": "a", "size": 4, "parts": [PART]}, prior=PRIOR, proposed={**PRIOR, "size": 4}
    )
    unknown = plan(
        caller,
        {"name": "a", "size": UNKNOWN, "parts": [PART]},
        prior=PRIOR,
        proposed={**PRIOR, "size": UNKNOWN},
    )

    assert unchanged.replaces == []
    assert changed.replaces == ["size"]
    assert unknown.replaces == ["size"]


def test_the_resource_is_told_what_is_being_planned(caller: Caller) -> None:
    private = json.dumps({"any": "thing"}).encode()

    assert plan(caller, {"name": "a"}).private == {"planned_as": "create"}
    assert plan(caller, {"name": "b"}, prior=PRIOR).private["planned_as"] == "replace"  # the size is gone
    assert (
        plan(caller, {"name": "b", "size": 3, "parts": [PART]}, prior=PRIOR).private["planned_as"] == "update"
    )
    assert plan(caller, {"name": "a"}, private=private).private == {"any": "thing", "planned_as": "replace"}
    assert plan(caller, None, prior=PRIOR).private == {"planned_as": "destroy"}


def test_a_destroy_plans_nothing(caller: Caller) -> None:
    assert plan(caller, None, prior=PRIOR).state is None


def test_a_resource_can_refuse_its_destruction(caller: Caller) -> None:
    answer = plan(caller, None, prior={**PRIOR, "name": "precious"})

    assert answer.told == [Told("error", "Not this one", "It is precious.", "")]


def test_numbers_keep_every_digit(caller: Caller) -> None:
    for number in (2**64, 2**63, -(2**63), Decimal("1e100"), Decimal("0.1234567890123456789012345")):
        assert plan(caller, {"name": "a", "size": number}).state["size"] == number


def test_a_refined_unknown_comes_back_as_it_was(caller: Caller) -> None:
    refined = Unknown(b"\x82\x01\xc2\x02\xa2b-")

    answer = plan(caller, {"name": refined})

    assert answer.state["name"].refinement == refined.refinement


def test_an_unknown_object_replaces_when_something_in_it_could(caller: Caller) -> None:
    prior = {**PRIOR, "place": {"country": "it", "note": None}}
    config = {"name": "a", "size": 3, "parts": [PART]}

    unknown = plan(caller, {**config, "place": UNKNOWN}, prior=prior, proposed={**prior, "place": UNKNOWN})
    other_note = {"country": "it", "note": "n"}
    noted = plan(
        caller, {**config, "place": other_note}, prior=prior, proposed={**prior, "place": other_note}
    )
    elsewhere = {"country": "fr", "note": None}
    moved = plan(caller, {**config, "place": elsewhere}, prior=prior, proposed={**prior, "place": elsewhere})

    assert unknown.replaces == ["place"]
    assert noted.replaces == []
    assert moved.replaces == ["place.country"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"size": 1}, {"size": None}),
        ({"size": None}, {"size": UNKNOWN}),
        ({"place": None}, {"place": {"country": "it", "note": None}}),
        ({"place": {"country": "it", "note": None}}, {"place": None}),
        ({"place": {"country": "it", "note": None}}, {"place": UNKNOWN}),
        ({"place": {"country": "it", "note": None}}, {"place": {"country": UNKNOWN, "note": None}}),
    ],
)
def test_the_path_of_what_replaces_leads_somewhere_in_the_prior_state(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    prior, config = ({**dict.fromkeys(THING.attributes), "name": "a", **value} for value in (before, after))

    planned = propose(THING, PlanRequest(prior=prior, config=config, proposed=config))

    assert planned.requires_replace
    for path in planned.requires_replace:
        value_at(path, prior)  # raises if there is nothing


@pytest.mark.parametrize(("kind", "after", "replaced"), [
    ("folding", "ABC", False), ("folding", "abd", True), ("folding", UNKNOWN, True), ("folding", None, True),
    ("exact", "ABC", True), ("exact", "abc", False),
])  # fmt: skip
def test_a_function_can_say_whether_a_change_replaces(kind: str, after: Any, replaced: bool) -> None:  # noqa: FBT001
    def other(before: str, after: str, prior: Mapping[str, Any]) -> bool:
        return before.lower() != after.lower() or prior["kind"] == "exact"

    name = Attribute(type=STRING, optional=True, requires_replace=other, description="A name.")
    box = NestedAttribute(optional=True, attributes={"name": name}, description="A box.")
    schema = Schema(attributes={"kind": Attribute(type=STRING, optional=True, description="."), "box": box})
    config: ObjectValue = {"kind": kind, "box": {"name": after}}

    planned = propose(
        schema, PlanRequest(prior={"kind": kind, "box": {"name": "abc"}}, config=config, proposed=config)
    )

    assert [str(path) for path in planned.requires_replace] == (["box.name"] if replaced else [])


def test_the_elements_of_maps_and_sets_are_planned_one_by_one(caller: Caller) -> None:
    boxes = {"a": {"weight": 1, "stamp": None}}
    bags = [{"weight": 2, "stamp": None}]

    answer = plan(caller, {"name": "a", "boxes": boxes, "bags": bags})

    assert answer.state["boxes"] == {"a": {"weight": 1, "stamp": UNKNOWN}}
    assert answer.state["bags"] == [{"weight": 2, "stamp": UNKNOWN}]


def test_the_prior_spelling_is_planned_where_it_means_the_same(caller: Caller) -> None:
    prior = {**PRIOR, "parts": None, "motto": "Onwards"}

    same = plan(
        caller,
        {"name": "a", "size": 3, "motto": "ONWARDS"},
        prior=prior,
        proposed={**prior, "motto": "ONWARDS"},
    )
    other = plan(
        caller, {"name": "a", "size": 3, "motto": "Back"}, prior=prior, proposed={**prior, "motto": "Back"}
    )

    assert (same.state["motto"], same.state["revision"]) == ("Onwards", 1)
    assert (other.state["motto"], other.state["revision"]) == ("Back", UNKNOWN)
    assert same.told == other.told == []


class Inventive(Thing):
    """It plans what nobody asked for."""

    def plan(self, request: PlanRequest) -> Planned:
        if request.proposed is None:
            return Planned(request.prior)
        return Planned({**request.proposed, "name": "other", "code": "DE", "secret": "s3cret"})


class InventiveProvider(ExampleProvider):
    def resources(self) -> dict[str, type[Resource]]:
        return {"example_thing": Inventive}


def test_a_plan_that_terraform_would_reject_is_a_bug_of_the_provider() -> None:
    caller = Caller(InventiveProvider())
    prior = {**PRIOR, "parts": None}

    answer = plan(caller, {"name": "b", "size": 3, "secret": "tiger"}, prior=prior, proposed=prior)

    assert {
        (told.severity, told.path, told.detail.partition(". This is a bug")[0]) for told in answer.told
    } == {
        (
            "error",
            "name",
            'name: planned "other", where the configuration says "b" and the prior state "a"',
        ),
        ("error", "code", 'code: planned "DE", where the configuration has no value'),
        (
            "error",
            "secret",
            "secret: planned a sensitive value, where the configuration says a sensitive value",
        ),
    }
    assert answer.state["name"] == "a"


def test_a_planned_destruction_leaves_nothing() -> None:
    answer = plan(Caller(InventiveProvider()), None, prior=PRIOR)

    assert [told.summary for told in answer.told] == ["Provider planned an invalid change"]


@pytest.mark.parametrize(
    ("request_", "applying", "planned_private"),
    [
        (pb.PlanResourceChange.Request(), False, {}),
        (pb.PlanResourceChange.Request(planned_private=b'{"n": 1}'), True, {"n": 1}),
        (
            pb.PlanResourceChange.Request(client_capabilities=pb.ClientCapabilities(deferral_allowed=True)),
            True,
            {},
        ),
    ],
    ids=["the first plan", "protocol 6.11", "before 6.11"],
)
def test_a_resource_is_told_that_terraform_plans_again_to_apply(
    request_: pb.PlanResourceChange.Request,
    applying: bool,  # noqa: FBT001
    planned_private: dict[str, Any],
) -> None:
    told: list[PlanRequest] = []

    class Listening(Thing):
        def plan(self, request: PlanRequest) -> Planned:
            told.append(request)
            return super().plan(request)

    class Listened(ExampleProvider):
        def resources(self) -> Mapping[str, type[Resource]]:
            return {"example_thing": Listening}

    caller = Caller(Listened())
    type_ = caller.type_of("example_thing")
    value = caller.wire(type_, {"name": "a"})
    request_.MergeFrom(
        pb.PlanResourceChange.Request(type_name="example_thing", config=value, proposed_new_state=value)
    )

    caller.call("plan_resource_change", request_)

    (request,) = told
    assert (request.applying, request.planned_private) == (applying, planned_private)
