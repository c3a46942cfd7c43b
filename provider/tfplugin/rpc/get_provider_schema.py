"""GetProviderSchema: everything that the provider offers. Terraform calls it once per command, in the first process."""

from collections.abc import Mapping

from tfplugin._generated import tfplugin6_pb2 as pb
from tfplugin.cty import type_bytes
from tfplugin.diagnostics import Diagnostics
from tfplugin.rpc.get_functions import function_message
from tfplugin.rpc.session import Session
from tfplugin.schema import AnyAttribute, Attribute, Schema


def handle(session: Session, _: pb.GetProviderSchema.Request) -> pb.GetProviderSchema.Response:
    """Every schema, and the capabilities of a modern provider (docs/facts/terraform.md, "Traps", 16)."""
    response = pb.GetProviderSchema.Response(
        server_capabilities=capabilities(), provider_meta=pb.Schema(block=pb.Schema.Block())
    )
    diagnostics = Diagnostics()
    with session.reporting(diagnostics):
        response.provider.CopyFrom(schema_message(session.provider_schema))
        for name, resource in session.resources.items():
            response.resource_schemas[name].CopyFrom(schema_message(resource.schema()))
        for name, source in session.data_sources.items():
            response.data_source_schemas[name].CopyFrom(schema_message(source.schema()))
        for name, function in session.functions.items():
            response.functions[name].CopyFrom(function_message(function))
    response.diagnostics.extend(session.encode_diagnostics(diagnostics))
    return response


def capabilities() -> pb.ServerCapabilities:
    """Terraform plans destroys too, may ask to move states, and need not ask later processes for the schema."""
    return pb.ServerCapabilities(
        plan_destroy=True, get_provider_schema_optional=True, move_resource_state=True
    )


def schema_message(schema: Schema) -> pb.Schema:
    """A schema in the protocol's form."""
    block = pb.Schema.Block(
        attributes=_attributes(schema.attributes),
        description=schema.description,
        description_kind=pb.MARKDOWN,
    )
    return pb.Schema(version=schema.version, block=block)


def _attributes(attributes: Mapping[str, AnyAttribute]) -> list[pb.Schema.Attribute]:
    return [_attribute(name, attribute) for name, attribute in sorted(attributes.items())]


def _attribute(name: str, attribute: AnyAttribute) -> pb.Schema.Attribute:
    message = pb.Schema.Attribute(
        name=name,
        description=attribute.description,
        description_kind=pb.MARKDOWN,
        required=attribute.required,
        optional=attribute.optional,
        computed=attribute.computed,
        sensitive=attribute.sensitive,
        deprecated=bool(attribute.deprecated),
        deprecation_message=attribute.deprecated,
    )
    if isinstance(attribute, Attribute):
        message.type = type_bytes(attribute.type)
        message.write_only = attribute.write_only
    else:
        message.nested_type.CopyFrom(
            pb.Schema.Object(attributes=_attributes(attribute.attributes), nesting=attribute.nesting.name)
        )
    return message
