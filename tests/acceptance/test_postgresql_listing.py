"""Listing the workspaces of a database whose schemas belong to many, some of them hostile or at work just then."""

import re
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from krenalis_provider.model.errors import WarehouseError
from krenalis_provider.model.observed import Listing
from krenalis_provider.warehouses.postgresql import listing as listing_module
from krenalis_provider.warehouses.postgresql.platform import PostgreSQL
from krenalis_provider.warehouses.postgresql.session import Session
from krenalis_provider.warehouses.postgresql.settings import PostgreSQLSettings
from krenalis_provider.warehouses.postgresql.sql import Statement
from lightstart.records import replace
from tests.support.customers import CUSTOMERS
from tests.support.postgresql import Database
from tests.support.postgresql_warehouse import copy_record, execute, soon
from tfplugin.deadline import Deadline

WEIRD = """we"ird 'S%s chema"""
RECORD = "krenalis_workspace"


def listing_of(database: Database, deadline: Deadline | None = None) -> Listing:
    settings = {name: value for name, value in database.settings().items() if name != "schema"}
    return PostgreSQL().list_workspaces(PostgreSQLSettings(**settings), {}, deadline or soon())


@pytest.fixture
def two(initialized: Database) -> Database:
    """A database with two workspaces: its own, and one in schema "other"."""
    copy_record(initialized, "other")
    return initialized


@pytest.fixture
def trips(monkeypatch: pytest.MonkeyPatch) -> list[Sequence[Statement]]:
    """What is sent to PostgreSQL, by round trip."""
    sent: list[Sequence[Statement]] = []
    run = Session.run

    def note(self: Session, statements: Sequence[Statement]) -> Any:
        sent.append(statements)
        return run(self, statements)

    monkeypatch.setattr(Session, "run", note)
    return sent


def test_any_number_of_schemas_takes_two_round_trips(
    initialized: Database, trips: list[Sequence[Statement]]
) -> None:
    schemas = [f"s{number:02}" for number in range(30)]
    for schema in [*schemas, WEIRD]:
        copy_record(initialized, schema)
    trips.clear()

    listing = listing_of(initialized)

    assert list(listing.workspaces) == [initialized.schema, *schemas, WEIRD]
    assert all(workspace == CUSTOMERS for workspace in listing.workspaces.values())
    assert listing.unreadable == {}
    assert len(trips) == 2


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("REVOKE USAGE ON SCHEMA other FROM {role}", 'may not use schema "other".*GRANT USAGE ON SCHEMA'),
        (f"REVOKE SELECT ON other.{RECORD} FROM {{role}}", 'may not read table "other".*GRANT SELECT ON'),
        (f"DELETE FROM other.{RECORD}", 'table "other"."krenalis_workspace" is empty'),
        (
            f"ALTER TABLE other.{RECORD} DROP CONSTRAINT {RECORD}_pkey; INSERT INTO other.{RECORD} TABLE other.{RECORD}",
            "more than one row",
        ),
        (f"UPDATE other.{RECORD} SET format_version = 2", "its format version is 2"),
        (f"UPDATE other.{RECORD} SET mode = 'Sleeping'", "it is not valid"),
        (f"ALTER TABLE other.{RECORD} DROP COLUMN identifiers", "it has no identifiers"),
        (
            f"ALTER TABLE other.{RECORD} ADD COLUMN extra numeric DEFAULT repeat('9', 5000)::numeric",
            "it is not valid",
        ),
    ],
)
def test_a_schema_that_cannot_be_read_is_told_and_the_rest_is_listed(
    two: Database, change: str, reason: str
) -> None:
    execute(two, *change.format(role=two.role).split("; "))

    listing = listing_of(two)

    assert list(listing.workspaces) == [two.schema]
    assert list(listing.unreadable) == ["other"]
    assert re.search(reason, listing.unreadable["other"])


def test_another_column_does_no_harm_whatever_its_name(two: Database) -> None:
    execute(two, f"ALTER TABLE other.{RECORD} ADD COLUMN record text DEFAULT 'x'")

    assert list(listing_of(two).workspaces) == [two.schema, "other"]


def test_what_the_owner_of_a_table_wrote_is_not_run(two: Database) -> None:
    copy_record(two, "another")
    execute(
        two,
        """CREATE FUNCTION other.trap() RETURNS boolean LANGUAGE plpgsql AS
               $$ BEGIN RAISE 'sprung as %', current_user; END $$""",
        f"CREATE POLICY trap ON other.{RECORD} USING (other.trap())",
        f"ALTER TABLE other.{RECORD} ENABLE ROW LEVEL SECURITY",
        "CREATE TYPE another.pair AS (a int, b int)",
        """CREATE FUNCTION another.trap(another.pair) RETURNS json LANGUAGE plpgsql AS
               $$ BEGIN RAISE 'sprung as %', current_user; END $$""",
        "CREATE CAST (another.pair AS json) WITH FUNCTION another.trap(another.pair)",
        f"ALTER TABLE another.{RECORD} ADD COLUMN trap another.pair DEFAULT (1, 2)",
    )

    listing = listing_of(two)

    assert list(listing.workspaces) == [two.schema]
    assert "row-level security" in listing.unreadable["other"]
    assert "columns that no workspace's record has" in listing.unreadable["another"]


def test_views_and_tables_that_inherit_are_no_records(two: Database) -> None:
    execute(
        two,
        "CREATE SCHEMA heir",
        f"CREATE TABLE heir.rows () INHERITS (other.{RECORD})",
        f"INSERT INTO heir.rows TABLE other.{RECORD}",
        f"CREATE VIEW heir.{RECORD} AS TABLE other.{RECORD}",
    )

    listing = listing_of(two)

    assert (list(listing.workspaces), listing.unreadable) == ([two.schema, "other"], {})


def test_a_locked_table_is_told_and_the_rest_is_listed(two: Database) -> None:
    with two.connect() as other, other.transaction():
        other.execute(f"LOCK TABLE other.{RECORD}")
        listing = listing_of(two)

    assert list(listing.workspaces) == [two.schema]
    assert re.search(
        'in schema "other" failed.*Another session works on the same objects', listing.unreadable["other"]
    )


def before_reading(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Do something once, between looking for the tables and reading them."""
    run = Session.run
    done: list[object] = []

    def first_act(self: Session, statements: Sequence[Statement]) -> Any:
        if not done and any("reading" in statement.doing for statement in statements):
            done.append(act())
        return run(self, statements)

    monkeypatch.setattr(Session, "run", first_act)


def test_a_table_dropped_just_then_is_told_and_the_rest_is_listed(
    two: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    before_reading(monkeypatch, lambda: execute(two, "DROP SCHEMA other CASCADE"))

    listing = listing_of(two)

    assert list(listing.workspaces) == [two.schema]
    assert "does not exist" in listing.unreadable["other"]


def test_a_lost_connection_is_an_error(two: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename <> current_user"
    before_reading(monkeypatch, lambda: execute(two, end))

    with pytest.raises(WarehouseError, match="Connection to PostgreSQL lost"):
        listing_of(two)


def test_running_out_of_time_is_an_error_and_no_list(two: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    longer = replace(listing_module._LIMIT, values={"longest": "60s"})  # than the time that there is
    monkeypatch.setattr(listing_module, "_LIMIT", longer)
    with two.connect() as other, other.transaction():
        other.execute(f"LOCK TABLE other.{RECORD}")
        with pytest.raises(WarehouseError, match="PostgreSQL took too long"):
            listing_of(two, Deadline.after(4))
