"""GetMetadata: what the provider offers, by name. Terraform does not call it today."""

from tests.support.plugin import Caller
from tfplugin._generated import tfplugin6_pb2 as pb


def test_everything_is_listed_by_name_with_the_capabilities_of_the_schema(caller: Caller) -> None:
    metadata = caller.call("get_metadata", pb.GetMetadata.Request())
    schema = caller.call("get_provider_schema", pb.GetProviderSchema.Request())

    assert [resource.type_name for resource in metadata.resources] == list(schema.resource_schemas)
    assert [source.type_name for source in metadata.data_sources] == list(schema.data_source_schemas)
    assert [function.name for function in metadata.functions] == list(schema.functions)
    assert metadata.server_capabilities == schema.server_capabilities
