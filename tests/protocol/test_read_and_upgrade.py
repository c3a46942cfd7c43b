import json
from typing import Any

from tests.protocol.example_store import Things
from tests.support.plugin import Caller, Told
from tfplugin._generated import tfplugin6_pb2 as pb

STATE: dict[str, Any] = {"id": "1", "revision": 1, "name": "a", "colour": "red", "kept": "kept"}


def read(caller: Caller) -> tuple[Any, bytes, list[Told]]:
    type_ = caller.type_of("example_thing")
    request = pb.ReadResource.Request(
        type_name="example_thing", current_state=caller.wire(type_, STATE), private=b'{"mine": 1}'
    )
    response = caller.call("read_resource", request)
    return (
        caller.read(type_, response.new_state),
        response.private,
        [Told.of(d) for d in response.diagnostics],
    )


def upgrade(caller: Caller, state: dict[str, Any], version: int = 2) -> tuple[Any, list[Told]]:
    type_ = caller.type_of("example_thing")
    request = pb.UpgradeResourceState.Request(
        type_name="example_thing", version=version, raw_state=pb.RawState(json=json.dumps(state).encode())
    )
    response = caller.call("upgrade_resource_state", request)
    return caller.read(type_, response.upgraded_state), [Told.of(d) for d in response.diagnostics]


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


def test_a_stored_state_may_lack_new_attributes_and_have_removed_ones(caller: Caller) -> None:
    state, told = upgrade(caller, {"id": "1", "name": "a", "removed": [1]})

    assert told == []
    assert state["name"] == "a"
    assert state["labels"] is None
    assert "removed" not in state


def test_a_state_of_each_older_version_is_upgraded_directly(caller: Caller) -> None:
    oldest, told_oldest = upgrade(caller, {"id": "1", "title": "a"}, version=0)
    older, told_older = upgrade(caller, {"id": "1", "name": "b", "size": "7"}, version=1)

    assert told_oldest + told_older == []
    assert (oldest["name"], oldest["colour"]) == ("a", None)
    assert (older["name"], older["size"]) == ("b", 7)


def test_a_state_of_an_unknown_version_is_refused(caller: Caller) -> None:
    _, told = upgrade(caller, {"id": "1"}, version=3)

    assert told[0].summary == "Unsupported state version"
