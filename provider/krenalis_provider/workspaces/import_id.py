"""The import id of a workspace in direct mode: where its warehouse is, as a URL that no shell takes apart (design §4).

Every part is percent-encoded; an IPv6 address stands in brackets. There is no query, because shells give ``?`` and
``&`` a meaning of their own, and no password, because ids end up in logs and histories.
"""

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, unquote_to_bytes

from krenalis_provider.workspaces.errors import InvalidWorkspace, Problem
from krenalis_provider.workspaces.model import settings_problems

_FORMS: Final = {
    "PostgreSQL": "postgresql://username@host:port/database/schema",
    "Snowflake": "snowflake://username@account/database/schema/role/warehouse",
}
"""By platform: each part has the name of its setting."""
_SETTING: Final = re.compile(r"(?<=[/:@])[a-z]+")
_PART: Final = r"(?:[^\[\]:/@?&#\s]+|\[[^\[\]/@?&#\s]+\])"


def parse(text: str) -> tuple[str, dict[str, Any]]:
    """The platform, and its settings without a password. Raises `InvalidWorkspace` at the path ``id``."""
    for platform, form in _FORMS.items():
        pattern = _SETTING.sub(lambda name: f"(?P<{name[0]}>{_PART})", form)
        if match := re.fullmatch(pattern, text):
            return platform, _settings(platform, match.groupdict())
    if re.match(r"[a-z]+://[^/@]*:[^/@]*@", text):
        raise _invalid(
            "a password does not belong here: give it in the provider block, or as PGPASSWORD or SNOWFLAKE_PASSWORD."
        )
    forms = " or ".join(_FORMS.values())
    raise _invalid(
        f"expected {forms}, each part percent-encoded where it has other characters than A-Z a-z 0-9 . _ -"
    )


def spell(platform: str, settings: Mapping[str, Any]) -> str:
    """The import id of the workspace in a warehouse; `parse` gives the same settings back, less the password."""
    return _SETTING.sub(lambda name: _encoded(str(settings[name[0]])), _FORMS[platform])


def _settings(platform: str, parts: Mapping[str, str]) -> dict[str, Any]:
    settings: dict[str, Any] = {name: _decoded(part.strip("[]")) for name, part in parts.items()}
    if re.fullmatch("[0-9]{1,5}", settings.get("port", "")):
        settings["port"] = int(settings["port"])
    if problems := settings_problems(platform, settings):
        names = ((problem.path.rpartition(".")[2], problem.message) for problem in problems)
        raise InvalidWorkspace(Problem("id", f"{name} {message}") for name, message in names)
    return settings


def _encoded(part: str) -> str:
    return f"[{quote(part, safe=':')}]" if ":" in part else quote(part, safe="")


def _decoded(part: str) -> str:
    try:
        return unquote_to_bytes(part).decode()
    except UnicodeDecodeError:
        raise _invalid("its percent-encoding is not UTF-8.") from None


def _invalid(message: str) -> InvalidWorkspace:
    return InvalidWorkspace([Problem("id", message)])
