"""The PostgreSQL provisioner without Terraform: making a workspace, and seeing what is there."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any

import pytest

from krenalis_provider.model.errors import CheckFailed, WarehouseError, WorkspaceError
from krenalis_provider.model.profile_columns import ProfileColumn
from krenalis_provider.model.profile_schema import Type
from krenalis_provider.model.property_path import PropertyPath
from krenalis_provider.warehouses.postgresql import dialect
from tests.support.customers import COLUMNS, CUSTOMERS
from tests.support.postgresql import Database
from tests.support.postgresql_warehouse import content, execute, provisioner_of, soon
from tfplugin.deadline import Deadline


def test_a_second_creation_names_the_workspace_that_is_there(pristine: Database) -> None:
    with pytest.raises(CheckFailed, match='holds the Krenalis workspace "Customers" with the id 1604839201'):
        provisioner_of(pristine).initialize(replace(CUSTOMERS, id="2", name="Other"), COLUMNS, soon())
    assert provisioner_of(pristine).inspect(soon()).workspace == CUSTOMERS


def test_of_two_creations_at_once_one_wins_and_the_other_says_why(database: Database) -> None:
    start = Barrier(2)

    def create(name: str) -> WorkspaceError | None:
        start.wait()
        try:
            provisioner_of(database).initialize(replace(CUSTOMERS, id=name, name=name), COLUMNS, soon())
        except WorkspaceError as error:
            return error
        return None

    with ThreadPoolExecutor() as pool:
        outcomes = dict(zip("AB", pool.map(create, "AB"), strict=True))

    record = provisioner_of(database).inspect(soon()).workspace
    assert record is not None
    assert outcomes.pop(record.name) is None
    (loser,) = outcomes.values()
    assert isinstance(loser, CheckFailed)
    assert f'holds the Krenalis workspace "{record.name}"' in loser.detail


def test_a_creation_that_fails_in_the_middle_leaves_nothing_and_names_the_object(database: Database) -> None:
    class TooLong(Type):
        def parameter(self, name: str) -> Any:
            return 2**30 if name == "maxLength" else None

    column = ProfileColumn("notes", PropertyPath.parse("notes"), TooLong("string"))
    with pytest.raises(WarehouseError) as caught:
        provisioner_of(database).initialize(CUSTOMERS, [column], soon())
    assert 'making table "krenalis_identities" failed' in caught.value.detail
    assert caught.value.code == "22023"
    assert content(database) == set()


def test_a_creation_without_the_right_says_so_and_makes_nothing(database: Database) -> None:
    execute(database, f"REVOKE CREATE ON SCHEMA {database.schema} FROM {database.role}")
    with pytest.raises(CheckFailed, match="lacks CREATE"):
        provisioner_of(database).initialize(CUSTOMERS, COLUMNS, soon())


def test_a_creation_that_cannot_connect_says_why(database: Database) -> None:
    with pytest.raises(WarehouseError, match="Wrong user name or password") as caught:
        provisioner_of(database, password="wrong").initialize(CUSTOMERS, COLUMNS, soon())
    assert caught.value.code == "28P01"
    assert str(caught.value.path) == "warehouse.settings.password"


def test_a_creation_waits_for_another_change_until_its_deadline(database: Database) -> None:
    with database.connect() as other:
        lock = f"SELECT pg_advisory_lock(hashtextextended('krenalis:{database.schema}', 0))"
        other.execute(lock)
        with pytest.raises(WarehouseError, match="Warehouse is locked"):
            provisioner_of(database).initialize(CUSTOMERS, COLUMNS, Deadline.after(4))


def test_nothing_is_found_in_an_empty_schema_and_in_none(database: Database) -> None:
    for schema in (database.schema, "cdq"):
        found = provisioner_of(database, schema=schema).inspect(soon())
        assert (found.workspace, found.objects, found.columns) == (None, {}, {})


def test_the_columns_are_those_of_the_profiles_table_that_the_view_reads(initialized: Database) -> None:
    execute(
        initialized,
        "CREATE TABLE krenalis_profiles_9 (_kpid uuid, nine int)",
        "CREATE TABLE krenalis_profiles_10 (_kpid uuid, ten numeric(3, 1), gone int, type event_type)",
        "ALTER TABLE krenalis_profiles_10 DROP COLUMN gone",
        "CREATE TABLE krenalis_profiles_11 (eleven int)",
        "INSERT INTO krenalis_profile_schema_versions SELECT n, gen_random_uuid(), now() FROM generate_series(9, 11) n",
        "DROP VIEW profiles",
        "CREATE VIEW profiles AS SELECT _kpid, ten FROM krenalis_profiles_10",
    )
    columns = provisioner_of(initialized).inspect(soon()).columns
    assert columns == {"ten": "numeric(3,1)", "type": f"{initialized.schema}.event_type"}


def test_the_first_profiles_table_is_not_missing_after_an_identity_resolution(initialized: Database) -> None:
    execute(initialized, "ALTER TABLE krenalis_profiles_0 RENAME TO krenalis_profiles_3")
    assert provisioner_of(initialized).inspect(soon()).objects == dialect.NAMES.objects


def test_a_missing_object_is_not_found_and_a_strange_one_has_its_own_kind(initialized: Database) -> None:
    execute(initialized, "DROP INDEX updated_atx", "DROP VIEW events", "CREATE TABLE events ()")
    objects = provisioner_of(initialized).inspect(soon()).objects
    assert "updated_atx" not in objects
    assert objects["events"] == "table"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("UPDATE krenalis_workspace SET format_version = 2", "its format version is 2"),
        ("UPDATE krenalis_workspace SET mode = 'Sleeping'", "'Sleeping' is not a valid WarehouseMode"),
        ("""UPDATE krenalis_workspace SET identifiers = '{"a": 1}'""", "identifiers holds a dict"),
        ("ALTER TABLE krenalis_workspace DROP COLUMN identifiers", "it has no identifiers"),
        (
            """
            CREATE TEMPORARY TABLE copy AS SELECT * FROM krenalis_workspace;
            UPDATE copy SET id = '2';
            INSERT INTO krenalis_workspace SELECT * FROM copy
            """,
            "more than one row",
        ),
    ],
    ids=["newer", "mode", "type", "column", "two"],
)
def test_a_record_that_cannot_be_read_is_an_error_that_says_why(
    initialized: Database, change: str, reason: str
) -> None:
    execute(initialized, change)
    with pytest.raises(WarehouseError, match=reason) as caught:
        provisioner_of(initialized).inspect(soon())
    assert caught.value.summary == "Workspace's record cannot be read"
