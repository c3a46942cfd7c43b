"""What leads to a warehouse: the settings of each platform."""

from collections.abc import Iterator
from typing import Final

from krenalis_provider.connection_settings import CONNECTION
from krenalis_provider.warehouses import registry
from krenalis_provider.workspaces.offline_checks import needed_settings
from lightstart.records import fields
from tools.docs.mistakes import DocsError
from tools.docs.tables.markdown import code, sentence, table

_COMMON: Final = {
    "username": "The user to connect as.",
    "password": "The user's password. It is kept in the state: better give it in the provider block or in the environment.",
    "database": "The database.",
    "schema": "The schema in the database.",
}
"""Settings of each platform, whose attributes say more."""


def settings() -> str:
    """The settings of a warehouse by platform: which are needed, and which there are not."""
    return table(("setting", *registry.names(), "meaning"), _settings())


def _settings() -> Iterator[tuple[str, ...]]:
    own = {
        each.name: sentence(each.description) for platform in registry.PLATFORMS for each in platform.settings
    }
    described = {name: own.get(name) or _COMMON[name] for name in (*own, *_COMMON)}
    missing = {each for platform in registry.PLATFORMS for each in _names(platform.name)} - described.keys()
    if missing or not described.keys() <= {*CONNECTION, *_COMMON}:
        raise DocsError(f"settings without a description: {', '.join(sorted(missing))}")
    for name, description in described.items():
        yield (
            code(name),
            *(_need(platform.name, name) for platform in registry.PLATFORMS),
            _without_need(description),
        )


def _names(platform: str) -> list[str]:
    return [each.name for each in fields(registry.known_platform(platform).settings_type())]


def _need(platform: str, name: str) -> str:
    if name not in _names(platform):
        return "not a setting"
    return "required" if name in needed_settings(platform) else "optional"


def _without_need(description: str) -> str:
    """Without the word that the column of the platform says."""
    return description.removesuffix(" Required.")
