"""The calls for features that this SDK does not have. The answer is a correct "none", or a diagnostic.

Terraform makes few of these calls if the schema lists no such features; every caller gets an answer instead of an
error of gRPC.
"""

from typing import Any, Final

from tfplugin._generated import tfplugin6_pb2 as pb

_THING: Final = {
    "CloseEphemeralResource": "ephemeral resources",
    "ConfigureStateStore": "state stores",
    "DeleteState": "state stores",
    "GenerateResourceConfig": "generated configuration",
    "GetStates": "state stores",
    "InvokeAction": "actions",
    "ListResource": "list resources",
    "LockState": "state stores",
    "MoveResourceState": "moves from other resource types",
    "OpenEphemeralResource": "ephemeral resources",
    "PlanAction": "actions",
    "ReadStateBytes": "state stores",
    "RenewEphemeralResource": "ephemeral resources",
    "UnlockState": "state stores",
    "UpgradeResourceIdentity": "resource identities",
    "ValidateActionConfig": "actions",
    "ValidateEphemeralResourceConfig": "ephemeral resources",
    "ValidateListResourceConfig": "list resources",
    "ValidateStateStoreConfig": "state stores",
    "WriteStateBytes": "state stores",
}


def answer(method: str, response: type[Any]) -> Any:
    """The answer to a call of an absent feature, of the class `response`."""
    if method == "GetResourceIdentitySchemas":
        return response()
    text = f"This provider does not have {_THING[method]}."
    diagnostics = [
        pb.Diagnostic(severity=pb.Diagnostic.ERROR, summary="Not supported by this provider", detail=text)
    ]
    match method:
        case "InvokeAction":
            return response(completed=pb.InvokeAction.Event.Completed(diagnostics=diagnostics))
        case "ListResource":
            return response(diagnostic=diagnostics)
        case _:
            return response(diagnostics=diagnostics)
