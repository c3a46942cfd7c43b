"""The framework's part of validation: the attributes' own validators, and warnings for deprecated attributes."""

from collections.abc import Mapping
from typing import Any

from tfplugin.cty import Path, Unknown
from tfplugin.diagnostics import Diagnostics
from tfplugin.schema import AnyAttribute, Attribute, NestedAttribute, Nesting, Schema


def validate(schema: Schema, config: Mapping[str, Any], diagnostics: Diagnostics) -> None:
    """Run every validator on the known values of a configuration."""
    _validate(schema.attributes, config, Path(), diagnostics)


def _validate(
    attributes: Mapping[str, AnyAttribute], config: Mapping[str, Any], path: Path, diagnostics: Diagnostics
) -> None:
    for name, attribute in attributes.items():
        value = config[name]
        if value is None or isinstance(value, Unknown):
            continue
        here = path.attribute(name)
        if attribute.deprecated:
            diagnostics.warning("Attribute deprecated", f"{here}: {attribute.deprecated}", here)
        for validator in attribute.validators:
            if rule := validator(value):
                diagnostics.error("Invalid attribute value", f"{here}: {rule}{_got(attribute, value)}.", here)
        if isinstance(attribute, NestedAttribute):
            for step, element in _elements(attribute, value, here):
                if isinstance(element, dict):
                    _validate(attribute.attributes, element, step, diagnostics)


def _got(attribute: AnyAttribute, value: Any) -> str:
    """What was found, when it is short and no secret."""
    if attribute.sensitive or not isinstance(attribute, Attribute) or isinstance(value, (list, dict)):
        return ""
    return f', got: "{value}"' if isinstance(value, str) else f", got: {value}"


def _elements(attribute: NestedAttribute, value: Any, path: Path) -> list[tuple[Path, Any]]:
    match attribute.nesting:
        case Nesting.SINGLE:
            return [(path, value)]
        case Nesting.MAP:
            return [(path.key(key), element) for key, element in value.items()]
        case Nesting.LIST:
            return [(path.index(index), element) for index, element in enumerate(value)]
        case Nesting.SET:
            # the protocol has no path into a set
            return [(path, element) for element in value]
