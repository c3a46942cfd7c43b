"""The names of the catalogue as a platform spells them."""

import re
from collections.abc import Callable, Collection, Iterable
from copy import copy
from types import MappingProxyType

from krenalis_provider.warehouses import krenalis_objects


class Names:
    """The spelled names, and the objects of a complete warehouse."""

    def __init__(self, spell: Callable[[str], str], kinds: Collection[str]) -> None:
        """`kinds` are the kinds of objects that the platform has: one without enumerations has no "type", say."""
        self.spell = spell
        self.objects = MappingProxyType(
            {spell(name): kind for name, kind in krenalis_objects.OBJECTS.items() if kind in kinds}
        )
        """Name to kind ("table", "view", "index", "type", "procedure") of every object of a complete warehouse."""
        self._made_by_servers = {
            spell(name): kind for name, kind in krenalis_objects.MADE_BY_SERVERS.items() if kind in kinds
        }
        self.record = spell(krenalis_objects.RECORD.name)
        self.identities = spell(krenalis_objects.IDENTITIES.name)
        self.versions = spell(krenalis_objects.PROFILE_SCHEMA_VERSIONS.name)
        self.first_profiles = spell(krenalis_objects.PROFILES.name)
        self.profiles_view = spell(krenalis_objects.PROFILES_VIEW.name)
        """The view that shows the current profiles table."""
        self.procedure = spell(krenalis_objects.RESOLVE_IDENTITIES)
        self.pattern = spell(krenalis_objects.PROFILES_PREFIX) + "(0|[1-9][0-9]*)"
        """The regular expression that matches the whole name of a profiles table; the number is a group."""

    def of_servers(self, found: Iterable[str]) -> "Names":
        """The names of what a Krenalis server makes, with all profiles tables among the names that were found.

        There is no record. A server leaves profiles tables of earlier numbers behind (docs/facts/krenalis.md, "Objects
        made later").
        """
        names = copy(self)
        numbered = {name: "table" for name in found if self.number(name) is not None}
        names.objects = MappingProxyType({**self._made_by_servers, **numbered})
        return names

    def profiles_table(self, number: int) -> str:
        """The name of the profiles table with this number."""
        return f"{self.spell(krenalis_objects.PROFILES_PREFIX)}{number}"

    def number(self, name: str) -> int | None:
        """The number in the name of a profiles table; None for any other name."""
        matched = re.fullmatch(self.pattern, name)
        return int(matched[1]) if matched else None
