"""Tells whether a process that is not ours to wait for has ended."""

import os
import time
from pathlib import Path


def alive(pid: int) -> bool:
    """Return whether the process runs; one that has ended but was not waited for by its parent does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    try:
        # the state comes after the name, which is in parentheses and may hold anything
        return stat.read_text().rpartition(") ")[2][0] not in "ZX"
    except FileNotFoundError:
        return not stat.parent.parent.joinpath(
            "self"
        ).exists()  # no /proc here: believe the kernel's first answer


def wait_until_ended(pid: int, *, seconds: float = 10) -> None:
    """Return once the process has ended; an AssertionError when it takes longer."""
    deadline = time.monotonic() + seconds
    while alive(pid):
        assert time.monotonic() < deadline, f"process {pid} still runs after {seconds} s"
        time.sleep(0.01)
