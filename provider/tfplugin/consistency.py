"""What Terraform demands of a plan and of a result (spec terraform-plugin D4, D6), checked before it looks itself.

Its own words for a breach say little, and come too late: the object may exist by then. Every mismatch found here is
a mistake of the provider's author. Values are canonical (`tfplugin.cty.conform`) and without what is write-only.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import zip_longest
from typing import Any, Final

from tfplugin.cty import (
    AttributeStep,
    Dynamic,
    List,
    Map,
    Object,
    Path,
    Set,
    Tuple,
    Type,
    Unknown,
    Value,
    contains_dynamic,
    is_wholly_known,
)
from tfplugin.diagnostics import Diagnostics
from tfplugin.schema import AnyAttribute, Attribute, NestedAttribute, Nesting, Schema

_HERE: Final = Path()
_LONGEST: Final = 80
_ABSENT: Final = object()
_BUG: Final = "This is a bug of the provider; please report it to its developers."

_Attributes = Mapping[str, AnyAttribute]


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A breach of the rules: where, and what is wrong as the middle of a sentence."""

    path: Path
    text: str

    def __str__(self) -> str:
        return f"{self.path}: {self.text}. {_BUG}" if self.path.steps else f"It {self.text}. {_BUG}"


def report(summary: str, mismatches: Iterable[Mismatch], diagnostics: Diagnostics) -> None:
    """An error for each mismatch."""
    for mismatch in mismatches:
        diagnostics.error(summary, str(mismatch), mismatch.path if mismatch.path.steps else None)


def invalid_plan(schema: Schema, config: Any, prior: Any, planned: Any) -> Iterator[Mismatch]:
    """Where a planned state breaks with the configuration: only what is computed is the provider's to decide.

    A configured value may also be planned as the prior one: that says that both mean the same.
    """
    if config is None or planned is None:
        if config is not planned:
            yield Mismatch(_HERE, "planned an object where none is wanted, or none where one is")
        return
    yield from _members(schema.attributes, config, prior, planned, _HERE)


def invalid_data(schema: Schema, config: Any, state: Any) -> Iterator[Mismatch]:
    """What is wrong with what a data source found."""
    yield from invalid_plan(schema, config, None, state)
    yield from unknown_values(state)


def unknown_values(state: Any) -> Iterator[Mismatch]:
    """Tells whether something in a state is unknown, which only a plan may have."""
    if isinstance(state, dict):
        for name, member in state.items():
            if not is_wholly_known(member):
                yield Mismatch(
                    Path.root(name), "is unknown, or a part of it is, though nothing is left to wait for"
                )


def inconsistent_result(schema: Schema, planned: Any, result: Any) -> Iterator[Mismatch]:
    """Where the state after an operation is not what was planned; what the plan left unknown may be anything."""
    for path, before, after in _changes(schema.type, planned, result, _HERE):
        hidden = _is_sensitive(schema.attributes, path)
        yield Mismatch(path, f"planned {_shown(before, hidden)}, and returned {_shown(after, hidden)}")


def as_planned(planned: Any, result: Any) -> Any:
    """The planned state with the result's values where the plan has unknown ones, and null where that has none."""
    match planned, result:
        case Unknown(), _:
            return result if is_wholly_known(result) else None
        case Dynamic(), Dynamic():
            return Dynamic(result.type, as_planned(planned.value, result.value))
        case dict(), _:
            members = result if isinstance(result, dict) else {}
            return {name: as_planned(member, members.get(name)) for name, member in planned.items()}
        case list(), _:
            elements = result if isinstance(result, list) else []
            pairs = zip_longest(planned, elements[: len(planned)])
            return [as_planned(*pair) for pair in pairs]
        case _:
            return planned


def _members(
    attributes: _Attributes, config: Any, prior: Any, planned: Any, path: Path
) -> Iterator[Mismatch]:
    """Each attribute of an object against its configuration, which may be unknown as a whole."""
    for name, attribute in attributes.items():
        wanted = config if isinstance(config, Unknown) else config[name]
        before = prior[name] if isinstance(prior, dict) else None
        if isinstance(attribute, Attribute) and attribute.write_only:
            continue
        yield from _attribute(attribute, wanted, before, planned[name], path.attribute(name))


def _attribute(
    attribute: AnyAttribute, config: Value, prior: Value, planned: Value, path: Path
) -> Iterator[Mismatch]:
    same = planned == config or (config is not None and prior is not None and planned == prior)
    if same or (attribute.computed and (config is None or not attribute.optional)):
        return
    if isinstance(attribute, NestedAttribute) and _comparable(config, planned):
        yield from _elements(attribute, config, prior, planned, path)
        return
    hidden = attribute.sensitive
    if config is None:
        yield Mismatch(path, f"planned {_shown(planned, hidden)} where the configuration has no value")
    else:
        wanted = f"the configuration says {_shown(config, hidden)}"
        yield Mismatch(path, f"planned {_shown(planned, hidden)} where {wanted}")


def _comparable(config: Value, planned: Value) -> bool:
    """Whether a nested attribute can be compared part by part."""
    return config is not None and type(config) is type(planned)


def _elements(
    attribute: NestedAttribute, config: Any, prior: Any, planned: Any, path: Path
) -> Iterator[Mismatch]:
    if attribute.nesting is Nesting.SINGLE:
        yield from _members(attribute.attributes, config, prior, planned, path)
        return
    if len(config) != len(planned) or (attribute.nesting is Nesting.MAP and config.keys() != planned.keys()):
        yield Mismatch(path, "planned other elements than the configuration has")
        return
    match attribute.nesting:
        case Nesting.LIST:
            for index, (wanted, element) in enumerate(zip(config, planned, strict=True)):
                before = prior[index] if isinstance(prior, list) and index < len(prior) else None
                yield from _element(attribute, wanted, before, element, path.index(index))
        case Nesting.MAP:
            for key, element in planned.items():
                before = prior.get(key) if isinstance(prior, dict) else None
                yield from _element(attribute, config[key], before, element, path.key(key))
        case _:
            pass  # the elements of a set are only counted


def _element(
    attribute: NestedAttribute, config: Any, prior: Any, planned: Any, path: Path
) -> Iterator[Mismatch]:
    if config == planned:
        return
    if isinstance(planned, dict) and isinstance(config, dict):
        yield from _members(attribute.attributes, config, prior, planned, path)
    else:
        yield Mismatch(path, "planned an element of another kind than the configuration has")


def _changes(type_: Type, planned: Any, result: Any, path: Path) -> Iterator[tuple[Path, Any, Any]]:
    """The parts that differ, as small as they can be named."""
    if isinstance(planned, Unknown) or planned == result:
        return
    match type_, planned, result:
        case _, Dynamic(), Dynamic():
            if planned.type != result.type and not contains_dynamic(planned.type):
                yield path, planned, result
            else:
                yield from _changes(result.type, planned.value, result.value, path)
        case Set(element), list(), list():
            if len(result) > len(planned) or not all(_found(element, one, result) for one in planned):
                yield path, planned, result
        case ((Object() | Map()), dict(), dict()):
            for name in {**planned, **result}:
                step = path.attribute(name) if isinstance(type_, Object) else path.key(name)
                inner = type_.attributes[name] if isinstance(type_, Object) else type_.element
                yield from _changes(inner, planned.get(name, _ABSENT), result.get(name, _ABSENT), step)
        case ((List() | Tuple()), list(), list()):
            for index, (one, other) in enumerate(zip_longest(planned, result, fillvalue=_ABSENT)):
                inner = type_.element if isinstance(type_, List) else type_.elements[index]
                yield from _changes(inner, one, other, path.index(index))
        case _:
            yield path, planned, result


def _found(type_: Type, planned: Value, elements: list[Value]) -> bool:
    return any(not any(_changes(type_, planned, element, _HERE)) for element in elements)


def _is_sensitive(attributes: _Attributes, path: Path) -> bool:
    for step in path.steps:
        if not isinstance(step, AttributeStep):
            continue
        attribute = attributes.get(step.name)
        if attribute is None or attribute.sensitive:
            return attribute is not None
        attributes = attribute.attributes if isinstance(attribute, NestedAttribute) else {}
    return False


def _shown(value: Any, hidden: bool) -> str:  # noqa: FBT001 - goes with every value
    """The value in a few words."""
    if value is None:
        return "null"
    if hidden:
        return "a sensitive value"
    match value:
        case Dynamic():
            return _shown(value.value, hidden)
        case Unknown():
            return "an unknown value"
        case str():
            return json.dumps(value if len(value) <= _LONGEST else value[:_LONGEST] + "…", ensure_ascii=False)
        case bool():
            return str(value).lower()
        case Decimal():
            return str(value) if len(str(value)) <= _LONGEST else f"{value:.20e}"
        case list():
            return f"a collection of {len(value)}"
        case dict():
            return "an object"
        case _:
            return "nothing"
