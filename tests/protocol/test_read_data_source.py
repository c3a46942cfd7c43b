"""ReadDataSource: a look at something that is managed elsewhere."""

from typing import Any

from tests.protocol.example_provider import ExampleProvider, Greeting
from tests.support.plugin import Caller, Told
from tfplugin._generated import tfplugin6_pb2 as pb
from tfplugin.cty import UNKNOWN
from tfplugin.data_source import DataSource, ReadDataRequest


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


def test_an_unknown_data_source_is_told_with_the_nearest_name(caller: Caller) -> None:
    response = caller.call("read_data_source", pb.ReadDataSource.Request(type_name="example_greetings"))

    assert (
        Told.of(response.diagnostics[0]).detail
        == 'This provider has no data source "example_greetings"; did you mean "example_greeting"?'
    )


class Careless(Greeting):
    """It changes what it was asked, and does not know the answer."""

    def read(self, request: ReadDataRequest) -> dict[str, Any]:
        return {**request.config, "title": "Dr", "text": UNKNOWN}


class CarelessProvider(ExampleProvider):
    def data_sources(self) -> dict[str, type[DataSource]]:
        return {"example_greeting": Careless}


def test_data_that_terraform_would_reject_is_a_bug_of_the_provider() -> None:
    state, told = read(Caller(CarelessProvider()), name="Ann")

    assert state is None
    assert {(one.summary, one.path) for one in told} == {
        ("Provider returned invalid data", "title"),
        ("Provider returned invalid data", "text"),
    }
