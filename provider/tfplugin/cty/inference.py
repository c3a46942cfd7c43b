"""Conversion between plain Python data and dynamic values, so that an author need not write types."""

from decimal import Decimal
from typing import Any

from tfplugin.cty.conform import mismatch, number, text
from tfplugin.cty.errors import MAX_DEPTH, TOO_DEEP, CtyError
from tfplugin.cty.paths import AttributeStep, IndexStep
from tfplugin.cty.types import BOOL, DYNAMIC, NUMBER, STRING, Object, Tuple, Type
from tfplugin.cty.values import Dynamic, Unknown, Value


def infer(data: object) -> Dynamic | Unknown | None:
    """The dynamic value of plain data, as of a JSON document, with the types that Terraform's `jsondecode` gives.

    A dict becomes an object, a list a tuple. None and `Unknown` have no type; a `Dynamic` anywhere in the data keeps
    its own. Raises `CtyError`, with the path, for anything that is not plain data.
    """
    type_, value = _infer(data, 0)
    if type_ == DYNAMIC and (value is None or isinstance(value, Unknown)):
        return value
    return Dynamic(type_, value)


def plain(value: Value) -> Any:
    """The data of a value without the types of its dynamic parts: the inverse of `infer`."""
    match value:
        case Dynamic():
            return plain(value.value)
        case list():
            return [plain(element) for element in value]
        case dict():
            return {name: plain(member) for name, member in value.items()}
        case _:
            return value


def _infer(data: Any, depth: int) -> tuple[Type, Value]:
    if depth > MAX_DEPTH:
        raise CtyError(f"the value {TOO_DEEP}")
    match data:
        case Dynamic():
            return data.type, data.value
        case list():
            return _infer_tuple(data, depth + 1)
        case dict():
            return _infer_object(data, depth + 1)
        case _:
            return _infer_leaf(data)


def _infer_leaf(data: Any) -> tuple[Type, Value]:
    match data:
        case None | Unknown():
            return DYNAMIC, data
        case bool():
            return BOOL, data
        case str():
            return STRING, text(data)
        case int() | float() | Decimal():
            return NUMBER, number(data)
        case _:
            raise mismatch("plain data", data)


def _infer_tuple(data: list[Any], depth: int) -> tuple[Type, Value]:
    types, values = [], []
    try:
        for element in data:
            type_, value = _infer(element, depth)
            types.append(type_)
            values.append(value)
    except CtyError as error:
        error.prefix(IndexStep(len(types)))
        raise
    return Tuple(tuple(types)), values


def _infer_object(data: dict[Any, Any], depth: int) -> tuple[Type, Value]:
    types, values = {}, {}
    key: object = None
    try:
        for key, member in data.items():
            name = text(key)
            types[name], values[name] = _infer(member, depth)
    except CtyError as error:
        error.prefix(AttributeStep(str(key)))
        raise
    return Object(types), values
