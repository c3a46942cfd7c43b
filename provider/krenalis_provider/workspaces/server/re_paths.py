"""Which properties a server renames and which it makes anew: the `rePaths` of an alteration.

What a server would refuse, fail of, or lose without a word, is a problem here. `renames` means the same as in a
warehouse of our own, so the properties that belong together are found in the same way; but a server can carry out less.
Source: docs/facts/krenalis.md, "An alteration of the profile schema".
"""

from collections.abc import Callable, Collection, Mapping

from krenalis_provider.model.attribute_path import AttributePath, Key
from krenalis_provider.model.errors import Problem
from krenalis_provider.model.profile_schema import ROOT, ProfileSchema, Type
from krenalis_provider.model.property_path import PropertyPath
from krenalis_provider.model.wording import shown
from krenalis_provider.warehouses.migration.renames import TypedColumn, kept
from krenalis_provider.workspaces.server.column_operations import leaves
from lightstart.records import Opaque, Record, field

Types = Mapping[PropertyPath, Type]
"""Every property of a schema by its path, objects too."""


class Decision(Record):
    """What becomes of the properties."""

    re_paths: Mapping[PropertyPath, PropertyPath | None]
    pairs: Mapping[PropertyPath, PropertyPath]
    """Old path to new path of the properties that are meant to go on, be it without their data."""
    problems: tuple[Problem, ...]
    explained: Collection[PropertyPath]
    """Old paths of the properties of which a problem says already why they would lose their data."""


def decide(
    before: ProfileSchema,
    after: ProfileSchema,
    renames: Mapping[str, str],
    permits: Callable[[PropertyPath], bool],
    spell: Callable[[str], str],
) -> Decision:
    """Compare two schemas. `permits` tells whether a property may lose its data; `spell` spells a column's name."""
    sources, problems = kept(_columns(before), _columns(after), renames)
    pairs = {PropertyPath.parse(old): PropertyPath.parse(new) for new, old in sources.items()}
    draft = _Draft(dict(before.walk()), dict(after.walk()), pairs, renames, permits, spell)
    draft.problems.extend(problems)
    for old_path, new_path in pairs.items():
        if old_path == new_path:
            draft.stay(new_path)
        else:
            draft.rename(old_path, new_path)
    draft.refuse_other_forms()
    return Decision(draft.re_paths, pairs, tuple(draft.problems), draft.explained)


def _columns(schema: ProfileSchema) -> dict[str, TypedColumn]:
    """The properties that are no objects, by path: a server compares paths, and not the names of columns."""
    return {str(path): TypedColumn(path, str(path), "") for path, _ in schema.leaves()}


class _Draft(Opaque):
    old: Types
    new: Types
    pairs: Mapping[PropertyPath, PropertyPath]
    """Old path to new path of the properties that go on."""
    renames: Mapping[str, str]
    permits: Callable[[PropertyPath], bool]
    spell: Callable[[str], str]
    re_paths: dict[PropertyPath, PropertyPath | None] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    explained: set[PropertyPath] = field(default_factory=set)
    _refused: set[PropertyPath] = field(default_factory=set)
    """The new paths of the objects of which a problem is told already."""

    def stay(self, path: PropertyPath) -> None:
        """A property keeps its path."""
        if self.old[path] != self.new[path]:
            self.re_paths[path] = None

    def rename(self, old: PropertyPath, new: PropertyPath) -> None:
        """A property gets another path, or an object around it does."""
        differing = [depth for depth, names in enumerate(zip(old, new, strict=False)) if names[0] != names[1]]
        first = differing[0] if differing else min(len(old), len(new)) - 1
        origin, target = PropertyPath(old[: first + 1]), PropertyPath(new[: first + 1])
        if len(old) != len(new) or (target != new and self._is_taken(origin, target)):
            self._move(old, new)
        elif target == new:
            self._rename_single(old, new)
        else:
            self._rename_object(origin, target, (old, new))

    def refuse_other_forms(self) -> None:
        """Refuse an object in the place of another property, and the other way round."""
        for path, type_ in self.old.items():
            now = self.new.get(path)
            if now and (type_.kind == "object") is not (now.kind == "object"):
                forms = ("a single property", "an object")
                was, becomes = forms if now.kind == "object" else reversed(forms)
                message = (
                    f"{shown(str(path))} was {was} and becomes {becomes}, and a Krenalis server cannot put one in the place of "
                    "the other at once: remove it and apply, then add it again; or give the new one another name."
                )
                self.problems.append(Problem(ROOT, message))
                self.explained.update(each for each in self.old if each[: len(path)] == path)

    def _is_taken(self, origin: PropertyPath, target: PropertyPath) -> bool:
        """Whether one of two objects is on both sides, so that a part of one goes into another."""
        return target in self.old or origin in self.new

    def _move(self, old: PropertyPath, new: PropertyPath) -> None:
        if new in self.old:
            self._refuse_taken(old, new, new)
        elif not self.permits(old):
            self.explained.add(old)
            self._refuse(
                new,
                f"a Krenalis server renames within one object alone, and cannot move {shown(str(old))} to "
                f"{shown(str(new))} with its data. Leave it in its object; or remove this entry and list "
                f"{shown(str(old))} in drop_columns, which drops it and adds the new one empty.",
            )

    def _rename_single(self, old: PropertyPath, new: PropertyPath) -> None:
        if self.old[old] != self.new[new]:
            if new in self.old:
                self._refuse_taken(old, new, new)
            elif not self.permits(old):
                self.explained.add(old)
                self._refuse(
                    new,
                    f"{shown(str(old))} changes its type on the way to {shown(str(new))}, and a Krenalis server cannot "
                    "change a type, nor a limit or a bound in it. Keep the type as it was; or list "
                    f"{shown(str(old))} in drop_columns, which drops it and adds the new one empty.",
                )
        elif self._can_take(old, new, new):
            self.re_paths[new] = old
        else:
            self.explained.add(old)

    def _rename_object(
        self, origin: PropertyPath, target: PropertyPath, pair: tuple[PropertyPath, PropertyPath]
    ) -> None:
        """An object becomes another; `pair` is one of the properties in it, whose entry may be the only one."""
        old, new = pair
        if target in self.re_paths:
            return
        if target in self._refused:
            self.explained.add(old)
        elif self.old[origin] != self.new[target] or not self._goes_on_whole(origin, target):
            self._refused.add(target)
            self.explained.add(old)
            self._refuse(
                new,
                f"the object {shown(str(origin))} becomes {shown(str(target))}, but not with all of its content as it is: "
                "names, types, descriptions and order. A Krenalis server does one at a time: rename the object alone and "
                "apply, then change its content and apply.",
            )
        elif self._can_take(origin, target, new):
            self.re_paths[target] = origin
        else:
            self._refused.add(target)
            self.explained.add(old)

    def _goes_on_whole(self, origin: PropertyPath, target: PropertyPath) -> bool:
        """Whether each property in an object goes on in the other one: a server renames all of them."""
        return all(
            self.pairs.get(PropertyPath((*origin, *rest))) == (*target, *rest)
            for rest, _ in leaves(self.old[origin])
        )

    def _can_take(self, old: PropertyPath, new: PropertyPath, place: PropertyPath) -> bool:
        """Whether a server can rename one to the other at once; refuses it if not, at the entry for `place`."""
        there = self.old.get(new)
        if self.spell(old.column) == self.spell(new.column):
            message = (
                f"{shown(str(old))} and {shown(str(new))} have one column in this warehouse, where case does not count, and "
                "a Krenalis server fails to rename it to itself: rename it to a third name and apply, then to this one."
            )
        elif there and (new in self.pairs or there != self.old[old] or there.kind == "object"):
            self._refuse_taken(old, new, place)
            return False
        elif old in self.new:
            message = (
                f"{shown(str(old))} becomes {shown(str(new))}, and another property gets its name in the same change, which "
                "a Krenalis server cannot do at once: rename this one alone and apply, then make the other change."
            )
        else:
            return True
        self._refuse(place, message)
        return False

    def _refuse_taken(self, old: PropertyPath, new: PropertyPath, place: PropertyPath) -> None:
        self.explained.add(old)
        message = (
            f"{shown(str(old))} gets the name of another property, which a Krenalis server cannot do at once: remove "
            f"the other one, {shown(str(new))}, or rename it to a free name, and apply; then rename this one."
        )
        self._refuse(place, message)

    def _refuse(self, new: PropertyPath, message: str) -> None:
        """Refuse what becomes of a new path, at the nearest entry for it or an object around it."""
        around = (str(PropertyPath(new[:depth])) for depth in range(len(new), 0, -1))
        entry = next((path for path in around if path in self.renames), None)
        steps = ("renames",) if entry is None else ("renames", Key(entry))
        self.problems.append(Problem(AttributePath(steps), message))
