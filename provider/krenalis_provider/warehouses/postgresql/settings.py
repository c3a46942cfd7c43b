"""How to reach PostgreSQL: the settings and their rules (docs/facts/krenalis.md, "Connection settings")."""

from dataclasses import dataclass
from typing import Final

from krenalis_provider.model.value_rules import TEXT, rule, size
from krenalis_provider.warehouses.settings import password, required, schema, schema_of

_IDENTIFIER: Final = (TEXT, size(1, 63))
_PORT: Final = rule("must be a whole number from 1 to 65535", lambda port: port in range(1, 65536))
_LONGEST_LABEL: Final = 63


def _has_labels(host: str) -> bool:
    """Whether every label of a host name may be one; the path of a socket's folder has none."""
    labels = host.removesuffix(".").split(".")
    return host.startswith("/") or all(1 <= len(label) <= _LONGEST_LABEL for label in labels)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgreSQLSettings:
    """How to reach a schema of a database. Without a password, libpq's own sources apply (PGPASSWORD, .pgpass)."""

    host: str = required(
        TEXT, size(1, 253), rule("has an empty label, or one of more than 63 characters", _has_labels)
    )
    port: int = required(_PORT)
    username: str = required(*_IDENTIFIER)
    database: str = required(*_IDENTIFIER)
    password: str | None = password()
    schema: str = schema(
        *_IDENTIFIER,
        rule(
            'cannot start with "pg_", which PostgreSQL keeps for itself',
            lambda name: not name.startswith("pg_"),
        ),
    )

    @property
    def place(self) -> str:
        """Where the warehouse is, in messages."""
        return schema_of(self.schema, self.database)

    @property
    def address(self) -> str:
        """The place with its server; without a schema, the database's."""
        place = self.place if self.schema else f'database "{self.database}"'
        return f"{place} at {self.host}:{self.port}"
