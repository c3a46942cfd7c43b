"""UpgradeResourceState: a stored state in today's form; called for every object before every use."""

import json
from decimal import Decimal
from typing import Any

from tfplugin._generated import tfplugin6_pb2 as pb
from tfplugin.cty import json_codec
from tfplugin.diagnostics import DiagnosticError, Diagnostics
from tfplugin.resource import Resource
from tfplugin.rpc.session import Session


def handle(session: Session, request: pb.UpgradeResourceState.Request) -> pb.UpgradeResourceState.Response:
    """The state; attributes that the schema no longer has are dropped, new ones are null."""
    diagnostics = Diagnostics()
    response = pb.UpgradeResourceState.Response()
    with session.reporting(diagnostics):
        if request.raw_state.flatmap:
            raise DiagnosticError(
                "Unsupported state", "The state was written by a Terraform older than 0.12."
            )
        resource = session.resource(request.type_name)
        state = _upgraded(resource, request)
        session.learn(resource.schema(), state)
        response.upgraded_state.CopyFrom(session.encode(resource.schema(), state))
    response.diagnostics.extend(session.encode_diagnostics(diagnostics))
    return response


def _upgraded(resource: Resource, request: pb.UpgradeResourceState.Request) -> Any:
    schema = resource.schema()
    if request.version == schema.version:
        return json_codec.decode(schema.type, request.raw_state.json, ignore_unknown_attributes=True)
    upgrade = resource.upgraders().get(request.version)
    if upgrade is None:
        raise DiagnosticError(
            "Unsupported state version",
            f"The state of this {request.type_name} has version {request.version}; this provider reads version "
            f"{schema.version}.",
        )
    old = json.loads(request.raw_state.json, parse_float=Decimal, parse_int=Decimal)
    return {**dict.fromkeys(schema.attributes), **upgrade(old)}
