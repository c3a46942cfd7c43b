"""The double of Snowflake: where it is mended, it does as Snowflake's documentation says."""

import contextlib
import threading
import time
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
import snowflake.connector.errors

from tests.support import snowflake as support
from tests.support.processes import wait_until_ended
from tests.support.snowflake import Snowflake, SnowflakeDatabase

Rows = list[tuple[Any, ...]]


class User:
    """The database's user, in a session of their own."""

    def __init__(self, database: SnowflakeDatabase, **parameters: Any) -> None:
        self._connection = database.connect_as_user(**parameters)

    def __call__(self, sql: str, values: dict[str, Any] | None = None) -> Rows:
        with self._connection.cursor() as cursor:
            cursor.execute(sql, values)
            return [tuple(row) for row in cursor.fetchall()]

    def close(self) -> None:
        with contextlib.suppress(snowflake.connector.errors.Error):  # it was cut
            self._connection.close(retry=False)


@pytest.fixture
def user(snowflake_database: SnowflakeDatabase) -> Iterator[User]:
    user = User(snowflake_database)
    yield user
    user.close()


def error_of(user: User, sql: str) -> tuple[int, str | None]:
    with pytest.raises(snowflake.connector.errors.Error) as raised:
        user(sql)
    return raised.value.errno, raised.value.sqlstate


def types(user: User, table: str) -> dict[str, str]:
    return {row[0]: row[1] for row in user(f'DESCRIBE TABLE "{table}"')}


COLUMNS = """
CREATE TABLE "T" (
    "_PK" INT AUTOINCREMENT START 0 INCREMENT 1 ORDER, "_CLUSTER" INT AUTOINCREMENT START 0 INCREMENT 1 ORDER,
    "TEXT" VARCHAR, "TEXT36" VARCHAR(36) NOT NULL, "FLAG" BOOLEAN NOT NULL DEFAULT FALSE,
    "TINY" TINYINT, "BIG" BIGINT, "N7" NUMBER(7,0), "N32" NUMBER(3,2), "FLOAT" FLOAT,
    "NTZ" TIMESTAMP_NTZ, "NTZ3" TIMESTAMP_NTZ(3), "PLAIN" TIMESTAMP, "LTZ" TIMESTAMP_LTZ, "DAY" DATE, "CLOCK" TIME,
    "V" VARIANT, "A" ARRAY, "O" OBJECT,
    PRIMARY KEY ("_PK")
)
"""
TYPES = {
    "_PK": "NUMBER(38,0)",
    "_CLUSTER": "NUMBER(38,0)",
    "TEXT": "VARCHAR(16777216)",
    "TEXT36": "VARCHAR(36)",
    "FLAG": "BOOLEAN",
    "TINY": "NUMBER(38,0)",
    "BIG": "NUMBER(38,0)",
    "N7": "NUMBER(7,0)",
    "N32": "NUMBER(3,2)",
    "FLOAT": "FLOAT",
    "NTZ": "TIMESTAMP_NTZ(9)",
    "NTZ3": "TIMESTAMP_NTZ(3)",
    "PLAIN": "TIMESTAMP_NTZ(9)",
    "LTZ": "TIMESTAMP_LTZ(9)",
    "DAY": "DATE",
    "CLOCK": "TIME(9)",
    "V": "VARIANT",
    "A": "ARRAY",
    "O": "OBJECT",
}


def test_columns_have_the_types_that_snowflake_shows(user: User) -> None:
    user(COLUMNS)
    assert types(user, "T") == TYPES
    shown = user(
        "SELECT COLUMN_NAME, DATA_TYPE, CHARACTER_MAXIMUM_LENGTH, NUMERIC_PRECISION, NUMERIC_SCALE, DATETIME_PRECISION "
        "FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_NAME = 'T' ORDER BY ORDINAL_POSITION"
    )
    assert [row[0] for row in shown] == list(TYPES)
    facts = {row[0]: row[1:] for row in shown}
    assert facts["TEXT36"] == ("TEXT", 36, None, None, None)
    assert facts["N32"] == ("NUMBER", None, 3, 2, None)
    assert facts["NTZ3"] == ("TIMESTAMP_NTZ", None, None, None, 3)
    assert facts["A"] == ("ARRAY", None, None, None, None)


def test_types_follow_their_columns(user: User) -> None:
    user('CREATE TABLE "T" ("A" ARRAY, "B" VARCHAR(5), "C" NUMBER(5,0), "D" VARCHAR(7))')
    user('ALTER TABLE "T" RENAME COLUMN "B" TO "B2"')
    user('ALTER TABLE "T" ALTER COLUMN "B2" SET DATA TYPE VARCHAR(10)')
    user('ALTER TABLE "T" ALTER COLUMN "C" SET DATA TYPE NUMBER(9,0)')
    user('ALTER TABLE "T" ADD COLUMN IF NOT EXISTS "D" VARCHAR(1), "E" ARRAY')
    user('ALTER TABLE "T" DROP COLUMN IF EXISTS "A", "NO_SUCH"')
    user('CREATE TABLE IF NOT EXISTS "T" ("D" VARCHAR(1))')
    assert types(user, "T") == {
        "B2": "VARCHAR(10)",
        "C": "NUMBER(9,0)",
        "D": "VARCHAR(7)",
        "E": "ARRAY",
    }
    user('DROP TABLE "T"')
    user('CREATE TABLE "T" ("E" VARIANT)')
    assert types(user, "T") == {"E": "VARIANT"}


def test_rows_count_themselves_from_zero_and_primary_keys_are_not_enforced(user: User) -> None:
    user(COLUMNS)
    for _ in range(2):
        user("""INSERT INTO "T" ("TEXT36", "A") SELECT 'x', PARSE_JSON('[1, "b"]')""")
    user("""INSERT INTO "T" ("_PK", "TEXT36") VALUES (0, 'again')""")
    rows = user('SELECT "_PK", "_CLUSTER", "A", "NTZ", "LTZ", "FLAG" FROM "T" ORDER BY "_CLUSTER"')
    assert rows == [
        (0, 0, '[1,"b"]', None, None, False),
        (1, 1, '[1,"b"]', None, None, False),
        (0, 2, None, None, None, False),
    ]
    assert error_of(user, """INSERT INTO "T" ("_PK", "TEXT36") VALUES (NULL, 'x')""") == (100072, "22000")
    assert error_of(user, 'INSERT INTO "T" ("TEXT") VALUES (NULL)') == (100072, "22000")


def test_a_merge_inserts_once_and_tells_how_often(user: User) -> None:
    user('CREATE TABLE "R" ("ID" VARCHAR, "AT" TIMESTAMP_LTZ)')
    merge = """
        MERGE INTO "R" USING (SELECT 'one' AS "ID") AS "S" ON TRUE
        WHEN NOT MATCHED THEN INSERT ("ID", "AT") VALUES ("S"."ID", CURRENT_TIMESTAMP())
    """
    assert [user(merge), user(merge)] == [[(1,)], [(0,)]]
    assert user(
        """UPDATE "R" SET "ID" = 'two' WHERE "ID" = 'one' AND "AT" > DATEADD(second, -120, CURRENT_TIMESTAMP())"""
    ) == [(1, 0)]
    assert user("""UPDATE "R" SET "ID" = 'two' WHERE "ID" = 'one'""") == [(0, 0)]


def test_of_many_merges_at_once_one_inserts(snowflake_database: SnowflakeDatabase) -> None:
    snowflake_database.execute('CREATE TABLE "R" ("ID" VARCHAR)')
    inserted = []

    def merge() -> None:
        user = User(snowflake_database)
        [(count,)] = user(
            """MERGE INTO "R" USING (SELECT 1 AS "X") AS "S" ON TRUE WHEN NOT MATCHED THEN INSERT ("ID") VALUES ('r')"""
        )
        inserted.append(count)
        user.close()

    threads = [threading.Thread(target=merge) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(inserted) == [0, 0, 0, 0, 0, 1]


def test_ddl_ends_the_transaction_that_is_open(user: User, snowflake_database: SnowflakeDatabase) -> None:
    user('CREATE TABLE "T" ("A" INT)')
    user("BEGIN")
    user('INSERT INTO "T" VALUES (1)')
    user('CREATE TABLE "U" ("A" INT)')
    user("ROLLBACK")
    assert snowflake_database.execute('SELECT "A" FROM "T"') == [(1,)]
    assert snowflake_database.execute('SELECT "A" FROM "U"') == []


def test_a_view_is_replaced_with_its_grants(user: User) -> None:
    user('CREATE TABLE "T" ("A" INT, "B" INT)')
    for columns in ('"A"', '"A", "B"'):
        user(f'CREATE OR REPLACE VIEW "V" COPY GRANTS AS SELECT {columns} FROM "T"')
    assert [(row[1], row[2]) for row in user('SHOW TERSE OBJECTS IN SCHEMA "CDP"')] == [
        ("T", "TABLE"),
        ("V", "VIEW"),
    ]
    assert list(types(user, "V")) == ["A", "B"]
    kinds = "SELECT TABLE_NAME, TABLE_TYPE FROM INFORMATION_SCHEMA.TABLES ORDER BY TABLE_NAME"
    assert user(kinds) == [("T", "BASE TABLE"), ("V", "VIEW")]


def test_procedures_are_kept_listed_called_and_dropped(
    user: User, snowflake_database: SnowflakeDatabase
) -> None:
    place = f'"{snowflake_database.name}"."CDP"'
    listed = f"SHOW PROCEDURES LIKE 'RESOLVE\\\\_IDENTITIES' IN SCHEMA {place}"
    assert user(listed) == []
    user('CREATE TABLE "T" ("A" INT)')
    user(
        f"""CREATE OR REPLACE PROCEDURE {place}."RESOLVE_IDENTITIES"() RETURNS VARCHAR LANGUAGE SQL AS
        $$ BEGIN INSERT INTO "T" VALUES (7); RETURN 'it''s done'; END $$"""
    )
    user(
        f"CREATE PROCEDURE {place}.\"RESOLVEXIDENTITIES\"() RETURNS VARCHAR LANGUAGE SQL AS 'BEGIN RETURN 1; END'"
    )
    assert [row[1] for row in user(listed)] == ["RESOLVE_IDENTITIES"]
    assert user(f'CALL {place}."RESOLVE_IDENTITIES"()') == [("it's done",)]
    assert user('SELECT "A" FROM "T"') == [(7,)]
    user(f'DROP PROCEDURE IF EXISTS {place}."RESOLVE_IDENTITIES"()')
    assert user(listed) == []
    assert error_of(user, f'DROP PROCEDURE {place}."RESOLVE_IDENTITIES"()') == (2003, "02000")


def test_errors_have_snowflake_s_numbers(user: User) -> None:
    user('CREATE TABLE "T" ("A" INT)')
    assert error_of(user, 'CREATE TABLE "T" ("A" INT)') == (2002, "42710")
    assert error_of(user, 'SELECT * FROM "NO_SUCH"') == (2003, "42S02")
    assert error_of(user, 'SELECT "NO_SUCH" FROM "T"') == (904, "42000")
    assert error_of(user, 'SHOW TERSE OBJECTS IN SCHEMA "NO_SUCH"') == (2043, "02000")
    assert error_of(user, "SELEC 1") == (1003, "42000")


def test_what_the_double_cannot_do_is_an_error_and_is_not_sent_again(
    user: User, snowflake_database: SnowflakeDatabase
) -> None:
    start = time.monotonic()
    with pytest.raises(snowflake.connector.errors.Error):
        user("SELECT MAP_KEYS(x) FROM (SELECT {'a': 1}::MAP(VARCHAR, INT) AS x)")
    assert time.monotonic() - start < 2
    assert len(snowflake_database.statements()) == 1


def test_a_role_may_do_what_it_was_given(user: User, snowflake_database: SnowflakeDatabase) -> None:
    grants = user('SHOW GRANTS ON SCHEMA "CDP"')
    assert [row[1] for row in grants] == ["CREATE PROCEDURE", "CREATE TABLE", "CREATE VIEW", "USAGE"]
    assert user(f"SELECT IS_ROLE_IN_SESSION('{snowflake_database.role}'), IS_ROLE_IN_SESSION('OTHER')") == [
        (True, False)
    ]

    snowflake_database.allow(["USAGE"])
    reader = User(snowflake_database)
    for made in (
        'TABLE "T" ("A" INT)',
        'VIEW "V" AS SELECT 1 AS "A"',
        "PROCEDURE \"P\"() RETURNS INT LANGUAGE SQL AS 'BEGIN RETURN 1; END'",
    ):
        assert error_of(reader, f"CREATE {made}") == (3001, "42501")
    reader.close()


def test_without_a_virtual_warehouse_only_what_needs_none_works(
    user: User, snowflake_database: SnowflakeDatabase
) -> None:
    user('CREATE TABLE "T" ("A" INT)')
    without = User(snowflake_database, warehouse="NO_SUCH")
    assert without("SELECT CURRENT_WAREHOUSE(), CURRENT_SCHEMA()") == [(None, "CDP")]
    without('ALTER TABLE "T" ADD COLUMN "B" INT')
    for statement in (
        'SELECT * FROM "T"',
        'INSERT INTO "T" VALUES (1, 2)',
        "SELECT * FROM INFORMATION_SCHEMA.TABLES",
    ):
        assert error_of(without, statement) == (606, "57P03")
    without.close()


def test_statements_are_recorded_and_those_of_tests_are_not(
    user: User, snowflake_database: SnowflakeDatabase
) -> None:
    user("SELECT %(a)s", {"a": "it's"})
    snowflake_database.execute("SELECT 2")
    assert snowflake_database.statements() == ["SELECT 'it\\'s'"]


def test_a_statement_is_held_until_it_is_released(user: User, snowflake_database: SnowflakeDatabase) -> None:
    done: list[Rows] = []
    with snowflake_database.strike(2, "hold", matching="SELECT") as strike:
        user("SELECT 1")
        thread = threading.Thread(target=lambda: done.append(user("SELECT 2")))
        thread.start()
        strike.wait()
        assert not done
        assert snowflake_database.execute("SELECT 3") == [(3,)]
    thread.join(10)
    assert done == [[(2,)]]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_cut_statement_is_executed_once(
    user: User, snowflake_database: SnowflakeDatabase, *, after: bool
) -> None:
    user('CREATE TABLE "T" ("A" INT)')
    with snowflake_database.strike(1, "cut", after=after) as strike:
        assert user('INSERT INTO "T" VALUES (1)') == [(1,)]
        assert strike.struck
    assert user('SELECT "A" FROM "T"') == [(1,)]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_severed_session_is_lost_and_others_are_not(
    snowflake_database: SnowflakeDatabase, *, after: bool
) -> None:
    user = User(snowflake_database, retry_max_attempts=1)
    with snowflake_database.strike(1, "sever", after=after):
        assert error_of(user, 'CREATE TABLE "T" ("A" INT)')[0] == 4
    assert error_of(user, "SELECT 1")[0] == 4
    assert bool(snowflake_database.execute("SHOW TERSE TABLES")) is after
    user.close()


def test_an_error_can_be_had_before_and_after_a_statement(
    user: User, snowflake_database: SnowflakeDatabase
) -> None:
    for after in (False, True):
        with snowflake_database.strike(
            1, "error", after=after, code="000625", sqlstate="57014", message="locked"
        ):
            assert error_of(user, 'CREATE TABLE "T" ("A" INT)') == (625, "57014")
        assert bool(snowflake_database.execute("SHOW TERSE TABLES")) is after


def test_a_database_that_is_down_cuts_everybody(snowflake_database: SnowflakeDatabase) -> None:
    user = User(snowflake_database, retry_max_attempts=1)
    with snowflake_database.down():
        assert error_of(user, "SELECT 1")[0] == 4
        with pytest.raises(snowflake.connector.errors.Error):
            User(snowflake_database, retry_max_attempts=1)
    assert user("SELECT 1") == [(1,)]
    user.close()


def test_the_double_ends_with_who_started_it() -> None:
    with Snowflake.start() as server:
        pid = server._process.pid
    wait_until_ended(pid)


def test_what_it_runs_on_is_pinned() -> None:
    needed = tomllib.loads((support._SOURCE / "pyproject.toml").read_text())["project"]["dependencies"]
    assert all("==" in requirement for requirement in needed)
