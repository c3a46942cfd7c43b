"""A session with Snowflake breaks at any statement of an operation; then the same operation again, undisturbed.

The end is that of a run without a break, whether the rest of the network lives, so that the operation can still look what
became of it and mend, or is gone as well.
"""

import copy
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from krenalis_provider.warehouses.columns import profile_columns
from krenalis_provider.warehouses.snowflake import connection, lease, record
from krenalis_provider.workspaces.errors import CheckFailed, WorkspaceError
from krenalis_provider.workspaces.model import WarehouseMode, Workspace
from krenalis_provider.workspaces.profile_schema import parse
from tests.acceptance.snowflake_warehouse import (
    COLUMNS,
    CUSTOMERS,
    DOCUMENT,
    contents,
    migration_of,
    objects_of,
    provisioner_of,
    record_of,
    with_workspace,
)
from tests.support.snowflake import Snowflake, SnowflakeDatabase
from tfplugin.deadline import Deadline

SILENCE = 0.3
CHANGES = "^(CREATE|MERGE|UPDATE|ALTER|DROP) "


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "SILENCE_SECONDS", SILENCE)
    monkeypatch.setattr(
        lease, "_MARGIN", 100
    )  # the tests hold nothing up: no operation is to take itself for dead
    monkeypatch.setattr(connection, "_LONGEST_PAUSE", 1)


def _changed() -> Any:
    """A property takes the name of one that is dropped, one changes its type, one is added in front, one is longer."""
    document = copy.deepcopy(DOCUMENT)
    properties = [member for member in document["properties"] if member["name"] != "phone_number"]
    for member in properties:
        if member["name"] == "email":
            member["name"] = "phone_number"
        if member["name"] == "birth_date":
            member["type"] = {"kind": "datetime"}
        if member["name"] == "first_name":
            member["type"] = {"kind": "string"}
    tier = {"name": "tier", "type": {"kind": "int", "bitSize": 32}, "readOptional": True}
    return {**document, "properties": [tier, *properties]}


CHANGED = _changed()
CLIENTS = Workspace(CUSTOMERS.id, "Clients", WarehouseMode.NORMAL, CHANGED)


def soon() -> Deadline:
    return Deadline.after(20)


def with_data(database: SnowflakeDatabase) -> None:
    """The workspace, and a person in it."""
    with_workspace(database)
    database.execute(
        "INSERT INTO KRENALIS_PROFILES_0 (_KPID, _UPDATED_AT, EMAIL, PHONE_NUMBER) "
        "VALUES ('a', CURRENT_TIMESTAMP(), 'ann@example.com', '+1')"
    )
    database.execute(
        "INSERT INTO KRENALIS_IDENTITIES (_PIPELINE, _IDENTITY_ID, _CONNECTION, _UPDATED_AT, EMAIL, PHONE_NUMBER) "
        "VALUES ('p', 'i', 'c', CURRENT_TIMESTAMP(), 'ann@example.com', '+1')"
    )


def create(database: SnowflakeDatabase) -> None:
    provisioner_of(database).initialize(CUSTOMERS, COLUMNS, soon())


def change(database: SnowflakeDatabase) -> None:
    """As Terraform would: plan on what is there, then apply."""
    schema = parse(CHANGED).schema
    assert schema
    inspection = provisioner_of(database).inspect(soon())
    assert inspection.record
    migration = migration_of(
        database,
        CHANGED,
        before=inspection.record.profile_schema,
        renames={"phone_number": "email"},
        drop_columns=("phone_number", "birth_date"),
    )
    assert migration.problems == ()
    provisioner_of(database).update(CLIENTS, profile_columns(schema), soon(), migration=migration)


def destroy(database: SnowflakeDatabase) -> None:
    provisioner_of(database).drop(CUSTOMERS.id, soon())


@dataclass(frozen=True, slots=True)
class Operation:
    name: str
    given: Callable[[SnowflakeDatabase], object]
    run: Callable[[SnowflakeDatabase], None]

    def __str__(self) -> str:
        return self.name


CREATE = Operation("create", lambda _: None, create)
CHANGE = Operation("change", with_data, change)
DESTROY = Operation("destroy", with_data, destroy)


def rehearsed(operation: Operation, snowflake: Snowflake) -> tuple[object, object, list[str]]:
    """What is there before and after an undisturbed run, and its statements that change something."""
    database = snowflake.database()
    operation.given(database)
    before, count = contents(database), len(database.statements())
    operation.run(database)
    after = contents(database)
    statements = [text for text in database.statements()[count:] if re.match(CHANGES, text)]
    database.drop()
    assert before != after
    return before, after, statements


def databases(
    snowflake: Snowflake, operation: Operation, statements: list[str], step: int
) -> Iterator[tuple[int, SnowflakeDatabase]]:
    for number in range(1, len(statements) + 1, step):
        database = snowflake.database()
        operation.given(database)
        yield number, database
        database.drop()


def attempt(operation: Operation, database: SnowflakeDatabase) -> WorkspaceError | None:
    try:
        operation.run(database)
    except WorkspaceError as error:
        return error
    return None


@pytest.mark.parametrize(
    ("action", "after", "step"),
    # a cut before a statement leaves what a refusal of it leaves, and what one after the statement before it leaves;
    # after every statement there is a cut, every third one is refused, or the last that gets through
    [("sever", True, 1), ("error", False, 3), ("down", True, 3)],
    ids=["cut", "refused", "gone"],
)
@pytest.mark.parametrize("operation", [CREATE, CHANGE, DESTROY], ids=str)
def test_wherever_it_breaks_the_next_run_makes_it_whole(
    operation: Operation, action: str, step: int, *, after: bool, snowflake: Snowflake
) -> None:
    before, whole, statements = rehearsed(operation, snowflake)

    for number, database in databases(snowflake, operation, statements, step):
        with database.strike(number, action, after=after, matching=CHANGES) as strike:
            error = attempt(operation, database)
            assert strike.struck
        database.up()

        where = f"{number}: {statements[number - 1][:80]}"
        now = contents(database)
        if error is None:
            assert now == whole, where
            continue
        if operation is CREATE and action != "down":
            assert set(objects_of(database)) <= {"KRENALIS_WORKSPACE"}, where
        if record_survives(database) and record_of(database)["STATE"] == "ready":
            assert now in (before, whole), where

        again = attempt(operation, database)

        if isinstance(again, CheckFailed):
            # it was done, only that nobody was told
            assert [finding.workspace_id for finding in again.findings] == [CUSTOMERS.id], (where, again)
        else:
            assert again is None, (where, error, again)
        assert contents(database) == whole, where


def record_survives(database: SnowflakeDatabase) -> bool:
    return (
        "KRENALIS_WORKSPACE" in objects_of(database)
        and database.execute("SELECT 1 FROM KRENALIS_WORKSPACE") != []
    )
