"""The PostgreSQL provisioner without Terraform: dropping a workspace, and nothing else."""

import pytest

from krenalis_provider.warehouses.postgresql import platform
from krenalis_provider.workspaces.errors import (
    WarehouseError,
    WorkspaceNotFound,
)
from tests.acceptance import expected_catalogue as expected
from tests.acceptance.postgresql_warehouse import (
    CUSTOMERS,
    content,
    execute,
    provisioner_of,
    soon,
)
from tests.support.postgresql import Database


def test_a_drop_removes_everything_of_ours_and_nothing_else(warehouse: Database) -> None:
    execute(
        warehouse,
        "CREATE TABLE krenalis_profiles_7 ()",
        "CREATE TABLE visits (at timestamptz)",
        "CREATE TABLE krenalis_profiles_latest ()",
        "CREATE TYPE event_kind AS ENUM ()",
    )
    execute(warehouse, f"ALTER TABLE krenalis_profiles_7 OWNER TO {warehouse.role}")

    provisioner_of(warehouse).drop(CUSTOMERS.id, soon())

    schema = warehouse.schema
    assert {name.replace(f"{schema}.", "") for name in content(warehouse)} == {
        "table visits",
        "table krenalis_profiles_latest",
        "type event_kind",
    }


def test_a_drop_that_a_view_depends_on_is_refused_and_changes_nothing(warehouse: Database) -> None:
    execute(
        warehouse,
        "CREATE SCHEMA reports",
        "CREATE VIEW reports.emails AS SELECT email FROM profiles",
        "CREATE VIEW reports.pages AS SELECT message_id FROM krenalis_events",
    )
    before = content(warehouse)

    with pytest.raises(WarehouseError) as caught:
        provisioner_of(warehouse).drop(CUSTOMERS.id, soon())

    assert caught.value.code == "2BP01"
    assert "view reports.emails depends on view" in caught.value.detail
    assert content(warehouse) == before


def test_a_drop_of_another_workspace_is_refused(pristine: Database) -> None:
    with pytest.raises(WorkspaceNotFound):
        provisioner_of(pristine).drop("2", soon())
    assert provisioner_of(pristine).inspect(soon()).objects == platform.objects()


@pytest.mark.parametrize("loss", ["DROP TABLE krenalis_workspace", "DELETE FROM krenalis_workspace"])
def test_tables_without_a_record_are_not_dropped(warehouse: Database, loss: str) -> None:
    execute(warehouse, loss)
    before = content(warehouse)
    with pytest.raises(WarehouseError, match=r"not dropped\. Apply the workspace once"):
        provisioner_of(warehouse).drop(CUSTOMERS.id, soon())
    assert content(warehouse) == before


def test_types_that_are_left_over_are_dropped(warehouse: Database) -> None:
    execute(warehouse, "DROP VIEW events, profiles", f"DROP TABLE {', '.join(expected.TABLES)}")
    provisioner_of(warehouse).drop(CUSTOMERS.id, soon())
    assert content(warehouse) == set()


def test_views_of_our_names_without_our_tables_are_kept(database: Database) -> None:
    execute(database, "CREATE VIEW events AS SELECT 1")
    provisioner_of(database).drop(CUSTOMERS.id, soon())
    assert len(content(database)) == 1


def test_dropping_what_is_not_there_is_a_success(database: Database) -> None:
    for schema in (database.schema, "cdq"):
        provisioner_of(database, schema=schema).drop(CUSTOMERS.id, soon())


def test_a_drop_by_another_role_is_refused_and_changes_nothing(warehouse: Database) -> None:
    execute(
        warehouse,
        "CREATE ROLE rotated LOGIN PASSWORD 'rotated'",
        f"GRANT ALL ON SCHEMA {warehouse.schema} TO rotated",
        f"GRANT ALL ON ALL TABLES IN SCHEMA {warehouse.schema} TO rotated",
    )
    try:
        with pytest.raises(
            WarehouseError, match="only the owner of an object or a member of the owner's role"
        ) as caught:
            provisioner_of(warehouse, username="rotated", password="rotated").drop(CUSTOMERS.id, soon())
    finally:
        execute(warehouse, "DROP OWNED BY rotated", "DROP ROLE rotated")
    assert caught.value.code == "42501"
    assert provisioner_of(warehouse).inspect(soon()).objects == platform.objects()
