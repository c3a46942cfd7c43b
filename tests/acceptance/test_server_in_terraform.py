"""A workspace of a Krenalis server in Terraform's hands, on the test server with a real warehouse."""

import os
import signal

import pytest

from tests.support.krenalis_server import KrenalisServer, Strike
from tests.support.postgresql import Database
from tests.support.postgresql_warehouse import content, execute
from tests.support.processes import children
from tests.support.server_calls import columns
from tests.support.terraform import Terraform
from tests.support.terraform_checks import ExpectAction, ExpectKnown
from tests.support.workspaces import ADDRESS, configuration, profile_schema

UNPROTECTED = "deletion_protection = false"


class Configured:
    """The main.tf of a workspace at a server."""

    def __init__(self, terraform: Terraform, server: KrenalisServer, database: Database) -> None:
        self.terraform, self.server, self.database = terraform, server, database

    def write(self, *, settings: dict[str, object] | None = None, **values: object) -> None:
        provider = f'endpoint = "{self.server.endpoint}"\n  api_key = "{self.server.key}"'
        given = {**self.database.settings(), **(settings or {})}
        self.terraform.write(configuration(given, provider=provider, **values))  # type: ignore[arg-type]


@pytest.fixture
def configured(terraform: Terraform, krenalis: KrenalisServer, database: Database) -> Configured:
    return Configured(terraform, krenalis, database)


def test_a_workspace_is_created_changed_and_dropped(
    configured: Configured, terraform: Terraform, krenalis: KrenalisServer, database: Database
) -> None:
    configured.write(extra='identifiers = ["email"]')
    terraform.apply(
        checks=[
            ExpectAction(ADDRESS, "create"),
            ExpectKnown(ADDRESS, "profile_columns.email", "character varying(254)"),
        ]
    )
    assert krenalis.workspace().identifiers == ["email"]

    document = profile_schema()
    document["properties"][0]["name"] = "client_id"
    extra = f'{UNPROTECTED}\n  on_destroy = "drop"\n  identifiers = ["client_id", "email"]\n  '
    extra += 'renames = { client_id = "customer_id" }'
    configured.write(document=document, name="Clients", mode="Maintenance", extra=extra)
    terraform.apply(checks=[ExpectAction(ADDRESS, "update")])
    workspace = krenalis.workspace()
    assert (workspace.name, workspace.mode) == ("Clients", "Maintenance")
    assert workspace.identifiers == ["client_id", "email"]
    assert "client_id" in columns(database)
    assert not terraform.plan().has_changes

    terraform.destroy()
    assert krenalis.workspaces == {}
    assert content(database) == set()


def test_a_creation_whose_answer_is_lost_is_in_the_state(
    configured: Configured, terraform: Terraform, krenalis: KrenalisServer
) -> None:
    krenalis.fail("POST", "/workspaces", Strike.CLOSE_DONE)
    configured.write()

    terraform.apply()

    assert terraform.state_list() == [ADDRESS]
    assert not terraform.plan().has_changes


def test_a_workspace_that_is_deleted_elsewhere_is_planned_anew_with_what_is_in_the_way(
    configured: Configured, terraform: Terraform, krenalis: KrenalisServer, database: Database
) -> None:
    configured.write()
    terraform.apply()
    krenalis.state.remove(krenalis.workspace())

    terraform.plan(expect_error="(?s)filled the warehouse.*DROP VIEW")


def test_rows_are_counted_before_a_destruction(
    configured: Configured, terraform: Terraform, database: Database
) -> None:
    configured.write(extra=f'{UNPROTECTED}\n  on_destroy = "drop"')
    terraform.apply()
    execute(database, "INSERT INTO krenalis_profiles_0 (_updated_at) VALUES (now()), (now())")

    assert "2 profiles" in terraform.plan("-destroy").text


def test_a_server_that_is_away_fails_no_refresh(
    configured: Configured, terraform: Terraform, krenalis: KrenalisServer
) -> None:
    configured.write()
    terraform.apply()
    krenalis.die()

    planned = terraform.plan()

    assert "could not be refreshed" in planned.text
    krenalis.restart()


def test_what_is_gone_from_the_server_and_abandoned_is_destroyed_as_the_plan_says(
    configured: Configured, terraform: Terraform, krenalis: KrenalisServer
) -> None:
    configured.write(extra=UNPROTECTED)
    terraform.apply()
    gone = krenalis.workspace().id
    krenalis.state.remove(krenalis.workspace())

    # it plans as usual first, and so a creation in a warehouse that holds what was abandoned
    terraform.destroy(
        expect_error=f"The state had the workspace {gone} there, which is gone.*terraform destroy -refresh=false"
    )
    terraform.destroy("-refresh=false")

    assert terraform.state_list() == []


def test_two_workspaces_in_one_database_are_refused_before_one_breaks_off(
    configured: Configured, terraform: Terraform, krenalis: KrenalisServer, database: Database
) -> None:
    execute(database, f'CREATE SCHEMA other AUTHORIZATION "{database.settings()["username"]}"')
    configured.write()
    first = (terraform.folder / "main.tf").read_text()
    configured.write(name="Others", settings={"schema": "other"})
    second = (terraform.folder / "main.tf").read_text().partition("resource ")[2]
    terraform.write(f"{first}\nresource {second.replace('customers', 'others', 1)}")

    planned = terraform.plan(expect_error="Several workspaces in one database")

    assert "Give each workspace a database of its own" in planned.errors
    assert content(database) == set()


def test_a_provider_that_is_killed_between_drop_and_deletion_is_gone_on_from(
    configured: Configured, terraform: Terraform, krenalis: KrenalisServer, database: Database
) -> None:
    configured.write(extra=f'{UNPROTECTED}\n  on_destroy = "drop"')
    terraform.apply()
    hung = krenalis.fail("DELETE", "/workspaces/current", Strike.HANG)
    running = terraform.start("destroy", "-input=false", "-auto-approve")
    assert hung.happened.wait(60)
    for provider in children(running.process.pid):
        os.kill(provider, signal.SIGKILL)
    assert running.wait() == 1
    krenalis.heal()
    assert (len(krenalis.workspaces), content(database)) == (1, set())
    assert terraform.state_list() == [ADDRESS]

    terraform.destroy()

    assert (len(krenalis.workspaces), terraform.state_list()) == (0, [])
