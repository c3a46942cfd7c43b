"""Terraform's own checks of plans and states, made before Terraform makes them.

Terraform's messages say little, and come too late: the object may exist by then. Every mismatch found here is a
mistake of the provider's author. Values are canonical (`tfplugin.cty.conform`), with null for write-only attributes.

Refinements of unknown values (`Unknown.refinement`) are not checked: this SDK plans none by itself, and does not read
their bytes. Terraform checks them.

Source: docs/facts/terraform.md, "What Terraform demands of a plan" to "Reading, upgrading and importing".
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import islice
from typing import Any, Final

from lightstart.records import Record
from tfplugin import completion
from tfplugin.completion import ABSENT
from tfplugin.cty import (
    UNKNOWN,
    AttributeStep,
    Dynamic,
    Path,
    Unknown,
    Value,
    is_null,
    is_wholly_known,
    leaves,
)
from tfplugin.diagnostics import Diagnostics
from tfplugin.schema import AnyAttribute, Attribute, NestedAttribute, Nesting, Schema

BUG: Final = "This is a bug of the provider; please report it to its developers."

_HERE: Final = Path()
_LONGEST: Final = 80
_MOST: Final = 10

_Attributes = Mapping[str, AnyAttribute]
_Breach = tuple[Path, str, tuple[Any, ...]]
"""The path, a text with a placeholder for each value, and the values, which may be secrets."""


class Mismatch(Record):
    """A broken rule: the path, and the mistake as the middle of a sentence, without secrets."""

    path: Path
    text: str

    def __str__(self) -> str:
        return f"{str(self.path) or 'the object'}: {self.text}."


def report(summary: str, mismatches: Iterable[Mismatch], diagnostics: Diagnostics) -> None:
    """Adds an error for each of the first ten mismatches, and one that counts the others."""
    rest = iter(mismatches)
    for mismatch in islice(rest, _MOST):
        diagnostics.error(summary, f"{mismatch} {BUG}", mismatch.path if mismatch.path.steps else None)
    if more := sum(1 for _ in rest):
        diagnostics.error(summary, f"{more} more parts of the object are wrong. {BUG}")


def listed(mismatches: Sequence[Mismatch]) -> str:
    """A line for each of the first ten mismatches, and one that counts the others."""
    lines = list(map(str, mismatches[:_MOST]))
    if more := len(mismatches) - len(lines):
        lines.append(f"{more} more parts of the object are wrong.")
    return "\n".join(lines)


def invalid_plan(schema: Schema, config: Any, prior: Any, planned: Any) -> Iterator[Mismatch]:
    """The contradictions between a planned state and its configuration: the provider decides only computed attributes.

    For a configured value the prior value may be planned too, which says that both mean the same.
    """
    return _told(schema, _invalid(schema, config, prior, planned), "planned")


def invalid_data(schema: Schema, config: Any, state: Any) -> Iterator[Mismatch]:
    """The mistakes in the state that a data source returned."""
    yield from _told(schema, _invalid(schema, config, None, state), "returned")
    yield from unknown_values(schema, state)


def unknown_values(schema: Schema, state: Any) -> Iterator[Mismatch]:
    """The unknown parts of a state: only a plan may have any."""
    return _told(schema, _unknown(schema, state), "returned")


def inconsistent_result(schema: Schema, planned: Any, result: Any) -> Iterator[Mismatch]:
    """The parts of the state after an operation that contradict the plan, or are unknown."""
    breaches = (
        (path, "{verb} {}, and returned {}", (before, after))
        for path, before, after in completion.changes(schema.type, planned, result)
    )
    changed = {mismatch.path: mismatch for mismatch in _told(schema, breaches, "planned")}
    unknown = {mismatch.path: mismatch for mismatch in unknown_values(schema, result)}
    yield from (changed | unknown | changed).values()


def _told(schema: Schema, breaches: Iterable[_Breach], verb: str) -> Iterator[Mismatch]:
    """The mismatches for people. They hide sensitive values and keys, so several breaches may become one mismatch."""
    told = set()
    for path, text, values in breaches:
        visible = _visible(schema.attributes, path)
        hidden = visible is not None
        shown = [_shown(value, hidden=hidden) for value in values]
        mismatch = Mismatch(visible or path, text.format(*shown, verb=verb))
        if mismatch not in told:
            told.add(mismatch)
            yield mismatch


def _visible(attributes: _Attributes, path: Path) -> Path | None:
    """The path of the sensitive attribute that a path leads to or into; None if there is none."""
    for position, step in enumerate(path.steps, 1):
        if not isinstance(step, AttributeStep):
            continue
        attribute = attributes[step.name]
        if attribute.sensitive:
            return Path(path.steps[:position])
        if not isinstance(attribute, NestedAttribute):
            break
        attributes = attribute.attributes
    return None


def _unknown(schema: Schema, state: Any) -> Iterator[_Breach]:
    if isinstance(state, dict):
        for name, member in state.items():
            if not is_wholly_known(member):
                for path, leaf in leaves(schema.type.attributes[name], member, Path.root(name)):
                    if not is_wholly_known(leaf):
                        yield path, "{verb} {}", (UNKNOWN,)


def _invalid(schema: Schema, config: Any, prior: Any, planned: Any) -> Iterator[_Breach]:
    if config is None and planned is not None:
        yield _HERE, "{verb} {}, where none is wanted", (planned,)
    elif planned is None and config is not None:
        yield _HERE, "{verb} {}, where the configuration says {}", (planned, config)
    elif planned is not None:
        yield from _invalid_members(schema.attributes, config, prior, planned, _HERE)


def _invalid_members(
    attributes: _Attributes, config: Any, prior: Any, planned: Any, path: Path
) -> Iterator[_Breach]:
    """The breaches in one object; where its configuration or prior object is null or unknown, so are the members."""
    for name, attribute in attributes.items():
        if isinstance(attribute, Attribute) and attribute.write_only:
            continue
        wanted, was, value = (_member(whole, name) for whole in (config, prior, planned))
        yield from _invalid_attribute(attribute, wanted, was, value, path.attribute(name))


def _member(whole: Any, name: str) -> Any:
    """The member of an object; null for a null object, unknown for an unknown one."""
    return whole[name] if isinstance(whole, dict) else whole


def _invalid_attribute(
    attribute: AnyAttribute, config: Value, prior: Value, planned: Value, path: Path
) -> Iterator[_Breach]:
    if planned == config or (planned == prior and not is_null(prior) and not is_null(config)):
        return
    if attribute.computed and (is_null(config) or not attribute.optional):
        return
    if is_null(config) and not is_null(planned):
        yield path, "{verb} {}, where the configuration has no value", (planned,)
    elif isinstance(attribute, NestedAttribute) and isinstance(planned, dict | list):
        yield from _invalid_elements(attribute, config, prior, planned, path)
    elif is_null(prior):
        yield path, "{verb} {}, where the configuration says {}", (planned, config)
    else:
        yield (
            path,
            "{verb} {}, where the configuration says {} and the prior state {}",
            (planned, config, prior),
        )


def _invalid_elements(
    attribute: NestedAttribute, config: Any, prior: Any, planned: Any, path: Path
) -> Iterator[_Breach]:
    """The breaches in the objects of a nested attribute, whose configuration is not null, but may be unknown."""
    members = attribute.attributes
    match attribute.nesting, config:
        case Nesting.SINGLE, _:
            yield from _invalid_members(members, config, prior, planned, path)
        case Nesting.SET, _:
            # elements of a set have no name by which to compare them; unknown ones may turn out to be equal
            fewest = len(planned) if is_wholly_known(planned) else min(1, len(planned))
            if is_wholly_known(config) and not fewest <= len(config) <= len(planned):
                yield path, "{verb} {}, where the configuration says {}", (planned, config)
        case Nesting.LIST, list() if len(planned) == len(config):
            before = prior if isinstance(prior, list) else []
            for index, (wanted, element) in enumerate(zip(config, planned, strict=True)):
                was = before[index] if index < len(before) else None
                yield from _invalid_members(members, wanted, was, element, path.index(index))
        case Nesting.MAP, dict():
            for key in {**config, **planned}:
                here = path.key(key)
                if key in config and key in planned:
                    was = prior.get(key) if isinstance(prior, dict) else None
                    yield from _invalid_members(members, config[key], was, planned[key], here)
                else:
                    sides = planned.get(key, ABSENT), config.get(key, ABSENT)
                    yield here, "{verb} {}, where the configuration says {}", sides
        case _:
            yield path, "{verb} {}, where the configuration says {}", (planned, config)


def _shown(value: Any, *, hidden: bool) -> str:
    """The value in a few words; a `hidden` one is not shown."""
    if value is None or value is ABSENT:
        return "null" if value is None else "nothing"
    if isinstance(value, Unknown):
        return "an unknown value"
    if hidden:
        return "a sensitive value"
    match value:
        case Dynamic(type_, None | Unknown()):
            return f"{_shown(value.value, hidden=False)} of type {type_}"
        case Dynamic():
            return _shown(value.value, hidden=False)
        case str():
            return json.dumps(value if len(value) <= _LONGEST else value[:_LONGEST] + "…", ensure_ascii=False)
        case bool():
            return str(value).lower()
        case Decimal():
            return str(value) if len(str(value)) <= _LONGEST else f"{value:.20e}"
        case list():
            return f"a collection of {len(value)}"
        case _:
            return "an object"
