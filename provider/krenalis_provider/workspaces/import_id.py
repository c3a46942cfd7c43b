"""The import id of a workspace without a server: the place of its warehouse, as a URL for any shell.

Every part is percent-encoded; an IPv6 address is in brackets. The URL has no query, because ``?`` and ``&``
mean something to a shell, and no password, because ids end up in logs and histories.
"""

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, unquote_to_bytes

from krenalis_provider.model.attribute_path import AttributePath
from krenalis_provider.model.definition import WarehouseAddress
from krenalis_provider.model.errors import InvalidWorkspace, Problem
from krenalis_provider.warehouses import registry
from krenalis_provider.warehouses.platform import Platform
from krenalis_provider.warehouses.settings import settings_problems

_ID: Final = AttributePath.of("id")
_SETTING: Final = re.compile(r"(?<=[/:@])[a-z]+")
_PART: Final = r"(?:[^\[\]:/@?&#\s]+|\[[^\[\]/@?&#\s]+\])"


def parse(text: str) -> WarehouseAddress:
    """The warehouse of an import id, without a password. Raises `InvalidWorkspace` at the path ``id``."""
    for platform in registry.PLATFORMS:
        pattern = _SETTING.sub(lambda name: f"(?P<{name[0]}>{_PART})", platform.import_form)
        if match := re.fullmatch(pattern, text):
            return WarehouseAddress(platform.name, _settings(platform, match.groupdict()))
    if re.match(r"[a-z]+://[^/@]*:[^/@]*@", text):
        variables = [each.variable for each in registry.secrets() if each.name == "password"]
        raise _invalid(
            f"a password does not belong here: give it in the provider block, or as {' or '.join(variables)}."
        )
    forms = " or ".join(platform.import_form for platform in registry.PLATFORMS)
    message = (
        f"expected {forms}, each part percent-encoded where it has other characters than A-Z a-z 0-9 . _ -"
    )
    raise _invalid(message)


def spell(warehouse: WarehouseAddress) -> str:
    """The import id of the workspace in a warehouse; `parse` returns its settings without the password."""
    settings: Any = warehouse.settings
    form = registry.known_platform(str(warehouse.platform)).import_form
    return _SETTING.sub(lambda name: _encoded(str(settings[name[0]])), form)


def _settings(platform: Platform, parts: Mapping[str, str]) -> dict[str, Any]:
    settings: dict[str, Any] = {name: _decoded(part.strip("[]")) for name, part in parts.items()}
    if re.fullmatch("[0-9]{1,5}", settings.get("port", "")):
        settings["port"] = int(settings["port"])
    if problems := settings_problems(platform, settings):
        raise InvalidWorkspace(Problem(_ID, f"{problem.path[-1]} {problem.message}") for problem in problems)
    return settings


def _encoded(part: str) -> str:
    return f"[{quote(part, safe=':')}]" if ":" in part else quote(part, safe="")


def _decoded(part: str) -> str:
    try:
        return unquote_to_bytes(part).decode()
    except UnicodeDecodeError:
        raise _invalid("its percent-encoding is not UTF-8.") from None


def _invalid(message: str) -> InvalidWorkspace:
    return InvalidWorkspace([Problem(_ID, message)])
