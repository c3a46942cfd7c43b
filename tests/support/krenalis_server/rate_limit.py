"""The token bucket of a rate limit."""

import math
import threading
import time
from dataclasses import dataclass, field


@dataclass(slots=True)
class Bucket:
    """Holds `capacity` requests at most and gets `per_minute` new ones; None is without a limit."""

    per_minute: float | None = None
    capacity: float = 1000
    _left: float = field(init=False)
    _since: float = field(default_factory=time.monotonic)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def __post_init__(self) -> None:
        self._left = self.capacity

    def take(self) -> int | None:
        """Take a request out; where there is none, the whole seconds until there is one again."""
        if self.per_minute is None:
            return None
        with self._lock:
            now = time.monotonic()
            self._left = min(self.capacity, self._left + (now - self._since) * self.per_minute / 60)
            self._since = now
            if self._left >= 1:
                self._left -= 1
                return None
            return max(1, math.ceil((1 - self._left) * 60 / self.per_minute))
