"""The secrets of a plan: its JSON holds them in the clear, and marks only some of them.

They are: what is marked as sensitive, at each place that has such marks; the values of sensitive variables; the texts that
a configuration gives to an attribute whose name speaks of a secret, or to any of this provider's block that is not known to
be none; and the values of the variables that these attributes refer to.
"""

import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from decimal import Decimal
from typing import Any, Final

from krenalis_provider import configuration
from krenalis_provider.command.review.files import elements, members, text_of
from krenalis_provider.command.review.text import without_passwords
from krenalis_provider.connection_parameters import BLOCKS
from krenalis_provider.warehouses.registry import PLATFORMS
from tfplugin.redaction import Redactor

_NAMES: Final = re.compile(
    r"(?:passw|passphrase|passcode|pwd|secret|token|credential|(?:private|api|access|account)_?key)(?!.*_version$)",
    re.IGNORECASE,
)
_SHORTEST_NUMBER: Final = 4  # digits; a shorter sensitive number would take too much else out
_OUR_PROVIDER: Final = "/krenalis"
_OUR_TYPES: Final = "krenalis_"
_MAPS: Final = ("primary_sources", "renames")
"""The configured maps of a workspace, whose keys are as secret as they are; other objects have names of attributes."""
_NONE: Final[AbstractSet[str]] = frozenset()
_OPEN: Final = frozenset(
    {name for name, each in configuration.SCHEMA.attributes.items() if not each.sensitive}
    - set(BLOCKS.values())
) | {each.name for platform in PLATFORMS for each in platform.parameters if not each.sensitive}
"""The attributes of the provider's block that hold no secret."""


class Secrets:
    """What must not be shown of a plan."""

    def __init__(self, plan: Mapping[str, Any]) -> None:
        self._redactor = Redactor()
        self._cleaned: dict[str, str] = {}
        for secret in _secrets(plan):
            self._redactor.learn(secret)

    def without(self, text: str) -> str:
        """The text without any secret."""
        if text not in self._cleaned:
            self._cleaned[text] = without_passwords(self._redactor.redact(text))
        return self._cleaned[text]


def _secrets(plan: Mapping[str, Any]) -> Iterator[str]:
    for changes in ("resource_changes", "resource_drift"):
        for change in elements(plan.get(changes)):
            yield from _of_change(members(change).get("change"), members(change).get("type"))
    for change in elements(plan.get("deferred_changes")):
        deferred = members(members(change).get("resource_change"))
        yield from _of_change(deferred.get("change"), deferred.get("type"))
    for invocation in map(members, elements(plan.get("action_invocations"))):
        yield from _marked(invocation.get("config_values"), invocation.get("config_sensitive"))
        yield from _named(invocation.get("config_values"))
    for name, change in members(plan.get("output_changes")).items():
        yield from _of_change(change, None)
        if _NAMES.search(name):
            yield from _texts([members(change).get(side) for side in ("before", "after")])
    for values in (plan.get("planned_values"), members(plan.get("prior_state")).get("values")):
        for name, output in members(members(values).get("outputs")).items():
            if members(output).get("sensitive") or _NAMES.search(name):
                yield from _texts(members(output).get("value"))
        yield from _of_resources(members(values).get("root_module"))
    yield from _Configuration(plan).secrets()


def _of_change(change: Any, type_: Any) -> Iterator[str]:
    for side in ("before", "after"):
        value, marks = members(change).get(side), members(change).get(f"{side}_sensitive")
        yield from _marked(value, marks)
        yield from _named(_own(value, type_))
        if _is_ours(type_):
            yield from _marked_keys(value, marks)


def _is_ours(type_: Any) -> bool:
    return text_of(type_).startswith(_OUR_TYPES)


def _own(values: Any, type_: Any) -> Any:
    """The values of a resource, or expressions for them, whose members have names of attributes, and not of columns."""
    return {"warehouse": members(values).get("warehouse")} if _is_ours(type_) else values


def _of_resources(module: Any) -> Iterator[str]:
    for resource in elements(members(module).get("resources")):
        values = members(resource).get("values")
        yield from _marked(values, members(resource).get("sensitive_values"))
        yield from _named(_own(values, members(resource).get("type")))
    for child in elements(members(module).get("child_modules")):
        yield from _of_resources(child)


def _marked(value: Any, marks: Any) -> Iterator[str]:
    """The texts of a value that marks of the same shape call sensitive."""
    if marks is True:
        yield from _texts(value)
    elif isinstance(marks, dict):
        for name, mark in marks.items():
            yield from _marked(members(value).get(name), mark)
    elif isinstance(marks, list):
        for element, mark in zip(elements(value), marks, strict=False):
            yield from _marked(element, mark)


def _marked_keys(values: Any, marks: Any) -> Iterator[str]:
    """The keys of the maps of a workspace that are sensitive as a whole."""
    for name in _MAPS:
        if marks is True or members(marks).get(name) is True:
            yield from members(members(values).get(name))


def _named(value: Any) -> Iterator[str]:
    """The texts of members whose name speaks of a secret, at any depth."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _texts(member) if _NAMES.search(name) else _named(member)
    elif isinstance(value, list):
        for element in value:
            yield from _named(element)


def _texts(value: Any, but: AbstractSet[str] = _NONE) -> Iterator[str]:
    """The texts and numbers of a value, without those of members with these names."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        if len(str(value)) >= _SHORTEST_NUMBER:
            yield str(value)
    elif isinstance(value, dict):
        for name, member in value.items():
            if name not in but:
                yield from _texts(member, but)
    elif isinstance(value, list):
        for element in value:
            yield from _texts(element, but)


class _Configuration:
    """The part of a plan that says what was configured, and the values of the root module's variables."""

    def __init__(self, plan: Mapping[str, Any]) -> None:
        self._whole = members(plan.get("configuration"))
        self._root = members(self._whole.get("root_module"))
        self._variables = members(plan.get("variables"))

    def secrets(self) -> Iterator[str]:
        for name, declared in members(self._root.get("variables")).items():
            if members(declared).get("sensitive") or _NAMES.search(name):
                yield from self._variable(name)
        for provider in members(self._whole.get("provider_config")).values():
            path = _modules(text_of(members(provider).get("module_address")))
            is_ours = text_of(members(provider).get("full_name")).endswith(_OUR_PROVIDER)
            for name, expression in members(members(provider).get("expressions")).items():
                if is_ours and name not in _OPEN:
                    yield from self._expression(expression, path, name, is_secret=True, but=_OPEN)
                else:
                    yield from self._expression(expression, path, name)
        yield from self._module(self._root, ())

    def _module(self, module: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
        for resource in elements(module.get("resources")):
            given = _own(members(resource).get("expressions"), members(resource).get("type"))
            yield from self._expression(given, path, "")
            for provisioner in elements(members(resource).get("provisioners")):
                yield from self._expression(members(provisioner).get("expressions"), path, "")
        for name, output in members(module.get("outputs")).items():
            is_secret = bool(members(output).get("sensitive"))
            yield from self._expression(members(output).get("expression"), path, name, is_secret=is_secret)
        for declared in members(module.get("variables")).values():
            if members(declared).get("sensitive"):
                yield from _texts(members(declared).get("default"))
        for name, call in members(module.get("module_calls")).items():
            child = members(members(call).get("module"))
            for variable, expression in members(members(call).get("expressions")).items():
                declared = members(members(child.get("variables")).get(variable))
                is_secret = bool(declared.get("sensitive"))
                yield from self._expression(expression, path, variable, is_secret=is_secret)
            yield from self._module(child, (*path, name))

    def _expression(
        self,
        expression: Any,
        path: tuple[str, ...],
        name: str,
        *,
        is_secret: bool = False,
        but: AbstractSet[str] = _NONE,
    ) -> Iterator[str]:
        """The secrets of an expression, or of a tree of them; `name` is the attribute that it is given to.

        Members named in `but` are none.
        """
        is_secret = is_secret or bool(_NAMES.search(name))
        if isinstance(expression, list):
            for element in expression:
                yield from self._expression(element, path, name, is_secret=is_secret, but=but)
        elif isinstance(expression, dict) and expression.keys() <= {"constant_value", "references"}:
            value = expression.get("constant_value")
            if not is_secret:
                yield from _named(value)
                return
            yield from _texts(value, but)
            for reference in elements(expression.get("references")):
                yield from self._reference(text_of(reference), path, but)
        elif isinstance(expression, dict):
            for member, inner in expression.items():
                if member not in but:
                    yield from self._expression(inner, path, member, is_secret=is_secret, but=but)

    def _reference(self, reference: str, path: tuple[str, ...], but: AbstractSet[str]) -> Iterator[str]:
        """The texts of the root variable or default that a reference in the module at `path` resolves to."""
        kind, _, rest = reference.partition(".")
        name = re.split(r"[.\[]", rest)[0]
        if kind != "var":
            return
        if not path:
            yield from self._variable(name, but)
            return
        module = self._root
        for step in path[:-1]:
            module = members(members(members(module.get("module_calls")).get(step)).get("module"))
        call = members(members(module.get("module_calls")).get(path[-1]))
        given = members(call.get("expressions")).get(name)
        yield from self._expression(given, path[:-1], name, is_secret=True, but=but)
        declared = members(members(call.get("module")).get("variables"))
        yield from _texts(members(declared.get(name)).get("default"), but)

    def _variable(self, name: str, but: AbstractSet[str] = _NONE) -> Iterator[str]:
        yield from _texts(members(self._variables.get(name)).get("value"), but)
        yield from _texts(members(members(self._root.get("variables")).get(name)).get("default"), but)


def _modules(address: str) -> tuple[str, ...]:
    """The names of the module calls of an address such as ``module.a.module.b``."""
    return tuple(part for part in address.split(".")[1::2] if part)
