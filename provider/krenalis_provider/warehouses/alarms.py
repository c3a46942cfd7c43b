"""Does something at a moment, unless that is called off before: one thread waits for all such moments."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple

_NEVER: Final = float("inf")


class _Alarm(NamedTuple):
    at: float
    """A reading of the monotonic clock, in seconds."""
    ring: Callable[[], object]


class Alarms:
    """What is to be done at moments. The thread is there from the first alarm to the moment of the last one.

    Nearly every operation ends in time. Setting its alarm and calling it off wakes no thread, and a thread for each
    would take longer than some operations.
    """

    def __init__(self) -> None:
        """Nothing is to be done yet."""
        self._changed = threading.Condition()
        self._alarms: dict[int, _Alarm] = {}
        self._looks_at = _NEVER
        """When the thread looks again; `_NEVER` while there is none."""

    @contextmanager
    def after(self, seconds: float, ring: Callable[[], object]) -> Iterator[None]:
        """Within the context, call `ring` after so many seconds; it must be quick, and raise nothing."""
        alarm = _Alarm(time.monotonic() + seconds, ring)
        with self._changed:
            self._alarms[id(alarm)] = alarm
            if alarm.at < self._looks_at:
                if self._looks_at == _NEVER:
                    threading.Thread(target=self._watch, name="alarms", daemon=True).start()
                self._looks_at = alarm.at
                self._changed.notify()
        try:
            yield
        finally:
            with self._changed:
                self._alarms.pop(id(alarm), None)

    def _watch(self) -> None:
        with self._changed:
            while self._alarms:
                now = time.monotonic()
                for key, alarm in [*self._alarms.items()]:
                    if alarm.at <= now:
                        del self._alarms[key]
                        alarm.ring()
                self._looks_at = min((alarm.at for alarm in self._alarms.values()), default=now)
                self._changed.wait(self._looks_at - now)
            self._looks_at = _NEVER
