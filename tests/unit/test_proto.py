"""The generated messages are those of the protocol (docs/facts/terraform.md, "The protocol's messages")."""

from typing import Any

import pytest
from google.protobuf.descriptor import Descriptor, ServiceDescriptor

from tfplugin._generated import go_plugin_pb2, health_pb2, tfplugin6_pb2

METHODS = """
GetMetadata GetProviderSchema ValidateProviderConfig ValidateResourceConfig ValidateDataResourceConfig
UpgradeResourceState GetResourceIdentitySchemas UpgradeResourceIdentity ConfigureProvider ReadResource
PlanResourceChange ApplyResourceChange ImportResourceState MoveResourceState ReadDataSource GenerateResourceConfig
ValidateEphemeralResourceConfig OpenEphemeralResource RenewEphemeralResource CloseEphemeralResource ListResource
ValidateListResourceConfig GetFunctions CallFunction ValidateStateStoreConfig ConfigureStateStore ReadStateBytes
WriteStateBytes LockState UnlockState GetStates DeleteState PlanAction InvokeAction ValidateActionConfig StopProvider
"""


def service(module: Any, name: str) -> ServiceDescriptor:
    found: ServiceDescriptor = module.DESCRIPTOR.services_by_name[name]
    return found


def message(module: Any, name: str) -> Descriptor:
    for part in name.split("."):
        module = getattr(module, part)
    found: Descriptor = module.DESCRIPTOR
    return found


def test_the_provider_service_has_every_method() -> None:
    provider = service(tfplugin6_pb2, "Provider")
    assert provider.full_name == "tfplugin6.Provider"
    assert [method.name for method in provider.methods] == METHODS.split()


def test_the_messages_of_a_method_are_nested_in_one_of_its_name() -> None:
    provider = service(tfplugin6_pb2, "Provider")
    odd = {
        method.name: (method.input_type.full_name, method.output_type.full_name)
        for method in provider.methods
        if method.input_type.full_name != f"tfplugin6.{method.name}.Request"
        or method.output_type.full_name != f"tfplugin6.{method.name}.Response"
    }
    assert odd == {
        "ListResource": ("tfplugin6.ListResource.Request", "tfplugin6.ListResource.Event"),
        "ValidateStateStoreConfig": (
            "tfplugin6.ValidateStateStore.Request",
            "tfplugin6.ValidateStateStore.Response",
        ),
        "WriteStateBytes": ("tfplugin6.WriteStateBytes.RequestChunk", "tfplugin6.WriteStateBytes.Response"),
        "InvokeAction": ("tfplugin6.InvokeAction.Request", "tfplugin6.InvokeAction.Event"),
    }


def test_four_methods_stream() -> None:
    streaming = {
        method.name: (method.client_streaming, method.server_streaming)
        for method in service(tfplugin6_pb2, "Provider").methods
        if method.client_streaming or method.server_streaming
    }
    assert streaming == {
        "ListResource": (False, True),
        "ReadStateBytes": (False, True),
        "WriteStateBytes": (True, False),
        "InvokeAction": (False, True),
    }


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        ("DynamicValue", {"msgpack": 1, "json": 2}),
        ("Diagnostic", {"severity": 1, "summary": 2, "detail": 3, "attribute": 4}),
        ("ValidateProviderConfig.Response", {"diagnostics": 2}),
        ("StopProvider.Response", {"Error": 1}),
        ("Schema.Object", {"attributes": 1, "nesting": 3, "min_items": 4, "max_items": 5}),
        ("Function.Return", {"type": 1}),
        ("RawState", {"json": 1, "flatmap": 2}),
        (
            "ReadResource.Response",
            {"new_state": 1, "diagnostics": 2, "private": 3, "deferred": 4, "new_identity": 5},
        ),
        ("UpgradeResourceState.Response", {"upgraded_state": 1, "diagnostics": 2}),
        ("ImportResourceState.ImportedResource", {"type_name": 1, "state": 2, "private": 3, "identity": 4}),
        ("ListResource.Event", {"identity": 1, "display_name": 2, "resource_object": 3, "diagnostic": 4}),
        ("FunctionError", {"text": 1, "function_argument": 2}),
    ],
)
def test_a_message_has_the_numbers_of_the_protocol(name: str, numbers: dict[str, int]) -> None:
    fields = message(tfplugin6_pb2, name).fields
    assert {field.name: field.number for field in fields} == numbers


@pytest.mark.parametrize(
    ("name", "field", "number"),
    [
        ("Schema.Attribute", "nested_type", 10),
        ("Schema.Attribute", "write_only", 11),
        ("Schema.Attribute", "deprecation_message", 12),
        ("Schema.Block", "computed", 8),
        ("GetProviderSchema.Response", "server_capabilities", 6),
        ("GetProviderSchema.Response", "action_schemas", 11),
        ("PlanResourceChange.Request", "planned_private", 9),
        ("PlanResourceChange.Response", "planned_identity", 7),
        ("ApplyResourceChange.Request", "planned_private", 5),
        ("ApplyResourceChange.Response", "new_identity", 5),
        ("Function", "return", 3),
        ("ClientCapabilities", "computed_blocks_allowed", 4),
    ],
)
def test_a_field_has_the_number_of_the_protocol(name: str, field: str, number: int) -> None:
    assert message(tfplugin6_pb2, name).fields_by_name[field].number == number


def test_the_return_of_a_function_is_set_by_keyword() -> None:
    result = tfplugin6_pb2.Function.Return(type=b'"string"')
    members: dict[str, Any] = {"return": result}
    assert getattr(tfplugin6_pb2.Function(**members), "return") == result


def test_a_path_step_is_one_of_three() -> None:
    step = tfplugin6_pb2.AttributePath.Step(element_key_int=0)
    assert step.WhichOneof("selector") == "element_key_int"


def test_absent_and_empty_private_data_of_an_ephemeral_resource_differ() -> None:
    assert not tfplugin6_pb2.OpenEphemeralResource.Response().HasField("private")
    assert tfplugin6_pb2.OpenEphemeralResource.Response(private=b"").HasField("private")


@pytest.mark.parametrize(
    ("module", "name", "methods"),
    [
        (go_plugin_pb2, "plugin.GRPCController", ["Shutdown"]),
        (go_plugin_pb2, "plugin.GRPCBroker", ["StartStream"]),
        (go_plugin_pb2, "plugin.GRPCStdio", ["StreamStdio"]),
        (health_pb2, "grpc.health.v1.Health", ["Check"]),
    ],
)
def test_the_services_beside_the_provider_are_there(module: Any, name: str, methods: list[str]) -> None:
    found = service(module, name.rpartition(".")[2])
    assert found.full_name == name
    assert [method.name for method in found.methods] == methods


def test_the_messages_beside_the_provider_have_their_numbers() -> None:
    connection = go_plugin_pb2.ConnInfo.DESCRIPTOR
    assert [field.name for field in connection.fields] == ["service_id", "network", "address", "knock"]
    assert go_plugin_pb2.StdioData.STDERR == 2
    assert health_pb2.HealthCheckResponse.SERVING == 1
