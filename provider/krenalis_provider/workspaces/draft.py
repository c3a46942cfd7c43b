"""A workspace as configured, some of it perhaps unknown yet, and the rules that need no connection.

This is the offline part of the API's "Test workspace creation"; no switch turns it off.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from krenalis_provider.warehouses.columns import ProfileColumn, profile_columns
from krenalis_provider.warehouses.provisioner import platform
from krenalis_provider.workspaces import identity_settings, model
from krenalis_provider.workspaces.errors import Problem
from krenalis_provider.workspaces.platforms import PLATFORMS
from krenalis_provider.workspaces.profile_schema import Parsed, ProfileSchema
from krenalis_provider.workspaces.spelling import nearest
from krenalis_provider.workspaces.unknown import UNKNOWN, Unknown

_LONGEST_UI_PATH: Final = 100
_FEW: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A configured workspace. `UNKNOWN` may stand anywhere; an absent value is None or not in its mapping."""

    name: str | Unknown
    profile_schema: Parsed
    platform: str | Unknown
    mode: str | Unknown | None
    settings: Mapping[str, Any] | Unknown
    user_profile: Mapping[str, Any] | Unknown
    identifiers: Sequence[Any] | Unknown | None = None
    primary_sources: Mapping[str, Any] | Unknown | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """What the rules say of a draft, and what follows from it as far as it is known."""

    problems: tuple[Problem, ...]
    schema: ProfileSchema | None
    """None when it is unknown in part, or wrong."""
    columns: Sequence[ProfileColumn] | None
    """None with `schema`."""
    warnings: tuple[Problem, ...] = ()
    """What the rules permit, and may still fail when the warehouse is filled."""


def check(draft: Draft) -> Checked:
    """Apply every rule to what is known of a draft."""
    parsed = draft.profile_schema
    columns = profile_columns(parsed.schema) if parsed.schema else None
    chosen = platform(str(draft.platform)) if draft.platform in PLATFORMS else None
    problems = [
        *_name(draft),
        *_mode(draft),
        *warehouse_problems(draft.platform, draft.settings),
        *parsed.problems,
        *(chosen.column_problems(parsed.leaves) if chosen else ()),
        *_ui_preferences(draft, parsed.paths),
        *identity_settings.problems(draft.identifiers, draft.primary_sources, parsed.schema),
    ]
    warnings = chosen.column_warnings(columns) if chosen and columns else ()
    return Checked(tuple(problems), parsed.schema, columns, tuple(warnings))


def _name(draft: Draft) -> list[Problem]:
    return [] if isinstance(draft.name, Unknown) else model.name_problems(draft.name)


def _mode(draft: Draft) -> Iterator[Problem]:
    modes = tuple(mode.value for mode in model.WarehouseMode)
    if isinstance(draft.mode, str) and draft.mode not in modes:
        yield Problem("warehouse.mode", f'unknown mode "{draft.mode}"{_hint(draft.mode, modes)}')


def warehouse_problems(
    platform_name: str | Unknown, settings: Mapping[str, Any] | Unknown
) -> Iterator[Problem]:
    """What is wrong with how a warehouse is reached."""
    if isinstance(platform_name, Unknown):
        return
    if platform_name not in PLATFORMS:
        yield Problem(
            "warehouse.platform", f'unknown platform "{platform_name}"{_hint(platform_name, PLATFORMS)}'
        )
    elif not isinstance(settings, Unknown):
        yield from model.settings_problems(platform_name, settings)


def _ui_preferences(draft: Draft, paths: tuple[str, ...] | None) -> Iterator[Problem]:
    if isinstance(draft.user_profile, Unknown):
        return
    for role, path in draft.user_profile.items():
        place = f"ui_preferences.user_profile.{role}"
        if not path or path is UNKNOWN:
            continue
        if len(path) > _LONGEST_UI_PATH:
            yield Problem(place, f"a property path can be at most {_LONGEST_UI_PATH} characters long.")
        elif paths is not None and path not in paths:
            yield Problem(place, f'the profile schema has no property "{path}"{_hint(path, paths)}')


def _hint(word: str, valid: tuple[str, ...]) -> str:
    """The end of a sentence: the nearest valid word, or all of them when they are few."""
    if meant := nearest(word, valid):
        return f': did you mean "{meant}"?'
    return ": use " + " or ".join(f'"{v}"' for v in valid) + "." if len(valid) <= _FEW else "."
