"""The Snowflake provisioner without Terraform: what a plan is told before anything is made."""

import re
from collections.abc import Sequence
from typing import Any

import pytest

from krenalis_provider.model.errors import CheckFailed, Verdict
from krenalis_provider.model.profile_columns import profile_columns
from krenalis_provider.model.profile_schema import parse
from krenalis_provider.warehouses import unfinished_change
from tests.support.customers import CUSTOMERS, DOCUMENT, only_finding
from tests.support.snowflake import SnowflakeDatabase
from tests.support.snowflake_warehouse import contents, migration_of, provisioner_of, soon
from tfplugin.deadline import Deadline

PROCEDURE = "CREATE PROCEDURE RESOLVE_IDENTITIES() RETURNS VARCHAR LANGUAGE SQL AS 'BEGIN RETURN 1; END'"


def test_nothing_stands_against_an_empty_schema(snowflake_database: SnowflakeDatabase) -> None:
    before = contents(snowflake_database)
    assert provisioner_of(snowflake_database).check(soon(), replaces=None) == ()
    assert contents(snowflake_database) == before


@pytest.mark.parametrize("setting", ["database", "schema", "warehouse"])
def test_what_does_not_exist_is_named(snowflake_database: SnowflakeDatabase, setting: str) -> None:
    (finding,) = provisioner_of(snowflake_database, **{setting: "NOWHERE"}).check(soon(), replaces=None)
    assert (finding.verdict, str(finding.path)) == (Verdict.ABSENT, f"warehouse.settings.{setting}")
    assert "NOWHERE" in finding.detail


def test_what_a_schema_holds_is_counted(snowflake_database: SnowflakeDatabase) -> None:
    snowflake_database.execute("CREATE TABLE VISITS (DAY DATE)")
    snowflake_database.execute("CREATE TABLE KRENALIS_EVENTS (ID VARCHAR)")
    snowflake_database.execute("CREATE VIEW RECENT AS SELECT DAY FROM VISITS")

    findings = provisioner_of(snowflake_database).check(soon(), replaces=None)

    detail = only_finding(findings, Verdict.CONTRADICTED, "schema", "Warehouse is not empty")
    assert "holds 2 tables and 1 view: " in detail
    assert "Krenalis needs an empty schema: name another one" in detail


def test_a_procedure_of_our_name_is_in_the_way(snowflake_database: SnowflakeDatabase) -> None:
    snowflake_database.execute(PROCEDURE)

    findings = provisioner_of(snowflake_database).check(soon(), replaces=None)

    detail = only_finding(findings, Verdict.CONTRADICTED, "schema", "Names are taken")
    assert 'procedure "RESOLVE_IDENTITIES"' in detail


def test_a_procedure_of_our_name_with_arguments_is_another_one(snowflake_database: SnowflakeDatabase) -> None:
    snowflake_database.execute(PROCEDURE.replace("()", "(N INT)", 1))
    assert provisioner_of(snowflake_database).check(soon(), replaces=None) == ()


def test_a_workspace_that_is_there_is_named(snowflake_pristine: SnowflakeDatabase) -> None:
    findings = provisioner_of(snowflake_pristine).check(soon(), replaces=None)

    detail = only_finding(findings, Verdict.CONTRADICTED, "schema", "Warehouse already holds a workspace")
    assert '"Customers" with the id 1604839201' in detail
    assert findings[0].workspace_id == CUSTOMERS.id


def test_the_workspace_that_is_replaced_is_no_obstacle(snowflake_pristine: SnowflakeDatabase) -> None:
    assert provisioner_of(snowflake_pristine).check(soon(), replaces=CUSTOMERS.id) == ()


@pytest.mark.parametrize(
    ("privileges", "missing"),
    [
        (["USAGE"], "CREATE TABLE, CREATE VIEW and CREATE PROCEDURE"),
        (["USAGE", "CREATE TABLE", "CREATE PROCEDURE"], "CREATE VIEW"),
    ],
)
def test_missing_rights_are_named_with_their_grant(
    snowflake_database: SnowflakeDatabase, privileges: Sequence[str], missing: str
) -> None:
    snowflake_database.allow(privileges)

    findings = provisioner_of(snowflake_database).check(soon(), replaces=None)

    detail = only_finding(findings, Verdict.ABSENT, "role", "Missing right on the schema")
    assert f"lacks {missing} on schema" in detail
    granted = missing.replace(" and ", ", ")
    place = f'"{snowflake_database.name}"."{snowflake_database.schema}"'
    assert f'GRANT {granted} ON SCHEMA {place} TO ROLE "{snowflake_database.role}";' in detail


def test_rights_that_cannot_be_seen_are_no_finding(snowflake_database: SnowflakeDatabase) -> None:
    with snowflake_database.strike(1, "error", matching="SHOW GRANTS", code="003001", sqlstate="42501"):
        assert provisioner_of(snowflake_database).check(soon(), replaces=None) == ()


def test_a_session_that_is_lost_while_rights_are_looked_at_is_no_good_sign(
    snowflake_database: SnowflakeDatabase,
) -> None:
    with snowflake_database.strike(1, "sever", matching="SHOW GRANTS"):
        findings = provisioner_of(snowflake_database).check(soon(), replaces=None)

    assert [finding.verdict for finding in findings] == [Verdict.COULD_NOT_TELL]


def with_tier() -> Any:
    """The document with one more property."""
    tier = {"name": "tier", "type": {"kind": "string"}, "readOptional": True}
    return {**DOCUMENT, "properties": [*DOCUMENT["properties"], tier]}


@pytest.mark.parametrize("name", ["KRENALIS_PROFILES_0", "KRENALIS_IDENTITIES", "PROFILES"])
def test_a_migration_of_what_others_own_is_refused_before_anything_is_changed(
    made_in_snowflake: SnowflakeDatabase, name: str
) -> None:
    migration = migration_of(made_in_snowflake, with_tier())
    made_in_snowflake.give(name, "LOADER")
    provisioner = provisioner_of(made_in_snowflake)

    findings = provisioner.check_update(CUSTOMERS.id, soon(), migration=migration)

    detail = only_finding(findings, Verdict.ABSENT, "role", "Missing right to change the warehouse")
    assert f'does not own "{name}" (owner LOADER)' in detail
    assert f'GRANT ROLE "LOADER" TO ROLE "{made_in_snowflake.role}";' in detail
    schema = parse(with_tier()).schema
    assert schema
    with pytest.raises(CheckFailed) as told:
        provisioner.update(CUSTOMERS, profile_columns(schema), soon(), migration=migration)
    assert told.value.findings == findings


def test_what_others_own_may_stay_as_it_is(made_in_snowflake: SnowflakeDatabase) -> None:
    migration = migration_of(made_in_snowflake, with_tier())
    for name in ("KRENALIS_EVENTS", "EVENTS"):
        made_in_snowflake.give(name, "LOADER")
    made_in_snowflake.give("KRENALIS_PROFILES_0", "PUBLIC")  # a role that everybody has

    assert provisioner_of(made_in_snowflake).check_update(CUSTOMERS.id, soon(), migration=migration) == ()


def test_dropping_what_others_own_is_refused(made_in_snowflake: SnowflakeDatabase) -> None:
    for name in ("KRENALIS_EVENTS", "EVENTS"):
        made_in_snowflake.give(name, "LOADER")
    provisioner = provisioner_of(made_in_snowflake)

    for findings in (
        provisioner.check_drop(CUSTOMERS.id, soon()),
        provisioner.check(soon(), replaces=CUSTOMERS.id),
    ):
        detail = only_finding(findings, Verdict.ABSENT, "role", "Missing right to change the warehouse")
        assert '"KRENALIS_EVENTS" (owner LOADER) and "EVENTS" (owner LOADER)' in detail
        assert detail.count("GRANT ROLE") == 1


@pytest.mark.parametrize("silence", [5, 500])
@pytest.mark.parametrize("state", ["initializing", "dropping"])
def test_what_is_not_finished_is_a_warning_that_says_whose_it_is(
    made_in_snowflake: SnowflakeDatabase, state: str, silence: int
) -> None:
    age(made_in_snowflake, state, silence)

    findings = provisioner_of(made_in_snowflake).check(soon(), replaces=None)

    detail = only_finding(findings, Verdict.COULD_NOT_TELL, "schema", "Another operation is not finished")
    assert f'of workspace "Customers" (id {CUSTOMERS.id}) by operation another' in detail
    told = re.search(r"last sign of life (\d+)", detail)
    assert told
    assert silence <= int(told[1]) < silence + 60  # time goes on between the two
    assert "after 120 seconds" in detail


@pytest.mark.parametrize(
    ("garbage", "reason"),
    [
        ("FORMAT_VERSION = 99", "its format version is 99, and this provider knows 1 only"),
        ("MODE = 'Sideways'", "'Sideways' is not a valid WarehouseMode"),
        ("UI_PREFERENCES = '{}'", "it has no user_profile"),
        ("PROFILE_SCHEMA = '{'", "it is not valid"),
        ("STATE = 'dreaming'", "'dreaming' is not a valid State"),
        ("PENDING = '{}'", "its pending change is not valid"),
    ],
)
def test_a_record_that_cannot_be_read_says_why(
    made_in_snowflake: SnowflakeDatabase, garbage: str, reason: str
) -> None:
    made_in_snowflake.execute(f"UPDATE KRENALIS_WORKSPACE SET {garbage}")
    provisioner = provisioner_of(made_in_snowflake)

    for findings in (
        provisioner.check(soon(), replaces=None),
        provisioner.check_update(CUSTOMERS.id, soon()),
    ):
        detail = only_finding(findings, Verdict.CONTRADICTED, "schema", "Workspace's record cannot be read")
        assert reason in detail


def test_a_change_of_a_workspace_as_it_was_made_is_fine(snowflake_pristine: SnowflakeDatabase) -> None:
    assert provisioner_of(snowflake_pristine).check_update(CUSTOMERS.id, soon()) == ()
    assert provisioner_of(snowflake_pristine).check_drop(CUSTOMERS.id, soon()) == ()


def test_another_workspace_is_not_changed(snowflake_pristine: SnowflakeDatabase) -> None:
    for findings in (
        provisioner_of(snowflake_pristine).check_update("2", soon()),
        provisioner_of(snowflake_pristine).check_drop("2", soon()),
    ):
        only_finding(findings, Verdict.CONTRADICTED, "account", "Another warehouse")


def test_a_workspace_that_moved_is_known_by_its_record_alone(made_in_snowflake: SnowflakeDatabase) -> None:
    made_in_snowflake.execute("DROP TABLE KRENALIS_WORKSPACE")
    provisioner = provisioner_of(made_in_snowflake)

    only_finding(
        provisioner.check_update(CUSTOMERS.id, soon(), moved=True),
        Verdict.CONTRADICTED,
        "account",
        "Another warehouse",
    )
    assert provisioner.check_update(CUSTOMERS.id, soon()) == ()
    only_finding(
        provisioner.check_drop(CUSTOMERS.id, soon()),
        Verdict.CONTRADICTED,
        "schema",
        "Workspace's record is missing",
    )


def test_a_plan_ends_by_its_deadline_whatever_is_under_way(made_in_snowflake: SnowflakeDatabase) -> None:
    age(made_in_snowflake, "migrating", 1)
    (finding,) = provisioner_of(made_in_snowflake).check_update(CUSTOMERS.id, Deadline.after(5))
    assert finding.verdict is Verdict.COULD_NOT_TELL
    assert unfinished_change.SILENCE_SECONDS == 120


def age(database: SnowflakeDatabase, state: str, silence: int) -> None:
    """Let the record say that another operation is under way, which was last heard of so many seconds ago."""
    database.execute(
        f"UPDATE KRENALIS_WORKSPACE SET STATE = '{state}', OWNER = 'another', "
        f"HEARTBEAT = DATEADD(SECOND, -{silence}, CURRENT_TIMESTAMP())"
    )
