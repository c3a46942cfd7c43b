"""UpgradeResourceState: a stored state in today's form."""

import json
from typing import Any

from tests.support.plugin import Caller, Told
from tfplugin._generated import tfplugin6_pb2 as pb


def upgrade(caller: Caller, state: dict[str, Any], version: int = 2) -> tuple[Any, list[Told]]:
    type_ = caller.type_of("example_thing")
    request = pb.UpgradeResourceState.Request(
        type_name="example_thing", version=version, raw_state=pb.RawState(json=json.dumps(state).encode())
    )
    response = caller.call("upgrade_resource_state", request)
    return caller.read(type_, response.upgraded_state), [Told.of(d) for d in response.diagnostics]


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


def test_attributes_of_nested_objects_come_and_go_too(caller: Caller) -> None:
    state, told = upgrade(caller, {"id": "1", "name": "a", "parts": [{"kind": "big", "removed": 1}]})

    assert told == []
    assert state["parts"] == [{"kind": "big", "serial": None, "spare": None}]
