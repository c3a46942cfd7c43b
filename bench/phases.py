"""Where the time goes in a process of ours, from exec to its first answer.

The interpreter says on stderr when it has imported a module (``-X importtime``); a phase ends when its last one is
there. Saying so takes time too: these processes are slower than those of the other tables, by a few milliseconds.
"""

import os
import subprocess
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from bench.environments import peer
from bench.measure import Table
from tests.support.plugin import COOKIE, Plugin, client_certificate, get_schema, shut_down

_HANDSHAKE, _ANSWER = "handshake line", "first answer"
_TLS = {
    # what comes before gRPC in a process that speaks TLS
    "TLS: socket, cryptography": "tfplugin.public_socket",
    "TLS: ssl": "tfplugin.tls",
    "TLS: key, certificate, context, socket": _HANDSHAKE,
}
_PHASES = {
    "the interpreter": "site",
    "typing, re, threading, signal": "tfplugin.process",
    "grpc": "grpc",
    "protobuf, the protocol's messages": "tfplugin._generated.tfplugin6_pb2",
    "the server": "grpc._server",
    "the SDK's classes": "tfplugin.provider",
    "the provider": "bench_provider",
    "the call": _ANSWER,
}


def measure(runs: int) -> Table:
    """The milliseconds of each phase, and how many modules it imports: without TLS, then what TLS adds."""
    table = Table("phase", ("ms", "modules"))
    program = peer("ours").path
    for run in range(runs + 1):
        events, start = _events(program, "")
        _add(table, _PHASES, events, start)
        events, _ = _events(program, client_certificate())
        _add(table, _TLS, events, events["tfplugin.process"])
        if run == 0:
            table.forget()
    return table


def _add(table: Table, phases: Mapping[str, str], events: Mapping[str, float], start: float) -> None:
    last = start
    for phase, end in phases.items():
        at = events[end]
        table.add(phase, "ms", (at - last) * 1000)
        table.add(phase, "modules", sum(last < when <= at for when in events.values()))
        last = at


def _events(program: Path, client: str) -> tuple[dict[str, float], float]:
    """When each module was there, and the two milestones that are none; and when the process was started."""
    events: dict[str, float] = {}
    start = time.perf_counter()
    with subprocess.Popen(
        [program.with_name("python"), "-X", "importtime", program],
        env={**os.environ, **COOKIE, "PLUGIN_CLIENT_CERT": client},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout
        assert process.stderr
        reader = threading.Thread(target=_read, args=(process.stderr, events))
        reader.start()
        line = process.stdout.readline().decode()
        events[_HANDSHAKE] = time.perf_counter()
        plugin = Plugin(process, tuple(line.rstrip("\n").split("|")))
        get_schema(plugin)
        events[_ANSWER] = time.perf_counter()
        shut_down(plugin)
        reader.join()
    return events, start


def _read(stream: IO[bytes], events: dict[str, float]) -> None:
    for line in stream:
        events.setdefault(line.decode().rpartition("|")[2].strip(), time.perf_counter())
