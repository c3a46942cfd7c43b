"""UpgradeResourceState: a stored state in today's form; called for every object before every use."""

from tfplugin._generated import tfplugin6_pb2 as pb
from tfplugin.cty import json_codec
from tfplugin.diagnostics import DiagnosticError, Diagnostics
from tfplugin.rpc import wire
from tfplugin.rpc.session import Session


def handle(session: Session, request: pb.UpgradeResourceState.Request) -> pb.UpgradeResourceState.Response:
    """The state; attributes that the schema no longer has are dropped, new ones are null."""
    diagnostics = Diagnostics()
    response = pb.UpgradeResourceState.Response()
    with session.reporting(diagnostics):
        schema = session.resource(request.type_name).schema()
        if request.version != schema.version:
            raise DiagnosticError(
                "Unsupported state version",
                f"The state of this {request.type_name} has version {request.version}; "
                f"this provider reads version {schema.version}.",
            )
        if request.raw_state.flatmap:
            raise DiagnosticError(
                "Unsupported state", "The state was written by a Terraform older than 0.12."
            )
        state = json_codec.decode(schema.type, request.raw_state.json, ignore_unknown_attributes=True)
        response.upgraded_state.CopyFrom(wire.encode(schema.type, state))
    response.diagnostics.extend(session.encode_diagnostics(diagnostics))
    return response
