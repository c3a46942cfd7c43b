"""How a server is asked to make one profile schema of another, and what that does to the columns.

A server adds, drops and renames columns, and changes no types. Source: docs/facts/krenalis.md, "An alteration of the
profile schema".
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from krenalis_provider.api.body import LARGEST_BODY
from krenalis_provider.model.attribute_path import AttributePath
from krenalis_provider.model.definition import Definition
from krenalis_provider.model.errors import Problem
from krenalis_provider.model.profile_columns import profile_columns
from krenalis_provider.model.profile_schema import ROOT, ProfileSchema
from krenalis_provider.model.property_path import PropertyPath
from krenalis_provider.model.unknown import UNKNOWN, is_wholly_known
from krenalis_provider.model.wording import enumerated
from krenalis_provider.model.workspace import WarehouseMode
from krenalis_provider.warehouses import registry
from krenalis_provider.warehouses.dialect import Dialect
from krenalis_provider.warehouses.migration import operations as columns
from krenalis_provider.warehouses.migration.renames import Misspelt, remedy_of_going
from krenalis_provider.workspaces.interface import Loss, PlannedChange, Prior
from krenalis_provider.workspaces.server import document, rules
from krenalis_provider.workspaces.server.column_operations import Add, Drop, Operation, Rename, operations
from krenalis_provider.workspaces.server.re_paths import Decision, decide
from lightstart.records import Opaque, Record, field, replace

_UNREADABLE: Final = Problem(
    ROOT,
    "the profile schema at the Krenalis server has parts that this version of the provider does not know, so it cannot tell "
    "what a change would do: restore the profile schema, or change it in the Admin console.",
)


class Alteration(Record, kw_only=True):
    """A change of the profile schema and the primary sources at a server, which takes both in one request."""

    change: PlannedChange
    re_paths: Mapping[str, str | None] = field(default_factory=dict)
    """New path to old path of renamed properties; to None for one that is dropped and made anew, empty."""
    alters: bool = True
    """Whether the server has to be asked at all: the schema or the primary sources differ, or either is unknown."""
    identifiers_during: tuple[str, ...] | None = None
    """The identifiers to set before the alteration; None to leave those that there are.

    They lack each whose property is dropped, renamed or made anew. Afterwards those of the definition are set.
    """


def plan(prior: Prior, wanted: Definition) -> Alteration:
    """Compute the alteration to a definition; never raises."""
    platform = registry.platform(wanted.warehouse.platform)
    after = wanted.profile_schema.schema
    if platform is None or after is None or not wanted.decides_columns:
        return Alteration(change=PlannedChange(objects={}, operations=UNKNOWN))
    dialect = platform.dialect()
    change = PlannedChange(
        profile_columns={
            dialect.NAMES.spell(column.name): dialect.column_type(column.type)
            for column in profile_columns(after)
        },
        objects={},
    )
    if prior.profile_schema is None:
        return Alteration(change=replace(change, operations=UNKNOWN, problems=(_UNREADABLE,)))
    before = document.as_kept(prior.profile_schema)
    drops: Any = wanted.drop_columns
    misspelt = Misspelt(
        {PropertyPath.parse(path) for path in drops if path}, [path for path, _ in before.leaves()]
    )
    draft = _Draft(dialect, before, document.as_kept(after), prior, wanted, misspelt)
    return draft.alteration(change)


class _Draft(Opaque):
    """An alteration between two schemas as the server keeps them."""

    dialect: Dialect
    before: ProfileSchema
    after: ProfileSchema
    prior: Prior
    wanted: Definition
    misspelt: Misspelt

    def alteration(self, change: PlannedChange) -> Alteration:
        renames: Any = self.wanted.renames
        decided = decide(self.before, self.after, renames, self._permits, self.dialect.NAMES.spell)
        made = operations(self.before.properties, self.after.properties, decided.re_paths)
        alters = self._alters()
        losses = tuple(self._losses(made, decided))
        re_paths = {str(new): None if old is None else str(old) for new, old in decided.re_paths.items()}
        problems = (
            *decided.problems,
            *(self._unpermitted(loss, made) for loss in losses if not self._permits(loss.path) and loss.path not in decided.explained),
            *self._limits(made, alters=alters and self._is_certain()),
            *self._size(re_paths),
        )  # fmt: skip
        return Alteration(
            change=replace(
                change,
                operations=tuple(self.dialect.clause(operation) for operation in self._spelled(made)),
                changes_columns=bool(made) or self.before.leaves() != self.after.leaves(),
                renamed=decided.pairs,
                losses=tuple(loss for loss in losses if self._permits(loss.path)),
                problems=problems,
            ),
            re_paths=re_paths,
            alters=alters,
            identifiers_during=self._identifiers_during(made),
        )

    def _permits(self, path: PropertyPath) -> bool:
        drop_columns: Any = self.wanted.drop_columns
        return any(str(PropertyPath(path[:depth])) in drop_columns for depth in range(1, len(path) + 1))

    def _column(self, path: PropertyPath) -> str:
        return self.dialect.NAMES.spell(path.column)

    def _losses(self, made: Sequence[Operation], decided: Decision) -> Iterator[Loss]:
        """The columns that are dropped, in the order of the schema, each with what takes its place."""
        added = {
            self._column(each.path): self.dialect.column_type(each.type)
            for each in made
            if isinstance(each, Add)
        }
        dropped = {each.path for each in made if isinstance(each, Drop)}
        for path, _ in self.before.leaves():
            if path in dropped:
                column, target = self._column(path), decided.pairs.get(path)
                yield Loss(
                    path, column, added.get(column) or (added.get(self._column(target)) if target else None)
                )

    def _unpermitted(self, loss: Loss, made: Sequence[Operation]) -> Problem:
        path, column, becomes = loss
        if any(now == path for now, _ in self.after.leaves()):
            lost = (
                f"changes its type, be it a limit or a bound in it alone. A Krenalis server changes no types: column "
                f'"{column}" is dropped and added anew, empty.'
            )
            remedy = f'Keep the type as it was, or list "{path}" here to permit the loss of its data.'
        elif becomes:
            lost = f'goes, and another property gets its column "{column}": a Krenalis server drops it and adds it anew, empty.'
            remedy = f'Keep the property where it is, or list "{path}" here to permit the loss of its data.'
        else:
            lost = f'goes, and column "{column}" with its data.'
            was = dict(self.before.walk())[path]
            added = [each for each in made if isinstance(each, Add)]
            like = [each.path for each in added if each.path[:-1] == path[:-1] and each.type == was]
            remedy = remedy_of_going(path, like)
        remedy += self.misspelt.remedy(path)
        return Problem(AttributePath.of("drop_columns"), f'property "{path}" {lost} {remedy}')

    def _spelled(self, made: Sequence[Operation]) -> Iterator[columns.Operation]:
        """The operations in the words of a migration; a column that is made anew is one operation."""
        dropped = {self._column(each.path) for each in made if isinstance(each, Drop)}
        anew = {
            self._column(each.path)
            for each in made
            if isinstance(each, Add) and self._column(each.path) in dropped
        }
        for each in made:
            match each:
                case Drop(path) if self._column(path) not in anew:
                    yield columns.DropColumn(self._column(path))
                case Rename(old, new):
                    yield columns.RenameColumn(self._column(old), self._column(new))
                case Add(path, type_):
                    kind = columns.ReplaceColumn if self._column(path) in anew else columns.AddColumn
                    yield kind(self._column(path), self.dialect.column_type(type_))
                case _:
                    pass

    def _limits(self, made: Sequence[Operation], *, alters: bool) -> Iterator[Problem]:
        """What stands against the alteration as a whole."""
        if alters and self._stays_in_inspection():
            message = f'"{self.wanted.mode}" refuses changes of the profile schema: change the mode, or restore the profile schema.'
            yield Problem(AttributePath.of("warehouse", "mode"), message)
        if collision := self._collision(made):
            message = (
                f'the column "{collision}" is still that of another property when a Krenalis server wants to give it away: make the '
                "changes one after the other, with an apply of its own for each."
            )
            yield Problem(ROOT, message)
        dropped = [f'"{each.path}"' for each in made if isinstance(each, Drop)]
        most = rules.of_platform(self.wanted.warehouse.platform).drops
        if most is not None and len(dropped) > most:
            message = (
                f"{enumerated(dropped)} go at once, or are made anew. A Krenalis server drops several columns in a statement "
                f"that {self.wanted.warehouse.platform} does not understand, after the view of the profiles, and fails: drop "
                "one at a time, with an apply of its own for each."
            )
            yield Problem(ROOT, message)

    def _is_certain(self) -> bool:
        """Whether it is certain that something alters: a plan's first look does not know the sources that are kept."""
        return self.before != self.after or is_wholly_known(self.wanted.primary_sources)

    def _stays_in_inspection(self) -> bool:
        """Whether the mode is Inspection before and after; an update leaves it before an alteration, and enters it after."""
        workspace = self.prior.observed.workspace
        modes = {self.wanted.mode, *([workspace.mode] if workspace else [])}
        return modes == {WarehouseMode.INSPECTION}

    def _collision(self, made: Sequence[Operation]) -> str | None:
        """A column that an operation cannot make, because it is there at that moment."""
        there = {self._column(path) for path, _ in self.before.leaves()}
        for each in made:
            if isinstance(each, Drop | Rename):
                there.discard(self._column(each.old if isinstance(each, Rename) else each.path))
            if isinstance(each, Add | Rename):
                column = self._column(each.new if isinstance(each, Rename) else each.path)
                if column in there:
                    return column
                there.add(column)
        return None

    def _alters(self) -> bool:
        """Whether the schema or the primary sources differ, or it is not known."""
        sources, workspace = self.wanted.primary_sources, self.prior.observed.workspace
        if self.before != self.after or not is_wholly_known(sources):
            return True
        return workspace is None or sources != dict(workspace.primary_sources)

    def _identifiers_during(self, made: Sequence[Operation]) -> tuple[str, ...] | None:
        workspace = self.prior.observed.workspace
        if workspace is None:
            return None
        touched = {
            str(each.old if isinstance(each, Rename) else each.path)
            for each in made
            if not isinstance(each, Add)
        }
        stay = {str(path) for path, _ in self.before.leaves()} - touched
        if touched.isdisjoint(workspace.identifiers):
            return None
        return tuple(path for path in workspace.identifiers if path in stay)

    def _size(self, re_paths: Mapping[str, str | None]) -> Iterator[Problem]:
        """The schema alone is looked at by the rules of each definition."""
        if re_paths:
            sources = self.wanted.primary_sources
            known = {"primarySources": sources} if is_wholly_known(sources) else {}
            body = {"schema": document.to_send(self.after), "rePaths": re_paths, **known}
            if (size := document.size(body)) > LARGEST_BODY:
                message = (
                    f"makes a request of {size} bytes with these renames, and a Krenalis server takes at most "
                    f"{LARGEST_BODY}: rename fewer properties at a time."
                )
                yield Problem(ROOT, message)
