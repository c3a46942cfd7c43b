"""JSON read without rounding, and where in its text each value stands.

The standard library reads JSON and tells where its syntax breaks, but not where a value stands. So that is looked for
in a text that was read before, once it is needed.
"""

import json
import re
from bisect import bisect_left
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NamedTuple

from krenalis_provider.model.wording import shown

MAX_DEPTH: Final = 400
"""Levels of arrays and objects: more than a profile schema has, fewer than the standard library can read."""
_MOST_DIGITS: Final = 4000
"""Of an int: Python refuses longer ones."""

_STRING: Final = r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)'
_TOKEN: Final = re.compile(rf"""(?P<string>{_STRING})|[\[\]{{}},:]|[^\s\[\]{{}},:"]+""", re.DOTALL)
_HALF: Final = re.compile(r"\\u[dD][89a-fA-F]")

Steps = tuple[str | int, ...]
"""The way to a value: names of members, and indexes of items."""


class Position(NamedTuple):
    """A place in a text. The first line is 1, the first column of a line too; a column is one Unicode character."""

    line: int
    column: int


class Span(NamedTuple):
    """Where something in a text begins, and the position after its end."""

    start: Position
    end: Position


class Mistake(NamedTuple):
    """What makes a text no JSON, or JSON that different readers read differently."""

    message: str
    span: Span
    steps: Steps = ()


class _Member(NamedTuple):
    """A value in an array or object, as offsets in the text: one in an object begins with its name."""

    steps: Steps
    start: int
    end: int


class _UnusableError(Exception):
    """A token that the standard library reads, and that is no JSON, or too much for it."""

    def __init__(self, token: str, message: str) -> None:
        super().__init__(token)
        self.token = token
        self.message = message


class JsonText:
    """A text, and what it says."""

    def __init__(self, text: str) -> None:
        """Read the text. If it `is_json` there is a `document`, which may have `mistakes` too."""
        self._text = text
        self._line_ends = [found.start() for found in re.finditer("\n", text)]
        self._members: dict[Steps, _Member] = {}
        self._has_twins = False
        self.is_json = False
        self.document: Any = None
        """Plain data; whole numbers are int, or Decimal where they are very long, and all others Decimal."""
        self.mistakes = tuple(self._read())

    def span(self, steps: Steps) -> Span:
        """Where a value stands; where there is none, that of the nearest value around it."""
        if not self._members:
            self._members = {member.steps: member for member in _members(self._text)}
        around = (steps[:length] for length in range(len(steps), -1, -1))
        found = next(self._members[each] for each in around if each in self._members)
        return self._span(found.start, found.end)

    def _read(self) -> Iterator[Mistake]:
        if (deep := _too_deep(self._text)) is not None:
            yield Mistake("is nested too deeply for a profile schema.", self._span(deep, deep + 1))
            return
        try:
            document = json.loads(
                self._text,
                parse_float=_decimal,
                parse_int=_integer,
                parse_constant=_constant,
                object_pairs_hook=self._object,
            )
        except json.JSONDecodeError as error:
            end = min(error.pos + 1, len(self._text))
            yield Mistake(f"is no JSON: {_wrong(self._text, error)}.", self._span(error.pos, end))
        except _UnusableError as unusable:
            token = next(each for each in _TOKEN.finditer(self._text) if each[0].startswith(unusable.token))
            yield Mistake(unusable.message, self._span(*token.span()))
        else:
            self.document, self.is_json = document, True
            yield from self._twins()
            yield from self._halves()

    def _object(self, members: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(members)
        self._has_twins = self._has_twins or len(made) < len(members)
        return made

    def _twins(self) -> Iterator[Mistake]:
        """Keys that an object has twice: some readers take the first, others the last."""
        seen: set[Steps] = set()
        for steps, start, end in _members(self._text) if self._has_twins else ():
            if steps in seen and isinstance(steps[-1], str):
                yield Mistake("is given twice in one object: remove one.", self._span(start, end), steps)
            seen.add(steps)

    def _halves(self) -> Iterator[Mistake]:
        """Strings that are no text: an escape may be half of a character."""
        for token in _TOKEN.finditer(self._text) if _HALF.search(self._text) else ():
            if token["string"] and not json.loads(token[0]).isascii() and not _is_text(json.loads(token[0])):
                message = f"{shown(token[0][1:-1])} has half of a surrogate pair, which is no character."
                yield Mistake(message, self._span(*token.span()))

    def _span(self, start: int, end: int) -> Span:
        return Span(self._position(start), self._position(end))

    def _position(self, offset: int) -> Position:
        line = bisect_left(self._line_ends, offset)
        return Position(line + 1, offset - (self._line_ends[line - 1] if line else -1))


class _Open:
    """An array or object of which the end was not seen yet."""

    __slots__ = ("is_object", "name", "number", "start", "steps", "value_start")

    def __init__(self, steps: Steps, start: int, *, is_object: bool) -> None:
        self.steps = steps
        self.start = start
        self.is_object = is_object
        self.number = 0
        self.name: str | None = None
        self.value_start = 0


def _members(text: str) -> Iterator[_Member]:
    """Every value of a valid text, the whole last, and each after what is in it."""
    around: list[_Open] = []
    for token in _TOKEN.finditer(text):
        word, start = token[0], token.start()
        into = around[-1] if around else None
        if word in ("]", "}"):
            done = around.pop()
            yield _Member(done.steps, done.start, token.end())
        elif word == ",":
            around[-1].number += 1
            around[-1].name = None
        elif into and into.is_object and into.name is None:
            into.name, into.value_start = json.loads(word), start
        elif word != ":":
            steps: Steps = ()
            if into:
                steps = (*into.steps, into.number if into.name is None else into.name)
                start = into.value_start if into.is_object else start
            if word in ("[", "{"):
                around.append(_Open(steps, start, is_object=word == "{"))
            else:
                yield _Member(steps, start, token.end())


def _too_deep(text: str) -> int | None:
    """Where a text is nested deeper than it may be."""
    depth = 0
    for token in _TOKEN.finditer(text):
        if token[0] in ("[", "{"):
            depth += 1
            if depth > MAX_DEPTH:
                return token.start()
        elif token[0] in ("]", "}"):
            depth -= 1
    return None


def _wrong(text: str, error: json.JSONDecodeError) -> str:
    """What breaks the syntax, a clause."""
    rest = text[error.pos :]
    if not text.strip():
        return "it is empty"
    if rest.startswith(("//", "/*", "#")):
        return "it has no comments"
    if rest.startswith("'"):
        return "a string stands in double quotes"
    before = text[: error.pos].rstrip()
    if re.match(r",?\s*[\]}]", rest) and (rest[0] == "," or before.endswith(",")):
        return "there is a comma, and nothing after it"
    return error.msg[:1].lower() + error.msg[1:]


def _decimal(token: str) -> Decimal:
    try:
        return Decimal(token)
    except InvalidOperation:
        raise _UnusableError(token, f"the exponent of {shown(token)} is too large.") from None


def _integer(token: str) -> int | Decimal:
    return int(token) if len(token) <= _MOST_DIGITS else Decimal(token)


def _constant(token: str) -> None:
    raise _UnusableError(token, f"is no JSON: it has no number {token}.")


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
