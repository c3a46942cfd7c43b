"""The framework's part of validation: the attributes' own validators, and warnings for deprecated attributes."""

from collections.abc import Mapping
from typing import Any

from tfplugin.cty import Path, Unknown
from tfplugin.diagnostics import Diagnostics
from tfplugin.schema import (
    AnyAttribute,
    Attribute,
    NestedAttribute,
    Schema,
    located_elements,
    write_only_paths,
)


def validate(schema: Schema, config: Mapping[str, Any], diagnostics: Diagnostics) -> bool:
    """Run every validator on the known values; tells whether everything that is required is there.

    Terraform itself demands required arguments where they are written, but lets a null through that only
    evaluating an expression brings to light.
    """
    return _validate(schema.attributes, config, Path(), diagnostics)


def refuse_write_only(schema: Schema, config: Mapping[str, Any], diagnostics: Diagnostics) -> None:
    """For a client that would keep write-only values in its state."""
    for path in write_only_paths(schema.attributes, config):
        diagnostics.error(
            "Write-only attribute not allowed",
            f"{path}: this program would keep the value in its state. Use Terraform 1.11 or newer, or leave it out.",
            path,
        )


def _validate(
    attributes: Mapping[str, AnyAttribute], config: Mapping[str, Any], path: Path, diagnostics: Diagnostics
) -> bool:
    complete = True
    for name, attribute in attributes.items():
        value = config[name]
        here = path.attribute(name)
        if value is None and attribute.required:
            complete = False
        _check_flags(attribute, value, here, diagnostics)
        if value is None or isinstance(value, Unknown):
            continue
        if attribute.deprecated:
            diagnostics.warning("Attribute deprecated", f"{here}: {attribute.deprecated}", here)
        for validator in attribute.validators:
            if rule := validator(value):
                diagnostics.error("Invalid attribute value", f"{here}: {rule}{_got(attribute, value)}.", here)
        if isinstance(attribute, NestedAttribute):
            for step, element in located_elements(attribute, value, here):
                if isinstance(element, dict):
                    complete &= _validate(attribute.attributes, element, step, diagnostics)
    return complete


def _check_flags(attribute: AnyAttribute, value: Any, here: Path, diagnostics: Diagnostics) -> None:
    if value is None and attribute.required:
        diagnostics.error("Missing required argument", f"{here}: is required, and is null.", here)
    if value is not None and not (attribute.required or attribute.optional):
        diagnostics.error("Invalid configuration", f"{here}: only the provider decides it; remove it.", here)


def _got(attribute: AnyAttribute, value: Any) -> str:
    """What was found, when it is short and no secret."""
    if attribute.sensitive or not isinstance(attribute, Attribute) or isinstance(value, (list, dict)):
        return ""
    return f', got: "{value}"' if isinstance(value, str) else f", got: {value}"
