"""The parser of a profile schema, which reads and checks the type document of the API.

`parse` takes the document as plain Python data from JSON or HCL, and collects everything that breaks the rules of
docs/facts/krenalis.md, "Kinds of types" and "What a profile schema may say". The rules themselves are in `kinds`.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from krenalis_provider.model.attribute_path import AttributePath, Step
from krenalis_provider.model.errors import Problem
from krenalis_provider.model.profile_schema.kinds import (
    KINDS,
    PROPERTY,
    UNDECIDED,
    Key,
    canonical_parameters,
    is_about_type,
    unknown_key,
)
from krenalis_provider.model.profile_schema.readers import Refused
from krenalis_provider.model.profile_schema.types import ProfileSchema, Property, Type
from krenalis_provider.model.property_path import PropertyPath
from krenalis_provider.model.unknown import UNKNOWN, Unknown
from krenalis_provider.model.wording import enumerated, shortened, shown

ROOT: Final = AttributePath.of("profile_schema")
"""The beginning of the path of every problem."""

_AROUND: Final = ': write {"kind": "object", "properties": ...} around it'
_READ: Final = 'such as jsondecode(file("profile-schema.json"))'

_FEW_KEYS: Final = 3
MAX_DEPTH: Final = 64
"""Levels of objects. Krenalis has no limit; the names of columns reach theirs much earlier."""


class Leaf(NamedTuple):
    """A property that is not an object, as far as the document tells."""

    path: PropertyPath
    place: AttributePath
    """The property in the document, such as ``profile_schema.properties[7]``."""
    type: Type | None
    """None if a part of the type is unknown or wrong."""


class Parsed(NamedTuple):
    """The content of a document."""

    schema: ProfileSchema | None
    """None if there are problems, or a part of the document is not known yet."""
    problems: tuple[Problem, ...]
    leaves: tuple[Leaf, ...] = ()
    """The leaves whose names are known, also of a document that is no valid schema."""
    paths: tuple[str, ...] | None = None
    """The paths of all properties, depth first; None if a value that decides on them is unknown or wrong."""


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


def _mistaken_whole(document: Any) -> Problem | None:
    """Report a document that is no profile schema at all."""
    if not isinstance(document, dict):
        remedy = _AROUND if isinstance(document, list | tuple) else ""
        if isinstance(document, str):
            remedy = f": {_decoding(document)}"
        return Problem(ROOT, f"must be an object of kind object, not {shown(document)}{remedy}.")
    kind = document.get("kind")
    for wrapper in ("profileSchema", "profile_schema", "schema"):
        if kind is None and document.get(wrapper) is not None:
            return Problem(ROOT, f'has the schema under the key "{wrapper}": give that key\'s value alone.')
    if document and not any(map(is_about_type, document)):
        keys = enumerated([shown(word) for word in list(document)[:_FEW_KEYS]])
        message = f'has {keys}, and neither "kind" nor "properties": give the document itself, {_READ}.'
        return Problem(ROOT, message)
    if isinstance(kind, str) and kind in KINDS and kind != "object":
        # nothing else would matter, and a Krenalis server dies of it (docs/facts/krenalis.md, "Where a Krenalis server fails")
        message = f'must be "object" at the top of a profile schema, not {shown(kind)}.'
        return Problem(AttributePath((*ROOT, "kind")), message)
    return None


def _decoding(text: str) -> str:
    """What to do with a text: it is JSON or YAML, or else the name of a file."""
    begin = text.lstrip("\ufeff \t\r\n")[:1]
    if begin in ("{", "[", '"'):
        return "wrap it in jsondecode()"
    if "\n" in text.strip():
        return "wrap it in jsondecode(), or in yamldecode() if it is YAML"
    decode = "yamldecode" if text.endswith((".yaml", ".yml")) else "jsondecode"
    return (
        f"read the file of that name with {decode}(file({shown(text)}))"
        if text.strip()
        else f"give it, {_READ}"
    )


Steps = tuple[Step, ...]
"""The place of a value in the document; few places are ever spelled out."""
Names = tuple[str | None, ...]
"""The path of a property; None for a name that is unknown or wrong."""
_Document = Mapping[str, Any]


class _Parser:
    """One run over a document. Its methods return UNKNOWN for values that are unknown or refused."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.leaves: list[Leaf] = []
        self.paths: list[str] = []
        self.knows_paths = True
        self._simple_types: dict[Any, Type] = {}
        """The types without parts by their spelling: a large schema has many of each."""
        self._columns: dict[str, str] = {}
        """The lower-case name of each column so far, and the path of its property."""

    def type(self, document: Any, place: Steps, names: Names, *, element: bool = False) -> Type | Unknown:
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

    def _new_type(self, document: _Document, place: Steps, names: Names, *, element: bool) -> Type | Unknown:
        """Read a type that was not read in this spelling before."""
        kind = _kind_of(document)
        if element and kind in {"array", "map", "object"}:
            message = f"cannot be {shown(kind)}: a profile schema has no arrays and maps of such."
            return self._refuse((*place, "kind"), message)
        keys, owner = (KINDS[kind].keys, f"kind {kind}") if kind else (UNDECIDED, "a type")
        values = self._members(document, keys, place, owner, element=element)
        if "elementType" in values:
            inner = values["elementType"]
            values["elementType"] = self.type(inner, (*place, "elementType"), names, element=True)
        if "properties" in values:
            values["properties"] = self._properties(values["properties"], (*place, "properties"), names)
        if kind is None:
            return UNKNOWN
        for word, message in tuple(KINDS[kind].check(values)):
            values[word] = self._refuse((*place, word), message)
        if UNKNOWN in values.values():
            return UNKNOWN
        parameters = canonical_parameters(kind, values)
        return Type(kind, parameters, values.get("elementType"), values.get("properties", ()))

    def _properties(self, documents: Any, place: Steps, parent: Names) -> tuple[Property, ...] | Unknown:
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
            prop, name = self._property(document, (*place, index), parent)
            if name and (other := first.setdefault(name, index)) != index:
                first_place = AttributePath((*place, other))
                message = f"{shown(name)} is already the name of {first_place}: rename or remove one."
                self._refuse((*place, index, "name"), message)
            properties.append(prop)
        known = tuple(prop for prop in properties if not isinstance(prop, Unknown))
        return known if len(known) == len(properties) else UNKNOWN

    def _property(self, document: Any, place: Steps, parent: Names) -> tuple[Property | Unknown, str | None]:
        """Read a property; return it, and its name even if the rest is unknown or refused."""
        if not isinstance(document, dict):
            self.knows_paths = False
            return self._wrong_form(document, place, 'a property such as {"name": ..., "type": ...}'), None
        values = self._members(document, PROPERTY, place, "a property", element=False)
        name = values["name"] if isinstance(values["name"], str) else None
        names = (*parent, name)
        written = values["type"]
        leaf = self._note_path(names, place, written)
        values["type"] = type_ = self.type(written, (*place, "type"), names)
        if leaf:
            known_type = None if isinstance(type_, Unknown) else type_
            self.leaves.append(Leaf(leaf, AttributePath(place), known_type))
        if UNKNOWN in values.values():
            return UNKNOWN, name
        return Property(values["name"], values["type"], values.get("description", "")), name

    def _members(
        self, document: _Document, keys: Mapping[str, Key], place: Steps, owner: str, *, element: bool
    ) -> dict[str, Any]:
        """Read the members of a type or property into canonical form; nested documents stay as they are."""
        values: dict[str, Any] = {}
        for word, value in document.items():
            if value is None:
                continue
            if word not in keys:
                message, meant = unknown_key(word, keys, owner)
                # a key that is given under a wrong name is neither missing nor at its default
                values.setdefault(meant or word, self._refuse((*place, shortened(word)), message))
                continue
            try:
                values[word] = keys[word].read(value, element=element)
            except Refused as answer:
                values[word] = UNKNOWN
                for inside, message in answer.reasons:
                    self._refuse((*place, word, *inside), message)
        for word, key in keys.items():
            if key.required and word not in values:
                values[word] = self._refuse((*place, word), key.missing(owner))
        return values

    def _note_path(self, names: Names, place: Steps, type_: Any) -> PropertyPath | None:
        """Note the path of a property; return the known path of a leaf. Refuses a column that two leaves share."""
        path = PropertyPath(name for name in names if name)
        if len(path) < len(names):
            self.knows_paths = False
            return None
        self.paths.append(str(path))
        if not _is_leaf(type_):
            self.knows_paths = self.knows_paths and _kind_of(type_) == "object"
            return None
        column, dotted = path.column, str(path)
        other = self._columns.setdefault(column.lower(), dotted)
        # the same path twice is a duplicate name somewhere above, and refused there
        if other != dotted:
            message = f"{shown(dotted)} and {shown(other)} have the same column {shown(column)}; case does not count."
            self._refuse((*place, "name"), message)
        return path

    def _wrong_form(self, value: Any, place: Steps, expected: str) -> Unknown:
        known = not isinstance(value, Unknown)
        return self._refuse(place, f"must be {expected}, not {shown(value)}.") if known else UNKNOWN

    def _refuse(self, place: Steps, message: str) -> Unknown:
        self.problems.append(Problem(AttributePath(place), message))
        return UNKNOWN


def _spelling(document: Mapping[str, Any], *, element: bool) -> Any:
    """A key of the document of a simple type; None for a type with parts, or a strange document."""
    values = tuple(document.values())
    try:
        hash(values)
    except TypeError:  # an array or an object
        return None
    # the types too: True and 1 are equal
    return element, tuple(document), values, tuple(map(type, values))


def _kind_of(document: Any) -> str | None:
    """Return the kind in the document of a type, if there is such a kind."""
    kind = document.get("kind") if isinstance(document, dict) else None
    return kind if isinstance(kind, str) and kind in KINDS else None


def _is_leaf(type_: Any) -> bool:
    """Whether the document is of a type that is no object; a wrong kind may be meant as an object."""
    kind = type_.get("kind") if isinstance(type_, dict) else None
    return isinstance(kind, str) and kind != "object" and (kind in KINDS or "properties" not in type_)
