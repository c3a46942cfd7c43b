"""The processes of a warm start, found by what `/proc` says of them, and what they hold."""

import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.support.processes import members


@dataclass(frozen=True, slots=True)
class WarmParent:
    """The warm parent of a Terraform, with the processes that it had forked when they were looked for."""

    pid: int
    spares: frozenset[int]
    serving: frozenset[int]


def warm_parents(terraform: int) -> list[WarmParent]:
    """Those that serve the process `terraform`: one for each way of starting the provider that was its first."""
    return [_look(pid) for pid in _begun_for(terraform) if os.getsid(pid) == pid]


def warm_parent(terraform: int, *, seconds: float = 20) -> WarmParent:
    """The only one, once it has a spare, all is imported, and nobody is served but by a process that has its streams."""
    deadline = time.monotonic() + seconds
    while True:
        with suppress(ProcessLookupError, FileNotFoundError):  # something has just ended
            match warm_parents(terraform):
                case [found] if found.spares:
                    return found
        assert time.monotonic() < deadline, f"{warm_parents(terraform)} after {seconds} s"
        time.sleep(0.02)


def descriptors(pid: int) -> dict[int, str]:
    """What each descriptor of a process stands for, such as ``/dev/null`` or ``socket:[1]``."""
    found = {}
    for path in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            found[int(path.name)] = str(path.readlink())
    return found


def holds(pid: int, *secrets: str) -> set[str]:
    """Where a process has any of the secrets: ``memory``, ``environ``, ``cmdline`` or a descriptor's name."""
    wanted = [secret.encode() for secret in secrets]
    found = {
        name
        for name in ("environ", "cmdline")
        if any(each in Path(f"/proc/{pid}/{name}").read_bytes() for each in wanted)
    }
    found |= {name for name in descriptors(pid).values() if any(each in name.encode() for each in wanted)}
    return found | (
        {"memory"} if any(any(each in part for each in wanted) for part in _memory(pid)) else set()
    )


def _memory(pid: int) -> list[bytes]:
    parts = []
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            area, rights, *_ = line.split()
            first, last = (int(number, 16) for number in area.split("-"))
            if "r" in rights and not line.endswith(("[vvar]", "[vvar_vclock]", "[vsyscall]")):
                with suppress(OSError, OverflowError):  # a file's end, or the kernel's own
                    memory.seek(first)
                    parts.append(memory.read(last - first))
    return parts


def _begun_for(terraform: int) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(FileNotFoundError, ProcessLookupError):
            words = path.read_bytes().split(b"\0")
            if b"launch import warm" in b"".join(words) and words[-3] == str(terraform).encode():
                found.append(int(path.parent.name))
    return found


def _look(pid: int) -> WarmParent:
    forked = {each for each in members(pid) if each != pid}
    spares = {each for each in forked if descriptors(each).get(2) == os.devnull}
    return WarmParent(pid, frozenset(spares), frozenset(forked - spares))
