"""Our provider doing real work: Terraform's commands on a workspace, and psql running the same statements."""

import subprocess
from pathlib import Path

from bench.measure import Table
from bench.processes import measure_process, peak_memory
from krenalis_provider.warehouses.columns import profile_columns
from krenalis_provider.warehouses.postgresql import statements
from krenalis_provider.warehouses.provisioner import platform
from krenalis_provider.workspaces.model import WarehouseMode, Workspace, make_settings
from krenalis_provider.workspaces.profile_schema import parse
from tests.support.postgresql import Database, Server
from tests.support.terraform import Terraform
from tests.support.terraform_process import KRENALIS, Executable
from tests.support.workspaces import configuration, profile_schema
from tfplugin.deadline import Deadline

_COLUMN = "krenalis"


def measure(executable: Executable, server: Server, folder: Path, runs: int) -> Table:
    """Everything again and again; the first time is for the caches and does not count."""
    table = Table("krenalis on PostgreSQL, ms", (_COLUMN,))
    database = server.database()
    terraform = Terraform(executable, folder)
    for run in range(runs + 1):
        measure_process(table, _COLUMN, KRENALIS.path, folder)
        _commands(table, terraform, database)
        _provisioning(table, server, folder)
        if run == 0:
            table.forget()
    return table


def _commands(table: Table, terraform: Terraform, database: Database) -> None:
    """Those on one workspace, from nothing to nothing."""

    def run(row: str, *arguments: str) -> None:
        table.time(row, _COLUMN, lambda: terraform.run(*arguments))

    terraform.write("")
    run("terraform plan without a provider", "plan", "-input=false")
    terraform.write(configuration(database.settings(), extra="deletion_protection = false"))
    run("terraform validate", "validate")
    run("terraform plan of a creation, with the live check", "plan", "-input=false")
    run("terraform apply of it", "apply", "-input=false", "-auto-approve")
    run("terraform plan without changes", "plan", "-input=false")
    with peak_memory(table, _COLUMN, KRENALIS.path):
        run("terraform destroy", "destroy", "-input=false", "-auto-approve")


def _provisioning(table: Table, server: Server, folder: Path) -> None:
    """The provisioner making one warehouse, and psql running the same statements in one transaction."""
    document = profile_schema()
    schema = parse(document).schema
    assert schema
    columns = profile_columns(schema)
    record = Workspace(id="1", name="Customers", mode=WarehouseMode.NORMAL, profile_schema=document)
    database = server.database()
    settings = make_settings("PostgreSQL", database.settings())
    provisioner = platform("PostgreSQL").provisioner(settings, {})
    table.time(
        "provisioner: initialize",
        _COLUMN,
        lambda: provisioner.initialize(record, columns, Deadline.after(60)),
    )
    table.time("provisioner: inspect", _COLUMN, lambda: provisioner.inspect(Deadline.after(60)))
    table.time("provisioner: drop", _COLUMN, lambda: provisioner.drop("1", Deadline.after(60)))
    if server.psql:
        script = folder / "initialize.sql"
        with database.connect() as connection:
            made = [*statements.create(settings.schema, columns)]
            made.append(statements.write_record(settings.schema, record))
            texts = [s.query if isinstance(s.query, str) else s.query.as_string(connection) for s in made]
        script.write_text(";\n".join(texts) + ";\n")
        conninfo = server.conninfo(database.name, database.role, database.password)
        options = ["--no-psqlrc", "--quiet", "--single-transaction", f"--file={script}", conninfo]
        table.time(
            "psql: the statements of initialize",
            _COLUMN,
            lambda: subprocess.run([server.psql or "", *options], check=True, stdout=subprocess.DEVNULL),
        )
    database.drop()
