"""The types of values, and their JSON form.

Types are immutable and hashable, and equal if they describe the same values. There is one `Type` for each kind of
Terraform's type system: the primitives `STRING`, `NUMBER` and `BOOL`, `DYNAMIC` for a value that carries its own type,
`List`, `Set`, `Map`, `Tuple` and `Object`.

Source: docs/facts/terraform.md, "Types".
"""

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, ClassVar, Final, Self

from lightstart.records import Record
from tfplugin.cty import json_text
from tfplugin.cty.errors import MAX_DEPTH, TOO_DEEP, CtyError


class Type(Record):
    """The base of all types; `str()` gives the name for people, such as `list of string`.

    Not an `abc` class: these make `isinstance` and patterns slow, and both run for each part of a value.
    """

    @property
    def kind(self) -> str:
        """The word for this kind of type in the JSON form."""
        raise NotImplementedError

    def to_json(self) -> Any:
        """The type as the data of a JSON document."""
        raise NotImplementedError

    def __str__(self) -> str:
        return self.kind

    def __deepcopy__(self, memo: object) -> Self:
        return self


class Primitive(Type):
    """A type without parts. The constants below are the only ones."""

    kind: str

    def to_json(self) -> Any:
        """The kind alone, such as `"string"`."""
        return self.kind


STRING: Final = Primitive("string")
NUMBER: Final = Primitive("number")
BOOL: Final = Primitive("bool")
DYNAMIC: Final = Primitive("dynamic")


class _Collection(Type):
    """Any number of elements of one type."""

    element: Type

    def to_json(self) -> Any:
        """The kind and the element, such as `["list", "string"]`."""
        return [self.kind, self.element.to_json()]

    def __str__(self) -> str:
        return f"{self.kind} of {self.element}"


class List(_Collection):
    """Elements in an order."""

    kind: ClassVar[str] = "list"


class Set(_Collection):
    """Different elements without an order."""

    kind: ClassVar[str] = "set"


class Map(_Collection):
    """Elements with a string key each."""

    kind: ClassVar[str] = "map"


class Tuple(Type):
    """A fixed number of elements, each with a type of its own."""

    elements: tuple[Type, ...]
    kind: ClassVar[str] = "tuple"

    def to_json(self) -> Any:
        """The kind and the elements, such as `["tuple", ["string", "bool"]]`."""
        return [self.kind, [element.to_json() for element in self.elements]]


class Object(Type):
    """Attributes with a name and a type each; their order has no meaning."""

    attributes: Mapping[str, Type]
    kind: ClassVar[str] = "object"

    def __post_init__(self) -> None:
        # sorted, so that everything made from a type has the same order
        ordered = MappingProxyType(dict(sorted(self.attributes.items())))
        object.__setattr__(self, "attributes", ordered)

    def __hash__(self) -> int:
        # the hash of the names alone, so that looking up a large type is as quick as a small one
        return hash(tuple(self.attributes))

    def to_json(self) -> Any:
        """The kind and the attributes, such as `["object", {"port": "number"}]`."""
        return [self.kind, {name: attribute.to_json() for name, attribute in self.attributes.items()}]


def contains_dynamic(type_: Type) -> bool:
    """Whether a value of the type may carry its own type, at any depth."""
    match type_:
        case _Collection(element):
            return contains_dynamic(element)
        case Tuple(elements):
            return any(map(contains_dynamic, elements))
        case Object(attributes):
            return any(map(contains_dynamic, attributes.values()))
        case _:
            return type_ == DYNAMIC


def holds_collection_of_dynamic(type_: Type) -> bool:
    """Whether a value of the type may have a collection of values that carry their own types, at any depth."""
    match type_:
        case _Collection(element):
            return contains_dynamic(element)
        case Tuple(elements):
            return any(map(holds_collection_of_dynamic, elements))
        case Object(attributes):
            return any(map(holds_collection_of_dynamic, attributes.values()))
        case _:
            return False


# an answer has the dynamic type that its request had
@lru_cache(maxsize=16)
def type_bytes(type_: Type) -> bytes:
    """The JSON form of a type, as the protocol carries it."""
    return json.dumps(type_.to_json(), ensure_ascii=False, separators=(",", ":")).encode()


# a request has the same dynamic type in the prior state, the configuration and the proposed state
@lru_cache(maxsize=16)
def parse_type_bytes(data: bytes) -> Type:
    """The type from the bytes of its JSON form; raises `CtyError` for any other bytes."""
    return parse_type(json_text.load(data))


def parse_type(data: Any) -> Type:
    """The type from the data of its JSON form; raises `CtyError` for any other data.

    The third part of an object type, the names of optional attributes, is ignored: it serves type constraints in
    Terraform's language, and does not change the form of a value.
    """
    return _parse(data, 0)


_PRIMITIVES: Final = {type_.kind: type_ for type_ in (STRING, NUMBER, BOOL, DYNAMIC)}
_COLLECTIONS: Final[dict[str, Callable[[Type], Type]]] = {"list": List, "set": Set, "map": Map}


def _parse(data: Any, depth: int) -> Type:
    if depth > MAX_DEPTH:
        raise CtyError(f"the type {TOO_DEEP}")
    # plain tests are quicker than patterns: the type of a large value has thousands of parts
    if isinstance(data, str) and data in _PRIMITIVES:
        return _PRIMITIVES[data]
    if isinstance(data, list) and len(data) in (2, 3) and isinstance(data[0], str):
        kind, inner, *optional = data
        if (
            kind == "object"
            and isinstance(inner, dict)
            and all(isinstance(names, list) for names in optional)
        ):
            return Object({name: _parse(attribute, depth + 1) for name, attribute in inner.items()})
        if kind == "tuple" and isinstance(inner, list) and not optional:
            return Tuple(tuple([_parse(element, depth + 1) for element in inner]))
        if kind in _COLLECTIONS and not optional:
            return _COLLECTIONS[kind](_parse(inner, depth + 1))
    raise CtyError("not the JSON form of a type")
