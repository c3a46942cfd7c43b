"""The Snowflake provisioner on a warehouse that a Krenalis server fills: what is in its way, and how it goes."""

import pytest

from krenalis_provider.model.errors import CheckFailed, Verdict
from krenalis_provider.model.observed import RowCount
from tests.support.customers import only_finding
from tests.support.server_filled import fill_snowflake, resolve_snowflake
from tests.support.snowflake import SnowflakeDatabase
from tests.support.snowflake_warehouse import contents, objects_of, provisioner_of, soon

FAILED = "invalid identifier"
STATES = ("created", "resolved", "failed")


def in_state(database: SnowflakeDatabase, state: str) -> None:
    fill_snowflake(database)
    if state != "created":
        resolve_snowflake(database, FAILED if state == "failed" else "")


def test_nothing_stands_against_an_empty_schema(snowflake_database: SnowflakeDatabase) -> None:
    assert provisioner_of(snowflake_database).check_for_server(soon()) == ()


@pytest.mark.parametrize("state", STATES)
def test_what_a_server_filled_is_recognised_and_dropped(
    snowflake_database: SnowflakeDatabase, state: str
) -> None:
    empty = contents(snowflake_database)
    in_state(snowflake_database, state)
    provisioner = provisioner_of(snowflake_database)
    only_finding(
        provisioner.check_for_server(soon()),
        Verdict.CONTRADICTED,
        "schema",
        "A Krenalis server has filled the warehouse",
    )
    assert provisioner.try_settings(soon()) == ()
    assert provisioner.check_drop_made_by_server(soon()) == ()
    provisioner.drop_made_by_server(soon())
    assert contents(snowflake_database) == empty
    provisioner.drop_made_by_server(soon())


@pytest.mark.parametrize("state", STATES)
def test_the_clearing_statements_leave_an_empty_schema(
    snowflake_database: SnowflakeDatabase, state: str
) -> None:
    empty = contents(snowflake_database)
    in_state(snowflake_database, state)
    for statement in provisioner_of(snowflake_database).clearing_statements(soon()):
        snowflake_database.execute(statement.removesuffix(";"))
    assert contents(snowflake_database) == empty
    assert provisioner_of(snowflake_database).clearing_statements(soon()) == ()


def test_a_drop_keeps_what_a_server_does_not_make(snowflake_database: SnowflakeDatabase) -> None:
    fill_snowflake(snowflake_database)
    snowflake_database.execute("CREATE TABLE VISITS (DAY DATE)")
    snowflake_database.execute("CREATE TABLE KRENALIS_PROFILES_OLD (DAY DATE)")
    provisioner = provisioner_of(snowflake_database)
    assert [each.summary for each in provisioner.check_for_server(soon())] == [
        "A Krenalis server has filled the warehouse",
        "Warehouse is not empty",
    ]
    provisioner.drop_made_by_server(soon())
    assert objects_of(snowflake_database).keys() == {"VISITS", "KRENALIS_PROFILES_OLD"}
    detail = only_finding(
        provisioner.check_for_server(soon()), Verdict.CONTRADICTED, "schema", "Warehouse is not empty"
    )
    assert "holds 2 tables: " in detail


def test_a_workspace_without_a_server_is_named_and_kept(snowflake_pristine: SnowflakeDatabase) -> None:
    provisioner = provisioner_of(snowflake_pristine)
    summary = "Warehouse holds a workspace without a server"
    for found in (
        provisioner.check_for_server(soon()),
        provisioner.check_drop_made_by_server(soon()),
        provisioner.try_settings(soon()),
    ):
        assert 'the workspace "Customers"' in only_finding(found, Verdict.CONTRADICTED, "schema", summary)
    assert provisioner.clearing_statements(soon()) == ()
    before = contents(snowflake_pristine)
    with pytest.raises(CheckFailed):
        provisioner.drop_made_by_server(soon())
    assert contents(snowflake_pristine) == before


def test_settings_that_lead_to_an_empty_schema_are_refused(snowflake_database: SnowflakeDatabase) -> None:
    only_finding(
        provisioner_of(snowflake_database).try_settings(soon()),
        Verdict.CONTRADICTED,
        "schema",
        "Not a workspace's warehouse",
    )


def test_a_failed_resolution_is_told_with_its_error(snowflake_database: SnowflakeDatabase) -> None:
    in_state(snowflake_database, "failed")
    reason = provisioner_of(snowflake_database).failed_resolution(soon()) or ""
    assert FAILED in reason
    assert 'still in table "KRENALIS_PROFILES_0"' in reason


def test_a_good_resolution_is_not_told(snowflake_database: SnowflakeDatabase) -> None:
    in_state(snowflake_database, "resolved")
    provisioner = provisioner_of(snowflake_database)
    assert provisioner.failed_resolution(soon()) is None
    assert provisioner.inspect_made_by_server(soon()).profiles == "KRENALIS_PROFILES_1"


def test_rows_are_counted(snowflake_database: SnowflakeDatabase) -> None:
    fill_snowflake(snowflake_database)
    counts = provisioner_of(snowflake_database).count_made_by_server(soon())
    assert counts[:3] == (RowCount(0), RowCount(0), RowCount(0))
    values = provisioner_of(snowflake_database).count_values_made_by_server(["EMAIL"], soon())
    assert dict(values.profiles.values) == {"EMAIL": 0}
