"""The endpoints of identity resolution."""

from tests.support.krenalis_server import go_json, operations, profile_types, schema_rules
from tests.support.krenalis_server.answers import Answer, bad_request, document, unprocessable
from tests.support.krenalis_server.calls import Call
from tests.support.krenalis_server.profile_types import Type
from tests.support.krenalis_server.state import Operation, Workspace, written


def get(call: Call) -> Answer:
    workspace = call.workspace
    return document({"runOnBatchImport": workspace.run_on_batch_import, "identifiers": workspace.identifiers})


def put(call: Call) -> Answer:
    readers = {"runOnBatchImport": go_json.flag, "identifiers": go_json.texts}
    body, workspace = go_json.body_members(call.body, readers), call.workspace
    identifiers: list[str] = body.get("identifiers", [])
    for index, path in enumerate(identifiers):
        if not schema_rules.is_path(path):
            raise bad_request(f"identifier {go_json.quoted(path)} is not a valid property path")
        if path in identifiers[:index]:
            raise bad_request(f'identifier "{path}" is repeated')
    with call.state.lock:
        _check_idle(workspace)
        for path in identifiers:
            _check_property(workspace.schema, path)
        workspace.identifiers = identifiers
        workspace.run_on_batch_import = body.get("runOnBatchImport", False)
        call.state.version += 1
    return Answer()


def _check_property(schema: Type, path: str) -> None:
    type_ = profile_types.find(schema, path)
    if type_ is None:
        message = f'property "{path}" does not exist in the profile schema'
        raise unprocessable("PropertyNotExist", message)
    if type_.kind not in ("string", "int", "uuid", "ip") and (type_.kind, type_.get("scale")) != (
        "decimal",
        None,
    ):
        message = f'property "{path}" has a type {type_.described}, which is not allowed for identifiers'
        raise unprocessable("TypeNotAllowed", message)


def _check_idle(workspace: Workspace) -> None:
    if workspace.alteration is not None and workspace.alteration.running:
        message = "alter schema is in execution so the identifiers cannot be updated"
        raise unprocessable("AlterSchemaInExecution", message)
    if any(operation.running for operation in workspace.resolutions):
        message = "identity resolution is in execution so the identifiers cannot be updated"
        raise unprocessable("IdentityResolutionInExecution", message)


def start(call: Call) -> Answer:
    mode = call.workspace.mode
    if mode != "Normal":
        raise unprocessable(f"{mode}Mode", f"data warehouse is in {mode.lower()} mode")
    operations.resolve(call.state, call.workspace)
    return Answer()


def latest(call: Call) -> Answer:
    runs = call.workspace.resolutions
    last = runs[-1] if runs else None
    short = call.state.next_version
    return document(
        {
            "startTime": written(last.start if last else None, milliseconds=short),
            "endTime": written(last.end if last else None, milliseconds=short),
        }
    )


def runs(call: Call) -> Answer:
    """All runs, the latest first; the next version has this."""
    return document(
        {
            "runs": [
                {
                    "id": index,
                    "status": _status(run),
                    "startTime": written(run.start, milliseconds=True),
                    "endTime": written(run.end, milliseconds=True),
                    "error": run.error,
                }
                for index, run in reversed(list(enumerate(call.workspace.resolutions, 1)))
            ]
        }
    )


def _status(run: Operation) -> str:
    if run.running:
        return "running"
    return "failed" if run.error else "successful"
