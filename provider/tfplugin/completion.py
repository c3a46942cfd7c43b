"""The values that the unknown parts of a planned value may become.

A completion of a planned value keeps every known part. An unknown part may become any value of its type, null
included; an unknown or null part without a type may become anything. Elements of a set may turn out to be equal.

Source: docs/facts/terraform.md, "What Terraform demands of a result".
"""

from collections.abc import Callable, Iterator
from itertools import zip_longest
from typing import Any, Final

from tfplugin.cty import (
    DYNAMIC,
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
    nulls_for_unknowns,
)

ABSENT: Final = object()
"""Stands for a part that only the other one of two values has."""

_HERE: Final = Path()
_Sides = tuple[Type, Any, Type, Any]
"""The planned type and value, and the returned type and value. Outside dynamic values the two types are the same."""


def changes(type_: Type, planned: Any, result: Any) -> Iterator[tuple[Path, Any, Any]]:
    """The smallest parts that keep a result from completing a planned value: path, planned part, returned part."""
    return _changes(type_, planned, type_, result, _HERE)


def completed(type_: Type, planned: Any, result: Any) -> Any:
    """A wholly known completion of a planned value: the result's parts where they complete it, else the planned parts.

    Parts that are unknown even then become null.
    """
    return _completed(type_, planned, type_, result)


def _changes(
    before: Type, planned: Any, after: Type, result: Any, path: Path
) -> Iterator[tuple[Path, Any, Any]]:
    before, planned = _unwrapped(before, planned)
    after, result = _unwrapped(after, result)
    same = planned == result
    if planned is ABSENT or result is ABSENT:
        yield path, planned, result
    elif before == DYNAMIC or (same and before == after):
        return  # an unknown or null part without a type may become anything
    elif _alike(before, planned, after, result):
        for key, sides in _parts(before, planned, after, result):
            yield from _changes(*sides, _into(before, path, key))
    elif same or isinstance(planned, Unknown):
        if not _conforms(after, before):
            yield path, Dynamic(before, planned), Dynamic(after, result)
    elif not (isinstance(before, Set) and _same_set(before, planned, after, result)):
        yield path, planned, result


def _unwrapped(type_: Type, value: Any) -> tuple[Type, Any]:
    return (value.type, value.value) if isinstance(value, Dynamic) else (type_, value)


def _alike(before: Type, planned: Any, after: Type, result: Any) -> bool:
    """Whether two values can be compared part by part: two objects, maps, lists or tuples."""
    kinds = type(before), type(planned)
    return kinds == (type(after), type(result)) and kinds[1] in {dict, list} and kinds[0] is not Set


def _parts(before: Any, planned: Any, after: Any, result: Any) -> Iterator[tuple[str | int, _Sides]]:
    """The parts of two alike values: name, key or index, and both sides. One side may be `ABSENT`."""
    match before:
        case Object(attributes):
            for name in {**attributes, **after.attributes}:
                old, new = attributes.get(name, DYNAMIC), after.attributes.get(name, DYNAMIC)
                yield name, (old, planned.get(name, ABSENT), new, result.get(name, ABSENT))
        case Map(element):
            for key in {**planned, **result}:
                yield key, (element, planned.get(key, ABSENT), after.element, result.get(key, ABSENT))
        case List(element):
            for index, (one, other) in enumerate(zip_longest(planned, result, fillvalue=ABSENT)):
                yield index, (element, one, after.element, other)
        case Tuple(elements):
            olds, news = (
                zip(*sides, strict=True) for sides in ((elements, planned), (after.elements, result))
            )
            absent = DYNAMIC, ABSENT
            for index, (one, other) in enumerate(zip_longest(olds, news, fillvalue=absent)):
                yield index, (*one, *other)


def _into(type_: Type, path: Path, key: Any) -> Path:
    match type_:
        case Object():
            return path.attribute(key)
        case Map():
            return path.key(key)
        case _:
            return path.index(key)


def _conforms(given: Type, wanted: Type) -> bool:
    """Whether a value of the `given` type can complete a value planned of the `wanted` type."""
    match wanted, given:
        case _ if wanted in (DYNAMIC, given):
            return True
        case Object(old), Object(new):
            return old.keys() == new.keys() and all(_conforms(new[name], old[name]) for name in old)
        case Tuple(old), Tuple(new):
            return len(old) == len(new) and all(map(_conforms, new, old))
        case (List(old), List(new)) | (Set(old), Set(new)) | (Map(old), Map(new)):
            return _conforms(new, old)
        case _:
            return False


def _same_set(before: Set, planned: Any, after: Type, result: Any) -> bool:
    """Whether each planned element has a completion in the result, and each result completes a planned element.

    Several planned elements may have become one.
    """
    if not (isinstance(after, Set) and isinstance(planned, list) and isinstance(result, list)):
        return False

    def fits(one: Value, other: Value) -> bool:
        return _is_completion(before.element, one, after.element, other)

    return (
        len(result) <= len(planned)
        and _each_has_one(planned, result, fits)
        and _each_has_one(result, planned, lambda one, other: fits(other, one))
    )


def _is_completion(before: Type, planned: Any, after: Type, result: Any) -> bool:
    return not any(_changes(before, planned, after, result, _HERE))


def _each_has_one(ones: list[Value], others: list[Value], fits: Callable[[Value, Value], bool]) -> bool:
    """Whether each of `ones` fits one of `others`. Both are in canonical order, so near positions are tried first."""
    size = len(others)
    steps = [(step + 1) // 2 * (1 if step % 2 else -1) for step in range(size)]
    return all(
        any(fits(one, others[(index + step) % size]) for step in steps) for index, one in enumerate(ones)
    )


def _completed(before: Type, planned: Any, after: Type, result: Any) -> Any:
    if _is_completion(before, planned, after, result):
        return nulls_for_unknowns(result)
    if isinstance(planned, Dynamic) and isinstance(result, Dynamic) and _conforms(result.type, planned.type):
        return Dynamic(result.type, _completed(planned.type, planned.value, result.type, result.value))
    if _alike(before, planned, after, result):
        parts = {
            key: _completed(*sides)
            for key, sides in _parts(before, planned, after, result)
            if sides[1] is not ABSENT
        }
        return parts if isinstance(planned, dict) else list(parts.values())
    if isinstance(before, Set) and isinstance(after, Set) and isinstance(planned, list):
        return [_counterpart(before.element, one, after.element, result) for one in planned]
    return nulls_for_unknowns(planned)


def _counterpart(before: Type, planned: Value, after: Type, results: Any) -> Value:
    """The first result that completes a planned element of a set; without one, the planned element."""
    elements = results if isinstance(results, list) else []
    fitting = (result for result in elements if _is_completion(before, planned, after, result))
    return nulls_for_unknowns(next(fitting, planned))
