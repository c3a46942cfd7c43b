"""Values in msgpack, the encoding between Terraform and providers.

Source: docs/facts/terraform.md, "Values in msgpack".
"""

from decimal import Decimal
from typing import Any, Final

import msgpack  # type: ignore[import-untyped]

from tfplugin.cty.conform import Form, conform, mismatch, walk
from tfplugin.cty.decimals import checked, number_text, parse_number
from tfplugin.cty.errors import TOO_DEEP, CtyError
from tfplugin.cty.types import Type, parse_type_bytes, type_bytes
from tfplugin.cty.values import UNKNOWN, Dynamic, Unknown, Value

_UNKNOWN: Final = 0
_REFINED_UNKNOWN: Final = 12
_MAX_REFINEMENT: Final = 1024
# the unpacker reserves room for all elements that the header of a list announces
_MAX_ELEMENTS: Final = 1_000_000


def decode(type_: Type, data: bytes) -> Value:
    """The value of the given type that all the bytes encode; raises `CtyError` for any other bytes."""
    try:
        raw = msgpack.unpackb(data, ext_hook=_unknown, max_array_len=min(len(data), _MAX_ELEMENTS))
    except CtyError:
        raise
    except msgpack.StackError:
        raise CtyError(f"the value {TOO_DEEP}") from None
    except (ValueError, msgpack.UnpackException):
        raise CtyError("the bytes are not one msgpack value in UTF-8") from None
    return walk(type_, raw, _MSGPACK)


def encode(type_: Type, value: object) -> bytes:
    """The bytes of a value; raises `CtyError`, with the path, if it does not fit the type."""
    return pack(conform(type_, value))


def pack(value: Value) -> bytes:
    """The bytes of a canonical value, without another check against its type."""
    packed: bytes = msgpack.packb(value, default=_packable)
    return packed


def _unknown(code: int, data: bytes) -> Unknown:
    """The unknown value in an extension. Terraform's facts about the value are kept, but not read."""
    if code == _UNKNOWN and len(data) == 1:
        return UNKNOWN
    if code != _REFINED_UNKNOWN:
        raise CtyError(f"unexpected msgpack extension {code}")
    if len(data) > _MAX_REFINEMENT:
        raise CtyError(f"more than {_MAX_REFINEMENT} bytes about an unknown value")
    return Unknown(data)


def _number(raw: object) -> Decimal:
    """A number: integers, and numbers that a float holds exactly, come as such; all other numbers come as text."""
    if isinstance(raw, str):
        return parse_number(raw)
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        raise mismatch("number", raw)
    return Decimal(raw) if isinstance(raw, int) else checked(Decimal(raw))


def _dynamic(raw: object) -> tuple[Type, Any]:
    match raw:
        case [bytes(type_), inner]:
            return parse_type_bytes(type_), inner
        case _:
            raise CtyError("expected the type and value of a dynamic value")


_MSGPACK: Final = Form(number=_number, dynamic=_dynamic)


def _packable(value: object) -> Any:
    """The msgpack form of a value whose class msgpack does not know."""
    match value:
        case Decimal():
            return _packable_number(value)
        case Dynamic():
            return [type_bytes(value.type), value.value]
        case Unknown(refinement=None):
            return msgpack.ExtType(_UNKNOWN, b"\0")
        case Unknown(refinement=refinement):
            return msgpack.ExtType(_REFINED_UNKNOWN, refinement)
        case _:
            raise TypeError(f"{type(value).__name__} in a canonical value")


def _packable_number(number: Decimal) -> int | float | str:
    if number.is_infinite():
        return float(number)
    if -(2**63) <= number < 2**63 and number == int(number):
        return int(number)
    # in Terraform's own form: the same fraction in another form would count as another number
    nearest = float(number)
    return nearest if Decimal(nearest) == number and not nearest.is_integer() else number_text(number)
