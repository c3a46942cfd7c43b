"""One provider process, used as Terraform does it: how long it takes to start and to end, and its memory."""

import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import grpc

from bench.measure import Table
from tests.support.plugin import COOKIE, Plugin, call, client_certificate
from tfplugin._generated import tfplugin6_pb2 as pb

_PAUSE = 0.01  # seconds between two looks at the memory


def measure_process(table: Table, column: str, program: Path, folder: Path) -> None:
    """Start one with TLS, ask it for its schema, end it. `folder` is its home, and has its temporary files."""
    environment = {
        **os.environ,
        **COOKIE,
        "PLUGIN_CLIENT_CERT": client_certificate(),
        "HOME": str(folder),
        "TMPDIR": str(folder),
    }
    start = time.perf_counter()
    with subprocess.Popen(
        [program], env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        try:
            _measure(table, column, process, start)
        finally:
            process.kill()


def _measure(table: Table, column: str, process: "subprocess.Popen[bytes]", start: float) -> None:
    assert process.stdout
    line = process.stdout.readline().decode()
    table.add("exec to handshake line", column, (time.perf_counter() - start) * 1000)
    with Plugin(process, tuple(line.rstrip("\n").split("|"))).channel() as channel:
        request, response = pb.GetProviderSchema.Request, pb.GetProviderSchema.Response
        answer = call(channel, "GetProviderSchema", request(), response)
        assert answer.resource_schemas, answer.diagnostics
        table.add("exec to first answer", column, (time.perf_counter() - start) * 1000)
        shutdown = channel.unary_unary("/plugin.GRPCController/Shutdown", bytes, bytes)
        start = time.perf_counter()
        with suppress(grpc.RpcError):  # some end before they answer
            shutdown(b"", timeout=10)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        table.add("Shutdown to exit", column, (time.perf_counter() - start) * 1000)
    table.add("CPU time of such a process", column, (usage.ru_utime + usage.ru_stime) * 1000)


@contextmanager
def peak_memory(table: Table, column: str, program: Path) -> Iterator[None]:
    """The largest resident memory that one of the program's processes has in the meantime."""
    over = threading.Event()
    seen = [0.0]

    def watch() -> None:
        while not over.wait(_PAUSE):
            for status in Path("/proc").glob("[0-9]*/status"):
                try:
                    command, text = status.with_name("cmdline").read_text(), status.read_text()
                except OSError:
                    continue  # it has ended
                if str(program) in command and "VmHWM:" in text:
                    seen.append(int(text.split("VmHWM:")[1].split()[0]) / 1024)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        table.add("peak memory of a provider process, MiB", column, max(seen))
