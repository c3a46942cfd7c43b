"""Profile columns in PostgreSQL: their types (spec krenalis C.2) and the limits they must keep."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from krenalis_provider.workspaces.errors import Problem
from krenalis_provider.workspaces.profile_schema import ROOT, Leaf, Type
from krenalis_provider.workspaces.spelling import shown

MAX_NAME_BYTES: Final = 63
"""PostgreSQL silently cuts longer names (spec krenalis C.1)."""
MAX_VARCHAR: Final = 10_485_760
_SYSTEM_COLUMNS: Final = frozenset({"cmax", "cmin", "ctid", "tableoid", "xmax", "xmin"})
MAX_COLUMNS: Final = 1_590
"""A table holds 1,600 columns, ten of which are Krenalis's own (spec krenalis C.2)."""

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
            limits = _lengths(type_).values()
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


def column_problems(leaves: Sequence[Leaf]) -> list[Problem]:
    """List the limits of PostgreSQL that the columns of properties exceed, each at the key to be changed.

    Columns stay distinct below the limit of names: nothing is cut.
    """
    problems = []
    if len(leaves) > MAX_COLUMNS:
        message = (
            f"has {len(leaves)} properties that are not objects; a PostgreSQL warehouse holds {MAX_COLUMNS}."
        )
        problems.append(Problem(ROOT, message))
    for leaf in leaves:
        column = "_".join(leaf.path)
        if (size := len(column)) > MAX_NAME_BYTES:  # names are ASCII
            message = f'{_named(leaf)} has the column "{column}" of {size} bytes; PostgreSQL allows {MAX_NAME_BYTES}: shorten its names.'
            problems.append(Problem(f"{leaf.place}.name", message))
        if column in _SYSTEM_COLUMNS:
            message = f'{_named(leaf)} has the column "{column}", which every PostgreSQL table has already: rename it.'
            problems.append(Problem(f"{leaf.place}.name", message))
        limits = _lengths(leaf.type) if leaf.type else {}
        if limits and min(limits.values()) > MAX_VARCHAR:
            key, limit = min(limits.items(), key=lambda item: item[1])
            inside = ".elementType" if leaf.type and leaf.type.element else ""
            message = f"must be at most {MAX_VARCHAR} in PostgreSQL, not {limit}: lower it, or remove it for no limit."
            problems.append(Problem(f"{leaf.place}.type{inside}.{key}", message))
    return problems


def _named(leaf: Leaf) -> str:
    return shown(".".join(leaf.path))


def _lengths(type_: Type) -> dict[str, int]:
    """Return the limits of a string, or of the strings in an array, by parameter.

    PostgreSQL counts characters; Krenalis takes a limit in bytes for one in characters.
    """
    if type_.kind == "array" and type_.element:
        return _lengths(type_.element)
    if type_.kind != "string":
        return {}
    lengths = {name: type_.parameter(name) for name in ("maxLength", "maxBytes")}
    return {name: length for name, length in lengths.items() if length is not None}
