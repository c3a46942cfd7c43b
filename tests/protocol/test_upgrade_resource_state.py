"""UpgradeResourceState: a stored state in today's form."""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import pytest

from tests.protocol.example_provider import ExampleProvider, Thing
from tests.support.plugin import Caller, Told
from tfplugin._generated import tfplugin6_pb2 as pb
from tfplugin.cty import BOOL, UNKNOWN, Dynamic, Object, infer
from tfplugin.resource import ObjectValue, Resource


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


class Coloured(Thing):
    """Things without a colour were white before there were colours."""

    def upgraded(self, state: ObjectValue) -> ObjectValue:
        return {**state, "colour": state["colour"] or "white"}


class ColouredProvider(ExampleProvider):
    def resources(self) -> Mapping[str, type[Resource]]:
        return {"example_thing": Coloured}


@pytest.mark.parametrize(("version", "stored"), [(0, {"title": "a"}), (2, {"name": "a"})])
def test_an_attribute_that_came_later_is_given_what_its_absence_meant(
    version: int, stored: dict[str, Any]
) -> None:
    state, told = upgrade(Caller(ColouredProvider()), {"id": "1", **stored}, version=version)

    assert told == []
    assert (state["name"], state["colour"]) == ("a", "white")


def test_a_state_of_each_older_version_is_upgraded_directly(caller: Caller) -> None:
    oldest, told_oldest = upgrade(caller, {"id": "1", "title": "a"}, version=0)
    older, told_older = upgrade(caller, {"id": "1", "name": "b", "size": "7"}, version=1)

    assert told_oldest + told_older == []
    assert (oldest["name"], oldest["colour"]) == ("a", None)
    assert (older["name"], older["size"]) == ("b", 7)


def test_a_state_of_an_unknown_version_is_refused(caller: Caller) -> None:
    _, told = upgrade(caller, {"id": "1"}, version=3)

    assert told[0].summary == "Unsupported state version"


OLD: dict[str, Any] = {
    "id": "1",
    "name": "a",
    "secret": "tiger",
    "gone": {"for": "good"},
    "anything": {"type": ["object", {"b": "bool"}], "value": {"b": True}},
    "place": {"country": "it", "planet": "earth"},
    "parts": [{"kind": "big", "gone": 1}],
    "boxes": {"a": {"weight": 0.1, "gone": 1}},
    "bags": [{"weight": 2, "gone": 1}],
}
"""A state of a schema in which each object had an attribute that is gone, and lacked some that there are."""


def assert_it_is_todays(state: Any) -> None:
    assert "gone" not in state
    assert state["labels"] is None
    assert (state["id"], state["name"], state["secret"]) == ("1", "a", "tiger")
    assert state["anything"] == Dynamic(Object({"b": BOOL}), {"b": True})
    assert state["place"] == {"country": "it", "note": None}
    assert state["parts"] == [{"kind": "big", "serial": None, "spare": None}]
    assert state["boxes"] == {"a": {"weight": Decimal("0.1"), "stamp": None}}
    assert state["bags"] == [{"weight": Decimal(2), "stamp": None}]


def test_attributes_come_and_go_without_a_new_version_in_nested_objects_too(caller: Caller) -> None:
    state, told = upgrade(caller, OLD)

    assert told == []
    assert_it_is_todays(state)


class Renamed(Thing):
    """What is now a name was a title, and before that a number."""

    def upgraders(self) -> Mapping[int, Callable[[Any], dict[str, Any]]]:
        return {
            0: lambda old: {"id": old["number"], "size": 3, "anything": infer([0.5]), "share": NOT_YET},
            1: lambda old: {**old, "name": old["title"]},
        }


NOT_YET: Any = None


class RenamedProvider(ExampleProvider):
    def resources(self) -> dict[str, type[Resource]]:
        return {"example_thing": Renamed}


def test_an_upgrader_may_leave_what_is_new_and_what_is_gone_to_the_framework() -> None:
    old = {**OLD, "title": "a"}
    del old["name"]

    state, told = upgrade(Caller(RenamedProvider()), old, version=1)

    assert told == []
    assert_it_is_todays(state)


def test_an_upgrader_may_put_values_of_its_own_in_the_data() -> None:
    state, told = upgrade(Caller(RenamedProvider()), {"number": "1"}, version=0)

    assert told == []
    assert (state["id"], state["size"]) == ("1", 3)
    assert state["anything"] == infer([0.5])


def test_an_upgraded_state_that_is_not_wholly_known_is_a_bug_of_the_provider(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(f"{__name__}.NOT_YET", UNKNOWN)

    state, (told,) = upgrade(Caller(RenamedProvider()), {"number": "1"}, version=0)

    assert state is None
    assert (told.summary, told.path) == ("Provider left values unknown", "share")


def test_a_value_that_no_longer_fits_is_told_with_its_place(caller: Caller) -> None:
    state, (told,) = upgrade(caller, {"id": "1", "parts": [{"kind": 3}]})

    assert state is None
    assert told.summary == "State cannot be read"
    assert told.detail.startswith("parts[0].kind: expected string, found number.")
