"""A value that is not known yet: in a plan, it may come from a resource that is still to be made."""

from collections.abc import Mapping
from typing import Any, Final, final


@final
class Unknown:
    """The class of `UNKNOWN`; compare with ``is``."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()


def is_wholly_known(value: Any) -> bool:
    """Whether nothing in a value, of plain data, is unknown."""
    if isinstance(value, Mapping):
        return all(map(is_wholly_known, value.values()))
    if isinstance(value, list | tuple):
        return all(map(is_wholly_known, value))
    return not isinstance(value, Unknown)
