"""The types of profile columns in PostgreSQL (docs/facts/krenalis.md, "Column types")."""

from functools import lru_cache
from typing import Final

from krenalis_provider.model.profile_schema import Type

_SIMPLE: Final = {
    "boolean": "boolean",
    "datetime": "timestamp without time zone",
    "date": "date",
    "time": "time without time zone",
    "year": "smallint",
    "uuid": "uuid",
    "json": "jsonb",
    "ip": "inet",
    "map": "jsonb",
}
_NAMED: Final = frozenset({"date", "uuid", "jsonb", "inet"})
"""The types whose names are looked up in schemas."""
_INTEGERS: Final = {
    # by size in bits and unsigned
    (8, False): "smallint",
    (16, False): "smallint",
    (24, False): "integer",
    (32, False): "integer",
    (64, False): "bigint",
    (8, True): "smallint",
    (16, True): "integer",
    (24, True): "integer",
    (32, True): "bigint",
    (64, True): "numeric(20,0)",
}
_FLOATS: Final = {32: "real", 64: "double precision"}


@lru_cache(1024)  # a large schema has many properties of few types
def column_type(type_: Type) -> str:
    """Spell the type as the catalogue's `format_type` does. An object has none: its properties are columns."""
    match type_.kind:
        case "string":
            limits = lengths(type_).values()
            return f"character varying({min(limits)})" if limits else "character varying"
        case "int":
            return _INTEGERS[type_.parameter("bitSize"), type_.parameter("unsigned")]
        case "float":
            return _FLOATS[type_.parameter("bitSize")]
        case "decimal":
            return f"numeric({type_.parameter('precision')},{type_.parameter('scale')})"
        case "array" if type_.element:
            return f"{column_type(type_.element)}[]"
        case kind:
            return _SIMPLE[kind]


def qualified(type_: str) -> str:
    """The type as it stands in a statement, where a user's schema may have one of its name.

    Names of more than one word, and of numbers and truth values, are words of the language and no names.
    """
    return f"pg_catalog.{type_}" if type_.removesuffix("[]") in _NAMED else type_


def lengths(type_: Type) -> dict[str, int]:
    """Return the limits of a string, or of the strings in an array, by parameter.

    PostgreSQL counts characters; Krenalis takes a limit in bytes for one in characters.
    """
    if type_.kind == "array" and type_.element:
        return lengths(type_.element)
    if type_.kind != "string":
        return {}
    given = {name: type_.parameter(name) for name in ("maxLength", "maxBytes")}
    return {name: length for name, length in given.items() if length is not None}
