"""The endpoints of a workspace's warehouse: settings, mode, repair."""

from collections.abc import Mapping
from typing import Any

from tests.support.krenalis_server import go_json, platforms, schema_rules, settings
from tests.support.krenalis_server.answers import Answer, broken, document, unavailable, unprocessable
from tests.support.krenalis_server.calls import Call
from tests.support.krenalis_server.settings import Settings
from tests.support.krenalis_server.warehouses import WarehouseError, WarehouseSilent


def get(call: Call) -> Answer:
    workspace = call.workspace
    return document(
        {
            "platform": workspace.platform,
            "settings": workspace.settings,
            "mcpSettings": workspace.mcp_settings,
        }
    )


_SETTINGS: Mapping[str, go_json.Reader] = {"settings": go_json.as_is, "mcpSettings": go_json.as_is}
_MODE: Mapping[str, go_json.Reader] = {
    "mode": schema_rules.read_mode,
    "cancelIncompatibleOperations": go_json.flag,
}


def _checked(
    call: Call, readers: Mapping[str, go_json.Reader]
) -> tuple[dict[str, Any], Settings, Settings | None]:
    """The body, the settings and those of MCP. Nobody connects with the new settings, but with the current ones."""
    body, platform = go_json.body_members(call.body, readers), call.workspace.platform
    try:
        found = settings.read(platform, body.get("settings", ...))
        mcp = settings.read_mcp(platform, body.get("mcpSettings"), found)
    except settings.MalformedSettings:
        raise broken() from None
    if mcp is not None:
        _check_mcp(call, mcp)
    try:
        platforms.warehouse(call.workspace, call.state).count_profiles()
    except (WarehouseError, WarehouseSilent):
        raise broken() from None
    return body, found, mcp


def _check_mcp(call: Call, mcp: Settings) -> None:
    try:
        writable = platforms.connect(call.workspace.platform, mcp, call.state).writable_tables()
    except WarehouseError as error:
        raise unavailable(f"data warehouse: {error}") from None
    if writable:
        allow = "the credentials should be read-only, but they allow write operations on the following"
        message = f"invalid MCP settings: {allow} Krenalis tables: {', '.join(writable)}"
        raise unprocessable("NotReadOnlyMCPSettings", message)


def put(call: Call) -> Answer:
    body, found, mcp = _checked(call, {**_SETTINGS, **_MODE})
    with call.state.lock:
        workspace = call.workspace
        workspace.settings, workspace.mcp_settings = found, mcp
        workspace.mode = body.get("mode", "Normal")
        call.state.version += 1
    return Answer()


def test(call: Call) -> Answer:
    _checked(call, _SETTINGS)
    return Answer()


def put_mode(call: Call) -> Answer:
    body = go_json.body_members(call.body, _MODE)
    with call.state.lock:
        call.workspace.mode = body.get("mode", "Normal")
        call.state.version += 1
    return Answer()


def repair(call: Call) -> Answer:
    try:
        platforms.warehouse(call.workspace, call.state).repair(call.workspace.schema)
    except (WarehouseError, WarehouseSilent):
        raise broken() from None
    return Answer()


def list_platforms(call: Call) -> Answer:
    return document({"platforms": [{"name": name} for name in settings.PLATFORMS]})
