"""The shape that the values of a workspace have in a plan: nothing behind this meets another one.

Any of them may be null, because it is not set or not known yet. A profile schema may be anything: its parser says so.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from krenalis_provider.model.workspace import WarehouseMode

_MODES: Final = (None, *(mode.value for mode in WarehouseMode))

_Check = Callable[[Any], bool]


def is_workspace(values: Any) -> bool:
    """Whether values are of a workspace, or there are none."""
    return values is None or (
        isinstance(values, dict) and all(check(values.get(name)) for name, check in _SHAPES.items())
    )


def _text(value: Any) -> bool:
    return value is None or isinstance(value, str)


def _texts(value: Any) -> bool:
    return value is None or (isinstance(value, list) and all(map(_text, value)))


def _map(value: Any) -> bool:
    return value is None or (isinstance(value, dict) and all(map(_text, value.values())))


def _maps(value: Any) -> bool:
    return value is None or (isinstance(value, list) and all(map(_map, value)))


def _warehouse(value: Any) -> bool:
    if value is None:
        return True
    if not isinstance(value, dict) or not _text(value.get("platform")) or value.get("mode") not in _MODES:
        return False
    settings = value.get("settings")
    return settings is None or (
        isinstance(settings, dict) and _text(settings.get("schema")) and _text(settings.get("database"))
    )


_SHAPES: Final[Mapping[str, _Check]] = {
    **dict.fromkeys(("id", "name", "on_destroy", "plan_check"), _text),
    **dict.fromkeys(("identifiers", "drop_columns", "migration"), _texts),
    **dict.fromkeys(("primary_sources", "renames", "profile_columns", "objects"), _map),
    "losses": _maps,
    "warehouse": _warehouse,
}
