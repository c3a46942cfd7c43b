from tests.support.plugin import Caller
from tfplugin._generated import tfplugin6_pb2 as pb


def schema(caller: Caller) -> pb.GetProviderSchema.Response:
    response: pb.GetProviderSchema.Response = caller.call(
        "get_provider_schema", pb.GetProviderSchema.Request()
    )
    return response


def test_it_lists_the_provider_block_and_every_resource_type(caller: Caller) -> None:
    response = schema(caller)

    assert not response.diagnostics
    assert [attribute.name for attribute in response.provider.block.attributes] == [
        "greeting",
        "password",
        "user",
    ]
    assert list(response.resource_schemas) == ["example_thing"]


def test_it_declares_the_capabilities_of_a_modern_provider(caller: Caller) -> None:
    capabilities = schema(caller).server_capabilities

    assert capabilities.plan_destroy
    assert capabilities.get_provider_schema_optional
    assert capabilities.move_resource_state


def test_an_attribute_has_its_type_and_its_flags(caller: Caller) -> None:
    attributes = {a.name: a for a in schema(caller).resource_schemas["example_thing"].block.attributes}

    assert attributes["labels"].type == b'["map","string"]'
    assert attributes["name"].required
    assert attributes["colour"].optional
    assert attributes["colour"].computed
    assert attributes["secret"].sensitive
    assert attributes["id"].description == "Known after the creation."
    assert attributes["id"].description_kind == pb.MARKDOWN


def test_a_nested_attribute_has_its_members_and_no_type(caller: Caller) -> None:
    attributes = {a.name: a for a in schema(caller).resource_schemas["example_thing"].block.attributes}

    parts = attributes["parts"]
    assert not parts.type
    assert parts.nested_type.nesting == pb.Schema.Object.LIST
    assert [member.name for member in parts.nested_type.attributes] == ["kind", "serial", "spare"]


def test_data_sources_are_listed(caller: Caller) -> None:
    response = caller.call("get_provider_schema", pb.GetProviderSchema.Request())

    assert list(response.data_source_schemas) == ["example_greeting"]
