"""Between Terraform's values and the domain's: the configuration to a draft, a state to a definition."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from krenalis_provider.configuration import Configuration
from krenalis_provider.resources.workspace import written
from krenalis_provider.workspaces import import_id as ids
from krenalis_provider.workspaces import model
from krenalis_provider.workspaces import place as places
from krenalis_provider.workspaces.direct import DirectWorkspaces
from krenalis_provider.workspaces.draft import Draft
from krenalis_provider.workspaces.errors import InvalidWorkspace
from krenalis_provider.workspaces.interface import Definition, Workspaces
from krenalis_provider.workspaces.unknown import UNKNOWN
from tfplugin.cty import Unknown
from tfplugin.resource import ObjectValue


def draft(config: ObjectValue) -> Draft:
    """The draft that a configuration describes."""
    platform, settings = warehouse(config)
    ui_preferences = members(config["ui_preferences"])
    return Draft(
        name=_plain(config["name"]),
        profile_schema=written.read(config["profile_schema"]).parsed,
        platform=platform,
        mode=_plain(_get(members(config["warehouse"]), "mode")),
        settings=settings,
        user_profile=members(_get(ui_preferences, "user_profile")),
        identifiers=elements(config["identifiers"]),
        primary_sources=members(config["primary_sources"]),
    )


def warehouse(config: ObjectValue) -> tuple[Any, Any]:
    """The platform of the warehouse that a configuration names, and its settings; each may be `UNKNOWN`."""
    described = members(config["warehouse"])
    return _plain(_get(described, "platform")), members(_get(described, "settings"))


def definition(state: ObjectValue) -> Definition:
    """What a planned or stored state, wholly known, says of the workspace. Raises `InvalidWorkspace`."""
    document, parsed = written.read(state["profile_schema"])
    if parsed.schema is None:
        raise InvalidWorkspace(parsed.problems)
    warehouse: Any = state["warehouse"]
    return Definition(
        name=str(state["name"]),
        mode=model.WarehouseMode(warehouse["mode"]),
        schema=parsed.schema,
        document=document,
        ui_preferences=ui_preferences(state),
        identifiers=tuple(elements(state["identifiers"])),
        primary_sources=members(state["primary_sources"]),
        resolve_identities_on_batch_import=state["resolve_identities_on_batch_import"] is not False,
    )


def ui_preferences(state: ObjectValue) -> model.UIPreferences:
    """The UI preferences of a state; absent ones and empty strings are None."""
    members: Any = state["ui_preferences"] or {}
    roles: Any = members.get("user_profile") or {}
    return model.UIPreferences(model.UserProfile(**{role: path or None for role, path in roles.items()}))


def workspaces(state: ObjectValue, configuration: Configuration) -> Workspaces:
    """The workspaces system of the warehouse that a state names, its connection settings wholly known."""
    warehouse: Any = state["warehouse"]
    platform = warehouse["platform"]
    settings = {name: _plain(value) for name, value in warehouse["settings"].items()}
    return DirectWorkspaces.at(
        platform, model.make_settings(platform, settings), configuration.credentials.get(platform, {})
    )


def place(state: ObjectValue) -> str:
    """What tells the warehouse of a state, its connection settings wholly known, from every other one."""
    warehouse: Any = state["warehouse"]
    return places.place(warehouse["platform"], warehouse["settings"])


def import_id(state: ObjectValue) -> str:
    """The id by which the workspace of a state, its connection settings wholly known, is imported."""
    warehouse: Any = state["warehouse"]
    settings = {name: _plain(value) for name, value in warehouse["settings"].items()}
    return ids.spell(warehouse["platform"], settings)


def _plain(value: Any) -> Any:
    """A leaf in the domain's terms: whole numbers are ints."""
    if isinstance(value, Unknown):
        return UNKNOWN
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return int(value)
    return value


def members(value: Any) -> Any:
    """The members of an object in the domain's terms; null is an object without any."""
    if isinstance(value, Unknown) or value is UNKNOWN:
        return UNKNOWN
    given: Mapping[str, Any] = value or {}
    return {name: _plain(member) for name, member in given.items()}


def elements(value: Any) -> Any:
    """The elements of a list in the domain's terms; null is a list without any."""
    return UNKNOWN if isinstance(value, Unknown) else [_plain(element) for element in value or ()]


def _get(members: Any, name: str) -> Any:
    return UNKNOWN if members is UNKNOWN else members.get(name)
