import json
from dataclasses import dataclass
from typing import Any

import pytest

from tests.protocol.example_provider import SECRET, ExampleProvider, Thing
from tests.protocol.example_store import Things
from tests.support.plugin import Caller, Told
from tfplugin._generated import tfplugin6_pb2 as pb
from tfplugin.cty import UNKNOWN
from tfplugin.resource import CreateRequest, Resource, Result, UpdateRequest

PLANNED = {
    "id": UNKNOWN,
    "revision": UNKNOWN,
    "name": "a",
    "colour": "red",
    "kept": UNKNOWN,
    "secret": SECRET,
}
EXISTING = {"id": "1", "revision": 1, "name": "a", "colour": "red", "kept": "kept"}


class Disobedient(Thing):
    """It makes another thing of what it is told to make."""

    def create(self, request: CreateRequest) -> Result:
        return self._changed(super().create(request))

    def update(self, request: UpdateRequest) -> Result:
        return self._changed(super().update(request))

    @staticmethod
    def _changed(result: Result) -> Result:
        state: Any = result.state
        motto = state["motto"] and state["motto"].upper()
        return Result(
            {**state, "name": "A", "labels": {"x": "y"}, "secret": None, "motto": motto}, result.private
        )


class DisobedientProvider(ExampleProvider):
    def resources(self) -> dict[str, type[Resource]]:
        return {"example_thing": Disobedient}


@pytest.fixture
def disobedient() -> Caller:
    caller = Caller(DisobedientProvider())
    caller.session.client = Things()
    return caller


@dataclass
class Answer:
    state: Any
    private: Any
    told: list[Told]


def apply(caller: Caller, prior: dict[str, Any] | None, planned: dict[str, Any] | None) -> Answer:
    type_ = caller.type_of("example_thing")
    request = pb.ApplyResourceChange.Request(
        type_name="example_thing",
        prior_state=caller.wire(type_, prior),
        planned_state=caller.wire(type_, planned),
        config=caller.wire(type_, planned),
        planned_private=b'{"planned": true}',
    )
    response = caller.call("apply_resource_change", request)
    return Answer(
        caller.read(type_, response.new_state),
        json.loads(response.private or b"{}"),
        [Told.of(d) for d in response.diagnostics],
    )


def test_a_creation_returns_the_state_and_the_private_data(caller: Caller, things: Things) -> None:
    answer = apply(caller, None, PLANNED)

    assert answer.told == []
    assert answer.state["id"] == "1"
    assert answer.private == {"planned": True}
    assert list(things.existing) == ["1"]


def test_an_exception_in_a_creation_saves_nothing_and_hides_the_secret(
    caller: Caller, things: Things
) -> None:
    things.fail = "at once"

    answer = apply(caller, None, PLANNED)

    assert answer.state is None
    assert "broke, with (redacted) in hand" in answer.told[0].detail


def test_an_object_that_was_made_is_never_lost_from_the_state(caller: Caller, things: Things) -> None:
    things.fail = "after saving"

    answer = apply(caller, None, PLANNED)

    assert answer.told[0].severity == "error"
    assert answer.state["id"] == "1"
    assert answer.private == {"half": True}


def test_a_failed_update_keeps_the_prior_state(caller: Caller, things: Things) -> None:
    things.fail = "yes"

    answer = apply(caller, EXISTING, {**EXISTING, "name": "b", "revision": UNKNOWN})

    assert answer.state["name"] == "a"
    assert answer.private == {"planned": True}


def test_an_update_returns_what_became_of_the_object(caller: Caller) -> None:
    assert apply(caller, EXISTING, {**EXISTING, "name": "b", "revision": UNKNOWN}).state["revision"] == 2


def test_a_deletion_leaves_no_state(caller: Caller, things: Things) -> None:
    apply(caller, None, PLANNED)

    answer = apply(caller, EXISTING, None)

    assert answer.state is None
    assert things.existing == {}


def test_a_failed_deletion_keeps_the_object_in_the_state(caller: Caller, things: Things) -> None:
    things.fail = "yes"

    answer = apply(caller, EXISTING, None)

    assert answer.told == [Told("error", "In use", "Something holds it.", "")]
    assert answer.state["id"] == "1"


def test_unknown_values_after_a_change_are_told_and_the_object_is_kept(caller: Caller) -> None:
    answer = apply(caller, None, {**PLANNED, "anything": UNKNOWN})

    (told,) = answer.told
    assert (told.severity, told.summary) == ("warning", "Provider created another object than planned")
    assert told.detail.startswith("anything: is unknown")
    assert answer.state["id"] == "1"
    assert answer.state["anything"] is None


def test_a_creation_that_returns_another_value_is_a_warning_so_that_nothing_is_tainted(
    disobedient: Caller,
) -> None:
    answer = apply(disobedient, None, {**PLANNED, "name": "a", "labels": {"b": "c"}})

    assert {(told.severity, told.detail.partition(". This")[0]) for told in answer.told} == {
        ("warning", 'name: planned "a", and returned "A"'),
        ("warning", 'labels["b"]: planned "c", and returned nothing'),
        ("warning", 'labels["x"]: planned nothing, and returned "y"'),
        ("warning", "secret: planned a sensitive value, and returned null"),
    }
    assert answer.state["id"] == "1"
    assert (answer.state["name"], answer.state["labels"]) == ("a", {"b": "c"})
    assert answer.state["secret"] == SECRET


def test_an_update_that_returns_another_value_is_an_error_and_the_state_says_what_there_is(
    disobedient: Caller,
) -> None:
    answer = apply(disobedient, EXISTING, {**EXISTING, "revision": UNKNOWN})

    assert ("error", "name") in {(told.severity, told.path) for told in answer.told}
    assert "bug of the provider" in answer.told[0].detail
    assert answer.state["name"] == "A"


def test_an_equivalent_value_is_no_other_one(disobedient: Caller) -> None:
    planned = {**PLANNED, "name": "A", "labels": {"x": "y"}, "secret": None, "motto": "Onwards"}

    answer = apply(disobedient, None, planned)

    assert answer.told == []
    assert answer.state["motto"] == "Onwards"


def test_an_object_that_is_described_wrongly_after_its_creation_is_still_kept(
    caller: Caller, things: Things
) -> None:
    things.fail = "to describe it"

    answer = apply(caller, None, PLANNED)

    assert answer.told[0].summary == "Unexpected error in the provider"
    assert answer.state["name"] == "a"
