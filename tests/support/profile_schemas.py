"""Hypothesis strategies for profile schemas: valid documents, other spellings of the same, and doubtful ones."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Literal

from hypothesis import strategies as st

PLAIN_KINDS = ("boolean", "datetime", "date", "time", "year", "uuid", "json", "ip")

Document = dict[str, Any]

_FLOAT_SIZES: tuple[Literal[32, 64], ...] = (32, 64)
_NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9]{0,3}(_[A-Za-z0-9]{1,3})?", fullmatch=True)
_TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
_DEFAULTS: dict[str, Document] = {
    "int": {"unsigned": False},
    "float": {"real": False},
    "decimal": {"scale": 0},
    "array": {"minElements": 0, "maxElements": 2**31 - 1},
}
_WIDER: dict[str, Document] = {
    "string": {"kind": "string"},
    "uuid": {"kind": "string", "maxLength": 36},
    "int": {"kind": "int", "bitSize": 64, "unsigned": True},
    "float": {"kind": "float", "bitSize": 64},
    "date": {"kind": "datetime"},
}
_PROPERTY_DEFAULTS = {
    "prefilled": "",
    "createRequired": False,
    "updateRequired": False,
    "nullable": False,
    "description": "",
}


LONGEST = 2**32 - 1
"""The longest string that a type can tell of; a platform may have its own."""
WRONG = [-1, 0.5, Decimal("1e999"), "40", "true", "\0é", True, None, [], {}, [{}]]
"""Values that JSON can spell, and that are wrong in most places."""
JUNK = [*WRONG, 10**5000, float("nan"), Decimal("1e999999"), Decimal("sNaN"), {1}]
"""Values that are wrong in most places."""


@st.composite
def documents(draw: st.DrawFn, longest: int = LONGEST) -> Document:
    """Draw a valid document of a profile schema; no string in it has a limit beyond `longest`."""
    properties = _properties(depth=2, longest=longest).filter(_has_distinct_columns)
    return {"kind": "object", "properties": draw(properties)}


@st.composite
def doubtful(draw: st.DrawFn, longest: int) -> Document:
    """Draw a valid document with one property at or beyond a limit of PostgreSQL, or with nonsense in one place."""
    document = draw(documents(longest))
    limit = {"name": "limit", "type": {"kind": "string"}, "readOptional": True}
    changes: dict[str, Any] = draw(
        st.sampled_from(
            [
                {"name": "n" * 63},
                {"name": "n" * 64},
                {"name": "o" * 32, "type": {"kind": "object", "properties": [limit | {"name": "i" * 31}]}},
                *({"name": name} for name in ("ctid", "XMIN", "select", "kpid", "Café", "_p")),
                *({"type": {"kind": "string", "maxLength": length}} for length in (longest, longest + 1)),
                *({"type": {"kind": "array", "elementType": {"kind": "string", "maxBytes": length}}} for length in (longest, longest + 1)),
                {"type": {"kind": "map", "elementType": {"kind": "string", "maxBytes": longest + 1}}},
                {"type": {"kind": "decimal", "precision": 76, "scale": 37}},
                {"type": {"kind": "text"}},
                {},
            ]
        )
    )  # fmt: skip
    if changes:
        return document | {"properties": [*document["properties"], limit | changes]}
    place = draw(st.sampled_from(list(places(document))))
    changed: Document = replaced(document, place, draw(st.sampled_from(WRONG)))
    return changed


@st.composite
def reordered(draw: st.DrawFn, document: Document) -> Document:
    """Draw the document of a schema with all properties in another order, and with other descriptions."""
    properties: list[Document] = []
    for prop in draw(st.permutations(document["properties"])):
        inner = {"type": draw(reordered(prop["type"]))} if prop["type"]["kind"] == "object" else {}
        properties.append(prop | inner | {"description": draw(_TEXTS)})
    return document | {"properties": properties}


@st.composite
def changed(draw: st.DrawFn, document: Document, longest: int) -> Document:
    """Draw what might become of a valid document: properties gone, moved, retyped or widened, in an object, and new."""
    every = st.sampled_from(document["properties"])
    properties: list[Document] = []
    for prop in draw(st.lists(every, min_size=1, unique_by=lambda prop: str(prop["name"]))):
        _append(properties, draw(_changed_property(prop, longest)))
    for prop in draw(st.one_of(st.just([]), _properties(depth=1, longest=longest))):
        _append(properties, prop)
    return document | {"properties": properties}


def _append(properties: list[Document], prop: Document) -> None:
    """Add a property, unless its name is taken, or one of its columns."""
    names = {other["name"] for other in properties}
    if prop["name"] not in names and _has_distinct_columns([*properties, prop]):
        properties.append(prop)


@st.composite
def _changed_property(draw: st.DrawFn, prop: Document, longest: int) -> Document:
    return draw(
        st.one_of(
            st.just(prop),
            st.just(prop | {"type": _WIDER.get(prop["type"]["kind"], prop["type"])}),
            st.just({"name": "in", "type": {"kind": "object", "properties": [prop]}, "readOptional": True}),
            _property(prop["name"], 1, longest),
        )
    )


def places(whole: Any) -> Iterator[tuple[Any, ...]]:
    """The paths to everything inside a document."""
    inside = whole.items() if isinstance(whole, dict) else enumerate(whole) if isinstance(whole, list) else ()
    for key, value in inside:
        yield (key,)
        yield from ((key, *rest) for rest in places(value))


def replaced(whole: Any, place: tuple[Any, ...], value: Any) -> Any:
    """The document with another value at a place."""
    if not place:
        return value
    changed = replaced(whole[place[0]], place[1:], value)
    if isinstance(whole, dict):
        return whole | {place[0]: changed}
    return [changed if index == place[0] else item for index, item in enumerate(whole)]


@st.composite
def respelt(draw: st.DrawFn, document: Any) -> Any:
    """Draw another document that means the same: members reordered, defaults written out, nulls, other numbers."""
    match document:
        case dict():
            defaults = _PROPERTY_DEFAULTS if "name" in document else _DEFAULTS.get(document["kind"], {})
            extra = draw(st.lists(st.sampled_from(sorted(defaults)), unique=True)) if defaults else []
            nulls = draw(st.sets(st.sampled_from(["pattern", "nullable", "comment"])))
            members = dict.fromkeys(nulls) | {name: defaults[name] for name in extra} | document
            return {name: draw(respelt(members[name])) for name in draw(st.permutations(sorted(members)))}
        case list():
            return [draw(respelt(item)) for item in document]
        case int() | float() | Decimal() if not isinstance(document, bool):
            return draw(st.sampled_from(_spellings(document)))
        case _:
            return document


def _spellings(number: float | Decimal) -> list[Any]:
    exact = Decimal(repr(number)) if isinstance(number, float) else Decimal(number)
    sign, digits, exponent = exact.as_tuple()
    return [number, exact, Decimal((sign, (*digits, 0), int(exponent) - 1))]


def _has_distinct_columns(properties: list[Document]) -> bool:
    columns = [column.lower() for column in _columns(properties, "")]
    return len(columns) == len(set(columns))


def _columns(properties: list[Document], prefix: str) -> list[str]:
    columns: list[str] = []
    for prop in properties:
        name = prefix + prop["name"]
        inner = prop["type"].get("properties")
        columns += _columns(inner, f"{name}_") if inner else [name]
    return columns


@st.composite
def _properties(draw: st.DrawFn, depth: int, longest: int) -> list[Document]:
    names = draw(st.lists(_NAMES, min_size=1, max_size=3, unique=True))
    return [draw(_property(name, depth, longest)) for name in names]


@st.composite
def _property(draw: st.DrawFn, name: str, depth: int, longest: int) -> Document:
    scalars = _scalars(longest, element=False)
    containers = st.builds(
        lambda kind, inner: {"kind": kind, "elementType": inner},
        st.sampled_from(["array", "map"]),
        _scalars(longest, element=True),
    )
    objects = (
        st.builds(lambda inner: {"kind": "object", "properties": inner}, _properties(depth - 1, longest))
        if depth
        else scalars
    )
    document = {"name": name, "type": draw(st.one_of(scalars, containers, objects)), "readOptional": True}
    return document | draw(st.fixed_dictionaries({}, optional={"description": _TEXTS}))


def _scalars(longest: int, *, element: bool) -> st.SearchStrategy[Document]:
    plain = st.builds(lambda kind: {"kind": kind}, st.sampled_from(PLAIN_KINDS))
    return st.one_of(plain, _strings(longest, element=element), _integers(), _floats(), _decimals())


@st.composite
def _strings(draw: st.DrawFn, longest: int, *, element: bool) -> Document:
    lengths = st.integers(1, longest)
    limits = draw(st.fixed_dictionaries({}, optional={"maxBytes": lengths, "maxLength": lengths}))
    patterns = st.builds(lambda pattern: {"pattern": pattern}, st.sampled_from(["", "^[a-z]+$", r"\d{3}"]))
    values = st.builds(lambda values: {"values": values}, st.lists(_TEXTS, min_size=1, max_size=3))
    return {"kind": "string"} | limits | (draw(st.one_of(st.just({}), patterns, values)) if element else {})


@st.composite
def _integers(draw: st.DrawFn) -> Document:
    size, unsigned = draw(st.sampled_from([8, 16, 24, 32, 64])), draw(st.booleans())
    lowest = 0 if unsigned else -(2 ** (size - 1))
    bounds = draw(_bounds(st.integers(lowest, lowest + 2**size - 1)))
    return {"kind": "int", "bitSize": size} | ({"unsigned": True} if unsigned else {}) | bounds


@st.composite
def _floats(draw: st.DrawFn) -> Document:
    size = draw(st.sampled_from(_FLOAT_SIZES))
    real = {"real": True} if draw(st.booleans()) else {}
    return (
        {"kind": "float", "bitSize": size}
        | real
        | draw(_bounds(st.floats(width=size, allow_nan=False, allow_infinity=False)))
    )


@st.composite
def _decimals(draw: st.DrawFn) -> Document:
    precision = draw(st.integers(1, 76))
    scale = draw(st.integers(0, min(precision, 37)))
    unscaled = st.integers(1 - 10**precision, 10**precision - 1)
    bounds = draw(_bounds(unscaled.map(lambda number: Decimal(f"{number}e-{scale}"))))
    return {"kind": "decimal", "precision": precision} | ({"scale": scale} if scale else {}) | bounds


@st.composite
def _bounds(draw: st.DrawFn, numbers: st.SearchStrategy[Any]) -> Document:
    bounds = sorted([draw(numbers), draw(numbers)])
    given = draw(st.sets(st.sampled_from(["minimum", "maximum"])))
    return {name: bound for name, bound in zip(("minimum", "maximum"), bounds, strict=True) if name in given}
