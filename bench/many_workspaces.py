"""Terraform's plan over many workspaces, and how many connections to PostgreSQL are open meanwhile."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from psycopg import sql

from bench.measure import Table
from bench.processes import time_command
from bench.provisioning import ROUND_TRIP
from tests.support.postgresql import Database, Server
from tests.support.proxy import Proxy
from tests.support.terraform import Terraform
from tests.support.terraform_process import KRENALIS, Executable, ProviderExecutable
from tests.support.workspaces import configuration

NUMBER: Final = 100
PLAN: Final = ("plan", "-input=false", "-detailed-exitcode")  # fails if there are changes
_PAUSE: Final = 0.005  # seconds between two looks at the connections


def measure(executable: Executable, server: Server, folder: Path, runs: int) -> Table:
    """Near the server and far from it in turn, each in a database of its own; the creation is measured once."""
    near, far = "near", f"{ROUND_TRIP * 1000:.0f} ms away"
    table = Table(f"{NUMBER} workspaces in one database", (near, far))
    with Proxy((server.host, server.port), round_trip=ROUND_TRIP) as proxy:
        databases = {near: server.database(), far: server.database()}
        terraforms = {
            column: terraform_of_many(executable, folder / str(port), databases[column], port=port)
            for column, port in {near: server.port, far: proxy.port}.items()
        }
        for column, terraform in terraforms.items():
            with _connections(table, "connections during it, at most", column, databases[column]):
                time_command(
                    table, "terraform apply, ms", column, terraform, "apply", "-input=false", "-auto-approve"
                )
        for run in range(runs + 1):
            shown = table if run else Table("", (near, far))  # the first time is for the caches
            for column, terraform in terraforms.items():
                with _connections(shown, "connections during a plan, at most", column, databases[column]):
                    time_command(
                        shown, "terraform plan without changes, ms", column, terraform, *PLAN, cpu=True
                    )
    return table


def terraform_of_many(
    executable: Executable,
    folder: Path,
    database: Database,
    *,
    port: int | None = None,
    provider: ProviderExecutable = KRENALIS,
) -> Terraform:
    """A configuration of the workspaces, each in a schema that is there; `port` is that of a proxy."""
    with database.connect() as connection:
        for number in range(NUMBER):
            query = sql.SQL("CREATE SCHEMA {schema}; GRANT USAGE, CREATE ON SCHEMA {schema} TO {role}")
            names = {"schema": f"workspace_{number}", "role": database.role}
            connection.execute(query.format(**{key: sql.Identifier(name) for key, name in names.items()}))
    settings = {**database.settings(), "schema": "workspace_${count.index}"} | (
        {"port": port} if port else {}
    )
    terraform = Terraform(executable, folder, provider=provider)
    terraform.write(
        configuration(settings, name="Workspace ${count.index}", extra=f"count = {NUMBER}"),
    )
    return terraform


@contextmanager
def _connections(table: Table, row: str, column: str, database: Database) -> Iterator[None]:
    """The greatest number of connections that the database's role had at any time, as a superuser sees it."""
    over = threading.Event()
    seen = [0]

    def watch() -> None:
        with database.server.connect() as connection:
            while not over.wait(_PAUSE):
                (count,) = connection.execute(
                    "SELECT count(*) FROM pg_stat_activity WHERE usename = %s", [database.role]
                ).fetchone() or (0,)
                seen.append(count)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        table.add(row, column, max(seen))
