"""PlanResourceChange: the state that applying would bring; called for destroys too, and again while applying."""

from tfplugin import consistency, planning
from tfplugin._generated import tfplugin6_pb2 as pb
from tfplugin.diagnostics import Diagnostics
from tfplugin.resource import PlanRequest
from tfplugin.rpc import wire
from tfplugin.rpc.session import Session


def handle(session: Session, request: pb.PlanResourceChange.Request) -> pb.PlanResourceChange.Response:
    """The planned state; the prior one on errors."""
    diagnostics = Diagnostics()
    response = pb.PlanResourceChange.Response(
        planned_state=request.prior_state, planned_private=request.prior_private
    )
    with session.reporting(diagnostics):
        resource = session.resource(request.type_name)
        schema = resource.schema()
        prior = session.decode(schema, request.prior_state)
        is_as_before = request.proposed_new_state == request.prior_state  # of most resources of most plans
        proposed = planning.propose(
            schema,
            PlanRequest(
                prior=prior,
                config=session.decode(schema, request.config),
                proposed=prior if is_as_before else session.decode(schema, request.proposed_new_state),
                private=wire.decode_private(request.prior_private),
                applying=_is_applying(request),
                planned_private=wire.decode_private(request.planned_private),
                diagnostics=diagnostics,
            ),
        )
        known = (proposed.prior, proposed.proposed)
        diagnostics.about(*(resource.subject(values) for values in known if values is not None))
        planned = resource.plan(proposed)
        state = session.canonical(schema, planned.state)
        if not diagnostics.has_errors:
            mismatches = consistency.invalid_plan(schema, proposed.config, proposed.prior, state)
            consistency.report("Provider planned an invalid change", mismatches, diagnostics)
        if not diagnostics.has_errors:
            response.planned_state.CopyFrom(wire.pack(state))
            response.planned_private = wire.encode_private(planned.private)
            response.requires_replace.extend(map(wire.path, proposed.requires_replace))
    response.diagnostics.extend(session.encode_diagnostics(diagnostics))
    return response


def _is_applying(request: pb.PlanResourceChange.Request) -> bool:
    """Whether Terraform plans once more, just before it applies.

    Only clients of protocol 6.11 give what they planned, if that is anything. All clients that have deferral allow it
    while applying, and otherwise only in an experiment. Source: docs/facts/terraform.md, "The second plan".
    """
    return bool(request.planned_private) or request.client_capabilities.deferral_allowed
