"""A request as the test server got it."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Request:
    """`path` is without a query. `body` is empty until it was read; `status` is None while nothing was answered."""

    method: str
    path: str
    headers: Sequence[tuple[str, str]] = field(repr=False)
    body: bytes = field(default=b"", repr=False)
    status: int | None = None
    at: float = field(default_factory=time.monotonic)

    def all(self, name: str) -> list[str]:
        """The values of a header, however its name is spelled."""
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def header(self, name: str) -> str | None:
        return next(iter(self.all(name)), None)

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"
