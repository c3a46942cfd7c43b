"""Column operations in Snowflake's words, and which types hold every value of others."""

import pytest

from krenalis_provider.model.profile_columns import ProfileColumn
from krenalis_provider.model.profile_schema import Type
from krenalis_provider.model.property_path import PropertyPath
from krenalis_provider.model.workspace import WarehouseMode
from krenalis_provider.warehouses import registry
from krenalis_provider.warehouses.krenalis_objects import TABLES, VIEWS
from krenalis_provider.warehouses.migration.compute import migrate
from krenalis_provider.warehouses.migration.operations import (
    AddColumn,
    DropColumn,
    Operation,
    RenameColumn,
    ReplaceColumn,
    WidenColumn,
    Widening,
)
from krenalis_provider.warehouses.snowflake.column_operations import clause, clauses, widening


@pytest.mark.parametrize(("old", "new"), [
    ("VARCHAR(5)", "VARCHAR(6)"), ("VARCHAR(5)", "VARCHAR"), ("VARCHAR", "VARCHAR(16777217)"),
    ("NUMBER(7,0)", "NUMBER(38,0)"), ("NUMBER(10,2)", "NUMBER(12,2)"), ("NUMBER(20,0)", "NUMBER(38,0)"),
])  # fmt: skip
def test_more_of_the_same_is_changed_in_place(old: str, new: str) -> None:
    assert widening(old, new) is Widening.IN_PLACE
    assert widening(new, old) is Widening.NO


@pytest.mark.parametrize(("old", "new"), [
    ("NUMBER(10,2)", "NUMBER(12,4)"), ("NUMBER(38,0)", "FLOAT"), ("NUMBER(38,0)", "VARCHAR"), ("BOOLEAN", "VARCHAR"),
    ("DATE", "TIMESTAMP_NTZ(9)"), ("ARRAY", "VARIANT"), ("VARIANT", "VARCHAR"), ("FLOAT", "NUMBER(38,0)"),
])  # fmt: skip
def test_another_family_or_scale_holds_not(old: str, new: str) -> None:
    assert widening(old, new) is Widening.NO
    assert widening(new, old) is Widening.NO


@pytest.mark.parametrize(("operation", "expected"), [
    (AddColumn("TIER", "VARCHAR(20)"), ('ADD COLUMN IF NOT EXISTS "TIER" VARCHAR(20)',)),
    (DropColumn("TIER"), ('DROP COLUMN IF EXISTS "TIER"',)),
    (RenameColumn("OLD", "NEW"), ('RENAME COLUMN "OLD" TO "NEW"',)),
    (WidenColumn("TIER", "VARCHAR", "VARCHAR(20)", rewrites=False), ('ALTER COLUMN "TIER" SET DATA TYPE VARCHAR',)),
    (ReplaceColumn("TIER", "DATE"), ('DROP COLUMN IF EXISTS "TIER"', 'ADD COLUMN IF NOT EXISTS "TIER" DATE')),
    # nobody's schema has it, but a column made by hand may
    (DropColumn('a"b'), ('DROP COLUMN IF EXISTS "a""b"',)),
])  # fmt: skip
def test_an_operation_is_one_clause_for_each_statement(
    operation: Operation, expected: tuple[str, ...]
) -> None:
    assert clauses(operation) == expected
    assert clause(operation) == "; ".join(expected)


def test_a_property_in_another_case_keeps_its_column() -> None:
    before = [ProfileColumn("email", PropertyPath.parse("email"), Type("string"))]
    after = [ProfileColumn("eMail", PropertyPath.parse("eMail"), Type("string"))]

    change = migrate(
        registry.known_platform("Snowflake").dialect(), present={"EMAIL": "VARCHAR"}, before=before, after=after, renames={}, drop_columns=(),
        mode=WarehouseMode.NORMAL,
    )  # fmt: skip

    assert (change.operations, change.losses, change.columns) == ((), (), {"EMAIL": "VARCHAR"})


def test_the_objects_are_those_of_the_catalogue_that_snowflake_has() -> None:
    objects = registry.known_platform("Snowflake").dialect().NAMES.objects

    assert objects["RESOLVE_IDENTITIES"] == "procedure"
    assert set(objects) == {
        *(table.name.upper() for table in TABLES), *(view.name.upper() for view in VIEWS), "RESOLVE_IDENTITIES",
    }  # fmt: skip


@pytest.mark.parametrize("name", registry.names())
def test_each_platform_is_one(name: str) -> None:
    chosen = registry.known_platform(name).dialect()

    assert set(chosen.NAMES.objects.values()) <= {"table", "view", "index", "type", "procedure"}
    assert chosen.NAMES.spell("A_b").upper() == "A_B"
    assert chosen.column_warnings([]) == []
