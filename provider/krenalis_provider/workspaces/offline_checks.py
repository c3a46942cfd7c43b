"""The rules that need no connection, the offline part of "Test workspace creation". No switch turns them off."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from krenalis_provider.model import identity_settings
from krenalis_provider.model.attribute_path import AttributePath
from krenalis_provider.model.definition import Definition, WarehouseAddress
from krenalis_provider.model.errors import InvalidWorkspace, Problem
from krenalis_provider.model.profile_columns import profile_columns
from krenalis_provider.model.profile_schema import Parsed
from krenalis_provider.model.unknown import UNKNOWN, Unknown
from krenalis_provider.model.wording import nearest
from krenalis_provider.model.workspace import WarehouseMode, name_problems
from krenalis_provider.warehouses import registry
from krenalis_provider.warehouses.settings import settings_problems
from lightstart.records import Record

_LONGEST_UI_PATH: Final = 100
_FEW: Final = 8
_WAREHOUSE: Final = AttributePath.of("warehouse")


class Checked(Record):
    """The results of the rules for a definition."""

    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...] = ()
    """Limits that the definition may exceed, although filling the warehouse may then fail."""


def check(definition: Definition) -> Checked:
    """Applies every rule to the known values of a definition."""
    parsed = definition.profile_schema
    platform = registry.platform(definition.warehouse.platform)
    dialect = platform.dialect() if platform else None
    problems = [
        *([] if isinstance(definition.name, Unknown) else name_problems(definition.name)),
        *_mode(definition),
        *address_problems(definition.warehouse),
        *parsed.problems,
        *(dialect.column_problems(parsed.leaves) if dialect else ()),
        *_ui_preferences(definition, parsed.paths),
        *identity_settings.problems(definition.identifiers, definition.primary_sources, parsed.schema),
    ]
    warnings = dialect.column_warnings(profile_columns(parsed.schema)) if dialect and parsed.schema else ()
    return Checked(tuple(problems), tuple(warnings))


def address_problems(address: WarehouseAddress, *, whole_database: bool = False) -> Sequence[Problem]:
    """The problems of the settings by which a warehouse, or a `whole_database`, is reached."""
    if isinstance(address.platform, Unknown):
        return []
    platform = registry.platform(address.platform)
    if platform is None:
        message = f'unknown platform "{address.platform}"{_hint(address.platform, registry.names())}'
        return [Problem(AttributePath((*_WAREHOUSE, "platform")), message)]
    if isinstance(address.settings, Unknown):
        return []
    return settings_problems(platform, address.settings, whole_database=whole_database)


def needed_settings(platform_name: str) -> tuple[str, ...]:
    """The names of the settings without which a warehouse is not found; none for a platform that there is not."""
    platform = registry.platform(platform_name)
    return tuple(str(problem.path[-1]) for problem in settings_problems(platform, {})) if platform else ()


def column_types(platform_name: str, parsed: Parsed) -> dict[str, Any]:
    """The profile columns on a known platform, name to SQL type. Raises `InvalidWorkspace`."""
    dialect = registry.known_platform(platform_name).dialect()
    if problems := (*parsed.problems, *dialect.column_problems(parsed.leaves)):
        raise InvalidWorkspace(problems)
    columns = profile_columns(parsed.schema) if parsed.schema else ()
    return {dialect.NAMES.spell(column.name): dialect.column_type(column.type) for column in columns}


def _mode(definition: Definition) -> Iterator[Problem]:
    modes = tuple(mode.value for mode in WarehouseMode)
    if isinstance(definition.mode, str) and definition.mode not in modes:
        message = f'unknown mode "{definition.mode}"{_hint(definition.mode, modes)}'
        yield Problem(AttributePath((*_WAREHOUSE, "mode")), message)


def _ui_preferences(definition: Definition, paths: tuple[str, ...] | None) -> Iterator[Problem]:
    if isinstance(definition.user_profile, Unknown):
        return
    for role, path in definition.user_profile.items():
        place = AttributePath.of("ui_preferences", "user_profile", role)
        if not path or path is UNKNOWN:
            continue
        if len(path) > _LONGEST_UI_PATH:
            yield Problem(place, f"a property path can be at most {_LONGEST_UI_PATH} characters long.")
        elif paths is not None and path not in paths:
            yield Problem(place, f'the profile schema has no property "{path}"{_hint(path, paths)}')


def _hint(word: str, valid: tuple[str, ...]) -> str:
    """The end of a sentence: the nearest valid word, or all valid words when they are few."""
    if meant := nearest(word, valid):
        return f': did you mean "{meant}"?'
    return ": use " + " or ".join(f'"{v}"' for v in valid) + "." if len(valid) <= _FEW else "."
