"""Reads HCL 1 and JSON, as far as Terraform's CLI configuration has it: no expressions, no heredocs.

Source: the README of github.com/hashicorp/hcl at version 1.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

Item = tuple[str, Any]  # a name, and a text, a list of values, or a list of items

_TOKEN: Final = re.compile(
    r"""(?P<blank>\s+|\#[^\n]*|//[^\n]*|/\*.*?\*/)|(?P<text>"(?:[^"\\]|\\.)*")|(?P<word>[\w.+-]+)|(?P<mark>[{}\[\],=:])""",
    re.DOTALL,
)


class NotUnderstood(Exception):
    """The text is neither, as far as is known here."""


def parse(text: str) -> list[Item]:
    """The items at the top, in their order. Raises `NotUnderstood`."""
    try:
        return _parsed(text)
    except RecursionError:
        raise NotUnderstood("it is nested too deeply") from None


def _parsed(text: str) -> list[Item]:
    tokens = _tokens(text)
    if tokens[:1] == ["{"]:
        value, rest = _value(tokens)
        if rest:
            raise NotUnderstood("something follows the object")
        return list(items_of(value))
    items, rest = _body(tokens)
    if rest:
        raise NotUnderstood(f"there is a {rest[0]} too many")
    return items


def items_of(value: Any) -> Iterator[Item]:
    """The items of a block; JSON may have a list of blocks."""
    for each in value if isinstance(value, list) else ():
        if isinstance(each, tuple):
            yield each
        else:
            yield from items_of(each)


def _tokens(text: str) -> list[str]:
    tokens, position = [], 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if not match:
            raise NotUnderstood(f"it is not clear what {text[position : position + 20]!r} means")
        position = match.end()
        if match.lastgroup != "blank":
            tokens.append(match[0])
    return tokens


def _body(tokens: list[str]) -> tuple[list[Item], list[str]]:
    """The items up to a closing brace, which stays, or to the end."""
    items: list[Item] = []
    while tokens and tokens[0] != "}":
        name, *tokens = tokens
        while tokens and tokens[0].startswith('"'):  # a label
            _, *tokens = tokens
        if tokens and tokens[0] in {"=", ":"}:
            _, *tokens = tokens
        value, tokens = _value(tokens)
        items.append((_text(name), value))
        if tokens and tokens[0] == ",":
            _, *tokens = tokens
    return items, tokens


def _value(tokens: list[str]) -> tuple[Any, list[str]]:
    if not tokens:
        raise NotUnderstood("it ends too soon")
    first, *rest = tokens
    if first == "{":
        items, rest = _body(rest)
        return items, _after("}", rest)
    if first == "[":
        values = []
        while rest and rest[0] != "]":
            value, rest = _value(rest)
            values.append(value)
            if rest and rest[0] == ",":
                _, *rest = rest
        return values, _after("]", rest)
    return _text(first), rest


def _after(mark: str, tokens: list[str]) -> list[str]:
    if tokens[:1] != [mark]:
        raise NotUnderstood(f"a {mark} is missing")
    return tokens[1:]


def _text(token: str) -> str:
    if not token.startswith('"'):
        return token
    try:
        return str(json.loads(token, strict=False))
    except ValueError:
        raise NotUnderstood(f"it is not clear what {token} means") from None
