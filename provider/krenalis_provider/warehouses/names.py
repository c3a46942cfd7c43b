"""The names of the catalogue as a platform spells them."""

import re
from collections.abc import Callable, Collection
from types import MappingProxyType

from krenalis_provider.warehouses import catalog


class Names:
    """The spelled names, and the objects of a complete warehouse."""

    def __init__(self, spell: Callable[[str], str], kinds: Collection[str]) -> None:
        """`kinds` are the kinds of objects that the platform has: one without enumerations has no "type", say."""
        self.spell = spell
        self.objects = MappingProxyType(
            {spell(name): kind for name, kind in catalog.OBJECTS.items() if kind in kinds}
        )
        """Name to kind ("table", "view", "index", "type", "procedure") of every object of a complete warehouse."""
        self.record = spell(catalog.RECORD.name)
        self.identities = spell(catalog.IDENTITIES.name)
        self.first_profiles = spell(catalog.PROFILES.name)
        self.profiles_view = spell(catalog.PROFILES_VIEW.name)
        """The view that shows the current profiles table."""
        self.procedure = spell(catalog.RESOLVE_IDENTITIES)
        self.pattern = spell(catalog.PROFILES_PREFIX) + "(0|[1-9][0-9]*)"
        """The regular expression that matches the whole name of a profiles table; the number is a group."""

    def number(self, name: str) -> int | None:
        """The number in the name of a profiles table; None for any other name."""
        matched = re.fullmatch(self.pattern, name)
        return int(matched[1]) if matched else None
