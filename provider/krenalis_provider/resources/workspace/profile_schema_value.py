"""Reading the profile schema that a configuration or a state holds, a value of dynamic type.

Terraform sends the same schema many times in one command. Reading a large one takes long, so the last few are kept.
"""

from decimal import Decimal
from typing import Any, Final, NamedTuple

from krenalis_provider.model.attribute_path import AttributePath
from krenalis_provider.model.errors import Problem
from krenalis_provider.model.profile_schema import ROOT, Parsed, parse
from krenalis_provider.model.unknown import UNKNOWN
from tfplugin.cty import Dynamic, List, Map, Object, Set, Tuple, Type, Unknown

_KEPT: Final = 4
_LEAVES: Final = (str, bool, Decimal)
"""The same in every type: asking no further saves most of the time that a large document takes."""
_SET: Final = "is a set, which has no order: use a list, for instance with tolist()."


class Written(NamedTuple):
    """A profile schema as it was written."""

    document: Any
    """Plain data; what is unknown, or a set, is `UNKNOWN`. It may be shared: do not change it."""
    parsed: Parsed
    """The sets are among its problems."""


class _Reader:
    """Reads each value once, as long as it is among the last few."""

    def __init__(self) -> None:
        self._last: tuple[tuple[Any, Written], ...] = ()

    def __call__(self, value: Any) -> Written:
        """Read the dynamic value of an attribute."""
        for known, written in self._last:
            if known == value:
                return written
        written = _read(value)
        self._last = ((value, written), *self._last)[:_KEPT]  # whole in one step: calls come in parallel
        return written


read: Final = _Reader()


def _read(value: Any) -> Written:
    problems: list[Problem] = []
    if isinstance(value, Dynamic):
        document = _document(value.type, value.value, ROOT, problems)
    else:
        document = UNKNOWN if isinstance(value, Unknown) else value
    parsed = parse(document)
    if problems:
        parsed = parsed._replace(schema=None, problems=(*problems, *parsed.problems))
    return Written(document, parsed)


def _document(type_: Type, value: Any, place: tuple[Any, ...], problems: list[Problem]) -> Any:
    if isinstance(value, Unknown):
        return UNKNOWN
    match type_, value:
        case Set(), _:
            problems.append(Problem(AttributePath(place), _SET))
            return UNKNOWN
        case List(), list():
            return [_document(type_.element, e, (*place, i), problems) for i, e in enumerate(value)]
        case Tuple(), list():
            pairs = zip(type_.elements, value, strict=True)
            return [_document(t, e, (*place, i), problems) for i, (t, e) in enumerate(pairs)]
        case Map(), dict():
            return {k: _document(type_.element, e, (*place, k), problems) for k, e in value.items()}
        case Object(), dict():
            types = type_.attributes
            return {
                k: e if isinstance(e, _LEAVES) else _document(types[k], e, (*place, k), problems)
                for k, e in value.items()
            }
        case _:
            return value
