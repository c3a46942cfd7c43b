"""The rules of a profile schema as one table: kinds, their parameters, and the keys of a property.

`KINDS` and `PROPERTY` follow docs/facts/krenalis.md, "Kinds of types", in the order of canonical documents, with the
limits of a profile schema. The parser, the canonical form, equality and the suggestions all read them. Rules between
parameters are the `check` of their kind. Only the parser recurses into a document.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from krenalis_provider.model.profile_schema.bounds import (
    Bounds,
    Breaches,
    Values,
    check_decimal,
    check_float,
    check_integer,
    decimal_bounds,
    integer_bounds,
)
from krenalis_provider.model.profile_schema.readers import (
    BOOLEAN,
    FLOAT,
    NAME,
    NUMBER,
    PATTERN,
    TEXT,
    TEXTS,
    Refused,
    Rule,
    bits,
    whole,
)
from krenalis_provider.model.unknown import UNKNOWN
from krenalis_provider.model.wording import nearest, shown


class Key(NamedTuple):
    """A member of a type or property."""

    rule: Rule | None
    """None for a nested document, which the parser reads itself."""
    default: Any = None
    """The meaning of absence; None also if the meaning depends on the other members."""
    required: bool = False
    only_default: str = ""
    """Why a profile schema permits only the default; empty if it permits other values."""
    elements_only: bool = False
    """Whether only the elements of an array or map may have the key."""

    def read(self, value: Any, *, element: bool) -> Any:
        """Return the canonical form of a value, or UNKNOWN if an item of the value is. Raises `Refused`.

        `element` tells whether the key is in the type of the elements of an array or map.
        """
        if value is UNKNOWN or self.rule is None:
            return value
        if self.elements_only and not element:
            raise Refused(((), "is only for the strings in an array or map: remove it."))
        canonical = self.rule.read(value)
        if self.only_default and canonical != self.default:
            raise Refused(((), f"must be {shown(self.default)}, not {shown(value)}: {self.only_default}."))
        return canonical

    def missing(self, owner: str) -> str:
        """Say that `owner` lacks this key."""
        if self.only_default:
            return f"is required and must be {shown(self.default)}: {self.only_default}."
        what = f": {self.rule.what}" if self.rule else ""
        return f"is required by {owner}{what}."


class Kind(NamedTuple):
    """A kind of type: its keys, the rules between them, and the natural bounds of its values."""

    keys: Mapping[str, Key]
    check: Callable[[Values], Breaches] = lambda _: iter(())
    bounds: Callable[[Values], Bounds | None] = lambda _: None


def canonical_parameters(kind: str, values: Values) -> tuple[tuple[str, Any], ...]:
    """Return the parameters that are neither at their defaults nor natural bounds, in the order of the table.

    A Krenalis server corrupts natural bounds: docs/facts/krenalis.md, "Where a Krenalis server fails".
    """
    if len(values) == 1:  # the kind alone
        return ()
    keys, _, bounds = KINDS[kind]
    own = dict(zip(("minimum", "maximum"), bounds(values) or (), strict=False))
    given = [name for name, key in keys.items() if name in values and key.rule and name != "kind"]
    return tuple((name, values[name]) for name in given if values[name] != own.get(name, keys[name].default))


def _check_string(values: Values) -> Breaches:
    if isinstance(values.get("pattern"), str) and isinstance(values.get("values"), tuple):
        yield "values", "cannot stand beside pattern: remove one of them."


def _check_array(values: Values) -> Breaches:
    # the other kinds that cannot be compared are no elements at all in a profile schema
    if "uniqueElements" in values and getattr(values.get("elementType"), "kind", None) == "json":
        yield "uniqueElements", "must be absent when the elements are of kind json, and not even be false."


def _read_kind(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError  # noqa: TRY004 - one exception for every breach
    if value not in KINDS:
        meant = nearest(value, tuple(KINDS), _OTHER_KINDS)
        advice = f": did you mean {shown(meant)}?" if meant else f"; the kinds are {', '.join(KINDS)}."
        raise Refused(((), f"unknown kind {shown(value)}{advice}"))
    return value


_INTEGER: Final = whole(-(2**63), 2**64 - 1)._replace(what="a whole number that fits 64 bits")
_LENGTH: Final = whole(1, 2**32 - 1)
_COUNT: Final = whole(0, 2**31 - 1)
_NO_LIMITS: Final = "a profile schema cannot limit the number of elements"
_NOT_UNIQUE: Final = "a profile schema cannot ask for unique elements"
_KIND: Final = Key(Rule('a kind such as "string" or "object"', _read_kind), required=True)
_DOCUMENT: Final = Key(None, required=True)


def _keys(**keys: Key) -> dict[str, Key]:
    return {"kind": _KIND, **keys}


KINDS: Final[Mapping[str, Kind]] = {
    "string": Kind(
        _keys(
            maxBytes=Key(_LENGTH),
            maxLength=Key(_LENGTH),
            pattern=Key(PATTERN, elements_only=True),
            values=Key(TEXTS, elements_only=True),
        ),
        _check_string,
    ),
    "boolean": Kind(_keys()),
    "int": Kind(
        _keys(
            bitSize=Key(bits(8, 16, 24, 32, 64), required=True),
            unsigned=Key(BOOLEAN, default=False),
            minimum=Key(_INTEGER),
            maximum=Key(_INTEGER),
        ),
        check_integer,
        integer_bounds,
    ),
    "float": Kind(
        _keys(
            bitSize=Key(bits(32, 64), required=True),
            real=Key(BOOLEAN, default=False),
            minimum=Key(FLOAT),
            maximum=Key(FLOAT),
        ),
        check_float,
    ),
    "decimal": Kind(
        _keys(
            minimum=Key(NUMBER),
            maximum=Key(NUMBER),
            precision=Key(whole(1, 76), required=True),
            scale=Key(whole(0, 37), default=0),
        ),
        check_decimal,
        decimal_bounds,
    ),
    **dict.fromkeys(("datetime", "date", "time", "year", "uuid", "json", "ip"), Kind(_keys())),
    "array": Kind(
        _keys(
            minElements=Key(_COUNT, default=0, only_default=_NO_LIMITS),
            maxElements=Key(_COUNT, default=2**31 - 1, only_default=_NO_LIMITS),
            uniqueElements=Key(BOOLEAN, default=False, only_default=_NOT_UNIQUE),
            elementType=_DOCUMENT,
        ),
        _check_array,
    ),
    "object": Kind(_keys(properties=_DOCUMENT)),
    "map": Kind(_keys(elementType=_DOCUMENT)),
}

_NOT_PREFILLED: Final = "a property of a profile schema cannot have a prefilled value"
_OPTIONAL: Final = "every property of a profile schema is optional"

PROPERTY: Final[Mapping[str, Key]] = {
    "name": Key(NAME, required=True),
    "prefilled": Key(TEXT, default="", only_default=_NOT_PREFILLED),
    "type": _DOCUMENT,
    "createRequired": Key(BOOLEAN, default=False, only_default=_OPTIONAL),
    "updateRequired": Key(BOOLEAN, default=False, only_default=_OPTIONAL),
    "readOptional": Key(BOOLEAN, default=True, required=True, only_default=_OPTIONAL),
    "nullable": Key(BOOLEAN, default=False, only_default="a property of a profile schema cannot be nullable"),
    "description": Key(TEXT, default=""),
}
"""The keys of a property."""

UNDECIDED: Final[Mapping[str, Key]] = {
    name: Key(None) if name != "kind" else key for kind in KINDS.values() for name, key in kind.keys.items()
}
"""The keys of a type whose kind is unknown or wrong; only the names of the keys can be checked."""

_OTHER_KINDS: Final = (
    (("text", "varchar", "char", "str"), ("string",)),
    (("integer", "bigint", "smallint", "long"), ("int",)),
    (("double", "real"), ("float",)),
    (("numeric", "number", "money"), ("decimal",)),
    (("timestamp", "timestamptz"), ("datetime",)),
    (("list", "set", "tuple"), ("array",)),
    (("struct", "record"), ("object",)),
    (("dict", "dictionary"), ("map",)),
    (("jsonb", "variant", "any"), ("json",)),
    (("guid",), ("uuid",)),
    (("inet",), ("ip",)),
)
_OTHER_KEYS: Final = (
    (("maxbytelength", "bytelength"), ("maxBytes",)),
    (("length", "maxlen", "maxchars"), ("maxLength",)),
    (("size", "bits", "width"), ("bitSize", "maxLength")),
    (("min",), ("minimum", "minElements")),
    (("max",), ("maximum", "maxLength", "maxElements")),
    (("signed",), ("unsigned",)),
    (("elements", "items", "valuetype", "itemtype"), ("elementType", "properties")),
    (("fields", "attributes"), ("properties",)),
    (("regexp", "regex"), ("pattern",)),
    (("enum", "options"), ("values",)),
    (("label", "title", "comment", "placeholder"), ("description",)),
    (("required", "optional"), ("readOptional",)),
    (("type",), ("kind",)),
    (("key",), ("name",)),
)


_EDITORS: Final = ", and see `terraform-provider-krenalis json-schema --help`."


def is_about_type(word: str) -> bool:
    """Whether a key may say something of a type or a property, be it misspelt."""
    return word in PROPERTY or word in UNDECIDED or nearest(word, ("kind", "properties")) is not None


def unknown_key(word: str, keys: Mapping[str, Key], owner: str) -> tuple[str, str | None]:
    """Say that `owner`, whose keys are `keys`, does not have the key `word`, and which key was probably meant."""
    if word == "$schema":
        return (
            f"key {shown(word)} is for editors, and a Krenalis server refuses it: remove it{_EDITORS}",
            None,
        )
    if keys is PROPERTY and word in UNDECIDED:
        return f'key {shown(word)} belongs inside "type".', None
    if keys is not PROPERTY and word in PROPERTY and word != "type":
        return f'key {shown(word)} belongs to the property, beside "type".', None
    if word in UNDECIDED:
        kinds = " and ".join(name for name, kind in KINDS.items() if word in kind.keys)
        return f"key {shown(word)} is not for {owner}, only for {kinds}: remove it.", None
    if meant := nearest(word, tuple(keys), _OTHER_KEYS):
        return f"unknown key {shown(word)}: did you mean {shown(meant)}?", meant
    return f"unknown key {shown(word)}: the keys of {owner} are {', '.join(keys)}.", None
