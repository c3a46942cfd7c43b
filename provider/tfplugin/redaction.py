"""Takes known secrets out of every text that people may read: log, diagnostics, errors of functions, a crash.

A text is searched as it is, and with the escapes of URLs, JSON and Python's own literals undone, so that no spelling
of a secret has to be foreseen. The time of a search grows with the text, not with the number of secrets.
"""

import base64
import re
import threading
from bisect import bisect
from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import Final, NamedTuple

from lightstart.records import Opaque

_REDACTED: Final = "(redacted)"
_SHORTEST_SECRET: Final = 3  # characters; taking out shorter strings would destroy the text and hide nothing
_SHORTEST_LINE: Final = 8  # characters, for one line of a secret; a shorter one, such as `}`, is no secret
_SHORTEST_PART: Final = 6  # characters that a secret fixes in a longer base64 text; fewer turn up by chance

# runs, because several escapes may make one character
_PERCENT: Final = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_FORM: Final = re.compile(r"(?:%[0-9A-Fa-f]{2})+|\+")
_BACKSLASH: Final = re.compile(
    r"(?:\\u[0-9A-Fa-f]{4})+|(?:\\U00(?:0[0-9A-Fa-f]|10)[0-9A-Fa-f]{4})+|(?:\\x[0-9A-Fa-f]{2})+|\\.",
    re.DOTALL,
)
_CONTROL: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


class Redactor:
    """Replaces secrets by `(redacted)`, wherever they stand.

    A secret that is also an ordinary word, such as the name of a role, is replaced too: a text does not tell which of
    its words is a password, and a reader who misses a name finds it in the configuration.
    """

    def __init__(self) -> None:
        """Knows no secret yet."""
        self._secrets: set[str] = set()
        self._forms: set[str] = set()
        self._lengths: dict[str, tuple[int, ...]] = {}  # by a form's beginning; longest first
        self._lock = threading.Lock()

    def learn(self, secret: str) -> None:
        """Remembers a secret of at least three characters. Any thread may call this at any time."""
        if len(secret) < _SHORTEST_SECRET or secret in self._secrets:
            return
        with self._lock:
            for form in _forms(secret):
                start = form[:_SHORTEST_SECRET]
                self._forms.add(form)
                lengths = {*self._lengths.get(start, ()), len(form)}
                self._lengths[start] = tuple(sorted(lengths, reverse=True))
            self._secrets.add(secret)

    def redact(self, text: str) -> str:
        """The text without the secrets; a run of escapes that contains part of a secret goes as a whole."""
        if not self._secrets:
            return text
        result, done = "", 0
        for begin, end in _merged(span for view in _views(text) for span in self._spans(view)):
            result += text[done:begin] + _REDACTED
            done = end
        return result + text[done:]

    def _spans(self, view: "_View") -> Iterator[tuple[int, int]]:
        """The places of secrets in the original of a view; they may overlap."""
        text, size = view.text, _SHORTEST_SECRET
        candidates = [i for i in range(len(text) - size + 1) if text[i : i + size] in self._lengths]
        for begin in candidates:
            for length in self._lengths[text[begin : begin + size]]:
                if text[begin : begin + length] in self._forms:
                    yield view.original(begin)[0], view.original(begin + length - 1)[1]
                    break


def _forms(secret: str) -> Iterator[str]:
    """The secret and the parts of it that may stand alone, each also in base64."""
    lines = [line.strip() for line in secret.splitlines()]
    alone = {line for line in lines if len(line) >= _SHORTEST_LINE and not line.startswith("-----")}
    for text in {secret, secret.strip(), *alone}:
        if len(text) >= _SHORTEST_SECRET:
            yield text
            yield from _base64_forms(text.encode(errors="surrogatepass"))


def _base64_forms(secret: bytes) -> Iterator[str]:
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        whole = encode(secret).decode()
        yield whole
        yield whole.rstrip("=")
        for before in range(3):  # bytes before the secret; `part` depends on none before or after it
            text = encode(bytes(before) + secret).decode()
            part = text[(before * 8 + 5) // 6 : (before + len(secret)) * 8 // 6]
            if len(part) >= _SHORTEST_PART:
                yield part


class _Undone(NamedTuple):
    """A run of escapes: the place of its plain characters in the view, and its place in the original."""

    begin: int
    end: int
    original_begin: int
    original_end: int


class _View(Opaque):
    """A text with escapes undone."""

    text: str
    undone: Sequence[_Undone] = ()

    def original(self, at: int) -> tuple[int, int]:
        """Where the character at this place in the view begins and ends in the original."""
        before = bisect(self.undone, at, key=attrgetter("begin"))
        if not before:
            return at, at + 1
        run = self.undone[before - 1]
        if at < run.end:
            return run.original_begin, run.original_end
        moved = at - run.end + run.original_end
        return moved, moved + 1


def _views(text: str) -> Iterator[_View]:
    yield _View(text)
    for escapes, undo in (
        (_PERCENT, _without_percents),
        (_FORM, _without_percents),
        (_BACKSLASH, _without_backslashes),
    ):
        parts: list[str] = []
        undone: list[_Undone] = []
        length = done = 0
        for escape in escapes.finditer(text):
            plain = undo(escape[0])
            parts += text[done : escape.start()], plain
            length += escape.start() - done + len(plain)
            done = escape.end()
            undone.append(_Undone(length - len(plain), length, *escape.span()))
        if undone:
            yield _View("".join([*parts, text[done:]]), undone)


def _without_percents(run: str) -> str:
    # as `urllib.parse.unquote_plus`, which is slow to import
    return " " if run == "+" else bytes.fromhex(run.replace("%", "")).decode(errors="replace")


def _without_backslashes(run: str) -> str:
    kind = run[1]
    if len(run) == 2:  # noqa: PLR2004 - a backslash and what it protects
        return _CONTROL.get(kind, kind)
    data = bytes.fromhex(run.replace(f"\\{kind}", ""))
    if encoding := {"u": "utf-16-be", "U": "utf-32-be"}.get(kind):
        return data.decode(encoding, "surrogatepass")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _merged(spans: Iterator[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same places without overlaps, in order."""
    merged: list[tuple[int, int]] = []
    for begin, end in sorted(spans):
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((begin, end))
    return merged
