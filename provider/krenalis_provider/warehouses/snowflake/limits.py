"""Snowflake's limits for profile columns. It documents no greatest number of columns of a table."""

from collections.abc import Sequence
from typing import Final

from krenalis_provider.model.attribute_path import AttributePath
from krenalis_provider.model.errors import Problem
from krenalis_provider.model.profile_columns import ProfileColumn
from krenalis_provider.model.profile_schema import Leaf, Type
from krenalis_provider.model.wording import shown
from krenalis_provider.warehouses.snowflake.column_types import DEFAULT_VARCHAR, column_name, lengths

MAX_NAME_CHARACTERS: Final = 255
"""The limit of an identifier (Snowflake's documentation, Object identifiers)."""
MAX_VARCHAR: Final = 134_217_728
MAX_PRECISION: Final = 38


def column_problems(leaves: Sequence[Leaf]) -> list[Problem]:
    """See `Dialect.column_problems`. Elements of an array or a map have no type in Snowflake, and so no limits."""
    problems = []
    for leaf in leaves:
        column = column_name(leaf.path.column)
        if (size := len(column)) > MAX_NAME_CHARACTERS:
            message = (
                f'{shown(str(leaf.path))} has the column "{column}" of {size} characters; Snowflake allows '
                f"{MAX_NAME_CHARACTERS}: shorten its names."
            )
            problems.append(Problem(AttributePath((*leaf.place, "name")), message))
        if leaf.type:
            problems += _type_problems(leaf.type, AttributePath((*leaf.place, "type")))
    return problems


def _type_problems(type_: Type, place: AttributePath) -> list[Problem]:
    key, limit = min(lengths(type_).items(), key=lambda item: item[1], default=("", 0))
    if limit > MAX_VARCHAR:
        message = f"must be at most {MAX_VARCHAR} in Snowflake, not {limit}: lower it, or remove it for {DEFAULT_VARCHAR}."
        return [Problem(AttributePath((*place, key)), message)]
    if type_.kind == "decimal" and (precision := type_.parameter("precision")) > MAX_PRECISION:
        message = f"must be at most {MAX_PRECISION} in Snowflake, not {precision}: lower it, or have a string or a float."
        return [Problem(AttributePath((*place, "precision")), message)]
    return []


def column_warnings(columns: Sequence[ProfileColumn]) -> list[Problem]:  # noqa: ARG001 - asked of every platform
    """See `Dialect.column_warnings`. Snowflake documents no limit that only some rows of a table would exceed."""
    return []
