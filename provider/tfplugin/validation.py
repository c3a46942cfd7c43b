"""The framework's part of validation: flags, validators and rules of the schema, and warnings of deprecation."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from tfplugin.confidential import write_only_paths
from tfplugin.cty import Path, is_known, is_null, is_wholly_known
from tfplugin.diagnostics import Diagnostics
from tfplugin.rules import Rule
from tfplugin.schema import AnyAttribute, NestedAttribute, Nesting, Schema, located_elements
from tfplugin.validators import Validator

_LONGEST: Final = 60


def validate(schema: Schema, config: Mapping[str, Any], diagnostics: Diagnostics) -> bool:
    """Checks the known values by the schema; returns whether every required value is there.

    Terraform itself refuses a missing required argument, but not an argument whose expression turns out to be null.
    """
    return _Validation(diagnostics).check(schema.attributes, schema.rules, config, Path())


def refuse_write_only(schema: Schema, config: Mapping[str, Any], diagnostics: Diagnostics) -> None:
    """Adds an error for each write-only value, for a client that would keep such values in its state."""
    for path in write_only_paths(schema.attributes, config):
        diagnostics.error(
            "Write-only attribute not allowed",
            f"{path}: this program would keep the value in its state. Use Terraform 1.11 or newer, or leave it out.",
            path,
        )


class _Validation:
    """One walk over a configuration."""

    def __init__(self, diagnostics: Diagnostics, *, secret: bool = False) -> None:
        """`secret` is true below a sensitive attribute: messages then show no values."""
        self._diagnostics = diagnostics
        self._secret = secret

    def check(
        self,
        attributes: Mapping[str, AnyAttribute],
        rules: Sequence[Rule],
        config: Mapping[str, Any],
        path: Path,
    ) -> bool:
        """Checks one object; returns whether every required value is there, in the object and below."""
        complete = True
        for name, attribute in attributes.items():
            value, here = config[name], path.attribute(name)
            complete &= not (attribute.required and is_null(value))
            self._check_flags(attribute, value, here)
            if is_null(value) or not is_known(value):
                continue
            if attribute.deprecated:
                self._diagnostics.warning("Attribute deprecated", f"{here}: {attribute.deprecated}", here)
            complete &= self._check_value(attribute, value, here)
        for rule in rules:
            self._check_rule(rule, config, path)
        return complete

    def _check_flags(self, attribute: AnyAttribute, value: Any, here: Path) -> None:
        if attribute.required and is_null(value):
            self._diagnostics.error("Missing required argument", f"{here}: is required, and is null.", here)
        if not attribute.settable and value is not None:
            self._diagnostics.error(
                "Invalid configuration", f"{here}: only the provider decides it; remove it.", here
            )

    def _check_value(self, attribute: AnyAttribute, value: Any, here: Path) -> bool:
        below = _Validation(self._diagnostics, secret=self._secret or attribute.sensitive)
        # unknown elements of a set may turn out to be equal
        if attribute.nesting is not Nesting.SET or is_wholly_known(value):
            below._run(attribute.validators, value, here)
        complete = True
        for step, element in located_elements(attribute, value, here):
            if is_null(element) or not is_known(element):
                continue
            if isinstance(attribute, NestedAttribute):
                self._check_empty(attribute, element, step)
                complete &= below.check(attribute.attributes, attribute.rules, element, step)
            else:
                below._run(attribute.element_validators, element, step)
        return complete

    def _check_empty(self, attribute: NestedAttribute, element: Mapping[str, Any], here: Path) -> None:
        """Warns of an object without any value: its keys may have been wrong ones, which Terraform drops.

        There is no path, for which Terraform would print the source, which may have a secret in it.
        """
        told = attribute.rules or any(member.required for member in attribute.attributes.values())
        if not told and all(map(is_null, element.values())):
            self._diagnostics.warning(
                "Empty object",
                f"{here}: none of its attributes has a value; they are {', '.join(attribute.attributes)}. Terraform drops "
                "every other key without a word: look for a misspelt one. If nothing is to be set, leave the object out, or "
                "make it null.",
            )

    def _run(self, validators: Sequence[Validator], value: Any, here: Path) -> None:
        for validator in validators:
            if broken := validator(value):
                got = "" if self._secret else _got(value)
                self._diagnostics.error("Invalid attribute value", f"{here}: {broken}{got}.", here)

    def _check_rule(self, rule: Rule, config: Mapping[str, Any], path: Path) -> None:
        if not all(is_known(config[name]) for name in rule.names):
            return
        given = [name for name in rule.names if not is_null(config[name])]
        if len(given) in rule.counts:
            return
        surplus = given[max(rule.counts) :]
        self._diagnostics.error(
            "Invalid combination of attributes",
            f"{_listed(path, rule.names)}: {rule.text}, got: {_listed(path, given) or 'none'}.",
            path.attribute(surplus[0]) if surplus else path,
        )


def _listed(path: Path, names: Sequence[str]) -> str:
    return ", ".join(str(path.attribute(name)) for name in names)


def _got(value: Any) -> str:
    """The end of a message that shows the value, if it is short."""
    match value:
        case str() if len(value) <= _LONGEST:
            return f', got: "{value}"'
        case bool():
            return f", got: {str(value).lower()}"
        case Decimal():
            return f", got: {value}"
        case _:
            return ""
