"""Types as the server writes them: its order of keys, defaults left out, and what it loses on the way."""

import json
from typing import Any

from tests.support.krenalis_server import numbers
from tests.support.krenalis_server.profile_types import Property, Type

_ORDER = {
    "string": ("maxBytes", "maxLength", "pattern", "values"),
    "int": ("bitSize", "unsigned", "minimum", "maximum"),
    "float": ("bitSize", "real", "minimum", "maximum"),
    "decimal": ("minimum", "maximum", "precision", "scale"),
    "array": ("minElements", "maxElements", "uniqueElements", "elementType"),
    "map": ("elementType",),
}
_FLAGS = ("createRequired", "updateRequired", "readOptional", "nullable")
_MOST = 2147483647


def write(type_: Type) -> str:
    """The document, compact."""
    parts = [f'"kind":{_text(type_.kind)}']
    parameters = dict(type_.parameters)
    for name in _ORDER.get(type_.kind, ()):
        if name in parameters:
            written = _parameter(name, parameters[name], type_.kind, parameters)
            parts += [f'"{name}":{written}'] if written is not None else []
    if type_.kind == "object":
        parts.append(f'"properties":[{",".join(map(_property, type_.properties))}]')
    return "{" + ",".join(parts) + "}"


def _parameter(name: str, value: Any, kind: str, parameters: dict[str, Any]) -> str | None:
    match name:
        case "elementType":
            return write(value)
        case "maxBytes" | "maxLength":
            return str(value) if value <= _MOST else None
        case "minimum" | "maximum":
            wide = kind == "int" and parameters["bitSize"] == 32 and parameters.get("unsigned")
            lost = wide and name == "maximum" and value > _MOST
            return None if lost else numbers.written(value, parameters)
    if name == "values":
        return f"[{','.join(map(_text, value))}]"
    return _text(value) if isinstance(value, str) else json.dumps(value)


def _property(property_: Property) -> str:
    parts = [f'"name":{_text(property_.name)}']
    if property_.prefilled:
        parts.append(f'"prefilled":{_text(property_.prefilled)}')
    parts.append(f'"type":{write(property_.type)}')
    parts += [f'"{flag}":true' for flag in _FLAGS if flag in property_.flags]
    parts.append(f'"description":{_text(property_.description)}')
    return "{" + ",".join(parts) + "}"


def _text(text: str) -> str:
    """A text of a type; a line or paragraph separator becomes a bullet."""
    text = text.replace("\u2028", "\u2022").replace("\u2029", "\u2022")
    return json.dumps(text, ensure_ascii=False)
