"""Profile columns in Snowflake: their types (spec krenalis C.2) and the limits they must keep.

Types are spelt as `DESCRIBE TABLE` shows them, so that what is there and what is wanted compare as text. Snowflake
documents no greatest number of columns of a table.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from krenalis_provider.workspaces.errors import Problem
from krenalis_provider.workspaces.profile_schema import Leaf, Type
from krenalis_provider.workspaces.spelling import shown

MAX_NAME_CHARACTERS: Final = 255
"""Of an identifier (Snowflake's documentation, Object identifiers)."""
DEFAULT_VARCHAR: Final = 16_777_216
"""The length of a VARCHAR that is made without one (Snowflake's documentation, String & binary data types)."""
MAX_VARCHAR: Final = 134_217_728
MAX_PRECISION: Final = 38

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
_INTEGERS: Final = {
    # by size in bits and unsigned, where Krenalis names another type than one of the integers
    (24, False): "NUMBER(7,0)",
    (24, True): "NUMBER(8,0)",
    (64, True): "NUMBER(20,0)",
}


def column_name(name: str) -> str:
    """See `Dialect.column_name`. Krenalis writes names in upper case, in quotes."""
    return name.upper()


@lru_cache(1024)  # a large schema has many properties of few types
def column_type(type_: Type) -> str:
    """Spell the type as `DESCRIBE TABLE` does. An object has none: its properties are columns."""
    match type_.kind:
        case "string":
            return varchar(min(_lengths(type_).values(), default=None))
        case "int":
            return _INTEGERS.get((type_.parameter("bitSize"), type_.parameter("unsigned")), _INTEGER)
        case "decimal":
            return f"NUMBER({type_.parameter('precision')},{type_.parameter('scale')})"
        case kind:
            return _SIMPLE[kind]


def varchar(length: int | None) -> str:
    """Spell the type of texts of at most that many characters: one spelling for each length, however it is given."""
    return "VARCHAR" if length in (None, DEFAULT_VARCHAR) else f"VARCHAR({length})"


def column_problems(leaves: Sequence[Leaf]) -> list[Problem]:
    """List the limits of Snowflake that the columns of properties exceed, each at the key to be changed.

    What is in an array or a map has no type of its own in Snowflake, and so no limits.
    """
    problems = []
    for leaf in leaves:
        column = column_name("_".join(leaf.path))
        if (size := len(column)) > MAX_NAME_CHARACTERS:
            message = (
                f'{shown(".".join(leaf.path))} has the column "{column}" of {size} characters; Snowflake allows '
                f"{MAX_NAME_CHARACTERS}: shorten its names."
            )
            problems.append(Problem(f"{leaf.place}.name", message))
        if leaf.type:
            problems += _type_problems(leaf.type, f"{leaf.place}.type")
    return problems


def _type_problems(type_: Type, place: str) -> list[Problem]:
    limits = _lengths(type_)
    if limits and min(limits.values()) > MAX_VARCHAR:
        key, limit = min(limits.items(), key=lambda item: item[1])
        message = f"must be at most {MAX_VARCHAR} in Snowflake, not {limit}: lower it, or remove it for {DEFAULT_VARCHAR}."
        return [Problem(f"{place}.{key}", message)]
    if type_.kind == "decimal" and (precision := type_.parameter("precision")) > MAX_PRECISION:
        message = f"must be at most {MAX_PRECISION} in Snowflake, not {precision}: lower it, or have a string or a float."
        return [Problem(f"{place}.precision", message)]
    return []


def _lengths(type_: Type) -> dict[str, int]:
    """Return the limits of a string by parameter.

    Snowflake counts characters; Krenalis takes a limit in bytes for one in characters.
    """
    if type_.kind != "string":
        return {}
    lengths = {name: type_.parameter(name) for name in ("maxLength", "maxBytes")}
    return {name: length for name, length in lengths.items() if length is not None}
