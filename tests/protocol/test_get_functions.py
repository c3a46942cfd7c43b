"""GetFunctions: the same as the schema tells."""

from tests.support.plugin import Caller
from tfplugin._generated import tfplugin6_pb2 as pb


def test_the_schema_and_get_functions_describe_it_alike(caller: Caller) -> None:
    schema = caller.call("get_provider_schema", pb.GetProviderSchema.Request()).functions
    functions = caller.call("get_functions", pb.GetFunctions.Request()).functions

    assert schema["join"] == functions["join"]
    assert [parameter.name for parameter in schema["join"].parameters] == ["separator"]
    assert schema["join"].variadic_parameter.allow_null_value
    assert getattr(schema["join"], "return").type == b'"string"'
