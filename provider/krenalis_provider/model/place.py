"""The place of a warehouse: equal for all settings that lead to the same warehouse, however they spell it."""

from typing import NamedTuple


class Place(NamedTuple):
    """Equal places are one warehouse. Users, roles and virtual warehouses are not part of a place."""

    platform: str
    server: str
    """The host and port, or the account."""
    database: str
    schema: str

    def __str__(self) -> str:
        return "/".join(self)
