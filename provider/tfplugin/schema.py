"""Schemas: what a configuration may hold, and how the framework treats each attribute.

Building a schema raises `SchemaError` for combinations that Terraform would refuse or that could never work.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from typing import Any, Final

from lightstart.records import Opaque, field
from tfplugin import timeouts
from tfplugin.cty import (
    STRING,
    CtyError,
    List,
    Map,
    Object,
    Path,
    Set,
    Type,
    Value,
    conform,
    contains_dynamic,
    holds_collection_of_dynamic,
    is_wholly_known,
)
from tfplugin.names import SchemaError, check_names
from tfplugin.rules import Rule
from tfplugin.timeouts import Timeouts
from tfplugin.validators import Validator, duration

_HERE: Final = Path()
_RESERVED: Final = frozenset(
    # of provider blocks, and of resource and data blocks
    {"alias", "version"}
    | {"connection", "count", "depends_on", "for_each", "lifecycle", "provider", "provisioner"}
)


class Nesting(Enum):
    """What a nested attribute holds: one object, or a collection of objects."""

    SINGLE = 1
    LIST = 2
    SET = 3
    MAP = 4


Replaces = Callable[[Any, Any, Mapping[str, Value]], bool]
"""Takes the prior value and the planned value, both known and not null, and the whole prior object."""

_NESTINGS: Final[Mapping[type[Type], Nesting]] = {List: Nesting.LIST, Set: Nesting.SET, Map: Nesting.MAP}


class _Member(Opaque, kw_only=True):
    """The fields and properties of attributes of both kinds."""

    description: str
    """Whole sentences in Markdown, for the documentation."""
    required: bool = False
    optional: bool = False
    computed: bool = False
    sensitive: bool = False
    deprecated: str = ""
    """What to use instead; empty if the attribute is not deprecated."""
    keeps_state: bool = False
    """Without a configured value, the prior value is planned instead of an unknown one."""
    requires_replace: "bool | Replaces" = False
    """Whether a change of the value replaces the whole object; a function decides on changes of known values."""
    validators: tuple[Validator, ...] = ()

    @property
    def settable(self) -> bool:
        """Whether a configuration may hold a value."""
        return self.required or self.optional

    def check(self, name: str) -> None:
        """Raises `SchemaError` for flags that exclude each other; `name` is the whole path."""
        if self.required == (self.optional or self.computed):
            raise SchemaError(f"{name}: must be either required, or optional and/or computed")
        if self.keeps_state and not self.computed:
            raise SchemaError(f"{name}: only a computed attribute can keep its state")
        if self.validators and not self.settable:
            raise SchemaError(f"{name}: nobody can set what the validators check")
        if self.requires_replace and not self.settable:
            raise SchemaError(f"{name}: nobody can change what replaces the object")


class Attribute(_Member, kw_only=True):
    """An attribute of a cty type."""

    type: Type
    write_only: bool = False
    default: Value = None
    """The value to plan if the configuration has none; the attribute must be optional and computed."""
    element_validators: tuple[Validator, ...] = ()
    """Validators for each element of a list, set or map."""
    secrets: Callable[[Any], Iterable[str]] | None = None
    """Takes a sensitive value, known or not; the secrets in it, if not all strings are. A number may be one."""
    equivalent: Callable[[Any, Any], bool] | None = None
    """Takes two known values that differ, the older one first; if they mean the same, the older spelling stays."""

    def check(self, name: str) -> None:
        """Raises `SchemaError` for flags that exclude each other; `name` is the whole path."""
        super().check(name)
        if holds_collection_of_dynamic(self.type):
            # all elements of a collection have one type; nobody can promise that for dynamic values
            raise SchemaError(f"{name}: a collection cannot hold dynamic values; make all of it dynamic")
        if self.element_validators and not self.nesting:
            raise SchemaError(f"{name}: only a collection has elements to validate")
        if self.element_validators and not self.settable:
            raise SchemaError(f"{name}: nobody can set what the validators check")
        if self.secrets and not self.sensitive:
            raise SchemaError(f"{name}: only a sensitive attribute has secrets")
        if self.write_only and self.computed:
            raise SchemaError(f"{name}: a write-only attribute cannot be computed")
        if self.write_only and self.equivalent:
            raise SchemaError(f"{name}: a write-only attribute has no earlier value to compare with")
        if self.write_only and self.requires_replace:
            raise SchemaError(f"{name}: a write-only attribute has no earlier value that could have changed")
        if self.default is not None:
            self._check_default(name)

    def _check_default(self, name: str) -> None:
        if not (self.optional and self.computed):
            raise SchemaError(f"{name}: an attribute with a default must be optional and computed")
        if self.keeps_state:
            raise SchemaError(f"{name}: with a default there is no state to keep")
        try:
            default = conform(self.type, self.default)
        except CtyError as error:
            raise SchemaError(f"{name}: the default does not fit the type: {error}") from error
        if not is_wholly_known(default):
            raise SchemaError(f"{name}: the default must be known")
        broken = [validator(default) for validator in self.validators]
        for _, element in located_elements(self, default, _HERE):
            broken += [validator(element) for validator in self.element_validators]
        for rule in filter(None, broken):
            raise SchemaError(f"{name}: the default breaks the attribute's own rule: {rule}")

    @property
    def cty_type(self) -> Type:
        """The type of the attribute's values."""
        return self.type

    @property
    def nesting(self) -> Nesting | None:
        """The kind of collection that the values are; None for other types."""
        return _NESTINGS.get(type(self.type))


class NestedAttribute(_Member, kw_only=True):
    """An attribute whose members have flags and descriptions of their own."""

    attributes: Mapping[str, "AnyAttribute"]
    nesting: Nesting = Nesting.SINGLE
    rules: tuple[Rule, ...] = ()
    """Rules over the members of each object."""

    def check(self, name: str) -> None:
        """Raises `SchemaError` for flags that exclude each other, here or below; `name` is the whole path."""
        super().check(name)
        if self.nesting is not Nesting.SINGLE and contains_dynamic(self.cty_type):
            # Terraform refuses them in a set; a list or map of them would have another form on the wire
            raise SchemaError(f"{name}: a collection of objects cannot hold dynamic values")
        if not self.attributes:
            raise SchemaError(f"{name}: has no members")
        _check_members(self.attributes, self.rules, f"{name}.")
        for member, attribute in self.attributes.items():
            if attribute.settable and not self.settable:
                raise SchemaError(f"{name}.{member}: nobody can set {name}, and so none of its members")
        if self.nesting is Nesting.SET:
            _check_in_set(self.attributes, f"{name}.")

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


class Schema(Opaque, kw_only=True):
    """The schema of a provider block, resource or data source; `version` counts incompatible changes of the state."""

    attributes: Mapping[str, AnyAttribute]
    description: str = ""
    version: int = 0
    rules: tuple[Rule, ...] = ()
    """Rules over the attributes of the whole object."""
    timeouts: Timeouts = field(default_factory=dict)
    """The default limits of operations. Users change these in the attribute `timeouts`, which the schema adds."""
    type: Object = field(init=False)
    """The type of the whole object; blocks are not supported."""

    def __post_init__(self) -> None:
        attributes = dict(self.attributes)
        if self.timeouts:
            if timeouts.ATTRIBUTE in attributes:
                raise SchemaError(f"{timeouts.ATTRIBUTE}: the schema adds this attribute itself")
            attributes[timeouts.ATTRIBUTE] = _timeouts(self.timeouts)
        if self.version < 0:
            raise SchemaError(f"the schema's version is {self.version}: versions count from 0")
        if reserved := min(attributes.keys() & _RESERVED, default=""):
            raise SchemaError(f"{reserved}: Terraform keeps this name for itself")
        _check_members(attributes, self.rules, "")
        object.__setattr__(self, "attributes", attributes)
        object.__setattr__(self, "type", _object_type(attributes))


def _check_members(attributes: Mapping[str, AnyAttribute], rules: Sequence[Rule], prefix: str) -> None:
    """Raises `SchemaError` for mistakes in the attributes of one object; `prefix` is the path of that object."""
    check_names("attribute", attributes, prefix)
    for name, attribute in attributes.items():
        attribute.check(prefix + name)
    for rule in rules:
        if not rule.names[1:] or len(set(rule.names)) < len(rule.names):
            listed = ", ".join(rule.names)
            raise SchemaError(f"{prefix}{listed}: a rule needs different attributes, at least two")
        for name in rule.names:
            if name not in attributes:
                raise SchemaError(f"{prefix}{name}: a rule names an attribute that does not exist")
            if not attributes[name].optional:
                raise SchemaError(f"{prefix}{name}: a rule over several attributes needs optional ones")


def _check_in_set(attributes: Mapping[str, AnyAttribute], prefix: str) -> None:
    for name, attribute in attributes.items():
        if isinstance(attribute, Attribute) and attribute.write_only:
            raise SchemaError(f"{prefix}{name}: nothing in a set can be write-only")
        equivalent = isinstance(attribute, Attribute) and attribute.equivalent
        if attribute.requires_replace or attribute.keeps_state or equivalent:
            raise SchemaError(f"{prefix}{name}: an element of a set has no state of its own to compare with")
        if isinstance(attribute, NestedAttribute):
            _check_in_set(attribute.attributes, f"{prefix}{name}.")


_GERUNDS: Final = {"create": "creating", "read": "reading", "update": "changing", "delete": "destroying"}


def _timeouts(defaults: Timeouts) -> NestedAttribute:
    for operation, default in defaults.items():
        if operation not in timeouts.OPERATIONS:
            raise SchemaError(f"{timeouts.ATTRIBUTE}.{operation}: there is no such operation")
        if rule := duration(default):
            raise SchemaError(f"{timeouts.ATTRIBUTE}.{operation}: the default {rule}")
    return NestedAttribute(
        optional=True,
        description='The longest time that each operation may take, as a duration such as `"30s"` or `"10m"`. Left out, the defaults count.',
        attributes={
            operation: Attribute(
                type=STRING,
                optional=True,
                validators=(duration,),
                description=f"The longest time that {_GERUNDS[operation]} may take; `{default}` by default.",
            )
            for operation, default in defaults.items()
        },
    )


def _object_type(attributes: Mapping[str, AnyAttribute]) -> Object:
    return Object({name: attribute.cty_type for name, attribute in attributes.items()})


def located_elements(attribute: AnyAttribute, value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """The elements of a collection, or the single object, with their paths; none for null and unknown values."""
    match attribute.nesting, value:
        case Nesting.SINGLE, dict():
            yield path, value
        case Nesting.MAP, dict():
            yield from ((path.key(key), element) for key, element in value.items())
        case Nesting.LIST, list():
            yield from ((path.index(index), element) for index, element in enumerate(value))
        case Nesting.SET, list():
            yield from ((path.element(), element) for element in value)
