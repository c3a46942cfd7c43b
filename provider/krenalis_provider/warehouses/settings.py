"""The settings of a warehouse. The fields of each platform's record carry the rules of its settings."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from krenalis_provider.model.attribute_path import ProviderPath, setting
from krenalis_provider.model.errors import Problem
from krenalis_provider.model.unknown import UNKNOWN
from krenalis_provider.model.value_rules import NO_NUL, TEXT, Rule, broken, rule
from krenalis_provider.model.wording import enumerated, nearest
from krenalis_provider.warehouses.platform import Platform, Setting, block_name
from lightstart.records import MISSING, field, fields

_SCHEMA = "schema"
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}")


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
    known = {each.name: each for each in platform.parameters}
    problems = [_unexpected(platform, name) for name in sorted(given.keys() - known.keys())]
    for name, each in known.items():
        if name in given:
            problems += broken(parameter(platform, name), given[name], (*_of_choice(each), *each.rules))
    wrong = {problem.path for problem in problems}
    sound = {name: UNKNOWN if parameter(platform, name) in wrong else value for name, value in given.items()}
    return [*problems, *platform.parameters_problems(sound)]


def _unexpected(platform: Platform, name: str) -> Problem:
    """The problem of a key that is no connection parameter. What looks like no name may be a secret."""
    if not _NAME.fullmatch(name):
        return Problem(ProviderPath.of(block_name(platform.name)), "has a key that is not a setting.")
    valid = tuple(each.name for each in platform.parameters)
    if name in {each.name for each in fields(platform.settings_type())}:
        remedy = f"set it in {setting(name)} of the resource or data source."
    elif meant := nearest(name, valid):
        remedy = f'did you mean "{meant}"?'
    else:
        remedy = f"the settings are {enumerated(valid)}."
    return Problem(
        parameter(platform, name), f"is not a setting of the provider for {platform.name}; {remedy}"
    )


def _of_choice(each: Setting) -> Iterator[Rule]:
    """The rules that a setting has as data."""
    if each.choices:
        yield _one_of(each.choices)
    if each.bounds:
        least, greatest = each.bounds
        yield rule(
            f"must be a whole number from {least} to {greatest}",
            lambda number: isinstance(number, int) and least <= number <= greatest,
        )


def _one_of(choices: tuple[str, ...]) -> Rule:
    def check(value: str) -> str | None:
        if value in choices:
            return None
        meant = nearest(value, choices)
        hint = f' (did you mean "{meant}"?)' if meant else ""
        return f"must be one of {', '.join(choices)}{hint}"

    return check


def parameter(platform: Platform, name: str) -> ProviderPath:
    """The path of a connection parameter."""
    return ProviderPath.of(block_name(platform.name), name)


def make_settings(platform: Platform, settings: Mapping[str, Any]) -> Any:
    """Make the settings of a platform from checked values, all of them known."""
    return platform.settings_type()(**{name: value for name, value in settings.items() if value is not None})


def schema_of(schema: str, database: str) -> str:
    """The place of a warehouse, in messages."""
    return f'schema "{schema}" of database "{database}"'
