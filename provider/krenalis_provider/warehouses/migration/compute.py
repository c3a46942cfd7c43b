"""The ordered column operations that turn one profile schema into another, in the words of no platform.

Columns are told apart by name, as the warehouse spells it: a property that moves to a path with the same column
keeps it without any operation. A rename keeps the data. A column loses its data when it is dropped, or changes to a
type that does not hold every value of the old type; `drop_columns` must permit the loss.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from krenalis_provider.model.attribute_path import AttributePath
from krenalis_provider.model.errors import Problem
from krenalis_provider.model.profile_columns import ProfileColumn
from krenalis_provider.model.property_path import PropertyPath
from krenalis_provider.model.workspace import WarehouseMode
from krenalis_provider.warehouses.dialect import Dialect
from krenalis_provider.warehouses.migration.operations import (
    AddColumn,
    DropColumn,
    Operation,
    RenameColumn,
    ReplaceColumn,
    WidenColumn,
    Widening,
)
from krenalis_provider.warehouses.migration.renames import Misspelt, TypedColumn, kept, remedy_of_going
from lightstart.records import Opaque, Record, field


class Loss(NamedTuple):
    """A column that loses its data."""

    path: PropertyPath
    """The path of its property in the schema last applied."""
    column: str
    becomes: str | None
    """The SQL type of the empty column that takes its place; None when no column does."""
    permitted: bool
    """Whether `drop_columns` names the path, or the path of an object around the property."""


class Migration(Record, kw_only=True):
    """The effect of a change of the profile schema on the columns of a warehouse."""

    operations: tuple[Operation, ...]
    """In the order in which they must run."""
    expected: Mapping[str, str]
    """Name to SQL type of the columns that the migration starts from; empty when the table is missing."""
    wanted: Mapping[str, str]
    """Name to SQL type of the columns that the new schema asks for, in its order."""
    columns: Mapping[str, str]
    """Name to SQL type of the columns afterwards; columns and types that came from outside Terraform stay."""
    paths: Mapping[PropertyPath, PropertyPath]
    """The properties that keep their data: old path to new path."""
    losses: tuple[Loss, ...]
    gone: tuple[str, ...]
    """The columns of both schemas that are missing in the warehouse: the operations add them, without their data."""
    problems: tuple[Problem, ...]
    """Why the change is refused, which includes losses that are not permitted."""
    changes: bool
    """Whether there is an operation, or the columns of the two schemas differ in names or types; order is no difference."""

    @property
    def rewrites(self) -> tuple[str, ...]:
        """The columns whose new types make the warehouse write the table anew."""
        return tuple(o.name for o in self.operations if isinstance(o, WidenColumn) and o.rewrites)


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

    `present` holds the columns of the profiles table, name to SQL type. None means that there is no such table: one
    with the columns of `after` is made. `before` and `after` are the columns of the schema last applied and of the
    schema wanted. `renames` maps new paths to old paths, and `drop_columns` lists the paths of properties or objects
    whose loss is permitted, both as a configuration spells paths. Entries that were done before, or do not concern
    this change, are passed over. `mode` is the mode wanted, None while it is not known.
    """
    old, new = _typed(dialect, before), _typed(dialect, after)
    known = {name: column.type for name, column in old.items()}
    wanted = {name: column.type for name, column in new.items()}
    there = known if present is None else present
    permitted = {PropertyPath.parse(path) for path in drop_columns if path}
    misspelt = Misspelt(permitted, [column.path for column in old.values()])
    draft = _Draft(dialect, old, new, there, permitted, misspelt)
    sources, problems = kept(old, new, renames)
    draft.problems.extend(problems)
    draft.follow(sources)
    changed = known != wanted
    if changed and mode is WarehouseMode.INSPECTION:
        message = (
            f'"{mode.value}" refuses changes of the columns: change the mode, or restore the profile schema.'
        )
        draft.refuse(message, "warehouse", "mode")
    operations = tuple(draft.operations())
    columns = dict(there)
    for operation in operations:
        operation.apply(columns)
    return Migration(
        operations=operations,
        expected={} if present is None else dict(present),
        wanted=wanted,
        columns=wanted if present is None else columns,
        paths={old[sources[name]].path: column.path for name, column in new.items() if name in sources},
        losses=tuple(draft.losses),
        gone=tuple(draft.gone),
        problems=tuple(draft.problems),
        changes=bool(operations) or changed,
    )


def _typed(dialect: Dialect, columns: Sequence[ProfileColumn]) -> dict[str, TypedColumn]:
    """The columns by name, as the warehouse spells it."""
    typed = (
        TypedColumn(column.path, dialect.NAMES.spell(column.name), dialect.column_type(column.type))
        for column in columns
    )
    return {column.name: column for column in typed}


class _Draft(Opaque):
    """The operations by kind, while they are found: operations of one kind do not depend on each other."""

    dialect: Dialect
    old: Mapping[str, TypedColumn]
    new: Mapping[str, TypedColumn]
    present: Mapping[str, str]
    permitted: Collection[PropertyPath]
    misspelt: Misspelt
    gone: list[str] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    drops: list[Operation] = field(default_factory=list)
    renames: dict[str, str] = field(default_factory=dict)
    retypes: list[Operation] = field(default_factory=list)
    adds: list[Operation] = field(default_factory=list)

    def follow(self, sources: Mapping[str, str]) -> None:
        """Decide on each column of either schema; `sources` is as `kept` returns it."""
        for name, column in self.new.items():
            if name in sources:
                self._keep(self.old[sources[name]], column)
            else:
                self._add(column)
        stay = set(sources.values())
        fresh = [column for name, column in self.new.items() if name not in sources]
        for name, column in self.old.items():
            if name not in stay and name in self.present:
                self.drops.append(DropColumn(name))
                self._lose(column, None, [each.path for each in fresh if each.type == column.type])

    def operations(self) -> Iterator[Operation]:
        """Drops come first, because they free names; a rename comes after the rename that frees its name."""
        yield from self.drops
        for chain in chains(self.renames):
            if chain[0] == self.renames[chain[-1]]:
                listed = ", ".join(f'"{self.old[name].path}"' for name in chain)
                self.refuse(
                    f"the properties {listed} take each other's names, which cannot be told from renames that were done "
                    "before: rename one of them to a third name and apply, then rename it to its last name.",
                    "renames",
                )
            else:
                yield from (RenameColumn(old, self.renames[old]) for old in reversed(chain))
        yield from self.retypes
        yield from self.adds

    def refuse(self, message: str, *steps: str) -> None:
        """Report a problem at the attribute to which the steps lead."""
        self.problems.append(Problem(AttributePath(steps), message))

    def _keep(self, old: TypedColumn, new: TypedColumn) -> None:
        """Make the column `old`, if the table has it, the column `new`."""
        moved = old.name != new.name
        current = self.present.get(old.name)
        if current is None:
            # renamed by hand already, or lost
            if self._add(new):
                self.gone.append(new.name)
        elif moved and new.name in self.present and new.name not in self.old:
            self._refuse_name(new)
        elif new.type in {current, old.type}:
            # the same type, or one that was changed outside Terraform: the column stays as it is
            if moved:
                self.renames[old.name] = new.name
        elif (widening := self.dialect.widening(current, new.type)) is not Widening.NO:
            if moved:
                self.renames[old.name] = new.name
            self.retypes.append(WidenColumn(new.name, new.type, current, widening is Widening.REWRITES))
        else:
            self._lose(old, new.type)
            if moved:
                self.drops.append(DropColumn(old.name))
                self.adds.append(AddColumn(new.name, new.type))
            else:
                self.retypes.append(ReplaceColumn(new.name, new.type))

    def _add(self, column: TypedColumn) -> bool:
        """Whether a column that has no source is added; one of that name and type that was made by hand is kept."""
        found = None if column.name in self.old else self.present.get(column.name)
        if found is None:
            self.adds.append(AddColumn(column.name, column.type))
        elif found != column.type:
            self._refuse_name(column)
        return found is None

    def _lose(self, column: TypedColumn, becomes: str | None, like: Sequence[PropertyPath] = ()) -> None:
        path = column.path
        permitted = any(path[:depth] in self.permitted for depth in range(1, len(path) + 1))
        self.losses.append(Loss(path, column.name, becomes, permitted))
        if permitted:
            return
        if becomes:
            type_ = self.present[column.name]
            lost = f'changes from {type_} to {becomes}, which does not hold every value: column "{column.name}" is dropped and added anew, empty.'
            remedy = f'Keep the type, or list "{path}" here to permit the loss of its data.'
        else:
            lost = f'goes, and column "{column.name}" with its data.'
            remedy = remedy_of_going(path, like)
        remedy += self.misspelt.remedy(path)
        self.refuse(f'property "{path}" {lost} {remedy}', "drop_columns")

    def _refuse_name(self, column: TypedColumn) -> None:
        self.refuse(
            f'property "{column.path}" needs the column "{column.name}" of type {column.type}, but the warehouse has '
            f"one of that name, of type {self.present[column.name]}, that was made outside Terraform: drop or "
            "rename it by hand.",
            "profile_schema",
        )


def chains(renames: Mapping[str, str]) -> Iterator[list[str]]:
    """Split renames, old name to new name, into chains: each name is renamed to the next of its chain.

    A chain ends before a name that is free, or that an earlier chain frees. Only in a cycle is the last name of a
    chain renamed to the first.
    """
    seen: set[str] = set()
    for start in renames:
        chain, name = [], start
        while name in renames and name not in seen:
            seen.add(name)
            chain.append(name)
            name = renames[name]
        if chain:
            yield chain
