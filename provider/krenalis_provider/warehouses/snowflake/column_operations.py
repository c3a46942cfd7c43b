"""Column operations in Snowflake: the types that hold every value of another, and clauses of ALTER TABLE.

This module needs no driver, so that plans show the very clauses that an apply executes. Source: Snowflake's
documentation, ALTER TABLE and ALTER TABLE … ALTER COLUMN.
"""

import re
from typing import Final

from krenalis_provider.warehouses.migration.operations import (
    AddColumn,
    DropColumn,
    Operation,
    RenameColumn,
    ReplaceColumn,
    WidenColumn,
    Widening,
)
from krenalis_provider.warehouses.snowflake.column_types import DEFAULT_VARCHAR
from krenalis_provider.warehouses.snowflake.sql import identifier

_VARCHAR: Final = re.compile(r"VARCHAR(?:\((\d+)\))?")
_NUMBER: Final = re.compile(r"NUMBER\((\d+),(\d+)\)")


def widening(old: str, new: str) -> Widening:
    """See `Dialect.widening`. Snowflake changes no column to a type of another family, and the scale of no number."""
    if (was := _VARCHAR.fullmatch(old)) and (is_ := _VARCHAR.fullmatch(new)):
        holds = int(was[1] or DEFAULT_VARCHAR) <= int(is_[1] or DEFAULT_VARCHAR)
    elif (was := _NUMBER.fullmatch(old)) and (is_ := _NUMBER.fullmatch(new)):
        holds = was[2] == is_[2] and int(was[1]) <= int(is_[1])
    else:
        holds = False
    return Widening.IN_PLACE if holds else Widening.NO


def clauses(operation: Operation) -> tuple[str, ...]:
    """The clauses that follow ALTER TABLE and the table's name, one for each statement.

    SQL types are from `column_types`. Each clause may be executed twice, except a rename, for which Snowflake
    has no IF EXISTS.
    """
    match operation:
        case DropColumn(name):
            return (f"DROP COLUMN IF EXISTS {identifier(name)}",)
        case RenameColumn(old, new):
            return (f"RENAME COLUMN {identifier(old)} TO {identifier(new)}",)
        case WidenColumn(name, type_):
            return (f"ALTER COLUMN {identifier(name)} SET DATA TYPE {type_}",)
        case ReplaceColumn(name, type_):
            return *clauses(DropColumn(name)), *clauses(AddColumn(name, type_))
        case AddColumn(name, type_):
            return (f"ADD COLUMN IF NOT EXISTS {identifier(name)} {type_}",)


def clause(operation: Operation) -> str:
    """See `Dialect.clause`. A replaced column has two clauses."""
    return "; ".join(clauses(operation))
