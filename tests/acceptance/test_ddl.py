"""What the subcommand ``ddl`` prints, run as it is printed, makes the same as an apply.

`test_statements` says it of more changes, statement by statement.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.test_statements import (
    CHANGES,
    alter,
    apply,
    catalogue,
    snowflake_catalogue,
)
from tests.command.executable import run
from tests.support import postgresql_warehouse, snowflake_warehouse
from tests.support.postgresql import Database, Server
from tests.support.snowflake import Snowflake, SnowflakeDatabase
from tests.support.workspaces import profile_schema

CHANGE = CHANGES["losses"]


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return written(tmp_path / "old.json", CHANGE.before)


@pytest.fixture
def new(tmp_path: Path) -> Path:
    return written(tmp_path / "new\n.json", CHANGE.after)


def written(path: Path, content: Any) -> Path:
    path.write_text(json.dumps(content))
    return path


def printed(*arguments: object) -> str:
    result = run("ddl", *map(str, arguments))
    assert result.returncode == 0, result.stderr
    return result.stdout


def drops() -> list[str]:
    return [f"--drop={path}" for path in CHANGE.drop_columns]


@pytest.mark.parametrize("schema", ["cdp", 'ä"; DROP SCHEMA public; --\n\\x', "100 %s"])
def test_a_creation_makes_the_same_on_postgresql(postgresql: Server, schema: str, tmp_path: Path) -> None:
    applied, by_hand = (postgresql.database(schema=schema) for _ in range(2))
    apply(postgresql_warehouse.provisioner_of(applied), profile_schema())
    file = written(tmp_path / "schema.json", profile_schema())

    execute(by_hand, printed(file, "--platform", "PostgreSQL", "--schema", schema))

    assert catalogue(by_hand) == catalogue(applied)
    for database in (applied, by_hand):
        database.drop()


def test_a_change_makes_the_same_on_postgresql(postgresql: Server, old: Path, new: Path) -> None:
    applied, by_hand = (postgresql.database() for _ in range(2))
    for database in (applied, by_hand):
        apply(postgresql_warehouse.provisioner_of(database), CHANGE.before)
    alter(postgresql_warehouse.provisioner_of(applied), CHANGE, "PostgreSQL")

    execute(by_hand, printed(old, new, "--platform", "PostgreSQL", "--schema", "cdp", *drops()))

    assert catalogue(by_hand) == catalogue(applied)
    for database in (applied, by_hand):
        database.drop()


def test_a_creation_and_a_change_make_the_same_on_snowflake(
    snowflake: Snowflake, snowflake_database: SnowflakeDatabase, old: Path, new: Path
) -> None:
    applied, by_hand = snowflake_database, snowflake.database()
    where = ("--platform", "Snowflake", "--schema", by_hand.schema)
    apply(snowflake_warehouse.provisioner_of(applied), CHANGE.before)

    execute_on_snowflake(by_hand, printed(old, *where))
    assert snowflake_catalogue(by_hand) == snowflake_catalogue(applied)

    alter(snowflake_warehouse.provisioner_of(applied), CHANGE, "Snowflake")
    execute_on_snowflake(by_hand, printed(old, new, *where, "--database", by_hand.name, *drops()))
    assert snowflake_catalogue(by_hand) == snowflake_catalogue(applied)


def execute(database: Database, script: str) -> None:
    with database.connect_as_role() as connection:
        connection.execute(script.encode())


def execute_on_snowflake(database: SnowflakeDatabase, script: str) -> None:
    with database.connect_as_user() as connection:
        # the double tells a procedure by the first word of its statement
        for cursor in connection.execute_string(script, remove_comments=True):
            cursor.close()
