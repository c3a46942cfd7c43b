"""The log: one JSON object per line on stderr, as Terraform reads it, without secrets.

Authors log with the standard library's `logging`; `Log.adopt` writes their records to this log, with `provider.` and
the logger's name as `@module`. Every record written during a call has the fields of that call.

Source: docs/facts/terraform.md, "The log".
"""

import contextlib
import json
import logging
import os
import threading
import traceback
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

from lightstart.records import Record
from tfplugin.redaction import Redactor

_STDERR: Final = 2
_LONGEST_LINE: Final = 64 * 1024 - 1  # bytes; Terraform reads a longer one in pieces, which are no JSON
_LEVELS: Final = {
    "trace": 5,
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warn": logging.WARNING,
    "error": logging.ERROR,
}
_OFF: Final = logging.CRITICAL + 1

Field = str | int
_call: Final[ContextVar[Mapping[str, Field]]] = ContextVar("call", default=MappingProxyType({}))


class Levels(Record):
    """The lowest levels that are written, as numbers of `logging`: one for the SDK's records, one for the author's."""

    sdk: int = logging.WARNING
    provider: int = logging.WARNING

    @classmethod
    def of(cls, environment: Mapping[str, str], provider: str) -> "Levels":
        """The levels from the variables that Terraform's users know, for a `provider` type such as ``krenalis``.

        Without any such variable, warnings and errors are written: Terraform drops them, a developer sees them.
        """
        name = provider.upper().replace("-", "_")
        general = ("TF_LOG_PROVIDER", "TF_LOG")
        return cls(
            sdk=_level(environment, "TF_LOG_SDK_PROTO", "TF_LOG_SDK", *general),
            provider=_level(environment, f"TF_LOG_PROVIDER_{name}", *general),
        )


_DEFAULT_LEVELS: Final = Levels()


def _level(environment: Mapping[str, str], *variables: str) -> int:
    """The level from the first variable that is set; as in Terraform, a word that is no level means trace."""
    words = (environment[variable] for variable in variables if environment.get(variable))
    word = next(words, "warn")
    return {"off": _OFF, **_LEVELS}.get(word.lower(), _LEVELS["trace"])


class Log:
    """Writes records; `fields` become `key=value` pairs in Terraform's log."""

    def __init__(self, levels: Levels = _DEFAULT_LEVELS, **fields: Field) -> None:
        """Every record has these fields."""
        self.redactor = Redactor()
        self._levels = levels
        self._fields = fields
        self._lock = threading.Lock()

    @classmethod
    def of(cls, environment: Mapping[str, str], address: str) -> "Log":
        """The log of a process; `address` is the provider's full address."""
        return cls(Levels.of(environment, address.rpartition("/")[2]), tf_provider_addr=address)

    def adopt(self) -> None:
        """Takes over the records of `logging` in this process, Python's warnings, and errors that end a thread."""
        logging.basicConfig(handlers=[_Handler(self)], level=self._levels.provider)
        logging.captureWarnings(capture=True)
        threading.excepthook = self._thread_failed

    @contextlib.contextmanager
    def fields(self, **fields: Field) -> Iterator[None]:
        """Gives these fields to the records that this thread writes meanwhile."""
        token = _call.set(fields)
        try:
            yield
        finally:
            _call.reset(token)

    def write(self, level: str, message: str, **fields: Field) -> None:
        """Writes a record of the SDK; `level` is trace, debug, info, warn or error."""
        if _LEVELS[level] >= self._levels.sdk:
            self.write_for("sdk.proto", level, message, fields)

    def failure(self, message: str, error: BaseException | None, **fields: Field) -> None:
        """Writes an error record with the error's traceback."""
        self.write("error", message, error="".join(traceback.format_exception(error)), **fields)

    def write_for(self, module: str, level: str, message: str, fields: Mapping[str, Field]) -> None:
        """Writes a record of a part of the provider, whatever the level."""
        record: dict[str, Field] = {
            "@level": level,
            "@message": self.redactor.redact(message),
            "@timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "@module": module,
        }
        for name, value in {**self._fields, **_call.get(), **fields}.items():
            record[name] = self.redactor.redact(value) if isinstance(value, str) else value
        # The lock keeps the lines of several threads apart. If nobody reads them, the work goes on.
        with self._lock, contextlib.suppress(OSError):
            os.write(_STDERR, _line(record))

    def _thread_failed(self, failed: threading.ExceptHookArgs) -> None:
        name = failed.thread.name if failed.thread else "unknown"
        self.failure("Unexpected error in a thread", failed.exc_value, thread=name)


class _Handler(logging.Handler):
    """Writes the records of `logging`, whose loggers have already compared the level."""

    def __init__(self, log: Log) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Writes one record, with its error if it has one."""
        try:
            message = record.getMessage()
        except Exception:  # noqa: BLE001 - arguments that do not fit their message are no reason to fail a call
            message = f"{record.msg} {record.args}"
        module = "provider" if record.name == "root" else f"provider.{record.name}"
        level = ["trace", *(name for name, number in _LEVELS.items() if number <= record.levelno)][-1]
        error = record.exc_info and {"error": "".join(traceback.format_exception(*record.exc_info))}
        self._log.write_for(module, level, message, error or {})


def _line(record: Mapping[str, Field]) -> bytes:
    """The record in JSON; if the line would be too long, the longest texts lose their middle."""
    shorter = dict(record)
    while len(line := f"{json.dumps(shorter)}\n".encode()) > _LONGEST_LINE:
        name, text = max(
            ((n, v) for n, v in shorter.items() if isinstance(v, str)), key=lambda nv: len(nv[1])
        )
        quarter = len(text) // 4
        left_out = len(text) - 2 * quarter
        shorter[name] = f"{text[:quarter]} … {left_out} characters left out … {text[-quarter:]}"
    return line
