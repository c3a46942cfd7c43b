"""ValidateResourceConfig: checks a resource block, in validate, plan and again in apply, at first without a client."""

from tfplugin import validation
from tfplugin._generated import tfplugin6_pb2 as pb
from tfplugin.diagnostics import Diagnostics
from tfplugin.resource import ValidateRequest
from tfplugin.rpc.session import Session


def handle(
    session: Session, request: pb.ValidateResourceConfig.Request
) -> pb.ValidateResourceConfig.Response:
    """The diagnostics."""
    diagnostics = Diagnostics()
    with session.reporting(diagnostics):
        resource = session.resource(request.type_name)
        config = session.decode_present(resource.schema(), request.config)
        diagnostics.about(resource.subject(config))
        complete = validation.validate(resource.schema(), config, diagnostics)
        if not request.client_capabilities.write_only_attributes_allowed:
            validation.refuse_write_only(resource.schema(), config, diagnostics)
        if complete:
            resource.validate(ValidateRequest(config=config, diagnostics=diagnostics))
    return pb.ValidateResourceConfig.Response(diagnostics=session.encode_diagnostics(diagnostics))
