"""ApplyResourceChange: create, update or delete one object.

An object that was made is never lost: whatever goes wrong afterwards, the answer holds the best state known.
"""

from collections.abc import Callable
from typing import Any

from tfplugin import consistency
from tfplugin._generated import tfplugin6_pb2 as pb
from tfplugin.cty import nulls_for_unknowns
from tfplugin.diagnostics import Diagnostics
from tfplugin.equivalence import keep_spelling
from tfplugin.resource import (
    CreateRequest,
    DeleteRequest,
    ObjectValue,
    Private,
    Resource,
    Result,
    UpdateRequest,
)
from tfplugin.rpc import wire
from tfplugin.rpc.session import Session
from tfplugin.schema import Schema
from tfplugin.timeouts import deadline


def handle(session: Session, request: pb.ApplyResourceChange.Request) -> pb.ApplyResourceChange.Response:
    """The new state; on errors the last saved one, else the prior one."""
    diagnostics = Diagnostics()
    response = pb.ApplyResourceChange.Response(new_state=request.prior_state, private=request.planned_private)
    with session.reporting(diagnostics):
        resource = session.resource(request.type_name)
        schema = resource.schema()

        def save(result: Result) -> None:
            known: Any = nulls_for_unknowns(result.state)
            response.new_state.CopyFrom(session.encode(schema, known))
            response.private = wire.encode_private(result.private)

        prior = session.decode(schema, request.prior_state)
        planned = session.decode(schema, request.planned_state)
        config = session.decode(schema, request.config) or dict.fromkeys(schema.attributes)
        private = wire.decode_private(request.planned_private)
        result = _apply(resource, prior, planned, config, private, save, diagnostics)
        try:
            save(result)
        except Exception:
            if prior is None and response.new_state == request.prior_state:
                # made, but described wrongly: what was planned of it is the best that is known
                save(Result(planned, private))
            raise
        if planned is not None and not diagnostics.has_errors:
            state = _compared(schema, prior, planned, session.canonical(schema, result.state), diagnostics)
            save(Result(state, result.private))
    response.diagnostics.extend(session.encode_diagnostics(diagnostics))
    return response


def _compared(
    schema: Schema, prior: ObjectValue | None, planned: ObjectValue, result: Any, diagnostics: Diagnostics
) -> Any:
    """The state after a creation or update, and a diagnostic for each value that is not what was planned.

    In an update it is an error, and the state is what was returned. An error in a creation would taint the new
    object, and the next apply would replace it: there the state is as planned, as Terraform wants it, and a
    warning tells. The next refresh shows what there is.
    """
    result = keep_spelling(schema.attributes, planned, result)
    mismatches = [
        *consistency.inconsistent_result(schema, planned, result),
        *consistency.unknown_values(result),
    ]
    if prior is not None:
        consistency.report("Provider returned another object than planned", mismatches, diagnostics)
        return result
    for mismatch in mismatches:
        diagnostics.warning("Provider created another object than planned", str(mismatch))
    return consistency.as_planned(planned, result) if mismatches else result


def _apply(
    resource: Resource,
    prior: ObjectValue | None,
    planned: ObjectValue | None,
    config: ObjectValue,
    private: Private,
    save: Callable[[Result], None],
    diagnostics: Diagnostics,
) -> Result:
    timeouts = resource.schema().timeouts
    match prior, planned:
        case None, dict():
            return resource.create(
                CreateRequest(
                    planned=planned,
                    config=config,
                    private=private,
                    deadline=deadline(timeouts, "create", planned),
                    save=save,
                    diagnostics=diagnostics,
                )
            )
        case dict(), dict():
            return resource.update(
                UpdateRequest(
                    prior=prior,
                    planned=planned,
                    config=config,
                    private=private,
                    deadline=deadline(timeouts, "update", planned),
                    save=save,
                    diagnostics=diagnostics,
                )
            )
        case dict(), None:
            resource.delete(
                DeleteRequest(
                    prior=prior,
                    private=private,
                    deadline=deadline(timeouts, "delete", prior),
                    diagnostics=diagnostics,
                )
            )
            # an author who reports instead of raising has not removed the object either
            return Result(prior, private) if diagnostics.has_errors else Result(None)
        case _:
            return Result(None)
