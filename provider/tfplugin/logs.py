"""The log: one JSON object per line on stderr, as Terraform reads it (spec terraform-plugin A6), secrets taken out."""

import base64
import contextlib
import json
import os
import threading
import traceback
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote, quote_plus

_STDERR: Final = 2
_REDACTED: Final = "(redacted)"
_SHORTEST_SECRET: Final = 3  # taking out shorter strings would destroy the text and hide nothing


class Redactor:
    """Takes known secrets out of a text, in the forms in which they turn up."""

    def __init__(self) -> None:
        """Knows no secret yet."""
        self._forms: tuple[str, ...] = ()
        self._lock = threading.Lock()

    def learn(self, secret: str) -> None:
        """Remember a secret: as it is, URL-escaped, JSON-escaped and in base64."""
        if len(secret) < _SHORTEST_SECRET:
            return
        forms = {
            secret,
            quote(secret, safe=""),
            quote_plus(secret),
            json.dumps(secret)[1:-1],
            json.dumps(secret, ensure_ascii=False)[1:-1],
            base64.b64encode(secret.encode()).decode(),
        }
        with self._lock:
            # longest first, so that a secret inside another does not leave the rest of it behind
            self._forms = tuple(sorted({*self._forms, *forms}, key=len, reverse=True))

    def redact(self, text: str) -> str:
        """The text without the secrets."""
        for form in self._forms:
            text = text.replace(form, _REDACTED)
        return text


class Log:
    """Writes records; `fields` become `key=value` pairs in Terraform's log."""

    def __init__(self, redactor: Redactor) -> None:
        """Every line passes `redactor`."""
        self._redactor = redactor

    def write(self, level: str, message: str, **fields: Any) -> None:
        """One record; `level` is trace, debug, info, warn or error."""
        record = {
            "@level": level,
            "@message": self._redactor.redact(message),
            "@timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "@module": "sdk.proto",
        }
        for name, value in fields.items():
            record[name] = self._redactor.redact(value if isinstance(value, str) else str(value))
        # One call, so that the lines of several threads do not mix. Nobody may be reading: the work goes on.
        with contextlib.suppress(OSError):
            os.write(_STDERR, f"{json.dumps(record)}\n".encode())

    def failure(self, message: str, error: BaseException, **fields: Any) -> None:
        """An error record with the error's trace."""
        self.write("error", message, error="".join(traceback.format_exception(error)), **fields)
