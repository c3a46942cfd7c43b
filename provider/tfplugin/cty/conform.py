"""One walk over a type and a value, which checks that the value fits the type, and makes it canonical.

Values from an author and values from either codec differ in few places. A `Form` describes these differences; the
walk, its errors and its limits are the same for all values.
"""

import unicodedata
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple, TypeVar

from tfplugin.cty.decimals import checked
from tfplugin.cty.errors import MAX_DEPTH, TOO_DEEP, CtyError
from tfplugin.cty.paths import AttributeStep, IndexStep, KeyStep, Path
from tfplugin.cty.types import BOOL, DYNAMIC, STRING, List, Map, Object, Set, Tuple, Type
from tfplugin.cty.values import Dynamic, Unknown, Value, canonical_set

_T = TypeVar("_T")


class Form(NamedTuple):
    """The form of values before the walk."""

    number: Callable[[Any], Decimal]
    """Turns a raw value into a number; raises `CtyError`."""
    dynamic: Callable[[Any], tuple[Type, Any]]
    """Splits a raw value at a dynamic position into its type and the value itself; raises `CtyError`."""
    absent_is_null: bool = False
    """Whether an attribute that the value lacks is null; otherwise it is an error."""
    drops_unexpected: bool = False
    """Whether an attribute that the type lacks is left out; otherwise it is an error."""


def conform(type_: Type, value: object) -> Value:
    """The canonical form of an author's value; raises `CtyError`, with the path, if it does not fit the type."""
    return walk(type_, value, _AUTHORED)


def walk(type_: Type, raw: Any, form: Form, depth: int = 0) -> Value:
    """The canonical form of `raw`, a value in the given form; raises `CtyError`."""
    if raw is None or isinstance(raw, Unknown):
        return raw
    if depth > MAX_DEPTH:
        raise CtyError(f"the value {TOO_DEEP}")
    return _WALKS[type_.kind](type_, raw, form, depth + 1)


def mismatch(expected: object, found: object) -> CtyError:
    """The error for a value of a wrong kind; it names the kind, not the value, which may be a secret."""
    return CtyError(f"expected {expected}, found {_kind(found)}")


def text(raw: object) -> str:
    """A string in normalisation form C; raises `CtyError`."""
    if not isinstance(raw, str):
        raise mismatch("string", raw)
    if raw.isascii():
        return raw
    try:
        raw.encode()
    except UnicodeEncodeError:
        raise CtyError("the string is not valid Unicode") from None
    return unicodedata.normalize("NFC", raw)


def number(raw: object) -> Decimal:
    """An author's number; a float counts as the decimal fraction that Python prints. Raises `CtyError`."""
    if isinstance(raw, bool) or not isinstance(raw, (int, float, Decimal)):
        raise mismatch("number", raw)
    return checked(Decimal(repr(raw) if isinstance(raw, float) else raw))


def _author_dynamic(raw: object) -> tuple[Type, Any]:
    if not isinstance(raw, Dynamic):
        raise CtyError(
            f"expected dynamic value, found bare {_kind(raw)}; infer() finds the type of plain data"
        )
    return raw.type, raw.value


_AUTHORED: Final = Form(number=number, dynamic=_author_dynamic)


def _string(_: Type, raw: Any, _form: Form, _depth: int) -> Value:
    return text(raw)


def _number(_: Type, raw: Any, form: Form, _depth: int) -> Value:
    return form.number(raw)


def _bool(_: Type, raw: Any, _form: Form, _depth: int) -> Value:
    return _typed(bool, "bool", raw)


def _dynamic(_: Type, raw: Any, form: Form, depth: int) -> Value:
    if isinstance(raw, Dynamic) and raw.canonical:
        return raw
    type_, inner = form.dynamic(raw)
    value = walk(type_, inner, form, depth)
    return value if type_ == DYNAMIC else Dynamic(type_, value, canonical=True)


def _list(type_: List, raw: Any, form: Form, depth: int) -> Value:
    elements = _typed(list, type_, raw)
    return _elements([type_.element] * len(elements), elements, form, depth)


def _tuple(type_: Tuple, raw: Any, form: Form, depth: int) -> Value:
    elements = _typed(list, type_, raw)
    if len(elements) != len(type_.elements):
        raise CtyError(f"expected {len(type_.elements)} elements, found {len(elements)}")
    return _elements(type_.elements, elements, form, depth)


def _elements(types: Sequence[Type], elements: list[Any], form: Form, depth: int) -> Value:
    result: list[Value] = [None] * len(elements)
    index = 0
    try:
        for index, type_ in enumerate(types):
            result[index] = walk(type_, elements[index], form, depth)
    except CtyError as error:
        error.prefix(IndexStep(index))
        raise
    return result


def _set(type_: Set, raw: Any, form: Form, depth: int) -> Value:
    elements = _typed(list, type_, raw)
    try:
        return canonical_set([walk(type_.element, element, form, depth) for element in elements])
    except CtyError as error:
        # the path ends here: the protocol has no paths into a set
        raise CtyError(f"in an element, {error}") from None


def _map(type_: Map, raw: Any, form: Form, depth: int) -> Value:
    members = _typed(dict, type_, raw)
    result: dict[str, Value] = {}
    key: object = None
    try:
        for key, element in members.items():
            result[text(key)] = walk(type_.element, element, form, depth)
    except CtyError as error:
        error.prefix(KeyStep(str(key)))
        raise
    return dict(sorted(result.items()))


def _object(type_: Object, raw: Any, form: Form, depth: int) -> Value:
    members = _typed(dict, type_, raw)
    result: dict[str, Value] = {}
    name = ""
    try:
        for name, attribute in type_.attributes.items():
            member = members.get(name)
            if member is None and name not in members and not form.absent_is_null:
                raise CtyError("the attribute is missing")  # noqa: TRY301 - it gets its path like every other error
            # most members of a large value are of these kinds, and already canonical
            if (
                member is None
                or (attribute is STRING and type(member) is str and member.isascii())
                or (attribute is BOOL and type(member) is bool)
            ):
                result[name] = member
            else:
                result[name] = walk(attribute, member, form, depth)
    except CtyError as error:
        error.prefix(AttributeStep(name))
        raise
    if not form.drops_unexpected and not members.keys() <= result.keys():
        unexpected = min(map(str, members.keys() - result.keys()))
        raise CtyError("unexpected attribute", Path.root(unexpected))
    return result


_WALKS: Final[dict[str, Callable[[Any, Any, Form, int], Value]]] = {
    "string": _string,
    "number": _number,
    "bool": _bool,
    "dynamic": _dynamic,
    "list": _list,
    "set": _set,
    "map": _map,
    "tuple": _tuple,
    "object": _object,
}


def _typed(wanted: type[_T], expected: object, raw: object) -> _T:
    if not isinstance(raw, wanted):
        raise mismatch(expected, raw)
    return raw


_KINDS: Final[tuple[tuple[type | tuple[type, ...], str], ...]] = (
    (bool, "bool"),  # before int: a bool is an int too
    (str, "string"),
    ((int, float, Decimal), "number"),
    (list, "list"),
    (dict, "object"),
    (Dynamic, "dynamic value"),
    (Unknown, "unknown value"),
    (type(None), "null"),
)


def _kind(raw: object) -> str:
    return next((name for classes, name in _KINDS if isinstance(raw, classes)), type(raw).__name__)
