"""What the example provider manages: things, in memory or in a folder that outlives the process."""

import threading
from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tfplugin.cty import STRING, Type, json_codec


class Folder(MutableMapping[str, Any]):
    """Values of one type by key, each in a JSON file."""

    def __init__(self, path: Path, type_: Type) -> None:
        path.mkdir(parents=True, exist_ok=True)
        self._path, self._type = path, type_

    def __getitem__(self, key: str) -> Any:
        try:
            return json_codec.decode(self._type, self._file(key).read_bytes())
        except FileNotFoundError:
            raise KeyError(key) from None

    def __setitem__(self, key: str, value: Any) -> None:
        self._file(key).write_bytes(json_codec.encode(self._type, value))

    def __delitem__(self, key: str) -> None:
        self._file(key).unlink()

    def __iter__(self) -> Iterator[str]:
        return (path.stem for path in self._path.glob("*.json"))

    def __len__(self) -> int:
        return len(list(iter(self)))

    def _file(self, key: str) -> Path:
        return self._path / f"{key}.json"


@dataclass
class Things:
    """What the provider block makes: the things that exist, and how a test wants them to fail or to wait."""

    greeting: str = "hello"
    existing: MutableMapping[str, Any] = field(default_factory=dict)
    """States by id."""
    tokens: MutableMapping[str, Any] = field(default_factory=dict)
    """By id, the write-only value that was given last; they stay, so that no id is given twice."""
    fail: str = ""
    hold: Path | None = None
    """A FIFO on which a creation waits until its writer closes it."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, thing: dict[str, Any], token: Any) -> dict[str, Any]:
        """Let a thing exist, with an id of its own, which is added to what is returned."""
        with self._lock:
            identifier = str(len(self.tokens) + 1)
            state = {**thing, "id": identifier}
            self.existing[identifier] = state
            self.tokens[identifier] = token
        return state

    @classmethod
    def in_folder(cls, path: Path, type_: Type) -> "Things":
        """Things that other processes see as well. A test puts `fail` and `hold` into the folder as files."""
        fail, hold = path / "fail", path / "hold"
        return cls(
            existing=Folder(path / "things", type_),
            tokens=Folder(path / "tokens", STRING),
            fail=fail.read_text() if fail.exists() else "",
            hold=hold if hold.exists() else None,
        )
