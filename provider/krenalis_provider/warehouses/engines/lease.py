"""A lease of a warehouse's record: while its owner gives signs of life, no other operation takes over.

A thread gives the signs on its own connection: on the connection of the work, a sign would wait for the long
statement that makes it necessary. The thread connects when the first sign is due; most operations end before.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import Final, Self

from krenalis_provider.model.errors import Verdict, WarehouseError, WorkspaceError
from krenalis_provider.warehouses import unfinished_change
from krenalis_provider.warehouses.engines.stepwise_session import Step, StepwiseSession, Values
from krenalis_provider.warehouses.errors import warehouse_error

BEAT_SECONDS = 20.0
_MARGIN: Final = 0.9
"""The part of the silence after which the owner itself stops, so that no two operations work at once."""

_log: Final = logging.getLogger("warehouses")


class Lease:
    """Holds the record, in which the owner's nonce was just written, until its context ends."""

    def __init__(
        self,
        session: StepwiseSession,
        owner: str,
        connect: Callable[[], AbstractContextManager[StepwiseSession]],
    ) -> None:
        """`session` does the work; `connect` opens the session of the signs of life."""
        self._session = session
        self._owner = owner
        self._connect = connect
        self._over = threading.Event()
        self._lost = False

    def __enter__(self) -> Self:
        self._sign = time.monotonic()
        name = f"signs of life to {self._session.system}"
        threading.Thread(target=self._live, name=name, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()

    def run(self, steps: Iterable[Step]) -> None:
        """Takes steps one by one. Raises `WarehouseError`, also when the record is not held any more."""
        for step in steps:
            self._require()
            step()

    def write(self, values: Values) -> None:
        """Changes the record's row, which ends the work. Raises as `run`."""
        self._require()
        if not self._session.write_row(self._owner, values):
            raise self._taken_over()

    def _require(self) -> None:
        if self._lost or time.monotonic() - self._sign > unfinished_change.SILENCE_SECONDS * _MARGIN:
            raise self._taken_over()

    def _taken_over(self) -> WarehouseError:
        seconds = unfinished_change.SILENCE_SECONDS * _MARGIN
        return warehouse_error(
            Verdict.COULD_NOT_TELL,
            "schema",
            "Warehouse was taken over",
            f"for {seconds:.0f} seconds no sign of life reached {self._session.place}, so that another operation may "
            "have taken over what was under way. Plan again: that shows what is there.",
        )

    def _live(self) -> None:
        while not self._over.wait(BEAT_SECONDS):
            try:
                with self._connect() as session:
                    self._beat(session)
            except WorkspaceError as error:
                _log.warning("no sign of life could be given: %s", error.detail)

    def _beat(self, session: StepwiseSession) -> None:
        while not self._over.is_set():
            now = time.monotonic()
            if not session.give_sign(self._owner):
                # another operation took over, or the work was done a moment ago
                self._lost = True
                self._over.set()
                return
            self._sign = now
            self._over.wait(BEAT_SECONDS)
