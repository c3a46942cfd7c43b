"""The PostgreSQL provisioner on a warehouse that a Krenalis server fills: what is in its way, and how it goes."""

import pytest

from krenalis_provider.model.errors import CheckFailed, Finding, Verdict
from krenalis_provider.model.observed import RowCount
from tests.support.customers import only_finding
from tests.support.krenalis_server.postgresql import PostgreSQL
from tests.support.lock_waits import over_at_a_lock
from tests.support.postgresql import Database
from tests.support.postgresql_warehouse import content, execute, provisioner_of, soon
from tests.support.server_filled import as_role, fill, resolve

FAILED = "ERROR: column does not exist"


def in_state(database: Database, state: str) -> None:
    """Bring a warehouse into the state that a real server was seen to leave."""
    fill(database, next_version=state == "created by the next version")
    if state.startswith(("resolved", "failed", "good")):
        resolve(database, 1)
    if state.startswith(("failed", "good")):
        resolve(database, 2, FAILED)
    if state.startswith("good"):
        resolve(database, 3)


STATES = ("created", "created by the next version", "resolved", "failed", "good after a failure")


def for_server(database: Database, **changes: object) -> tuple[Finding, ...]:
    return provisioner_of(database, **changes).check_for_server(soon())


def test_nothing_stands_against_an_empty_schema(database: Database) -> None:
    assert for_server(database) == ()


@pytest.mark.parametrize("state", STATES)
def test_what_a_server_filled_is_recognised_and_may_still_be_in_use(database: Database, state: str) -> None:
    in_state(database, state)
    detail = only_finding(
        for_server(database),
        Verdict.CONTRADICTED,
        "schema",
        "A Krenalis server has filled the warehouse",
    )
    assert "is still there" in detail
    assert "was deleted" in detail


@pytest.mark.parametrize("state", STATES)
def test_a_drop_leaves_an_empty_schema(database: Database, state: str) -> None:
    in_state(database, state)
    provisioner = provisioner_of(database)
    assert provisioner.check_drop_made_by_server(soon()) == ()
    provisioner.drop_made_by_server(soon())
    assert content(database) == set()
    assert for_server(database) == ()
    provisioner.drop_made_by_server(soon())


@pytest.mark.parametrize("state", STATES)
def test_the_clearing_statements_leave_an_empty_schema(database: Database, state: str) -> None:
    in_state(database, state)
    statements = provisioner_of(database).clearing_statements(soon())
    assert all(f'"{database.schema}"."' in statement and statement.endswith(";") for statement in statements)
    as_role(database, *statements)
    assert content(database) == set()
    assert provisioner_of(database).clearing_statements(soon()) == ()


def test_what_a_creation_left_half_way_is_recognised_and_cleared(database: Database) -> None:
    as_role(
        database,
        "CREATE TABLE krenalis_destination_profiles (_pipeline text)",
        "CREATE TYPE event_os_name AS ENUM "
        "('Android', 'Windows', 'iOS', 'macOS', 'Linux', 'Chrome OS', 'Other')",
    )
    detail = only_finding(
        for_server(database),
        Verdict.CONTRADICTED,
        "schema",
        "A Krenalis server has begun to fill the warehouse",
    )
    assert '"krenalis_destination_profiles"' in detail
    provisioner_of(database).drop_made_by_server(soon())
    assert content(database) == set()


def test_a_drop_keeps_what_a_server_does_not_make(database: Database) -> None:
    fill(database)
    execute(
        database,
        "CREATE TABLE visits (at timestamptz)",
        "CREATE TABLE krenalis_profiles_latest ()",
        "CREATE TABLE krenalis_profiles_01 ()",
        "CREATE TYPE event_kind AS ENUM ()",
        "CREATE FUNCTION resolve_identities(int) RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE AGGREGATE array_cat_agg(int) (SFUNC = int4pl, STYPE = int)",
        "CREATE SEQUENCE krenalis_numbers",
        "CREATE SCHEMA elsewhere",
        "CREATE TABLE elsewhere.krenalis_events ()",
    )
    provisioner_of(database).drop_made_by_server(soon())
    schema = database.schema
    assert {name.replace(f"{schema}.", "") for name in content(database)} == {
        "table visits",
        "table krenalis_profiles_latest",
        "table krenalis_profiles_01",
        "type event_kind",
        "function resolve_identities(integer)",
        "function array_cat_agg(integer)",
        "sequence krenalis_numbers",
    }
    assert execute(database, "SELECT FROM elsewhere.krenalis_events") == []


def test_views_and_types_of_others_with_the_same_names_are_no_servers(database: Database) -> None:
    execute(
        database,
        "CREATE VIEW events AS SELECT 1 AS one",
        "CREATE TYPE event_type AS ENUM ('concert', 'fair')",
    )
    before = content(database)
    assert provisioner_of(database).clearing_statements(soon()) == ()
    provisioner_of(database).drop_made_by_server(soon())
    assert content(database) == before
    found = for_server(database)
    assert [each.summary for each in found] == ["Warehouse is not empty", "Names are taken"]
    assert "holds 1 view: " in found[0].detail
    assert 'type "event_type"' in found[1].detail


@pytest.mark.parametrize(
    ("statement", "dependent"),
    [
        ("CREATE VIEW reports.emails AS SELECT email FROM {schema}.profiles", "view reports.emails"),
        ("CREATE TABLE reports.kinds (kind {schema}.event_type)", "column kind of table reports.kinds"),
        (
            "CREATE VIEW reports.arrays AS SELECT {schema}.array_cat_agg(a) FROM (VALUES (ARRAY[1])) v(a)",
            "view reports.arrays",
        ),
    ],
)
def test_what_depends_on_it_is_named_before_anything_happens(
    database: Database, statement: str, dependent: str
) -> None:
    fill(database)
    resolve(database, 1)
    execute(database, "CREATE SCHEMA reports", statement.format(schema=database.schema))
    before = content(database)
    provisioner = provisioner_of(database)
    (found,) = [each for each in provisioner.check_drop_made_by_server(soon()) if each.is_obstacle]
    assert (found.verdict, found.summary) == (
        Verdict.CONTRADICTED,
        "Other objects depend on the warehouse",
    )
    assert found.detail.startswith(f"{dependent} depends on")
    with pytest.raises(CheckFailed) as caught:
        provisioner.drop_made_by_server(soon())
    assert caught.value.findings == (found,)
    assert content(database) == before


def test_a_workspace_without_a_server_is_named_and_kept(initialized: Database) -> None:
    before = content(initialized)
    provisioner = provisioner_of(initialized)
    summary = "Warehouse holds a workspace without a server"
    for found in (
        provisioner.check_for_server(soon()),
        provisioner.check_drop_made_by_server(soon()),
        provisioner.try_settings(soon()),
    ):
        assert 'the workspace "Customers"' in only_finding(found, Verdict.CONTRADICTED, "schema", summary)
    assert provisioner.clearing_statements(soon()) == ()
    with pytest.raises(CheckFailed):
        provisioner.drop_made_by_server(soon())
    assert content(initialized) == before


def test_types_elsewhere_in_the_database_are_in_the_way(database: Database) -> None:
    execute(
        database,
        "CREATE SCHEMA shop",
        "CREATE TABLE shop.event_type ()",
        "CREATE TYPE shop.event_os_name AS ENUM ()",
    )
    detail = only_finding(
        for_server(database), Verdict.CONTRADICTED, "database", "Names of types are taken in the database"
    )
    assert '"shop.event_os_name" and "shop.event_type"' in detail


def test_a_second_workspace_of_a_server_in_another_schema_is_refused(database: Database) -> None:
    fill(database)
    execute(database, "CREATE SCHEMA second", f'GRANT ALL ON SCHEMA second TO "{database.role}"')
    only_finding(
        for_server(database, schema="second"),
        Verdict.CONTRADICTED,
        "database",
        "Names of types are taken in the database",
    )


def test_types_left_in_the_same_schema_are_not_in_the_way(database: Database) -> None:
    fill(database)
    as_role(
        database,
        *(s for s in provisioner_of(database).clearing_statements(soon()) if "DROP TYPE" not in s),
    )
    assert for_server(database) == ()


@pytest.mark.parametrize(
    ("statement", "listed"),
    [
        ("CREATE TABLE visits (id int PRIMARY KEY)", "1 table and 1 index"),
        ("CREATE TABLE visits (id serial) PARTITION BY RANGE (id)", "1 partitioned table and 1 sequence"),
        ("CREATE TYPE pair AS (a int, b int)", "1 composite type"),
    ],
)
def test_every_relation_counts_as_a_server_counts(database: Database, statement: str, listed: str) -> None:
    execute(database, statement)
    assert PostgreSQL(database.settings(), 10, next_version=False).contents()
    detail = only_finding(for_server(database), Verdict.CONTRADICTED, "schema", "Warehouse is not empty")
    assert f"holds {listed}: " in detail


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE DOMAIN positive AS int CHECK (VALUE > 0)",
        "CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    ],
)
def test_what_a_server_does_not_count_is_no_obstacle(database: Database, statement: str) -> None:
    execute(database, statement)
    assert PostgreSQL(database.settings(), 10, next_version=False).contents() is None
    assert for_server(database) == ()


def test_missing_rights_and_schemas_are_told(database: Database) -> None:
    execute(database, f'REVOKE CREATE ON SCHEMA "{database.schema}" FROM "{database.role}"')
    only_finding(for_server(database), Verdict.ABSENT, "schema", "Missing right on the schema")
    only_finding(for_server(database, schema="nowhere"), Verdict.ABSENT, "schema", "Schema does not exist")


def test_settings_are_good_where_a_servers_warehouse_is(database: Database) -> None:
    fill(database)
    assert provisioner_of(database).try_settings(soon()) == ()
    resolve(database, 1)
    assert provisioner_of(database).try_settings(soon()) == ()


def test_settings_that_lead_elsewhere_are_told_from_no_answer(database: Database) -> None:
    detail = only_finding(
        provisioner_of(database).try_settings(soon()),
        Verdict.CONTRADICTED,
        "schema",
        "Not a workspace's warehouse",
    )
    assert "has no tables of a workspace" in detail
    (wrong,) = provisioner_of(database, password="wrong").try_settings(soon())
    assert (wrong.verdict, str(wrong.path)) == (Verdict.ABSENT, "warehouse.settings.password")
    (unreachable,) = provisioner_of(database, port=1).try_settings(soon())
    assert unreachable.verdict is Verdict.COULD_NOT_TELL


def test_settings_of_a_role_that_owns_nothing_are_refused(database: Database) -> None:
    fill(database)
    execute(database, "ALTER TABLE krenalis_identities OWNER TO CURRENT_USER")
    detail = only_finding(
        provisioner_of(database).try_settings(soon()),
        Verdict.ABSENT,
        "username",
        "Missing right to change the warehouse",
    )
    assert '"krenalis_identities"' in detail


@pytest.mark.parametrize("state", ["created", "resolved", "good after a failure"])
def test_no_failed_resolution_is_seen_where_there_is_none(database: Database, state: str) -> None:
    in_state(database, state)
    assert provisioner_of(database).failed_resolution(soon()) is None


def test_a_resolution_under_way_has_not_failed(database: Database) -> None:
    fill(database)
    resolve(database, 1, FAILED)
    as_role(database, "UPDATE krenalis_system_operations SET completed_at = NULL, error = ''")
    assert provisioner_of(database).failed_resolution(soon()) is None


def test_a_failed_resolution_is_told_with_its_error(database: Database) -> None:
    in_state(database, "failed")
    provisioner = provisioner_of(database)
    seen = provisioner.inspect_made_by_server(soon())
    assert (seen.looks_initialised, seen.profiles) == (True, "krenalis_profiles_1")
    reason = provisioner.failed_resolution(soon()) or ""
    assert FAILED in reason
    assert 'still in table "krenalis_profiles_1"' in reason


def test_a_view_over_the_empty_table_of_a_failed_resolution_is_told(database: Database) -> None:
    in_state(database, "failed")
    as_role(
        database,
        "CREATE OR REPLACE VIEW profiles AS SELECT _kpid, _updated_at, email, visits FROM krenalis_profiles_2",
    )
    reason = provisioner_of(database).failed_resolution(soon()) or ""
    assert 'reads its table "krenalis_profiles_2"' in reason


def test_rows_are_counted_in_the_table_that_the_view_reads(database: Database) -> None:
    in_state(database, "failed")
    provisioner = provisioner_of(database)
    counts = provisioner.count_made_by_server(soon())
    assert counts[:3] == (RowCount(1), RowCount(0), RowCount(0))
    values = provisioner.count_values_made_by_server(["email", "visits"], soon())
    assert dict(values.profiles.values) == {"email": 1, "visits": 0}


def test_a_drop_under_a_reader_waits_and_then_says_who_reads(database: Database) -> None:
    fill(database)
    before = content(database)
    with database.connect() as other, other.transaction():
        other.execute(f'SELECT FROM "{database.schema}".krenalis_events'.encode())
        with over_at_a_lock(database) as deadline, pytest.raises(Exception, match="krenalis_events"):
            provisioner_of(database).drop_made_by_server(deadline)
    assert content(database) == before
