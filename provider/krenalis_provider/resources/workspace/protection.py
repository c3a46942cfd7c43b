"""Deletion protection, wherever Terraform lets us see that a workspace is to go.

The ways are listed in docs/facts/terraform.md, "How a resource goes and stays". Every plan of an existing workspace
leaves its facts in the private data: in the create half of a replacement, they alone identify the old workspace.
"""

from types import MappingProxyType
from typing import Final

from krenalis_provider.configuration import Configuration
from krenalis_provider.model.place import Place
from krenalis_provider.resources.workspace import remedies, systems, translation
from krenalis_provider.resources.workspace.schema import ABANDON
from tfplugin.cty import Path
from tfplugin.diagnostics import DiagnosticError
from tfplugin.resource import Action, ObjectValue, PlanRequest, Private

NOT_REFRESHED: Final = "not_refreshed"
"""In the private data: why the last refresh failed. The next plan then checks the warehouse itself."""

_KEEPS_WAREHOUSE: Final = "keeps_warehouse"
_NOTHING: Final[Private] = MappingProxyType({})


def facts(state: ObjectValue, configuration: Configuration, private: Private = _NOTHING) -> Private:
    """What the private data tells of a workspace; `private` is what it told before, if that still counts."""
    kept = {_KEEPS_WAREHOUSE: True} if translation.keeps_warehouse(state) else {}
    return {
        "id": state["id"],
        "name": state["name"],
        "place": translation.place(state),
        # a workspace whose protection nobody has decided is protected
        "protected": state["deletion_protection"] is not False,
        **kept,
        **systems.facts(private, configuration),
    }


def guard_plan(request: PlanRequest, configuration: Configuration) -> None:
    """Raise `DiagnosticError` for the plan of a destruction or replacement of a protected workspace.

    And for one of a workspace in another system than the configured one.
    """
    before = request.private
    if request.prior is not None:
        systems.refuse_other(request.prior, request.private, configuration)
        before = facts(request.prior, configuration, request.private)
    if request.action in (Action.DESTROY, Action.REPLACE):
        wanted = request.proposed is None or request.proposed["deletion_protection"] is False
        if before.get("protected") or not wanted:
            raise _refusal(before, request.requires_replace, _ways(request))


def guard_delete(prior: ObjectValue, configuration: Configuration) -> None:
    """Raise `DiagnosticError` for a protected workspace: the plan of a tainted one cannot know that it will go."""
    if (before := facts(prior, configuration))["protected"]:
        raise _refusal(before, (), remedies.PROTECTED_TAINTED)


def guard_place(state: ObjectValue, request: PlanRequest) -> None:
    """Raise `DiagnosticError` for a replacement that finds what the workspace before it left in the same place."""
    place = translation.known_place(state)
    if request.prior is None and request.private.get(_KEEPS_WAREHOUSE) and replaced_id(request, place):
        raise DiagnosticError(
            f'Workspace "{state["name"]}" cannot be replaced in the same place',
            f'on_destroy: the workspace that goes has "{ABANDON}" in its last applied state, so all its tables stay in '
            f"{place}, and the new one needs an empty schema. Choose one:\n{remedies.ABANDONED_IN_ONE_PLACE}",
        )


def replaced_id(request: PlanRequest, place: Place | None) -> str | None:
    """The id of the workspace that makes way for the planned one in the same place."""
    if request.action is Action.REPLACE and place and place.is_spelled(str(request.private.get("place"))):
        return str(request.private["id"])
    return None


def _ways(request: PlanRequest) -> str:
    if request.action is Action.DESTROY:
        return remedies.PROTECTED_DESTROYED
    return remedies.PROTECTED_CHANGED if request.requires_replace else remedies.PROTECTED_ON_REQUEST


def _refusal(before: Private, changed: tuple[Path, ...], ways: str) -> DiagnosticError:
    reason = f" {', '.join(map(str, changed))}: the change would replace it." if changed else ""
    return DiagnosticError(
        f'Workspace "{before["name"]}" is protected',
        f'Workspace "{before["name"]}" (id {before["id"]}, {before["place"]}) has deletion_protection = true, in its '
        f"last applied state or in the configuration.{reason} Its data would be lost. Choose one:\n{ways}",
    )
