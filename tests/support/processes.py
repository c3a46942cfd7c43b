"""Tells whether processes that are not ours to wait for have ended."""

import contextlib
import os
import time
from pathlib import Path
from typing import Final

SECONDS: Final = 60.0
"""How long tests wait for what comes by itself. Only what never comes takes so long, on however busy a machine."""


def alive(pid: int) -> bool:
    """Return whether the process runs; one that has ended but was not waited for by its parent does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # it is another user's
    stat = Path(f"/proc/{pid}/stat")
    try:
        # the state comes after the name, which is in parentheses and may hold anything
        return stat.read_text().rpartition(") ")[2][0] not in "ZX"
    except ProcessLookupError:
        return False
    except FileNotFoundError:
        return not stat.parent.parent.joinpath(
            "self"
        ).exists()  # no /proc here: believe the kernel's first answer


def wait_until_ended(pid: int, *, seconds: float = SECONDS) -> None:
    """Return once the process has ended; an AssertionError when it takes longer."""
    deadline = time.monotonic() + seconds
    while alive(pid):
        assert time.monotonic() < deadline, f"process {pid} still runs after {seconds} s"
        time.sleep(0.01)


def wait_until_removed(path: Path, *, seconds: float = SECONDS) -> None:
    """Return once there is no such file or folder; an AssertionError when it takes longer."""
    deadline = time.monotonic() + seconds
    while path.exists():
        assert time.monotonic() < deadline, f"{path} is still there after {seconds} s"
        time.sleep(0.01)


def members(session: int) -> list[int]:
    """Return the processes of a session, as ``/proc`` knows them: those of a warm start have one of their own."""
    return _with(session, field=3)


def children(parent: int) -> list[int]:
    """Return the processes that a process has started and that still are its own, as ``/proc`` knows them."""
    return _with(parent, field=1)


def _with(wanted: int, *, field: int) -> list[int]:
    found = []
    for pid in running():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it ended meanwhile
            # after the name: state, parent, group
            if int(Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()[field]) == wanted:
                found.append(pid)
    return found


def running() -> list[int]:
    """Return all processes. Whoever looks at one may find that it has ended."""
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
