"""What a test has in store for a statement."""

import asyncio
import re
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

from snowflake.connector.errors import ProgrammingError

from tests.support.snowflake_double.errors import Cancelled

_IDS: Final = count(1)


@dataclass(slots=True)
class Strike:
    """Something that happens to the n-th statement from now that matches."""

    statement: int
    """Counted from 1, among those that match."""
    action: str
    """``cut`` the connection, once; ``sever`` the session: cut it, and whatever comes from it later; take the whole
    database ``down``: cut all connections for it; answer with an ``error``; ``hold`` it until it is released."""
    after: bool = False
    """Whether it happens when the statement has been executed."""
    matching: str = ""
    """A regular expression that is searched for in the statement."""
    within: bool = False
    """Whether it is for the statements that a procedure executes, and not for those that sessions send. Of the actions
    an ``error`` can happen to them; or somebody comes to ``cancel`` the whole call, which no handler can catch."""
    code: str = "000603"
    sqlstate: str = "XX000"
    message: str = "SQL execution internal error: Processing aborted by error 300010:1; incident 1234567."
    id: int = field(default_factory=lambda: next(_IDS))
    struck: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)

    def meet(self, statement: str, *, within: bool) -> bool:
        """Whether this statement is the one."""
        if (
            self.within is within
            and self.statement
            and re.search(self.matching, statement, re.IGNORECASE | re.DOTALL)
        ):
            self.statement -= 1
            return self.statement == 0
        return False

    def error(self) -> ProgrammingError:
        """What a procedure gets that it has struck."""
        self.struck.set()
        kind = {"error": ProgrammingError, "cancel": Cancelled}[self.action]
        return kind(msg=self.message, errno=int(self.code), sqlstate=self.sqlstate)

    async def hold(self) -> None:
        """Wait until it is released."""
        self.struck.set()
        await self.released.wait()


@dataclass(slots=True)
class Strikes:
    """Those of one database."""

    all: list[Strike] = field(default_factory=list)

    def add(self, description: dict[str, Any]) -> Strike:
        strike = Strike(**description)
        self.all.append(strike)
        return strike

    def meet(self, statement: str, *, within: bool = False) -> Strike | None:
        """The strike that this statement is to suffer; all count it."""
        hit = [strike for strike in self.all if strike.meet(statement, within=within)]
        return hit[0] if hit else None
