"""The traps of the protocol that are easiest to miss (docs/facts/terraform.md, "Traps"), each with what shows that it is avoided.

The tests here have the trap's number in their name. These are elsewhere:

01  test_end_of_process.test_shutdown_is_answered_ends_the_process_at_once_and_removes_the_socket
02  test_mutual_tls.test_terraform_itself_is_served
02  test_mutual_tls.test_whoever_has_not_is_refused
03  test_process.test_the_handshake_line_has_six_fields_and_a_certificate_without_padding
04  test_server.test_fifty_creations_run_at_once_and_other_calls_are_answered_meanwhile
05  test_process.test_an_interrupt_is_terraforms_to_handle
06  test_process.test_the_log_is_json_lines_that_terraform_understands
07  test_plan_resource_change.test_computed_values_are_unknown_in_a_creation
07  test_values_through_terraform.test_typed_attributes_give_back_what_they_were_given
08  test_write_only.test_the_plan_has_none_of_it
08  test_write_only.test_a_creation_is_given_it_and_the_state_has_none_of_it
10  test_apply_resource_change.test_an_object_that_was_made_is_never_lost_from_the_state
10  test_robustness.test_whatever_a_resource_raises_is_a_diagnostic_without_a_trace
10  test_robustness.test_what_was_made_is_kept_however_it_is_described
11  test_read_resource.test_reading_returns_what_is_there_and_echoes_the_private_data
11  test_read_resource.test_an_exception_while_reading_keeps_the_state_and_the_private_data
11  test_apply_resource_change.test_a_failed_update_keeps_the_prior_state
12  test_validate_resource_config.test_no_value_at_all_is_a_diagnostic
13  test_plan_resource_change.test_numbers_keep_every_digit
13  test_values_through_terraform.test_a_dynamic_attribute_gives_back_what_it_was_given
14  test_schema.test_it_refuses
15  test_call_function.test_a_function_is_called_with_its_arguments_the_variadic_ones_too
16  test_get_provider_schema.test_it_declares_the_capabilities_of_a_modern_provider
17  test_terraform_evaluation.test_an_unknown_provider_block_defers_nothing
18  test_process.test_nothing_is_written_beside_the_executable
19  test_validate_resource_config.test_a_rule_inside_a_nested_attribute_has_its_whole_path
20  test_reattach.test_the_line_says_all_that_terraform_needs
20  test_reattach.test_one_process_serves_command_after_command
"""

import re
from importlib import import_module
from pathlib import Path
from typing import Any

import grpc
import msgpack  # type: ignore[import-untyped]  # it has no types
import pytest

from tests.protocol.example_provider import THING
from tests.protocol.example_store import Things
from tests.support.example import example_executable
from tests.support.plugin import Caller, Told, get_schema, shut_down, started
from tests.support.processes import SECONDS
from tfplugin._generated import tfplugin6_pb2 as pb
from tfplugin.cty import UNKNOWN

NAME = "example_thing"
TRAPS = range(1, 21)
ELSEWHERE = re.findall(r"^(\d\d)  (test_\w+)\.(test_\w+)$", str(__doc__), re.MULTILINE)
STATE: dict[str, Any] = {"id": "1", "revision": 1, "name": "a", "colour": "red", "kept": "kept"}


def test_every_trap_has_a_test_that_exists() -> None:
    here = {int(name[10:12]) for name in globals() if name.startswith("test_trap_")}

    assert here | {int(number) for number, _, _ in ELSEWHERE} == set(TRAPS)
    for _, module, test in ELSEWHERE:
        assert callable(getattr(import_module(f"tests.protocol.{module}"), test))


def test_trap_04_streams_that_stay_open_take_no_worker() -> None:
    with started(tls=False) as plugin, plugin.channel() as channel:
        broker, stdio = "/plugin.GRPCBroker/StartStream", "/plugin.GRPCStdio/StreamStdio"
        streams = [channel.stream_stream(broker, bytes, bytes)(iter([b""])) for _ in range(300)]
        streams += [channel.unary_stream(stdio, bytes, bytes)(b"") for _ in range(300)]

        assert get_schema(plugin).resource_schemas
        assert {stream.code() for stream in streams} == {grpc.StatusCode.UNIMPLEMENTED}


def test_trap_06_what_is_printed_while_the_provider_loads_is_no_part_of_the_handshake(tmp_path: Path) -> None:
    program = example_executable(tmp_path).path
    noisy = program.read_text().replace("    from tests", '    print("noise", flush=True)\n    from tests')
    program.write_text(noisy)
    assert "noise" in noisy

    with started(program=program) as plugin:
        assert NAME in get_schema(plugin).resource_schemas
        shut_down(plugin)
        output, log = plugin.process.communicate(timeout=SECONDS)

    assert plugin.fields[0] == "1"
    assert output == b""
    assert b"noise" in log


@pytest.mark.parametrize("source", ["read", "import", "upgrade"])
def test_trap_08_no_answer_has_a_write_only_value(caller: Caller, things: Things, source: str) -> None:
    type_ = THING.type
    things.existing["1"] = {**dict.fromkeys(type_.attributes), **STATE, "token": "written"}
    match source:
        case "read":
            read = pb.ReadResource.Request(type_name=NAME, current_state=caller.wire(type_, STATE))
            state = caller.call("read_resource", read).new_state
        case "import":
            imported = pb.ImportResourceState.Request(type_name=NAME, id="thing-1")
            state = caller.call("import_resource_state", imported).imported_resources[0].state
        case _:
            raw = pb.RawState(json=b'{"id": "1", "name": "a", "token": "written"}')
            upgrade = pb.UpgradeResourceState.Request(type_name=NAME, version=THING.version, raw_state=raw)
            state = caller.call("upgrade_resource_state", upgrade).upgraded_state

    assert caller.read(type_, state)["id"] == "1"
    assert caller.read(type_, state)["token"] is None


def test_trap_09_applying_goes_by_the_plan_and_not_by_the_configuration(caller: Caller) -> None:
    planned = {**STATE, "id": UNKNOWN, "revision": UNKNOWN, "colour": "ignored change"}
    request = pb.ApplyResourceChange.Request(
        type_name=NAME,
        planned_state=caller.wire(THING.type, planned),
        config=caller.wire(THING.type, {"name": "a", "colour": "blue"}),
    )

    state = caller.read(THING.type, caller.call("apply_resource_change", request).new_state)

    assert state["colour"] == "ignored change"


@pytest.mark.parametrize("prior", [None, STATE], ids=["creation", "update"])
def test_trap_09_planning_again_plans_the_same_and_changes_nothing(
    caller: Caller, things: Things, prior: dict[str, Any] | None
) -> None:
    config: dict[str, Any] = {"name": "b", "bags": [{"weight": 1, "stamp": None}]}
    request = pb.PlanResourceChange.Request(
        type_name=NAME,
        prior_state=caller.wire(THING.type, prior),
        config=caller.wire(THING.type, config),
        proposed_new_state=caller.wire(THING.type, {**(prior or {}), **config}),
    )

    first, second = (caller.call("plan_resource_change", request) for _ in range(2))

    assert first == second
    assert not things.existing


def test_trap_12_an_object_has_exactly_the_attributes_of_the_schema(caller: Caller) -> None:
    parts: Any = [{"kind": "big", "serial": None, "spare": None}]
    config = caller.wire(THING.type, {"name": "a", "parts": parts})
    request = pb.PlanResourceChange.Request(type_name=NAME, config=config, proposed_new_state=config)

    planned = caller.call("plan_resource_change", request).planned_state.msgpack

    sent = msgpack.unpackb(planned)
    assert list(sent) == sorted(THING.attributes)
    assert list(sent["parts"][0]) == ["kind", "serial", "spare"]


def test_trap_15_states_are_upgraded_and_metadata_told_before_anything_is_configured(caller: Caller) -> None:
    caller.session.client = None
    raw = pb.RawState(json=b'{"id": "1", "title": "a"}')
    upgrade = pb.UpgradeResourceState.Request(type_name=NAME, version=0, raw_state=raw)

    assert not caller.call("upgrade_resource_state", upgrade).diagnostics
    metadata = caller.call("get_metadata", pb.GetMetadata.Request())
    assert [resource.type_name for resource in metadata.resources] == [NAME]


def test_trap_16_no_answer_claims_the_type_system_of_older_sdks(caller: Caller) -> None:
    config = caller.wire(THING.type, {"name": "a"})
    plan = pb.PlanResourceChange.Request(type_name=NAME, config=config, proposed_new_state=config)
    planned = caller.call("plan_resource_change", plan)
    apply = pb.ApplyResourceChange.Request(type_name=NAME, planned_state=planned.planned_state, config=config)

    assert not planned.legacy_type_system
    assert not caller.call("apply_resource_change", apply).legacy_type_system


def test_trap_19_no_path_leads_into_a_set(caller: Caller) -> None:
    bags: Any = [{"weight": None, "stamp": None}]
    config = caller.wire(THING.type, {"name": "a", "bags": bags})
    request = pb.ValidateResourceConfig.Request(type_name=NAME, config=config)

    (diagnostic,) = caller.call("validate_resource_config", request).diagnostics

    assert len(diagnostic.attribute.steps) == 1
    assert Told.of(diagnostic).path == "bags"
    assert diagnostic.detail == "bags.weight: is required, and is null."
