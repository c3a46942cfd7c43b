"""ReadResource: the refresh of one object."""

from typing import Any

from tests.protocol.example_provider import ExampleProvider, Thing
from tests.protocol.example_store import Things
from tests.support.plugin import Caller, Told
from tfplugin._generated import tfplugin6_pb2 as pb
from tfplugin.cty import UNKNOWN
from tfplugin.resource import ReadRequest, Resource, Result

STATE: dict[str, Any] = {"id": "1", "revision": 1, "name": "a", "colour": "red", "kept": "kept"}


def read(caller: Caller, **changes: Any) -> tuple[Any, bytes, list[Told]]:
    type_ = caller.type_of("example_thing")
    request = pb.ReadResource.Request(
        type_name="example_thing",
        current_state=caller.wire(type_, {**STATE, **changes}),
        private=b'{"mine": 1}',
    )
    response = caller.call("read_resource", request)
    return (
        caller.read(type_, response.new_state),
        response.private,
        [Told.of(d) for d in response.diagnostics],
    )


def test_reading_returns_what_is_there_and_echoes_the_private_data(caller: Caller, things: Things) -> None:
    things.existing["1"] = {
        **dict.fromkeys(caller.type_of("example_thing").attributes),
        **STATE,
        "colour": "blue",
    }

    state, private, told = read(caller)

    assert told == []
    assert state["colour"] == "blue"
    assert private == b'{"mine": 1}'


def test_an_object_that_is_gone_has_no_state(caller: Caller) -> None:
    state, private, told = read(caller)

    assert told == []
    assert state is None
    assert private == b""


def test_an_exception_while_reading_keeps_the_state_and_the_private_data(
    caller: Caller, things: Things
) -> None:
    things.fail = "yes"

    state, private, told = read(caller)

    assert state["id"] == "1"
    assert private == b'{"mine": 1}'
    assert told[0].summary == "Unexpected error in the provider"


class Forgetful(Thing):
    """It does not know all of what it has looked at."""

    def read(self, request: ReadRequest) -> Result:
        return Result({**request.state, "colour": UNKNOWN})


class ForgetfulProvider(ExampleProvider):
    def resources(self) -> dict[str, type[Resource]]:
        return {"example_thing": Forgetful}


def test_a_state_that_is_not_wholly_known_is_a_bug_of_the_provider_and_the_last_one_stays() -> None:
    state, private, (told,) = read(Caller(ForgetfulProvider()))

    assert (told.severity, told.summary, told.path) == ("error", "Provider left values unknown", "colour")
    assert state["colour"] == "red"
    assert private == b'{"mine": 1}'


def test_another_spelling_of_the_same_is_no_change(caller: Caller, things: Things) -> None:
    known = {**dict.fromkeys(caller.type_of("example_thing").attributes), **STATE}
    things.existing["1"] = {**known, "motto": "ONWARDS"}

    state, _, _ = read(caller, motto="Onwards")

    assert state["motto"] == "Onwards"
