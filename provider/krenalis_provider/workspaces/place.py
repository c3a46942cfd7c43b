"""What tells one warehouse from every other: the platform and where it is, whatever the spelling (design §2)."""

from collections.abc import Mapping
from typing import Any

from krenalis_provider.workspaces.snowflake_names import account_key, name_key


def place(platform: str, settings: Mapping[str, Any]) -> str:
    """The place of the warehouse that checked settings lead to, all of them known: equal texts are one place.

    Users, roles and virtual warehouses are not of it.
    """
    names = [same_name(platform, settings[part]) for part in ("database", "schema")]
    if platform == "Snowflake":
        return "/".join([platform, account_key(settings["account"]), *names])
    return "/".join([platform, settings["host"], str(settings["port"]), *names])


def same_name(platform: str, name: str) -> str:
    """A database's or schema's name: the same text for all spellings of one name."""
    return name_key(name) if platform == "Snowflake" else name
