"""A change of a warehouse that commits step by step: what is to be done, kept in the record until all of it is.

Whoever comes after a break reads it there, and does what is left. How far a table has come is told by its columns.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final, TypeVar

from krenalis_provider.warehouses.migration import (
    AddColumn,
    DropColumn,
    Operation,
    RenameColumn,
    ReplaceColumn,
    WidenColumn,
)
from krenalis_provider.warehouses.record import UnreadableRecordError, from_row, parse_json, to_json, to_row
from krenalis_provider.workspaces.model import Workspace

T = TypeVar("T")

_OPERATIONS: Final[Mapping[str, type[Operation]]] = {
    kind.__name__: kind for kind in (AddColumn, DropColumn, RenameColumn, WidenColumn)
}


@dataclass(frozen=True, slots=True)
class Steps:
    """Operations on one table, each of which the warehouse does whole or not at all."""

    before: Mapping[str, str]
    """Name to SQL type of the columns that the operations name, as far as they were there."""
    operations: tuple[Operation, ...]

    @classmethod
    def of(cls, columns: Mapping[str, str], operations: Iterable[Operation]) -> "Steps":
        """The steps from these columns; a column is replaced in two."""
        steps = tuple(step for operation in operations for step in _split(operation))
        named = _named(steps)
        return cls({name: type_ for name, type_ in columns.items() if name in named}, steps)

    def left(self, columns: Mapping[str, str]) -> tuple[Operation, ...] | None:
        """The operations that a table with these columns has still to see; None if it was changed in another way.

        An operation is never done again where it might do something else: dropping a column whose name another has
        taken since, say.
        """
        named = self.before.keys() | _named(self.operations)
        now = {name: type_ for name, type_ in columns.items() if name in named}
        state = dict(self.before)
        left = self.operations if state == now else None
        for number, operation in enumerate(self.operations, 1):
            operation.apply(state)
            if state == now:
                left = self.operations[number:]
        return left


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """All that is to be done."""

    workspace: Workspace
    """As its record will say."""
    make: tuple[str, ...]
    """Names of the objects to make, or to make anew."""
    tables: Mapping[str, Steps] = field(default_factory=dict)
    """By the name of the table, in the order in which they are changed."""

    def to_json(self) -> str:
        """For the record."""
        tables = {
            name: {
                "before": steps.before,
                "operations": [{"kind": type(step).__name__, **asdict(step)} for step in steps.operations],
            }
            for name, steps in self.tables.items()
        }
        return to_json({"record": to_row(self.workspace), "make": self.make, "tables": tables})

    @classmethod
    def from_json(cls, text: str) -> "Pending":
        """Read what `to_json` gives. Raises `UnreadableRecordError`."""
        stored = _validated(_Stored, parse_json(text))
        tables = {
            name: Steps(steps.before, tuple(_operation(dict(each)) for each in steps.operations))
            for name, steps in stored.tables.items()
        }
        return cls(workspace=from_row(stored.record), make=stored.make, tables=tables)


@dataclass(frozen=True, slots=True)
class _StoredSteps:
    before: dict[str, str]
    operations: tuple[dict[str, str | bool], ...]


@dataclass(frozen=True, slots=True)
class _Stored:
    """The form of the JSON."""

    record: dict[str, Any]
    make: tuple[str, ...]
    tables: dict[str, _StoredSteps]


def _operation(members: dict[str, str | bool]) -> Operation:
    kind = members.pop("kind", None)
    if kind not in _OPERATIONS:
        raise _invalid(f"there is no operation {kind!r}")
    return _validated(_OPERATIONS[str(kind)], members)


def _validated(kind: type[T], members: Any) -> T:
    """The dataclass of these members. Raises `UnreadableRecordError`."""
    from pydantic import TypeAdapter, ValidationError  # noqa: PLC0415 - slow to load, and few changes break off

    try:
        return TypeAdapter(kind).validate_python(members)
    except ValidationError as error:
        (first, *_) = error.errors(include_input=False, include_url=False)
        place = ".".join(map(str, first["loc"])) or "the whole"
        raise _invalid(f"{place}: {first['msg']}") from error


def _invalid(reason: str) -> UnreadableRecordError:
    return UnreadableRecordError(f"its pending change is not valid: {reason}")


def _split(operation: Operation) -> tuple[Operation, ...]:
    if isinstance(operation, ReplaceColumn):
        return DropColumn(operation.name), AddColumn(operation.name, operation.type)
    return (operation,)


def _named(operations: Iterable[Operation]) -> set[str]:
    named: set[str] = set()
    for operation in operations:
        named |= {operation.old, operation.new} if isinstance(operation, RenameColumn) else {operation.name}
    return named
