"""The profile schema as a server is sent it, and whether what the server gives back is the same.

A server changes some of what it is sent. Most of that the canonical document leaves out or spells as the server does;
the rest is refused (`rules`), or one and the same here. Source: docs/facts/krenalis.md, "The canonical document" and
"Where a Krenalis server fails".
"""

import struct
from collections.abc import Mapping
from typing import Any, Final

from krenalis_provider.api.body import encoded
from krenalis_provider.model.profile_schema import Parsed, ProfileSchema, Property, Type, parse
from lightstart.records import replace

_SINGLE: Final = 32
"""The bits of a float whose bounds a server rounds."""


def to_send(schema: ProfileSchema) -> dict[str, Any]:
    """The document of a schema; numbers are int, float, or Decimal if a float would round.

    Every property is `readOptional`, texts are in form C, and neither defaults nor bounds of the type's own stand in it.
    """
    return schema.document()


def size(body: Mapping[str, Any]) -> int:
    """The bytes of a request's body."""
    return len(encoded(body))


def same(server_document: Any, ours: Parsed) -> bool:
    """Whether a document that a server gave is what it makes of ours. Documents with problems are the same if equal."""
    found = parse(server_document)
    if found.schema is None or ours.schema is None:
        return found == ours
    return as_kept(found.schema) == as_kept(ours.schema)


def as_kept(schema: ProfileSchema) -> ProfileSchema:
    """The schema as a server keeps it. Of two properties, it tells by such types whether the type changes."""
    return ProfileSchema(tuple(map(_kept_property, schema.properties)))


def _kept_property(prop: Property) -> Property:
    type_ = _kept_type(prop.type)
    return prop if type_ is prop.type else replace(prop, type=type_)


def _kept_type(type_: Type) -> Type:
    """The type itself, unless something in it changes: a large schema has thousands."""
    if type_.kind == "float" and type_.parameter("bitSize") == _SINGLE:
        rounded = tuple((name, _single(value)) for name, value in type_.parameters)
        return replace(type_, parameters=rounded)
    if type_.element:
        element = _kept_type(type_.element)
        return type_ if element is type_.element else replace(type_, element=element)
    if type_.properties:
        properties = tuple(map(_kept_property, type_.properties))
        same_ones = all(new is old for new, old in zip(properties, type_.properties, strict=True))
        return type_ if same_ones else replace(type_, properties=properties)
    return type_


def _single(value: Any) -> Any:
    """A bound as the nearest number of 32 bits; other parameters as they are."""
    if not isinstance(value, float):
        return value
    nearest: float = struct.unpack("<f", struct.pack("<f", value))[0]
    return nearest
