"""The place of a warehouse: equal for all settings that lead to the same warehouse, however they spell it."""

from lightstart.records import Record, field


class Place(Record):
    """Equal places are one warehouse. Users, roles and virtual warehouses are not part of a place."""

    platform: str
    server: str
    """The host and port, or the account."""
    database: str
    schema: str
    former_server: str | None = field(default=None, compare=False, repr=False)
    """The server in the spelling of earlier versions, which stored data may have, where that was another one."""

    def shares_database_with(self, other: "Place") -> bool:
        """Whether both are in one database."""
        return (self.platform, self.server, self.database) == (other.platform, other.server, other.database)

    def __str__(self) -> str:
        return self._spelled(self.server)

    def is_spelled(self, text: str) -> bool:
        """Whether a stored text means this place, also one that an earlier version has stored."""
        former = text == self._spelled(self.former_server) if self.former_server else False
        return former or text == str(self)

    def _spelled(self, server: str) -> str:
        return f"{self.platform}/{server}/{self.database}/{self.schema}"
