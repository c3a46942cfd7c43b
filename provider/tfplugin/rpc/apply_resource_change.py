"""ApplyResourceChange: create, update or delete one object.

An object that was made is never lost: whatever goes wrong afterwards, the answer holds the best state known.
"""

from collections.abc import Callable
from typing import Any

from tfplugin._generated import tfplugin6_pb2 as pb
from tfplugin.cty import CtyError, is_wholly_known, nulls_for_unknowns
from tfplugin.diagnostics import Diagnostics
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
        config = session.decode(schema, request.config) or {}
        private = wire.decode_private(request.planned_private)
        result = _apply(resource, prior, planned, config, private, save, diagnostics)
        try:
            save(result)
        except CtyError:
            if prior is None and response.new_state == request.prior_state:
                # made, but described wrongly: what was planned of it is the best that is known
                save(Result(planned, private))
            raise
        if not is_wholly_known(result.state):
            diagnostics.error(
                "Provider left values unknown",
                "The object was changed and its state saved, but some of its values are missing from the state. "
                "This is a bug of the provider; please report it to its developers.",
            )
    response.diagnostics.extend(session.encode_diagnostics(diagnostics))
    return response


def _apply(
    resource: Resource,
    prior: ObjectValue | None,
    planned: ObjectValue | None,
    config: ObjectValue,
    private: Private,
    save: Callable[[Result], None],
    diagnostics: Diagnostics,
) -> Result:
    match prior, planned:
        case None, dict():
            return resource.create(
                CreateRequest(
                    planned=planned, config=config, private=private, save=save, diagnostics=diagnostics
                )
            )
        case dict(), dict():
            return resource.update(
                UpdateRequest(
                    prior=prior, planned=planned, private=private, save=save, diagnostics=diagnostics
                )
            )
        case dict(), None:
            resource.delete(DeleteRequest(prior=prior, private=private, diagnostics=diagnostics))
            # an author who reports instead of raising has not removed the object either
            return Result(prior, private) if diagnostics.has_errors else Result(None)
        case _:
            return Result(None)
