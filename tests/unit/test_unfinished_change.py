"""A change that is done step by step: how far a table has come is told by its columns alone."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from krenalis_provider.model.profile_columns import profile_columns
from krenalis_provider.model.profile_schema import parse
from krenalis_provider.model.workspace import WarehouseMode, Workspace
from krenalis_provider.warehouses.migration.compute import migrate
from krenalis_provider.warehouses.migration.operations import (
    AddColumn,
    DropColumn,
    Operation,
    RenameColumn,
    ReplaceColumn,
    WidenColumn,
)
from krenalis_provider.warehouses.migration.table_change import TableChange, table_change
from krenalis_provider.warehouses.record import UnreadableRecordError
from krenalis_provider.warehouses.snowflake import dialect
from krenalis_provider.warehouses.unfinished_change import UnfinishedChange
from tests.support.profile_schemas import documents

WORKSPACE = Workspace("17", "Customers", WarehouseMode.NORMAL, {"kind": "object", "properties": []})
BEFORE = {"A": "VARCHAR", "B": "DATE", "C": "NUMBER(4,0)", "D": "FLOAT"}
OPERATIONS: tuple[Operation, ...] = (
    DropColumn("B"),
    RenameColumn("A", "B"),
    WidenColumn("C", "NUMBER(9,0)", "NUMBER(4,0)", rewrites=False),
    ReplaceColumn("D", "ARRAY"),
    AddColumn("E", "VARIANT"),
)


def changed_by(columns: Mapping[str, str], operations: Sequence[Operation]) -> TableChange:
    return table_change(columns, operations, wanted={})


def states(change: TableChange, columns: dict[str, str]) -> list[dict[str, str]]:
    """The columns before each step and after the last."""
    seen = [dict(columns)]
    for step in change.steps:
        columns = dict(columns)
        step.apply(columns)
        seen.append(columns)
    return seen


def test_a_column_is_replaced_in_two_steps() -> None:
    change = changed_by(BEFORE, OPERATIONS)
    assert change.steps[3:5] == (DropColumn("D"), AddColumn("D", "ARRAY"))


def test_what_is_left_follows_from_the_columns() -> None:
    change = changed_by(BEFORE, OPERATIONS)
    for done, columns in enumerate(states(change, BEFORE)):
        assert change.left(columns) == change.steps[done:]


def test_a_column_that_took_the_name_of_a_dropped_one_is_not_dropped() -> None:
    """Both are texts: nothing but the other column tells the one from the other."""
    columns = {"EMAIL": "VARCHAR", "CONTACT": "VARCHAR"}
    change = changed_by(columns, [DropColumn("EMAIL"), RenameColumn("CONTACT", "EMAIL")])
    assert change.left({"EMAIL": "VARCHAR"}) == ()


def test_columns_that_no_step_names_do_not_matter() -> None:
    change = changed_by(BEFORE, OPERATIONS[:1])
    assert change.left({**BEFORE, "MINE": "DATE"}) == change.steps
    assert change.left({"C": "NUMBER(4,0)"}) == ()


@pytest.mark.parametrize("change", [{"A": "DATE"}, {"C": None}, {"E": "DATE"}])
def test_columns_that_were_changed_in_another_way_are_told(change: dict[str, str | None]) -> None:
    changed = {name: type_ for name, type_ in {**BEFORE, **change}.items() if type_}
    assert changed_by(BEFORE, OPERATIONS).left(changed) is None


@given(documents(), documents(), st.data())
def test_of_any_migration_what_is_left_leads_to_its_end(before: Any, after: Any, data: st.DataObject) -> None:
    old, new = parse(before).schema, parse(after).schema
    assert old
    assert new
    listed = profile_columns(old)
    present = {column.name.upper(): dialect.column_type(column.type) for column in listed}
    migration = migrate(
        dialect,
        present=present,
        before=listed,
        after=profile_columns(new),
        renames={},
        drop_columns=[],
        mode=None,
    )
    change = changed_by(present, migration.operations)
    seen = states(change, present)
    columns = dict(data.draw(st.sampled_from(seen)))

    left = change.left(columns)

    assert left is not None
    for step in left:
        step.apply(columns)
    assert columns == seen[-1]


def test_it_is_read_as_it_was_written() -> None:
    whole = changed_by(BEFORE, OPERATIONS)
    in_steps = TableChange(whole.before, whole.steps)
    unfinished = UnfinishedChange(workspace=WORKSPACE, make=("PROFILES",), tables={"T": in_steps})
    assert UnfinishedChange.from_json(unfinished.to_json()) == unfinished
    assert replace(unfinished, tables={"T": whole}).to_json() == unfinished.to_json()


STEP = '{"record": {}, "make": [], "tables": {"T": {"before": {}, "operations": [%s]}}}'


@pytest.mark.parametrize(("text", "reason"), [
    ("{", "it is not valid"),
    ("{}", "record: Field required"),
    ("[]", "the whole: "),
    ("null", "the whole: "),
    ('{"record": {}, "make": [], "tables": {"T": {}}}', "tables.T.before: Field required"),
    (STEP % '{"kind": "Explode"}', "there is no operation 'Explode'"),
    (STEP % '{"kind": "AddColumn", "name": "A"}', "type: Field required"),
    (STEP % '{"kind": "AddColumn", "name": "A", "type": true}', "type: Input should be a valid string"),
])  # fmt: skip
def test_what_is_none_is_told(text: str, reason: str) -> None:
    with pytest.raises(UnreadableRecordError, match=reason):
        UnfinishedChange.from_json(text)
