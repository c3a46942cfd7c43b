"""Each message about a workspace names it: Terraform drops what is told alike of several, and names no block for some."""

from typing import Any

import pytest

from krenalis_provider.data_sources.workspace import WorkspaceData
from krenalis_provider.data_sources.workspaces import WorkspacesData
from tests.support.workspace_calls import WorkspaceCalls
from tfplugin.cty import UNKNOWN
from tfplugin.diagnostics import Diagnostics

DOCUMENT = {
    "kind": "object",
    "properties": [{"name": "email", "type": {"kind": "string"}, "readOptional": True}],
}


class Nowhere:
    """A warehouse that nobody connects to."""

    platform = "PostgreSQL"

    def settings(self) -> dict[str, Any]:
        return {
            "host": "127.0.0.1",
            "port": 1,
            "username": "u",
            "password": "p",
            "database": "cdp",
            "schema": "eu",
        }

    def parameters(self) -> dict[str, str]:
        return {}


WRONG: list[dict[str, Any]] = [
    {"identifiers": ["nothing"]},
    {"primary_sources": {"nothing": "1"}},
    {"plan_check": "no"},
    {"profile_schema": None},
    {"warehouse": {"platform": "postgres", "mode": None, "settings": None}},
    {"ui_preferences": {"user_profile": dict.fromkeys(("image", "first_name", "last_name"), "x") | {"extra": None}}},
    {"id": "7"},
]  # fmt: skip


@pytest.mark.parametrize("changes", WRONG, ids=lambda changes: next(iter(changes)))
@pytest.mark.parametrize("name", ["Customers (eu)", "C" * 100, None, UNKNOWN])
def test_every_error_of_a_validation_names_the_workspace_or_its_place(
    changes: dict[str, Any], name: Any
) -> None:
    workspace = WorkspaceCalls(Nowhere())

    told = workspace.validate(workspace.config(DOCUMENT, name=name, **changes))

    called = f'workspace "{name}"' if isinstance(name, str) else 'schema "eu" of database "cdp"'
    if "warehouse" in changes and not isinstance(name, str):
        return  # nothing is known that tells it
    assert told
    assert [each.summary for each in told if called not in each.summary] == []


def test_a_summary_that_has_a_name_of_the_object_gets_no_other() -> None:
    diagnostics = Diagnostics()
    diagnostics.about('disk "a"', 'disk "b"', "")

    for summary in ('Disk "B" is full', 'disk "a" is full', 'disk "c" is full', "Full"):
        diagnostics.error(summary)

    assert [each.summary for each in diagnostics] == [
        'Disk "B" is full',
        'disk "a" is full',
        'disk "c" is full (disk "a")',
        'Full (disk "a")',
    ]


def test_data_sources_are_called_by_their_place() -> None:
    settings: Any = {"database": "cdp", "schema": "eu"}

    assert (
        WorkspaceData().subject({"id": None, "warehouse": {"platform": "PostgreSQL", "settings": settings}})
        == 'schema "eu" of database "cdp"'
    )
    assert WorkspaceData().subject({"id": None, "warehouse": UNKNOWN}) == ""
    assert WorkspaceData().subject({"id": "3oosWdEVSD5W", "warehouse": None}) == 'workspace "3oosWdEVSD5W"'
    assert WorkspacesData().subject({"database": "cdp"}) == 'database "cdp"'
