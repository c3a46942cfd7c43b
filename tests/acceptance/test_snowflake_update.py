"""The Snowflake provisioner without Terraform: changing, mending and dropping a workspace, counting and listing."""

from dataclasses import replace

import pytest

from krenalis_provider.model.errors import CheckFailed, WarehouseError, WorkspaceNotFound
from krenalis_provider.model.observed import ColumnCounts, Counts, Filled, RowCount
from krenalis_provider.model.workspace import WarehouseMode
from krenalis_provider.warehouses.snowflake import dialect
from krenalis_provider.warehouses.snowflake.platform import Snowflake
from krenalis_provider.warehouses.snowflake.settings import SnowflakeSettings
from tests.support.customers import COLUMNS, CUSTOMERS
from tests.support.snowflake import SnowflakeDatabase
from tests.support.snowflake_warehouse import contents, objects_of, provisioner_of, record_of, soon


def test_a_second_creation_names_the_workspace_that_is_there(snowflake_pristine: SnowflakeDatabase) -> None:
    before = contents(snowflake_pristine)
    with pytest.raises(CheckFailed, match='holds the Krenalis workspace "Customers" with the id 1604839201'):
        provisioner_of(snowflake_pristine).initialize(replace(CUSTOMERS, id="2"), COLUMNS, soon())
    assert contents(snowflake_pristine) == before


@pytest.mark.parametrize("statement", ["KRENALIS_IDENTITIES", "VIEW", "PROCEDURE", "SET"])
def test_a_creation_that_is_refused_in_the_middle_leaves_nothing(
    snowflake_database: SnowflakeDatabase, statement: str
) -> None:
    matching = rf"^(CREATE|UPDATE).*{statement}"
    with (
        snowflake_database.strike(
            1, "error", matching=matching, code="003001", sqlstate="42501", message="Insufficient privileges"
        ),
        pytest.raises(WarehouseError) as caught,
    ):
        provisioner_of(snowflake_database).initialize(CUSTOMERS, COLUMNS, soon())
    assert "Insufficient privileges" in caught.value.detail
    assert "Nothing is left of what was made." in caught.value.detail
    assert objects_of(snowflake_database) == {}


def test_an_update_replaces_the_record_and_keeps_the_time_of_creation(
    made_in_snowflake: SnowflakeDatabase,
) -> None:
    before = made_in_snowflake.execute("SELECT CREATED_AT, UPDATED_AT FROM KRENALIS_WORKSPACE")[0]
    changed = replace(CUSTOMERS, name="Clients", mode=WarehouseMode.MAINTENANCE)

    provisioner_of(made_in_snowflake).update(changed, COLUMNS, soon())

    assert provisioner_of(made_in_snowflake).inspect(soon()).workspace == changed
    ((created, updated),) = made_in_snowflake.execute("SELECT CREATED_AT, UPDATED_AT FROM KRENALIS_WORKSPACE")
    assert created == before[0]
    assert updated > before[1]


def test_an_update_of_the_settings_replaces_the_procedure(made_in_snowflake: SnowflakeDatabase) -> None:
    count = len(made_in_snowflake.statements())
    changed = replace(CUSTOMERS, identifiers=("email",), primary_sources={"email": "7"})

    provisioner_of(made_in_snowflake).update(changed, COLUMNS, soon())

    made = [text for text in made_in_snowflake.statements()[count:] if text.startswith("CREATE")]
    assert [text.split("(")[0].rpartition(".")[2] for text in made] == ['"RESOLVE_IDENTITIES"']
    assert provisioner_of(made_in_snowflake).inspect(soon()).workspace == changed
    assert record_of(made_in_snowflake)["STATE"] == "ready"


@pytest.mark.parametrize(
    "loss",
    [
        ["DROP TABLE KRENALIS_DESTINATION_PROFILES"],
        ["DROP VIEW PROFILES", "DROP TABLE KRENALIS_PROFILES_0"],
        ["DROP TABLE KRENALIS_IDENTITIES"],
        ["DROP TABLE KRENALIS_WORKSPACE"],
        ["DELETE FROM KRENALIS_WORKSPACE"],
        ["DROP VIEW EVENTS"],
        ["DROP VIEW PROFILES"],
        ["DROP PROCEDURE RESOLVE_IDENTITIES()"],
        ["DROP VIEW PROFILES", "DROP TABLE KRENALIS_WORKSPACE", "DROP TABLE KRENALIS_SYSTEM_OPERATIONS"],
    ],
    ids=lambda loss: loss[-1].split()[-1],
)
def test_an_update_makes_what_is_missing_and_keeps_the_rest(
    made_in_snowflake: SnowflakeDatabase, loss: list[str]
) -> None:
    made_in_snowflake.execute(
        "INSERT INTO KRENALIS_EVENTS (CONNECTION_ID, ANONYMOUS_ID, MESSAGE_ID, RECEIVED_AT, SENT_AT, TIMESTAMP, TRAITS, "
        "TYPE) SELECT 'c', 'a', 'm', CURRENT_DATE(), CURRENT_DATE(), CURRENT_DATE(), PARSE_JSON('{}'), 'page'"
    )
    complete = contents(made_in_snowflake)
    for statement in loss:
        made_in_snowflake.execute(statement)
    assert provisioner_of(made_in_snowflake).inspect(soon()).objects != dialect.NAMES.objects

    provisioner_of(made_in_snowflake).update(CUSTOMERS, COLUMNS, soon())

    assert contents(made_in_snowflake) == complete
    assert provisioner_of(made_in_snowflake).inspect(soon()).objects == dialect.NAMES.objects
    assert made_in_snowflake.execute("SELECT MESSAGE_ID FROM EVENTS") == [("m",)]


def test_something_else_with_the_name_of_the_view_is_kept(made_in_snowflake: SnowflakeDatabase) -> None:
    made_in_snowflake.execute("DROP VIEW PROFILES")
    made_in_snowflake.execute("CREATE TABLE PROFILES (MINE VARCHAR)")

    provisioner_of(made_in_snowflake).update(CUSTOMERS, COLUMNS, soon())

    assert provisioner_of(made_in_snowflake).inspect(soon()).objects["PROFILES"] == "table"
    assert [row[0] for row in made_in_snowflake.execute("DESCRIBE TABLE PROFILES")] == ["MINE"]


def test_an_update_of_another_workspace_is_refused(snowflake_pristine: SnowflakeDatabase) -> None:
    with pytest.raises(WorkspaceNotFound, match='holds workspace "Customers" with the id 1604839201'):
        provisioner_of(snowflake_pristine).update(replace(CUSTOMERS, id="2"), COLUMNS, soon())


def test_an_update_of_a_workspace_that_is_gone_is_refused(snowflake_database: SnowflakeDatabase) -> None:
    with pytest.raises(WorkspaceNotFound, match="holds no workspace"):
        provisioner_of(snowflake_database).update(CUSTOMERS, COLUMNS, soon())
    assert objects_of(snowflake_database) == {}


def test_a_repair_that_is_refused_can_be_planned_again(made_in_snowflake: SnowflakeDatabase) -> None:
    made_in_snowflake.execute("DROP VIEW EVENTS")
    with (
        made_in_snowflake.strike(1, "error", matching="VIEW", code="003001", sqlstate="42501"),
        pytest.raises(WarehouseError),
    ):
        provisioner_of(made_in_snowflake).update(replace(CUSTOMERS, name="Clients"), COLUMNS, soon())

    found = provisioner_of(made_in_snowflake).inspect(soon())
    assert found.workspace == CUSTOMERS
    assert set(dialect.NAMES.objects) - set(found.objects) == {"EVENTS"}


class TestDrop:
    def test_it_removes_everything_of_ours_and_nothing_else(
        self, made_in_snowflake: SnowflakeDatabase
    ) -> None:
        for table in ("VISITS", "KRENALIS_PROFILES_LATEST"):
            made_in_snowflake.execute(f"CREATE TABLE {table} (DAY DATE)")
        provisioner_of(made_in_snowflake).drop(CUSTOMERS.id, soon())
        assert objects_of(made_in_snowflake) == {"VISITS": "table", "KRENALIS_PROFILES_LATEST": "table"}

    def test_the_record_goes_last(self, made_in_snowflake: SnowflakeDatabase) -> None:
        provisioner_of(made_in_snowflake).drop(CUSTOMERS.id, soon())
        drops = [text for text in made_in_snowflake.statements() if text.startswith("DROP")]
        assert drops[-1].endswith('"KRENALIS_WORKSPACE"')

    def test_of_another_workspace_it_is_refused(self, snowflake_pristine: SnowflakeDatabase) -> None:
        with pytest.raises(WorkspaceNotFound):
            provisioner_of(snowflake_pristine).drop("2", soon())
        assert provisioner_of(snowflake_pristine).inspect(soon()).objects == dialect.NAMES.objects

    @pytest.mark.parametrize("loss", ["DROP TABLE KRENALIS_WORKSPACE", "DELETE FROM KRENALIS_WORKSPACE"])
    def test_tables_without_a_record_are_not_dropped(
        self, made_in_snowflake: SnowflakeDatabase, loss: str
    ) -> None:
        made_in_snowflake.execute(loss)
        before = contents(made_in_snowflake)
        with pytest.raises(WarehouseError, match=r"not dropped\. Apply the workspace once"):
            provisioner_of(made_in_snowflake).drop(CUSTOMERS.id, soon())
        assert contents(made_in_snowflake) == before

    def test_what_is_not_there_is_a_success(self, snowflake_database: SnowflakeDatabase) -> None:
        provisioner_of(snowflake_database).drop(CUSTOMERS.id, soon())
        assert objects_of(snowflake_database) == {}


class TestCount:
    def test_the_rows_and_the_values_are_counted(self, made_in_snowflake: SnowflakeDatabase) -> None:
        for email in ("'a'", "NULL", "'c'"):
            made_in_snowflake.execute(
                f"INSERT INTO KRENALIS_PROFILES_0 (_UPDATED_AT, EMAIL) SELECT CURRENT_TIMESTAMP(), {email}"
            )
        made_in_snowflake.execute("DROP TABLE KRENALIS_EVENTS")
        provisioner = provisioner_of(made_in_snowflake)

        assert provisioner.count(CUSTOMERS.id, soon()) == Counts(RowCount(3), RowCount(0), None)
        assert provisioner.count_values(CUSTOMERS.id, ["EMAIL", "GENDER", "GONE"], soon()) == ColumnCounts(
            Filled(RowCount(3), {"EMAIL": 2, "GENDER": 0, "GONE": 0}),
            Filled(RowCount(0), {"EMAIL": 0, "GENDER": 0, "GONE": 0}),
        )

    def test_another_workspace_is_not_counted(self, snowflake_pristine: SnowflakeDatabase) -> None:
        with pytest.raises(WorkspaceNotFound):
            provisioner_of(snowflake_pristine).count("2", soon())


class TestListing:
    def test_every_schema_of_the_database_is_listed(self, made_in_snowflake: SnowflakeDatabase) -> None:
        for schema, change in (("OTHER", "ID = '2'"), ("NEWER", "FORMAT_VERSION = 9"), ("NONE", None)):
            made_in_snowflake.execute(f"CREATE SCHEMA {schema}")
            made_in_snowflake.execute(
                f"CREATE TABLE {schema}.KRENALIS_WORKSPACE AS SELECT * FROM {made_in_snowflake.schema}.KRENALIS_WORKSPACE"
            )
            made_in_snowflake.execute(
                f"UPDATE {schema}.KRENALIS_WORKSPACE SET {change}"
                if change
                else f"DELETE FROM {schema}.KRENALIS_WORKSPACE"
            )
        settings = {name: value for name, value in made_in_snowflake.settings().items() if name != "schema"}

        listing = Snowflake().list_workspaces(
            SnowflakeSettings(**settings), made_in_snowflake.parameters(), soon()
        )

        assert listing.workspaces == {
            made_in_snowflake.schema: CUSTOMERS,
            "OTHER": replace(CUSTOMERS, id="2"),
        }
        assert list(listing.unreadable) == ["NEWER", "NONE"]
        assert "format version is 9" in listing.unreadable["NEWER"]
        assert "is empty" in listing.unreadable["NONE"]
