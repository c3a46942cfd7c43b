"""Names and values in Snowflake's SQL.

The driver only binds values, and cannot do so in data definition and the body of a procedure.
"""

from collections.abc import Mapping
from typing import NamedTuple

from lightstart.records import Record


class Statement(Record):
    """A statement. Errors name it by `doing`, its purpose, such as ``making table "KRENALIS_EVENTS"``.

    With `values`, the query has a ``%(name)s`` for each value and ``%%`` for a percent sign; without, it is
    sent unchanged.
    """

    doing: str
    query: str
    values: Mapping[str, object] | None = None


class Schema(NamedTuple):
    """A schema by the real names, without quotes, of its database and itself."""

    database: str
    """Empty for the database of the session that executes."""
    name: str

    def object(self, *names: str) -> str:
        """The SQL name of an object of the schema; without a name, of the schema itself."""
        return identifier(*([self.database] if self.database else []), self.name, *names)


def identifier(*names: str) -> str:
    """Quotes a name and the names that qualify it, and keeps their case.

    A quote in a name is doubled (Snowflake, "Identifier requirements": double-quoted identifiers).
    """
    return ".".join('"{}"'.format(name.replace('"', '""')) for name in names)


def literal(value: str | bool | int | None) -> str:  # noqa: FBT001 - a value, not a flag
    r"""Spells a constant.

    Inside single quotes a backslash begins an escape sequence, so it is doubled, as a quote is (Snowflake,
    "String & binary data types": string constants).
    """
    match value:
        case None:
            return "NULL"
        case bool():
            return "TRUE" if value else "FALSE"
        case int():
            return str(value)
        case str():
            return "'{}'".format(value.replace("\\", "\\\\").replace("'", "''"))
