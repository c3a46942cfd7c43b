"""The part of a migration that one table with profile columns still lacks.

A plan knows only the columns of the profiles table: the identities may be ahead of them, or behind.
Operations that were done on a table already are passed over, so that a change that broke off can be made again.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from krenalis_provider.warehouses.migration.operations import (
    AddColumn,
    DropColumn,
    Operation,
    RenameColumn,
    ReplaceColumn,
    WidenColumn,
    named,
    renamed,
)


class TableChange(NamedTuple):
    """The operations on one table."""

    before: Mapping[str, str]
    """Name to SQL type of the columns that the operations name, if the table had them."""
    operations: tuple[Operation, ...]
    conflicts: tuple[str, ...] = ()
    """Why the operations do not suit the table: ``has column "tier" of type text, and not integer``."""

    @property
    def added(self) -> int:
        """How many columns the table gains. Columns that it loses make no room."""
        return sum(isinstance(operation, AddColumn | ReplaceColumn) for operation in self.operations)

    @property
    def touched(self) -> frozenset[str]:
        """The old names of the columns that a database cannot change while other objects need them."""
        before = {new: old for old, new in renamed(self.operations).items()}
        return frozenset(
            operation.name
            if isinstance(operation, DropColumn)
            else before.get(operation.name, operation.name)
            for operation in self.operations
            if isinstance(operation, DropColumn | WidenColumn | ReplaceColumn)
        )

    @property
    def steps(self) -> tuple[Operation, ...]:
        """The operations as steps that a warehouse does whole or not at all: replacing a column takes two."""
        steps: list[Operation] = []
        for operation in self.operations:
            if isinstance(operation, ReplaceColumn):
                steps += DropColumn(operation.name), AddColumn(operation.name, operation.type)
            else:
                steps.append(operation)
        return tuple(steps)

    def left(self, columns: Mapping[str, str]) -> tuple[Operation, ...] | None:
        """The steps that a table with these columns still needs; None if it was changed in another way.

        A step is never repeated if it might do something else, such as drop a new column of that name.
        """
        steps = self.steps
        names = self.before.keys() | named(steps)
        now = {name: type_ for name, type_ in columns.items() if name in names}
        state = dict(self.before)
        left = steps if state == now else None
        for number, step in enumerate(steps, 1):
            step.apply(state)
            if state == now:
                left = steps[number:]
        return left


def table_change(
    present: Mapping[str, str], operations: Iterable[Operation], wanted: Mapping[str, str]
) -> TableChange:
    """The operations that a table with the columns `present` lacks, also to add its missing columns of `wanted`.

    Both map names to SQL types.
    """
    columns = dict(present)
    lacking: list[Operation] = []
    conflicts = []
    for operation in operations:
        if conflict := _conflict(operation, columns):
            conflicts.append(conflict)
        elif _is_pending(operation, columns):
            lacking.append(operation)
            operation.apply(columns)
    lacking += [AddColumn(name, type_) for name, type_ in wanted.items() if name not in columns]
    names = named(lacking)
    before = {name: type_ for name, type_ in present.items() if name in names}
    return TableChange(before, tuple(lacking), tuple(conflicts))


def _is_pending(operation: Operation, columns: Mapping[str, str]) -> bool:
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
