"""Settings of warehouses: how the server reads and checks them."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from tests.support.krenalis_server import go_json
from tests.support.krenalis_server.answers import unprocessable
from tests.support.krenalis_server.go_json import Reader, WrongJSON

Settings = dict[str, Any]
Rule = tuple[Callable[[Settings], bool], str]

PLATFORMS = ("PostgreSQL", "Snowflake")
_TEXT: Reader = go_json.text
_FIELDS: Mapping[str, Mapping[str, Reader]] = {
    "PostgreSQL": {
        "host": _TEXT,
        "port": go_json.integer,
        "username": _TEXT,
        "password": _TEXT,
        "database": _TEXT,
        "schema": _TEXT,
    },
    "Snowflake": dict.fromkeys(
        ("username", "password", "oidcToken", "account", "warehouse", "database", "schema", "role"), _TEXT
    ),
}


def _bytes(name: str, most: int) -> Rule:
    return (
        lambda settings: 1 <= len(settings[name].encode()) <= most,
        f"{name} length in bytes must be in range [1,{most}]",
    )


def _characters(name: str, words: str, least: int = 1) -> Rule:
    return (
        lambda settings: least <= len(settings[name]) <= 255,
        f"{words} length must be in range [{least},255]",
    )


_RULES: Mapping[str, tuple[Rule, ...]] = {
    "PostgreSQL": (
        _bytes("host", 253),
        (lambda settings: 1 <= settings["port"] <= 65535, "port must be in range [1,65535]"),
        _bytes("username", 63),
        (lambda settings: len(settings["password"]) <= 100, "password cannot be longer than 100 characters"),
        _bytes("database", 63),
        _bytes("schema", 63),
        (
            lambda settings: re.fullmatch("[A-Za-z_][A-Za-z0-9_]*", settings["schema"]) is not None,
            "schema must start with [A-Za-z_] and subsequently contain only [A-Za-z0-9_]",
        ),
        (lambda settings: not settings["schema"].startswith("pg_"), "schema cannot start with 'pg_'"),
    ),
    "Snowflake": (
        _characters("account", "account identifier", 3),
        (
            lambda settings: re.fullmatch("[a-zA-Z0-9]+[.-][a-zA-Z0-9]+", settings["account"]) is not None,
            "account identifier must be in the <organization>.<account> or <organization>-<account> format",
        ),
        _characters("username", "user name"),
        (lambda settings: bool(settings["password"] or settings["oidcToken"]), "password must be provided"),
        (
            lambda settings: not (settings["password"] and settings["oidcToken"]),
            "password and OIDC token cannot be provided simultaneously",
        ),
        (lambda settings: len(settings["password"]) <= 255, "password length must be in range [1,255]"),
        _characters("role", "role"),
        _characters("database", "database"),
        _characters("schema", "schema"),
        _characters("warehouse", "warehouse"),
    ),
}


class MalformedSettings(Exception):
    """Settings that are no such document; the text is what follows ``data warehouse:`` in the server's answer."""


def read(platform: str, value: Any) -> Settings:
    """All fields of a platform, in the server's order; `value` is `...` where the body has no settings.

    Raises `MalformedSettings`, and `Refusal` for a value that breaks a rule.
    """
    settings = _fields(platform, value)
    check(platform, settings, "data warehouse settings are not valid")
    return settings


def read_mcp(platform: str, value: Any, settings: Settings) -> Settings | None:
    """The MCP settings, None for null and absent. Raises as `read` does."""
    if value is None:
        return None
    found = _fields(platform, value)
    check(platform, found, "data warehouse MCP settings are not valid")
    if found == settings:
        message = "the MCP settings must be different from the data warehouse settings"
        raise unprocessable("InvalidWarehouseSettings", message)
    return found


def check(platform: str, settings: Settings, words: str) -> None:
    reason = next((text for rule, text in _RULES[platform] if not rule(settings)), None)
    if reason is not None:
        raise unprocessable("InvalidWarehouseSettings", f"{words}: {reason}", cause=reason)


def _fields(platform: str, value: Any) -> Settings:
    prefix = "cannot unmarshal settings: " if platform == "Snowflake" else ""
    if value is ...:
        raise MalformedSettings(f"{prefix}unexpected EOF")
    readers = _FIELDS[platform]
    go_type = "postgresql.pgSettings" if platform == "PostgreSQL" else "snowflake.sfSettings"
    try:
        found = go_json.members(value, readers, "", go_type)
    except WrongJSON as error:
        raise MalformedSettings(f"{prefix}{error}") from None
    return {name: found.get(name, reader(None, "")) for name, reader in readers.items()}
