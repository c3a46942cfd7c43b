"""The profile schema: the type document of the API as values, and the parser that checks it.

`parse` takes the document as plain Python data from JSON or HCL and collects everything that breaks spec krenalis
A or B.2-B.3. What it returns is canonical: two schemas are equal when they mean the same, however their documents
spell it (order of keys, defaults written out, null members, 40 as 40.0). The rules are in `profile_schema_rules`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, NamedTuple

from krenalis_provider.workspaces.errors import Problem
from krenalis_provider.workspaces.profile_schema_bounds import EXACT
from krenalis_provider.workspaces.profile_schema_rules import (
    KINDS,
    PROPERTY,
    UNDECIDED,
    Key,
    canonical_parameters,
    unknown_key,
)
from krenalis_provider.workspaces.profile_schema_values import Refused
from krenalis_provider.workspaces.spelling import shortened, shown
from krenalis_provider.workspaces.unknown import UNKNOWN, Unknown

ROOT: Final = "profile_schema"
"""Where every path of a problem starts."""

_REMEDIES: Final[Mapping[type, str]] = {
    str: ": wrap it in jsondecode()",
    **dict.fromkeys((list, tuple), ': write {"kind": "object", "properties": ...} around it'),
}

MAX_DEPTH: Final = 64
"""Levels of objects. Krenalis has no limit; the names of columns end long before."""


@dataclass(frozen=True, slots=True)
class Type:
    """A type: its kind, the parameters that are not at their default, and what it is made of."""

    kind: str
    parameters: tuple[tuple[str, Any], ...] = ()
    """Pairs of name and canonical value in the order of the table: int, bool, float, Decimal (bounds of a decimal),
    str, or a tuple of str."""
    element: "Type | None" = None
    """Of an array: the type of its items; of a map: the type of its values."""
    properties: "tuple[Property, ...]" = ()
    """Of an object."""

    def parameter(self, name: str) -> Any:
        """Return a parameter that the kind has, or its default; None means no limit, or the type's own bound."""
        default = KINDS[self.kind].keys[name].default
        return next((value for word, value in self.parameters if word == name), default)

    def document(self) -> dict[str, Any]:
        """Return the canonical document (spec krenalis A.6)."""
        document: dict[str, Any] = {"kind": self.kind}
        document.update((name, _plain(value)) for name, value in self.parameters)
        if self.element:
            document["elementType"] = self.element.document()
        if self.properties:
            document["properties"] = [prop.document() for prop in self.properties]
        return document


@dataclass(frozen=True, slots=True)
class Property:
    """A property. Its other keys have one permitted value in a profile schema (spec krenalis B.2)."""

    name: str
    type: Type
    description: str = ""

    def document(self) -> dict[str, Any]:
        """Return the canonical document (spec krenalis A.6)."""
        return {
            "name": self.name,
            "type": self.type.document(),
            "readOptional": True,
            "description": self.description,
        }


@dataclass(frozen=True, slots=True)
class ProfileSchema:
    """A valid profile schema. The order of the properties counts: it is the order of the columns."""

    properties: tuple[Property, ...]

    def document(self) -> dict[str, Any]:
        """Return the canonical document; numbers are int, float, or Decimal where a float would round."""
        return Type("object", properties=self.properties).document()

    def paths(self) -> tuple[str, ...]:
        """Return the paths of all properties, such as ``address`` and ``address.city``, depth first."""
        return tuple(".".join(path) for path, _ in _walk(self.properties))

    def leaves(self) -> tuple[tuple[tuple[str, ...], Type], ...]:
        """Return the path and type of every property that is not an object, depth first."""
        return tuple((path, type_) for path, type_ in _walk(self.properties) if type_.kind != "object")


class Leaf(NamedTuple):
    """A property that is not an object, as far as a document tells."""

    path: tuple[str, ...]
    place: str
    """Of the property in the document, such as ``profile_schema.properties[7]``."""
    type: Type | None
    """None where something of it is unknown or wrong."""


class Parsed(NamedTuple):
    """What a document says."""

    schema: ProfileSchema | None
    """None when there are problems, or something is not known yet."""
    problems: tuple[Problem, ...]
    leaves: tuple[Leaf, ...] = ()
    """Those whose names are known, also of a document that is no schema."""
    paths: tuple[str, ...] | None = None
    """Of all properties, dotted and depth first; None when something that counts for them is unknown or wrong."""


def parse(document: Any) -> Parsed:
    """Read and check a document, whose leaves or branches may be UNKNOWN; never raises."""
    if document is UNKNOWN:
        return Parsed(None, ())
    if mistake := _mistaken_whole(document):
        return Parsed(None, (mistake,))
    parser = _Parser()
    type_ = parser.type(document, ROOT, ())
    schema = None if isinstance(type_, Unknown) or parser.problems else ProfileSchema(type_.properties)
    paths = tuple(parser.paths) if parser.knows_paths else None
    return Parsed(schema, tuple(parser.problems), tuple(parser.leaves), paths)


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


def _walk(
    properties: tuple[Property, ...], parent: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Type]]:
    for prop in properties:
        path = (*parent, prop.name)
        yield path, prop.type
        yield from _walk(prop.type.properties, path)


def _mistaken_whole(document: Any) -> Problem | None:
    """Find out whether the document is something else altogether."""
    if not isinstance(document, dict):
        remedy = _REMEDIES.get(type(document), "")
        return Problem(ROOT, f"must be an object of kind object, not {shown(document)}{remedy}.")
    kind = document.get("kind")
    for wrapper in ("profileSchema", "profile_schema", "schema"):
        if kind is None and document.get(wrapper) is not None:
            return Problem(ROOT, f'has the schema under the key "{wrapper}": give that key\'s value alone.')
    if isinstance(kind, str) and kind in KINDS and kind != "object":
        # nothing else would matter, and a Krenalis server dies of it (spec krenalis 0.1)
        return Problem(f"{ROOT}.kind", f'must be "object" at the top of a profile schema, not {shown(kind)}.')
    return None


Names = tuple[str | None, ...]
"""The path of a property; None for a name that is unknown or wrong."""


class _Parser:
    """One run over a document. Its methods return UNKNOWN for what is unknown or refused."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.leaves: list[Leaf] = []
        self.paths: list[str] = []
        self.knows_paths = True
        self._simple_types: dict[Any, Type] = {}
        """Those without parts, by their spelling: a large schema has many of each."""
        self._columns: dict[str, str] = {}
        """The lower-case name of each warehouse column so far, with the path of its property."""

    def type(self, document: Any, place: str, names: Names, *, element: bool = False) -> Type | Unknown:
        """Read the type of a property, or of the elements of an array or map."""
        if not isinstance(document, dict):
            return self._wrong_form(document, place, 'a type such as {"kind": "string"}')
        spelling = _spelling(document, element=element)
        if spelling in self._simple_types:
            return self._simple_types[spelling]
        type_ = self._new_type(document, place, names, element=element)
        if spelling and isinstance(type_, Type):
            self._simple_types[spelling] = type_
        return type_

    def _new_type(
        self, document: dict[str, Any], place: str, names: Names, *, element: bool
    ) -> Type | Unknown:
        """Read a type that was not read before in this spelling."""
        kind = _kind_of(document)
        if element and kind in {"array", "map", "object"}:
            message = f"cannot be {shown(kind)}: a profile schema has no arrays and maps of such."
            return self._refuse(f"{place}.kind", message)
        keys, owner = (KINDS[kind].keys, f"kind {kind}") if kind else (UNDECIDED, "a type")
        values = self._members(document, keys, place, owner, element=element)
        if "elementType" in values:
            inner = values["elementType"]
            values["elementType"] = self.type(inner, f"{place}.elementType", names, element=True)
        if "properties" in values:
            values["properties"] = self._properties(values["properties"], f"{place}.properties", names)
        if kind is None:
            return UNKNOWN
        for word, message in tuple(KINDS[kind].check(values)):
            values[word] = self._refuse(f"{place}.{word}", message)
        if UNKNOWN in values.values():
            return UNKNOWN
        parameters = canonical_parameters(kind, values)
        return Type(kind, parameters, values.get("elementType"), values.get("properties", ()))

    def _properties(self, documents: Any, place: str, parent: Names) -> tuple[Property, ...] | Unknown:
        """Read the properties of an object."""
        if not isinstance(documents, list | tuple):
            self.knows_paths = False
            return self._wrong_form(documents, place, 'an array such as [{"name": ..., "type": ...}]')
        if not documents:
            return self._refuse(place, "must hold at least one property.")
        if len(parent) == MAX_DEPTH:
            return self._refuse(place, f"is nested deeper than {MAX_DEPTH} objects.")
        first: dict[str, int] = {}
        properties = []
        for index, document in enumerate(documents):
            prop, name = self._property(document, f"{place}[{index}]", parent)
            if name and (other := first.setdefault(name, index)) != index:
                message = f"{shown(name)} is already the name of {place}[{other}]: rename or remove one."
                self._refuse(f"{place}[{index}].name", message)
            properties.append(prop)
        known = tuple(prop for prop in properties if not isinstance(prop, Unknown))
        return known if len(known) == len(properties) else UNKNOWN

    def _property(self, document: Any, place: str, parent: Names) -> tuple[Property | Unknown, str | None]:
        """Read a property; return it, and its name even where the rest is unknown or refused."""
        if not isinstance(document, dict):
            self.knows_paths = False
            return self._wrong_form(document, place, 'a property such as {"name": ..., "type": ...}'), None
        values = self._members(document, PROPERTY, place, "a property")
        name = values.get("name")
        name = name if isinstance(name, str) else None
        names = (*parent, name)
        written = values["type"]
        path = self._note_path(names, written)
        if path and _is_leaf(written):
            self._note_column(path, place)
        values["type"] = type_ = self.type(written, f"{place}.type", names)
        if path and _is_leaf(written):
            self.leaves.append(Leaf(path, place, None if isinstance(type_, Unknown) else type_))
        if UNKNOWN in values.values():
            return UNKNOWN, name
        return Property(values["name"], values["type"], values.get("description", "")), name

    def _members(
        self,
        document: Mapping[str, Any],
        keys: Mapping[str, Key],
        place: str,
        owner: str,
        *,
        element: bool = False,
    ) -> dict[str, Any]:
        """Read the members of a type or property into canonical form; nested documents stay as they are."""
        values: dict[str, Any] = {}
        for word, value in document.items():
            if value is None:
                continue
            if word not in keys:
                message, meant = unknown_key(word, keys, owner)
                # what is given under a wrong name is neither missing nor at its default
                values.setdefault(meant or word, self._refuse(f"{place}.{shortened(word)}", message))
                continue
            try:
                values[word] = keys[word].read(value, element=element)
            except Refused as answer:
                values[word] = UNKNOWN
                for inside, message in answer.reasons:
                    self._refuse(f"{place}.{word}{inside}", message)
        for word, key in keys.items():
            if key.required and word not in values:
                values[word] = self._refuse(f"{place}.{word}", key.missing(owner))
        return values

    def _note_path(self, names: Names, type_: Any) -> tuple[str, ...] | None:
        """Note a property; return its path, if all of that is known."""
        path = tuple(name for name in names if name)
        if len(path) < len(names):
            self.knows_paths = False
            return None
        self.paths.append(".".join(path))
        if not _is_leaf(type_) and _kind_of(type_) != "object":
            self.knows_paths = False
        return path

    def _note_column(self, path: tuple[str, ...], place: str) -> None:
        """Refuse a property whose column has the name of another's, in either case (spec krenalis B.3)."""
        column, dotted = "_".join(path), ".".join(path)
        other = self._columns.setdefault(column.lower(), dotted)
        # the same path twice is a duplicate name somewhere above, and refused there
        if other != dotted:
            message = f"{shown(dotted)} and {shown(other)} have the same column {shown(column)}; case does not count."
            self._refuse(f"{place}.name", message)

    def _wrong_form(self, value: Any, place: str, expected: str) -> Unknown:
        known = not isinstance(value, Unknown)
        return self._refuse(place, f"must be {expected}, not {shown(value)}.") if known else UNKNOWN

    def _refuse(self, path: str, message: str) -> Unknown:
        self.problems.append(Problem(path, message))
        return UNKNOWN


def _spelling(document: Mapping[str, Any], *, element: bool) -> Any:
    """What tells the document of a simple type from all others; None for a type with parts, or an odd one."""
    values = tuple(document.values())
    # True is equal to 1, and not the same
    spelling = (element, tuple(document), values, tuple(map(type, values)))
    try:
        hash(values)
    except TypeError:  # an array or an object
        return None
    return spelling


def _kind_of(document: Any) -> str | None:
    """Return the kind that a type's document names, if there is such a kind."""
    kind = document.get("kind") if isinstance(document, dict) else None
    return kind if isinstance(kind, str) and kind in KINDS else None


def _is_leaf(type_: Any) -> bool:
    """Whether a property of this type's document is no object. One of a wrong kind may be meant as one."""
    kind = type_.get("kind") if isinstance(type_, dict) else None
    return isinstance(kind, str) and kind != "object" and (kind in KINDS or "properties" not in type_)
