"""ApplyResourceChange: creates, updates or deletes one object.

An object that was made is never lost: after any later error, the answer holds the best known state.
"""

from collections.abc import Callable
from typing import Any, Final

from tfplugin import consistency
from tfplugin._generated import tfplugin6_pb2 as pb
from tfplugin.completion import completed
from tfplugin.cty import Path, nulls_for_unknowns
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

_MADE: Final = (
    "The object exists. The state has what was planned in place of what was returned; the next refresh shows what "
    f"there is. {consistency.BUG}"
)
_LOST: Final = (
    "The object exists, and may not be found by its id. Look at it before the next apply: Terraform would replace it, "
    f"unless you run `terraform untaint`. {consistency.BUG}"
)
_OBJECT: Final = Path()
_ID: Final = Path.root("id")


def handle(session: Session, request: pb.ApplyResourceChange.Request) -> pb.ApplyResourceChange.Response:
    """The new state; after an exception the last saved state, else the prior one.

    After a creation with an unusable result and no saved state, the planned state.
    """
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
        diagnostics.about(*(resource.subject(values) for values in (prior, planned) if values is not None))
        result = _apply(resource, prior, planned, config, private, save, diagnostics)
        try:
            found = session.canonical(schema, result.state)
            response.new_state.CopyFrom(wire.pack(nulls_for_unknowns(found)))
            response.private = wire.encode_private(result.private)
        except Exception:
            if prior is None and response.new_state == request.prior_state:
                # the object was made, but described wrongly: the planned state is the best known one
                save(Result(planned, private))
            raise
        if planned is not None and not diagnostics.has_errors:
            compare = _compare_creation if prior is None else _compare_update
            state = compare(session, schema, planned, found, diagnostics)
            if state != found:
                save(Result(state, result.private))
    response.diagnostics.extend(session.encode_diagnostics(diagnostics))
    return response


def _compare_update(
    _: Session, schema: Schema, planned: ObjectValue, result: Any, diagnostics: Diagnostics
) -> Any:
    """The state after an update: the returned state, with an error for each value that contradicts the plan.

    An error in an update does not taint the object.

    Source: docs/facts/terraform.md, "What Terraform demands of a result".
    """
    result = keep_spelling(schema.attributes, planned, result)
    mismatches = consistency.inconsistent_result(schema, planned, result)
    consistency.report("Provider returned another object than planned", mismatches, diagnostics)
    return result


def _compare_creation(
    session: Session, schema: Schema, planned: ObjectValue, result: Any, diagnostics: Diagnostics
) -> Any:
    """The state after a creation: the planned state, with a warning that lists the values returned differently.

    With an error, Terraform would taint the new object, and the next apply would replace it. Terraform accepts a state
    as planned, and the next refresh shows the real object. Values that are still unknown become null in the state; a
    refresh corrects these too. A refresh needs the `id`, though: with a wrong one or none, the object would be taken
    for gone and made once more. There an error is the lesser evil: it stops what depends on the object, the state has
    the returned `id`, and the reader of the message can untaint the object.
    """
    try:
        result = keep_spelling(schema.attributes, planned, result)
    except Exception as error:  # noqa: BLE001 - the author's mistake must not taint the object
        session.log.failure("Spellings cannot be compared", error)
    mismatches = list(consistency.inconsistent_result(schema, planned, result))
    if not mismatches:
        return result
    state = completed(schema.type, planned, result)
    summary, details = "Provider created another object than planned", consistency.listed(mismatches)
    if any(mismatch.path in {_OBJECT, _ID} for mismatch in mismatches):
        diagnostics.error(summary, f"{details}\n\n{_LOST}")
        return {**state, "id": nulls_for_unknowns(result["id"])} if result else state
    # one warning for all values: Terraform shows only the first warning with the same summary
    diagnostics.warning(summary, f"{details}\n\n{_MADE}")
    return state


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
            # a reported error, like a raised one, means that the object was not removed
            return Result(prior, private) if diagnostics.has_errors else Result(None)
        case _:
            return Result(None)
