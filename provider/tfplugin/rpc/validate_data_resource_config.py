"""ValidateDataResourceConfig: checks a data block; runs without a client at first."""

from tfplugin import validation
from tfplugin._generated import tfplugin6_pb2 as pb
from tfplugin.diagnostics import Diagnostics
from tfplugin.resource import ValidateRequest
from tfplugin.rpc.session import Session


def handle(
    session: Session, request: pb.ValidateDataResourceConfig.Request
) -> pb.ValidateDataResourceConfig.Response:
    """The diagnostics."""
    diagnostics = Diagnostics()
    with session.reporting(diagnostics):
        source = session.data_source(request.type_name)
        config = session.decode_present(source.schema(), request.config)
        diagnostics.about(source.subject(config))
        complete = validation.validate(source.schema(), config, diagnostics)
        if complete:
            source.validate(ValidateRequest(config=config, diagnostics=diagnostics))
    return pb.ValidateDataResourceConfig.Response(diagnostics=session.encode_diagnostics(diagnostics))
