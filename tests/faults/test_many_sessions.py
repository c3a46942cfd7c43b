"""More workspaces at once than PostgreSQL has sessions for: everything is done, and nobody hears of it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from psycopg import sql

from tests.support.postgresql import Database, Server
from tests.support.terraform import Result, Terraform
from tests.support.workspaces import configuration

ROLE_LIMIT = 3
COMPLAINT = re.compile(r"Error|Too many|could not|Not rehearsed|not checked|starting or stopping|lost")


@pytest.fixture(scope="module")
def small() -> Iterator[Server]:
    """A server with 20 sessions, three of which are a superuser's."""
    with Server.start(parameters={"max_connections": "20"}) as server:
        yield server


@contextmanager
def schemas(database: Database, count: int) -> Iterator[list[str]]:
    """Schemas for so many workspaces."""
    names = [f"customers_{number:02}" for number in range(count)]
    with database.connect() as connection:
        for name in names:
            parts = {"schema": sql.Identifier(name), "role": sql.Identifier(database.role)}
            connection.execute(sql.SQL("CREATE SCHEMA {schema}").format(**parts))
            connection.execute(sql.SQL("GRANT USAGE, CREATE ON SCHEMA {schema} TO {role}").format(**parts))
    try:
        yield names
    finally:
        database.drop()


def workspaces(database: Database, names: list[str], *, name: str = "", data_sources: bool = False) -> str:
    schema = "local.schemas[count.index]"
    text = configuration(
        {**database.settings(), "schema": schema},
        name=name or schema,
        provider="rehearse = true",
        extra=f"count = {len(names)}\ndeletion_protection = false",
    )
    settings = "\n".join(
        f'    {key} = "{value}"' for key, value in database.settings().items() if key != "schema"
    )
    if data_sources:
        text += f"""
data "krenalis_workspace" "each" {{
  count = {len(names)}
  warehouse = {{
    platform = "PostgreSQL"
    settings = {{
{settings}
      schema = {schema}
    }}
  }}
}}
data "krenalis_workspaces" "all" {{
  count = {len(names)}
{settings}
}}
"""
    return f"locals {{\n  schemas = {names!r}\n}}\n{text}".replace("'", '"')


def quiet(result: Result) -> Result:
    """The result, in which nothing is complained of."""
    complaints = COMPLAINT.findall(result.stdout + result.stderr)
    assert not complaints, result.stdout + result.stderr
    return result


def everything(terraform: Terraform, database: Database, names: list[str]) -> None:
    """Create, refresh, plan, change, read and destroy workspaces in all of the schemas at once."""
    at_once = f"-parallelism={len(names)}"
    terraform.write(workspaces(database, names))
    quiet(terraform.run("apply", "-input=false", "-auto-approve", at_once))
    assert len(terraform.state_list()) == len(names)
    assert not quiet(terraform.plan(at_once)).has_changes
    terraform.write(workspaces(database, names, name="Clients", data_sources=True))
    planned = quiet(terraform.plan(at_once))
    quiet(terraform.run("apply", "-input=false", at_once, str(planned._plan)))
    assert not quiet(terraform.plan(at_once)).has_changes
    quiet(terraform.destroy(at_once))
    assert terraform.state_list() == []
    with database.connect() as connection:
        query = "SELECT count(*) FROM pg_class WHERE relname = 'krenalis_workspace'"
        assert connection.execute(query).fetchall() == [(0,)]


def test_fifty_workspaces_at_once_on_a_server_with_twenty_sessions(
    any_terraform: Terraform, small: Server
) -> None:
    database = small.database()
    with schemas(database, 50) as names:
        everything(any_terraform, database, names)


def test_thirty_workspaces_at_once_of_a_role_with_three_sessions(
    any_terraform: Terraform, small: Server
) -> None:
    database = small.database()
    with schemas(database, 30) as names:
        with database.connect() as connection:
            connection.execute(f"ALTER ROLE {database.role} CONNECTION LIMIT {ROLE_LIMIT}".encode())
        everything(any_terraform, database, names)
