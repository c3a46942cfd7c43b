"""ConfigureProvider: makes the client for the calls that follow. A later call replaces the client of an earlier one."""

from tfplugin._generated import tfplugin6_pb2 as pb
from tfplugin.diagnostics import Diagnostics
from tfplugin.provider import ProviderRequest
from tfplugin.rpc.session import Session


def handle(session: Session, request: pb.ConfigureProvider.Request) -> pb.ConfigureProvider.Response:
    """The diagnostics; the client stays in the session."""
    diagnostics = Diagnostics()
    with session.reporting(diagnostics):
        config = session.decode_present(session.provider_schema, request.config)
        session.client = session.provider.configure(
            ProviderRequest(config=config, diagnostics=diagnostics, learn=session.redactor.learn)
        )
    return pb.ConfigureProvider.Response(diagnostics=session.encode_diagnostics(diagnostics))
