"""Types of profile schemas as the server reads, keeps and writes them, its defects included.

A type is a `Type`: a kind and parameters, defaults left out. `read` makes it of a document, `write` makes the document that
the server stores and gives back. Where the two differ the server is wrong, and so is this module.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.support.krenalis_server import numbers, parameters
from tests.support.krenalis_server.answers import Panic
from tests.support.krenalis_server.go_json import Number
from tests.support.krenalis_server.numbers import InvalidType

_SIMPLE = {"boolean", "datetime", "date", "time", "year", "uuid", "json", "ip"}
KINDS = frozenset({"string", "int", "float", "decimal", "array", "object", "map"} | _SIMPLE)
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_MOST = 2147483647
_FLAGS = ("createRequired", "updateRequired", "readOptional", "nullable")
_TEXTS = ("name", "prefilled", "description")


@dataclass(frozen=True, slots=True)
class Property:
    name: str
    type: "Type | None"
    prefilled: str = ""
    flags: frozenset[str] = frozenset()
    description: str = ""


@dataclass(frozen=True, slots=True)
class Type:
    """`parameters` are pairs by the names of the documents; `properties` are those of an object."""

    kind: str
    parameters: tuple[tuple[str, Any], ...] = ()
    properties: tuple[Property, ...] = ()

    def get(self, name: str, default: Any = None) -> Any:
        return dict(self.parameters).get(name, default)

    @property
    def known(self) -> bool:
        """Whether the kind is a real one; the server takes any other word for a generic type."""
        return self.kind in KINDS

    @property
    def valid(self) -> bool:
        """Whether no type in it is missing: a property's null makes the whole invalid."""
        return self.known and all(p.type is not None for p in all_properties(self))

    @property
    def described(self) -> str:
        element = self.get("elementType")
        return f"{self.kind}({element.described})" if element else self.kind


def all_properties(type_: Type) -> Iterator[Property]:
    """All properties at all levels, of arrays' and maps' elements too."""
    element = type_.get("elementType")
    if element is not None:
        yield from all_properties(element)
    for property_ in type_.properties:
        yield property_
        if property_.type is not None:
            yield from all_properties(property_.type)


def leaves(type_: Type, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Type]]:
    """The properties that are no objects, by path, in the schema's order."""
    for property_ in type_.properties:
        if property_.type is not None and property_.type.kind == "object":
            yield from leaves(property_.type, (*path, property_.name))
        elif property_.type is not None:
            yield (*path, property_.name), property_.type


def find(type_: Type, path: str) -> Type | None:
    """The type of the property with a dotted path."""
    found: Type | None = type_
    for name in path.split("."):
        found = next((p.type for p in found.properties if p.name == name), None) if found else None
    return found


def read(value: Any) -> Type | None:
    """The type that a document describes; None for null. Raises `InvalidType`, and `Panic` where the server dies."""
    if value is None:
        return None
    kind = _kind(value)
    found: dict[str, Any] = {}
    properties: tuple[Property, ...] = ()
    for key, member in value.items():
        if key == "properties":
            properties = _properties(kind, member)
        elif key == "elementType":
            found[key] = _element_type(kind, member)
        elif key != "kind":
            parameters.take(key, kind, member, found)
    _require(kind, found, value)
    numbers.keep_bounds(kind, found, value)
    kept = {name: item for name, item in found.items() if item is not False and item is not None}
    return Type(kind, tuple(sorted(kept.items(), key=lambda item: item[0])), properties)


def _kind(value: Any) -> str:
    if not isinstance(value, dict):
        raise InvalidType("invalid type syntax")
    if "kind" not in value:
        raise InvalidType("missing 'kind' key")
    kind = value["kind"]
    if not _is_text(kind):
        raise Panic("the kind is not a string")
    if not NAME.match(kind):
        raise InvalidType("invalid type kind")
    return str(kind)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and not isinstance(value, Number)


def _properties(kind: str, value: Any) -> tuple[Property, ...]:
    if kind != "object":
        raise InvalidType("unexpected properties for non-object type")
    if not isinstance(value, list):
        raise InvalidType("invalid properties")
    if not value:
        raise InvalidType("invalid empty properties")
    found: list[Property] = []
    for item in value:
        property_ = _property(item)
        if any(property_.name == other.name for other in found):
            raise InvalidType("repeated property name")
        found.append(property_)
    return tuple(found)


def _property(value: Any) -> Property:
    if not isinstance(value, dict):
        raise InvalidType("invalid property syntax")
    found: dict[str, Any] = {}
    for key, member in value.items():
        if key == "type":
            found["type"] = read(member)
        elif key in _FLAGS and not isinstance(member, bool):
            raise InvalidType(f"unexpected value for '{key}' key of property")
        elif key in _TEXTS:
            found[key] = _property_text(key, member)
        elif key not in _FLAGS:
            raise InvalidType(f"unknown property '{key}'")
    if "name" not in found:
        raise InvalidType("missing property name")
    if "type" not in found:
        raise InvalidType("missing property type")
    return Property(**found, flags=frozenset(flag for flag in _FLAGS if value.get(flag)))


def _property_text(key: str, value: Any) -> str:
    if not _is_text(value):
        raise InvalidType(f"unexpected value for property {key}")
    if key == "name" and not NAME.match(value):
        raise InvalidType("invalid property name" if value else "property name is empty")
    return str(value).replace("\u2028", "\u2022").replace("\u2029", "\u2022")


def _element_type(kind: str, member: Any) -> Type | None:
    if kind not in ("array", "map"):
        raise InvalidType("unexpected element type for non-array and non-map type")
    if member is None:
        raise InvalidType("invalid type syntax")
    return read(member)


def _require(kind: str, found: dict[str, Any], value: dict[str, Any]) -> None:
    """Raise for what a kind needs and the document lacks."""
    if kind in ("int", "float") and "bitSize" not in found:
        raise InvalidType("missing 'bitSize' key")
    if kind == "decimal" and "precision" not in found:
        raise InvalidType("missing precision")
    if kind == "decimal" and found.get("scale", 0) > found["precision"]:
        raise InvalidType("scale cannot be greater tha precision")
    if kind in ("array", "map") and "elementType" not in found:
        raise InvalidType("missing element type")
    if kind == "object" and "properties" not in value:
        raise InvalidType("missing object properties")
    if found.get("maxElements", _MOST) < found.get("minElements", 0):
        raise InvalidType("maxElements must be greater or equal to minElements")
    element = found.get("elementType")
    if "uniqueElements" in value and element and element.kind in ("json", "array", "map", "object"):
        elements = "elements with type json, array, map, or object"
        raise InvalidType(f"unexpected uniqueElements for {elements}")
    defaults = {"scale": 0, "minElements": 0, "maxElements": _MOST}
    for name, default in defaults.items():
        if found.get(name) == default:
            del found[name]
