"""ValidateDataResourceConfig: the same as for resources."""

from typing import Any

from tests.support.plugin import Caller, Told
from tfplugin._generated import tfplugin6_pb2 as pb


def config(caller: Caller, **values: Any) -> pb.DynamicValue:
    return caller.wire(caller.session.data_source("example_greeting").schema().type, values)


def test_its_validators_run(caller: Caller) -> None:
    request = pb.ValidateDataResourceConfig.Request(
        type_name="example_greeting", config=config(caller, name="")
    )

    (told,) = map(Told.of, caller.call("validate_data_resource_config", request).diagnostics)

    assert told.path == "name"


def test_its_rules_over_several_attributes_run(caller: Caller) -> None:
    request = pb.ValidateDataResourceConfig.Request(
        type_name="example_greeting", config=config(caller, name="Ann", title="Dr", nickname="A")
    )

    (told,) = map(Told.of, caller.call("validate_data_resource_config", request).diagnostics)

    assert told.detail == "title, nickname: at most one of them can be set, got: title, nickname."
    assert told.path == "nickname"
