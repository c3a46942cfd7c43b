"""Hypothesis strategies for types, and for values of a type in canonical form."""

from decimal import Decimal
from typing import NamedTuple

from hypothesis import strategies as st

from tfplugin.cty import (
    BOOL,
    DYNAMIC,
    NUMBER,
    STRING,
    UNKNOWN,
    Dynamic,
    List,
    Map,
    Object,
    Primitive,
    Set,
    Tuple,
    Type,
    Unknown,
    Value,
    conform,
)

_NAMES = st.from_regex(r"[abcé][abcé_]{0,2}", fullmatch=True)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=5)
NUMBERS = st.one_of(
    st.integers(-(2**70), 2**70).map(Decimal),
    st.integers(-(2**63) - 1, 2**63).map(Decimal),
    st.decimals(allow_nan=False, allow_infinity=False, places=30),
    st.floats(allow_nan=False, allow_infinity=False).map(Decimal),
)


class Typed(NamedTuple):
    """A value in canonical form and its type."""

    type: Type
    value: Value


def types(*, dynamic: bool = True) -> st.SearchStrategy[Type]:
    """Any type; sets have no dynamic part, as in any schema."""
    primitives = st.sampled_from([STRING, NUMBER, BOOL, DYNAMIC] if dynamic else [STRING, NUMBER, BOOL])

    def composed(inner: st.SearchStrategy[Type]) -> st.SearchStrategy[Type]:
        return st.one_of(
            inner.map(List),
            types(dynamic=False).map(Set) if dynamic else inner.map(Set),
            inner.map(Map),
            st.lists(inner, max_size=3).map(lambda elements: Tuple(tuple(elements))),
            st.dictionaries(_NAMES, inner, max_size=4).map(Object),
        )

    return st.recursive(primitives, composed, max_leaves=6)


def typed_values(*, unknowns: bool, dynamic: bool = True) -> st.SearchStrategy[Typed]:
    """Any type with any value of it; parts of it may be unknown."""
    return types(dynamic=dynamic).flatmap(
        lambda type_: values(type_, unknowns=unknowns).map(lambda value: Typed(type_, conform(type_, value)))
    )


def values(type_: Type, *, unknowns: bool) -> st.SearchStrategy[Value]:
    """Any value of a type, not yet in canonical form; parts of it may be unknown."""
    absent = st.sampled_from([None, UNKNOWN, Unknown(b"\x81\x01\xc2")] if unknowns else [None])
    return st.one_of(_present(type_, unknowns=unknowns), absent)


def _present(type_: Type, *, unknowns: bool) -> st.SearchStrategy[Value]:
    def parts(part: Type) -> st.SearchStrategy[Value]:
        return values(part, unknowns=unknowns)

    match type_:
        case Primitive("string"):
            return TEXTS
        case Primitive("number"):
            return NUMBERS
        case Primitive("bool"):
            return st.booleans()
        case List(element) | Set(element):
            return st.lists(parts(element), max_size=3)
        case Map(element):
            return st.dictionaries(TEXTS, parts(element), max_size=3)
        case Tuple(elements):
            return st.tuples(*map(parts, elements)).map(list)
        case Object(attributes):
            return st.fixed_dictionaries({name: parts(attribute) for name, attribute in attributes.items()})
        case _:
            concrete = types(dynamic=False)
            return concrete.flatmap(lambda inner: parts(inner).map(lambda value: Dynamic(inner, value)))
