"""A workspace as it is configured; parts of it may not be known yet."""

from collections.abc import Mapping, Sequence
from typing import Any

from krenalis_provider.model.profile_schema import Parsed
from krenalis_provider.model.unknown import UNKNOWN, Unknown, is_wholly_known
from krenalis_provider.model.workspace import UIPreferences, UserProfile, WarehouseMode, Workspace
from lightstart.records import Record, field


class WarehouseAddress(Record):
    """The platform and the settings that lead to a warehouse."""

    platform: str | Unknown
    settings: Mapping[str, Any] | Unknown = field(repr=False)
    """Values by name; an absent setting is None or not in the mapping."""


class Definition(Record, kw_only=True):
    """A configured workspace. `UNKNOWN` may stand anywhere; an absent value is None or not in its mapping."""

    name: str | Unknown
    document: Any
    """The profile schema as the user wrote it."""
    profile_schema: Parsed
    """The profile schema as it was read from `document`."""
    warehouse: WarehouseAddress
    mode: str | Unknown | None = None
    user_profile: Mapping[str, Any] | Unknown = field(default_factory=dict)
    identifiers: Sequence[Any] | Unknown = ()
    primary_sources: Mapping[str, Any] | Unknown = field(default_factory=dict)
    resolve_identities_on_batch_import: bool | Unknown | None = None
    renames: Mapping[str, str] | Unknown = field(default_factory=dict)
    """New path to old path of the properties that were renamed."""
    drop_columns: Sequence[str] | Unknown = ()
    """The paths of properties whose data may be lost."""
    writes_password: bool = False
    """Whether the password comes from the write-only attribute. If that is not to be sent, the settings have none."""

    def workspace(self, workspace_id: str) -> Workspace:
        """The workspace with that id; all of the definition is known. Without a mode, it is Normal."""
        known: Any = self
        return Workspace(
            id=workspace_id,
            name=known.name,
            mode=WarehouseMode(known.mode or WarehouseMode.NORMAL),
            profile_schema=self.document,
            ui_preferences=self.ui_preferences(),
            identifiers=tuple(known.identifiers),
            primary_sources=dict(known.primary_sources),
            resolve_identities_on_batch_import=self.resolve_identities_on_batch_import is not False,
        )

    def ui_preferences(self) -> UIPreferences:
        """The UI preferences, which must be known; absent paths and empty texts become None."""
        roles: Any = self.user_profile
        return UIPreferences(UserProfile(**{role: path or None for role, path in roles.items()}))

    @property
    def unknown(self) -> list[str]:
        """The paths of the values, besides the warehouse's settings, that are not wholly known."""
        values = {
            "name": self.name,
            "profile_schema": self.document,
            "warehouse.mode": self.mode,
            "ui_preferences": self.user_profile,
            "identifiers": self.identifiers,
            "primary_sources": self.primary_sources,
            "resolve_identities_on_batch_import": self.resolve_identities_on_batch_import,
            "renames": self.renames,
            "drop_columns": self.drop_columns,
        }
        return [path for path, value in values.items() if not is_wholly_known(value)]

    @property
    def decides_columns(self) -> bool:
        """Whether all values that decide on columns, besides the profile schema, are known."""
        renames: Any = self.renames
        drops: Any = self.drop_columns
        if isinstance(renames, Unknown) or isinstance(drops, Unknown):
            return False
        return UNKNOWN not in renames.values() and UNKNOWN not in drops
