"""Which endpoint has which method and path.

Left out, because the client asks for none of it: HEAD, redirections from paths with ``..`` or ``//``, and that what is not
under ``/v1/`` is answered without `Request-Id` and `Cache-Control`.
"""

from tests.support.krenalis_server import (
    identity_endpoints,
    schema_endpoints,
    warehouse_endpoints,
    workspace_endpoints,
)
from tests.support.krenalis_server.answers import JSON, Answer, compact
from tests.support.krenalis_server.calls import EITHER, ORGANISATION, WORKSPACE, Endpoint, Routes
from tests.support.krenalis_server.requests import Request

ROUTES: Routes = {
    "/v1/workspaces": {
        "GET": Endpoint(ORGANISATION, workspace_endpoints.list_all),
        "POST": Endpoint(ORGANISATION, workspace_endpoints.create, takes_body=True),
    },
    "/v1/workspaces/test": {
        "POST": Endpoint(ORGANISATION, workspace_endpoints.test, takes_body=True),
    },
    "/v1/workspaces/current": {
        "GET": Endpoint(WORKSPACE, workspace_endpoints.get),
        "PUT": Endpoint(WORKSPACE, workspace_endpoints.put, takes_body=True),
        "DELETE": Endpoint(WORKSPACE, workspace_endpoints.delete),
    },
    "/v1/warehouse": {
        "GET": Endpoint(WORKSPACE, warehouse_endpoints.get),
        "PUT": Endpoint(WORKSPACE, warehouse_endpoints.put, takes_body=True),
    },
    "/v1/warehouse/test": {"PUT": Endpoint(WORKSPACE, warehouse_endpoints.test, takes_body=True)},
    "/v1/warehouse/mode": {"PUT": Endpoint(WORKSPACE, warehouse_endpoints.put_mode, takes_body=True)},
    "/v1/warehouse/repair": {"POST": Endpoint(WORKSPACE, warehouse_endpoints.repair)},
    "/v1/warehouse/platforms": {"GET": Endpoint(EITHER, warehouse_endpoints.list_platforms)},
    "/v1/profiles/schema": {
        "GET": Endpoint(WORKSPACE, schema_endpoints.get),
        "PUT": Endpoint(WORKSPACE, schema_endpoints.put, takes_body=True),
    },
    "/v1/profiles/schema/preview": {"PUT": Endpoint(WORKSPACE, schema_endpoints.preview, takes_body=True)},
    "/v1/profiles/schema/latest-alter": {"GET": Endpoint(WORKSPACE, schema_endpoints.latest)},
    "/v1/identity-resolution/settings": {
        "GET": Endpoint(WORKSPACE, identity_endpoints.get),
        "PUT": Endpoint(WORKSPACE, identity_endpoints.put, takes_body=True),
    },
    "/v1/identity-resolution/start": {"POST": Endpoint(WORKSPACE, identity_endpoints.start)},
    "/v1/identity-resolution/latest": {"GET": Endpoint(WORKSPACE, identity_endpoints.latest)},
}
NEXT_ROUTES: Routes = {
    **ROUTES,
    "/v1/identity-resolution/runs": {"GET": Endpoint(WORKSPACE, identity_endpoints.runs)},
}
INDEX = "/v1/"
_HTML = b"<!DOCTYPE html><html><head><title>Krenalis</title></head><body>Krenalis API</body></html>"


def index(request: Request) -> Answer:
    """What stands at the root: a page for people unless JSON is asked for; no key is needed."""
    if "application/json" in (request.header("Accept") or ""):
        found = {
            "api": "Krenalis API",
            "version": "v1",
            "documentation": "https://www.krenalis.com/docs/ref/api",
        }
        return Answer(200, compact(found), JSON)
    return Answer(200, _HTML, "text/html; charset=utf-8")
