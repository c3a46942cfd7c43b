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


class NullType(Exception):
    """A null inside a type: the server then takes the whole for no type, and reads no further."""


@dataclass(frozen=True, slots=True)
class Property:
    name: str
    type: "Type"
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
    def described(self) -> str:
        """The type as the server writes it in messages."""
        match self.kind:
            case "int":
                return f"{'u' if self.get('unsigned') else ''}int({self.get('bitSize')})"
            case "float":
                return f"float({self.get('bitSize')})"
            case "decimal":
                return f"decimal({self.get('precision')},{self.get('scale', 0)})"
        element = self.get("elementType")
        return f"{self.kind}({element.described})" if element else self.kind


def all_properties(type_: Type) -> Iterator[Property]:
    """All properties at all levels, of arrays' and maps' elements too."""
    element = type_.get("elementType")
    if element is not None:
        yield from all_properties(element)
    for property_ in type_.properties:
        yield property_
        yield from all_properties(property_.type)


def leaves(type_: Type, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Type]]:
    """The properties that are no objects, by path, in the schema's order."""
    for property_ in type_.properties:
        if property_.type.kind == "object":
            yield from leaves(property_.type, (*path, property_.name))
        else:
            yield (*path, property_.name), property_.type


def find(type_: Type, path: str) -> Type | None:
    """The type of the property with a dotted path."""
    found: Type | None = type_
    for name in path.split("."):
        found = next((p.type for p in found.properties if p.name == name), None) if found else None
    return found


def read(value: Any) -> Type | None:
    """The type that a document describes; None for null. Raises `InvalidType`, `NullType`, and `Panic` where the server dies.

    The server reads all members first, and looks then at which of them the kind takes.
    """
    if value is None:
        return None
    if not isinstance(value, dict):
        raise InvalidType("invalid type syntax")
    kind, found = "", {}
    properties: tuple[Property, ...] = ()
    for key, member in value.items():
        match key:
            case "kind":
                kind = _kind(member)
            case "properties":
                properties = _properties(member)
            case "elementType":
                found[key] = _inner(member)
            case _:
                parameters.take(key, member, found)
    if not kind:
        raise InvalidType("missing 'kind' key")
    parameters.check(kind, found)
    numbers.keep_bounds(kind, found)
    parameters.check_rest(kind, found)
    if kind == "object" and not properties:
        raise InvalidType("missing object properties")
    if kind != "object" and properties:
        raise InvalidType("unexpected properties for non-object type")
    return Type(kind, tuple(sorted(_kept(found).items(), key=lambda item: item[0])), properties)


def _kept(found: dict[str, Any]) -> dict[str, Any]:
    """What was found without defaults."""
    defaults = {"scale": 0, "minElements": 0, "maxElements": _MOST}
    return {
        name: item
        for name, item in found.items()
        if item is not False and item is not None and not (name in defaults and item == defaults[name])
    }


def _kind(value: Any) -> str:
    if not _is_text(value):
        raise Panic("the kind is not a string")
    if not NAME.match(value):
        raise InvalidType("invalid type kind")
    return str(value)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and not isinstance(value, Number)


def _properties(value: Any) -> tuple[Property, ...]:
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
            found["type"] = _inner(member)
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
    return str(value)


def _inner(member: Any) -> Type:
    found = read(member)
    if found is None:
        raise NullType
    return found
