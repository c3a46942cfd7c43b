"""Prints a table of timings: the process, Terraform's commands, and psql running the same statements.

Run by `make bench`. Figures are medians of several runs on whatever machine this is: compare them only within one
table. Nothing here passes or fails.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "provider")]

from krenalis_provider.warehouses.columns import profile_columns  # noqa: E402 - after the path is set
from krenalis_provider.warehouses.postgresql import statements  # noqa: E402
from krenalis_provider.warehouses.provisioner import platform  # noqa: E402
from krenalis_provider.workspaces.deadline import Deadline  # noqa: E402
from krenalis_provider.workspaces.model import WarehouseMode, Workspace, make_settings  # noqa: E402
from krenalis_provider.workspaces.profile_schema import parse  # noqa: E402
from tests.support.plugin import COOKIE, client_certificate  # noqa: E402
from tests.support.postgresql import Database, Server  # noqa: E402
from tests.support.terraform import PROVIDER_FOLDER, Terraform  # noqa: E402
from tests.support.terraform_process import PROVIDER_EXECUTABLE, executables  # noqa: E402
from tests.support.workspaces import configuration, profile_schema  # noqa: E402

RUNS = 7
PROVIDER = PROVIDER_FOLDER / PROVIDER_EXECUTABLE

Timings = dict[str, list[float]]


def timed(timings: Timings, what: str, action: Callable[[], object]) -> None:
    """Add to `timings` how many milliseconds an action takes."""
    start = time.perf_counter()
    action()
    timings.setdefault(what, []).append((time.perf_counter() - start) * 1000)


def process(timings: Timings) -> None:
    """One process: from exec to the handshake line with TLS, and from Shutdown to its end."""
    environment = {**os.environ, **COOKIE}
    with_tls = {**environment, "PLUGIN_CLIENT_CERT": client_certificate()}
    with subprocess.Popen(
        [PROVIDER], env=with_tls, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as plugin:
        assert plugin.stdout
        timed(timings, "exec to handshake line, with TLS", plugin.stdout.readline)
        plugin.terminate()
    with subprocess.Popen(
        [PROVIDER], env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as plugin:
        assert plugin.stdout
        address = plugin.stdout.readline().decode().split("|")[3]
        with grpc.insecure_channel(f"unix:{address}") as channel:
            grpc.channel_ready_future(channel).result(10)
            shutdown = channel.unary_unary("/plugin.GRPCController/Shutdown", bytes, bytes)
            timed(timings, "Shutdown to end of process", lambda: (shutdown(b""), plugin.wait()))


@contextmanager
def watching_memory(peaks: list[int]) -> Iterator[None]:
    """Add to `peaks` the resident memory, in KiB, of the provider processes that are seen meanwhile."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.01):
            for status in Path("/proc").glob("[0-9]*/status"):
                try:
                    command, text = status.with_name("cmdline").read_text(), status.read_text()
                except OSError:
                    continue
                if str(PROVIDER) in command and "VmHWM:" in text:
                    peaks.append(int(text.split("VmHWM:")[1].split()[0]))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def commands(timings: Timings, terraform: Terraform, database: Database) -> None:
    """Terraform's commands on one workspace, from nothing to nothing."""

    def run(what: str, *arguments: str) -> None:
        timed(timings, f"terraform {what}", lambda: terraform.run(*arguments))

    terraform.write("")
    run("plan, without a provider", "plan", "-input=false")
    terraform.write(configuration(database.settings(), extra="deletion_protection = false"))
    run("validate", "validate")
    run("plan of a creation, with the live check", "plan", "-input=false")
    run("apply -auto-approve of a creation", "apply", "-input=false", "-auto-approve")
    run("plan without changes", "plan", "-input=false")
    run("destroy -auto-approve", "destroy", "-input=false", "-auto-approve")


def provisioning(timings: Timings, server: Server, folder: Path) -> None:
    """The provisioner making one warehouse, and psql running the same statements in one transaction."""
    document = profile_schema()
    schema = parse(document).schema
    assert schema
    columns = profile_columns(schema)
    record = Workspace(id="1", name="Customers", mode=WarehouseMode.NORMAL, profile_schema=document)
    database = server.database()
    settings = make_settings("PostgreSQL", database.settings())
    provisioner = platform("PostgreSQL").provisioner(settings, {})
    timed(
        timings,
        "provisioner: initialize",
        lambda: provisioner.initialize(record, columns, Deadline.after(60)),
    )
    timed(timings, "provisioner: inspect", lambda: provisioner.inspect(Deadline.after(60)))
    timed(timings, "provisioner: drop", lambda: provisioner.drop("1", Deadline.after(60)))
    if server.psql:
        script = folder / "initialize.sql"
        with database.connect() as connection:
            made = [*statements.create(settings.schema, columns)]
            made.append(statements.write_record(settings.schema, record))
            texts = [s.query if isinstance(s.query, str) else s.query.as_string(connection) for s in made]
        script.write_text(";\n".join(texts) + ";\n")
        conninfo = server.conninfo(database.name, database.role, database.password)
        psql: list[str | Path] = [
            server.psql,
            "--no-psqlrc",
            "--quiet",
            "--single-transaction",
            "--file",
            script,
            conninfo,
        ]
        timed(
            timings,
            "psql: the statements of initialize",
            lambda: subprocess.run(psql, check=True, stdout=subprocess.DEVNULL),
        )
    database.drop()


def main() -> None:
    """Measure and print."""
    timings: Timings = {}
    peaks: list[int] = []
    executable = executables()[0]
    with tempfile.TemporaryDirectory() as temporary, Server.start() as server:
        folder = Path(temporary)
        database = server.database()
        with Terraform(executable, folder / "terraform") as terraform, watching_memory(peaks):
            for _ in range(RUNS):
                process(timings)
                commands(timings, terraform, database)
                provisioning(timings, server, folder)
        python = sys.version.split()[0]
        print(
            f"{executable.name}, PostgreSQL {server.version}, Python {python}, {os.cpu_count()} CPUs, {RUNS} runs\n"
        )
    print(f"{'':50} {'median':>9} {'min':>9} {'max':>9}")
    for what, values in timings.items():
        low, high = min(values), max(values)
        print(f"{what:50} {statistics.median(values):6.0f} ms {low:6.0f} ms {high:6.0f} ms")
    print(f"{'largest resident memory of a provider process':50} {max(peaks) / 1024:5.0f} MiB")


if __name__ == "__main__":
    main()
