"""ConfigureProvider: the provider block as it applies to the calls that follow; a later call replaces an earlier one."""

from tfplugin._generated import tfplugin6_pb2 as pb
from tfplugin.diagnostics import Diagnostics
from tfplugin.provider import ProviderRequest
from tfplugin.rpc.session import Session


def handle(session: Session, request: pb.ConfigureProvider.Request) -> pb.ConfigureProvider.Response:
    """Diagnostics only; the client stays in the session."""
    diagnostics = Diagnostics()
    with session.reporting(diagnostics):
        config = session.decode_present(session.provider_schema, request.config)
        session.client = session.provider.configure(ProviderRequest(config=config, diagnostics=diagnostics))
    return pb.ConfigureProvider.Response(diagnostics=session.encode_diagnostics(diagnostics))
