"""The archive beside the virtual environment that it was made of: its size, and how soon its processes answer."""

import os
import subprocess
import time
from pathlib import Path

from bench.krenalis import COMMANDS
from bench.measure import Table
from bench.processes import measure_process, time_command, use
from krenalis_provider.bundle import cli_configuration
from tests.support.installed import MIRROR, install, only_archive, unzip
from tests.support.plugin import COOKIE, client_certificate
from tests.support.postgresql import Server
from tests.support.terraform import Terraform
from tests.support.terraform_process import KRENALIS, Executable
from tests.support.workspaces import configuration

_ENVIRONMENT, _ARCHIVE = "environment", "archive"
_MEGABYTE = 1e6


def sizes(folder: Path) -> Table:
    """Make the archive, in the mirror of a home in the folder, and unpack it there."""
    folder.mkdir(parents=True, exist_ok=True)
    table = Table("the archive", ("",))
    install(folder / "home")
    archive = only_archive(folder / "home")
    unzip(archive, folder / "unpacked")
    files = [path for path in (folder / "unpacked").rglob("*") if path.is_file()]
    table.add("packed, MB", "", archive.stat().st_size / _MEGABYTE)
    table.add("unpacked, MB", "", sum(path.stat().st_size for path in files) / _MEGABYTE)
    table.add("files", "", len(files))
    return table


def measure(executable: Executable, server: Server, folder: Path, runs: int) -> Table:
    """Processes and commands of both in turn, after `sizes` in the same folder; the first round does not count.

    Terraform takes the environment's executable by an override, and the archive as ``init`` installs it, with a lock file.
    """
    table = Table("start-up, ms", (_ENVIRONMENT, _ARCHIVE), ratio=True)
    programs = {
        _ENVIRONMENT: KRENALIS.path,
        _ARCHIVE: next((folder / "unpacked").glob("terraform-provider-*")),
    }
    terraforms = {column: Terraform(executable, folder / column) for column in programs}
    for terraform in terraforms.values():
        terraform.write(configuration(server.database().settings(), extra="deletion_protection = false"))
    installed = terraforms[_ARCHIVE]
    settings = folder / "archive.tfrc"
    settings.write_text(cli_configuration.block(folder / "home" / MIRROR))
    installed.environment["TF_CLI_CONFIG_FILE"] = str(settings)
    installed.init()
    for run in range(runs + 1):
        turn = list(programs)[:: -1 if run % 2 else 1]
        for column in turn:
            measure_process(table, column, programs[column], terraforms[column].folder)
        for column in turn:
            _measure_later_start(table, column, programs[column], terraforms[column].folder)
        for row, command in COMMANDS:
            for column in turn:
                time_command(table, row, column, terraforms[column], *command)
        if run == 0:
            table.forget()
    return table


def _measure_later_start(table: Table, column: str, program: Path, folder: Path) -> None:
    """The second of two starts by this process, which the warm parent of the first serves."""
    variables = {"PLUGIN_CLIENT_CERT": client_certificate(), "HOME": str(folder), "TMPDIR": str(folder)}
    for row in ("", "exec to handshake line, a later start"):
        started = time.perf_counter()
        with subprocess.Popen(
            [program],
            env={**os.environ, **COOKIE, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as process:
            try:
                at_line, _, _ = use(process)
            finally:
                process.kill()
        if row:
            table.add(row, column, (at_line - started) * 1000)
