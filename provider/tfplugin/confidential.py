"""The confidential parts of a value: sensitive strings, and write-only values, which are in no plan and no state."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from tfplugin.cty import Dynamic, Path
from tfplugin.schema import AnyAttribute, Attribute, NestedAttribute, Nesting, located_elements

_HERE: Final = Path()


def sensitive_strings(attributes: Mapping[str, AnyAttribute], value: Any) -> Iterator[str]:
    """Every known string below an attribute that is sensitive or write-only, but no key; or what it says are secrets."""
    if not isinstance(value, dict):
        return
    for name, attribute in attributes.items():
        member = value.get(name)
        if isinstance(attribute, Attribute) and attribute.secrets:
            yield from attribute.secrets(member)
        elif attribute.sensitive or (isinstance(attribute, Attribute) and attribute.write_only):
            yield from _strings(member)
        elif isinstance(attribute, NestedAttribute):
            for _, element in located_elements(attribute, member, _HERE):
                yield from sensitive_strings(attribute.attributes, element)


def write_only_paths(
    attributes: Mapping[str, AnyAttribute], value: Any, path: Path = _HERE
) -> Iterator[Path]:
    """The paths of the write-only attributes that are not null in a value."""
    if not isinstance(value, dict):
        return
    for name, attribute in attributes.items():
        here = path.attribute(name)
        if isinstance(attribute, NestedAttribute):
            for step, element in located_elements(attribute, value[name], here):
                yield from write_only_paths(attribute.attributes, element, step)
        elif attribute.write_only and value[name] is not None:
            yield here


def without_write_only(attributes: Mapping[str, AnyAttribute], value: Any) -> Any:
    """The value with null for every write-only attribute."""
    if not isinstance(value, dict):
        return value
    result = dict(value)
    for name, attribute in attributes.items():
        member = value.get(name)
        if isinstance(attribute, Attribute):
            if attribute.write_only and name in value:
                result[name] = None
        elif isinstance(member, list):
            result[name] = [without_write_only(attribute.attributes, element) for element in member]
        elif attribute.nesting is Nesting.MAP and isinstance(member, dict):
            result[name] = {k: without_write_only(attribute.attributes, e) for k, e in member.items()}
        elif name in value:
            result[name] = without_write_only(attribute.attributes, member)
    return result


def _strings(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            for element in value:
                yield from _strings(element)
        case dict():
            for element in value.values():
                yield from _strings(element)
        case Dynamic():
            yield from _strings(value.value)
