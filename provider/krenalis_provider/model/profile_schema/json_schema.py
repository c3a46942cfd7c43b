"""The rules of a profile schema as a JSON Schema document (draft 2020-12), from which editors complete and check.

It is made of the table in `kinds`. Which kind a type has decides by if and then, and not by oneOf, so that an editor
says what is wrong with that kind, and not that none of fifteen fits. The keywords ``enumDescriptions`` and
``defaultSnippets`` are Visual Studio Code's; other readers pass over them.
"""

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any, Final

from krenalis_provider.model.profile_schema.bounds import LARGEST_FLOAT32
from krenalis_provider.model.profile_schema.kinds import KINDS, PROPERTY, Key
from krenalis_provider.model.profile_schema.readers import Form

_NO_ELEMENTS: Final = ("array", "object", "map")
_TITLE: Final = "Profile schema of a Krenalis workspace"
_DESCRIPTION: Final = """\
The document that a workspace has as its profile schema. Made by `terraform-provider-krenalis json-schema`.

It cannot say everything; `terraform-provider-krenalis validate-schema` can: that names in one object differ, and columns \
without regard to case; that objects are nested in at most 64 levels; that maximum is not less than minimum, nor scale \
greater than precision, and that the bounds of a decimal fit both; the syntax of a pattern; the limits of a platform, such as \
lengths of names. It refuses members that are null, which the provider takes as left out and a Krenalis server refuses.\
"""
_KINDS: Final[Mapping[str, str]] = {
    "string": "Text, of any length unless it is limited.",
    "boolean": "True or false.",
    "int": "A whole number of some bits.",
    "float": "A binary floating-point number.",
    "decimal": "A number with a fixed number of decimal places.",
    "datetime": "A date and a time of day.",
    "date": "A date.",
    "time": "A time of day.",
    "year": "A year.",
    "uuid": "A UUID.",
    "json": "Any JSON.",
    "ip": "An IP address, of version 4 or 6.",
    "array": "Values of one type, in one column.",
    "object": "Properties that belong together. Each has a column of its own, whose name begins with those of the objects around it.",
    "map": "Values of one type by keys, which are strings; in one column.",
}
_KEYS: Final[Mapping[str, str]] = {
    "kind": "The kind of the type.",
    "maxBytes": "The most bytes of a text, in UTF-8.",
    "maxLength": "The most characters of a text.",
    "pattern": "The regular expression (RE2) that a text matches. Only for the strings in an array or map.",
    "values": "The texts that are allowed. Only for the strings in an array or map.",
    "bitSize": "The size of a number in bits.",
    "unsigned": "Whether there are no negative numbers.",
    "real": "Whether NaN and the infinities are excluded.",
    "minimum": "The least number that is allowed; without it, the least that the type has.",
    "maximum": "The greatest number that is allowed; without it, the greatest that the type has.",
    "precision": "The number of digits, those after the decimal point included.",
    "scale": "The number of digits after the decimal point, at most the precision.",
    "minElements": "The fewest elements.",
    "maxElements": "The most elements.",
    "uniqueElements": "Whether no two elements are equal.",
    "elementType": "The type of the elements of an array, or of the values of a map.",
    "properties": "The properties, at least one. Their order is that of the columns.",
    "name": "The name, different from the other names in the object.",
    "prefilled": "A value that the property has at first.",
    "type": "The type of the property's values.",
    "createRequired": "Whether a new profile needs a value.",
    "updateRequired": "Whether an update of a profile needs a value.",
    "readOptional": "Whether a profile may be read without a value.",
    "nullable": "Whether null is a value.",
    "description": "What the property is, for people.",
}
_REFERENCES: Final[Mapping[str, str]] = {
    "type": "#/$defs/type",
    "elementType": "#/$defs/elementType",
    "properties": "#/$defs/properties",
}
_PROPERTY_SNIPPET: Final = {
    "label": "property",
    "body": {"name": "$1", "type": {"kind": "${2:string}"}, "readOptional": True},
}
_Schema = dict[str, Any]


def json_schema() -> _Schema:
    """Return the document as plain data."""
    element_kinds = [kind for kind in KINDS if kind not in _NO_ELEMENTS]
    definitions: _Schema = {
        "properties": {
            "type": "array",
            "minItems": 1,
            "items": {"$ref": "#/$defs/property"},
        },
        "property": {**_members(PROPERTY, element=False), "defaultSnippets": [_PROPERTY_SNIPPET]},
        "type": _of_a_kind(list(KINDS), element=False),
        "elementType": _of_a_kind(element_kinds, element=True),
    }
    for kind, (keys, *_) in KINDS.items():
        definitions[kind] = {**_members(keys, element=False), **_between(kind)}
        if _differs(kind):
            definitions[_definition(kind, element=True)] = {**_members(keys, element=True), **_between(kind)}
    root = definitions["object"]
    root_kind = {"const": "object", "description": "A profile schema is of kind object."}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": _TITLE,
        "description": _DESCRIPTION,
        **root,
        "properties": {**root["properties"], "kind": root_kind},
        "$defs": definitions,
    }


def _of_a_kind(kinds: list[str], *, element: bool) -> _Schema:
    """A type whose kind decides about its other members."""
    described = [_KINDS[kind] for kind in kinds]
    kind = {"enum": kinds, "enumDescriptions": described, "description": _KEYS["kind"]}
    choices = [
        {
            "if": {"properties": {"kind": {"const": kind}}, "required": ["kind"]},
            "then": {"$ref": f"#/$defs/{_definition(kind, element=element)}"},
        }
        for kind in kinds
    ]
    return {"type": "object", "properties": {"kind": kind}, "required": ["kind"], "allOf": choices}


def _differs(kind: str) -> bool:
    """Whether a type of a kind may have other members as the type of elements."""
    return any(key.elements_only for key in KINDS[kind].keys.values())


def _definition(kind: str, *, element: bool) -> str:
    return f"{kind}Element" if element and _differs(kind) else kind


def _members(keys: Mapping[str, Key], *, element: bool) -> _Schema:
    """An object with these keys, and no others."""
    own = {name: key for name, key in keys.items() if element or not key.elements_only}
    return {
        "type": "object",
        "properties": {name: _member(name, key) for name, key in own.items()},
        "required": [name for name, key in own.items() if key.required],
        "additionalProperties": False,
    }


def _member(name: str, key: Key) -> _Schema:
    described: _Schema = {"description": _KEYS[name]}
    if name in _REFERENCES:
        return {**described, "$ref": _REFERENCES[name]}
    if name == "kind":
        return {**described, "enum": list(KINDS)}
    if key.only_default:
        reason = f"{key.only_default[:1].upper()}{key.only_default[1:]}."
        return {"description": f"{described['description']} {reason}", "const": key.default}
    form = key.rule.form if key.rule else None
    if form is None:
        raise ValueError(f"nothing is known of the form of {name}")
    default = {} if key.default is None else {"default": key.default}
    return {**described, **_form(form), **default}


def _form(form: Form) -> _Schema:
    if form.choices:
        return {"enum": list(form.choices)}
    keywords = {
        "type": form.type,
        "minimum": form.lowest,
        "maximum": form.highest,
        "pattern": f"^{form.pattern}$" if form.pattern else None,
        "items": _form(form.items) if form.items else None,
        "minItems": 1 if form.items else None,
    }
    return {name: value for name, value in keywords.items() if value is not None}


def _between(kind: str) -> _Schema:
    """The rules between members of a type, as far as they can be said."""
    match kind:
        case "string":
            return {"not": {"required": ["pattern", "values"]}} if _differs(kind) else {}
        case "int":
            return {"allOf": list(_integer_bounds())}
        case "float":
            single = {"properties": {"bitSize": {"const": 32}}, "required": ["bitSize"]}
            return {"if": single, "then": _bounded(-LARGEST_FLOAT32, LARGEST_FLOAT32)}
        case "array":
            of_json = {
                "properties": {
                    "elementType": {"properties": {"kind": {"const": "json"}}, "required": ["kind"]}
                }
            }
            return {"if": of_json, "then": {"properties": {"uniqueElements": False}}}
        case _:
            return {}


def _integer_bounds() -> Iterator[_Schema]:
    """For each size, signed and unsigned: the numbers between which both bounds are."""
    keys, _, bounds = KINDS["int"]
    rule = keys["bitSize"].rule
    sizes = rule.form.choices if rule and rule.form else ()
    for size, unsigned in product(sizes, (False, True)):
        values = {"bitSize": size, "unsigned": unsigned}
        lowest, highest = bounds(values) or (None, None)
        said = {"properties": {name: {"const": value} for name, value in values.items()}}
        # left out, it is false
        needed = [name for name, value in values.items() if value is not False]
        yield {"if": {**said, "required": needed}, "then": _bounded(lowest, highest)}


def _bounded(lowest: Any, highest: Any) -> _Schema:
    range_ = {"minimum": lowest, "maximum": highest}
    return {"properties": {"minimum": range_, "maximum": range_}}
