"""A change that is under way, as the record holds it, on platforms where each statement commits by itself.

The record's state is "ready" only while no operation is under way. Otherwise the record holds the whole change, so
that the next operation can finish a change that broke off. The columns of a table tell which steps it has seen.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple, TypeVar

from krenalis_provider.model.exact_json import to_json
from krenalis_provider.model.workspace import Workspace
from krenalis_provider.warehouses.migration.operations import STORED_OPERATIONS, Operation
from krenalis_provider.warehouses.migration.table_change import TableChange
from krenalis_provider.warehouses.record import UnreadableRecordError, from_row, parse_json, to_row
from lightstart.records import Record, asdict, field

T = TypeVar("T")

SILENCE_SECONDS = 120.0
"""After this time without a sign of life, an operation counts as dead."""


class State(StrEnum):
    """The operation that is under way."""

    READY = "ready"
    INITIALIZING = "initializing"
    MIGRATING = "migrating"
    DROPPING = "dropping"


class UnfinishedChange(Record, kw_only=True):
    """A change of a warehouse with all its steps."""

    workspace: Workspace
    """The workspace after the change."""
    make: tuple[str, ...]
    """Names of the objects to make, or to make anew."""
    tables: Mapping[str, TableChange] = field(default_factory=dict)
    """By the name of the table, in the order in which the tables change."""

    def is_untouched(self, tables: Mapping[str, Mapping[str, str]]) -> bool:
        """Whether no column was changed yet; `tables` maps the name of each table to its columns."""
        return all(
            name not in tables or change.left(tables[name]) == change.steps
            for name, change in self.tables.items()
        )

    def to_json(self) -> str:
        """The text for the record."""
        names = {kind: name for name, kind in STORED_OPERATIONS.items()}
        tables = {
            name: {
                "before": change.before,
                "operations": [{"kind": names[type(step)], **asdict(step)} for step in change.steps],
            }
            for name, change in self.tables.items()
        }
        return to_json({"record": to_row(self.workspace), "make": self.make, "tables": tables})

    @classmethod
    def from_json(cls, text: str) -> "UnfinishedChange":
        """Read the text that `to_json` writes. Raises `UnreadableRecordError`."""
        stored = _validated(_Stored, parse_json(text))
        tables = {
            name: TableChange(change.before, tuple(_operation(**each) for each in change.operations))
            for name, change in stored.tables.items()
        }
        return cls(workspace=from_row(stored.record), make=stored.make, tables=tables)


class RecordRow(NamedTuple):
    """The row of the record, as it was read."""

    workspace: Workspace
    """The workspace as it is, or will be after an unfinished change."""
    state: State = State.READY
    owner: str | None = None
    """The nonce of the operation that wrote the row last."""
    silence: float | None = None
    """Seconds since the last sign of life; None when no operation is at work."""
    change: UnfinishedChange | None = None

    @property
    def is_unfinished(self) -> bool:
        """Whether an operation is under way, or broke off."""
        return self.state is not State.READY

    @property
    def is_held(self) -> bool:
        """Whether an operation is at work."""
        return self.is_unfinished and self.silence is not None and self.silence < SILENCE_SECONDS


def row_values(
    row: Mapping[str, Any], state: State, owner: str, change: UnfinishedChange | None = None
) -> dict[str, object]:
    """The values to write: a workspace's row (`record.to_row`) or an empty one, with the state and owner."""
    return {**row, "state": state.value, "owner": owner, "pending": change.to_json() if change else None}


class _StoredTable(Record):
    before: dict[str, str]
    operations: tuple[dict[str, str | bool], ...]


class _Stored(Record):
    """The form of the JSON text."""

    record: dict[str, Any]
    make: tuple[str, ...]
    tables: dict[str, _StoredTable]


def _operation(kind: Any = None, **members: Any) -> Operation:
    if kind not in STORED_OPERATIONS:
        raise _invalid(f"there is no operation {kind!r}")
    return _validated(STORED_OPERATIONS[kind], members)


def _validated(kind: type[T], members: Any) -> T:
    """Make the record from its members. Raises `UnreadableRecordError`."""
    # pydantic tells where in the document a mistake is
    from pydantic import TypeAdapter, ValidationError  # noqa: PLC0415 - slow to load, and few changes break off

    try:
        return TypeAdapter(kind).validate_python(members)
    except ValidationError as error:
        (first, *_) = error.errors(include_input=False, include_url=False)
        place = ".".join(map(str, first["loc"])) or "the whole"
        raise _invalid(f"{place}: {first['msg']}") from error


def _invalid(reason: str) -> UnreadableRecordError:
    return UnreadableRecordError(f"its pending change is not valid: {reason}")
