"""What a profile schema may say: kinds with their columns, and the keys of types and of properties."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from krenalis_provider.model.profile_schema import parse
from krenalis_provider.model.profile_schema.kinds import KINDS, PROPERTY, Key
from krenalis_provider.model.wording import shown
from krenalis_provider.warehouses import registry
from tools.docs.mistakes import DocsError
from tools.docs.tables.markdown import code, table

_TEXT: Final = {"kind": "string", "maxLength": 100}
_EXAMPLES: Final[Mapping[str, tuple[Mapping[str, Any], ...]]] = {
    "string": ({}, {"maxLength": 100}),
    "int": tuple(
        {"bitSize": size, **sign} for sign in ({}, {"unsigned": True}) for size in (8, 16, 24, 32, 64)
    ),
    "float": ({"bitSize": 32}, {"bitSize": 64}),
    "decimal": ({"precision": 10, "scale": 2},),
    "array": ({"elementType": _TEXT},),
    "object": ({"properties": [{"name": "city", "type": _TEXT, "readOptional": True}]},),
    "map": ({"elementType": _TEXT},),
}
"""By kind: the members of types beside the kind itself. Other kinds have none."""


def kinds() -> str:
    """The kinds: their keys, an example, and its column on each platform."""
    return table(
        ("kind", "keys", "example of a type", *(f"column on {name}" for name in registry.names())), _kinds()
    )


def keys() -> str:
    """The keys of types: kinds that have them, values, defaults."""
    return table(("key", "of kinds", "value", "left out"), _keys())


def property_keys() -> str:
    """The keys of a property: values, defaults."""
    rows = ((code(name), _value(name, key), _default(name, key)) for name, key in PROPERTY.items())
    return table(("key", "value", "left out"), rows)


def _kinds() -> Iterator[tuple[str, ...]]:
    for kind, (own, *_) in KINDS.items():
        listed = ", ".join(
            code(name) + (" (required)" if key.required else "")
            for name, key in own.items()
            if name != "kind"
        )
        for number, members in enumerate(_EXAMPLES.get(kind, ({},))):
            document = {"kind": kind, **members}
            columns = (_column(platform, document) for platform in registry.names())
            first = (code(kind), listed or "none") if number == 0 else ("", "")
            yield (*first, code(json.dumps(document)), *columns)


def _column(platform: str, document: Mapping[str, Any]) -> str:
    """The column of a type on a platform. Raises `DocsError` for a type that no profile schema may have."""
    parsed = parse(
        {"kind": "object", "properties": [{"name": "example", "type": document, "readOptional": True}]}
    )
    if parsed.schema is None:
        raise DocsError(f"the table of kinds has a wrong example: {document}: {parsed.problems}")
    (leaf, type_), *more = parsed.schema.leaves()
    if more or str(leaf) != "example":
        return "a column for each property below it"
    return code(registry.known_platform(platform).dialect().column_type(type_))


def _keys() -> Iterator[tuple[str, ...]]:
    owners: dict[tuple[str, Key], list[str]] = {}
    for kind, (own, *_) in KINDS.items():
        for name, key in own.items():
            if name != "kind":
                owners.setdefault((name, key), []).append(kind)
    for (name, key), of in owners.items():
        only = "; only in the elements of an array or map" if key.elements_only else ""
        yield code(name), ", ".join(map(code, of)), _value(name, key) + only, _default(name, key)


def _value(name: str, key: Key) -> str:
    if key.only_default:
        return f"only {code(shown(key.default))}: {key.only_default}"
    if key.rule is None:
        return {
            "elementType": "the type of the elements",
            "properties": "an array of properties",
            "type": "a type",
        }[name]
    return key.rule.what


def _default(name: str, key: Key) -> str:
    if key.required:
        return "required"
    if key.default is None and name.startswith(("min", "max")):
        return "no limit but the type's own"
    return code(shown(key.default)) if key.default not in (None, "") else "none"
