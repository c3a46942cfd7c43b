"""Sends requests to the test server, as its own tests do."""

from typing import Any

import httpx

from tests.support.krenalis_server.server import KrenalisServer
from tests.support.postgresql import Database

SCHEMA: dict[str, Any] = {
    "kind": "object",
    "properties": [
        {"name": "email", "type": {"kind": "string", "maxLength": 254}, "readOptional": True},
        {"name": "age", "type": {"kind": "int", "bitSize": 16}, "readOptional": True},
    ],
}


class Caller:
    """Sends requests with a key, and with the header of a workspace where there is one."""

    def __init__(self, server: KrenalisServer, key: str | None = None) -> None:
        self.client = httpx.Client(base_url=f"{server.endpoint}/v1", timeout=10)
        self.headers = {"Authorization": f"Bearer {key or server.key}"}

    def __call__(self, method: str, path: str, workspace: str | None = None, **given: Any) -> httpx.Response:
        headers = {**self.headers, **({"Krenalis-Workspace": workspace} if workspace else {})}
        return self.client.request(method, path, headers=headers, **given)


def body(database: Database, **changes: Any) -> dict[str, Any]:
    """The body of a create or test in a database, with changed members."""
    warehouse = {"platform": "PostgreSQL", "settings": database.settings()}
    return {"name": "Customers", "profileSchema": SCHEMA, "warehouse": warehouse, **changes}
