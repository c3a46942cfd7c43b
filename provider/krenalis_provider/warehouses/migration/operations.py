"""Operations on the columns of a table, in the words of no platform."""

from collections.abc import Iterable, Mapping
from enum import Enum, auto
from typing import Final

from lightstart.records import Record


class Widening(Enum):
    """Whether a type holds every value of another type, and what the change costs."""

    NO = auto()
    IN_PLACE = auto()
    REWRITES = auto()
    """The warehouse writes the table anew, which takes long for a large table."""


class DropColumn(Record):
    """Remove a column and its data."""

    name: str

    def apply(self, columns: dict[str, str]) -> None:
        """Change `columns`, name to SQL type, as the operation changes the table."""
        del columns[self.name]


class RenameColumn(Record):
    """Give a column another name; its data stays."""

    old: str
    new: str

    def apply(self, columns: dict[str, str]) -> None:
        """See `DropColumn.apply`."""
        columns[self.new] = columns.pop(self.old)


class _TypeColumn(Record):
    """An operation after which there is a column of this name and type."""

    name: str
    type: str

    def apply(self, columns: dict[str, str]) -> None:
        """See `DropColumn.apply`."""
        columns[self.name] = self.type


class WidenColumn(_TypeColumn):
    """Change a column to a type that holds every value of its present type; its data stays."""

    was: str
    """The SQL type before."""
    rewrites: bool


class ReplaceColumn(_TypeColumn):
    """Remove a column and its data, and add an empty column of the same name and another type."""


class AddColumn(_TypeColumn):
    """Add an empty column."""


Operation = DropColumn | RenameColumn | WidenColumn | ReplaceColumn | AddColumn

STORED_OPERATIONS: Final[Mapping[str, type[Operation]]] = {
    "AddColumn": AddColumn,
    "DropColumn": DropColumn,
    "RenameColumn": RenameColumn,
    "WidenColumn": WidenColumn,
}
"""The operations in records of unfinished changes, by their stored names. Fields are stored by name, too.

Old records must stay readable: neither the names of the operations nor the fields may change.
"""


def renamed(operations: Iterable[Operation]) -> dict[str, str]:
    """Old names to new names; no column is renamed twice."""
    return {operation.old: operation.new for operation in operations if isinstance(operation, RenameColumn)}


def named(operations: Iterable[Operation]) -> set[str]:
    """The names of all columns that the operations name, before or after."""
    names: set[str] = set()
    for operation in operations:
        names |= {operation.old, operation.new} if isinstance(operation, RenameColumn) else {operation.name}
    return names
