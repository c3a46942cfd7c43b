"""The test server makes, alters and fills warehouses in the double of Snowflake."""

import time
from typing import Any

from tests.support.krenalis_server import KrenalisServer
from tests.support.krenalis_server.caller import SCHEMA, Caller
from tests.support.snowflake import SnowflakeDatabase

INSERT_IDENTITY = """
    INSERT INTO KRENALIS_IDENTITIES (_PIPELINE, _IDENTITY_ID, _CONNECTION, _UPDATED_AT, EMAIL)
    SELECT 'p', 'i', 'c', CURRENT_TIMESTAMP, 'a@example.com'
"""


def finish(krenalis: KrenalisServer) -> None:
    deadline = time.monotonic() + 30
    while krenalis.workspace().busy:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_workspace_lives_in_snowflake(
    krenalis: KrenalisServer, snowflake_database: SnowflakeDatabase
) -> None:
    krenalis.state.snowflake = snowflake_database.parameters()
    call = Caller(krenalis)
    call.client.timeout = 60
    warehouse = {"platform": "Snowflake", "settings": snowflake_database.settings()}
    wanted: dict[str, Any] = {"name": "Customers", "profileSchema": SCHEMA, "warehouse": warehouse}
    assert call("POST", "/workspaces/test", json=wanted).status_code == 200
    workspace = call("POST", "/workspaces", json=wanted).json()["id"]
    refused = call("POST", "/workspaces/test", json=wanted).json()["error"]
    assert refused["cause"] == "the database is not empty (contains 2 views, 6 tables)"
    assert call("GET", "/warehouse", workspace).json()["settings"]["oidcToken"] == ""
    assert call("PUT", "/warehouse", workspace, json={"settings": warehouse["settings"]}).status_code == 200
    snowflake_database.execute(INSERT_IDENTITY)
    assert call("POST", "/identity-resolution/start", workspace).status_code == 200
    finish(krenalis)
    assert krenalis.workspace().resolutions[0].error is None
    schema = {"kind": "object", "properties": SCHEMA["properties"][:1]}
    assert call("PUT", "/profiles/schema", workspace, json={"schema": schema}).status_code == 200
    finish(krenalis)
    latest = call("GET", "/profiles/schema/latest-alter", workspace).json()
    assert latest["endTime"]
    assert latest["error"] is None
    assert snowflake_database.execute("SELECT * EXCLUDE (_KPID, _UPDATED_AT) FROM PROFILES") == [
        ("a@example.com",)
    ]
    call.client.close()
