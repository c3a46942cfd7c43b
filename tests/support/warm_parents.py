"""The processes of a warm start, found by what `/proc` says of them, and what they hold."""

import json
import os
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.host import Host
from tests.support.plugin import Plugin, get_schema, shut_down, started_by
from tests.support.processes import SECONDS, members, running, wait_until_ended

DEBUG = {"TF_LOG": "DEBUG"}
"""Lets a start say which way it took."""


@dataclass(frozen=True, slots=True)
class WarmParent:
    """The warm parent of a Terraform, with the processes that it had forked when they were looked for."""

    pid: int
    spares: frozenset[int]
    serving: frozenset[int]


def ended(plugin: Plugin) -> list[dict[str, Any]]:
    """Ask for the end after a call; the lines of the log."""
    get_schema(plugin)
    shut_down(plugin)
    assert plugin.process.wait(SECONDS) == 0
    assert plugin.process.stderr
    lines = plugin.process.stderr.read().splitlines()
    return [json.loads(line) for line in lines if line.startswith(b"{")]  # a shell may have said something


def way(host: Host, environment: dict[str, str] | None = None, **others: Any) -> str:
    """Which way a start takes that works."""
    with started_by(host, {**DEBUG, **(environment or {})}, **others) as plugin:
        (way,) = [line["way"] for line in ended(plugin) if line["@message"] == "Started"]
        return str(way)


def ways_in(log: Path) -> list[str]:
    """Which ways the starts of a command took, as Terraform's log has them."""
    ways = re.findall(r': Started: .*?\bway=("[^"]*"|\S+)', log.read_text())
    return [way.strip('"') for way in ways]


@contextmanager
def started_later(environment: Mapping[str, str | None] | None = None, **others: Any) -> Iterator[Plugin]:
    """The second start of a Terraform of its own, after its handshake; see `starting_by`. Nothing stays behind."""
    with ExitStack() as after, Host() as host:
        with started_by(host, environment, **others) as first:
            shut_down(first)
            first.process.wait(SECONDS)
        after.callback(_wait_until_all_ended, host.pid)
        with started_by(host, environment, **others) as plugin:
            yield plugin


def warm_parents(terraform: int) -> list[WarmParent]:
    """Those that serve the process `terraform`: one for each way of starting the provider that was its first."""
    found = []
    for pid in begun_for(terraform):
        with suppress(ProcessLookupError):  # it has just ended
            if os.getsid(pid) == pid:
                found.append(_look(pid))
    return found


def warm_parent(terraform: int) -> WarmParent:
    """The only one, once it has a spare: some time after a start has ended."""
    deadline = time.monotonic() + SECONDS
    while True:
        with suppress(ProcessLookupError, FileNotFoundError):  # something has just ended
            match warm_parents(terraform):
                case [found] if found.spares:
                    return found
        assert time.monotonic() < deadline, f"{warm_parents(terraform)} after {SECONDS} s"
        time.sleep(0.02)


def descriptors(pid: int) -> dict[int, str]:
    """What each descriptor of a process stands for, such as ``/dev/null`` or ``socket:[1]``."""
    found = {}
    with suppress(FileNotFoundError, ProcessLookupError):  # it has just ended
        for path in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(FileNotFoundError, ProcessLookupError):
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


def _wait_until_all_ended(terraform: int) -> None:
    """Return once none is left of the processes that were begun for a Terraform: the last one removes the folder.

    One that has not yet seen Terraform's end may still fork another.
    """
    while found := begun_for(terraform):
        for pid in found:
            wait_until_ended(pid)


def begun_for(terraform: int) -> list[int]:
    """The warm parents of a Terraform, and all processes that they have forked."""
    found = []
    for pid in running():
        with suppress(FileNotFoundError, ProcessLookupError):
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            if b"launch import warm" in b"".join(words) and words[-2] == str(terraform).encode():
                found.append(pid)
    return found


def _look(pid: int) -> WarmParent:
    stderr = {each: descriptors(each).get(2) for each in members(pid) if each != pid}
    # whoever has none is ending
    spares = {each for each, name in stderr.items() if name == os.devnull}
    serving = {each for each, name in stderr.items() if name not in {os.devnull, None}}
    return WarmParent(pid, frozenset(spares), frozenset(serving))
