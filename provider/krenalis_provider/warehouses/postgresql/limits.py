"""The limits of PostgreSQL that profile columns must keep: of names, types, the number of columns, and a row's width.

PostgreSQL makes tables whose widest rows it cannot store: a row must fit a page. Only values of variable length can be
moved out of it, to the table's TOAST relation: each leaves a pointer of 18 bytes. Values of up to 24 bytes stay,
whatever the row lacks, so the widest row is one of these.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from krenalis_provider.model.attribute_path import AttributePath
from krenalis_provider.model.errors import Problem
from krenalis_provider.model.profile_columns import ProfileColumn
from krenalis_provider.model.profile_schema import ROOT, Leaf
from krenalis_provider.model.wording import shown
from krenalis_provider.warehouses.postgresql.column_types import column_type, lengths

MAX_NAME_BYTES: Final = 63
"""PostgreSQL silently cuts longer names."""
MAX_VARCHAR: Final = 10_485_760
_SYSTEM_COLUMNS: Final = frozenset({"cmax", "cmin", "ctid", "tableoid", "xmax", "xmin"})
MAX_COLUMNS: Final = 1_590
"""A table holds 1,600 columns, ten of which are Krenalis's own (docs/facts/postgresql.md, "Limits")."""
MAX_ROW_BYTES: Final = 8_160
"""Of a page of 8,192 bytes, less its header and the row's own pointer there."""
_POINTER_BYTES: Final = 18
_LARGEST_KEPT: Final = 24
_BYTES_PER_CHARACTER: Final = 4
_DIGITS_PER_GROUP: Final = 4

_OWN_BYTES: Final = 172
"""A row's header and Krenalis's own columns of the identities, which are more than those of the profiles."""

_FIXED: Final = {
    # width and alignment
    "boolean": (1, 1),
    "smallint": (2, 2),
    "integer": (4, 4),
    "real": (4, 4),
    "date": (4, 4),
    "bigint": (8, 8),
    "double precision": (8, 8),
    "timestamp without time zone": (8, 8),
    "time without time zone": (8, 8),
    "uuid": (16, 1),
}
_INET_BYTES: Final = 19
_SMALL_ITEMS: Final = ("boolean[]", "smallint[]")
"""Arrays of which some are too short to be moved; those of all other types are empty, or longer."""
_SIZED: Final = re.compile(r"(character varying|numeric)\((\d+)(?:,(\d+))?\)")


def column_problems(leaves: Sequence[Leaf]) -> list[Problem]:
    """See `Dialect.column_problems`; each at the key to be changed.

    Columns stay distinct below the limit of names: nothing is cut.
    """
    problems = []
    if len(leaves) > MAX_COLUMNS:
        message = (
            f"has {len(leaves)} properties that are not objects; a PostgreSQL warehouse holds {MAX_COLUMNS}."
        )
        problems.append(Problem(ROOT, message))
    for leaf in leaves:
        column = leaf.path.column
        if (size := len(column)) > MAX_NAME_BYTES:  # names are ASCII
            message = f'{_named(leaf)} has the column "{column}" of {size} bytes; PostgreSQL allows {MAX_NAME_BYTES}: shorten its names.'
            problems.append(Problem(AttributePath((*leaf.place, "name")), message))
        if column in _SYSTEM_COLUMNS:
            message = f'{_named(leaf)} has the column "{column}", which every PostgreSQL table has already: rename it.'
            problems.append(Problem(AttributePath((*leaf.place, "name")), message))
        limits = lengths(leaf.type) if leaf.type else {}
        if limits and min(limits.values()) > MAX_VARCHAR:
            key, limit = min(limits.items(), key=lambda item: item[1])
            inside = ("elementType",) if leaf.type and leaf.type.element else ()
            message = f"must be at most {MAX_VARCHAR} in PostgreSQL, not {limit}: lower it, or remove it for no limit."
            problems.append(Problem(AttributePath((*leaf.place, "type", *inside, key)), message))
    return problems


def _named(leaf: Leaf) -> str:
    return shown(str(leaf.path))


def column_warnings(columns: Sequence[ProfileColumn]) -> list[Problem]:
    """See `Dialect.column_warnings`."""
    width = row_width([column_type(column.type) for column in columns])
    if width <= MAX_ROW_BYTES:
        return []
    message = (
        f"a row that has a value in each of the {len(columns)} columns can take {width} bytes, and PostgreSQL stores "
        f"rows of at most {MAX_ROW_BYTES}, not counting what it can move out of them. The tables can be made, but "
        "writing such a row fails: have fewer properties, or put those that are rarely there into one of kind map "
        "or json."
    )
    return [Problem(ROOT, message)]


def row_width(types: Sequence[str]) -> int:
    """Return the bytes of the widest row of the identities whose profile columns have these SQL types."""
    end = _OWN_BYTES
    for type_ in types:
        width, alignment = _FIXED.get(type_) or (_varying(type_), 1)
        end = -(-end // alignment) * alignment + width
    return end


@lru_cache(maxsize=256)  # a thousand columns have a few types
def _varying(type_: str) -> int:
    """The most that a value of variable length leaves in the row; short ones are not aligned."""
    if type_.endswith("[]"):
        return _LARGEST_KEPT if type_ in _SMALL_ITEMS else _POINTER_BYTES
    if type_ == "inet":
        return _INET_BYTES
    if not (sized := _SIZED.fullmatch(type_)):
        return _LARGEST_KEPT
    if sized[1] == "numeric":
        scale = int(sized[3])
        groups = -(-(int(sized[2]) - scale) // _DIGITS_PER_GROUP) - (-scale // _DIGITS_PER_GROUP)
        return min(_LARGEST_KEPT, 3 + 2 * groups)
    return min(_LARGEST_KEPT, 1 + _BYTES_PER_CHARACTER * int(sized[2]))
