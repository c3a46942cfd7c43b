"""Column operations in PostgreSQL's words: which types hold every value of others, and the clauses of ALTER TABLE.

The driver is not needed: plans show the very clauses that an apply executes.
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

_VARCHAR: Final = re.compile(r"character varying(?:\((\d+)\))?")
_NUMERIC: Final = re.compile(r"numeric\((\d+),(\d+)\)")
_LIMIT: Final = re.compile(r"\([\d,]+\)")
_DIGITS: Final = {"smallint": 5, "integer": 10, "bigint": 19}
"""The integers, each with the digits of its longest number; an earlier one fits into a later one."""
_UUID_CHARACTERS: Final = 36
_EXACT: Final = frozenset({("real", "double precision"), ("date", "timestamp without time zone")})


def widening(old: str, new: str) -> Widening:
    """See `Dialect.widening`. PostgreSQL makes each of these changes without a USING clause, and truncates nothing."""
    if old.endswith("[]") and new.endswith("[]"):
        inner = widening(old.removesuffix("[]"), new.removesuffix("[]"))
        # items have their own length checked, unless there is none
        in_place = inner is Widening.IN_PLACE and new == "character varying[]"
        return inner if in_place or inner is Widening.NO else Widening.REWRITES
    if (was := _VARCHAR.fullmatch(old)) and (is_ := _VARCHAR.fullmatch(new)):
        return Widening.IN_PLACE if _no_shorter(was[1], is_[1]) else Widening.NO
    if (was := _NUMERIC.fullmatch(old)) and (is_ := _NUMERIC.fullmatch(new)):
        return _numeric(*map(int, was.groups()), *map(int, is_.groups()))
    return Widening.REWRITES if _holds(old, new) else Widening.NO


def retypes(operation: WidenColumn) -> bool:
    """Whether a column becomes one of another type, and not just one with more characters or digits."""
    return _LIMIT.sub("", operation.was) != _LIMIT.sub("", operation.type)


def clause(operation: Operation) -> str:
    """What follows ALTER TABLE and the table's name. SQL types come from our own table and need no quotes."""
    match operation:
        case DropColumn(name):
            return f"DROP COLUMN {_quoted(name)}"
        case RenameColumn(old, new):
            return f"RENAME COLUMN {_quoted(old)} TO {_quoted(new)}"
        case WidenColumn(name, type_):
            return f"ALTER COLUMN {_quoted(name)} TYPE {type_}"
        case ReplaceColumn(name, type_):
            return f"DROP COLUMN {_quoted(name)}, ADD COLUMN {_quoted(name)} {type_}"
        case AddColumn(name, type_):
            return f"ADD COLUMN {_quoted(name)} {type_}"


def _no_shorter(old: str | None, new: str | None) -> bool:
    """Whether a limit of characters, None for no limit, admits what another one does."""
    return new is None or (old is not None and int(old) <= int(new))


def _numeric(old_precision: int, old_scale: int, precision: int, scale: int) -> Widening:
    if scale < old_scale or precision - scale < old_precision - old_scale:
        return Widening.NO
    return Widening.IN_PLACE if scale == old_scale else Widening.REWRITES


def _holds(old: str, new: str) -> bool:
    """Whether a type holds every value of one of another family."""
    if digits := _DIGITS.get(old):
        numeric = _NUMERIC.fullmatch(new)
        return digits <= (int(numeric[1]) - int(numeric[2]) if numeric else _DIGITS.get(new, 0))
    if old == "uuid" and (varchar := _VARCHAR.fullmatch(new)):
        return _no_shorter(str(_UUID_CHARACTERS), varchar[1])
    return (old, new) in _EXACT


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
