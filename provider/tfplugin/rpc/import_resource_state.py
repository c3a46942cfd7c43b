"""ImportResourceState: the state by which `read` finds an existing object; ReadResource follows at once."""

from tfplugin import consistency
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
        state = session.canonical(schema, {**dict.fromkeys(schema.attributes), **(result.state or {})})
        diagnostics.about(resource.subject(state))
        unknown = consistency.unknown_values(schema, state)
        consistency.report("Provider left values unknown", unknown, diagnostics)
        if not diagnostics.has_errors:
            response.imported_resources.add(
                type_name=request.type_name,
                state=wire.pack(state),
                private=wire.encode_private(result.private),
            )
    response.diagnostics.extend(session.encode_diagnostics(diagnostics))
    return response
