"""What a Krenalis server does not take, or takes and then fails of: the rules beyond those that hold without a server.

Sources: docs/facts/krenalis.md, "Where a Krenalis server fails" and "Connection settings". What is normalised instead of
refused, such as a bound that is the type's own, `document` leaves out.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from krenalis_provider.api.body import LARGEST_BODY
from krenalis_provider.model.attribute_path import AttributePath, Step, setting
from krenalis_provider.model.definition import Definition
from krenalis_provider.model.errors import Problem
from krenalis_provider.model.profile_schema import ROOT, Leaf, Type
from krenalis_provider.model.unknown import Unknown, is_wholly_known
from krenalis_provider.model.value_rules import Rule, broken, rule
from krenalis_provider.model.wording import shown
from krenalis_provider.warehouses import registry
from krenalis_provider.workspaces.server import document

_ACCOUNT: Final = re.compile(r"[A-Za-z0-9]+[.-][A-Za-z0-9]+")
_SCHEMA: Final = re.compile(r"[a-z_][a-z0-9_]*")
_DATABASE: Final = re.compile(r"[A-Za-z0-9_.~$&+=:@-]+")
_PATH: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*")
_ACCOUNT_LENGTHS: Final = range(3, 256)
_PASSWORD_LENGTHS: Final = range(1, 256)
"""In characters, on Snowflake."""
_LARGEST: Final = 2**31 - 1
"""What exceeds it, a server keeps in 32 bits with a sign, or drops."""
_HALF: Final = 32
"""The bits of an int whose bounds a server keeps so."""
_LINE_SEPARATORS: Final = re.compile("[\u2028\u2029]")


def _longest(characters: int) -> Rule:
    return rule(
        f"must be at most {characters} characters long for a Krenalis server",
        lambda text: len(text) <= characters,
    )


def _matches(pattern: re.Pattern[str], message: str) -> Rule:
    return rule(message, lambda text: bool(pattern.fullmatch(text)))


class PlatformRules(NamedTuple):
    """What a server asks of one platform, beyond the rules of the platform's own settings."""

    settings: Mapping[str, Rule]
    """By the name of a setting; its value is text that keeps the rules of the platform."""
    required: Mapping[str, str] = {}
    """Settings that a creation cannot do without, though connections of our own can: by name, what to say."""
    drops: int | None = None
    """How many columns a server can drop in one alteration; None for any number."""
    needs_database: bool = False
    """Whether a server can fill one schema of a database only."""


PLATFORMS: Final[Mapping[str, PlatformRules]] = {
    "PostgreSQL": PlatformRules(
        settings={
            "host": rule(
                "must be one host name or address: a Krenalis server connects to neither a list of hosts nor the "
                "folder of a socket",
                lambda host: not re.search("[,/@]", host),
            ),
            "password": _longest(100),
            "database": _matches(
                _DATABASE,
                "must be of letters, digits and _ . ~ $ & + = : @ - alone: a Krenalis server escapes every other "
                "character twice, and does not find the database. Name another one, or rename it",
            ),
            "schema": _matches(
                _SCHEMA,
                "must be of lower-case letters, digits and _, and begin with no digit: a Krenalis server would make "
                "the tables in the schema of the lower-case name, whatever is in there. Name another one, or rename it",
            ),
        },
        needs_database=True,
    ),
    "Snowflake": PlatformRules(
        settings={
            "account": rule(
                "must be the names of the organization and the account with one - or . between them, of letters and "
                'digits alone, such as "myorg-account123": a Krenalis server takes no other identifier',
                lambda text: len(text) in _ACCOUNT_LENGTHS and bool(_ACCOUNT.fullmatch(text)),
            ),
            "password": rule(
                "must be 1 to 255 characters long for a Krenalis server",
                lambda text: len(text) in _PASSWORD_LENGTHS,
            ),
        },
        required={
            "password": "is required by a Krenalis server, which connects by itself and with a password: set it, or "
            "password_wo, which enters no state."
        },
        # docs/facts/krenalis.md, "An alteration of the profile schema"
        drops=1,
    ),
}
"""By platform. A platform that is not here has no rules of a server."""


def of_platform(name: str | Unknown) -> PlatformRules:
    """What a server asks of a platform; nothing if it is not known."""
    return PLATFORMS.get(name, PlatformRules({})) if isinstance(name, str) else PlatformRules({})


def problems(definition: Definition, *, creates: bool) -> tuple[Problem, ...]:
    """The broken rules of a server, on what is known of a definition; `creates` tells a creation from a change."""
    return (
        *_settings(definition, creates=creates),
        *_lengths_and_bounds(definition),
        *_texts(definition.document, ROOT),
        *_ui_preferences(definition),
        *(_primary_sources(definition) if creates else ()),
        *_size(definition),
    )


def _settings(definition: Definition, *, creates: bool) -> Iterator[Problem]:
    settings = definition.warehouse.settings
    if isinstance(settings, Unknown):
        return
    rules = of_platform(definition.warehouse.platform)
    for name, each in rules.settings.items():
        value = settings.get(name)
        if isinstance(value, str):
            yield from broken(_place(name, definition), value, (each,))
    if creates:
        for name, message in rules.required.items():
            if settings.get(name) is None and not definition.writes_password:
                yield Problem(setting(name), message)


def _place(name: str, definition: Definition) -> AttributePath:
    """The place of a setting; the password may come from the write-only attribute."""
    return setting("password_wo" if name == "password" and definition.writes_password else name)


def _lengths_and_bounds(definition: Definition) -> Iterator[Problem]:
    """The numbers that a server does not keep. What the platform refuses already is left to it."""
    found = [problem for leaf in definition.profile_schema.leaves for problem in _numbers(leaf)]
    platform = registry.platform(definition.warehouse.platform) if found else None
    leaves = definition.profile_schema.leaves
    refused = {problem.path for problem in platform.dialect().column_problems(leaves)} if platform else set()
    yield from (problem for problem in found if problem.path not in refused)


def _numbers(leaf: Leaf) -> Iterator[Problem]:
    if leaf.type is None:
        return
    place = (*leaf.place, "type")
    if leaf.type.element:
        yield from _too_large(leaf.type.element, (*place, "elementType"))
    else:
        yield from _too_large(leaf.type, place)


def _too_large(type_: Type, place: tuple[Step, ...]) -> Iterator[Problem]:
    values = dict(type_.parameters)
    names: tuple[str, ...] = ()
    if type_.kind == "string":
        names, remedy = ("maxBytes", "maxLength"), "lower it, or remove it for no limit"
    elif type_.kind == "int" and values["bitSize"] == _HALF and values.get("unsigned"):
        names, remedy = ("minimum", "maximum"), "lower it, remove it, or have a bitSize of 64"
    for name in names:
        if (value := values.get(name, 0)) > _LARGEST:
            message = f"must be at most {_LARGEST}, not {value}, of which a Krenalis server makes another number: {remedy}."
            yield Problem(AttributePath((*place, name)), message)


def _texts(value: Any, place: tuple[Step, ...]) -> Iterator[Problem]:
    """The texts anywhere in a document that a server changes."""
    if isinstance(value, str):
        if not value.isascii() and (found := _LINE_SEPARATORS.search(value)):
            message = (
                f"holds the line separator U+{ord(found[0]):X}, of which a Krenalis server makes a bullet: write a blank "
                "or \\n instead."
            )
            yield Problem(AttributePath(place), message)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _texts(item, (*place, key))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _texts(item, (*place, index))


def _ui_preferences(definition: Definition) -> Iterator[Problem]:
    """The form of the paths, where the profile schema that decides on them is not known yet."""
    profile = definition.user_profile
    if isinstance(profile, Unknown) or definition.profile_schema.paths is not None:
        return
    for role, path in profile.items():
        if isinstance(path, str) and path and not _PATH.fullmatch(path):
            message = f'must be the path of a property, such as "email" or "address.city", not {shown(path)}.'
            yield Problem(AttributePath.of("ui_preferences", "user_profile", role), message)


def _primary_sources(definition: Definition) -> Iterator[Problem]:
    if not isinstance(definition.primary_sources, Unknown) and definition.primary_sources:
        yield Problem(
            AttributePath.of("primary_sources"),
            "a new workspace has no connections that could be a source: remove them, apply, make the connections in "
            "Krenalis, and set the primary sources then.",
        )


def _size(definition: Definition) -> Iterator[Problem]:
    """Whether a server takes the request with the profile schema, as far as its other parts are known."""
    schema, warehouse = definition.profile_schema.schema, definition.warehouse
    if schema is None:
        return
    others = {
        "name": definition.name,
        "uiPreferences": (definition.user_profile, definition.user_profile),
        "warehouse": {
            "platform": warehouse.platform,
            "mode": definition.mode,
            "settings": warehouse.settings,
        },
        "primarySources": definition.primary_sources,
    }
    known = {name: value for name, value in others.items() if is_wholly_known(value)}
    size = document.size({"profileSchema": document.to_send(schema), **known})
    if size > LARGEST_BODY:
        message = (
            f"makes a request of {size} bytes, and a Krenalis server takes at most {LARGEST_BODY}: have fewer properties, "
            "or shorter descriptions."
        )
        yield Problem(ROOT, message)
