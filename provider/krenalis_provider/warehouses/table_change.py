"""What one table with profile columns still lacks of a migration.

A plan knows the columns of the profiles table alone: the other table may be ahead of it, or behind. What a table has
already is passed over, so that a change which broke off can be made again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from krenalis_provider.warehouses.migration import (
    AddColumn,
    DropColumn,
    Operation,
    RenameColumn,
    ReplaceColumn,
    WidenColumn,
)


@dataclass(frozen=True, slots=True)
class TableChange:
    """What is to be done with one table."""

    operations: tuple[Operation, ...]
    conflicts: tuple[str, ...]
    """Why the operations do not suit the table, each such as ``has column "tier" of type text, and not integer``."""

    @property
    def added(self) -> int:
        """How many columns the table gets. Those that it loses make no room."""
        return sum(isinstance(operation, AddColumn | ReplaceColumn) for operation in self.operations)

    @property
    def touched(self) -> frozenset[str]:
        """The columns, by their names until now, that a database may not change while others depend on them."""
        before = {new: old for old, new in renamed(self.operations).items()}
        return frozenset(
            operation.name
            if isinstance(operation, DropColumn)
            else before.get(operation.name, operation.name)
            for operation in self.operations
            if isinstance(operation, DropColumn | WidenColumn | ReplaceColumn)
        )


def table_change(
    present: Mapping[str, str], operations: Iterable[Operation], wanted: Mapping[str, str]
) -> TableChange:
    """What a table with the columns `present` lacks of the operations; `wanted` columns that it lacks besides are added.

    Both are name to SQL type.
    """
    columns = dict(present)
    lacking: list[Operation] = []
    conflicts: list[str] = []
    for operation in operations:
        if conflict := _conflict(operation, columns):
            conflicts.append(conflict)
        elif _pending(operation, columns):
            lacking.append(operation)
            operation.apply(columns)
    lacking += [AddColumn(name, type_) for name, type_ in wanted.items() if name not in columns]
    return TableChange(tuple(lacking), tuple(conflicts))


def renamed(operations: Iterable[Operation]) -> dict[str, str]:
    """Old names to new ones; no column is renamed twice."""
    return {operation.old: operation.new for operation in operations if isinstance(operation, RenameColumn)}


def _pending(operation: Operation, columns: Mapping[str, str]) -> bool:
    match operation:
        case AddColumn(name):
            return name not in columns
        case WidenColumn(name, type_) | ReplaceColumn(name, type_):
            return columns.get(name, type_) != type_
        case DropColumn(name) | RenameColumn(name):
            return name in columns


def _conflict(operation: Operation, columns: Mapping[str, str]) -> str | None:
    match operation:
        case RenameColumn(old, new) if old in columns and new in columns:
            return f'has the columns "{old}" and "{new}", of which the first is to become the second'
        case WidenColumn(name, type_, was) if columns.get(name, was) not in {was, type_}:
            return f'has column "{name}" of type {columns[name]}, and not {was}'
        case AddColumn(name, type_) if columns.get(name, type_) != type_:
            return f'has column "{name}" of type {columns[name]}, and not {type_}'
        case _:
            return None
