"""Our provider doing real work on PostgreSQL: one process alone, and Terraform's commands on one workspace."""

from pathlib import Path

from bench.measure import Table
from bench.processes import measure_process, peak_memory, time_command
from tests.support.postgresql import Database, Server
from tests.support.terraform import Terraform
from tests.support.terraform_process import KRENALIS, Executable
from tests.support.workspaces import configuration

COMMANDS = (
    ("terraform validate", ("validate",)),
    ("terraform plan of a creation, with the live check", ("plan", "-input=false")),
    ("terraform apply of it", ("apply", "-input=false", "-auto-approve")),
    ("terraform plan without changes", ("plan", "-input=false")),
    ("terraform destroy", ("destroy", "-input=false", "-auto-approve")),
)
"""Those on one workspace, from nothing to nothing."""
_COLUMN = "krenalis"


def measure(executable: Executable, server: Server, folder: Path, runs: int) -> Table:
    """Everything again and again; the first time is for the caches and does not count."""
    table = Table("krenalis on PostgreSQL, ms", (_COLUMN,))
    database = server.database()
    terraform = Terraform(executable, folder)
    for run in range(runs + 1):
        measure_process(table, _COLUMN, KRENALIS.path, folder)
        _commands(table, terraform, database)
        if run == 0:
            table.forget()
    return table


def _commands(table: Table, terraform: Terraform, database: Database) -> None:
    terraform.write("")
    time_command(table, "terraform plan without a provider", _COLUMN, terraform, "plan", "-input=false")
    terraform.write(configuration(database.settings(), extra="deletion_protection = false"))
    with peak_memory(table, _COLUMN, KRENALIS.path):
        for row, command in COMMANDS:
            time_command(table, row, _COLUMN, terraform, *command)
