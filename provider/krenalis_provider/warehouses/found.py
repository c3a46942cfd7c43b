"""What a warehouse holds under the names of the catalogue, and what that means."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from krenalis_provider.warehouses import catalog
from krenalis_provider.warehouses.provisioner import Inspection
from krenalis_provider.workspaces.model import Workspace


@dataclass(frozen=True, slots=True)
class Names:
    """The names of the catalogue as a platform spells them."""

    spell: Callable[[str], str]
    objects: Mapping[str, str]
    """Name to kind of every object that a complete warehouse has, as `Platform.objects` gives them."""

    @property
    def record(self) -> str:
        """The table of the record."""
        return self.spell(catalog.RECORD.name)

    @property
    def first_profiles(self) -> str:
        """The first profiles table."""
        return self.spell(catalog.PROFILES.name)

    @property
    def pattern(self) -> str:
        """What the names of profiles tables match whole; the number is a group."""
        return self.spell(catalog.PROFILES_PREFIX) + "(0|[1-9][0-9]*)"

    def number(self, name: str) -> int | None:
        """The number of the profiles table of that name; None if it is not one's name."""
        matched = re.fullmatch(self.pattern, name)
        return int(matched[1]) if matched else None


@dataclass(frozen=True, slots=True)
class Found:
    """What is there under the names of the catalogue; the profiles table has its real name."""

    names: Names
    objects: Mapping[str, str]
    """Name to kind. What only looks like one of ours has another kind than that."""
    columns: Mapping[str, str]
    """Name to type of the profile columns of the current profiles table."""
    record: Workspace | None

    @property
    def profiles(self) -> str | None:
        """The current profiles table: the one with the greatest number."""
        numbers = {
            number: name
            for name, kind in self.objects.items()
            if kind == "table" and (number := self.names.number(name)) is not None
        }
        return numbers[max(numbers)] if numbers else None

    @property
    def ours(self) -> dict[str, str]:
        """What we made, by name and kind, the profiles tables of all numbers among it."""
        profiles = {name: "table" for name in self.objects if self.names.number(name) is not None}
        expected = {**profiles, **self.names.objects}
        return {name: kind for name, kind in self.objects.items() if expected[name] == kind}

    @property
    def missing(self) -> list[str]:
        """The names of the catalogue, as spelled, that nothing has; a profiles table of any number is the profiles table."""
        present = self.inspection().objects.keys() | self.objects.keys()
        return [name for name in self.names.objects if name not in present]

    def inspection(self) -> Inspection:
        """The same in the words of the domain: the current profiles table under its name in the catalogue."""
        objects = {name: kind for name, kind in self.objects.items() if name in self.names.objects}
        if self.profiles:
            objects[self.names.first_profiles] = "table"
        if self.record is None and objects.get(self.names.record) == "table":
            # without its row the table says nothing
            del objects[self.names.record]
        has_workspace = self.record is not None or "table" in self.ours.values()
        return Inspection(self.record, objects, self.columns, has_workspace)
