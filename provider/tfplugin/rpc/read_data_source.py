"""ReadDataSource: reads in the plan if the configuration is wholly known, else while applying."""

from tfplugin import consistency
from tfplugin._generated import tfplugin6_pb2 as pb
from tfplugin.data_source import ReadDataRequest
from tfplugin.diagnostics import Diagnostics
from tfplugin.rpc import wire
from tfplugin.rpc.session import Session
from tfplugin.timeouts import deadline


def handle(session: Session, request: pb.ReadDataSource.Request) -> pb.ReadDataSource.Response:
    """The state that was read; none on errors."""
    diagnostics = Diagnostics()
    response = pb.ReadDataSource.Response()
    with session.reporting(diagnostics):
        source = session.data_source(request.type_name)
        schema = source.schema()
        config = session.decode_present(schema, request.config)
        diagnostics.about(source.subject(config))
        state = source.read(
            ReadDataRequest(
                config=config, deadline=deadline(schema.timeouts, "read", config), diagnostics=diagnostics
            )
        )
        found = session.canonical(schema, state)
        if not diagnostics.has_errors:
            mismatches = consistency.invalid_data(schema, config, found)
            consistency.report("Provider returned invalid data", mismatches, diagnostics)
        if not diagnostics.has_errors:
            response.state.CopyFrom(wire.pack(found))
    response.diagnostics.extend(session.encode_diagnostics(diagnostics))
    return response
