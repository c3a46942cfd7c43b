from typing import Any

from tests.support.plugin import Caller, Told
from tfplugin._generated import tfplugin6_pb2 as pb


def config(caller: Caller, **values: Any) -> pb.DynamicValue:
    return caller.wire(caller.session.data_source("example_greeting").schema().type, values)


def read(caller: Caller, **values: Any) -> tuple[Any, list[Told]]:
    request = pb.ReadDataSource.Request(type_name="example_greeting", config=config(caller, **values))
    response = caller.call("read_data_source", request)
    type_ = caller.session.data_source("example_greeting").schema().type
    return caller.read(type_, response.state), [Told.of(d) for d in response.diagnostics]


def test_reading_fills_in_what_is_computed(caller: Caller) -> None:
    assert read(caller, name="Ann") == (
        {"name": "Ann", "text": "hello Ann", "title": None, "nickname": None},
        [],
    )


def test_what_is_not_there_is_a_diagnostic(caller: Caller) -> None:
    assert read(caller, name="nobody") == (
        None,
        [Told("error", "Nobody there", "name: there is nobody to greet.", "")],
    )


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


def test_an_unknown_data_source_is_told_with_the_nearest_name(caller: Caller) -> None:
    response = caller.call("read_data_source", pb.ReadDataSource.Request(type_name="example_greetings"))

    assert (
        Told.of(response.diagnostics[0]).detail
        == 'This provider has no data source "example_greetings"; did you mean "example_greeting"?'
    )


def test_the_schema_lists_it(caller: Caller) -> None:
    response = caller.call("get_provider_schema", pb.GetProviderSchema.Request())

    assert list(response.data_source_schemas) == ["example_greeting"]
