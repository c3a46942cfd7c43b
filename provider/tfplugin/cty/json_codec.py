"""Values in JSON, the encoding of states. JSON has no form for unknown values.

Source: docs/facts/terraform.md, "Values in JSON".
"""

from decimal import Decimal
from json import JSONEncoder
from typing import Any, Final

from tfplugin.cty import json_text
from tfplugin.cty.conform import Form, conform, mismatch, number, walk
from tfplugin.cty.decimals import number_text
from tfplugin.cty.errors import CtyError
from tfplugin.cty.traversal import leaves
from tfplugin.cty.types import Type, parse_type, type_bytes
from tfplugin.cty.values import Dynamic, Unknown, Value


def decode(type_: Type, data: bytes | str) -> Value:
    """The value of the given type in a text; raises `CtyError` for any other text.

    An attribute that the text lacks is null; one that the type lacks is an error.
    """
    return walk(type_, json_text.load(data), _JSON)


def restore(type_: Type, data: Any) -> Value:
    """The value of the current type, from the JSON data of a state that may have been stored with an older type.

    Attributes that the data lacks are null; attributes that the type lacks are dropped. The data may hold an author's
    numbers and dynamic values, from an upgrader. Raises `CtyError`.
    """
    return walk(type_, data, _STORED)


def encode(type_: Type, value: object) -> bytes:
    """The text of a value; raises `CtyError`, with the path, if it does not fit the type or has no JSON form."""
    canonical = conform(type_, value)
    for path, leaf in leaves(type_, canonical):
        if problem := _problem(leaf):
            raise CtyError(problem, path)
    return _text(canonical).encode()


def _number(raw: object) -> Decimal:
    if not isinstance(raw, Decimal):
        raise mismatch("number", raw)
    return raw


def _dynamic(raw: object) -> tuple[Type, Any]:
    match raw:
        case {"type": type_, "value": inner, **rest} if not rest:
            return parse_type(type_), inner
        case _:
            raise CtyError("expected an object with the type and value of a dynamic value")


def _stored_dynamic(raw: object) -> tuple[Type, Any]:
    return (raw.type, raw.value) if isinstance(raw, Dynamic) else _dynamic(raw)


_scalar_text: Final = JSONEncoder(ensure_ascii=False).encode
_JSON: Final = Form(number=_number, dynamic=_dynamic, absent_is_null=True)
_STORED: Final = Form(number=number, dynamic=_stored_dynamic, absent_is_null=True, drops_unexpected=True)


def _problem(leaf: Value) -> str | None:
    """The reason why a leaf has no JSON form; None if it has one. A set is a leaf with parts."""
    match leaf:
        case Unknown():
            return "an unknown value has no JSON form"
        case Decimal() if leaf.is_infinite():
            return "infinity has no JSON form"
        case list():
            return next(filter(None, map(_problem, leaf)), None)
        case dict():
            return next(filter(None, map(_problem, leaf.values())), None)
        case _:
            return None


def _text(value: Value) -> str:
    match value:
        case None | bool() | str():
            return _scalar_text(value)
        case Decimal():
            return number_text(value)
        case list():
            return f"[{','.join([_text(element) for element in value])}]"
        case dict():
            members = [f"{_scalar_text(name)}:{_text(member)}" for name, member in value.items()]
            return f"{{{','.join(members)}}}"
        case Dynamic():
            return f'{{"value":{_text(value.value)},"type":{type_bytes(value.type).decode()}}}'
        case Unknown():
            raise AssertionError("refused above")
