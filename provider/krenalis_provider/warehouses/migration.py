"""Two profile schemas -> the ordered column operations that make one of the other, in no platform's words.

Columns are told apart by name, as the warehouse spells it: a property that moves to a path with the same column
keeps it without any operation. A rename keeps the data; a column that goes, or changes to a type which does not hold
every value of the old one, is a loss that `drop_columns` must permit.
"""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

from krenalis_provider.warehouses.columns import ProfileColumn
from krenalis_provider.warehouses.renames import Leaf, kept
from krenalis_provider.workspaces.errors import Problem
from krenalis_provider.workspaces.model import WarehouseMode
from krenalis_provider.workspaces.profile_schema import Type


class Widening(Enum):
    """Whether a type holds every value of another, and what the change costs."""

    NO = auto()
    IN_PLACE = auto()
    REWRITES = auto()
    """The warehouse writes the table anew, which takes long where it is large."""


@dataclass(frozen=True, slots=True)
class DropColumn:
    """Remove a column and its data."""

    name: str

    def apply(self, columns: dict[str, str]) -> None:
        """Change columns, name to SQL type, as the operation does."""
        del columns[self.name]


@dataclass(frozen=True, slots=True)
class RenameColumn:
    """Give a column another name; its data stays."""

    old: str
    new: str

    def apply(self, columns: dict[str, str]) -> None:
        """See `DropColumn.apply`."""
        columns[self.new] = columns.pop(self.old)


@dataclass(frozen=True, slots=True)
class WidenColumn:
    """Change a column to a type that holds every value of its own; its data stays."""

    name: str
    type: str
    was: str
    """The SQL type before."""
    rewrites: bool

    def apply(self, columns: dict[str, str]) -> None:
        """See `DropColumn.apply`."""
        columns[self.name] = self.type


@dataclass(frozen=True, slots=True)
class ReplaceColumn:
    """Remove a column and its data, and add an empty one of the same name and another type."""

    name: str
    type: str

    def apply(self, columns: dict[str, str]) -> None:
        """See `DropColumn.apply`."""
        columns[self.name] = self.type


@dataclass(frozen=True, slots=True)
class AddColumn:
    """Add an empty column."""

    name: str
    type: str

    def apply(self, columns: dict[str, str]) -> None:
        """See `DropColumn.apply`."""
        columns[self.name] = self.type


Operation = DropColumn | RenameColumn | WidenColumn | ReplaceColumn | AddColumn


@dataclass(frozen=True, slots=True)
class Loss:
    """A column that loses its data."""

    path: str
    """Of its property in the schema last applied, dotted."""
    column: str
    becomes: str | None
    """The SQL type of the empty column that takes its place; None when nothing does."""
    permitted: bool
    """Whether `drop_columns` names the path, or an object above it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """What a change of the profile schema does to the columns of a warehouse."""

    operations: tuple[Operation, ...]
    """In the order in which they work."""
    expected: Mapping[str, str]
    """Name to SQL type of the columns that all this was computed from; empty when the table is missing."""
    wanted: Mapping[str, str]
    """Name to SQL type of the columns that the new schema asks for, in its order."""
    columns: Mapping[str, str]
    """Name to SQL type of the columns afterwards; those of no schema, and of a type that drifted, stay as they are."""
    paths: Mapping[str, str]
    """Of the properties that keep their data: old path to new path, both dotted."""
    losses: tuple[Loss, ...]
    problems: tuple[Problem, ...]
    """Why the change is refused, losses that are not permitted among them."""
    changes: bool
    """Whether there is anything to do: an operation, or another order or meaning of the columns."""

    @property
    def rewrites(self) -> tuple[str, ...]:
        """The columns whose new type has the warehouse write the table anew."""
        return tuple(o.name for o in self.operations if isinstance(o, WidenColumn) and o.rewrites)


class Dialect(Protocol):
    """What a migration needs to know of a platform."""

    def column_name(self, name: str) -> str:
        """A profile column's name as the warehouse spells it."""
        ...

    def column_type(self, type_: Type) -> str:
        """The SQL type of a profile column."""
        ...

    def widening(self, old: str, new: str) -> Widening:
        """Whether the SQL type `new` holds every value of another one, `old`."""
        ...


def migrate(
    dialect: Dialect,
    *,
    present: Mapping[str, str] | None,
    before: Sequence[ProfileColumn],
    after: Sequence[ProfileColumn],
    renames: Mapping[str, str],
    drop_columns: Iterable[str],
    mode: WarehouseMode | None,
) -> Migration:
    """Compute the migration; never raises.

    `present` is what the profiles table has now, name to SQL type, or None when there is no such table: then one
    with the columns of `after` is made. `before` and `after` are the columns of the schema last applied and of the
    one wanted. `renames` maps new paths to old ones, `drop_columns` lists the paths whose loss is permitted, both
    dotted, of properties or of objects. Entries that were done, or say nothing about this change, are passed over.
    `mode` is the one wanted, None while it is not known.
    """
    old, new = _leaves(dialect, before), _leaves(dialect, after)
    there = {leaf.name: leaf.type for leaf in old} if present is None else present
    draft = _Draft(dialect, old, new, there, set(drop_columns))
    sources, problems = kept(old, new, renames)
    draft.problems += problems
    draft.follow(sources)
    changed = [(leaf.name, leaf.type) for leaf in old] != [(leaf.name, leaf.type) for leaf in new]
    if changed and mode is WarehouseMode.INSPECTION:
        draft.problems.append(
            Problem(
                "warehouse.mode",
                f'"{mode.value}" refuses changes of the columns: change the mode, or restore the profile schema.',
            )
        )
    operations = tuple(draft.operations())
    wanted = {leaf.name: leaf.type for leaf in new}
    columns = dict(there)
    for operation in operations:
        operation.apply(columns)
    return Migration(
        operations=operations,
        expected={} if present is None else dict(present),
        wanted=wanted,
        columns=wanted if present is None else columns,
        paths=_paths(old, new, sources),
        losses=tuple(draft.losses),
        problems=tuple(draft.problems),
        changes=bool(operations) or changed,
    )


def _paths(old: Sequence[Leaf], new: Sequence[Leaf], sources: Mapping[str, str]) -> dict[str, str]:
    before = {leaf.name: leaf.path for leaf in old}
    return {before[sources[leaf.name]]: leaf.path for leaf in new if leaf.name in sources}


def _leaves(dialect: Dialect, columns: Sequence[ProfileColumn]) -> list[Leaf]:
    return [
        Leaf(".".join(column.path), dialect.column_name(column.name), dialect.column_type(column.type))
        for column in columns
    ]


class _Draft:
    """The operations as they are found, by kind: those of one kind do not depend on each other."""

    def __init__(
        self,
        dialect: Dialect,
        old: Sequence[Leaf],
        new: Sequence[Leaf],
        present: Mapping[str, str],
        permitted: Container[str],
    ) -> None:
        self._dialect = dialect
        self._old = {leaf.name: leaf for leaf in old}
        self._new = {leaf.name: leaf for leaf in new}
        self._present = present
        self._permitted = permitted
        self.losses: list[Loss] = []
        self.problems: list[Problem] = []
        self._drops: list[Operation] = []
        self._renames: dict[str, str] = {}
        self._retypes: list[Operation] = []
        self._adds: list[Operation] = []

    def follow(self, sources: Mapping[str, str]) -> None:
        """Decide for each column of either schema; `sources` are those of `Kept`."""
        for leaf in self._new.values():
            source = sources.get(leaf.name)
            if source:
                self._keep(self._old[source], leaf)
            else:
                self._add(leaf)
        stay = set(sources.values())
        for leaf in self._old.values():
            if leaf.name not in stay and leaf.name in self._present:
                self._drops.append(DropColumn(leaf.name))
                self._lose(leaf, None)

    def operations(self) -> Iterator[Operation]:
        """Drops first, for they free names; then renames, each after the one that frees its new name."""
        yield from self._drops
        for chain in chains(self._renames):
            if chain[0] == self._renames[chain[-1]]:
                self._refuse_cycle(chain)
            else:
                yield from (RenameColumn(old, self._renames[old]) for old in reversed(chain))
        yield from self._retypes
        yield from self._adds

    def _keep(self, old: Leaf, new: Leaf) -> None:
        """The column of `old` becomes that of `new`, as far as it is there."""
        moved = old.name != new.name
        stranger = moved and new.name in self._present and new.name not in self._old
        if old.name not in self._present:
            # renamed by hand already, or lost
            self._add(new)
        elif stranger:
            self._refuse_name(new)
        elif (current := self._present[old.name]) == new.type or old.type == new.type:
            # the same, or changed outside Terraform: then it is kept as it is
            if moved:
                self._renames[old.name] = new.name
        elif (widening := self._dialect.widening(current, new.type)) is not Widening.NO:
            if moved:
                self._renames[old.name] = new.name
            self._retypes.append(WidenColumn(new.name, new.type, current, widening is Widening.REWRITES))
        else:
            self._lose(old, new.type)
            if moved:
                self._drops.append(DropColumn(old.name))
                self._adds.append(AddColumn(new.name, new.type))
            else:
                self._retypes.append(ReplaceColumn(new.name, new.type))

    def _add(self, leaf: Leaf) -> None:
        """A column that none of the schema last applied becomes. One of that name made by hand is adopted."""
        found = None if leaf.name in self._old else self._present.get(leaf.name)
        if found is None:
            self._adds.append(AddColumn(leaf.name, leaf.type))
        elif found != leaf.type:
            self._refuse_name(leaf)

    def _lose(self, leaf: Leaf, becomes: str | None) -> None:
        steps = leaf.path.split(".")
        permitted = any(".".join(steps[:depth]) in self._permitted for depth in range(1, len(steps) + 1))
        self.losses.append(Loss(leaf.path, leaf.name, becomes, permitted))
        if permitted:
            return
        type_ = self._present[leaf.name]
        if becomes:
            lost = f'changes from {type_} to {becomes}, which does not hold every value: column "{leaf.name}" is dropped and added anew, empty.'
            remedy = f'Keep the type, or list "{leaf.path}" here to permit the loss of its data.'
        else:
            lost = f'goes, and column "{leaf.name}" with its data.'
            remedy = f'List "{leaf.path}" here to permit that, or in renames the property that it becomes.'
        self.problems.append(Problem("drop_columns", f'property "{leaf.path}" {lost} {remedy}'))

    def _refuse_name(self, leaf: Leaf) -> None:
        self.problems.append(
            Problem(
                "profile_schema",
                f'property "{leaf.path}" needs the column "{leaf.name}" of type {leaf.type}, but the warehouse has '
                f"one of that name, of type {self._present[leaf.name]}, that was made outside Terraform: drop or "
                "rename it by hand.",
            )
        )

    def _refuse_cycle(self, chain: Sequence[str]) -> None:
        listed = ", ".join(f'"{self._old[name].path}"' for name in chain)
        self.problems.append(
            Problem(
                "renames",
                f"the properties {listed} take each other's names, which cannot be told from renames that were done "
                "before: rename one of them to a third name and apply, then rename it to its last name.",
            )
        )


def chains(renames: Mapping[str, str]) -> Iterator[list[str]]:
    """Split renames, old name to new one, into chains in which each new name is the next one's old name.

    A chain ends before a name that is free, or that an earlier chain frees; the last one's new name is the chain's
    first only in a cycle.
    """
    seen: set[str] = set()
    for start in renames:
        chain = []
        name = start
        while name in renames and name not in seen:
            seen.add(name)
            chain.append(name)
            name = renames[name]
        if chain:
            yield chain
