"""A session with Snowflake breaks at any statement of an operation; then the same operation again, undisturbed.

The operations are Terraform's: a refresh, a plan and an apply, by the provider's own calls. The end is that of a run
without a break, whether the rest of the network lives, so that the operation can still look what became of it and mend,
or is gone as well.
"""

import re
from dataclasses import dataclass
from typing import Any

import pytest

from krenalis_provider.warehouses import unfinished_change
from krenalis_provider.warehouses.engines import lease
from krenalis_provider.warehouses.snowflake import connection
from tests.support.plugin import Told
from tests.support.snowflake import Snowflake, SnowflakeDatabase
from tests.support.snowflake_warehouse import SnowflakeWarehouse, contents, objects_of, record_of
from tests.support.workspace_calls import WorkspaceCalls
from tests.support.workspaces import profile_schema

SILENCE = 0.3
CHANGES = "^(CREATE|MERGE|UPDATE|ALTER|DROP) "


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unfinished_change, "SILENCE_SECONDS", SILENCE)
    monkeypatch.setattr(
        lease, "_MARGIN", 100
    )  # the tests hold nothing up: no operation is to take itself for dead
    monkeypatch.setattr(connection, "_LONGEST_PAUSE", 250)  # the least that the driver takes


def _changed() -> Any:
    """A property takes the name of one that is dropped, one changes its type, one is added in front, one is longer."""
    document = profile_schema()
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


CHANGES_OF_COLUMNS = {
    "name": "Clients",
    "document": _changed(),
    "renames": {"phone_number": "email"},
    "drop_columns": ["phone_number", "birth_date"],
}


@dataclass(frozen=True, slots=True)
class Operation:
    """What Terraform is to do, and whether there is a workspace before."""

    name: str
    exists: bool
    configured: dict[str, Any] | None

    def __str__(self) -> str:
        return self.name

    def given(self, database: SnowflakeDatabase) -> WorkspaceCalls:
        """The state before: none, or a workspace and in it a person."""
        workspace = WorkspaceCalls(SnowflakeWarehouse(database.server.port, database))
        if self.exists:
            assert command(workspace, {"document": profile_schema()}) == []
            for table, columns, values in _PERSON:
                database.execute(
                    f"INSERT INTO {table} ({columns}, _UPDATED_AT, EMAIL, PHONE_NUMBER) "
                    f"VALUES ({values}, CURRENT_TIMESTAMP(), 'ann@example.com', '+1')"
                )
        return workspace


_PERSON = (
    ("KRENALIS_PROFILES_0", "_KPID", "'a'"),
    ("KRENALIS_IDENTITIES", "_PIPELINE, _IDENTITY_ID, _CONNECTION", "'p', 'i', 'c'"),
)
CREATE = Operation("create", exists=False, configured={"document": profile_schema()})
CHANGE = Operation("change", exists=True, configured=CHANGES_OF_COLUMNS)
DESTROY = Operation("destroy", exists=True, configured=None)


def command(workspace: WorkspaceCalls, configured: dict[str, Any] | None) -> list[Told]:
    """What a command of Terraform does; its errors."""
    if workspace.state is not None:
        workspace.refresh()
    if workspace.state is None and configured is None:
        return []
    plan = workspace.plan(configured and workspace.config(**configured))
    told = plan.errors or workspace.apply(plan)
    return [each for each in told if each.severity == "error"]


def rehearsed(operation: Operation, snowflake: Snowflake) -> tuple[object, object, list[str]]:
    """What is there before and after an undisturbed run, and its statements that change something."""
    database = snowflake.database()
    workspace = operation.given(database)
    before, count = contents(database), len(database.statements())
    assert command(workspace, operation.configured) == []
    after = contents(database)
    statements = [text for text in database.statements()[count:] if re.match(CHANGES, text)]
    database.drop()
    assert before != after
    return before, after, statements


@pytest.mark.parametrize(
    ("action", "after", "step"),
    # a cut before a statement leaves what a refusal of it leaves, and what one after the statement before it leaves;
    # after every statement there is a cut, every fourth one is refused, or the last that gets through
    [("sever", True, 1), ("error", False, 4), ("down", True, 4)],
    ids=["cut", "refused", "gone"],
)
@pytest.mark.parametrize("operation", [CREATE, CHANGE, DESTROY], ids=str)
def test_wherever_it_breaks_the_next_run_makes_it_whole(
    operation: Operation, action: str, step: int, *, after: bool, snowflake: Snowflake
) -> None:
    before, whole, statements = rehearsed(operation, snowflake)

    if operation is DESTROY:
        step *= 2  # its statements are all alike
    for number in range(1, len(statements) + 1, step):
        where = f"{number}: {statements[number - 1][:80]}"
        database = snowflake.database()
        workspace = operation.given(database)
        with database.strike(number, action, after=after, matching=CHANGES) as strike:
            errors = command(workspace, operation.configured)
            assert strike.struck, where
        database.up()

        now = contents(database)
        if not errors:
            assert now == whole, where
        elif operation is CREATE and action != "down":
            assert set(objects_of(database)) <= {"KRENALIS_WORKSPACE"}, where
        if record_survives(database) and record_of(database)["STATE"] == "ready":
            assert now in (before, whole), where

        again = command(workspace, operation.configured)

        if again:
            # it was done, only that nobody was told: the error says how to go on
            assert (operation, now) == (CREATE, whole), (where, again)
            advised = re.search(r"terraform import krenalis_workspace.NAME '(.+)'", again[0].detail)
            assert advised, (where, again)
            assert workspace.import_(advised[1]) == [], where
            assert command(workspace, operation.configured) == [], where
        assert contents(database) == whole, where
        assert holds_what_the_state_says(workspace, database), where
        database.drop()


def record_survives(database: SnowflakeDatabase) -> bool:
    return (
        "KRENALIS_WORKSPACE" in objects_of(database)
        and database.execute("SELECT 1 FROM KRENALIS_WORKSPACE") != []
    )


def holds_what_the_state_says(workspace: WorkspaceCalls, database: SnowflakeDatabase) -> bool:
    if workspace.state is None:
        return not objects_of(database)
    return bool(record_of(database)["ID"] == workspace.state["id"])
