"""Semantic equality: of two values that differ but mean the same, the earlier spelling stays.

Otherwise every plan would show a change where there is none, or Terraform would take another spelling for another
value. `Attribute.equivalent` tells whether two values mean the same.

Source: docs/facts/terraform.md, "What Terraform demands of a plan".
"""

from collections.abc import Mapping
from typing import Any

from tfplugin.cty import is_null, is_wholly_known
from tfplugin.schema import AnyAttribute, NestedAttribute, Nesting


def keep_spelling(attributes: Mapping[str, AnyAttribute], before: Any, after: Any) -> Any:
    """The object `after`, with the values of `before` wherever both mean the same."""
    if not isinstance(before, dict) or not isinstance(after, dict):
        return after
    result = dict(after)
    for name, attribute in attributes.items():
        old, new = before.get(name), after.get(name)
        if old == new or is_null(old) or is_null(new):
            continue
        if isinstance(attribute, NestedAttribute):
            result[name] = _elements(attribute, old, new)
        elif (
            attribute.equivalent
            and is_wholly_known(old)
            and is_wholly_known(new)
            and attribute.equivalent(old, new)
        ):
            result[name] = old
    return result


def _elements(attribute: NestedAttribute, before: Any, after: Any) -> Any:
    match attribute.nesting, before, after:
        case Nesting.SINGLE, _, _:
            return keep_spelling(attribute.attributes, before, after)
        case Nesting.MAP, dict(), dict():
            return {k: keep_spelling(attribute.attributes, before.get(k), e) for k, e in after.items()}
        case Nesting.LIST, list(), list():
            known = [*before, *[None] * len(after)]
            return [keep_spelling(attribute.attributes, known[i], e) for i, e in enumerate(after)]
        case _:
            return after  # elements of a set have no name by which to find the earlier one
