"""Between Terraform's values and the domain's: the configuration to a draft, a state to a definition."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from krenalis_provider.configuration import Configuration
from krenalis_provider.workspaces import import_id as ids
from krenalis_provider.workspaces import model
from krenalis_provider.workspaces import place as places
from krenalis_provider.workspaces.direct import DirectWorkspaces
from krenalis_provider.workspaces.draft import Draft
from krenalis_provider.workspaces.errors import InvalidWorkspace, Problem
from krenalis_provider.workspaces.interface import Definition, Workspaces
from krenalis_provider.workspaces.profile_schema import parse
from krenalis_provider.workspaces.unknown import UNKNOWN
from tfplugin.cty import Dynamic, List, Map, Object, Set, Tuple, Type, Unknown
from tfplugin.resource import ObjectValue

_LEAVES: Final = (str, bool, Decimal)
"""What is the same in every type: asking no further saves most of the time that a large document takes."""
_SET: Final = "is a set, which has no order: use a list, for instance with tolist()."


def draft(config: ObjectValue) -> tuple[Draft, list[Problem]]:
    """The draft that a configuration describes, and what cannot be put into one."""
    problems: list[Problem] = []
    platform, settings = warehouse(config)
    ui_preferences = members(config["ui_preferences"])
    described = Draft(
        name=_plain(config["name"]),
        profile_schema=document(config["profile_schema"], problems),
        platform=platform,
        mode=_plain(_get(members(config["warehouse"]), "mode")),
        settings=settings,
        user_profile=members(_get(ui_preferences, "user_profile")),
        identifiers=elements(config["identifiers"]),
        primary_sources=members(config["primary_sources"]),
    )
    return described, problems


def warehouse(config: ObjectValue) -> tuple[Any, Any]:
    """The platform of the warehouse that a configuration names, and its settings; each may be `UNKNOWN`."""
    described = members(config["warehouse"])
    return _plain(_get(described, "platform")), members(_get(described, "settings"))


def definition(state: ObjectValue) -> Definition:
    """What a planned or stored state, wholly known, says of the workspace. Raises `InvalidWorkspace`."""
    problems: list[Problem] = []
    written = document(state["profile_schema"], problems)
    parsed = parse(written)
    if parsed.schema is None or problems:
        raise InvalidWorkspace([*problems, *parsed.problems])
    warehouse: Any = state["warehouse"]
    return Definition(
        name=str(state["name"]),
        mode=model.WarehouseMode(warehouse["mode"]),
        schema=parsed.schema,
        document=written,
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


def document(value: Any, problems: list[Problem]) -> Any:
    """A dynamic value as the plain data of a JSON document; what is unknown, or a set, becomes `UNKNOWN`."""
    if isinstance(value, Dynamic):
        return _document(value.type, value.value, ("profile_schema",), problems)
    return UNKNOWN if isinstance(value, Unknown) else value


def _document(type_: Type, value: Any, place: tuple[Any, ...], problems: list[Problem]) -> Any:
    """`place` ends with a step, after the place that the step is from: few are ever written out."""
    if isinstance(value, Unknown):
        return UNKNOWN
    match type_, value:
        case Set(), _:
            problems.append(Problem(_path(*place), _SET))
            return UNKNOWN
        case List(), list():
            return [_document(type_.element, e, (place, i), problems) for i, e in enumerate(value)]
        case Tuple(), list():
            pairs = zip(type_.elements, value, strict=True)
            return [_document(t, e, (place, i), problems) for i, (t, e) in enumerate(pairs)]
        case Map(), dict():
            return {k: _document(type_.element, e, (place, k), problems) for k, e in value.items()}
        case Object(), dict():
            types = type_.attributes
            return {
                k: e if isinstance(e, _LEAVES) else _document(types[k], e, (place, k), problems)
                for k, e in value.items()
            }
        case _:
            return value


def _path(*place: Any) -> str:
    *parent, step = place
    if not parent:
        return str(step)
    return _path(*parent[0]) + (f"[{step}]" if isinstance(step, int) else f".{step}")


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
