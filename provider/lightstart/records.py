"""Records: immutable values with named fields, as `@dataclass(frozen=True, slots=True)` makes them, for less time.

Each start of the process defines dozens of classes, and makes objects of a few. A dataclass writes and compiles its
methods when it is defined, for 0.2 to 0.3 ms, and for its slots the class is made twice. A record takes a tenth of
that: equality, hash and text are inherited, and `__init__` is compiled when the first object is made.

All else is as for a dataclass: `field`, defaults, `__post_init__`, `__match_args__`; and the functions of `dataclasses`
take records. Those of this module do the same without importing `dataclasses`.
"""

from collections.abc import Callable, Mapping
from operator import attrgetter
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar, dataclass_transform

__all__ = ["MISSING", "Opaque", "Record", "asdict", "field", "fields", "replace"]

_R = TypeVar("_R", bound="Opaque")
_MISSING: Final[Any] = object()
_VALUE_FORMAT: Final = 1  # annotationlib.Format.VALUE


class _Field:
    """What a class says of one field, in the words of `dataclasses.field`. The class adds `name` and `type`."""

    __slots__ = (
        "compare",
        "default",
        "default_factory",
        "init",
        "kw_only",
        "metadata",
        "name",
        "repr",
        "type",
    )
    name: str
    type: Any

    def __init__(
        self,
        *,
        default: Any = _MISSING,
        default_factory: Callable[[], Any] = _MISSING,
        init: bool = True,
        repr: bool = True,  # noqa: A002 - the word of `dataclasses`
        compare: bool = True,
        metadata: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        self.default = default
        self.default_factory = default_factory
        self.init = init
        self.repr = repr
        self.compare = compare
        self.metadata = metadata
        self.kw_only = False


def _fields(record: "Opaque | type[Opaque]") -> tuple[_Field, ...]:
    """As `dataclasses.fields`."""
    return record.__fields__


def _replace(record: _R, /, **changes: Any) -> _R:
    """As `dataclasses.replace`."""
    same = {each.name: getattr(record, each.name) for each in record.__fields__ if each.init}
    return type(record)(**(same | changes))


def _asdict(record: "Opaque") -> dict[str, Any]:
    """As `dataclasses.asdict`, for records whose values are records, or are changed by nobody."""
    values = ((each.name, getattr(record, each.name)) for each in record.__fields__)
    return {name: _asdict(value) if isinstance(value, Opaque) else value for name, value in values}


# a type checker takes them for those of `dataclasses`, because it knows how these treat types
if TYPE_CHECKING:
    from dataclasses import MISSING, asdict, field, fields, replace
else:
    MISSING, asdict, field, fields, replace = _MISSING, _asdict, _Field, _fields, _replace


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
class RecordType(type):
    """The class of all classes of records. A class may be `kw_only`, as for a dataclass."""

    def __new__(
        cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], *, kw_only: bool = False
    ) -> "RecordType":
        """Makes the class at once with its slots, in which no default may stand."""
        found = {each.name: each for base in bases for each in getattr(base, "__fields__", ())}
        slots = []
        for attribute, annotation in _annotations(namespace).items():
            if getattr(annotation, "__origin__", None) is ClassVar:
                continue
            if attribute not in found:
                slots.append(attribute)
            said = namespace.pop(attribute, _MISSING)
            found[attribute] = its = said if isinstance(said, _Field) else _Field(default=said)
            its.name, its.type, its.kw_only = attribute, annotation, kw_only
        every = tuple(found.values())
        compared = [each.name for each in every if each.compare]
        namespace |= {
            "__slots__": tuple(slots),
            "__fields__": every,
            "__match_args__": tuple([each.name for each in every if each.init and not each.kw_only]),
            "__dataclass_fields__": _DataclassFields(),
            "__init__": _first_init,
            "_compared": attrgetter(*(compared or ["__fields__"])),
        }
        return super().__new__(cls, name, bases, namespace)


def _annotations(namespace: Mapping[str, Any]) -> Mapping[str, Any]:
    """The annotations in the body of a class that is about to be made.

    From Python 3.14 on, the body leaves a function that makes them. Source: the documentation of `annotationlib`.
    """
    make = namespace.get("__annotate__") or namespace.get("__annotate_func__")
    made: Mapping[str, Any] = make(_VALUE_FORMAT) if make else namespace.get("__annotations__", {})
    return made


def _first_init(self: "Opaque", *values: Any, **named: Any) -> None:
    """The `__init__` of a class until its first object is made."""
    made = type(self)
    made.__init__ = _compiled_init(made)  # type: ignore[method-assign]
    made.__init__(self, *values, **named)


def _compiled_init(made: type["Opaque"]) -> Callable[..., None]:
    """The `__init__` of a class, as one would write it by hand."""
    known: dict[str, Any] = {"_object": object, "_missing": _MISSING}
    values, named, body = ["self"], ["*"], []
    for each in made.__fields__:
        parameter = value = each.name
        if each.default_factory is not _MISSING:
            known[f"_make_{each.name}"] = each.default_factory
            parameter = f"{each.name}=_missing"
            value = f"_make_{each.name}()" + f" if {each.name} is _missing else {each.name}" * each.init
        elif each.default is not _MISSING:
            known[f"_default_{each.name}"] = each.default
            parameter = f"{each.name}=_default_{each.name}"
            value = each.name if each.init else f"_default_{each.name}"
        elif not each.init:
            continue  # `__post_init__` gives it a value
        if each.init:
            (named if each.kw_only else values).append(parameter)
        body.append(f"_object.__setattr__(self, {each.name!r}, {value})")
    body.append("self.__post_init__()" if hasattr(made, "__post_init__") else "pass")
    parameters = ", ".join([*values, *(named if len(named) > 1 else [])])
    exec("\n ".join([f"def __init__({parameters}):", *body]), known)  # noqa: S102 - it has names of fields alone
    init: Callable[..., None] = known["__init__"]
    init.__qualname__ = f"{made.__qualname__}.__init__"
    return init


class _DataclassFields:
    """Makes a class of records a dataclass to the functions of `dataclasses`, once one of them asks."""

    def __get__(self, _: object, made: type["Opaque"]) -> Mapping[str, Any]:
        import dataclasses  # noqa: PLC0415 - hardly ever needed

        def described(each: _Field) -> Any:
            words = [word for word in _Field.__slots__ if word not in {"name", "type"}]
            said = {word: getattr(each, word) for word in words if getattr(each, word) is not _MISSING}
            return each.name, each.type, dataclasses.field(**said)

        alike: Any = dataclasses.make_dataclass(made.__name__, map(described, made.__fields__))
        made.__dataclass_fields__ = alike.__dataclass_fields__
        return made.__dataclass_fields__


class Opaque(metaclass=RecordType):
    """A record that is equal only to itself, and whose text shows no values: they may be secrets, or large."""

    __fields__: ClassVar[tuple[_Field, ...]]
    _compared: ClassVar["attrgetter[Any]"]
    """Gets from a record what equality and hash go by."""

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__}.{name} cannot be changed: use `replace`")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__}.{name} cannot be deleted")

    def __getstate__(self) -> list[Any]:
        return [getattr(self, each.name) for each in self.__fields__]

    def __setstate__(self, state: list[Any]) -> None:
        for each, value in zip(self.__fields__, state, strict=True):
            object.__setattr__(self, each.name, value)


class Record(Opaque):
    """A record that is equal to others of its class with equal values."""

    def __eq__(self, other: object) -> bool:
        compared = self._compared
        return compared(self) == compared(other) if type(other) is type(self) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._compared(self))

    def __repr__(self) -> str:
        shown = [f"{each.name}={getattr(self, each.name)!r}" for each in self.__fields__ if each.repr]
        return f"{type(self).__qualname__}({', '.join(shown)})"
