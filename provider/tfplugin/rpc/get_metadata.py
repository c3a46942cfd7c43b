"""GetMetadata: the names of everything in the schema. Muxing servers make this call; Terraform does not."""

from tfplugin._generated import tfplugin6_pb2 as pb
from tfplugin.diagnostics import Diagnostics
from tfplugin.rpc.get_provider_schema import capabilities
from tfplugin.rpc.session import Session


def handle(session: Session, _: pb.GetMetadata.Request) -> pb.GetMetadata.Response:
    """The names of resource types, data sources and functions."""
    response = pb.GetMetadata.Response(server_capabilities=capabilities())
    diagnostics = Diagnostics()
    with session.reporting(diagnostics):
        response.data_sources.extend(
            pb.GetMetadata.DataSourceMetadata(type_name=name) for name in session.data_sources
        )
        response.functions.extend(pb.GetMetadata.FunctionMetadata(name=name) for name in session.functions)
        response.resources.extend(
            pb.GetMetadata.ResourceMetadata(type_name=name) for name in session.resources
        )
    response.diagnostics.extend(session.encode_diagnostics(diagnostics))
    return response
