"""Reads HCL 1 and JSON, as far as Terraform's CLI configuration has it: no expressions, no heredocs.

Both give the same values: an object is a tuple of items, and a block is a list with an object, as ``[{…}]`` in JSON. What is
wrong is said without a word of the text, because that may be a token.

Source: the README of github.com/hashicorp/hcl at version 1; what Terraform 1.11 and 1.15 take and refuse.
"""

import json
import re
from typing import Any, Final, NamedTuple

Item = tuple[str, Any]  # a name; and a value as a text, a list, or an object, which is a tuple of items

_TOKEN: Final = re.compile(
    r"(?P<blank>\s+|\#[^\n]*|//[^\n]*|/\*.*?\*/)"
    r'|(?P<text>"(?:[^"\\\n]|\\[^\n])*")'
    r"|(?P<value>[+-]?\d[\w.+-]*|(?:true|false)(?![\w.-]))"
    r"|(?P<word>[^\W\d][\w.-]*)"
    r"|(?P<mark>[{}\[\],=])",
    re.DOTALL,
)


class NotUnderstood(Exception):
    """The text is neither, as far as is known here; the text of the exception begins with the line."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}")


class _Token(NamedTuple):
    kind: str
    text: str
    line: int


def is_json(text: str) -> bool:
    """Whether Terraform reads it as JSON, whatever the name of the file."""
    return text.lstrip().startswith("{")


def parse(text: str) -> tuple[Item, ...]:
    """The items at the top, in their order. Raises `NotUnderstood`."""
    try:
        return _json_items(text) if is_json(text) else _Parser(text).items()
    except RecursionError:
        raise NotUnderstood(1, "it is nested too deeply") from None


def _json_items(text: str) -> tuple[Item, ...]:
    try:
        items = json.loads(text, object_pairs_hook=tuple, parse_int=str, parse_float=str)
    except json.JSONDecodeError as error:
        raise NotUnderstood(error.lineno, "the file begins as JSON, and this is none") from None
    # at the top, and nowhere else, an object is a block as well
    return tuple((name, [value] if isinstance(value, tuple) else value) for name, value in items)


class _Parser:
    """Takes the tokens one after the other."""

    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._next = 0

    def items(self) -> tuple[Item, ...]:
        """The items at the top."""
        items = self._items()
        if token := self._peek():
            raise _unexpected(token)
        return items

    def _peek(self) -> _Token | None:
        return self._tokens[self._next] if self._next < len(self._tokens) else None

    def _took(self, mark: str) -> bool:
        token = self._peek()
        taken = token is not None and token.text == mark
        self._next += taken
        return taken

    def _items(self) -> tuple[Item, ...]:
        """Those up to a closing brace, which stays, or to the end."""
        items: list[Item] = []
        while (token := self._peek()) and token.text != "}":
            items.append(self._item(token))
            self._took(",")
        return tuple(items)

    def _item(self, first: _Token) -> Item:
        names = []
        while (token := self._peek()) and _is_name(token):
            names.append(_value_of(token))
            self._next += 1
        if names and token and token.text == "{":
            self._next += 1
            block = [self._object(token)]
            for label in reversed(names[1:]):
                block = [((label, block),)]
            return names[0], block
        if len(names) == 1 and token and token.text == "=":
            self._next += 1
            return names[0], self._value(token)
        if token is None:
            raise NotUnderstood(first.line, "the file ends after this name")
        raise _unexpected(token)

    def _value(self, before: _Token) -> Any:
        token = self._peek()
        if token is None or not (token.text in {"{", "["} or token.kind in {"text", "value"}):
            raise NotUnderstood(before.line, f"no value that is known here follows the {before.text}")
        self._next += 1
        match token.text:
            case "{":
                return self._object(token)
            case "[":
                return self._list(token)
            case _:
                return _value_of(token)

    def _object(self, opening: _Token) -> tuple[Item, ...]:
        items = self._items()
        if not self._took("}"):
            raise NotUnderstood(opening.line, "the { of this line is not closed by a }")
        return items

    def _list(self, opening: _Token) -> list[Any]:
        values: list[Any] = []
        while not self._took("]"):
            if self._peek() is None:
                raise NotUnderstood(opening.line, "the [ of this line is not closed by a ]")
            values.append(self._value(opening))
            if not self._took(",") and (token := self._peek()) and token.text != "]":
                raise _unexpected(token)
        return values


def _tokens(text: str) -> list[_Token]:
    tokens, position, line = [], 0, 1
    while position < len(text):
        match = _TOKEN.match(text, position)
        if not match:
            if text[position] == '"':
                raise NotUnderstood(line, "a text is not closed on its line")
            raise NotUnderstood(line, f"the character {text[position]} is not expected here")
        position = match.end()
        if (kind := str(match.lastgroup)) != "blank":
            tokens.append(_Token(kind, match[0], line))
        line += match[0].count("\n")
    return tokens


def _is_name(token: _Token) -> bool:
    return token.kind in {"text", "word"}


def _value_of(token: _Token) -> str:
    if token.kind != "text":
        return token.text
    if "${" in token.text:
        raise NotUnderstood(token.line, "a text has a ${")
    try:
        return str(json.loads(token.text, strict=False))
    except ValueError:
        raise NotUnderstood(token.line, "a text has an escape that is not known") from None


def _unexpected(token: _Token) -> NotUnderstood:
    what = f"the {token.text}" if token.kind == "mark" else f"a {token.kind}"
    return NotUnderstood(token.line, f"{what} is not expected here")
