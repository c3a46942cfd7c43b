"""The sessions of this process with servers: how many there may be, whose turn is next, and which are kept for a moment.

A server limits its sessions, and so may a role or a database on it. Nobody tells the limits, and others use them too. So
what fits is learned from refusals: as many as were open then, and with time one more, to see whether others have ended.

An operation has one session at a time, and ends it before it asks for another: so whoever waits for a turn waits for
operations that go on, and idle sessions, which nobody needs, are given up first.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from contextlib import ExitStack, nullcontext
from typing import Final, Generic, NamedTuple, TypeVar

from krenalis_provider.model.deadline import Deadline

C = TypeVar("C")

_FIRST_PAUSE_SECONDS: Final = 0.1
_LONGEST_PAUSE_SECONDS: Final = 4
_LOOK_SECONDS: Final = 0.1
"""How often the one who waits looks whether time itself has made room."""

Scope = Hashable
"""What may have a limit of its own, such as a server, or a role on a server."""


class NoTurnError(Exception):
    """There was no room for another session until the deadline."""

    def __init__(self, reason: Exception | None) -> None:
        """`reason` is the last refusal by what has no room; None if the process itself opens no more."""
        super().__init__(str(reason))
        self.reason = reason


class _Limit:
    """What a refusal has taught: so many sessions fit, and one more with each pause that has gone by."""

    def __init__(self, number: int, reason: Exception, pause: float) -> None:
        self.number = number
        self.reason = reason
        self.pause = pause
        self.since = time.monotonic()

    def now(self) -> int:
        return self.number + int((time.monotonic() - self.since) / self.pause)

    def learn(self, number: int, pause: float) -> None:
        # several processes that were refused at once do not come again at once
        self.number, self.pause, self.since = number, pause * random.uniform(0.8, 1.2), time.monotonic()  # noqa: S311


class _Waiting(Generic[C]):
    def __init__(self, scopes: Sequence[Scope], key: Hashable | None) -> None:
        self.scopes = scopes
        self.key = key
        self.turn = threading.Event()
        self.session: C | None = None


class _Idle(NamedTuple, Generic[C]):
    since: float
    scopes: Sequence[Scope]
    key: Hashable
    session: C


class SessionPool(Generic[C]):
    """The sessions of one process. A thread closes each idle one in time, unless the process ends first."""

    def __init__(
        self,
        most: int,
        most_idle: int,
        idle_seconds: float,
        is_quiet: Callable[[C], bool],
        close: Callable[[C], object],
    ) -> None:
        """At `most` so many at once are open in any scope. `is_quiet` tells whether an idle session is still good."""
        self.most = most
        self.idle_seconds = idle_seconds
        self._most_idle = most_idle
        self._is_quiet = is_quiet
        self._close = close
        self._lock = threading.Lock()
        self._open: Counter[Scope] = Counter()
        self._limits: dict[Scope, _Limit] = {}
        self._waiting: list[_Waiting[C]] = []  # in the order of their turns
        self._idle: list[_Idle[C]] = []  # the oldest first
        self._is_watched = False

    def enter(
        self, scopes: Sequence[Scope], key: Hashable | None, deadline: Deadline, *, first: bool = False
    ) -> C | None:
        """Wait for a turn, and return an idle session with this key, or None: then the caller is to open one.

        `first` goes before all who wait. Waiting for sessions of this process is time that `Deadline.paused` may leave
        out. Raises `NoTurnError`.
        """
        one: _Waiting[C] = _Waiting(scopes, key)
        with self._lock:
            self._waiting.insert(0 if first else len(self._waiting), one)
        with ExitStack() as pause:
            is_paused = False
            while not self._has_turn_now(one, deadline):
                if is_paused != (is_paused := self._waits_for_own(one)):
                    pause.close()
                    pause.enter_context(deadline.paused() if is_paused else nullcontext())
                one.turn.wait(min(_LOOK_SECONDS, deadline.remaining()))
        return one.session

    def accepted(self, scopes: Sequence[Scope]) -> None:
        """Note that the server took a session that was opened in its turn."""
        with self._lock:
            for scope in scopes:
                limit = self._limits.get(scope)
                if limit and self._open[scope] > limit.number:
                    limit.learn(self._open[scope], _FIRST_PAUSE_SECONDS)
            self._serve()

    def refused(self, scopes: Sequence[Scope], full: Scope, reason: Exception) -> None:
        """End a turn in which the server took no session, because it has no room in the scope that is `full`."""
        with self._lock:
            self._open.subtract(scopes)
            limit = self._limits.setdefault(full, _Limit(self.most, reason, _FIRST_PAUSE_SECONDS))
            limit.reason = reason
            # refusals at the same time count as one
            again = time.monotonic() - limit.since > limit.pause / 2
            pause = min(limit.pause * 2, _LONGEST_PAUSE_SECONDS) if again else limit.pause
            limit.learn(min(limit.number, self._open[full]), pause)
            self._serve()

    def leave(self, scopes: Sequence[Scope], key: Hashable | None, session: C | None) -> None:
        """End a turn. A session with a key is kept for the next `enter`; one that is not given was closed."""
        with self._lock:
            if session is None or key is None or len(self._idle) == self._most_idle:
                if session is not None:
                    self._close(session)
                self._open.subtract(scopes)
            else:
                self._idle.append(_Idle(time.monotonic(), scopes, key, session))
                if not self._is_watched:
                    self._is_watched = True
                    threading.Thread(target=self._watch, name="closing idle sessions", daemon=True).start()
            self._serve()

    @property
    def is_wanted(self) -> bool:
        """Whether somebody waits for a turn."""
        return bool(self._waiting)

    def close_idle(self) -> None:
        """Close all idle sessions."""
        with self._lock:
            while self._idle:
                self._give_up(self._idle[0])
            self._serve()

    def _has_turn_now(self, one: _Waiting[C], deadline: Deadline) -> bool:
        with self._lock:
            self._serve()
            if not one.turn.is_set() and not deadline.remaining():
                self._waiting.remove(one)
                raise NoTurnError(self._reason(one))
            return one.turn.is_set()

    def _serve(self) -> None:
        """Give a turn to all who can have one, in their order."""
        while self._idle and self._idle[0].since <= time.monotonic() - self.idle_seconds:
            self._give_up(self._idle[0])
        for one in [*self._waiting]:
            if self._has_turn(one):
                self._waiting.remove(one)
                one.turn.set()

    def _has_turn(self, one: _Waiting[C]) -> bool:
        for idle in [idle for idle in self._idle if idle.key == one.key]:
            if self._is_quiet(idle.session):
                self._idle.remove(idle)
                one.session = idle.session
                return True
            self._give_up(idle)
        for scope in one.scopes:
            while not self._has_room(scope):
                idles = [idle for idle in self._idle if scope in idle.scopes]
                if not idles:
                    return False
                self._give_up(idles[0])
        if self._idle:  # so that no more are open than were ever used at once
            self._give_up(self._idle[0])
        self._open.update(one.scopes)
        return True

    def _has_room(self, scope: Scope) -> bool:
        limit = self._limits.get(scope)
        return self._open[scope] < (min(self.most, limit.now()) if limit else self.most)

    def _waits_for_own(self, one: _Waiting[C]) -> bool:
        with self._lock:
            return all(self._open[scope] for scope in one.scopes if not self._has_room(scope))

    def _reason(self, one: _Waiting[C]) -> Exception | None:
        learned = ((scope, self._limits[scope]) for scope in one.scopes if scope in self._limits)
        return next((limit.reason for scope, limit in learned if self._open[scope] >= limit.now()), None)

    def _give_up(self, idle: _Idle[C]) -> None:
        self._idle.remove(idle)
        self._close(idle.session)
        self._open.subtract(idle.scopes)

    def _watch(self) -> None:
        seconds = self.idle_seconds
        while True:
            time.sleep(seconds)
            with self._lock:
                self._serve()
                if not self._idle:
                    self._is_watched = False
                    return
                seconds = max(0, self._idle[0].since + self.idle_seconds - time.monotonic())
