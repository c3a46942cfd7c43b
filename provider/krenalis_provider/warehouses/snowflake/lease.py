"""Working on a warehouse as the owner of its record, which signs of life keep from being taken over.

The signs are given by a thread on a connection of its own: on the one of the work they would wait for the very statement
that takes long. It connects only when they are due, which most operations end before.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import Final, Self

from krenalis_provider.warehouses.snowflake import record
from krenalis_provider.warehouses.snowflake.connection import Session, Statement
from krenalis_provider.warehouses.snowflake.errors import SnowflakeError
from krenalis_provider.warehouses.snowflake.place import Place
from krenalis_provider.workspaces.errors import Verdict, WorkspaceError

BEAT_SECONDS = 20.0
_MARGIN: Final = 0.9
"""The part of the silence after which the owner itself takes itself for dead, so that no two work at a time."""

_log: Final = logging.getLogger("snowflake")


class Lease:
    """Holds the record, as long as its context lasts, by the nonce that was just written into it."""

    def __init__(
        self, place: Place, owner: str, connect: Callable[[], AbstractContextManager[Session]]
    ) -> None:
        """`connect` opens the session of the signs of life."""
        self._place = place
        self._owner = owner
        self._connect = connect
        self._over = threading.Event()
        self._lost = False
        self._sign = time.monotonic()

    def __enter__(self) -> Self:
        self._sign = time.monotonic()
        threading.Thread(target=self._live, name="signs of life to Snowflake", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()

    def run(self, session: Session, statements: Iterable[Statement]) -> None:
        """Send statements one by one, as long as the record is held. Raises `SnowflakeError`, also when it is no more."""
        for statement in statements:
            self._require()
            session.run([statement])

    def write(self, session: Session, values: dict[str, object]) -> None:
        """Change the record's row; with this, the work is done. Raises as `run`."""
        self._require()
        if not record.write(session, self._place, self._owner, values):
            raise self._taken_over()

    def _require(self) -> None:
        if self._lost or time.monotonic() - self._sign > record.SILENCE_SECONDS * _MARGIN:
            raise self._taken_over()

    def _taken_over(self) -> SnowflakeError:
        return SnowflakeError(
            Verdict.COULD_NOT_TELL,
            "schema",
            "Warehouse was taken over",
            f"for {record.SILENCE_SECONDS * _MARGIN:.0f} seconds no sign of life reached {self._place}, so that another "
            "operation may have taken over what was under way. Plan again: that shows what is there.",
        )

    def _live(self) -> None:
        while not self._over.wait(BEAT_SECONDS):
            try:
                with self._connect() as session:
                    self._beat(session)
            except WorkspaceError as error:
                _log.warning("no sign of life could be given: %s", error.detail)

    def _beat(self, session: Session) -> None:
        while not self._over.is_set():
            now = time.monotonic()
            if not record.beat(session, self._place, self._owner):
                # taken over, or done a moment ago
                self._lost = True
                self._over.set()
                return
            self._sign = now
            self._over.wait(BEAT_SECONDS)
