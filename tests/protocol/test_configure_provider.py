"""ConfigureProvider: what the provider block makes, as often as Terraform asks for it."""

from typing import Any

from tests.protocol.example_provider import ExampleProvider
from tests.support.plugin import Caller
from tfplugin._generated import tfplugin6_pb2 as pb
from tfplugin.cty import UNKNOWN


def block(caller: Caller, **values: Any) -> pb.DynamicValue:
    return caller.wire(caller.session.provider_schema.type, values)


def test_a_later_configuration_replaces_an_earlier_one() -> None:
    caller = Caller(ExampleProvider())
    for greeting in ("hi", "hey"):
        caller.call(
            "configure_provider", pb.ConfigureProvider.Request(config=block(caller, greeting=greeting))
        )

    assert caller.session.client.greeting == "hey"


def test_an_unknown_value_in_the_block_is_no_error(caller: Caller) -> None:
    request = pb.ConfigureProvider.Request(config=block(caller, greeting=UNKNOWN))

    assert not caller.call("configure_provider", request).diagnostics
