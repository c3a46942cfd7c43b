"""A profile schema as canonical values: two schemas are equal when they mean the same.

The order of keys, defaults that are written out, null members and 40 as 40.0 make no difference.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from krenalis_provider.model.profile_schema.bounds import EXACT
from krenalis_provider.model.profile_schema.kinds import KINDS
from krenalis_provider.model.property_path import PropertyPath
from lightstart.records import Record


class Type(Record):
    """A type: its kind, the parameters that are not at their defaults, and its parts."""

    kind: str
    parameters: tuple[tuple[str, Any], ...] = ()
    """Pairs of name and canonical value in the order of the table: int, bool, float, Decimal (bounds of a decimal),
    str, or a tuple of str."""
    element: "Type | None" = None
    """The type of the items of an array, or of the values of a map."""
    properties: "tuple[Property, ...]" = ()
    """The properties of an object."""

    def parameter(self, name: str) -> Any:
        """Return a parameter of the kind, or its default; None means no limit, or the natural bound."""
        default = KINDS[self.kind].keys[name].default
        return next((value for word, value in self.parameters if word == name), default)

    def document(self) -> dict[str, Any]:
        """Return the canonical document (docs/facts/krenalis.md, "The canonical document")."""
        document: dict[str, Any] = {"kind": self.kind}
        document |= {name: _plain(value) for name, value in self.parameters}
        if self.element:
            document["elementType"] = self.element.document()
        if self.properties:
            document["properties"] = [prop.document() for prop in self.properties]
        return document


class Property(Record):
    """A property; other keys permit one value (docs/facts/krenalis.md, "What a profile schema may say")."""

    name: str
    type: Type
    description: str = ""

    def document(self) -> dict[str, Any]:
        """Return the canonical document (docs/facts/krenalis.md, "The canonical document")."""
        return {
            "name": self.name,
            "type": self.type.document(),
            "readOptional": True,
            "description": self.description,
        }


class ProfileSchema(Record):
    """A valid profile schema. The order of the properties counts: it is the order of the columns."""

    properties: tuple[Property, ...]

    def document(self) -> dict[str, Any]:
        """Return the canonical document; numbers are int, float, or Decimal if a float would round."""
        return Type("object", properties=self.properties).document()

    def walk(self) -> Iterator[tuple[PropertyPath, Type]]:
        """Yield the path and type of every property, objects before their properties, depth first."""
        return _walk(self.properties, ())

    def leaves(self) -> tuple[tuple[PropertyPath, Type], ...]:
        """Return the path and type of every property that is not an object, depth first."""
        return tuple((path, type_) for path, type_ in self.walk() if type_.kind != "object")


def _plain(value: Any) -> Any:
    """Spell a parameter as JSON data: a list for a tuple, an integer for a whole number."""
    match value:
        case tuple():
            return list(value)
        case float() if value.is_integer():
            return int(value)
        case Decimal():
            return int(value) if value == value.to_integral_value() else value.normalize(EXACT)
        case _:
            return value


def _walk(properties: tuple[Property, ...], parent: tuple[str, ...]) -> Iterator[tuple[PropertyPath, Type]]:
    for prop in properties:
        path = PropertyPath((*parent, prop.name))
        yield path, prop.type
        yield from _walk(prop.type.properties, path)
