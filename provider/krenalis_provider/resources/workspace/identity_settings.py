"""The planned settings of identity resolution: what the configuration says, else what there is.

A constant default would plan back what an operator has changed (spec terraform-behaviour), so defaults are for
creations only.
"""

from typing import Any, Final

from krenalis_provider.resources.workspace import messages, translation
from krenalis_provider.warehouses.migration import Migration
from krenalis_provider.workspaces import identity_settings
from krenalis_provider.workspaces.errors import Problem
from krenalis_provider.workspaces.profile_schema import ProfileSchema
from tfplugin.cty import UNKNOWN, Value
from tfplugin.resource import Action, ObjectValue, PlanRequest

_DEFAULTS: Final[ObjectValue] = {
    "identifiers": [],
    "primary_sources": {},
    "resolve_identities_on_batch_import": True,
}
_OF_PROCEDURE: Final = {name: _DEFAULTS[name] for name in ("identifiers", "primary_sources")}
_KEPT: Final = "{} It is kept from before because the configuration does not set {}: set it."


def plan(request: PlanRequest, schema: ProfileSchema | None, change: Migration | None) -> dict[str, Value]:
    """The planned values. What is kept follows the properties that `change` renames; it is unknown without it."""
    config: Any = request.config
    proposed: Any = request.proposed
    prior = None if request.action is Action.REPLACE else request.prior
    kept: dict[str, Any] = {name: _kept(name, prior, change) for name in _DEFAULTS if config[name] is None}
    problems = identity_settings.problems(
        translation.elements(kept.get("identifiers")),
        translation.members(kept.get("primary_sources")),
        schema,
    )
    messages.report_problems([_explained(problem) for problem in problems], request.diagnostics)
    return {name: kept.get(name, proposed[name]) for name in _DEFAULTS}


def changed(prior: ObjectValue, planned: ObjectValue) -> bool:
    """Whether the stored procedure is made from other settings than before; what is unknown may be."""
    return any((prior[name] or default) != planned[name] for name, default in _OF_PROCEDURE.items())


def _kept(name: str, prior: ObjectValue | None, change: Migration | None) -> Any:
    value: Any = prior and prior[name]
    if value is None:
        return _DEFAULTS[name]
    if not value or isinstance(value, bool):
        return value
    if change is None:
        return UNKNOWN
    if isinstance(value, dict):
        return {change.paths.get(path, path): source for path, source in value.items()}
    return [change.paths.get(path, path) for path in value]


def _explained(problem: Problem) -> Problem:
    name = problem.path.partition("[")[0]
    return Problem(problem.path, _KEPT.format(problem.message, name))
