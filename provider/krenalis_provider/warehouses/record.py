"""The record: the row that makes a warehouse a workspace (docs/design.md, "The record"), to and from `Workspace`.

Documents are JSON text in columns that keep the text to the letter. Numbers are read as int and Decimal and written
without rounding.
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from krenalis_provider.model.exact_json import to_json
from krenalis_provider.model.workspace import UIPreferences, UserProfile, WarehouseMode, Workspace
from krenalis_provider.warehouses import krenalis_objects
from lightstart.records import asdict

FORMAT_VERSION: Final = 1
_DOCUMENTS: Final = tuple(
    column.name
    for column in krenalis_objects.RECORD.columns
    if column.type is krenalis_objects.ColumnType.DOCUMENT
)


class UnreadableRecordError(ValueError):
    """This version did not write the row; the message, a clause, says the reason."""


def to_row(workspace: Workspace) -> dict[str, object]:
    """The values of the record's columns, except the times, which the warehouse sets."""
    return {
        "id": workspace.id,
        "name": workspace.name,
        "mode": workspace.mode.value,
        "profile_schema": to_json(workspace.profile_schema),
        "ui_preferences": to_json(asdict(workspace.ui_preferences)),
        "identifiers": to_json(workspace.identifiers),
        "primary_sources": to_json(workspace.primary_sources),
        "resolve_identities_on_batch_import": workspace.resolve_identities_on_batch_import,
        "state": "ready",
        "format_version": FORMAT_VERSION,
    }


def from_row(row: Mapping[str, Any]) -> Workspace:
    """Read a row that `to_row` made. Raises `UnreadableRecordError`."""
    texts = {name: row[name] for name in _DOCUMENTS if isinstance(row.get(name), str)}
    return _workspace({**row, **{name: parse_json(text) for name, text in texts.items()}})


def from_json(row: str) -> Workspace:
    """Read a row that is a JSON object with a member for each column. Raises `UnreadableRecordError`."""
    return _workspace(parse_json(row))


def parse_json(text: str) -> Any:
    """Read JSON. Raises `UnreadableRecordError`."""
    try:
        return json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError) as error:  # a number of thousands of digits, say
        raise UnreadableRecordError(f"it is not valid: {error}") from error


def _workspace(members: Mapping[str, Any]) -> Workspace:
    if (version := members.get("format_version")) != FORMAT_VERSION:
        raise UnreadableRecordError(
            f"its format version is {version}, and this provider knows {FORMAT_VERSION} only"
        )
    try:
        profile = _checked("ui_preferences", members["ui_preferences"], Mapping)["user_profile"]
        roles = _checked("user_profile", profile, Mapping)
        sources = _checked("primary_sources", members["primary_sources"], Mapping)
        identifiers = _checked("identifiers", members["identifiers"], list)
        resolve = "resolve_identities_on_batch_import"
        return Workspace(
            id=_checked("id", members["id"], str),
            name=_checked("name", members["name"], str),
            mode=WarehouseMode(members["mode"]),
            profile_schema=members["profile_schema"],
            ui_preferences=UIPreferences(
                UserProfile(**{role: _checked(role, path, str | None) for role, path in roles.items()})
            ),
            identifiers=tuple(_checked("identifiers", path, str) for path in identifiers),
            primary_sources={path: _checked(path, source, str) for path, source in sources.items()},
            resolve_identities_on_batch_import=_checked(resolve, members[resolve], bool),
        )
    except KeyError as error:
        raise UnreadableRecordError(f"it has no {error.args[0]}") from error
    except (TypeError, ValueError) as error:
        raise UnreadableRecordError(f"it is not valid: {error}") from error


def _checked(name: str, value: Any, kind: Any) -> Any:
    """Return the value if it is of that kind. Raises `TypeError`."""
    if not isinstance(value, kind):
        raise TypeError(f"{name} holds a {type(value).__name__}")
    return value
