"""What a creation makes in Snowflake, object by object (docs/facts/krenalis.md, "Objects of a warehouse")."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from krenalis_provider.model.profile_columns import profile_columns
from krenalis_provider.model.profile_schema import parse
from krenalis_provider.model.workspace import UIPreferences, UserProfile, WarehouseMode, Workspace
from krenalis_provider.warehouses.snowflake import dialect
from tests.acceptance import expected_snowflake_catalogue as expected
from tests.support.column_types import COLUMN_TYPES
from tests.support.customers import COLUMNS, CUSTOMERS
from tests.support.profile_documents import document, prop
from tests.support.snowflake import SnowflakeDatabase
from tests.support.snowflake_warehouse import objects_of, profile_columns_of, provisioner_of, record_of, soon


def described(database: SnowflakeDatabase, table: str) -> list[tuple[str, str, str]]:
    return [_column(row) for row in database.execute(f'DESCRIBE TABLE "{table}"')]


def _column(row: tuple[Any, ...]) -> tuple[str, str, str]:
    name, type_, _, nullable, default, key, *_ = row
    counts = default is not None and default.startswith("IDENTITY START 0 INCREMENT 1")
    said = [
        "not null" if nullable == "N" else "",
        "counts" if counts else f"default {default.upper()}" if default is not None else "",
        "key" if key == "Y" else "",
    ]
    return name, type_.replace("VARCHAR(16777216)", "VARCHAR"), ", ".join(filter(None, said))


@pytest.mark.parametrize("table", expected.TABLES)
def test_a_table_has_the_columns_that_krenalis_makes(
    snowflake_pristine: SnowflakeDatabase, table: str
) -> None:
    assert described(snowflake_pristine, table) == expected.columns(expected.TABLES[table])


@pytest.mark.parametrize("view", expected.VIEWS)
def test_a_view_has_the_columns_that_krenalis_makes(snowflake_pristine: SnowflakeDatabase, view: str) -> None:
    rows = snowflake_pristine.execute(f'DESCRIBE TABLE "{view}"')
    assert [row[0] for row in rows] == expected.VIEWS[view]


def test_there_is_nothing_else_than_krenalis_makes(snowflake_pristine: SnowflakeDatabase) -> None:
    assert objects_of(snowflake_pristine) == {
        **dict.fromkeys(expected.TABLES, "table"),
        **dict.fromkeys(expected.VIEWS, "view"),
        "RESOLVE_IDENTITIES": "procedure",
    }


def test_the_objects_of_the_platform_are_those_that_a_creation_makes(
    snowflake_pristine: SnowflakeDatabase,
) -> None:
    found = provisioner_of(snowflake_pristine).inspect(soon())

    assert found.objects == dialect.NAMES.objects
    assert dict(found.columns) == {
        name: type_ for name, type_, _ in expected.columns(expected._PROFILE_COLUMNS)
    }
    assert list(found.columns) == [column.name.upper() for column in COLUMNS]


def test_every_type_has_the_column_that_a_plan_shows(snowflake_database: SnowflakeDatabase) -> None:
    properties = [
        prop(f"c{index}", type_)
        for index, (type_, _) in enumerate(COLUMN_TYPES)
        if type_.get("precision", 1) <= 38 and type_.get("maxLength", 1) < 100_000_000
    ]
    schema = parse(document(*properties)).schema
    assert schema
    columns = profile_columns(schema)

    provisioner_of(snowflake_database).initialize(CUSTOMERS, columns, soon())

    wanted = {column.name.upper(): dialect.column_type(column.type) for column in columns}
    assert provisioner_of(snowflake_database).inspect(soon()).columns == wanted
    for table in ("KRENALIS_IDENTITIES", "KRENALIS_PROFILES_0"):
        assert profile_columns_of(snowflake_database, table) == wanted


def test_the_views_show_the_rows_of_their_tables(snowflake_database: SnowflakeDatabase) -> None:
    provisioner_of(snowflake_database).initialize(CUSTOMERS, COLUMNS, soon())
    snowflake_database.execute(
        "INSERT INTO KRENALIS_PROFILES_0 (_UPDATED_AT, EMAIL) VALUES (CURRENT_TIMESTAMP(), 'a@b')"
    )
    assert snowflake_database.execute("SELECT EMAIL FROM PROFILES") == [("a@b",)]


def test_the_record_keeps_the_workspace_to_the_letter(snowflake_database: SnowflakeDatabase) -> None:
    document = {"z": Decimal("1.50"), "a": [1, -2, True, None, 'ä"\\\n', 12345678901234567890123], "m": {}}
    workspace = Workspace(
        "7",
        'It\'s "%s" 100 % \\ ',
        WarehouseMode.INSPECTION,
        document,
        UIPreferences(UserProfile(first_name="first_name", extra="")),
        ("customer_id", "email"),
        {"email": "1604839201"},
        resolve_identities_on_batch_import=False,
    )
    provisioner_of(snowflake_database).initialize(workspace, COLUMNS, soon())

    found = provisioner_of(snowflake_database).inspect(soon()).workspace

    assert found == workspace
    assert isinstance(found, Workspace)
    assert list(found.profile_schema) == ["z", "a", "m"]
    assert str(found.profile_schema["z"]) == "1.50"
    assert record_of(snowflake_database)["STATE"] == "ready"


def test_names_of_settings_are_folded_by_snowflake_alone(snowflake_database: SnowflakeDatabase) -> None:
    provisioner = provisioner_of(snowflake_database, database=snowflake_database.name.lower(), schema="cdp")

    provisioner.initialize(CUSTOMERS, COLUMNS, soon())

    assert provisioner_of(snowflake_database).inspect(soon()).workspace == CUSTOMERS
    assert replace(CUSTOMERS) == provisioner.inspect(soon()).workspace
