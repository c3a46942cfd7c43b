"""How long each operation may take: as long as the configuration says, or else the schema."""

from collections.abc import Mapping
from typing import Any, Final, Literal, get_args

from tfplugin.deadline import Deadline
from tfplugin.durations import parse_duration

Operation = Literal["create", "read", "update", "delete"]
OPERATIONS: Final[tuple[str, ...]] = get_args(Operation)
Timeouts = Mapping[Operation, str]
"""The schema's limits, as durations by operation. Users can change these; any other operation has 20 minutes."""

ATTRIBUTE: Final = "timeouts"
"""The name of the attribute that holds the configured timeouts; `Schema` adds this attribute."""

_DEFAULT: Final = "20m"


def deadline(timeouts: Timeouts, operation: Operation, state: Mapping[str, Any]) -> Deadline:
    """The deadline of an operation that begins now.

    `state` holds the configured timeouts: it is the planned state of a creation or update, the configuration of a
    data source, else the stored state.
    """
    configured = state[ATTRIBUTE] if timeouts else None
    limit = (configured or {}).get(operation) or timeouts.get(operation, _DEFAULT)
    return Deadline.after(parse_duration(limit))
