"""Whoever executes the statements of `workspaces.statements` has just what an apply would have made."""

import re
from typing import Any, NamedTuple

import pytest

from krenalis_provider.model.errors import InvalidWorkspace
from krenalis_provider.model.profile_columns import profile_columns
from krenalis_provider.model.profile_schema import Parsed, parse
from krenalis_provider.model.workspace import WarehouseMode, Workspace
from krenalis_provider.warehouses.engines.engine import Provisioner
from krenalis_provider.warehouses.migration.compute import Migration, migrate
from krenalis_provider.warehouses.registry import known_platform
from krenalis_provider.warehouses.script import Script
from krenalis_provider.workspaces.statements import (
    PlannedStatements,
    Target,
    change_statements,
    creation_statements,
)
from tests.support import postgresql_warehouse, snowflake_warehouse
from tests.support.column_types import COLUMN_TYPES
from tests.support.postgresql import Database, Server
from tests.support.postgresql_facts import facts
from tests.support.profile_documents import document, prop
from tests.support.snowflake import Snowflake, SnowflakeDatabase
from tests.support.workspaces import profile_schema
from tfplugin.deadline import Deadline

TEXT = {"kind": "string"}
SHORT = {"kind": "string", "maxLength": 5}
LONG = {"kind": "string", "maxLength": 9}
NUMBER = {"kind": "int", "bitSize": 16}
OTHER_NUMBER = {"kind": "float", "bitSize": 64}
EVERY_TYPE = document(
    *(
        prop(f"c{index}", type_)
        for index, (type_, _) in enumerate(COLUMN_TYPES)
        if type_.get("precision", 1) <= 38  # Snowflake's most
    )
)


class Change(NamedTuple):
    before: Any
    after: Any
    renames: dict[str, str]
    drop_columns: list[str]


BEFORE = document(
    prop("email"), prop("name", SHORT), prop("score", NUMBER), prop("home", document(prop("city")))
)
CHANGES = {
    "nothing": Change(BEFORE, BEFORE, {}, []),
    "new_columns": Change(BEFORE, document(*BEFORE["properties"], prop("tier"), prop("age", NUMBER)), {}, []),
    "a_rename_and_a_longer_text": Change(
        BEFORE,
        document(prop("contact"), prop("name", LONG), *BEFORE["properties"][2:]),
        {"contact": "email"},
        [],
    ),
    "a_chain_of_renames": Change(
        document(prop("a"), prop("b"), prop("c")),
        document(prop("b"), prop("c"), prop("d")),
        {"b": "a", "c": "b", "d": "c"},
        [],
    ),
    "losses": Change(
        BEFORE,
        document(prop("score", OTHER_NUMBER), prop("tier"), prop("email")),
        {},
        ["name", "score", "home"],
    ),
    "another_order": Change(BEFORE, document(*reversed(BEFORE["properties"])), {}, []),
    "all_of_it": Change(
        EVERY_TYPE, profile_schema(), {}, [f"c{index}" for index in range(len(COLUMN_TYPES))]
    ),
}
CREATIONS = {"the_documented_example": profile_schema(), "every_type": EVERY_TYPE}


@pytest.mark.parametrize("created", CREATIONS.values(), ids=CREATIONS)
def test_what_is_printed_of_a_creation_makes_the_same_on_postgresql(
    postgresql: Server, database: Database, created: Any
) -> None:
    other = postgresql.database()
    apply(postgresql_warehouse.provisioner_of(database), created)

    run(other, creation_statements(target(other), parse(created)))

    assert catalogue(other) == catalogue(database)
    other.drop()


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_is_printed_of_a_change_makes_the_same_on_postgresql(
    postgresql: Server, database: Database, change: Change
) -> None:
    other = postgresql.database()
    for each in (database, other):
        apply(postgresql_warehouse.provisioner_of(each), change.before)
    alter(postgresql_warehouse.provisioner_of(database), change, "PostgreSQL")

    run(other, planned(target(other), change).script)

    assert catalogue(other) == catalogue(database)
    other.drop()


@pytest.mark.parametrize("created", CREATIONS.values(), ids=CREATIONS)
def test_what_is_printed_of_a_creation_is_what_snowflake_is_sent(
    snowflake: Snowflake, snowflake_database: SnowflakeDatabase, created: Any
) -> None:
    apply(snowflake_warehouse.provisioner_of(snowflake_database), created)
    sent = changes_sent(snowflake_database)
    other = snowflake.database()

    script = creation_statements(snowflake_target(other), parse(created))
    run_on_snowflake(other, script)

    assert len(sent) == len(known_platform("Snowflake").dialect().NAMES.objects)
    assert [as_of(each.sql, other, snowflake_database) for each in script.whole] == sent
    assert snowflake_catalogue(other) == snowflake_catalogue(snowflake_database)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_is_printed_of_a_change_is_what_snowflake_is_sent(
    snowflake: Snowflake, snowflake_database: SnowflakeDatabase, change: Change
) -> None:
    other = snowflake.database()
    for each in (snowflake_database, other):
        apply(snowflake_warehouse.provisioner_of(each), change.before)
    before = len(changes_sent(snowflake_database))
    alter(snowflake_warehouse.provisioner_of(snowflake_database), change, "Snowflake")
    sent = changes_sent(snowflake_database)[before:]

    script = planned(snowflake_target(other), change).script
    run_on_snowflake(other, script)

    assert [as_of(each.sql, other, snowflake_database) for each in script.whole] == sent
    assert snowflake_catalogue(other) == snowflake_catalogue(snowflake_database)


@pytest.mark.parametrize("platform", ["PostgreSQL", "Snowflake"])
def test_a_loss_is_refused_in_the_words_of_the_plan_until_it_is_permitted(platform: str) -> None:
    change = CHANGES["losses"]
    where = Target(platform=platform, settings={"schema": "cdp"})

    with pytest.raises(InvalidWorkspace) as refused:
        planned(where, change._replace(drop_columns=[]))

    assert [str(problem.path) for problem in refused.value.problems] == ["drop_columns"] * 3
    assert 'property "name" goes, and column' in refused.value.detail
    permitted = planned(where, change)
    assert [str(loss.path) for loss in permitted.losses] == ["score", "name", "home.city"]
    assert permitted.script.statements


@pytest.mark.parametrize("platform", ["PostgreSQL", "Snowflake"])
def test_nothing_is_printed_of_an_invalid_schema(platform: str) -> None:
    where = Target(platform=platform, settings={"schema": "cdp"})
    wrong = parse(document(prop("a", {"kind": "text"})))

    with pytest.raises(InvalidWorkspace, match="unknown kind"):
        creation_statements(where, wrong)
    with pytest.raises(InvalidWorkspace, match="unknown kind"):
        change_statements(where, parse(BEFORE), wrong, renames={}, drop_columns=())


def test_a_limit_of_the_platform_is_a_limit_of_what_is_printed() -> None:
    wide = parse(document(prop("a", {"kind": "decimal", "precision": 76})))

    with pytest.raises(InvalidWorkspace, match="38"):
        creation_statements(Target(platform="Snowflake", settings={"schema": "cdp"}), wide)


def test_without_a_database_names_on_snowflake_are_qualified_by_the_schema_alone() -> None:
    where = Target(platform="Snowflake", settings={"schema": "cdp"})
    (*_, procedure) = creation_statements(where, parse(BEFORE)).statements
    assert procedure.sql.startswith('CREATE OR REPLACE PROCEDURE "CDP"."RESOLVE_IDENTITIES"()')


def test_the_procedure_joins_by_the_identifiers() -> None:
    where = Target(platform="PostgreSQL", settings={"schema": "cdp"}, identifiers=("email",))
    plain = Target(platform="PostgreSQL", settings={"schema": "cdp"})
    assert creation_statements(where, parse(BEFORE)) != creation_statements(plain, parse(BEFORE))


def target(database: Database) -> Target:
    return Target(platform="PostgreSQL", settings={"schema": database.schema})


def snowflake_target(database: SnowflakeDatabase) -> Target:
    return Target(platform="Snowflake", settings=database.settings())


def planned(where: Target, change: Change) -> PlannedStatements:
    before, after = parse(change.before), parse(change.after)
    return change_statements(where, before, after, renames=change.renames, drop_columns=change.drop_columns)


def workspace(written: Any) -> Workspace:
    return Workspace("1", "Customers", WarehouseMode.NORMAL, written)


def columns(parsed: Parsed) -> Any:
    assert parsed.schema is not None, parsed.problems
    return profile_columns(parsed.schema)


def apply(provisioner: Provisioner, written: Any) -> None:
    provisioner.initialize(workspace(written), columns(parse(written)), Deadline.after(60))


def alter(provisioner: Provisioner, change: Change, platform: str) -> None:
    after = columns(parse(change.after))
    migration: Migration = migrate(
        known_platform(platform).dialect(),
        present=provisioner.inspect(Deadline.after(60)).columns,
        before=columns(parse(change.before)),
        after=after,
        renames=change.renames,
        drop_columns=change.drop_columns,
        mode=WarehouseMode.NORMAL,
    )
    assert not migration.problems
    provisioner.update(workspace(change.after), after, Deadline.after(60), migration=migration)


def run(database: Database, script: Script) -> None:
    with database.connect_as_role() as connection:
        for statement in script.whole:
            connection.execute(statement.sql.encode())


def run_on_snowflake(database: SnowflakeDatabase, script: Script) -> None:
    with database.connect_as_user() as connection, connection.cursor() as cursor:
        for statement in script.whole:
            cursor.execute(statement.sql)


def catalogue(database: Database) -> set[tuple[str, ...]]:
    """Every fact of the database but its rows, in names that all databases share."""
    names = {database.role: "role", database.name: "database"}
    pattern = re.compile("|".join(map(re.escape, names)))
    every = facts(database, keyless=re.compile("$."), passing={})
    return {
        tuple(pattern.sub(lambda found: names[found[0]], part) for part in fact)
        for fact in every
        if fact.kind not in {"row", "value"}
    }


def snowflake_catalogue(database: SnowflakeDatabase) -> Any:
    """Objects and columns, without rows."""
    whole: Any = snowflake_warehouse.contents(database)
    return whole[:2]


def changes_sent(database: SnowflakeDatabase) -> list[str]:
    """The definitions that the database's sessions have sent, in order."""
    definition = re.compile("CREATE|ALTER TABLE|DROP")
    return [text for text in database.statements() if definition.match(text)]


def as_of(text: str, database: SnowflakeDatabase, other: SnowflakeDatabase) -> str:
    return text.replace(database.name, other.name)
