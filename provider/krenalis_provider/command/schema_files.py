"""The files that hold profile schemas, read as people save them."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

from krenalis_provider.command.json_places import JsonText, Span, Steps
from krenalis_provider.model.attribute_path import AttributePath
from krenalis_provider.model.errors import Problem
from krenalis_provider.model.profile_schema import ROOT, Parsed, parse
from krenalis_provider.warehouses.dialect import Dialect

STDIN: Final = "-"
_LARGEST: Final = 16 * 2**20
_BYTE_ORDER_MARKS: Final = ((b"\xef\xbb\xbf", "UTF-8"), (b"\xff\xfe", "UTF-16"), (b"\xfe\xff", "UTF-16"))


class UnreadableFileError(Exception):
    """A file that cannot be read, or holds no text; the message begins with its name."""


class Trouble(NamedTuple):
    """A problem, and where in the file it is."""

    path: AttributePath
    """From ``profile_schema`` on, as in a plan."""
    message: str
    span: Span

    @property
    def steps(self) -> Steps:
        """The way to the value in the file."""
        return _steps(self.path)


class SchemaFile:
    """A profile schema as a file has it."""

    def __init__(self, name: str, text: str) -> None:
        """`name` is for messages."""
        self.name = name
        self._text = JsonText(text)
        self.parsed: Parsed = parse(self._text.document) if self._text.is_json else Parsed(None, ())
        """Empty where the text is no JSON: then there are `troubles`."""

    @property
    def troubles(self) -> tuple[Trouble, ...]:
        """What is wrong with the file on every platform."""
        mistakes = (
            Trouble(AttributePath((*ROOT, *steps)), message, span)
            for message, span, steps in self._text.mistakes
        )
        return (*mistakes, *self.placed(self.parsed.problems))

    def limits(self, dialect: Dialect) -> tuple[Trouble, ...]:
        """What a platform does not take of the columns."""
        return self.placed(dialect.column_problems(self.parsed.leaves))

    def placed(self, problems: Iterable[Problem]) -> tuple[Trouble, ...]:
        """Problems of the profile schema, with their places in the file."""
        return tuple(
            Trouble(problem.path, problem.message, self._text.span(_steps(problem.path)))
            for problem in problems
        )


def read(name: str) -> SchemaFile:
    """Read a file, or standard input if it is called ``-``. Raises `UnreadableFileError`."""
    shown = "standard input" if name == STDIN else name
    if not name:
        raise UnreadableFileError('"": is no name of a file')
    try:
        if name == STDIN:
            if sys.stdin is None:  # the caller has closed it
                raise UnreadableFileError(f"{shown}: is closed")
            data = sys.stdin.buffer.read(_LARGEST + 1)
        else:
            with Path(name).open("rb") as file:
                data = file.read(_LARGEST + 1)
    except (OSError, ValueError) as error:  # a name with a NUL character is the latter
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise UnreadableFileError(f"{shown}: {reason}") from error
    return SchemaFile(shown, _decoded(shown, data))


def _decoded(name: str, data: bytes) -> str:
    if len(data) > _LARGEST:
        raise UnreadableFileError(
            f"{name}: is larger than {_LARGEST // 2**20} MiB, and no profile schema is."
        )
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            raise UnreadableFileError(
                f"{name}: begins with a byte order mark of {encoding}, which Terraform's jsondecode() does not read: "
                "save it as UTF-8 without one."
            )
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UnreadableFileError(
            f"{name}: is not UTF-8: line {line} has the byte 0x{data[error.start]:02x}. Save it as UTF-8."
        ) from error


def _steps(path: AttributePath) -> Steps:
    return tuple(step if isinstance(step, int) else str(step) for step in path[len(ROOT) :])
