"""A value that is not known yet: while planning, a leaf may come from something still to be made."""

from typing import Final, TypeGuard, TypeVar, final

T = TypeVar("T")


@final
class Unknown:
    """The class of `UNKNOWN`; compare with ``is``."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()


def is_known(value: T | Unknown) -> TypeGuard[T]:
    """Whether `value` is anything else than `UNKNOWN`; says nothing of the leaves of a container."""
    return value is not UNKNOWN
