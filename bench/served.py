"""Terraform's commands on workspaces in a Krenalis server, beside direct mode. The server is that of the tests."""

from pathlib import Path

from psycopg import sql

from bench.krenalis import COMMANDS
from bench.many_workspaces import NUMBER, PLAN, terraform_of_many
from bench.measure import Table
from bench.processes import time_command
from tests.support.krenalis_server import KrenalisServer
from tests.support.postgresql import Database, Server
from tests.support.terraform import Terraform
from tests.support.terraform_process import Executable
from tests.support.workspaces import configuration

_DIRECT, _SERVED = "direct mode", "server mode"
_UNPROTECTED = "deletion_protection = false"
_DROPPED = f'{_UNPROTECTED}\n  on_destroy = "drop"'


def measure(executable: Executable, server: Server, folder: Path, runs: int) -> Table:
    """One workspace from nothing to nothing, and a plan over many; the first time is for the caches and does not count."""
    table = Table("a Krenalis server beside direct mode, ms", (_DIRECT, _SERVED))
    with KrenalisServer.start() as krenalis:
        where = {"KRENALIS_ENDPOINT": krenalis.endpoint, "KRENALIS_API_KEY": krenalis.key}
        one = {
            _DIRECT: Terraform(executable, folder / "one"),
            _SERVED: Terraform(executable, folder / "one-served", environment=where),
        }
        one[_DIRECT].write(configuration(server.database().settings(), extra=_UNPROTECTED))
        one[_SERVED].write(configuration(server.database().settings(), extra=_DROPPED))
        many = {
            _DIRECT: terraform_of_many(executable, folder / "many", server.database()),
            _SERVED: _many_served(executable, folder / "many-served", server.database(), where),
        }
        for terraform in many.values():
            terraform.run("apply", "-input=false", "-auto-approve")
        for run in range(runs + 1):
            for row, command in COMMANDS:
                for column, terraform in one.items():
                    time_command(table, row, column, terraform, *command)
            for column, terraform in many.items():
                time_command(table, f"terraform plan over {NUMBER} workspaces", column, terraform, *PLAN)
            if run == 0:
                table.forget()
    return table


def _many_served(
    executable: Executable, folder: Path, database: Database, environment: dict[str, str]
) -> Terraform:
    """Each workspace has a database of its own, as a server wants it."""
    role, schema = sql.Identifier(database.role), sql.Identifier(database.schema)
    for number in range(NUMBER):
        name = f"served_{number}"
        with database.server.connect() as connection:
            connection.autocommit = True
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), role))
        with database.server.connect(name) as connection:
            connection.execute(sql.SQL("CREATE SCHEMA {} AUTHORIZATION {}").format(schema, role))
    terraform = Terraform(executable, folder, environment=environment)
    settings = {**database.settings(), "database": "served_${count.index}"}
    extra = f"count = {NUMBER}"
    terraform.write(configuration(settings, name="Workspace ${count.index}", extra=extra))
    return terraform
