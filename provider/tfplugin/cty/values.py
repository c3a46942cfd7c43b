"""Values as plain Python, and unknown values.

==========================  ======================================================================
type                        value
==========================  ======================================================================
any                         None for null; an `Unknown` for a value that only applying can tell
string                      str, in Unicode's normalisation form C
number                      decimal.Decimal, also for whole numbers; never NaN
bool                        bool
list, tuple                 list
set                         list in canonical order, without duplicates (`canonical_set`)
map, object                 dict; an object's has every attribute of the type and no others
dynamic                     `Dynamic`, which has the type beside the value; None and `Unknown` stay
                            bare where the type itself is null's or unknown
==========================  ======================================================================

Decoders make exactly these values. Encoders also take int and float for a number, strings in any normalisation form,
and sets in any order.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final, TypeAlias, TypeGuard, TypeVar

from lightstart.records import Record, field
from tfplugin.cty.types import Type

_T = TypeVar("_T")


class Unknown(Record):
    """A value that is not known yet. All unknown values are equal, whatever Terraform already knows about them.

    `refinement` is Terraform's knowledge, in the bytes that Terraform sent and gets back; None if it has none.
    """

    refinement: bytes | None = field(default=None, compare=False)

    def __repr__(self) -> str:
        return "UNKNOWN" if self.refinement is None else f"Unknown({self.refinement!r})"


UNKNOWN: Final = Unknown()
"""The unknown value without refinement."""


class Dynamic(Record):
    """A value at a dynamic position, with the type that it carries; `value` may be None or unknown."""

    type: Type
    value: "Value"
    canonical: bool = field(default=False, compare=False, repr=False)
    """Whether decoding made the value or encoding checked it. The value is not checked again, so it must not change."""


Value: TypeAlias = Unknown | bool | str | Decimal | list["Value"] | dict[str, "Value"] | Dynamic | None
"""The values that decoders make; see the table above."""


def is_known(value: _T | Unknown) -> TypeGuard[_T]:
    """Whether the value itself is known; its parts may still be unknown."""
    return not isinstance(value.value if isinstance(value, Dynamic) else value, Unknown)


def is_null(value: object) -> bool:
    """Whether the value is null, with or without a type of its own."""
    return value is None or (isinstance(value, Dynamic) and value.value is None)


def is_wholly_known(value: object) -> bool:
    """Whether the value and all its parts are known."""
    match value:
        case Unknown():
            return False
        case Dynamic():
            return is_wholly_known(value.value)
        case list():
            return all(map(is_wholly_known, value))
        case dict():
            return all(map(is_wholly_known, value.values()))
        case _:
            return True


def nulls_for_unknowns(value: Value) -> Value:
    """The value with null in place of every unknown part."""
    match value:
        case Unknown():
            return None
        case Dynamic():
            return Dynamic(value.type, nulls_for_unknowns(value.value))
        case list():
            return [nulls_for_unknowns(element) for element in value]
        case dict():
            return {name: nulls_for_unknowns(member) for name, member in value.items()}
        case _:
            return value


def canonical_set(elements: Iterable[Value]) -> list[Value]:
    """The elements of a set in canonical order, without duplicates.

    Null comes first, then the values by text, by size, or part by part, and unknown values last. Elements that are not
    wholly known stay even if they look alike: they may turn out different, and Terraform counts them.
    """
    result: list[Value] = []
    previous = None
    for key, element in sorted(
        [(_sort_key(element), element) for element in elements], key=lambda pair: pair[0]
    ):
        if key != previous or not is_wholly_known(element):
            result.append(element)
        previous = key
    return result


def _sort_key(value: Value) -> tuple[Any, ...]:
    """The key that sorts a value among others of the same type."""
    match value:
        case None:
            return (0,)
        case Unknown():
            return (2,)
        case Dynamic():
            return (1, repr(value.type), _sort_key(value.value))
        case list():
            return (1, [_sort_key(element) for element in value])
        case dict():
            return (1, [(name, _sort_key(member)) for name, member in sorted(value.items())])
        case _:
            return (1, value)
