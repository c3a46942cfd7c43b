"""ReadResource: the refresh of one object."""

from tfplugin import consistency
from tfplugin._generated import tfplugin6_pb2 as pb
from tfplugin.diagnostics import Diagnostics
from tfplugin.equivalence import keep_spelling
from tfplugin.resource import ReadRequest
from tfplugin.rpc import wire
from tfplugin.rpc.session import Session
from tfplugin.timeouts import deadline


def handle(session: Session, request: pb.ReadResource.Request) -> pb.ReadResource.Response:
    """The state of the object as read; on errors the stored state."""
    diagnostics = Diagnostics()
    response = pb.ReadResource.Response(new_state=request.current_state, private=request.private)
    with session.reporting(diagnostics):
        resource = session.resource(request.type_name)
        schema = resource.schema()
        state = session.decode_present(schema, request.current_state)
        diagnostics.about(resource.subject(state))
        result = resource.read(
            ReadRequest(
                state=state,
                private=wire.decode_private(request.private),
                deadline=deadline(schema.timeouts, "read", state),
                diagnostics=diagnostics,
            )
        )
        found = session.canonical(schema, result.state)
        unknown = consistency.unknown_values(schema, found)
        consistency.report("Provider left values unknown", unknown, diagnostics)
        if not diagnostics.has_errors:
            response.new_state.CopyFrom(wire.pack(keep_spelling(schema.attributes, state, found)))
            # an object that is gone keeps no private data: without a state, it would look like a replacement
            response.private = wire.encode_private(result.private) if found is not None else b""
    response.diagnostics.extend(session.encode_diagnostics(diagnostics))
    return response
