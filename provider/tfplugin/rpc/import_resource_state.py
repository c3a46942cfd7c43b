"""ImportResourceState: the state by which an object that exists is read; ReadResource follows at once."""

from tfplugin._generated import tfplugin6_pb2 as pb
from tfplugin.diagnostics import Diagnostics
from tfplugin.resource import ImportRequest
from tfplugin.rpc import wire
from tfplugin.rpc.session import Session


def handle(session: Session, request: pb.ImportResourceState.Request) -> pb.ImportResourceState.Response:
    """One object, or diagnostics."""
    diagnostics = Diagnostics()
    response = pb.ImportResourceState.Response()
    with session.reporting(diagnostics):
        resource = session.resource(request.type_name)
        schema = resource.schema()
        result = resource.import_state(ImportRequest(id=request.id, diagnostics=diagnostics))
        state = {**dict.fromkeys(schema.attributes), **(result.state or {})}
        response.imported_resources.add(
            type_name=request.type_name,
            state=session.encode(schema, state),
            private=wire.encode_private(result.private),
        )
    response.diagnostics.extend(session.encode_diagnostics(diagnostics))
    return response
