import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from krenalis_provider.api.answers import Asked, parsed
from krenalis_provider.api.body import encoded
from krenalis_provider.api.documents import (
    IdentitySettings,
    Run,
    UIPreferences,
    UserProfile,
    Warehouse,
    Workspace,
    read,
    unwrapped_schema,
)
from krenalis_provider.api.errors import ServerFailed

ASKED = Asked("GET /v1/workspaces/current", "https://krenalis.example.com", "api_key")
SCHEMA = {"kind": "object", "properties": []}
COMMON = {
    "name": "Customers",
    "profileSchema": SCHEMA,
    "identifiers": ["email"],
    "new": {"from": "the future"},
}
PATHS = {"firstName": "first_name", "extra": "email"}
CURRENT = {
    **COMMON, "id": "3oosWdEVSD5W", "warehouseMode": "Inspection", "resolveIdentitiesOnBatchImport": False,
    "primarySources": {"email": "7AxQ6cW2kP9d"}, "uiPreferences": {"profile": {**PATHS, "image": "", "lastName": ""}},
}  # fmt: skip
DOCUMENTED = {
    **COMMON, "id": 1371036433, "mode": "Inspection", "resolveIdentitiesOnBatchImport": False,
    "primarySources": {"email": 1604839201}, "uiPreferences": {"userProfile": PATHS},
}  # fmt: skip


@pytest.mark.parametrize(("document", "workspace_id", "source"), [
    (CURRENT, "3oosWdEVSD5W", "7AxQ6cW2kP9d"), (DOCUMENTED, "1371036433", "1604839201"),
])  # fmt: skip
def test_a_workspace_is_read_in_both_spellings(document: Any, workspace_id: str, source: str) -> None:
    workspace = read(Workspace, document, ASKED)

    assert (workspace.id, workspace.primary_sources) == (workspace_id, {"email": source})
    assert (workspace.name, workspace.warehouse_mode, workspace.identifiers) == (
        "Customers", "Inspection", ["email"],
    )  # fmt: skip
    assert workspace.ui_preferences.user_profile == UserProfile(first_name="first_name", extra="email")
    assert workspace.profile_schema == SCHEMA
    assert not workspace.resolve_identities_on_batch_import


@pytest.mark.parametrize(
    "preferences", [None, {}, {"profile": None}, {"profile": {}}, {"profile": {"image": None}}]
)
def test_preferences_that_are_absent_are_empty(preferences: Any) -> None:
    document = {**CURRENT, "uiPreferences": preferences, "primarySources": None, "identifiers": None}
    workspace = read(Workspace, document, ASKED)

    assert workspace.ui_preferences == UIPreferences()
    assert (workspace.primary_sources, workspace.identifiers) == ({}, [])


def test_preferences_are_sent_whole_and_in_both_spellings() -> None:
    paths = {"image": "", "firstName": "first_name", "lastName": "", "extra": ""}

    assert UIPreferences(user_profile=UserProfile(first_name="first_name")).body() == {
        "profile": paths, "userProfile": paths,
    }  # fmt: skip


@pytest.mark.parametrize("document", [SCHEMA, {"schema": SCHEMA}])
def test_a_profile_schema_may_be_bare_or_in_a_member(document: Any) -> None:
    assert unwrapped_schema(document, ASKED) == SCHEMA


@pytest.mark.parametrize("document", [[], None, {"schema": 1}])
def test_what_is_no_profile_schema_is_refused(document: Any) -> None:
    with pytest.raises(ServerFailed, match="not the document"):
        unwrapped_schema(document, ASKED)


@pytest.mark.parametrize("change", [
    {"name": None}, {"name": 5}, {"id": True}, {"id": 1.5}, {"profileSchema": []}, {"identifiers": "canary"},
    {"uiPreferences": {"profile": {"image": ["canary"]}}},
])  # fmt: skip
def test_another_document_is_refused_without_its_values(change: Any) -> None:
    with pytest.raises(ServerFailed) as caught:
        read(Workspace, {**CURRENT, **change}, ASKED)

    assert next(iter(change)) in caught.value.detail
    assert "canary" not in str(caught.value)


def test_the_settings_of_a_warehouse_are_never_shown() -> None:
    settings = {"host": "db", "password": "canary"}
    warehouse = read(
        Warehouse, {"platform": "PostgreSQL", "settings": settings, "mcpSettings": settings}, ASKED
    )

    assert warehouse.settings == warehouse.mcp_settings == settings
    assert "canary" not in repr(warehouse)
    with pytest.raises(ServerFailed) as caught:
        read(Warehouse, {"platform": 5, "settings": settings}, ASKED)
    assert "canary" not in str(caught.value) + repr(vars(caught.value))
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(("document", "runs"), [
    ({"startTime": None, "endTime": None, "error": None}, False),
    ({"startTime": "2026-08-20T10:00:00Z", "endTime": None}, True),
    ({"startTime": "2026-08-20T10:00:00Z", "endTime": "2026-08-20T10:00:01.123Z", "error": "column"}, False),
])  # fmt: skip
def test_an_operation_runs_between_its_start_and_its_end(document: Any, *, runs: bool) -> None:
    assert read(Run, document, ASKED).runs is runs
    assert read(Run, document, ASKED).error == document.get("error")


def test_settings_of_identity_resolution_are_read() -> None:
    settings = read(IdentitySettings, {"runOnBatchImport": True, "identifiers": []}, ASKED)

    assert (settings.run_on_batch_import, settings.identifiers) == (True, [])


def test_numbers_are_read_and_sent_without_rounding() -> None:
    text = b'{"minimum":0.12345678901234567890123,"maximum":18446744073709551615}'
    document = parsed(ASKED, text)

    assert document["minimum"] == Decimal("0.12345678901234567890123")
    assert parsed(ASKED, encoded(document)) == document


@given(st.recursive(st.text() | st.integers() | st.booleans() | st.none(), st.lists))
def test_a_body_is_ascii_and_means_the_same(value: Any) -> None:
    body = encoded({"value": value})

    assert body.isascii()
    assert json.loads(body) == {"value": value}


def test_characters_are_escaped_so_that_a_server_does_not_normalise_passwords() -> None:
    assert encoded({"password": "e\u0301\U0001f600"}) == b'{"password": "e\\u0301\\ud83d\\ude00"}'
