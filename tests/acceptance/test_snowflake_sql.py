"""The statements that the double of Snowflake receives, whole, as golden files in ``snowflake_sql/``.

After a change that is meant, write them anew and read the difference:
``KRENALIS_TEST_WRITE_PLANS=1 make test ARGS=tests/acceptance/test_snowflake_sql.py``.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from krenalis_provider.model.profile_columns import profile_columns
from krenalis_provider.model.profile_schema import parse
from krenalis_provider.model.workspace import UIPreferences, UserProfile
from tests.acceptance.test_snowflake_migration import NUMBER, TEXT, initialize, short, workspace
from tests.support.golden import same_text
from tests.support.snowflake import SnowflakeDatabase
from tests.support.snowflake_warehouse import migration_of, provisioner_of, soon

GOLDEN = Path(__file__).with_name("snowflake_sql")
MADE = replace(
    workspace({"email": TEXT, "name": short(5), "score": NUMBER, "born": {"kind": "date"}}),
    ui_preferences=UIPreferences(UserProfile(first_name="name")),
    identifiers=("email",),
)
CHANGED = replace(
    MADE, profile_schema=workspace({"tier": TEXT, "contact": TEXT, "name": short(9)}).profile_schema
)
_PROCEDURE = re.compile(r"(AS ')(?:[^']|'')*'")


def create(database: SnowflakeDatabase) -> None:
    initialize(database, MADE)


def migrate(database: SnowflakeDatabase) -> None:
    schema = parse(CHANGED.profile_schema).schema
    assert schema
    migration = migration_of(
        database,
        CHANGED.profile_schema,
        before=MADE.profile_schema,
        renames={"contact": "email"},
        drop_columns=("score", "born"),
    )
    changed = replace(CHANGED, identifiers=("contact",))
    provisioner_of(database).update(changed, profile_columns(schema), soon(), migration=migration)


def repair(database: SnowflakeDatabase) -> None:
    schema = parse(MADE.profile_schema).schema
    assert schema
    database.execute("DROP VIEW EVENTS")
    database.execute("DROP TABLE KRENALIS_SYSTEM_OPERATIONS")
    provisioner_of(database).update(MADE, profile_columns(schema), soon())


def destroy(database: SnowflakeDatabase) -> None:
    provisioner_of(database).drop(MADE.id, soon())


@pytest.mark.parametrize(
    "operation", [create, migrate, repair, destroy], ids=lambda operation: operation.__name__
)
def test_the_statements_of(
    operation: Callable[[SnowflakeDatabase], None], snowflake_database: SnowflakeDatabase
) -> None:
    if operation is not create:
        create(snowflake_database)
    count = len(snowflake_database.statements())

    operation(snowflake_database)

    statements = [plain(text, snowflake_database) for text in snowflake_database.statements()[count:]]
    same_text(GOLDEN / f"{operation.__name__}.sql", ";\n".join(statements) + ";\n")


def plain(statement: str, database: SnowflakeDatabase) -> str:
    """The statement with the names that golden files have; the procedure's text has a file of its own."""
    text = statement.replace(f"{database.name}_ROLE", "KRENALIS").replace(database.name, "CDP_DATABASE")
    text = re.sub(r"'[0-9a-f]{16}'", "'0123456789abcdef'", text)
    return _PROCEDURE.sub(r"\1…'", text) if text.startswith("CREATE OR REPLACE PROCEDURE") else text
