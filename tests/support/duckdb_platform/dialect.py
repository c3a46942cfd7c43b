"""DuckDB without a connection; see `Dialect`."""

from collections.abc import Sequence
from typing import Final

from krenalis_provider.model.errors import Problem
from krenalis_provider.model.profile_columns import ProfileColumn
from krenalis_provider.model.profile_schema import Leaf, Type
from krenalis_provider.warehouses.migration.operations import (
    AddColumn,
    DropColumn,
    Operation,
    RenameColumn,
    ReplaceColumn,
    WidenColumn,
    Widening,
)
from krenalis_provider.warehouses.names import Names

NAMES: Names = Names(str, ("table", "view"))
_TYPES: Final = {
    "boolean": "BOOLEAN",
    "float": "DOUBLE",
    "datetime": "TIMESTAMP",
    "date": "DATE",
    "time": "TIME",
    "year": "SMALLINT",
    "uuid": "UUID",
}
_INTEGERS: Final = {8: "TINYINT", 16: "SMALLINT", 24: "INTEGER", 32: "INTEGER", 64: "BIGINT"}
_WIDTHS: Final = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT")


def column_type(type_: Type) -> str:
    if type_.kind == "int":
        return _INTEGERS[type_.parameter("bitSize")]
    return _TYPES.get(type_.kind, "VARCHAR")


def widening(old: str, new: str) -> Widening:
    wider = old in _WIDTHS and new in _WIDTHS and _WIDTHS.index(old) <= _WIDTHS.index(new)
    return Widening.REWRITES if wider else Widening.NO


def clauses(operation: Operation) -> tuple[str, ...]:
    match operation:
        case DropColumn(name):
            return (f'DROP COLUMN "{name}"',)
        case RenameColumn(old, new):
            return (f'RENAME COLUMN "{old}" TO "{new}"',)
        case WidenColumn(name, type_):
            return (f'ALTER COLUMN "{name}" TYPE {type_}',)
        case ReplaceColumn(name, type_):
            return *clauses(DropColumn(name)), *clauses(AddColumn(name, type_))
        case AddColumn(name, type_):
            return (f'ADD COLUMN "{name}" {type_}',)


def clause(operation: Operation) -> str:
    return "; ".join(clauses(operation))


def column_problems(leaves: Sequence[Leaf]) -> list[Problem]:
    return []


def column_warnings(columns: Sequence[ProfileColumn]) -> list[Problem]:
    return []
