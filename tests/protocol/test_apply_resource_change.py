import json
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import pytest

from tests.protocol.example_provider import SECRET, THING, ExampleProvider, Thing
from tests.protocol.example_store import Things
from tests.support.plugin import Caller, Told
from tfplugin._generated import tfplugin6_pb2 as pb
from tfplugin.cty import STRING, UNKNOWN
from tfplugin.resource import CreateRequest, Resource, Result, UpdateRequest
from tfplugin.schema import Attribute, Schema

PLANNED = {
    "id": UNKNOWN,
    "revision": UNKNOWN,
    "name": "a",
    "colour": "red",
    "kept": UNKNOWN,
    "secret": SECRET,
}
PART = {"kind": "big", "serial": None, "spare": False}
ATTRIBUTES = {name: attribute for name, attribute in THING.attributes.items() if name != "timeouts"}
EXISTING = {"id": "1", "revision": 1, "name": "a", "colour": "red", "kept": "kept"}


class Disobedient(Thing):
    """It makes another thing of what it is told to make; `changes` says which."""

    changes: ClassVar[Any] = {"name": "A", "labels": {"x": "y"}, "secret": None}

    def create(self, request: CreateRequest) -> Result:
        return self._changed(super().create(request))

    def update(self, request: UpdateRequest) -> Result:
        return self._changed(super().update(request))

    def _changed(self, result: Result) -> Result:
        state: Any = result.state
        if self.changes is None:
            return Result(None)
        self.client.existing[state["id"]] = state = {**state, **self.changes}
        return Result(state, result.private)


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


def test_a_creation_that_returns_another_object_is_a_warning_so_that_nothing_is_tainted(
    disobedient: Caller,
) -> None:
    answer = apply(
        disobedient, None, {**PLANNED, "labels": {"b": "c"}, "parts": [{**PART, "serial": UNKNOWN}]}
    )

    (told,) = answer.told
    assert (told.severity, told.summary) == ("warning", "Provider created another object than planned")
    assert told.detail == (
        'labels["b"]: planned "c", and returned nothing.\n'
        'labels["x"]: planned nothing, and returned "y".\n'
        'name: planned "a", and returned "A".\n'
        "secret: planned a sensitive value, and returned null.\n\n"
        "The object exists. The state has what was planned in place of what was returned; the next refresh shows "
        "what there is. This is a bug of the provider; please report it to its developers."
    )
    assert (answer.state["name"], answer.state["labels"], answer.state["secret"]) == ("a", {"b": "c"}, SECRET)
    # what the plan left open is as it was returned
    assert (answer.state["id"], answer.state["revision"]) == ("1", 1)
    assert answer.state["parts"] == [{**PART, "serial": "s"}]
    assert answer.private == {"planned": True}


def test_what_a_creation_leaves_unknown_is_null_and_a_warning(caller: Caller) -> None:
    answer = apply(caller, None, {**PLANNED, "anything": UNKNOWN})

    (told,) = answer.told
    assert told.severity == "warning"
    assert told.detail.startswith("anything: returned an unknown value.\n\n")
    assert (answer.state["id"], answer.state["anything"]) == ("1", None)


@pytest.mark.parametrize(
    ("planned", "returned", "stored"), [(UNKNOWN, UNKNOWN, None), ("1", "one", "one"), ("1", None, None)]
)
def test_a_creation_that_loses_the_id_is_an_error_and_the_state_has_what_was_returned(
    disobedient: Caller, monkeypatch: pytest.MonkeyPatch, planned: Any, returned: Any, stored: Any
) -> None:
    monkeypatch.setattr(Disobedient, "changes", {"id": returned, "name": "A"})

    answer = apply(disobedient, None, {**PLANNED, "id": planned})

    (told,) = answer.told
    assert told.severity == "error"
    assert "id: " in told.detail
    assert "terraform untaint" in told.detail
    assert (answer.state["id"], answer.state["name"]) == (stored, "a")


def test_a_creation_that_returns_nothing_is_an_error_and_the_state_is_as_planned(
    disobedient: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Disobedient, "changes", None)

    answer = apply(disobedient, None, PLANNED)

    (told,) = answer.told
    assert (told.severity, told.summary) == ("error", "Provider created another object than planned")
    assert told.detail.startswith("the object: planned an object, and returned null.")
    assert (answer.state["id"], answer.state["name"]) == (None, "a")


def test_a_creation_that_reports_an_error_is_not_compared_with_its_plan(
    disobedient: Caller, things: Things, monkeypatch: pytest.MonkeyPatch
) -> None:
    def create(self: Disobedient, request: CreateRequest) -> Result:
        request.diagnostics.error("Half of it", "The rest cannot be made.")
        return Thing.create(self, replace(request, planned={**request.planned, "name": "half"}))

    monkeypatch.setattr(Disobedient, "create", create)

    answer = apply(disobedient, None, PLANNED)

    assert [told.summary for told in answer.told] == ["Half of it"]
    assert answer.state["name"] == "half"


def test_an_update_that_returns_another_object_is_an_error_and_the_state_says_what_there_is(
    disobedient: Caller,
) -> None:
    answer = apply(disobedient, EXISTING, {**EXISTING, "revision": UNKNOWN})

    assert [(told.severity, told.path, told.detail.partition(". This")[0]) for told in answer.told] == [
        ("error", "labels", "labels: planned null, and returned an object"),
        ("error", "name", 'name: planned "a", and returned "A"'),
    ]
    assert all("bug of the provider" in told.detail for told in answer.told)
    assert (answer.state["name"], answer.state["labels"]) == ("A", {"x": "y"})


def test_what_an_update_leaves_unknown_is_null_and_an_error(caller: Caller) -> None:
    answer = apply(caller, EXISTING, {**EXISTING, "name": "b", "revision": UNKNOWN, "anything": UNKNOWN})

    (told,) = answer.told
    assert (told.severity, told.path) == ("error", "anything")
    assert (answer.state["name"], answer.state["anything"]) == ("b", None)


def test_another_spelling_of_what_was_planned_is_no_other_value(
    disobedient: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Disobedient, "changes", {"motto": "ONWARDS"})

    created = apply(disobedient, None, {**PLANNED, "motto": "Onwards"})
    updated = apply(disobedient, EXISTING, {**EXISTING, "revision": UNKNOWN, "motto": "Onwards"})

    assert created.told == updated.told == []
    assert created.state["motto"] == updated.state["motto"] == "Onwards"


def test_spellings_that_cannot_be_compared_taint_nothing(
    disobedient: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: str, __: str) -> bool:
        raise ValueError("neither of them")

    motto = Attribute(type=STRING, optional=True, equivalent=broken, description="Any.")
    schema = Schema(attributes={**ATTRIBUTES, "motto": motto})
    monkeypatch.setattr(Disobedient, "schema", classmethod(lambda _: schema))
    monkeypatch.setattr(Disobedient, "changes", {"motto": "ONWARDS"})

    answer = apply(disobedient, None, {**PLANNED, "motto": "Onwards"})

    assert [told.severity for told in answer.told] == ["warning"]
    assert (answer.state["id"], answer.state["motto"]) == ("1", "Onwards")


def test_an_object_that_is_described_wrongly_after_its_creation_is_still_kept(
    caller: Caller, things: Things
) -> None:
    things.fail = "to describe it"

    answer = apply(caller, None, PLANNED)

    assert answer.told[0].summary == "Unexpected error in the provider"
    assert answer.state["name"] == "a"
