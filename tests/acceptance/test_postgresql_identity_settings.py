"""The PostgreSQL provisioner without Terraform: the procedure follows the settings, the columns and the mode."""

import copy
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from krenalis_provider.model.errors import Verdict
from krenalis_provider.model.workspace import WarehouseMode, Workspace
from krenalis_provider.warehouses.migration.compute import migrate
from krenalis_provider.warehouses.postgresql import dialect
from tests.acceptance.identity_warehouse import (
    DOCUMENT,
    Warehouse,
    columns_of,
    members,
    property_,
    the_profile,
)
from tests.support.customers import CUSTOMERS, only_finding
from tests.support.identities import Identity
from tests.support.postgresql import Database
from tests.support.postgresql_warehouse import content, execute, provisioner_of, soon

COLUMNS = columns_of(DOCUMENT)
PLAIN = Workspace("1604839201", "Customers", WarehouseMode.NORMAL, DOCUMENT)
BY_EMAIL = replace(PLAIN, identifiers=("email",))
OLDER = Identity(1, "u", connection="2", values={"email": "A", "customer_id": "old"})
NEWER = Identity(2, "v", connection="1", updated_at=1, values={"email": "A", "customer_id": "new"})
PROCEDURE = "SELECT oid, xmin::text FROM pg_proc WHERE proname = 'resolve_identities'"


def filled(database: Database, workspace: Workspace) -> Warehouse:
    """The workspace, made without Terraform, with two identities that have one email."""
    provisioner_of(database).initialize(workspace, COLUMNS, soon())
    warehouse = Warehouse(database, COLUMNS)
    warehouse.add(OLDER, NEWER)
    return warehouse


def update(warehouse: Warehouse, workspace: Workspace, **options: Any) -> None:
    columns = columns_of(workspace.profile_schema)
    provisioner_of(warehouse.database).update(workspace, columns, soon(), **options)


def test_a_creation_makes_it_for_its_settings(database: Database) -> None:
    warehouse = filled(database, replace(BY_EMAIL, primary_sources={"customer_id": "2"}))

    profile = the_profile(warehouse)

    assert profile.identities == (1, 2)
    assert profile.values["customer_id"] == "old"


def test_ids_of_connections_that_differ_in_case_are_two(database: Database) -> None:
    older, newer = replace(OLDER, connection="8sYbWqhTkRfG"), replace(NEWER, connection="8SYBWQHTKRFG")
    provisioner_of(database).initialize(
        replace(BY_EMAIL, primary_sources={"customer_id": older.connection}), COLUMNS, soon()
    )
    warehouse = Warehouse(database, COLUMNS)
    warehouse.add(older, newer)

    assert the_profile(warehouse).values["customer_id"] == "old"


def test_other_identifiers_and_sources_make_it_anew(database: Database) -> None:
    warehouse = filled(database, PLAIN)
    assert members(warehouse.resolve()) == [(1,), (2,)]

    update(warehouse, BY_EMAIL)
    assert the_profile(warehouse).values["customer_id"] == "new"

    update(warehouse, replace(BY_EMAIL, primary_sources={"customer_id": "2"}))
    assert the_profile(warehouse).values["customer_id"] == "old"

    update(warehouse, replace(PLAIN, identifiers=("customer_id",)))
    assert members(warehouse.resolve()) == [(1,), (2,)]


def test_a_change_of_something_else_leaves_it_alone(database: Database) -> None:
    warehouse = filled(database, BY_EMAIL)
    before = warehouse.execute(PROCEDURE)
    update(warehouse, replace(BY_EMAIL, name="Clients", resolve_identities_on_batch_import=False))
    assert warehouse.execute(PROCEDURE) == before


def test_without_a_record_it_is_made_anew(database: Database) -> None:
    warehouse = filled(database, PLAIN)
    warehouse.execute("DELETE FROM krenalis_workspace")
    update(warehouse, BY_EMAIL)
    assert members(warehouse.resolve()) == [(1, 2)]


def test_a_migration_makes_it_anew_for_the_new_columns(database: Database) -> None:
    warehouse = filled(database, BY_EMAIL)
    document: Any = copy.deepcopy(DOCUMENT)
    document["properties"][1]["name"] = "contact"
    document["properties"].append(property_("tier", "string"))
    after = replace(PLAIN, profile_schema=document, identifiers=("contact",))
    change = migrate(
        dialect,
        present=provisioner_of(database).inspect(soon()).columns,
        before=COLUMNS,
        after=columns_of(document),
        renames={"contact": "email"},
        drop_columns=(),
        mode=after.mode,
    )

    update(warehouse, after, migration=change)
    warehouse.execute("UPDATE krenalis_identities SET tier = 'gold' WHERE _pk = 1")

    assert members(Warehouse(database, columns_of(document)).resolve()) == [(1, 2)]
    assert warehouse.execute("SELECT contact, tier FROM profiles") == [("A", "gold")]


@pytest.mark.parametrize("mode", [WarehouseMode.INSPECTION, WarehouseMode.MAINTENANCE])
def test_a_mode_other_than_normal_refuses_to_run_it(database: Database, mode: WarehouseMode) -> None:
    warehouse = filled(database, BY_EMAIL)
    update(warehouse, replace(BY_EMAIL, mode=mode))
    before = warehouse.snapshot()

    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState, match=f"mode of the warehouse is {mode}"):
        warehouse.resolve()
    assert warehouse.snapshot() == before

    update(warehouse, BY_EMAIL)
    assert members(warehouse.resolve()) == [(1, 2)]


def test_what_was_said_of_it_survives(database: Database) -> None:
    warehouse = filled(database, PLAIN)
    warehouse.execute("REVOKE EXECUTE ON PROCEDURE resolve_identities() FROM PUBLIC")
    warehouse.execute("COMMENT ON PROCEDURE resolve_identities() IS 'nightly'")
    query = (
        "SELECT oid, proowner, proacl::text, obj_description(oid) FROM pg_proc WHERE pronamespace = "
        "current_schema()::regnamespace"
    )
    before = warehouse.execute(query)
    update(warehouse, BY_EMAIL)
    assert warehouse.execute(query) == before


def test_an_older_warehouse_without_it_gets_it_and_keeps_its_data(database: Database) -> None:
    warehouse = filled(database, PLAIN)
    before = warehouse.snapshot()
    warehouse.execute("DROP PROCEDURE resolve_identities()")
    found = provisioner_of(database).inspect(soon())
    assert dialect.NAMES.objects.items() - found.objects.items() == {("resolve_identities", "procedure")}
    assert found.workspace == PLAIN

    update(warehouse, PLAIN)

    assert warehouse.snapshot() == before


def test_a_function_in_its_place_is_left_alone(database: Database) -> None:
    warehouse = filled(database, PLAIN)
    warehouse.execute("DROP PROCEDURE resolve_identities()")
    warehouse.execute("CREATE FUNCTION resolve_identities() RETURNS int LANGUAGE sql AS 'SELECT 42'")

    update(warehouse, BY_EMAIL)

    assert warehouse.execute("SELECT resolve_identities()") == [(42,)]
    found = provisioner_of(database).inspect(soon())
    assert found.objects["resolve_identities"] == "function"
    assert found.workspace == BY_EMAIL
    provisioner_of(database).drop(PLAIN.id, soon())
    assert len(content(database)) == 1


def test_what_others_call_as_ours_with_parameters_or_of_another_sort_is_theirs(database: Database) -> None:
    warehouse = filled(database, BY_EMAIL)
    execute(  # as a superuser, who owns them
        database,
        "CREATE PROCEDURE resolve_identities(a int) LANGUAGE sql AS 'SELECT 1'",
        "CREATE TABLE resolve_identities (a int)",
        "CREATE FUNCTION profiles() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE VIEW reads_them AS SELECT profiles() FROM resolve_identities",
    )
    provisioner = provisioner_of(database)
    assert provisioner.inspect(soon()).objects == dialect.NAMES.objects
    assert provisioner.check_update(PLAIN.id, soon(), resolution=True) == ()
    assert members(warehouse.resolve()) == [(1, 2)]

    assert provisioner.check_drop(PLAIN.id, soon()) == ()
    provisioner.drop(PLAIN.id, soon())
    assert len(content(database)) == 4


def test_a_missing_language_stops_the_plans_that_make_it_and_no_others(database: Database) -> None:
    warehouse = filled(database, PLAIN)
    execute(database, "REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC", "DROP VIEW events")
    provisioner = provisioner_of(database)
    assert provisioner.check_update(PLAIN.id, soon()) == ()
    provisioner.update(PLAIN, COLUMNS, soon())

    missing = "PL/pgSQL is missing"
    findings = provisioner.check_update(PLAIN.id, soon(), resolution=True)
    only_finding(findings, Verdict.ABSENT, "schema", missing)
    warehouse.execute("DROP PROCEDURE resolve_identities()")
    only_finding(provisioner.check_update(PLAIN.id, soon()), Verdict.ABSENT, "schema", missing)


def test_somebody_else_s_procedure_is_found_by_the_plan_of_other_settings(database: Database) -> None:
    warehouse = filled(database, PLAIN)
    execute(database, "ALTER PROCEDURE resolve_identities() OWNER TO CURRENT_USER")
    provisioner = provisioner_of(warehouse.database)

    assert provisioner.check_update(PLAIN.id, soon()) == ()
    detail = only_finding(
        provisioner.check_update(PLAIN.id, soon(), resolution=True),
        Verdict.ABSENT,
        "username",
        "Missing right to change the warehouse",
    )
    assert '"resolve_identities" (owner ' in detail


def test_a_missing_right_to_create_is_found_by_the_plan_of_other_settings(database: Database) -> None:
    filled(database, PLAIN)
    execute(database, f'REVOKE CREATE ON SCHEMA "{database.schema}" FROM "{database.role}"')
    provisioner = provisioner_of(database)

    assert provisioner.check_update(PLAIN.id, soon()) == ()
    findings = provisioner.check_update(PLAIN.id, soon(), resolution=True)
    assert "lacks CREATE" in only_finding(findings, Verdict.ABSENT, "schema", "Missing right on the schema")


def test_a_routine_of_its_name_is_in_the_way(database: Database) -> None:
    execute(database, "CREATE FUNCTION resolve_identities() RETURNS integer RETURN 1")

    findings = provisioner_of(database).check(soon(), replaces=None)

    detail = only_finding(findings, Verdict.CONTRADICTED, "schema", "Names are taken")
    assert 'function "resolve_identities"' in detail


@pytest.mark.parametrize("query", ["CREATE TABLE {}()", "CREATE TYPE {} AS ENUM ()"])
def test_a_relation_or_type_of_its_name_is_not(database: Database, query: str) -> None:
    provisioner = provisioner_of(database)
    provisioner.initialize(CUSTOMERS, (), soon())

    execute(database, query.format("resolve_identities"))

    assert provisioner.inspect(soon()).objects["resolve_identities"] == "procedure"
    provisioner.drop(CUSTOMERS.id, soon())
    assert provisioner.inspect(soon()).objects == {}


def test_what_took_its_place_is_kept_by_a_change(initialized: Database) -> None:
    execute(
        initialized,
        "DROP PROCEDURE resolve_identities()",
        "CREATE FUNCTION resolve_identities() RETURNS integer RETURN 1",
    )

    provisioner_of(initialized).update(CUSTOMERS, (), soon())

    assert provisioner_of(initialized).inspect(soon()).objects["resolve_identities"] == "function"
