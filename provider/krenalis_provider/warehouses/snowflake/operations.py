"""Column operations in Snowflake's words: which types hold every value of others, and the clauses of ALTER TABLE.

The driver is not needed: plans show the very clauses that an apply executes. The facts are those of Snowflake's
documentation, ALTER TABLE and ALTER TABLE … ALTER COLUMN.
"""

import re
from typing import Final

from krenalis_provider.warehouses.migration import (
    AddColumn,
    DropColumn,
    Operation,
    RenameColumn,
    ReplaceColumn,
    WidenColumn,
    Widening,
)
from krenalis_provider.warehouses.snowflake.columns import DEFAULT_VARCHAR
from krenalis_provider.warehouses.snowflake.sql import identifier

_VARCHAR: Final = re.compile(r"VARCHAR(?:\((\d+)\))?")
_NUMBER: Final = re.compile(r"NUMBER\((\d+),(\d+)\)")


def widening(old: str, new: str) -> Widening:
    """See `Dialect.widening`. Snowflake changes no column to a type of another family, and no number's scale."""
    if (was := _VARCHAR.fullmatch(old)) and (is_ := _VARCHAR.fullmatch(new)):
        longer = int(was[1] or DEFAULT_VARCHAR) <= int(is_[1] or DEFAULT_VARCHAR)
        return Widening.IN_PLACE if longer else Widening.NO
    if (was := _NUMBER.fullmatch(old)) and (is_ := _NUMBER.fullmatch(new)):
        more = was[2] == is_[2] and int(was[1]) <= int(is_[1])
        return Widening.IN_PLACE if more else Widening.NO
    return Widening.NO


def clauses(operation: Operation) -> tuple[str, ...]:
    """What follows ALTER TABLE and the table's name, one statement each. SQL types come from our own table.

    Each may be executed again after it has been, but for a rename, for which Snowflake has no IF EXISTS.
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
    """See `Platform.clause`: the clauses of all statements of an operation."""
    return "; ".join(clauses(operation))
