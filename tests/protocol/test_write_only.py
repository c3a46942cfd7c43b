"""Write-only values: in the configuration alone, never in a plan or a state (docs/facts/terraform.md, "Write-only and unknown values")."""

from typing import Any

from tests.protocol.example_store import Things
from tests.support.plugin import Caller, Told
from tfplugin._generated import tfplugin6_pb2 as pb
from tfplugin.cty import UNKNOWN

CONFIG = {"name": "a", "colour": "red", "token": "top secret"}


def test_the_plan_has_none_of_it(caller: Caller) -> None:
    type_ = caller.type_of("example_thing")
    config = caller.wire(type_, CONFIG)
    request = pb.PlanResourceChange.Request(
        type_name="example_thing", config=config, proposed_new_state=config
    )

    response = caller.call("plan_resource_change", request)

    assert caller.read(type_, response.planned_state)["token"] is None


def test_a_creation_is_given_it_and_the_state_has_none_of_it(caller: Caller, things: Things) -> None:
    type_ = caller.type_of("example_thing")
    planned = {**CONFIG, "token": None, "id": UNKNOWN, "revision": UNKNOWN, "kept": UNKNOWN}
    request = pb.ApplyResourceChange.Request(
        type_name="example_thing",
        planned_state=caller.wire(type_, planned),
        config=caller.wire(type_, CONFIG),
    )

    response = caller.call("apply_resource_change", request)

    assert things.tokens == {"1": "top secret"}
    assert b"top secret" not in response.new_state.msgpack


def test_an_update_is_given_it(caller: Caller, things: Things) -> None:
    type_ = caller.type_of("example_thing")
    state: dict[str, Any] = {**CONFIG, "token": None, "id": "1", "revision": 1, "kept": "kept"}
    request = pb.ApplyResourceChange.Request(
        type_name="example_thing",
        prior_state=caller.wire(type_, state),
        planned_state=caller.wire(type_, state | {"name": "b"}),
        config=caller.wire(type_, CONFIG | {"name": "b"}),
    )

    caller.call("apply_resource_change", request)

    assert things.tokens == {"1": "top secret"}


def test_a_client_that_would_store_it_is_refused(caller: Caller) -> None:
    type_ = caller.type_of("example_thing")
    request = pb.ValidateResourceConfig.Request(type_name="example_thing", config=caller.wire(type_, CONFIG))
    (told,) = map(Told.of, caller.call("validate_resource_config", request).diagnostics)
    request.client_capabilities.write_only_attributes_allowed = True
    allowed = caller.call("validate_resource_config", request).diagnostics

    assert told.summary == "Write-only attribute not allowed"
    assert told.path == "token"
    assert not allowed
