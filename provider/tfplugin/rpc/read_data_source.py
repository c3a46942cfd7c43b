"""ReadDataSource: in a plan when the configuration is wholly known, else while applying."""

from tfplugin._generated import tfplugin6_pb2 as pb
from tfplugin.data_source import ReadDataRequest
from tfplugin.diagnostics import Diagnostics
from tfplugin.rpc.session import Session


def handle(session: Session, request: pb.ReadDataSource.Request) -> pb.ReadDataSource.Response:
    """What was found; nothing on errors."""
    diagnostics = Diagnostics()
    response = pb.ReadDataSource.Response()
    with session.reporting(diagnostics):
        source = session.data_source(request.type_name)
        config = session.decode_present(source.schema(), request.config)
        state = source.read(ReadDataRequest(config=config, diagnostics=diagnostics))
        response.state.CopyFrom(session.encode(source.schema(), state))
    response.diagnostics.extend(session.encode_diagnostics(diagnostics))
    return response
