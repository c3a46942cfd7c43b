"""UpgradeResourceState: brings a stored state to the current schema; called for every object before every use."""

from tfplugin import consistency
from tfplugin._generated import tfplugin6_pb2 as pb
from tfplugin.cty import CtyError, json_codec, json_text
from tfplugin.diagnostics import DiagnosticError, Diagnostics
from tfplugin.resource import ObjectValue, Resource
from tfplugin.rpc.session import Session


def handle(session: Session, request: pb.UpgradeResourceState.Request) -> pb.UpgradeResourceState.Response:
    """The state; attributes that are no longer in the schema are dropped, new ones are null."""
    diagnostics = Diagnostics()
    response = pb.UpgradeResourceState.Response()
    with session.reporting(diagnostics):
        if request.raw_state.flatmap:
            raise DiagnosticError(
                "Unsupported state",
                "The state was written by a Terraform older than 0.12, which this provider never worked with. Restore a backup of "
                "it, or remove the object from the state and import it.",
            )
        resource = session.resource(request.type_name)
        try:
            state = _upgraded(session, resource, request)
        except CtyError as error:
            raise DiagnosticError(
                "State cannot be read",
                f"{error}.\n\nThe stored state of this {request.type_name} is damaged, or was not written by this "
                "provider, or the provider upgrades it wrongly. Restore a backup of it, or remove the object from the "
                "state and import it.",
            ) from error
        diagnostics.about(resource.subject(state))
        unknown = consistency.unknown_values(resource.schema(), state)
        consistency.report("Provider left values unknown", unknown, diagnostics)
        if not diagnostics.has_errors:
            response.upgraded_state.CopyFrom(session.encode(resource.schema(), state))
    response.diagnostics.extend(session.encode_diagnostics(diagnostics))
    return response


def _upgraded(session: Session, resource: Resource, request: pb.UpgradeResourceState.Request) -> ObjectValue:
    schema = resource.schema()
    stored = json_text.load(request.raw_state.json)
    session.learn(schema, stored)
    if request.version != schema.version:
        upgrade = resource.upgraders().get(request.version)
        if upgrade is None:
            raise DiagnosticError(
                "Unsupported state version",
                f"The state of this {request.type_name} has version {request.version}; this provider reads version "
                f"{schema.version}. Use the version of the provider that wrote it, or a newer one.",
            )
        stored = upgrade(stored)
    state = json_codec.restore(schema.type, stored)
    if not isinstance(state, dict):
        raise CtyError("there is no object")
    return resource.upgraded(state)
