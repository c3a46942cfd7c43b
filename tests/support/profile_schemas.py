"""Hypothesis strategies for profile schemas: valid documents, and other spellings of the same document."""

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
_PROPERTY_DEFAULTS = {
    "prefilled": "",
    "createRequired": False,
    "updateRequired": False,
    "nullable": False,
    "description": "",
}


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """Draw a valid document of a profile schema."""
    return {"kind": "object", "properties": draw(_properties(depth=2).filter(_has_distinct_columns))}


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
def _properties(draw: st.DrawFn, depth: int) -> list[Document]:
    names = draw(st.lists(_NAMES, min_size=1, max_size=3, unique=True))
    return [draw(_property(name, depth)) for name in names]


@st.composite
def _property(draw: st.DrawFn, name: str, depth: int) -> Document:
    scalars = _scalars(element=False)
    containers = st.builds(
        lambda kind, inner: {"kind": kind, "elementType": inner},
        st.sampled_from(["array", "map"]),
        _scalars(element=True),
    )
    objects = (
        st.builds(lambda inner: {"kind": "object", "properties": inner}, _properties(depth - 1))
        if depth
        else scalars
    )
    document = {"name": name, "type": draw(st.one_of(scalars, containers, objects)), "readOptional": True}
    return document | draw(st.fixed_dictionaries({}, optional={"description": _TEXTS}))


def _scalars(*, element: bool) -> st.SearchStrategy[Document]:
    plain = st.builds(lambda kind: {"kind": kind}, st.sampled_from(PLAIN_KINDS))
    return st.one_of(plain, _strings(element=element), _integers(), _floats(), _decimals())


@st.composite
def _strings(draw: st.DrawFn, *, element: bool) -> Document:
    lengths = st.integers(1, 2**32 - 1)
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
