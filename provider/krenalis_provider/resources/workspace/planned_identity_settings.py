"""The planned settings of identity resolution: what the configuration says, else what there is.

A default in every plan would undo an operator's change, so defaults are for creations only.
"""

from collections.abc import Mapping
from typing import Any, Final

from krenalis_provider.model import identity_settings
from krenalis_provider.model.errors import Problem
from krenalis_provider.model.profile_schema import ProfileSchema
from krenalis_provider.model.property_path import PropertyPath
from krenalis_provider.resources.workspace import messages, translation
from tfplugin.cty import UNKNOWN, Value
from tfplugin.resource import Action, ObjectValue, PlanRequest

Renamed = Mapping[PropertyPath, PropertyPath]
"""Old paths of properties to new ones."""

_DEFAULTS: Final[ObjectValue] = {
    "identifiers": [],
    "primary_sources": {},
    "resolve_identities_on_batch_import": True,
}
_KEPT: Final = "{} It is kept from before because the configuration does not set {}: set it."


def plan(request: PlanRequest, schema: ProfileSchema | None, renamed: Renamed | None) -> dict[str, Value]:
    """The planned values. Kept paths follow the renames; while `renamed` is unknown (None), so are they."""
    config: Any = request.config
    proposed: Any = request.proposed
    prior = None if request.action is Action.REPLACE else request.prior
    kept: dict[str, Any] = {name: _kept(name, prior, renamed) for name in _DEFAULTS if config[name] is None}
    problems = identity_settings.problems(
        translation.elements(kept.get("identifiers")),
        translation.members(kept.get("primary_sources")),
        schema,
    )
    messages.report_problems([_explained(problem) for problem in problems], request.diagnostics)
    return {name: kept.get(name, proposed[name]) for name in _DEFAULTS}


def _kept(name: str, prior: ObjectValue | None, renamed: Renamed | None) -> Any:
    value: Any = prior and prior[name]
    if value is None:
        return _DEFAULTS[name]
    if not value or isinstance(value, bool):
        return value
    if renamed is None:
        return UNKNOWN
    if isinstance(value, dict):
        return {_followed(path, renamed): source for path, source in value.items()}
    return [_followed(path, renamed) for path in value]


def _followed(text: str, renamed: Renamed) -> str:
    path = PropertyPath.parse(text)
    return str(renamed.get(path, path))


def _explained(problem: Problem) -> Problem:
    return Problem(problem.path, _KEPT.format(problem.message, problem.path.root))
