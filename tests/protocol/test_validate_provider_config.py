"""ValidateProviderConfig: the provider block."""

from typing import Any

from tests.support.plugin import Caller, Told
from tfplugin._generated import tfplugin6_pb2 as pb


def block(caller: Caller, **values: Any) -> pb.DynamicValue:
    return caller.wire(caller.session.provider_schema.type, values)


def test_the_provider_checks_its_block(caller: Caller) -> None:
    request = pb.ValidateProviderConfig.Request(config=block(caller, greeting="bye"))

    (told,) = [Told.of(d) for d in caller.call("validate_provider_config", request).diagnostics]

    assert told == Told("warning", "Unfriendly", "greeting: it is not one.", "")


def test_its_rules_over_several_attributes_run(caller: Caller) -> None:
    request = pb.ValidateProviderConfig.Request(config=block(caller, password="p"))

    (told,) = [Told.of(d) for d in caller.call("validate_provider_config", request).diagnostics]

    assert told.detail == "user, password: all of them must be set, or none, got: password."
