"""Executes a procedure in Snowflake Scripting: what `snowflake_scripting` reads, and nothing else.

As Snowflake's documentation has it (the pages are listed in ``tests/acceptance/snowflake_sql/README.md``):

- SQLROWCOUNT is the count of the last statement if that was DML, else NULL; a comparison with NULL is NULL, and no
  condition holds that is NULL.
- An error is an exception: the handler of its block takes it, or that of a block around, or the caller gets it with
  the name of the exception, its place, its number and its message.
- A transaction that begins in a procedure ends in it: what is still open is rolled back, and is an error. Nothing in a
  procedure ends a transaction of its caller, as definitions would.

Stricter than that: a variable has to be declared, and a value to be of its type; an INTO has to be of one row; a loop
ends after a while. A transaction within one of the caller's is not emulated, and rights of the owner are not looked at.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, Protocol, TypeAlias

from snowflake.connector.errors import ProgrammingError
from sqlglot import exp

from tests.support.snowflake_double.errors import Cancelled, transaction_error
from tests.support.snowflake_scripting import (
    Assignment,
    Block,
    Branch,
    DeclaredException,
    NotUnderstood,
    Place,
    Raise,
    Repeat,
    Return,
    Statement,
    Step,
    Steps,
    parse,
)

Value: TypeAlias = int | str | None
_LONGEST_LOOP: Final = 1_000
_TYPES: Final = {"INTEGER": int, "VARCHAR": str}
_DML: Final = (exp.Insert, exp.Update, exp.Delete)
_ENDS_TRANSACTIONS: Final = (exp.Create, exp.Drop, exp.Commit, exp.Rollback)


class Session(Protocol):
    """The session that a procedure is called in."""

    @property
    def in_transaction(self) -> bool: ...

    def run(self, sql: str) -> Any:
        """Execute a statement, and return its cursor."""

    def rollback(self) -> None:
        """End the transaction that is open."""


class _Raised(Exception):
    """An exception of Scripting on its way."""

    def __init__(self, name: str, place: Place, number: int, state: str | None, message: str) -> None:
        super().__init__(message)
        self.error = ProgrammingError(
            msg=f"Uncaught exception of type '{name}' on line {place.line} at position {place.position} : {message}",
            errno=number,
            sqlstate=state,
        )


class _Returned(Exception):
    """The procedure is at its end."""

    def __init__(self, value: Value) -> None:
        super().__init__(value)
        self.value = value


def call(text: str, session: Session) -> Value:
    """What the procedure of this text returns. Raises `ProgrammingError`."""
    block = parse(text)
    within = session.in_transaction
    try:
        _Run(session, within=within).block(block)
        value = None
    except _Returned as returned:
        value = returned.value
    except _Raised as raised:
        raise raised.error from raised
    finally:
        incomplete = session.in_transaction and not within
        if incomplete:
            session.rollback()
    if incomplete:
        raise transaction_error(
            "Stored procedure execution error: Scoped transaction started in stored procedure is incomplete and it was rolled back."
        )
    return value


class _Run:
    """One execution."""

    def __init__(self, session: Session, *, within: bool) -> None:
        self._session = session
        self._within = within
        """Whether it is within a transaction of the caller."""
        self._types: dict[str, str] = {}
        self._values: dict[str, Value] = {}
        self._exceptions: dict[str, DeclaredException] = {}
        self._count: int | None = None
        self._handled: list[_Raised] = []

    def block(self, block: Block) -> None:
        if block.variables.keys() & self._types.keys() or block.exceptions.keys() & self._exceptions.keys():
            raise NotUnderstood("one name is declared twice")
        self._types.update(block.variables)
        self._values.update(dict.fromkeys(block.variables))
        self._exceptions.update(block.exceptions)
        try:
            self._steps(block.body)
        except _Raised as raised:
            if block.handler is None:
                raise
            self._handled.append(raised)
            try:
                self._steps(block.handler)
            finally:
                self._handled.pop()

    def _steps(self, steps: Steps) -> None:
        for step in steps:
            self._step(step)

    def _step(self, step: Step) -> None:
        match step:
            case Statement():
                self._statement(step)
            case Assignment():
                self._assign(step.variable, self._value(step.value))
            case Block():
                self.block(step)
            case Branch():
                self._steps(next((steps for case, steps in step.cases if self._value(case) is True), ()))
            case Repeat():
                self._repeat(step)
            case Raise():
                self._raise(step)
            case Return():
                raise _Returned(self._value(step.value))

    def _repeat(self, loop: Repeat) -> None:
        for _ in range(_LONGEST_LOOP):
            self._steps(loop.body)
            if self._value(loop.until) is True:
                return
        raise NotUnderstood(f"a loop that does not end in {_LONGEST_LOOP} rounds")

    def _raise(self, step: Raise) -> None:
        if step.exception is None:
            if not self._handled:
                raise NotUnderstood("RAISE alone, and no handler around it")
            raise self._handled[-1]
        if step.exception not in self._exceptions:
            raise NotUnderstood(f"no exception {step.exception} is declared")
        declared = self._exceptions[step.exception]
        raise _Raised(step.exception, step.place, declared.number, "P0001", declared.message)

    def _statement(self, statement: Statement) -> None:
        expression = statement.expression
        if self._within and isinstance(expression, exp.Transaction):
            raise NotUnderstood("a transaction of its own within one of the caller's")
        with _raising(statement.place):
            if self._within and isinstance(expression, _ENDS_TRANSACTIONS):
                raise transaction_error(
                    "Modifying a transaction that has started at a different scope is not allowed."
                )
            cursor = self._session.run(statement.text)
            self._count = cursor.rowcount if isinstance(expression, _DML) else None
        if statement.into:
            (row,) = cursor.fetchall()
            for variable, value in zip(statement.into, row, strict=True):
                self._assign(variable, value)

    def _assign(self, variable: str, value: Any) -> None:
        if variable not in self._types:
            raise NotUnderstood(f"no variable {variable} is declared")
        fits = isinstance(value, _TYPES[self._types[variable]]) and not isinstance(value, bool)
        if value is not None and not fits:
            raise NotUnderstood(f"{value!r} for {variable}, which is {self._types[variable]}")
        self._values[variable] = value

    def _value(self, expression: exp.Expr) -> Any:
        """The value of an expression; NULL is None, also as the result of a comparison."""
        match expression:
            case exp.Column() if not expression.table and not expression.this.quoted:
                return self._variable(expression.name.upper())
            case exp.Literal():
                return str(expression.this) if expression.is_string else int(expression.this)
            case exp.Is() if isinstance(expression.expression, exp.Null):
                return self._value(expression.this) is None
            case exp.Add() | exp.EQ() | exp.NEQ():
                one, other = self._value(expression.this), self._value(expression.expression)
                return _combined(expression, one, other)
            case _:
                raise NotUnderstood(f"no expression of a procedure of ours: {expression.sql('snowflake')}")

    def _variable(self, name: str) -> Value:
        if name == "SQLROWCOUNT":
            return self._count
        if name not in self._values:
            raise NotUnderstood(f"no variable {name} is declared")
        return self._values[name]


def _combined(operator: exp.Add | exp.EQ | exp.NEQ, one: Value, other: Value) -> Any:
    if one is None or other is None:
        return None
    if type(one) is not type(other) or (isinstance(operator, exp.Add) and not isinstance(one, int)):
        raise NotUnderstood(f"{one!r} and {other!r} in {operator.sql('snowflake')}")
    if isinstance(operator, exp.Add):
        return one + other  # type: ignore[operator] # both are numbers
    return (one == other) is isinstance(operator, exp.EQ)


@contextmanager
def _raising(place: Place) -> Iterator[None]:
    """What is refused in it is an exception of Scripting."""
    try:
        yield
    except Cancelled:
        raise
    except ProgrammingError as error:
        raise _Raised(
            "STATEMENT_ERROR", place, error.errno or 0, error.sqlstate, str(error.raw_msg or error.msg)
        ) from error
