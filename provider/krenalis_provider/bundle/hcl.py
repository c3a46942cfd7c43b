"""Reads HCL 1 and JSON, as far as Terraform's CLI configuration has it: no expressions, no heredocs.

Source: the README of github.com/hashicorp/hcl at version 1.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

Item = tuple[str, Any]  # a name, and a text, a list of values, or a list of items

_TOKEN: Final = re.compile(
    r"""(?P<blank>\s+|\#[^\n]*|//[^\n]*|/\*.*?\*/)|(?P<text>"(?:[^"\\]|\\.)*")|(?P<word>[\w.+-]+)|(?P<mark>[{}\[\],=:])""",
    re.DOTALL,
)


class NotUnderstood(Exception):
    """The text is neither, as far as is known here; the text of the exception begins with the line."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}")


class _Token(NamedTuple):
    text: str
    line: int


def parse(text: str) -> list[Item]:
    """The items at the top, in their order. Raises `NotUnderstood`."""
    try:
        return _Parser(text).items()
    except RecursionError:
        raise NotUnderstood(1, "it is nested too deeply") from None


def items_of(value: Any) -> Iterator[Item]:
    """The items of a block; JSON may have a list of blocks."""
    for each in value if isinstance(value, list) else ():
        if isinstance(each, tuple):
            yield each
        else:
            yield from items_of(each)


class _Parser:
    """Takes the tokens one after the other."""

    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._last_line = text.count("\n", 0, len(text.rstrip())) + 1
        self._next = 0

    def items(self) -> list[Item]:
        """The items at the top."""
        items = list(items_of(self._value())) if self._sees("{") else self._body()
        if token := self._peek():
            raise NotUnderstood(token.line, f"{token.text} is not expected here")
        return items

    def _peek(self) -> _Token | None:
        return self._tokens[self._next] if self._next < len(self._tokens) else None

    def _sees(self, *marks: str) -> bool:
        token = self._peek()
        return token is not None and token.text in marks

    def _skip(self, *marks: str) -> None:
        if self._sees(*marks):
            self._next += 1

    def _take(self) -> _Token:
        if token := self._peek():
            self._next += 1
            return token
        raise NotUnderstood(self._last_line, "the file ends too soon")

    def _close(self, mark: str, opening: _Token) -> None:
        if not self._sees(mark):
            raise NotUnderstood(opening.line, f"the {opening.text} of this line is not closed by a {mark}")
        self._next += 1

    def _body(self) -> list[Item]:
        """The items up to a closing brace, which stays, or to the end."""
        items: list[Item] = []
        while self._peek() and not self._sees("}"):
            name = _text(self._take())
            while (token := self._peek()) and token.text.startswith('"'):
                self._next += 1  # a label
            self._skip("=", ":")
            items.append((name, self._value()))
            self._skip(",")
        return items

    def _value(self) -> Any:
        first = self._take()
        if first.text == "{":
            items = self._body()
            self._close("}", first)
            return items
        if first.text == "[":
            values = []
            while self._peek() and not self._sees("]"):
                values.append(self._value())
                self._skip(",")
            self._close("]", first)
            return values
        return _text(first)


def _tokens(text: str) -> list[_Token]:
    tokens, position, line = [], 0, 1
    while position < len(text):
        match = _TOKEN.match(text, position)
        if not match:
            shown = text[position : position + 20].partition("\n")[0]
            raise NotUnderstood(line, f"it is not clear what {shown!r} means")
        position = match.end()
        if match.lastgroup != "blank":
            tokens.append(_Token(match[0], line))
        line += match[0].count("\n")
    return tokens


def _text(token: _Token) -> str:
    if not token.text.startswith('"'):
        return token.text
    try:
        return str(json.loads(token.text, strict=False))
    except ValueError:
        raise NotUnderstood(token.line, f"it is not clear what {token.text} means") from None
