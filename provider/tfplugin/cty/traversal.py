"""Finds the part of a value at a path, and the leaves of a value with their paths."""

from collections.abc import Iterator
from typing import Any, Final

from tfplugin.cty.errors import CtyError
from tfplugin.cty.paths import AttributeStep, IndexStep, KeyStep, Path, Step
from tfplugin.cty.types import List, Map, Object, Tuple, Type
from tfplugin.cty.values import Dynamic, Unknown, Value

_WHOLE: Final = Path()


def value_at(path: Path, value: Value) -> Value:
    """The part of a value at the path: null inside a null value, unknown inside an unknown one.

    The path enters a dynamic value on its way; a dynamic value at its end is returned as it is. Raises `CtyError` if
    the value has no such part.
    """
    for position, step in enumerate(path.steps):
        whole = value.value if isinstance(value, Dynamic) else value
        if whole is None or isinstance(whole, Unknown):
            return whole
        value = _part(step, whole, Path(path.steps[: position + 1]))
    return value


def _part(step: Step, whole: Any, path: Path) -> Value:
    match step, whole:
        case ((AttributeStep(name) | KeyStep(name)), dict()) if name in whole:
            part: Value = whole[name]
        case IndexStep(index), list() if 0 <= index < len(whole):
            part = whole[index]
        case _:
            raise CtyError("there is no such part", path)
    return part


def leaves(type_: Type, value: Value, path: Path = _WHOLE) -> Iterator[tuple[Path, Value]]:
    """The parts of a value that have no parts themselves, each with its path.

    Leaves are primitive, null, unknown and empty values. A set is one leaf, as no path leads into a set. A dynamic
    value is no leaf: its leaves are those of the value in it.
    """
    match type_, value:
        case _, Dynamic():
            yield from leaves(value.type, value.value, path)
        case Object(attributes), dict() if value:
            for name, member in value.items():
                yield from leaves(attributes[name], member, path.attribute(name))
        case Map(element), dict() if value:
            for key, member in value.items():
                yield from leaves(element, member, path.key(key))
        case List(element), list() if value:
            for index, member in enumerate(value):
                yield from leaves(element, member, path.index(index))
        case Tuple(elements), list() if value:
            for index, member in enumerate(value):
                yield from leaves(elements[index], member, path.index(index))
        case _:
            yield path, value
