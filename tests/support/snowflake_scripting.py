"""A procedure in Snowflake Scripting, read into a tree, as far as ours go.

SQL is read by sqlglot. Scripting, which that does not know, is read here, by the pages of Snowflake's documentation
that ``tests/acceptance/snowflake_sql/README.md`` lists. What is not of a form below is not understood: nothing is
skipped. The double of Snowflake executes the tree (`tests.support.snowflake_double.procedures`).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import chain
from typing import Final, TypeAlias

import sqlglot
from sqlglot import Token, TokenType, exp

DIALECT: Final = "snowflake"
TYPES: Final = ("INTEGER", "VARCHAR")
"""Those that a variable may have."""
_KINDS: Final = (
    exp.Create,
    exp.Drop,
    exp.Insert,
    exp.Update,
    exp.Delete,
    exp.Select,
    exp.Transaction,
    exp.Commit,
    exp.Rollback,
)
"""The statements of SQL that a procedure may have."""
_OWN_EXCEPTIONS: Final = range(-20_999, -19_999)


class NotUnderstood(ValueError):
    """The text has a form that is not read here."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something begins, as Snowflake counts: lines from 1, positions from 0."""

    line: int
    position: int


@dataclass(frozen=True)
class Statement:
    """A statement of SQL, without its INTO, which is none of SQL's."""

    place: Place
    text: str
    into: tuple[str, ...] = ()
    """The variables that take the columns of its row."""

    @cached_property
    def expression(self) -> exp.Expr:
        """The statement as sqlglot reads it."""
        found = sqlglot.parse_one(self.text, read=DIALECT)
        if not isinstance(found, _KINDS):
            raise NotUnderstood(f"no statement of a procedure of ours: {self.text[:50]}")
        return found


@dataclass(frozen=True, slots=True)
class Assignment:
    """``variable := expression``."""

    place: Place
    variable: str
    value: exp.Expr


@dataclass(frozen=True, slots=True)
class Raise:
    """``RAISE exception``, or without one in a handler ``RAISE``."""

    place: Place
    exception: str | None


@dataclass(frozen=True, slots=True)
class Return:
    """``RETURN expression``."""

    place: Place
    value: exp.Expr


@dataclass(frozen=True, slots=True)
class Branch:
    """``IF (condition) THEN … ELSEIF (condition) THEN … END IF``: conditions, and what each is for."""

    place: Place
    cases: tuple[tuple[exp.Expr, "Steps"], ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """``REPEAT … UNTIL (condition) END REPEAT``."""

    place: Place
    body: "Steps"
    until: exp.Expr


@dataclass(frozen=True, slots=True)
class DeclaredException:
    """``name EXCEPTION (number, 'message')``."""

    number: int
    message: str


@dataclass(frozen=True, slots=True)
class Block:
    """``DECLARE … BEGIN … EXCEPTION WHEN OTHER THEN … END``."""

    place: Place
    variables: Mapping[str, str]
    """Name to type."""
    exceptions: Mapping[str, DeclaredException]
    body: "Steps"
    handler: "Steps | None"


Step: TypeAlias = Statement | Assignment | Raise | Return | Branch | Repeat | Block
Steps: TypeAlias = tuple[Step, ...]


def body(statement: str) -> str:
    """The text of the procedure that a CREATE PROCEDURE makes."""
    create = sqlglot.parse_one(statement, read=DIALECT)
    assert isinstance(create, exp.Create)
    assert create.kind == "PROCEDURE"
    text = create.expression
    assert isinstance(text, exp.Literal)
    return str(text.this)


def statements(step: Step) -> Iterator[Statement]:
    """The statements of SQL in it, in the order of the text."""
    inner: Steps = ()
    match step:
        case Statement():
            yield step
        case Branch():
            inner = tuple(chain.from_iterable(steps for _, steps in step.cases))
        case Repeat():
            inner = step.body
        case Block():
            inner = step.body + (step.handler or ())
    for each in inner:
        yield from statements(each)


@lru_cache(maxsize=32)
def parse(text: str) -> Block:
    """The block that a procedure's text is. Raises `NotUnderstood`."""
    return _Reader(text).procedure()


class _Reader:
    """Reads forward, token by token."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens: Sequence[Token] = sqlglot.tokenize(text, read=DIALECT)
        self._next = 0

    def procedure(self) -> Block:
        block = self._block()
        if self._next < len(self._tokens):
            self._expect(";")
        if self._next < len(self._tokens):
            raise self._not_understood("the end")
        return block

    def _block(self) -> Block:
        place = self._place()
        variables: dict[str, str] = {}
        exceptions: dict[str, DeclaredException] = {}
        if self._take("DECLARE"):
            while not self._at("BEGIN"):
                name = self._name()
                if self._take("EXCEPTION"):
                    exceptions[name] = self._declared_exception()
                else:
                    variables[name] = self._one_of(TYPES)
                self._expect(";")
        self._expect("BEGIN")
        steps = self._steps("EXCEPTION", "END")
        handler = None
        if self._take("EXCEPTION"):
            self._expect("WHEN", "OTHER", "THEN")
            handler = self._steps("END")
        self._expect("END")
        return Block(place, variables, exceptions, steps, handler)

    def _declared_exception(self) -> DeclaredException:
        self._expect("(", "-")
        number = -int(self._token(TokenType.NUMBER).text)
        self._expect(",")
        message = self._token(TokenType.STRING).text
        self._expect(")")
        if number not in _OWN_EXCEPTIONS or '"' in message:
            raise NotUnderstood(f"no number or message of an exception: {number}, {message}")
        return DeclaredException(number, message)

    def _steps(self, *ends: str) -> Steps:
        """One or more, up to one of these words."""
        found = [self._step()]
        while not any(self._at(end) for end in ends):
            found.append(self._step())
        return tuple(found)

    def _step(self) -> Step:
        place = self._place()
        reads: Mapping[str, Callable[[Place], Step]] = {
            "IF": self._branch,
            "REPEAT": self._repeat,
            "RAISE": self._raise,
            "RETURN": self._return,
        }
        for word, read in reads.items():
            if self._take(word):
                step = read(place)
                break
        else:
            if self._at("DECLARE") or (self._at("BEGIN") and not self._at("TRANSACTION", ahead=1)):
                step = self._block()
            elif self._at(":=", ahead=1):
                step = self._assignment(place)
            else:
                step = self._statement(place)
        self._expect(";")
        return step

    def _branch(self, place: Place) -> Branch:
        cases = []
        while True:
            condition = self._condition()
            self._expect("THEN")
            cases.append((condition, self._steps("ELSEIF", "END")))
            if not self._take("ELSEIF"):
                break
        self._expect("END", "IF")
        return Branch(place, tuple(cases))

    def _repeat(self, place: Place) -> Repeat:
        steps = self._steps("UNTIL")
        self._expect("UNTIL")
        until = self._condition()
        self._expect("END", "REPEAT")
        return Repeat(place, steps, until)

    def _raise(self, place: Place) -> Raise:
        return Raise(place, None if self._at(";") else self._name())

    def _return(self, place: Place) -> Return:
        return Return(place, self._expression(self._rest()))

    def _assignment(self, place: Place) -> Assignment:
        variable = self._name()
        self._expect(":=")
        return Assignment(place, variable, self._expression(self._rest()))

    def _statement(self, place: Place) -> Statement:
        """A statement up to its semicolon; variables are in its INTO only."""
        before = self._rest("INTO") if self._at("SELECT") else self._rest()
        into: list[str] = []
        if self._at("INTO"):
            while self._take("INTO" if not into else ","):
                self._expect(":")
                into.append(self._name())
        after = self._rest() if into else ()
        tokens = [*before, *after]
        if not tokens or any(token.token_type is TokenType.COLON for token in tokens):
            raise NotUnderstood(f"no statement of a procedure of ours: {self._slice(tokens)[:50]}")
        return Statement(place, " ".join(filter(None, map(self._slice, (before, after)))), tuple(into))

    def _condition(self) -> exp.Expr:
        self._expect("(")
        tokens = self._rest(")")
        self._expect(")")
        return self._expression(tokens)

    def _expression(self, tokens: Sequence[Token]) -> exp.Expr:
        if not tokens:
            raise self._not_understood("an expression")
        return sqlglot.parse_one(self._slice(tokens), read=DIALECT)

    def _rest(self, end: str = ";") -> Sequence[Token]:
        """What stands before the next such token, or before the semicolon."""
        start = self._next
        while not (self._at(end) or self._at(";")):
            self._next += 1
            if self._next >= len(self._tokens):
                raise self._not_understood(end)
        return self._tokens[start : self._next]

    def _slice(self, tokens: Sequence[Token]) -> str:
        """The text of tokens that stand beside each other, without the comments around them."""
        return self._text[tokens[0].start : tokens[-1].end + 1] if tokens else ""

    def _at(self, text: str, ahead: int = 0) -> bool:
        """Whether this word or sign comes next; what is in quotes is neither."""
        place = self._next + ahead
        if place >= len(self._tokens):
            return False
        token = self._tokens[place]
        quoted = token.token_type in {TokenType.STRING, TokenType.IDENTIFIER}
        return not quoted and token.text.upper() == text

    def _take(self, text: str) -> bool:
        taken = self._at(text)
        self._next += taken
        return taken

    def _expect(self, *texts: str) -> None:
        for text in texts:
            if not self._take(text):
                raise self._not_understood(text)

    def _token(self, kind: TokenType) -> Token:
        if self._next >= len(self._tokens) or self._tokens[self._next].token_type is not kind:
            raise self._not_understood(kind.name)
        self._next += 1
        return self._tokens[self._next - 1]

    def _one_of(self, words: Sequence[str]) -> str:
        for word in words:
            if self._take(word):
                return word
        raise self._not_understood(" or ".join(words))

    def _name(self) -> str:
        """A name without quotes, which Snowflake has in upper case."""
        if self._next >= len(self._tokens) or not self._tokens[self._next].text.isidentifier():
            raise self._not_understood("a name")
        self._next += 1
        return self._tokens[self._next - 1].text.upper()

    def _place(self) -> Place:
        start = self._tokens[self._next].start if self._next < len(self._tokens) else len(self._text)
        before = self._text[:start]
        return Place(before.count("\n") + 1, len(before) - before.rfind("\n") - 1)

    def _not_understood(self, wanted: str) -> NotUnderstood:
        place = self._place()
        return NotUnderstood(f"line {place.line}, position {place.position}: {wanted} was expected")
