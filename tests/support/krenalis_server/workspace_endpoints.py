"""The endpoints of workspaces: create, test, list, get, put, delete."""

import random
from typing import Any, NamedTuple

from tests.support.krenalis_server import (
    canonical,
    go_json,
    platforms,
    profile_types,
    schema_rules,
    settings,
)
from tests.support.krenalis_server.answers import (
    Answer,
    Silence,
    bad_request,
    broken,
    compact,
    document,
    unavailable,
    unprocessable,
)
from tests.support.krenalis_server.calls import Call
from tests.support.krenalis_server.profile_types import Type
from tests.support.krenalis_server.state import State, Workspace, described
from tests.support.krenalis_server.warehouses import Warehouse, WarehouseError, WarehouseSilent

_NO_PREFERENCES = dict.fromkeys(schema_rules.PATHS, "")


class Definition(NamedTuple):
    """A workspace that passed the checks."""

    name: str
    schema: Type
    platform: str
    mode: str
    settings: settings.Settings
    preferences: dict[str, str]


def written(workspace: Workspace, state: State) -> bytes:
    head = compact({**described(workspace, state), "profileSchema": None})
    schema = canonical.write(workspace.schema).encode()
    return head.replace(b'"profileSchema":null', b'"profileSchema":' + schema, 1)


def _read_warehouse(value: Any, pointer: str) -> dict[str, Any]:
    readers = {"platform": go_json.text, "mode": schema_rules.read_mode, "settings": go_json.as_is}
    return go_json.members(value, readers, pointer, "core.Warehouse")


def _read(call: Call) -> dict[str, Any]:
    preferences = (
        schema_rules.read_documented_preferences if call.state.documented else schema_rules.read_preferences
    )
    readers: dict[str, go_json.Reader] = {
        "name": go_json.text,
        "profileSchema": schema_rules.read_schema,
        "warehouse": _read_warehouse,
        "uiPreferences": preferences,
    }
    return go_json.body_members(call.body, readers)


def _definition(call: Call) -> Definition:
    """Check all but the warehouse itself, in the server's order."""
    body = _read(call)
    name, schema = body.get("name", ""), body.get("profileSchema")
    schema_rules.check_name(name)
    if schema is None:
        raise bad_request("profile schema is invalid")
    preferences = body.get("uiPreferences", _NO_PREFERENCES)
    schema_rules.check_preferences(preferences)
    given = body.get("warehouse", {})
    platform = given.get("platform", "")
    if not platform:
        raise bad_request("warehouse platform is empty")
    schema_rules.check_schema(schema)
    if platform not in settings.PLATFORMS:
        raise unprocessable("WarehousePlatformNotExist", f"warehouse platform {platform} does not exist")
    try:
        found = settings.read(platform, given.get("settings", ...))
    except settings.MalformedSettings as error:
        raise unavailable(f"data warehouse: {error}") from None
    return Definition(name, schema, platform, given.get("mode", "Normal"), found, dict(preferences))


def _check_warehouse(definition: Definition, state: State) -> None:
    try:
        contents = _connect(definition, state).contents()
    except WarehouseError as error:
        raise unavailable(f"data warehouse: {error}") from None
    except WarehouseSilent:
        raise Silence from None
    if contents is not None:
        cause = f"the database is not empty (contains {contents})"
        message = f"cannot initialize the data warehouse: {cause}"
        raise unprocessable("WarehouseNotInitializable", message, cause=cause)


def _connect(definition: Definition, state: State) -> Warehouse:
    return platforms.connect(definition.platform, definition.settings, state)


def _check_limit(state: State) -> None:
    limit = state.workspaces_limit
    if len(state.workspaces) >= limit:
        message = f"organization cannot have more than {limit} workspaces"
        raise unprocessable("WorkspacesLimitReached", message)


def test(call: Call) -> Answer:
    _check_warehouse(_definition(call), call.state)
    _check_limit(call.state)
    return Answer()


def create(call: Call) -> Answer:
    definition, state = _definition(call), call.state
    _check_warehouse(definition, state)
    _check_limit(state)
    try:
        _connect(definition, state).initialise(definition.schema)
    except WarehouseError as error:
        raise unavailable(f"data warehouse: {error}") from None
    except WarehouseSilent:
        raise Silence from None
    with state.lock:
        _check_limit(state)
        workspace = Workspace(state.new_id(), **definition._asdict())
        _check_storable(definition.preferences, definition.schema)
        state.insert(workspace)
    return document({"id": int(workspace.id) if state.documented else workspace.id})


def _check_storable(preferences: dict[str, str], schema: Type | None = None) -> None:
    """What the server's own database does not take, it finds out only there."""
    properties = profile_types.all_properties(schema) if schema is not None else ()
    if any(len(path) > 100 for path in preferences.values()) or any(
        "\0" in p.description for p in properties
    ):
        raise broken()


def list_all(call: Call) -> Answer:
    workspaces = [written(workspace, call.state) for workspace in list(call.state.workspaces.values())]
    random.shuffle(workspaces)
    return document(b'{"workspaces":[' + b",".join(workspaces) + b"]}")


def get(call: Call) -> Answer:
    return document(written(call.workspace, call.state))


def put(call: Call) -> Answer:
    body = _read_update(call)
    name, preferences = body.get("name", ""), body.get("uiPreferences", _NO_PREFERENCES)
    schema_rules.check_name(name)
    schema_rules.check_preferences(preferences)
    _check_storable(preferences)
    with call.state.lock:
        call.workspace.name, call.workspace.preferences = name, dict(preferences)
        call.state.version += 1
    return Answer()


def _read_update(call: Call) -> dict[str, Any]:
    preferences = (
        schema_rules.read_documented_preferences if call.state.documented else schema_rules.read_preferences
    )
    return go_json.body_members(call.body, {"name": go_json.text, "uiPreferences": preferences})


def delete(call: Call) -> Answer:
    call.state.remove(call.workspace)
    return Answer()
