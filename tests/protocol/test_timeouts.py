"""Every call of an operation has a deadline, from the configuration or by default."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from tests.protocol.example_provider import THING, ExampleProvider
from tests.support.plugin import Caller
from tfplugin._generated import tfplugin6_pb2 as pb
from tfplugin.deadline import Deadline
from tfplugin.resource import CreateRequest, DeleteRequest, ReadRequest, Resource, Result, UpdateRequest
from tfplugin.schema import Schema
from tfplugin.timeouts import deadline

STATE: dict[str, Any] = {"id": "1", "revision": 1, "name": "a", "colour": "red", "kept": "kept"}
OTHER = {"name": "b", "timeouts": {"create": "5s", "read": "6s", "delete": "7s"}}


@pytest.fixture(autouse=True)
def _time_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tfplugin.deadline.time", SimpleNamespace(monotonic=lambda: 1000.0))


class Hurried(Resource):
    """Tells the client the deadlines of its calls, and does nothing."""

    client: list[Deadline]

    @classmethod
    def schema(cls) -> Schema:
        return THING

    def create(self, request: CreateRequest) -> Result:
        self.client.append(request.deadline)
        return Result(None)

    def read(self, request: ReadRequest) -> Result:
        self.client.append(request.deadline)
        return Result(None)

    def update(self, request: UpdateRequest) -> Result:
        self.client.append(request.deadline)
        return Result(request.prior)

    def delete(self, request: DeleteRequest) -> None:
        self.client.append(request.deadline)


class HurriedProvider(ExampleProvider):
    def resources(self) -> Mapping[str, type[Resource]]:
        return {"example_thing": Hurried}


def seconds(prior: dict[str, Any] | None, planned: dict[str, Any] | None, *, refresh: bool = False) -> float:
    """Those that an apply, or a refresh of the prior state, gives the resource."""
    caller = Caller(HurriedProvider())
    caller.session.client = deadlines = list[Deadline]()
    before, after = caller.wire(THING.type, prior), caller.wire(THING.type, planned)
    if refresh:
        read = pb.ReadResource.Request(type_name="example_thing", current_state=before)
        caller.call("read_resource", read)
    else:
        change = pb.ApplyResourceChange.Request(
            type_name="example_thing", prior_state=before, planned_state=after, config=after
        )
        caller.call("apply_resource_change", change)
    return deadlines.pop().remaining()


@pytest.mark.parametrize(
    ("prior", "planned", "refresh", "expected"),
    [
        (None, STATE, False, 60),
        (None, STATE | OTHER, False, 5),
        (STATE, STATE | OTHER, False, 20 * 60),
        (STATE, None, False, 120),
        (STATE | OTHER, None, False, 7),
        (STATE, None, True, 30),
        (STATE | OTHER, None, True, 6),
        ({"id": "1"}, None, True, 30),
        (STATE | {"timeouts": {"create": "5s", "read": None, "delete": None}}, None, True, 30),
    ],
    ids=[
        "create, default",
        "create, from the plan",
        "update, which users cannot limit",
        "delete, default",
        "delete, from the state",
        "read, default",
        "read, from the state",
        "read of an import",
        "read, limited nowhere",
    ],
)
def test_a_call_has_a_deadline(prior: Any, planned: Any, *, refresh: bool, expected: float) -> None:
    assert seconds(prior, planned, refresh=refresh) == expected


def test_an_update_is_limited_by_the_plan_and_not_by_the_prior_state() -> None:
    configured = {"timeouts": {"update": "3s"}}

    assert deadline({"update": "1m"}, "update", configured).remaining() == 3


def test_a_schema_without_timeouts_leaves_an_attribute_of_that_name_to_its_author() -> None:
    assert deadline({}, "read", {"timeouts": "mine"}).remaining() == 20 * 60


def test_the_schema_adds_the_attribute_with_the_defaults_in_its_descriptions() -> None:
    members: Any = THING.attributes["timeouts"]

    assert members.optional
    assert {name: member.description for name, member in members.attributes.items()} == {
        "create": "The longest time that creating may take; `1m` by default.",
        "read": "The longest time that reading may take; `30s` by default.",
        "delete": "The longest time that destroying may take; `2m` by default.",
    }
