"""Where a warehouse is in Snowflake: a schema of a database, by the names that Snowflake has for them."""

from dataclasses import dataclass

from krenalis_provider.warehouses.snowflake.connection import Session
from krenalis_provider.warehouses.snowflake.sql import identifier


@dataclass(frozen=True, slots=True)
class Place:
    """Real names: their case counts, and they have no quotes."""

    database: str
    schema: str

    @classmethod
    def of(cls, session: Session) -> "Place":
        """Where a session is."""
        return cls(session.database, session.schema)

    @property
    def sql(self) -> str:
        """The schema as SQL names it."""
        return identifier(self.database, self.schema)

    def object(self, name: str) -> str:
        """An object of the schema, as SQL names it."""
        return identifier(self.database, self.schema, name)

    def __str__(self) -> str:
        return f'schema "{self.schema}" of database "{self.database}"'
