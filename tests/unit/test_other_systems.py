"""The resource on systems that it was not written for: a third platform, and workspaces that are in no warehouse.

Both are the tests' own. What they need of the provider is its interfaces, and for the platform a line in the registry.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from krenalis_provider.model.errors import Verdict
from krenalis_provider.warehouses import registry
from krenalis_provider.warehouses.errors import warehouse_error
from tests.support.duckdb_platform.backend import DuckDBSession
from tests.support.duckdb_platform.platform import DuckDB
from tests.support.memory_workspaces import MemoryWorkspaces
from tests.support.plugin import Told
from tests.support.workspace_calls import WorkspaceCalls

TEXT = {"kind": "string"}
SMALL = {"kind": "int", "bitSize": 16}
LARGE = {"kind": "int", "bitSize": 64}


@dataclass(frozen=True)
class Reached:
    """A warehouse as a configuration names it."""

    platform: str
    given: dict[str, Any]

    def settings(self) -> dict[str, Any]:
        return self.given

    def parameters(self) -> dict[str, str]:
        return {}


def document(**types: Any) -> Any:
    properties = [{"name": name, "type": type_, "readOptional": True} for name, type_ in types.items()]
    return {"kind": "object", "properties": properties}


def in_memory(_folder: Path) -> WorkspaceCalls:
    settings = {"host": "h", "port": 5432, "username": "u", "database": "d", "schema": "s"}
    return WorkspaceCalls(Reached("PostgreSQL", settings), system=MemoryWorkspaces())


def on_duckdb(folder: Path) -> WorkspaceCalls:
    file = folder / "cdp.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute("CREATE SCHEMA customers")
    return WorkspaceCalls(Reached("DuckDB", {"database": str(file), "schema": "customers"}))


@pytest.fixture(params=[in_memory, on_duckdb])
def calls(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WorkspaceCalls:
    """A workspace on each system in turn; there is none yet."""
    monkeypatch.setattr(registry, "PLATFORMS", (*registry.PLATFORMS, DuckDB()))
    system: Callable[[Path], WorkspaceCalls] = request.param
    return system(tmp_path)


def applied(calls: WorkspaceCalls, wanted: Any, **attributes: Any) -> None:
    """Plan and apply, and see that nothing is left to be planned."""
    config = calls.config(wanted, **attributes)
    assert calls.validate(config) == []
    plan = calls.plan(config)
    assert plan.errors == []
    assert calls.apply(plan) == []
    assert calls.refresh() == []
    again = calls.plan(config)
    assert (again.told, again.state) == ([], calls.state)


def refused(calls: WorkspaceCalls, wanted: Any, **attributes: Any) -> list[str]:
    """The details of the errors of a plan."""
    return [told.detail for told in calls.plan(calls.config(wanted, **attributes)).errors]


def summaries(told: list[Told]) -> list[str]:
    return [each.summary for each in told]


def test_a_workspace_is_created_and_planned_again_without_changes(calls: WorkspaceCalls) -> None:
    applied(calls, document(email=TEXT, visits=SMALL))
    assert list(calls.state["profile_columns"]) == ["email", "visits"]
    assert calls.state["id"]


def test_a_new_property_is_added(calls: WorkspaceCalls) -> None:
    applied(calls, document(email=TEXT))
    applied(calls, document(email=TEXT, visits=SMALL))
    assert list(calls.state["profile_columns"]) == ["email", "visits"]


def test_a_renamed_property_keeps_its_column_and_its_settings(calls: WorkspaceCalls) -> None:
    applied(calls, document(email=TEXT), identifiers=["email"])
    applied(calls, document(contact=TEXT), renames={"contact": "email"})
    assert list(calls.state["profile_columns"]) == ["contact"]
    assert calls.state["identifiers"] == ["contact"]


def test_a_loss_is_refused_until_it_is_permitted(calls: WorkspaceCalls) -> None:
    applied(calls, document(email=TEXT, visits=SMALL))
    (detail,) = refused(calls, document(email=TEXT))
    assert detail.startswith('drop_columns: property "visits" goes')
    plan = calls.plan(calls.config(document(email=TEXT), drop_columns=["visits"]))
    assert summaries(plan.told) == [
        'Workspace "Customers" loses column "visits": 0 of 0 profiles have a value'
    ]
    applied(calls, document(email=TEXT), drop_columns=["visits"])
    assert list(calls.state["profile_columns"]) == ["email"]


def test_a_workspace_is_destroyed(calls: WorkspaceCalls) -> None:
    applied(calls, document(email=TEXT))
    plan = calls.plan(None)
    assert plan.errors == []
    assert calls.apply(plan) == []
    assert calls.state is None
    applied(calls, document(email=TEXT))


def test_a_protected_workspace_is_not_destroyed(calls: WorkspaceCalls) -> None:
    applied(calls, document(email=TEXT), deletion_protection=True)
    assert summaries(calls.plan(None).errors) == ['Workspace "Customers" is protected']


def test_what_the_system_says_against_a_creation_stops_the_plan(calls: WorkspaceCalls) -> None:
    """Each system has room for so many: a schema for one workspace, the memory for two."""
    applied(calls, document(email=TEXT))
    calls.forget()
    second = calls.plan(calls.config(document(email=TEXT)))
    if not second.errors:
        calls.apply(second)
        calls.forget()
        second = calls.plan(calls.config(document(email=TEXT)))
    assert len(second.errors) == 1


def test_a_wider_number_changes_the_column_in_place_where_the_platform_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "PLATFORMS", (*registry.PLATFORMS, DuckDB()))
    calls = on_duckdb(tmp_path)
    applied(calls, document(visits=SMALL))
    applied(calls, document(visits=LARGE))
    assert calls.state["migration"] == []
    assert calls.state["profile_columns"] == {"visits": "BIGINT"}


def test_a_platform_without_procedures_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "PLATFORMS", (*registry.PLATFORMS, DuckDB()))
    calls = on_duckdb(tmp_path)
    applied(calls, document(visits=SMALL))
    assert set(calls.state["objects"].values()) == {"table", "view"}


def test_a_missing_table_of_the_third_platform_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "PLATFORMS", (*registry.PLATFORMS, DuckDB()))
    calls = on_duckdb(tmp_path)
    applied(calls, document(visits=SMALL))
    with duckdb.connect(str(tmp_path / "cdp.duckdb")) as connection:
        connection.execute("DROP TABLE customers.krenalis_destination_profiles")
    assert calls.refresh() == []
    assert "krenalis_destination_profiles" not in calls.state["objects"]
    applied(calls, document(visits=SMALL))
    assert "krenalis_destination_profiles" in calls.state["objects"]


def test_what_could_be_made_is_rehearsed_without_a_word(calls: WorkspaceCalls) -> None:
    applied(calls, document(email=TEXT), rehearse=True)
    applied(calls, document(email=TEXT, visits=SMALL), rehearse=True)
    assert calls.plan(None).errors == []
    applied(calls, document(email=TEXT, visits=SMALL), name="Clients", rehearse=True)


def test_what_the_third_platform_only_finds_by_carrying_it_out_stops_the_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object) -> None:
        raise warehouse_error(Verdict.CONTRADICTED, "database", "DuckDB refused a statement", "no.")

    monkeypatch.setattr(registry, "PLATFORMS", (*registry.PLATFORMS, DuckDB()))
    monkeypatch.setattr(DuckDBSession, "apply", refuse)
    calls = on_duckdb(tmp_path)
    assert refused(calls, document(email=TEXT)) == []
    assert refused(calls, document(email=TEXT), rehearse=True) == ["warehouse.settings.database: no."]
