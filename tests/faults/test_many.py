"""Many workspaces in one apply, and many applies on one workspace."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from psycopg import sql

from tests.faults.operations import sessions, waiting
from tests.support.postgresql import Database
from tests.support.postgresql_warehouse import PostgreSQLWarehouse
from tests.support.terraform import Terraform
from tests.support.terraform_process import executables, folded
from tests.support.workspaces import ADDRESS, configuration

MOST = 10
"""What Terraform does at the same time."""
COUNT = 20


@contextmanager
def held(database: Database, *schemas: str) -> Iterator[None]:
    """Hold every change of the warehouses in the schemas before it begins."""
    with database.connect() as other:
        for schema in schemas:
            other.execute("SELECT pg_advisory_lock(hashtextextended('krenalis:' || %s::text, 0))", [schema])
        yield


def test_twenty_schemas_of_a_database_get_a_workspace_each_over_ten_connections(
    any_terraform: Terraform, database: Database
) -> None:
    schemas = [f"customers_{number:02}" for number in range(COUNT)]
    with database.connect() as connection:
        for schema in schemas:
            names = {"schema": sql.Identifier(schema), "role": sql.Identifier(database.role)}
            connection.execute(sql.SQL("CREATE SCHEMA {schema}").format(**names))
            connection.execute(sql.SQL("GRANT USAGE, CREATE ON SCHEMA {schema} TO {role}").format(**names))
    name = "local.schemas[count.index]"
    text = configuration(
        {**database.settings(), "schema": name},
        name=name,
        extra=f"count = {COUNT}\ndeletion_protection = false",
    )
    any_terraform.write(f"locals {{\n  schemas = {schemas!r}\n}}\n{text}".replace("'", '"'))
    with held(database, *schemas):
        running = any_terraform.start("apply", "-input=false", "-auto-approve")
        pids = waiting(database, "advisory", count=MOST)
        assert len(pids) == MOST
        assert sessions(database) == pids
    assert running.wait() == 0, running.report()
    with database.connect() as connection:
        for schema in schemas:
            query = sql.SQL("SELECT name FROM {}").format(sql.Identifier(schema, "krenalis_workspace"))
            assert connection.execute(query).fetchall() == [(schema,)]
    assert not any_terraform.plan().has_changes

    with held(database, *schemas):
        running = any_terraform.start("destroy", "-input=false", "-auto-approve")
        pids = waiting(database, "advisory", count=MOST)
        assert len(pids) == MOST
        assert sessions(database) == pids
    assert running.wait() == 0, running.report()


def test_of_two_applies_on_one_schema_one_wins_and_the_other_says_why(
    database: Database, tmp_path: Path
) -> None:
    with (
        Terraform(executables()[0], tmp_path / "one") as one,
        Terraform(executables()[0], tmp_path / "other") as other,
    ):
        for terraform, name in ((one, "Customers"), (other, "Clients")):
            terraform.write(configuration(database.settings(), name=name))
        with held(database, database.schema):
            running = [each.start("apply", "-input=false", "-auto-approve") for each in (one, other)]
            waiting(database, "advisory", count=2)
        codes = [command.wait() for command in running]
        assert sorted(codes) == [0, 1], "\n".join(command.report() for command in running)
        winner, loser = (one, other) if codes == [0, 1] else (other, one)
        assert winner.state_list() == [ADDRESS]
        assert loser.state_list() == []
        said = folded(running[codes.index(1)].stderr)
        workspace_id, name, _ = PostgreSQLWarehouse(database.server.port, database).record()
        assert f'holds the Krenalis workspace "{name}" with the id {workspace_id}' in said
        assert not winner.plan().has_changes
