"""Schemas: what a configuration may hold, and how the framework treats each attribute.

Combinations that Terraform would refuse, or that could never work, raise `SchemaError` when the schema is built.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

from tfplugin.cty import CtyError, List, Map, Object, Path, Set, Type, Value, conform, contains_dynamic
from tfplugin.validators import Validator

_HERE: Final = Path()
_RESERVED: Final = frozenset(
    # of provider blocks, and of resource and data blocks
    {"alias", "version"}
    | {"connection", "count", "depends_on", "for_each", "lifecycle", "provider", "provisioner"}
)
_NAME: Final = re.compile(r"[a-z][a-z0-9_]*\Z")


class SchemaError(Exception):
    """A mistake of the provider's author in a schema."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Member:
    """What attributes of both kinds have."""

    description: str
    """Markdown, whole sentences; it is the documentation."""
    required: bool = False
    optional: bool = False
    computed: bool = False
    sensitive: bool = False
    deprecated: str = ""
    """Empty, or what to use instead."""
    keeps_state: bool = False
    """Computed and not in the configuration: plan the value of the state instead of an unknown one."""
    requires_replace: bool = False
    """A change of the value replaces the whole object."""
    validators: tuple[Validator, ...] = ()

    def check(self, name: str) -> None:
        """Raise `SchemaError` for flags that exclude each other."""
        if not _NAME.match(name):
            raise SchemaError(f"{name}: not a valid attribute name")
        if self.required == (self.optional or self.computed):
            raise SchemaError(f"{name}: must be either required, or optional and/or computed")
        if self.keeps_state and not self.computed:
            raise SchemaError(f"{name}: only a computed attribute can keep its state")
        if self.validators and not (self.required or self.optional):
            raise SchemaError(f"{name}: nobody can set what the validators check")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute(_Member):
    """An attribute of a cty type."""

    type: Type
    write_only: bool = False
    default: Value = None
    """Planned whenever the configuration has no value; the attribute is optional and computed."""

    def check(self, name: str) -> None:
        """Raise `SchemaError` for flags that exclude each other."""
        # the zero-argument form does not survive the class being made anew for its slots
        _Member.check(self, name)
        if self.default is not None and not (self.optional and self.computed):
            raise SchemaError(f"{name}: an attribute with a default must be optional and computed")
        if self.default is not None:
            try:
                conform(self.type, self.default)
            except CtyError as error:
                raise SchemaError(f"{name}: the default does not fit the type: {error}") from error
        if self.write_only and self.computed:
            raise SchemaError(f"{name}: a write-only attribute cannot be computed")

    @property
    def cty_type(self) -> Type:
        """The type of the attribute's values."""
        return self.type


class Nesting(Enum):
    """What a nested attribute holds: one object, or a collection of objects."""

    SINGLE = 1
    LIST = 2
    SET = 3
    MAP = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class NestedAttribute(_Member):
    """An attribute whose members have flags and descriptions of their own."""

    attributes: Mapping[str, "AnyAttribute"]
    nesting: Nesting = Nesting.SINGLE

    def check(self, name: str) -> None:
        """Raise `SchemaError` for flags that exclude each other, here or below."""
        _Member.check(self, name)
        if self.nesting is not Nesting.SINGLE and contains_dynamic(self.cty_type):
            # in a set Terraform refuses it; a list or map would have another form on the wire
            raise SchemaError(f"{name}: a collection of objects cannot hold dynamic values")
        for member, attribute in self.attributes.items():
            attribute.check(member)
            if self.nesting is Nesting.SET:
                self._check_in_set(f"{name}.{member}", attribute)

    @staticmethod
    def _check_in_set(name: str, attribute: "AnyAttribute") -> None:
        if isinstance(attribute, Attribute) and attribute.write_only:
            raise SchemaError(f"{name}: nothing in a set can be write-only")
        if attribute.requires_replace or attribute.keeps_state:
            raise SchemaError(f"{name}: an element of a set has no state of its own to compare with")

    @property
    def cty_type(self) -> Type:
        """The type of the attribute's values."""
        element = _object_type(self.attributes)
        match self.nesting:
            case Nesting.SINGLE:
                return element
            case Nesting.LIST:
                return List(element)
            case Nesting.SET:
                return Set(element)
            case Nesting.MAP:
                return Map(element)


AnyAttribute = Attribute | NestedAttribute


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """The schema of a provider block or of a resource; `version` counts incompatible changes of a state's form."""

    attributes: Mapping[str, AnyAttribute]
    description: str = ""
    version: int = 0
    type: Object = field(init=False)
    """The type of whole values; blocks are not supported."""

    def __post_init__(self) -> None:
        for name, attribute in self.attributes.items():
            if name in _RESERVED:
                raise SchemaError(f"{name}: Terraform keeps this name for itself")
            attribute.check(name)
        object.__setattr__(self, "type", _object_type(self.attributes))


def _object_type(attributes: Mapping[str, AnyAttribute]) -> Object:
    return Object({name: attribute.cty_type for name, attribute in attributes.items()})


def sensitive_strings(attributes: Mapping[str, AnyAttribute], value: Any) -> Iterator[str]:
    """Every known string below an attribute that is marked sensitive."""
    if not isinstance(value, dict):
        return
    for name, attribute in attributes.items():
        member = value.get(name)
        if attribute.sensitive:
            yield from _strings(member)
        elif isinstance(attribute, NestedAttribute):
            for _, element in located_elements(attribute, member, _HERE):
                yield from sensitive_strings(attribute.attributes, element)


def located_elements(attribute: NestedAttribute, value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """The objects that a nested attribute's value holds, with their paths; none for null and unknown."""
    match attribute.nesting, value:
        case Nesting.SINGLE, dict():
            yield path, value
        case Nesting.MAP, dict():
            yield from ((path.key(key), element) for key, element in value.items())
        case Nesting.LIST, list():
            yield from ((path.index(index), element) for index, element in enumerate(value))
        case Nesting.SET, list():
            # the protocol has no path into a set
            yield from ((path, element) for element in value)


def write_only_paths(
    attributes: Mapping[str, AnyAttribute], value: Any, path: Path = _HERE
) -> Iterator[Path]:
    """Where a value has something for a write-only attribute."""
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
    """The value with null for every write-only attribute: they are in no plan and no state."""
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
