"""A FIFO that holds its readers, in whatever process, until a test lets them go on."""

import errno
import os
import time
from pathlib import Path

from tests.support.processes import SECONDS


class Hold:
    """A new FIFO; whoever reads it waits for its end."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.mkfifo(path)
        self._path = path
        self._writer = -1

    def wait_for(self, readers: int, *, seconds: float = SECONDS) -> set[int]:
        """The ids of the processes that are held, once there are so many readers at the same time."""
        deadline = time.monotonic() + seconds
        while len(held := self._readers()) < readers:
            assert time.monotonic() < deadline, f"{len(held)} of {readers} readers within {seconds} s"
            time.sleep(0.01)
        return set(held)

    def release(self) -> None:
        """Let all of them go on. There is no FIFO any more."""
        self._path.unlink(missing_ok=True)
        if self._writer >= 0:
            os.close(self._writer)
            self._writer = -1

    def _readers(self) -> list[int]:
        """The process of each reader; who opens a FIFO waits for the other side, and has no descriptor before."""
        if self._writer < 0:
            try:
                self._writer = os.open(self._path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            except OSError as error:
                if error.errno != errno.ENXIO:
                    raise
                return []  # nobody reads
        return [
            int(process.name)
            for process in Path("/proc").iterdir()
            if process.name.isdecimal() and int(process.name) != os.getpid()
            for _ in range(_open(process, self._path))
        ]


def _open(process: Path, path: Path) -> int:
    """How often a process has a file open."""
    try:
        return sum(descriptor.readlink() == path for descriptor in (process / "fd").iterdir())
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return 0  # it has ended meanwhile, or is another user's
