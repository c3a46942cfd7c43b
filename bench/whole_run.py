"""A program that runs a command to the end of all that the command has started, also of what outlives it.

It is the command's parent, another one each time. On Linux, processes whose parent has ended become its own children
(prctl(2), PR_SET_CHILD_SUBREAPER); elsewhere their processor time does not count. It leaves its figures in the current
folder, and imports nothing but the standard library.
"""

import ctypes
import json
import os
import resource
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36
_FIGURES = "whole-run.json"


@dataclass(frozen=True, slots=True)
class Run:
    """A command, in seconds: when it was started and when it ended itself (`time.perf_counter`), the processor time of all."""

    started: float
    ended: float
    cpu: float

    @classmethod
    def last(cls, folder: Path) -> "Run":
        """The last one in the folder."""
        return cls(**json.loads((folder / _FIGURES).read_text()))


def whole(*command: str) -> tuple[str, ...]:
    """The command by which this program runs another."""
    return (sys.executable, "-I", "-S", __file__, *command)


def _main(*command: str) -> int:
    if sys.platform == "linux" and ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        sys.exit("prctl(PR_SET_CHILD_SUBREAPER) is refused")
    started = time.perf_counter()
    process = os.posix_spawn(command[0], command, os.environ)
    _, status = os.waitpid(process, 0)
    ended = time.perf_counter()
    with suppress(ChildProcessError):  # none is left
        while True:
            os.wait()
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    run = Run(started, ended, usage.ru_utime + usage.ru_stime)
    Path(_FIGURES).write_text(json.dumps(asdict(run)))
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(_main(*sys.argv[1:]))
