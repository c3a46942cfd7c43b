"""The profile schema as warehouse columns (spec krenalis C.1): objects disappear, every leaf is one column.

Two leaves never share a column, in any case of letters: the parser of the schema refuses that.
"""

from typing import NamedTuple

from krenalis_provider.workspaces.profile_schema import ProfileSchema, Type


class ProfileColumn(NamedTuple):
    """A column of the profile tables; nullable, without default. A large schema makes thousands."""

    name: str
    """In the case of the schema: a platform folds it by itself."""
    path: tuple[str, ...]
    """The names from the outermost property to the leaf."""
    type: Type


def profile_columns(schema: ProfileSchema) -> tuple[ProfileColumn, ...]:
    """List the columns in the order of the schema, depth first."""
    return tuple(ProfileColumn("_".join(path), path, type_) for path, type_ in schema.leaves())
