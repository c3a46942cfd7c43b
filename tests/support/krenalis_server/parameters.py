"""The parameters of types: which values they take, and then which kinds take them.

The server reads a whole type before it looks at the kind: a wrong value is told first, whatever the kind.
"""

from collections.abc import Callable, Mapping
from typing import Any

from tests.support.krenalis_server import go_regexp
from tests.support.krenalis_server.go_json import Number
from tests.support.krenalis_server.numbers import InvalidType, is_integer

_MOST = 2147483647
_NESTED = ("json", "array", "map", "object")

Found = dict[str, Any]
"""Values by parameter; a scale that is given stands in it, even 0."""


def take(key: str, member: Any, found: Found) -> None:
    """Put the value of a parameter into what was found. Raises `InvalidType`."""
    if key not in _PARAMETERS:
        hint = ' (maybe "elementType"?)' if key == "elements" else ""
        raise InvalidType(f'unknown key "{key}"{hint}')
    _PARAMETERS[key](member, found)


def check(kind: str, found: Found) -> None:
    """Whether a kind takes what was found, in the server's order. Raises `InvalidType`."""
    for name, kinds, text in _STRINGS:
        _only(name, kinds, text, kind, found)
    if kind in ("int", "float") and "bitSize" not in found:
        raise InvalidType("missing 'bitSize' key")
    sizes = {"int": (8, 16, 24, 32, 64), "float": (32, 64)}.get(kind, ())
    if "bitSize" in found and found["bitSize"] not in sizes:
        raise InvalidType("invalid bit size")
    _only("unsigned", "int", "unsigned for non-int type", kind, found)
    _check_decimal(kind, found)


def check_rest(kind: str, found: Found) -> None:
    """The same for what the server looks at after the bounds of numbers."""
    _only("real", "float", "real for non-float type", kind, found)
    _only("elementType", "array map", "element type for non-array and non-map type", kind, found)
    if kind in ("array", "map") and "elementType" not in found:
        raise InvalidType("missing element type")
    _check_array(kind, found)


def _only(name: str, kinds: str, text: str, kind: str, found: Found) -> None:
    if name in found and kind not in kinds.split():
        raise InvalidType(f"unexpected {text}")


def _check_decimal(kind: str, found: Found) -> None:
    if kind == "decimal" and "precision" not in found:
        raise InvalidType("missing precision")
    _only("precision", "decimal", "precision for non-decimal type", kind, found)
    _only("scale", "decimal", "scale for non-decimal type", kind, found)
    if found.get("scale", 0) > found.get("precision", 0):
        raise InvalidType("scale cannot be greater tha precision")


def _check_array(kind: str, found: Found) -> None:
    _only("minElements", "array", "minElements for non-array type", kind, found)
    if found.get("maxElements", _MOST) < _MOST:
        _only("maxElements", "array", "maxElements for non-array type", kind, found)
        if found["maxElements"] < found.get("minElements", 0):
            raise InvalidType("maxElements must be greater or equal to minElements")
    _only("uniqueElements", "array", "uniqueElements for non-array type", kind, found)
    if "uniqueElements" in found and found["elementType"].kind in _NESTED:
        elements = "elements with type json, array, map, or object"
        raise InvalidType(f"unexpected uniqueElements for {elements}")


_STRINGS = (
    ("pattern", "string", "regular expression for non-string type"),
    ("values", "string", "values for non-string type"),
    ("maxBytes", "string", "length in bytes for non-string type"),
    ("maxLength", "string", "length in characters for non-string types"),
)


def _bit_size(member: Any, found: Found) -> None:
    if not isinstance(member, Number) or member not in ("8", "16", "24", "32", "64"):
        raise InvalidType("invalid bit size")
    found["bitSize"] = int(member)


def _flag(name: str, words: str) -> Callable[[Any, Found], None]:
    def take(member: Any, found: Found) -> None:
        if not isinstance(member, bool):
            raise InvalidType(f"invalid {words}")
        found[name] = member

    return take


def _pattern(member: Any, found: Found) -> None:
    if "values" in found:
        raise InvalidType("pattern cannot be provided if values are provided")
    if not isinstance(member, str) or isinstance(member, Number) or not go_regexp.compiles(member):
        raise InvalidType("invalid pattern")
    found["pattern"] = str(member)


def _values(member: Any, found: Found) -> None:
    if "pattern" in found:
        raise InvalidType("values cannot be provided if pattern is provided")
    if not isinstance(member, list):
        raise InvalidType("invalid values")
    values: list[str] = []
    for item in member:
        if isinstance(item, list | dict):
            break  # it stops at any bracket
        if not isinstance(item, str) or isinstance(item, Number):
            raise InvalidType("invalid value")
        values.append(item)
    if not values:
        raise InvalidType("invalid empty values")
    found["values"] = tuple(values)


def _number(name: str, low: int, high: int, words: str) -> Callable[[Any, Found], None]:
    def take(member: Any, found: Found) -> None:
        if not isinstance(member, Number):
            raise InvalidType(f"invalid {words}")
        # the server takes a number that is no integer for 0
        number = int(member) if is_integer(member) else 0
        if not low <= number <= high:
            raise InvalidType(f"invalid {words}")
        found[name] = number

    return take


def _bound(name: str) -> Callable[[Any, Found], None]:
    def take(member: Any, found: Found) -> None:
        if not isinstance(member, Number):
            raise InvalidType(f"invalid {name}")
        found[name] = member

    return take


_PARAMETERS: Mapping[str, Callable[[Any, Found], None]] = {
    "bitSize": _bit_size,
    "unsigned": _flag("unsigned", "unsigned"),
    "real": _flag("real", "real"),
    "uniqueElements": _flag("uniqueElements", "unique elements"),
    "maxBytes": _number("maxBytes", 1, 4294967295, "length in bytes"),
    "maxLength": _number("maxLength", 1, 4294967295, "length in characters"),
    "pattern": _pattern,
    "values": _values,
    "precision": _number("precision", 1, 76, "precision"),
    "scale": _number("scale", 0, 37, "scale"),
    "minElements": _number("minElements", 0, _MOST, "min elements"),
    "maxElements": _number("maxElements", 0, _MOST, "max elements"),
    "minimum": _bound("minimum"),
    "maximum": _bound("maximum"),
}
