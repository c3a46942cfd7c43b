"""Hypothesis strategies for schemas, and for configurations of a schema."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from hypothesis import strategies as st

from tests.support.cty_strategies import types, values
from tfplugin.cty import DYNAMIC, UNKNOWN, Type, conform
from tfplugin.schema import AnyAttribute, Attribute, NestedAttribute, Nesting, Schema

_NAMES = st.sampled_from("abc")
_Flags = dict[str, Any]
_SETTABLE: list[_Flags] = [{"required": True}, {"optional": True}, {"optional": True, "computed": True}]


class Configured(NamedTuple):
    """A schema and a configuration of it, in canonical form."""

    schema: Schema
    config: dict[str, Any]


def configured() -> st.SearchStrategy[Configured]:
    """Any schema with any configuration that Terraform would let through; parts of it may be unknown."""
    return _attributes(depth=1, dynamic=True).flatmap(
        lambda attributes: _object(attributes).map(lambda config: _configured(attributes, config))
    )


def _configured(attributes: Mapping[str, AnyAttribute], config: Any) -> Configured:
    schema = Schema(attributes=attributes)
    canonical: Any = conform(schema.type, config)
    return Configured(schema, canonical)


def _attributes(*, depth: int, dynamic: bool) -> st.SearchStrategy[Mapping[str, AnyAttribute]]:
    member = _leaf(dynamic=dynamic)
    if depth:
        member = st.one_of(member, _nested(depth - 1, dynamic=dynamic))
    return st.dictionaries(_NAMES, member, min_size=1, max_size=2)


def _leaf(*, dynamic: bool) -> st.SearchStrategy[AnyAttribute]:
    plain: st.SearchStrategy[Type] = types(dynamic=False)
    type_ = st.one_of(plain, st.just(DYNAMIC)) if dynamic else plain
    flags = st.sampled_from([*_SETTABLE, {"computed": True}])
    return st.tuples(type_, flags).map(lambda one: Attribute(type=one[0], description="Any.", **one[1]))


def _nested(depth: int, *, dynamic: bool) -> st.SearchStrategy[AnyAttribute]:
    def made(nesting: Nesting) -> st.SearchStrategy[AnyAttribute]:
        # no collection of objects can hold dynamic values
        members = _attributes(depth=depth, dynamic=dynamic and nesting is Nesting.SINGLE)
        return st.tuples(members, st.sampled_from(_SETTABLE)).map(
            lambda one: NestedAttribute(description="Any.", nesting=nesting, attributes=one[0], **one[1])
        )

    return st.sampled_from(Nesting).flatmap(made)


def _object(attributes: Mapping[str, AnyAttribute]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({name: _value(attribute) for name, attribute in attributes.items()})


def _value(attribute: AnyAttribute) -> st.SearchStrategy[Any]:
    if not attribute.settable:
        return st.none()
    if isinstance(attribute, Attribute):
        return values(attribute.type, unknowns=True)
    element = _object(attribute.attributes)
    match attribute.nesting:
        case Nesting.SINGLE:
            whole: st.SearchStrategy[Any] = element
        case Nesting.MAP:
            whole = st.dictionaries(_NAMES, element, max_size=2)
        case _:
            whole = st.lists(element, max_size=2)
    return st.one_of(whole, st.sampled_from([None, UNKNOWN]))
