"""ValidateProviderConfig: checks the provider block, before ConfigureProvider."""

from tfplugin import validation
from tfplugin._generated import tfplugin6_pb2 as pb
from tfplugin.diagnostics import Diagnostics
from tfplugin.provider import ProviderRequest
from tfplugin.rpc.session import Session


def handle(
    session: Session, request: pb.ValidateProviderConfig.Request
) -> pb.ValidateProviderConfig.Response:
    """The diagnostics."""
    diagnostics = Diagnostics()
    with session.reporting(diagnostics):
        config = session.decode_present(session.provider_schema, request.config)
        complete = validation.validate(session.provider_schema, config, diagnostics)
        if complete:
            session.provider.validate(ProviderRequest(config=config, diagnostics=diagnostics))
    return pb.ValidateProviderConfig.Response(diagnostics=session.encode_diagnostics(diagnostics))
