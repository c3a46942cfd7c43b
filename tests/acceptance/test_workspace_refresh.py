"""A refresh that fails, and what the next plan makes of it; objects that went missing, made again."""

import json

import pytest

from tests.acceptance.postgresql_warehouse import execute
from tests.support.postgresql import Database
from tests.support.proxy import Proxy
from tests.support.terraform import Terraform
from tests.support.terraform_checks import ExpectAction, ExpectKnown
from tests.support.workspace_calls import WorkspaceCalls
from tests.support.workspaces import ADDRESS, configuration, profile_schema, record
from tfplugin.cty import plain

NOT_REFRESHED = 'Workspace "Customers" could not be refreshed'
ROTATED = "a-rotated-password"


def rotate(database: Database) -> None:
    execute(database, f"ALTER ROLE \"{database.role}\" PASSWORD '{ROTATED}'")


class TestPassword:
    def test_rotated_outside_it_is_wrong_until_the_configuration_has_the_new_one(
        self, applied: Terraform, database: Database
    ) -> None:
        before = record(database)
        rotate(database)

        wrong = applied.plan(expect_error="Wrong user name or password")
        assert NOT_REFRESHED in wrong.text
        assert applied.state_list() == [ADDRESS]

        applied.write(configuration({**database.settings(), "password": ROTATED}))
        applied.apply(checks=[ExpectAction(ADDRESS, "update")])
        assert record(database) == before
        assert NOT_REFRESHED not in applied.plan().text

    def test_of_the_provider_block_needs_no_apply(self, any_terraform: Terraform, database: Database) -> None:
        settings = database.settings()
        password = settings.pop("password")
        provider = 'postgresql = { password = "%s" }'
        any_terraform.write(configuration(settings, provider=provider % password))
        any_terraform.apply()
        rotate(database)

        any_terraform.plan(expect_error="Wrong user name or password")

        any_terraform.write(configuration(settings, provider=provider % ROTATED))
        planned = any_terraform.plan()
        assert not planned.has_changes
        assert NOT_REFRESHED not in planned.text


def test_a_host_that_moved_is_followed_when_the_old_one_is_gone(
    any_terraform: Terraform, database: Database
) -> None:
    with Proxy((database.server.host, database.server.port)) as old:
        any_terraform.write(configuration({**database.settings(), "port": old.port}))
        any_terraform.apply()
    before = record(database)

    gone = any_terraform.plan()
    assert NOT_REFRESHED in gone.text
    assert 'PostgreSQL could not be reached (workspace "Customers")' in gone.text
    assert not gone.has_changes

    any_terraform.write(configuration(database.settings()))
    any_terraform.apply(checks=[ExpectAction(ADDRESS, "update")])
    assert record(database) == before
    assert NOT_REFRESHED not in any_terraform.plan().text


def test_a_database_that_is_missing_is_an_error_and_keeps_the_state(
    applied: Terraform, database: Database
) -> None:
    with database.server.connect() as connection:
        connection.execute(f'ALTER DATABASE "{database.name}" RENAME TO "{database.name}_away"')
    try:
        missing = applied.plan(expect_error="Database does not exist")
    finally:
        with database.server.connect() as connection:
            connection.execute(f'ALTER DATABASE "{database.name}_away" RENAME TO "{database.name}"')

    assert NOT_REFRESHED in missing.text
    assert applied.state_list() == [ADDRESS]
    assert not applied.plan().has_changes


def test_a_record_that_cannot_be_read_stops_the_plan_until_it_is_deleted(
    applied: Terraform, database: Database
) -> None:
    before = record(database)
    execute(database, "UPDATE krenalis_workspace SET mode = 'Sideways'")

    unreadable = applied.plan(expect_error="Workspace's record cannot be read.*not valid: 'Sideways'")
    assert NOT_REFRESHED in unreadable.text

    execute(database, "DELETE FROM krenalis_workspace")
    applied.apply(checks=[ExpectKnown(ADDRESS, "objects.krenalis_workspace", "table")])
    assert record(database) == before


def test_whatever_is_missing_is_made_again_and_data_is_left_alone(
    applied: Terraform, database: Database
) -> None:
    before = record(database)
    execute(
        database,
        "INSERT INTO krenalis_profiles_0 (_updated_at, email) VALUES (now(), 'ann@example.com')",
        "DROP TABLE krenalis_workspace, krenalis_system_operations, krenalis_destination_profiles",
        "DROP TYPE system_operation_type",
        "DROP VIEW events",
    )

    applied.apply(
        checks=[
            ExpectAction(ADDRESS, "update"),
            ExpectKnown(ADDRESS, "objects.krenalis_workspace", "table"),
            ExpectKnown(ADDRESS, "objects.system_operation_type", "type"),
            ExpectKnown(ADDRESS, "objects.events", "view"),
        ]
    )

    assert record(database) == before
    assert execute(database, "SELECT email FROM profiles") == [("ann@example.com",)]


def test_a_role_to_work_as_lets_another_login_go_on(any_terraform: Terraform, database: Database) -> None:
    execute(
        database,
        f'CREATE ROLE "{database.name} team"',
        f'GRANT USAGE, CREATE ON SCHEMA "{database.schema}" TO "{database.name} team"',
        f"CREATE ROLE \"{database.name} bob\" LOGIN PASSWORD '{database.password}'",
        f'GRANT "{database.name} team" TO "{database.role}"',
    )
    provider = f'postgresql = {{ role = "{database.name} team" }}'
    any_terraform.write(
        configuration(database.settings(), provider=provider, extra="deletion_protection = false")
    )
    any_terraform.apply()
    bob = {**database.settings(), "username": f"{database.name} bob"}
    any_terraform.write(configuration(bob, provider=provider, extra="deletion_protection = false"))

    any_terraform.plan(
        expect_error=r'Role cannot be taken on.*provider postgresql\.role: .* GRANT "[^"]* team" TO "[^"]* bob";'
    )
    execute(database, f'GRANT "{database.name} team" TO "{database.name} bob"')
    any_terraform.apply(checks=[ExpectAction(ADDRESS, "update")])
    any_terraform.destroy()
    execute(
        database,
        f'DROP OWNED BY "{database.name} team"',
        f'DROP ROLE "{database.name} bob", "{database.name} team"',
    )


class TestProfileSchemaOfTheRecord:
    """The state keeps its own spelling while the record means the same."""

    def test_in_another_spelling_of_the_same_is_no_change(self, database: Database) -> None:
        workspace = created(database)
        before = workspace.state
        execute(database, "UPDATE krenalis_workspace SET profile_schema = profile_schema::jsonb::json")

        assert workspace.refresh() == []
        assert workspace.state == before

    @pytest.mark.parametrize(
        ("found", "shown"),
        [('"maxLength": 36', "36"), ('"maxLength": 37', "37"), ('"maxLength": true', "true")],
    )
    def test_that_says_something_else_is_shown_and_planned_back(
        self, database: Database, found: str, shown: str
    ) -> None:
        workspace = created(database)
        before = workspace.state
        changed = f"replace(profile_schema::text, '\"maxLength\": 36', '{found}')::json"
        execute(database, f"UPDATE krenalis_workspace SET profile_schema = {changed}")

        assert workspace.refresh() == []
        first = plain(workspace.state["profile_schema"])["properties"][0]
        assert json.dumps(first["type"]["maxLength"], default=int) == shown
        assert (workspace.state == before) is (shown == "36")
        planned = workspace.plan(workspace.config(profile_schema()))
        assert planned.state["profile_schema"] == before["profile_schema"]
        assert planned.errors == []


def created(database: Database) -> WorkspaceCalls:
    workspace = WorkspaceCalls(database)
    assert workspace.apply(workspace.plan(workspace.config(profile_schema()))) == []
    return workspace
