"""Processes: one provider used as Terraform does it, a command of Terraform, and the memory of either."""

import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import grpc

from bench.measure import Table
from bench.whole_run import Run, whole
from tests.support.plugin import COOKIE, Plugin, call, client_certificate
from tests.support.terraform import Terraform
from tests.support.terraform_process import Executable, executables
from tfplugin._generated import tfplugin6_pb2 as pb

_PAUSE = 0.01  # seconds between two looks at the memory
# stands for Terraform, and ends after the provider as Terraform does: a warm parent stays as long as Terraform is there
_HOST = ("/bin/sh", "-c", '"$0"; exit $?')


def measure_process(table: Table, column: str, program: Path, folder: Path) -> None:
    """Start one with TLS, ask it for its schema, end it. `folder` is its home, and has its temporary files."""
    environment = {
        **os.environ,
        **COOKIE,
        "PLUGIN_CLIENT_CERT": client_certificate(),
        "HOME": str(folder),
        "TMPDIR": str(folder),
    }
    with subprocess.Popen(
        whole(*_HOST, str(program)),
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            at_line, at_answer, at_request = use(process)
        finally:
            process.kill()
    run = Run.last(folder)
    table.add("exec to handshake line", column, (at_line - run.started) * 1000)
    table.add("exec to first answer", column, (at_answer - run.started) * 1000)
    table.add("Shutdown to exit", column, (run.ended - at_request) * 1000)
    table.add("CPU time of such a process", column, run.cpu * 1000)


def time_command(
    table: Table, row: str, column: str, terraform: Terraform, *command: str, cpu: bool = False
) -> None:
    """Run it with a Terraform of `whole_terraform`; `cpu` adds a row for the processor time of all that it has started."""
    terraform.run(*command)
    run = Run.last(terraform.folder)
    table.add(row, column, (run.ended - run.started) * 1000)
    if cpu:
        table.add(f"{row}: CPU time", column, run.cpu * 1000)


def whole_terraform() -> Executable:
    """The Terraform of this machine, run to the end of all that it starts."""
    executable = executables()[0]
    return replace(executable, argv=whole(*executable.argv))


def use(process: "subprocess.Popen[bytes]") -> tuple[float, float, float]:
    """Ask it for its schema, and end it: when the handshake line and the answer came, and when the end was asked for."""
    assert process.stdout
    line = process.stdout.readline().decode()
    at_line = time.perf_counter()
    with Plugin(process, tuple(line.rstrip("\n").split("|"))).channel() as channel:
        request, response = pb.GetProviderSchema.Request, pb.GetProviderSchema.Response
        answer = call(channel, "GetProviderSchema", request(), response)
        assert answer.resource_schemas, answer.diagnostics
        at_answer = time.perf_counter()
        shutdown = channel.unary_unary("/plugin.GRPCController/Shutdown", bytes, bytes)
        at_request = time.perf_counter()
        with suppress(grpc.RpcError):  # some end before they answer
            shutdown(b"", timeout=10)
        process.wait()
    return at_line, at_answer, at_request


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
