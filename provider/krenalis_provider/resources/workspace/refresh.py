"""What a refresh or an import makes of a workspace that was found: the state, in its own spelling where that means the same."""

from collections.abc import Mapping
from typing import Any, Final

from krenalis_provider.model.observed import ObservedWorkspace
from krenalis_provider.model.workspace import UIPreferences, Workspace
from krenalis_provider.resources.workspace import profile_schema_value, translation
from krenalis_provider.warehouses import registry
from krenalis_provider.workspaces import offline_checks
from krenalis_provider.workspaces.interface import Workspaces
from lightstart.records import asdict
from tfplugin.cty import infer
from tfplugin.resource import ObjectValue


def refreshed(state: ObjectValue, found: ObservedWorkspace, workspaces: Workspaces) -> ObjectValue:
    """The state as the warehouse has it, in the state's own spelling where that means the same."""
    warehouse: Any = {
        "profile_columns": dict(found.columns),
        "objects": dict(found.objects),
        **{name: [] for name in translation.REPORTS},  # the last change is done
    }
    workspace = found.workspace
    if workspace is None:
        return {**state, **warehouse}
    configured: Any = state["warehouse"]
    if found.settings is not None:
        configured = {
            **configured,
            "settings": settings(configured["platform"], configured["settings"], found.settings),
        }
    return {
        **state,
        **warehouse,
        "name": workspace.name,
        "profile_schema": _profile_schema(state, workspace, workspaces),
        "warehouse": {**configured, "mode": workspace.mode.value},
        "ui_preferences": _ui_preferences(state, workspace.ui_preferences),
        "identifiers": list(workspace.identifiers),
        "primary_sources": dict(workspace.primary_sources),
        "resolve_identities_on_batch_import": workspace.resolve_identities_on_batch_import,
    }


def _profile_schema(state: ObjectValue, workspace: Workspace, workspaces: Workspaces) -> Any:
    found = infer(workspace.profile_schema)
    if state["profile_schema"] == found:
        return state["profile_schema"]  # which is known to fit its type, and is not looked through again
    if state["profile_schema"] is None:
        return found
    written = profile_schema_value.read(state["profile_schema"]).parsed
    return state["profile_schema"] if workspaces.same_schema(written, workspace.profile_schema) else found


def _ui_preferences(state: ObjectValue, stored: UIPreferences) -> Any:
    same = translation.definition(state).ui_preferences() == stored
    return state["ui_preferences"] if same else asdict(stored)


def settings(platform: str, known: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a state as a server has them; one that the platform does not need stays as it is.

    A password is compared where the state has one, and never comes into one that has none.
    """
    names = offline_checks.needed_settings(platform)
    if known["password"] is not None:
        names = (*names, "password")
    drifted = {name: found.get(name) for name in names if not _is_same(platform, name, known, found)}
    return {**known, **drifted}


def _is_same(platform: str, name: str, known: Mapping[str, Any], found: Mapping[str, Any]) -> bool:
    """Whether a setting is as it was, in any spelling that leads to the same."""
    before, now = known[name], found.get(name)
    if before == now or name == "password" or before is None or now is None:
        return bool(before == now)
    of = registry.known_platform(platform)
    if isinstance(before, str) and isinstance(now, str) and of.folded(before) == of.folded(now):
        return True
    # a user or a role is no part of a place, where every change of it would go unseen
    return name not in _OF_A_SESSION and of.place({**known, name: now}) == of.place(known)


_OF_A_SESSION: Final = ("username", "role", "warehouse")
