"""The Snowflake provisioner without Terraform: changing the profile columns of tables with data in them."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from krenalis_provider.model.errors import CheckFailed, Verdict, WarehouseChanged, WarehouseError
from krenalis_provider.model.profile_columns import profile_columns
from krenalis_provider.model.profile_schema import parse
from krenalis_provider.model.workspace import WarehouseMode, Workspace
from krenalis_provider.warehouses.migration.compute import Migration
from krenalis_provider.warehouses.snowflake import dialect
from tests.support.snowflake import SnowflakeDatabase
from tests.support.snowflake_warehouse import (
    contents,
    migration_of,
    profile_columns_of,
    provisioner_of,
    record_of,
    soon,
)

TABLES = ("KRENALIS_IDENTITIES", "KRENALIS_PROFILES_0")
TEXT = {"kind": "string"}
NUMBER = {"kind": "int", "bitSize": 24}
LONG = {"kind": "int", "bitSize": 64}


def short(length: int) -> Any:
    return {"kind": "string", "maxLength": length}


def workspace(properties: Mapping[str, Any], name: str = "Customers") -> Workspace:
    members = [{"name": key, "type": type_, "readOptional": True} for key, type_ in properties.items()]
    return Workspace("1604839201", name, WarehouseMode.NORMAL, {"kind": "object", "properties": members})


BEFORE = workspace({"email": TEXT, "name": short(5), "score": NUMBER})


def initialize(database: SnowflakeDatabase, made: Workspace = BEFORE) -> SnowflakeDatabase:
    schema = parse(made.profile_schema).schema
    assert schema
    provisioner_of(database).initialize(made, profile_columns(schema), soon())
    return database


@pytest.fixture
def warehouse(snowflake_database: SnowflakeDatabase) -> SnowflakeDatabase:
    """The workspace `BEFORE` with one profile and one identity."""
    initialize(snowflake_database)
    snowflake_database.execute(
        "INSERT INTO KRENALIS_PROFILES_0 (_KPID, _UPDATED_AT, EMAIL, NAME, SCORE) "
        "VALUES ('k', CURRENT_TIMESTAMP(), 'a@example.com', 'Adele', 7)"
    )
    snowflake_database.execute(
        "INSERT INTO KRENALIS_IDENTITIES (_PIPELINE, _IDENTITY_ID, _CONNECTION, _UPDATED_AT, EMAIL, NAME, SCORE) "
        "VALUES ('p', 'i', 'c', CURRENT_TIMESTAMP(), 'a@example.com', 'Adele', 7)"
    )
    return snowflake_database


def planned(
    database: SnowflakeDatabase,
    after: Workspace,
    *,
    renames: Mapping[str, str] | None = None,
    drop: Sequence[str] = (),
) -> Migration:
    found = provisioner_of(database).inspect(soon())
    assert found.workspace
    made = migration_of(
        database,
        after.profile_schema,
        before=found.workspace.profile_schema,
        renames=renames,
        drop_columns=tuple(drop),
    )
    assert made.problems == ()
    return made


def apply(database: SnowflakeDatabase, after: Workspace, migration: Migration) -> None:
    schema = parse(after.profile_schema).schema
    assert schema
    provisioner_of(database).update(after, profile_columns(schema), soon(), migration=migration)


def rows(database: SnowflakeDatabase, relation: str) -> list[dict[str, Any]]:
    names = list(profile_columns_of(database, relation))
    listed = ", ".join(f'"{name}"' for name in names)
    return [
        dict(zip(names, row, strict=True)) for row in database.execute(f'SELECT {listed} FROM "{relation}"')
    ]


@pytest.mark.parametrize(
    ("properties", "options", "row"),
    [
        (
            {"email": TEXT, "name": short(5), "score": NUMBER, "tier": TEXT},
            {},
            ("a@example.com", "Adele", 7, None),
        ),
        (
            {"tier": LONG, "email": TEXT, "name": short(5), "score": NUMBER},
            {},
            (None, "a@example.com", "Adele", 7),
        ),
        ({"email": TEXT, "score": NUMBER}, {"drop": ["name"]}, ("a@example.com", 7)),
        (
            {"contact": TEXT, "name": short(5), "score": NUMBER},
            {"renames": {"contact": "email"}},
            ("a@example.com", "Adele", 7),
        ),
        ({"email": TEXT, "name": short(9), "score": NUMBER}, {}, ("a@example.com", "Adele", 7)),
        ({"email": TEXT, "name": TEXT, "score": LONG}, {}, ("a@example.com", "Adele", 7)),
        ({"email": TEXT, "name": short(3), "score": NUMBER}, {"drop": ["name"]}, ("a@example.com", None, 7)),
        (
            {"email": short(5), "score": NUMBER},
            {"renames": {"email": "name"}, "drop": ["email"]},
            ("Adele", 7),
        ),
        (
            {"name": TEXT, "nick": short(5), "score": NUMBER},
            {"renames": {"name": "email", "nick": "name"}},
            ("a@example.com", "Adele", 7),
        ),
        ({"score": NUMBER, "name": short(5), "email": TEXT}, {}, (7, "Adele", "a@example.com")),
    ],
    ids=[
        "add",
        "add in front",
        "drop",
        "rename",
        "longer",
        "no limit and more digits",
        "replace",
        "drop and take its name",
        "chain",
        "order",
    ],
)
def test_a_change_keeps_the_data_in_both_tables_and_the_view_shows_it(
    warehouse: SnowflakeDatabase, properties: Mapping[str, Any], options: dict[str, Any], row: tuple[Any, ...]
) -> None:
    after = workspace(properties, "Clients")
    migration = planned(warehouse, after, **options)
    assert provisioner_of(warehouse).check_update(after.id, soon(), migration=migration) == ()

    apply(warehouse, after, migration)

    wanted = dict(zip([name.upper() for name in properties], row, strict=True))
    for relation in (*TABLES, "PROFILES"):
        assert rows(warehouse, relation) == [wanted]
    found = provisioner_of(warehouse).inspect(soon())
    assert found.workspace == after
    assert found.columns == migration.columns
    assert record_of(warehouse)["PENDING"] is None
    assert planned(warehouse, after).changes is False


@pytest.mark.parametrize(
    ("properties", "options", "shown"),
    [
        ({"tier": LONG, "score": NUMBER, "email": TEXT, "name": TEXT}, {}, "EMAIL NAME SCORE TIER"),
        ({"tier": LONG, "score": NUMBER, "name": short(5)}, {"drop": ["email"]}, "NAME SCORE TIER"),
        (
            {"score": NUMBER, "name": short(5), "contact": TEXT},
            {"renames": {"contact": "email"}},
            "CONTACT NAME SCORE",
        ),
    ],
    ids=["in front", "drop and add", "rename"],
)
def test_the_view_keeps_its_columns_in_their_order_and_new_ones_come_last(
    warehouse: SnowflakeDatabase, properties: Mapping[str, Any], options: dict[str, Any], shown: str
) -> None:
    after = workspace(properties)

    apply(warehouse, after, planned(warehouse, after, **options))
    assert list(profile_columns_of(warehouse, "PROFILES")) == shown.split()

    warehouse.execute("DROP VIEW PROFILES")
    apply(warehouse, after, planned(warehouse, after))
    assert list(profile_columns_of(warehouse, "PROFILES")) == shown.split()


def test_another_order_of_the_properties_changes_only_the_record(warehouse: SnowflakeDatabase) -> None:
    after = workspace({"score": NUMBER, "name": short(5), "email": TEXT})
    migration, count = planned(warehouse, after), len(warehouse.statements())

    apply(warehouse, after, migration)

    changes = [text.split()[0] for text in warehouse.statements()[count:]]
    assert changes == ["SELECT", "SHOW", "SHOW", "SELECT", "DESCRIBE", "UPDATE"]
    assert provisioner_of(warehouse).inspect(soon()).workspace == after


def test_the_identities_go_first_and_the_record_comes_last(warehouse: SnowflakeDatabase) -> None:
    after = workspace({"email": TEXT, "name": short(5), "score": NUMBER, "tier": TEXT})
    migration, count = planned(warehouse, after), len(warehouse.statements())

    apply(warehouse, after, migration)

    changes = [
        text.split(f'"{warehouse.schema}".')[1].split()[0].strip('"();')
        for text in warehouse.statements()[count:]
        if text.startswith(("UPDATE", "ALTER", "CREATE"))
    ]
    assert changes == [
        "KRENALIS_WORKSPACE",
        *TABLES,
        "PROFILES",
        "RESOLVE_IDENTITIES",
        "KRENALIS_WORKSPACE",
    ]


def test_columns_that_moved_since_the_plan_are_refused(warehouse: SnowflakeDatabase) -> None:
    after = workspace({"email": TEXT, "name": short(5), "score": NUMBER, "tier": TEXT})
    migration = planned(warehouse, after)
    warehouse.execute("ALTER TABLE KRENALIS_PROFILES_0 ADD COLUMN MINE DATE")
    before = contents(warehouse)

    (finding,) = provisioner_of(warehouse).check_update(after.id, soon(), migration=migration)
    with pytest.raises(WarehouseChanged, match='there is a column "MINE" of type DATE'):
        apply(warehouse, after, migration)

    assert (finding.verdict, str(finding.path)) == (Verdict.CONTRADICTED, "profile_columns")
    assert contents(warehouse) == before


def test_identities_that_are_ahead_or_behind_are_brought_along(warehouse: SnowflakeDatabase) -> None:
    after = workspace({"contact": TEXT, "name": short(5), "score": NUMBER, "tier": TEXT})
    migration = planned(warehouse, after, renames={"contact": "email"})
    warehouse.execute("ALTER TABLE KRENALIS_IDENTITIES RENAME COLUMN EMAIL TO CONTACT")
    warehouse.execute("ALTER TABLE KRENALIS_IDENTITIES DROP COLUMN SCORE")

    apply(warehouse, after, migration)

    assert rows(warehouse, "KRENALIS_IDENTITIES") == [
        {"CONTACT": "a@example.com", "NAME": "Adele", "SCORE": None, "TIER": None}
    ]
    assert profile_columns_of(warehouse, "KRENALIS_IDENTITIES") == migration.columns


def test_identities_that_the_change_does_not_suit_are_named(warehouse: SnowflakeDatabase) -> None:
    after = workspace({"email": TEXT, "name": short(5), "score": NUMBER, "tier": TEXT})
    warehouse.execute("ALTER TABLE KRENALIS_IDENTITIES ADD COLUMN TIER DATE")
    migration, before = planned(warehouse, after), contents(warehouse)

    (finding,) = provisioner_of(warehouse).check_update(after.id, soon(), migration=migration)
    with pytest.raises(CheckFailed):
        apply(warehouse, after, migration)

    assert finding.summary == "Columns of a table were changed"
    assert 'table "KRENALIS_IDENTITIES" has column "TIER" of type DATE, and not VARCHAR' in finding.detail
    assert contents(warehouse) == before


def test_what_is_missing_is_made_with_the_new_columns(warehouse: SnowflakeDatabase) -> None:
    after = workspace({"email": TEXT, "name": short(5), "score": NUMBER, "tier": TEXT})
    migration = planned(warehouse, after)
    warehouse.execute("DROP TABLE KRENALIS_IDENTITIES")
    warehouse.execute("DROP VIEW PROFILES")

    apply(warehouse, after, migration)

    assert provisioner_of(warehouse).inspect(soon()).objects == dialect.NAMES.objects
    for table in TABLES:
        assert profile_columns_of(warehouse, table) == migration.columns
    assert list(profile_columns_of(warehouse, "PROFILES")) == list(migration.columns)


class TestBrokenOff:
    """A change that was refused in the middle."""

    AFTER = workspace({"contact": TEXT, "name": short(9), "score": NUMBER}, "Clients")

    def break_off(self, database: SnowflakeDatabase, matching: str) -> WarehouseError:
        migration = planned(database, self.AFTER, renames={"contact": "email"})
        with (
            database.strike(1, "error", matching=matching, code="000603"),
            pytest.raises(WarehouseError) as caught,
        ):
            apply(database, self.AFTER, migration)
        return caught.value

    def test_before_any_column_was_touched_it_is_given_up(self, warehouse: SnowflakeDatabase) -> None:
        before = contents(warehouse)
        self.break_off(warehouse, "ALTER TABLE")
        assert contents(warehouse) == before
        assert provisioner_of(warehouse).inspect(soon()).workspace == BEFORE

    @pytest.mark.parametrize(
        "matching", ["ALTER TABLE.*PROFILES_0", "VIEW", "CREATE.*PROCEDURE", "SET .*NAME.* = 'Clients'"]
    )
    def test_later_it_is_taken_for_done_but_for_the_record(
        self, warehouse: SnowflakeDatabase, matching: str
    ) -> None:
        error = self.break_off(warehouse, matching)

        found = provisioner_of(warehouse).inspect(soon())

        assert "the next apply finishes it first" in error.detail
        assert found.workspace == self.AFTER
        assert dict(found.columns) == {"CONTACT": "VARCHAR", "NAME": "VARCHAR(9)", "SCORE": "NUMBER(7,0)"}
        assert set(dialect.NAMES.objects) - set(found.objects) == {"KRENALIS_WORKSPACE"}
        (finding,) = provisioner_of(warehouse).check_update(self.AFTER.id, soon())
        assert finding.verdict is Verdict.COULD_NOT_TELL
        assert "was broken off" in finding.detail

    def test_going_back_is_a_change_of_its_own_that_loses_nothing(self, warehouse: SnowflakeDatabase) -> None:
        self.break_off(warehouse, "ALTER TABLE.*PROFILES_0")

        apply(warehouse, BEFORE, planned(warehouse, BEFORE, renames={"email": "contact"}, drop=["name"]))

        for table in TABLES:
            assert rows(warehouse, table) == [{"EMAIL": "a@example.com", "NAME": None, "SCORE": 7}]
        assert provisioner_of(warehouse).inspect(soon()).workspace == BEFORE

    def test_tables_that_were_changed_by_hand_since_are_told(self, warehouse: SnowflakeDatabase) -> None:
        self.break_off(warehouse, "ALTER TABLE.*PROFILES_0")
        warehouse.execute("ALTER TABLE KRENALIS_IDENTITIES DROP COLUMN CONTACT")

        with pytest.raises(
            WarehouseError, match='the columns of table "KRENALIS_IDENTITIES" were changed'
        ) as caught:
            apply(warehouse, self.AFTER, planned(warehouse, self.AFTER))

        assert caught.value.summary == "Change that broke off cannot be finished"
