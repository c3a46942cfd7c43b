"""How to reach PostgreSQL: the settings and their rules (docs/facts/krenalis.md, "Connection settings").

No message shows a value: any of them may be, or hold, a password in the wrong place.
"""

import re
import socket
from typing import Final

from krenalis_provider.model.value_rules import TEXT, rule, size
from krenalis_provider.warehouses.postgresql.credentials import password_problem
from krenalis_provider.warehouses.settings import password, required, schema, schema_of
from lightstart.records import Record

_PORT: Final = rule("must be a whole number from 1 to 65535", lambda port: port in range(1, 65536))
_LONGEST_LABEL: Final = 63
_URL: Final = re.compile(r"\s*([a-z][a-z0-9+:]*:)?//", re.IGNORECASE)
_CONNECTION_STRING: Final = re.compile(r"\b(host|password|dbname)\s*=", re.IGNORECASE)

_IS_URL: Final = (
    "is a URL: write its host, port, username and database as settings of their own, and its password in the provider's "
    "postgresql block"
)


def _host_problem(host: str) -> str | None:
    """The mistake in a host name, an IP address, a socket's folder, or a list of these with commas between."""
    if _URL.match(host):
        return _IS_URL
    return next(filter(None, map(_single_host_problem, host.split(","))), None)


def _single_host_problem(host: str) -> str | None:
    if host != host.strip():
        return "has blanks around it: remove them"
    if host.startswith(("/", "@")):
        return None
    if "@" in host:
        return "must be the host alone: the name of the user is username, a password belongs into the provider's block"
    if "[" in host or "]" in host:
        return "must be an IPv6 address without brackets, and its port is the setting port"
    if ":" in host and not _is_ipv6(host):
        return "must be the host alone: its port is the setting port"
    if re.search(r"[\s/\\?#=;'\"<>(){}|^`*$&]", host):
        return "must be a host name, an IP address, or the folder of a socket, which begins with a slash"
    labels = host.removesuffix(".").split(".")
    if not all(1 <= len(label) <= _LONGEST_LABEL for label in labels):
        return "has an empty label, or one of more than 63 characters"
    return None


def _is_ipv6(host: str) -> bool:
    try:
        socket.inet_pton(socket.AF_INET6, host.partition("%")[0])
    except OSError:
        return False
    return True


def name_problem(name: str) -> str | None:
    """The mistake in a name, if it is what tells of a whole connection; libpq would take it for a name."""
    if _URL.match(name):
        return _IS_URL
    if _CONNECTION_STRING.search(name):
        return "is a connection string: write its parts as settings of their own"
    return None


_IDENTIFIER: Final = (TEXT, size(1, 63), name_problem)


class PostgreSQLSettings(Record, kw_only=True):
    """How to reach a schema of a database. Without a password, libpq's own sources apply (PGPASSWORD, .pgpass)."""

    host: str = required(TEXT, size(1, 253), _host_problem)
    port: int = required(_PORT)
    username: str = required(*_IDENTIFIER)
    database: str = required(*_IDENTIFIER)
    password: str | None = password(password_problem)
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
