"""Every call of the API, by its name, for a test that does the same with all of them."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from krenalis_provider.api.api import Api
from krenalis_provider.api.documents import UIPreferences
from krenalis_provider.api.server import Server
from krenalis_provider.model.deadline import Deadline

KEY: Final = "api_" + "Canary7" * 7
"""A key that must appear nowhere but in requests."""
WORKSPACE: Final = "3oosWdEVSD5W"
PASSWORD: Final = "canary-of-the-warehouse"
SCHEMA: Final[Mapping[str, Any]] = {"kind": "object", "properties": []}
SETTINGS: Final[Mapping[str, Any]] = {"host": "db", "password": PASSWORD}

Call = Callable[[Api, Deadline], object]

CREATE: Final[Call] = lambda api, time: api.create({"name": "Customers"}, time)  # noqa: E731
LIST: Final[Call] = lambda api, time: api.list(time)  # noqa: E731

OF_WORKSPACES: Final[Mapping[str, Call]] = {
    "GET /workspaces/current": lambda api, time: api.get(WORKSPACE, time),
    "PUT /workspaces/current": lambda api, time: api.put(WORKSPACE, "Customers", UIPreferences(), time),
    "DELETE /workspaces/current": lambda api, time: api.delete(WORKSPACE, time),
    "GET /warehouse": lambda api, time: api.warehouse(WORKSPACE, time),
    "PUT /warehouse": lambda api, time: api.put_warehouse(
        WORKSPACE, mode="Normal", settings=SETTINGS, mcp_settings=None, deadline=time
    ),
    "PUT /warehouse/test": lambda api, time: api.test_warehouse(WORKSPACE, SETTINGS, None, time),
    "PUT /warehouse/mode": lambda api, time: api.put_mode(WORKSPACE, "Inspection", time),
    "POST /warehouse/repair": lambda api, time: api.repair(WORKSPACE, time),
    "GET /profiles/schema": lambda api, time: api.profile_schema(WORKSPACE, time),
    "PUT /profiles/schema": lambda api, time: api.alter(WORKSPACE, SCHEMA, {"a": "5"}, {"b": "a"}, time),
    "PUT /profiles/schema/preview": lambda api, time: api.preview(WORKSPACE, SCHEMA, {}, time),
    "GET /profiles/schema/latest-alter": lambda api, time: api.latest_alteration(WORKSPACE, time),
    "GET /identity-resolution/settings": lambda api, time: api.identity_settings(WORKSPACE, time),
    "PUT /identity-resolution/settings": lambda api, time: api.put_identity_settings(
        WORKSPACE, ["email"], time, run_on_batch_import=True
    ),
    "POST /identity-resolution/start": lambda api, time: api.start_identity_resolution(WORKSPACE, time),
    "GET /identity-resolution/latest": lambda api, time: api.latest_identity_resolution(WORKSPACE, time),
}
OF_ORGANIZATIONS: Final[Mapping[str, Call]] = {
    "POST /workspaces": CREATE,
    "POST /workspaces/test": lambda api, time: api.test({"name": "Customers"}, time),
    "GET /workspaces": LIST,
    "GET /warehouse/platforms": lambda api, time: api.platforms(time),
}
CALLS: Final[Mapping[str, Call]] = {**OF_WORKSPACES, **OF_ORGANIZATIONS}

OPERATION: Final = {"startTime": "2026-08-20T10:00:00Z", "endTime": None}
ANSWERS: Final[Mapping[str, Any]] = {
    "GET /workspaces/current": {"id": WORKSPACE, "name": "Customers", "profileSchema": SCHEMA},
    "GET /warehouse": {"platform": "PostgreSQL", "settings": SETTINGS, "mcpSettings": None},
    "GET /profiles/schema": SCHEMA,
    "PUT /profiles/schema/preview": {"queries": ["BEGIN;", "COMMIT;"]},
    "GET /profiles/schema/latest-alter": {**OPERATION, "error": None},
    "GET /identity-resolution/settings": {"runOnBatchImport": True, "identifiers": ["email"]},
    "GET /identity-resolution/latest": OPERATION,
    "POST /workspaces": {"id": WORKSPACE},
    "GET /workspaces": {"workspaces": [{"id": WORKSPACE, "name": "Customers", "profileSchema": SCHEMA}]},
    "GET /warehouse/platforms": {"platforms": [{"name": "PostgreSQL"}, {"name": "Snowflake"}]},
}
"""What a server answers; nothing for all other calls."""


def api(endpoint: str, ca_cert_file: object = None) -> Api:
    """A client of a server."""
    return Api(Server(endpoint, KEY, str(ca_cert_file) if ca_cert_file else None))
