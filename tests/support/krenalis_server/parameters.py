"""The parameters of types: which kinds take them, and which values."""

import re
from typing import Any

from tests.support.krenalis_server.go_json import Number
from tests.support.krenalis_server.numbers import InvalidType, is_integer

_MOST = 2147483647


def take(key: str, kind: str, member: Any, found: dict[str, Any]) -> None:
    """Put a parameter of a kind into what was found. Raises `InvalidType`."""
    if key not in _PARAMETERS:
        hint = ' (maybe "elementType"?)' if key == "elements" else ""
        raise InvalidType(f'unknown key "{key}"{hint}')
    _PARAMETERS[key](kind, member, found)


def _only(kinds: str, text: str, kind: str) -> None:
    if kind not in kinds.split():
        raise InvalidType(text)


def _bit_size(kind: str, member: Any, found: dict[str, Any]) -> None:
    sizes = {"int": ("8", "16", "24", "32", "64"), "float": ("32", "64")}.get(kind, ())
    if not isinstance(member, Number) or member not in sizes:
        raise InvalidType("invalid bit size")
    found["bitSize"] = int(member)


def _flag(name: str, kinds: str, invalid: str, text: str) -> Any:
    def take(kind: str, member: Any, found: dict[str, Any]) -> None:
        if not isinstance(member, bool):
            raise InvalidType(invalid)
        _only(kinds, text, kind)
        found[name] = member

    return take


def _length(name: str, invalid: str, text: str) -> Any:
    def take(kind: str, member: Any, found: dict[str, Any]) -> None:
        _only("string", text, kind)
        if not is_integer(member) or not 1 <= int(member) <= 4294967295:
            raise InvalidType(invalid)
        found[name] = int(member)

    return take


def _pattern(kind: str, member: Any, found: dict[str, Any]) -> None:
    _only("string", "unexpected regular expression for non-string type", kind)
    if "values" in found:
        raise InvalidType("pattern cannot be provided if values are provided")
    try:
        re.compile(member)
    except (re.error, TypeError):
        raise InvalidType("invalid pattern") from None
    found["pattern"] = str(member)


def _values(kind: str, member: Any, found: dict[str, Any]) -> None:
    _only("string", "unexpected values for non-string type", kind)
    if "pattern" in found:
        raise InvalidType("values cannot be provided if pattern is provided")
    if not isinstance(member, list):
        raise InvalidType("invalid values")
    if not member:
        raise InvalidType("invalid empty values")
    if any(not isinstance(item, str) or isinstance(item, Number) for item in member):
        raise InvalidType("invalid value")
    found["values"] = tuple(member)


def _small(name: str, kind: str, low: int, high: int, invalid: str, text: str) -> Any:
    def take(of: str, member: Any, found: dict[str, Any]) -> None:
        _only(kind, text, of)
        if not isinstance(member, Number):
            raise InvalidType(invalid)
        # the server takes a number that is no integer for 0
        number = int(member) if is_integer(member) else 0
        if not low <= number <= high:
            raise InvalidType(invalid)
        found[name] = number

    return take


def _bound(name: str) -> Any:
    def take(kind: str, member: Any, found: dict[str, Any]) -> None:
        _only("int float decimal", f"unexpected {name} for non-number type", kind)
        if not isinstance(member, Number):
            raise InvalidType(f"invalid {name}")
        found[name] = member

    return take


_NON_DECIMAL = "unexpected {} for non-decimal type"
_NON_ARRAY = "unexpected {} for non-array type"
_PARAMETERS = {
    "bitSize": _bit_size,
    "unsigned": _flag("unsigned", "int", "invalid unsigned", "unexpected unsigned for non-int type"),
    "real": _flag("real", "float", "invalid real", "unexpected real for non-float type"),
    "uniqueElements": _flag(
        "uniqueElements", "array", "invalid unique elements", _NON_ARRAY.format("uniqueElements")
    ),
    "maxBytes": _length(
        "maxBytes", "invalid length in bytes", "unexpected length in bytes for non-string type"
    ),
    "maxLength": _length(
        "maxLength", "invalid length in characters", "unexpected length in characters for non-string types"
    ),
    "pattern": _pattern,
    "values": _values,
    "precision": _small("precision", "decimal", 1, 76, "invalid precision", _NON_DECIMAL.format("precision")),
    "scale": _small("scale", "decimal", 0, 37, "invalid scale", _NON_DECIMAL.format("scale")),
    "minElements": _small(
        "minElements", "array", 0, _MOST, "invalid min elements", _NON_ARRAY.format("minElements")
    ),
    "maxElements": _small(
        "maxElements", "array", 0, _MOST, "invalid max elements", _NON_ARRAY.format("maxElements")
    ),
    "minimum": _bound("minimum"),
    "maximum": _bound("maximum"),
}
