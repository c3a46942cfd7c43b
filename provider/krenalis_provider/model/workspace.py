"""A workspace and its parts (docs/facts/krenalis.md, "Name, preferences and mode").

The fields have the names of the configuration. The record in the warehouse holds a `Workspace` too.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from krenalis_provider.model.attribute_path import AttributePath
from krenalis_provider.model.errors import Problem
from krenalis_provider.model.value_rules import TEXT, broken, characters
from lightstart.records import Record, field

_NAME: Final = (TEXT, characters(1, 100))


class WarehouseMode(StrEnum):
    """The use of a warehouse. Inspection refuses writes and migrations, Maintenance reads and writes."""

    NORMAL = "Normal"
    INSPECTION = "Inspection"
    MAINTENANCE = "Maintenance"


class UserProfile(Record):
    """The paths of the properties that the page of a profile shows; None and the empty string mean none."""

    image: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    extra: str | None = None


class UIPreferences(Record):
    """The workspace's UI preferences."""

    user_profile: UserProfile = UserProfile()


class Workspace(Record):
    """A workspace; `profile_schema` is the document as the user wrote it."""

    id: str
    name: str
    mode: WarehouseMode
    profile_schema: Any
    ui_preferences: UIPreferences = UIPreferences()
    identifiers: tuple[str, ...] = ()
    primary_sources: Mapping[str, str] = field(default_factory=dict)
    resolve_identities_on_batch_import: bool = True


def name_problems(name: str) -> list[Problem]:
    """List the mistakes in the name of a workspace."""
    return list(broken(AttributePath.of("name"), name, _NAME))
