"""A procedure in Snowflake Scripting, read as far as ours go: its SQL statements one by one, and which are repeated.

SQL is read by sqlglot. Scripting, which that does not know, is read here, by the pages of Snowflake's documentation
that ``tests/acceptance/snowflake_sql/README.md`` lists; what is not of a form below is an AssertionError.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import sqlglot
from sqlglot import TokenType, exp

DIALECT = "snowflake"
_OPENING = re.compile(
    r"(?:DECLARE|BEGIN(?! TRANSACTION)|REPEAT|(?:ELSE)?IF \([^()]*\) THEN|EXCEPTION\s+WHEN OTHER THEN)\s+"
)
_SCRIPTING = re.compile(
    r"\w+ EXCEPTION \(-20\d{3}, '[^'\x22]*'\)|\w+ (?:VARCHAR|INTEGER)|RAISE(?: \w+)?|\w+ := \w+(?: \+ \w+)?"
    r"|END(?: IF)?|UNTIL \(\w+ = 0\) END REPEAT|RETURN \w+"
)
_INTO = re.compile(r" INTO (?::\w+(?:, )?)+")


@dataclass(frozen=True, slots=True)
class Step:
    """An SQL statement of a procedure."""

    text: str
    repeated: bool
    """Whether it is in a loop."""

    @property
    def expression(self) -> exp.Expr:
        """The statement as sqlglot reads it, which does not know the INTO of Scripting."""
        found = sqlglot.parse_one(_INTO.sub("", self.text), read=DIALECT)
        assert not isinstance(found, exp.Command), f"sqlglot cannot read {self.text}"
        return found


def body(statement: str) -> str:
    """The text of the procedure that a CREATE PROCEDURE makes."""
    create = sqlglot.parse_one(statement, read=DIALECT)
    assert isinstance(create, exp.Create)
    assert create.kind == "PROCEDURE"
    text = create.expression
    assert isinstance(text, exp.Literal)
    return str(text.this)


def steps(body: str) -> list[Step]:
    """The SQL statements of a procedure, in the order of the text."""
    found, repeated = [], False
    for fragment in _fragments(body):
        while opening := _OPENING.match(fragment):
            repeated = repeated or opening[0].startswith("REPEAT")
            fragment = fragment[opening.end() :]  # noqa: PLW2901 - the rest of it
        if not _SCRIPTING.fullmatch(fragment):
            found.append(Step(fragment, repeated))
        elif fragment.startswith("UNTIL"):
            repeated = False
    assert not repeated
    return found


def _fragments(body: str) -> Iterator[str]:
    """What stands between semicolons, without the comments around it."""
    start = end = None
    for token in sqlglot.tokenize(body, read=DIALECT):
        if token.token_type is TokenType.SEMICOLON:
            yield body[start:end]
            start = None
        else:
            start = token.start if start is None else start
            end = token.end + 1
    assert start is not None
    yield body[start:end]
