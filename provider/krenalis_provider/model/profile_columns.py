"""The columns of a profile schema: one for each property but objects (docs/facts/krenalis.md, "Names of columns").

Two properties never share a column, in any case of letters: the parser of the schema refuses such properties.
"""

from typing import NamedTuple

from krenalis_provider.model.profile_schema import ProfileSchema, Type
from krenalis_provider.model.property_path import PropertyPath


class ProfileColumn(NamedTuple):
    """A column of the profile tables; nullable, without default. A large schema has thousands."""

    name: str
    """The name in the case of the schema, which a platform changes to its own case."""
    path: PropertyPath
    type: Type


def profile_columns(schema: ProfileSchema) -> tuple[ProfileColumn, ...]:
    """List the columns in the order of the schema, depth first."""
    return tuple(ProfileColumn(path.column, path, type_) for path, type_ in schema.leaves())
