"""The types of profile columns in Snowflake (docs/facts/krenalis.md, "Column types").

Types are spelt as `DESCRIBE TABLE` shows them, so that an existing type and a wanted type can be compared as
texts.
"""

from functools import lru_cache
from typing import Final

from krenalis_provider.model.profile_schema import Type

DEFAULT_VARCHAR: Final = 16_777_216
"""The length of a VARCHAR that names none (Snowflake's documentation, String & binary data types)."""
_INTEGER: Final = "NUMBER(38,0)"
"""What TINYINT, SMALLINT, INT and BIGINT are in Snowflake."""
_SIMPLE: Final = {
    "boolean": "BOOLEAN",
    "float": "FLOAT",
    "datetime": "TIMESTAMP_NTZ(9)",
    "date": "DATE",
    "time": "TIME(9)",
    "year": "NUMBER(4,0)",
    "uuid": "VARCHAR",
    "json": "VARIANT",
    "ip": "VARCHAR",
    "array": "ARRAY",
    "map": "VARIANT",
}
_INTEGERS: Final = {(24, False): "NUMBER(7,0)", (24, True): "NUMBER(8,0)", (64, True): "NUMBER(20,0)"}
"""By size in bits and unsigned: the integers for which Krenalis names a type other than `_INTEGER`."""


def column_name(name: str) -> str:
    """See `Dialect.column_name`. Krenalis writes names in upper case and in quotes."""
    return name.upper()


@lru_cache(1024)  # a large schema has many properties of few types
def column_type(type_: Type) -> str:
    """The SQL type of a property. An object has none: its properties are columns."""
    match type_.kind:
        case "string":
            return varchar(min(lengths(type_).values(), default=None))
        case "int":
            return _INTEGERS.get((type_.parameter("bitSize"), type_.parameter("unsigned")), _INTEGER)
        case "decimal":
            return f"NUMBER({type_.parameter('precision')},{type_.parameter('scale')})"
        case kind:
            return _SIMPLE[kind]


def varchar(length: int | None) -> str:
    """The type of texts of at most that many characters: VARCHAR for no limit and for the default length."""
    return "VARCHAR" if length in (None, DEFAULT_VARCHAR) else f"VARCHAR({length})"


def lengths(type_: Type) -> dict[str, int]:
    """The limits of a string by parameter.

    Snowflake counts characters, and Krenalis takes a limit in bytes for one in characters.
    """
    if type_.kind != "string":
        return {}
    given = {name: type_.parameter(name) for name in ("maxLength", "maxBytes")}
    return {name: length for name, length in given.items() if length is not None}
