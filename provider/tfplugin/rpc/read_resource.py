"""ReadResource: the refresh of one object."""

from tfplugin._generated import tfplugin6_pb2 as pb
from tfplugin.diagnostics import Diagnostics
from tfplugin.resource import ReadRequest
from tfplugin.rpc import wire
from tfplugin.rpc.session import Session


def handle(session: Session, request: pb.ReadResource.Request) -> pb.ReadResource.Response:
    """The state as it is now; the current one on errors."""
    diagnostics = Diagnostics()
    response = pb.ReadResource.Response(new_state=request.current_state, private=request.private)
    with session.reporting(diagnostics):
        resource = session.resource(request.type_name)
        state = session.decode_present(resource.schema(), request.current_state)
        result = resource.read(
            ReadRequest(state=state, private=wire.decode_private(request.private), diagnostics=diagnostics)
        )
        encoded = session.encode(resource.schema(), result.state)
        response.new_state.CopyFrom(encoded)
        # what is gone keeps nothing: private data without a state would look like a replacement
        response.private = wire.encode_private(result.private) if result.state is not None else b""
    response.diagnostics.extend(session.encode_diagnostics(diagnostics))
    return response
