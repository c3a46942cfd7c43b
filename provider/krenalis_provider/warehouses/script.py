"""What an apply sends to a warehouse to change its definitions, as texts, for people who want to read or run it."""

from typing import NamedTuple


class SqlStatement(NamedTuple):
    """A statement."""

    doing: str
    """Its purpose, such as ``making table "krenalis_events"``."""
    sql: str
    """The statement as it is executed, without a semicolon. All names are quoted and qualified."""


class Script(NamedTuple):
    """Statements to be executed in this order, in one session."""

    opening: tuple[SqlStatement, ...]
    """The beginning of the transaction, where there is one."""
    statements: tuple[SqlStatement, ...]
    closing: tuple[SqlStatement, ...]

    @property
    def whole(self) -> tuple[SqlStatement, ...]:
        """All statements; none if there is nothing to change."""
        return (*self.opening, *self.statements, *self.closing) if self.statements else ()
