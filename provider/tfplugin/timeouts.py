"""How long each operation may take: what the schema says, unless the configuration says otherwise."""

from collections.abc import Mapping
from typing import Any, Final, Literal, get_args

from tfplugin.deadline import Deadline
from tfplugin.durations import parse_duration

Operation = Literal["create", "read", "update", "delete"]
OPERATIONS: Final[tuple[str, ...]] = get_args(Operation)
Timeouts = Mapping[Operation, str]
"""Durations by operation. An operation that is not among them cannot be limited by users."""

ATTRIBUTE: Final = "timeouts"
"""The attribute of the configuration; the schema adds it."""

_DEFAULT: Final = "20m"


def deadline(timeouts: Timeouts, operation: Operation, state: Mapping[str, Any]) -> Deadline:
    """By when an operation must be over that begins now.

    `state` is what holds the configured timeouts: the planned state of a creation or update, the configuration of
    a data source, else the stored state.
    """
    configured = state[ATTRIBUTE] if timeouts else None
    limit = (configured or {}).get(operation) or timeouts.get(operation, _DEFAULT)
    return Deadline.after(parse_duration(limit))
