"""The settings of a warehouse. The fields of each platform's dataclass carry the rules of its settings."""

from collections.abc import Mapping
from dataclasses import MISSING, field, fields
from typing import Any

from krenalis_provider.model.attribute_path import ProviderPath, setting
from krenalis_provider.model.errors import Problem
from krenalis_provider.model.unknown import UNKNOWN
from krenalis_provider.model.value_rules import NO_NUL, TEXT, Rule, broken
from krenalis_provider.warehouses.platform import Platform, block_name

_SCHEMA = "schema"


def required(*rules: Rule) -> Any:
    """A field of a required setting; only the first rule that its value breaks is reported."""
    return field(metadata={"rules": rules})


def schema(*rules: Rule) -> Any:
    """The field of the schema: required for a warehouse, and empty for a whole database."""
    return field(default="", metadata={"rules": rules})


def password(*rules: Rule) -> Any:
    """The field of a password, which is optional and never printed; with further rules."""
    return field(default=None, repr=False, metadata={"rules": (TEXT, NO_NUL, *rules)})


def settings_problems(
    platform: Platform, settings: Mapping[str, Any], *, whole_database: bool = False
) -> list[Problem]:
    """List the mistakes in the settings of a warehouse or `whole_database`; passes over UNKNOWN, None is absent."""
    given = {name: value for name, value in settings.items() if value is not None}
    known = {each.name: each for each in fields(platform.settings_type())}
    if whole_database:
        del known[_SCHEMA]
    problems = [
        Problem(setting(name), f"is not a setting of {platform.name}: remove it.")
        for name in sorted(given.keys() - known.keys())
    ]
    for name, each in known.items():
        if name in given:
            problems += broken(setting(name), given[name], each.metadata["rules"])
        elif each.default is MISSING or name == _SCHEMA:
            problems.append(Problem(setting(name), f"is required by platform {platform.name}."))
    return problems


def parameters_problems(platform: Platform, parameters: Mapping[str, Any]) -> list[Problem]:
    """List the mistakes in a platform's object of the provider block; passes over UNKNOWN, None is absent.

    No message shows a value: any of them may be a password in the wrong place.
    """
    given = {name: value for name, value in parameters.items() if value is not None}
    problems: list[Problem] = []
    for each in platform.parameters:
        if each.name in given:
            problems += broken(parameter(platform, each.name), given[each.name], each.rules)
    wrong = {problem.path for problem in problems}
    sound = {name: UNKNOWN if parameter(platform, name) in wrong else value for name, value in given.items()}
    return [*problems, *platform.parameters_problems(sound)]


def parameter(platform: Platform, name: str) -> ProviderPath:
    """The path of a connection parameter."""
    return ProviderPath.of(block_name(platform.name), name)


def make_settings(platform: Platform, settings: Mapping[str, Any]) -> Any:
    """Make the settings of a platform from checked values, all of them known."""
    return platform.settings_type()(**{name: value for name, value in settings.items() if value is not None})


def schema_of(schema: str, database: str) -> str:
    """The place of a warehouse, in messages."""
    return f'schema "{schema}" of database "{database}"'
