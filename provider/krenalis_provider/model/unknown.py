"""A value that is not known yet: in a plan, it may come from a resource that is still to be made."""

from typing import Final, final


@final
class Unknown:
    """The class of `UNKNOWN`; compare with ``is``."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()
