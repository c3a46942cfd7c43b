"""JSON as the server reads it: case-sensitive members, no duplicates, numbers as they are written, texts in NFC.

Values are str, bool, None, list, dict and `Number`. Messages name the verb that a process chooses at random when it starts
(``cannot`` or ``unable to``): readers match the rest.
"""

import json
import random
import re
from collections.abc import Callable, Mapping
from typing import Any
from unicodedata import normalize

from tests.support.krenalis_server.answers import Refusal, bad_request

VERB = random.choice(["cannot", "unable to"])


class Number(str):
    """A number as it is written."""

    __slots__ = ()


_SURROGATE = re.compile("[\ud800-\udfff]")


class WrongJSON(Exception):
    """A value is of another type than the place is for; the text is the server's without what it says first."""


def read(body: bytes) -> Any:
    """The value of a body. Raises `Refusal` as the server does.

    The words for errors of syntax are simpler than the server's, as is what it calls the structs of whole bodies, with all of
    their fields: nobody looks into a 400 of ours for them, because we send neither.
    """
    try:
        text = normalize("NFC", body.decode())
    except UnicodeDecodeError:
        raise bad_request("invalid UTF-8") from None
    start = len(text) - len(text.lstrip(" \t\r\n"))
    try:
        value, end = _DECODER.raw_decode(text, start)
    except json.JSONDecodeError as error:
        if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated"):
            raise bad_request("unexpected EOF") from None
        raise bad_request(f"invalid character '{text[error.pos]}' in the body") from None
    if _SURROGATE.search(json.dumps(value, ensure_ascii=False)):
        raise bad_request("invalid surrogate pair in string")
    rest = text[end:].lstrip(" \t\r\n")
    if rest:
        raise bad_request(f"invalid character '{rest[0]}' after top-level value")
    return value


def kind_of(value: object) -> str:
    """How the server calls the JSON type of a value."""
    match value:
        case Number():
            return "number"
        case str():
            return "string"
        case bool():
            return "boolean"
        case None:
            return "null"
        case list():
            return "array"
    return "object"


def go_type(value: object) -> str:
    """The Go type that the server reads a value into where it expects none."""
    names = {
        "number": "float64",
        "boolean": "bool",
        "array": "[]interface {}",
        "object": "map[string]interface {}",
    }
    return names.get(kind_of(value), kind_of(value))


def quoted(text: str) -> str:
    """A text in quotes, as Go prints it: with escapes for what is not printed."""
    escapes = {
        '"': '\\"',
        "\\": "\\\\",
        "\a": "\\a",
        "\b": "\\b",
        "\f": "\\f",
        "\n": "\\n",
        "\r": "\\r",
        "\t": "\\t",
        "\v": "\\v",
    }

    def escaped(character: str) -> str:
        code = ord(character)
        if character in escapes or character.isprintable():
            return escapes.get(character, character)
        return f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}"

    return f'"{"".join(map(escaped, text))}"'


def wrong(value: object, go_type: str, pointer: str = "", tail: str = "") -> str:
    """The server's message about a value that a Go type does not take."""
    within = f' within "{pointer}"' if pointer else ""
    return f"json: {VERB} unmarshal JSON {kind_of(value)} into Go {go_type}{within}{tail and ': ' + tail}"


Reader = Callable[[Any, str], Any]
"""Reads a value at a JSON pointer. Raises `WrongJSON` with the server's message."""


def members(
    value: Any, readers: Mapping[str, Reader], pointer: str = "", go_type: str = "struct"
) -> dict[str, Any]:
    """Read the known members of an object, in the order of the body; others are ignored, null is none."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise WrongJSON(wrong(value, go_type, pointer))
    return {
        name: readers[name](member, f"{pointer}/{name}") for name, member in value.items() if name in readers
    }


def body_members(body: bytes, readers: Mapping[str, Reader]) -> dict[str, Any]:
    """The known members of a body. Raises `Refusal`."""
    value = read(body)
    try:
        return members(value, readers)
    except WrongJSON as error:
        raise bad_request(str(error)) from None


def text(value: Any, pointer: str) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or isinstance(value, Number):
        raise WrongJSON(wrong(value, "string", pointer))
    return str(value)


def flag(value: Any, pointer: str) -> bool:
    if value is None:
        return False
    if not isinstance(value, bool):
        raise WrongJSON(wrong(value, "bool", pointer))
    return value


def integer(value: Any, pointer: str) -> int:
    if value is None:
        return 0
    if not isinstance(value, Number):
        raise WrongJSON(wrong(value, "int", pointer))
    is_whole = value.lstrip("-").isdigit()
    if not is_whole or abs(int(value)) >= 2**63:
        number = f"json: {VERB} unmarshal JSON number {value} into Go int"
        raise WrongJSON(
            f'{number} within "{pointer}": {"value out of range" if is_whole else "invalid syntax"}'
        )
    return int(value)


def texts(value: Any, pointer: str) -> list[str]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise WrongJSON(wrong(value, "[]string", pointer))
    return [text(item, f"{pointer}/{index}") for index, item in enumerate(value)]


def as_is(value: Any, pointer: str) -> Any:
    return value


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise bad_request("duplicate object member name")
    return found


def _no_constant(word: str) -> Refusal:
    raise bad_request(f"invalid character '{word[0]}' looking for beginning of value")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_pairs, parse_int=Number, parse_float=Number, parse_constant=_no_constant, strict=True
)
