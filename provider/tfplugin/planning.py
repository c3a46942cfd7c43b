"""The framework's part of a plan: defaults, unknown computed values, kept state, replacement.

Source: docs/facts/terraform.md, "A plan in the Go framework".
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from lightstart.records import replace
from tfplugin.confidential import without_write_only
from tfplugin.cty import UNKNOWN, Path, Value, is_null, is_wholly_known
from tfplugin.equivalence import keep_spelling
from tfplugin.resource import PlanRequest
from tfplugin.schema import AnyAttribute, Attribute, NestedAttribute, Nesting, Replaces, Schema

_Attributes = Mapping[str, AnyAttribute]
_Object = Mapping[str, Value]
_Rule = Callable[[AnyAttribute, Value, "_Object | None", Value], Value]
"""(attribute, configured value, prior object that has the attribute, proposed value) -> value"""
_HERE: Final = Path()


def propose(schema: Schema, request: PlanRequest) -> PlanRequest:
    """The request as the resource's own `plan` gets it.

    Terraform proposes the configuration merged with the prior state, and leaves computed values null in a creation.
    This function puts in the defaults and the unknown values.
    """
    if request.proposed is None or request.config is None:
        return request
    attributes = schema.attributes
    proposed = without_write_only(attributes, request.proposed)
    proposed = _apply(attributes, _default, request.config, request.prior, proposed)
    proposed = keep_spelling(attributes, request.prior, proposed)
    if proposed != request.prior:
        proposed = _apply(attributes, _unknown, request.config, request.prior, proposed)
    paths = (
        () if request.prior is None else tuple(_replacing(request.prior, attributes, request.prior, proposed))
    )
    return replace(request, proposed=proposed, requires_replace=paths)


def _default(attribute: AnyAttribute, config: Value, _: _Object | None, proposed: Value) -> Value:
    if config is None and isinstance(attribute, Attribute) and attribute.default is not None:
        return attribute.default
    return proposed


def _unknown(attribute: AnyAttribute, config: Value, prior: _Object | None, proposed: Value) -> Value:
    if config is not None or not attribute.computed or (attribute.keeps_state and prior is not None):
        return proposed
    has_default = isinstance(attribute, Attribute) and attribute.default is not None
    return proposed if has_default else UNKNOWN


def _apply(
    attributes: _Attributes, rule: _Rule, config: _Object, prior: _Object | None, proposed: _Object
) -> dict[str, Value]:
    """The object `proposed` with the rule applied to every attribute, outer ones first."""
    result = {}
    for name, attribute in attributes.items():
        value: Any = rule(attribute, config.get(name), prior, proposed[name])
        if isinstance(attribute, NestedAttribute):
            value = _apply_nested(attribute, rule, config.get(name), (prior or {}).get(name), value)
        result[name] = value
    return result


def _apply_nested(attribute: NestedAttribute, rule: _Rule, config: Any, prior: Any, value: Any) -> Any:
    def member(config: Any, prior: Any, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        known_config = config if isinstance(config, dict) else {}
        return _apply(
            attribute.attributes, rule, known_config, prior if isinstance(prior, dict) else None, value
        )

    match attribute.nesting, value:
        case Nesting.SINGLE, dict():
            return member(config, prior, value)
        case Nesting.MAP, dict():
            return {key: member(_at(config, key), _at(prior, key), value[key]) for key in value}
        case Nesting.LIST, list():
            return [
                member(_at(config, index), _at(prior, index), value[index]) for index in range(len(value))
            ]
        case Nesting.SET, list():
            # elements of a set have no name by which to find the prior one
            return [member(element, None, element) for element in value]
        case _:
            return value


def _at(collection: Any, key: str | int) -> Any:
    """The element of a map or list; None if there is none."""
    if isinstance(collection, dict):
        return collection.get(key)
    if isinstance(collection, list) and isinstance(key, int) and key < len(collection):
        return collection[key]
    return None


def _replacing(
    whole: _Object, attributes: _Attributes, prior: _Object, proposed: _Object, path: Path = _HERE
) -> Iterator[Path]:
    """The paths of attributes whose change replaces the object; `whole` is the whole prior object."""
    for name, attribute in attributes.items():
        before, after = prior[name], proposed[name]
        if before == after:
            continue
        here = path.attribute(name)
        if _replaces(attribute.requires_replace, before, after, whole):
            yield here
        elif isinstance(attribute, NestedAttribute):
            if isinstance(after, type(before)):
                for step, inner_before, inner_after in _pairs(attribute, here, before, after):
                    yield from _replacing(whole, attribute.attributes, inner_before, inner_after, step)
            elif _can_replace(attribute):
                # the nested attribute is added, removed, or unknown as a whole
                yield here


def _replaces(rule: "bool | Replaces", before: Value, after: Value, whole: _Object) -> bool:
    """Whether a change replaces the object.

    A rule that is a function decides on values that are known and not null; for all others it counts as true.
    """
    if isinstance(rule, bool) or is_null(before) or is_null(after) or not is_wholly_known(after):
        return bool(rule)
    return rule(before, after, whole)


def _can_replace(attribute: NestedAttribute) -> bool:
    return any(
        member.requires_replace or (isinstance(member, NestedAttribute) and _can_replace(member))
        for member in attribute.attributes.values()
    )


def _pairs(
    attribute: NestedAttribute, path: Path, before: Any, after: Any
) -> Iterator[tuple[Path, Any, Any]]:
    """The objects of a nested attribute that exist both before and after, with their paths; none for a set."""
    match attribute.nesting, before, after:
        case Nesting.SINGLE, dict(), dict():
            yield path, before, after
        case Nesting.MAP, dict(), dict():
            yield from ((path.key(key), before[key], after[key]) for key in before.keys() & after.keys())
        case Nesting.LIST, list(), list():
            yield from ((path.index(i), b, a) for i, (b, a) in enumerate(zip(before, after, strict=False)))
