"""A refresh that fails, and what the next plan makes of it; objects that went missing, made again."""

import json

import pytest

from tests.support.postgresql import Database
from tests.support.postgresql_warehouse import execute
from tests.support.proxy import Proxy
from tests.support.terraform import Terraform
from tests.support.terraform_checks import ExpectAction, ExpectKnown
from tests.support.warehouse import NO_PORT, Warehouse, only_on, same_everywhere
from tests.support.workspace_calls import WorkspaceCalls
from tests.support.workspaces import ADDRESS, configuration, profile_schema
from tfplugin.cty import plain

NOT_REFRESHED = 'Workspace "Customers" could not be refreshed'
ROTATED = "a-rotated-password"


class TestPassword:
    def test_rotated_outside_it_is_wrong_until_the_configuration_has_the_new_one(
        self, applied: Terraform, warehouse: Warehouse
    ) -> None:
        before = warehouse.record()
        warehouse.set_password(ROTATED)

        wrong = applied.plan(expect_error="Wrong user name or password")
        assert NOT_REFRESHED in wrong.text
        assert applied.state_list() == [ADDRESS]

        applied.write(warehouse.configuration({"password": ROTATED}))
        applied.apply(checks=[ExpectAction(ADDRESS, "update")])
        assert warehouse.record() == before
        assert NOT_REFRESHED not in applied.plan().text

    @same_everywhere
    def test_of_the_provider_block_needs_no_apply(
        self, any_terraform: Terraform, warehouse: Warehouse
    ) -> None:
        def configured(password: str) -> str:
            provider = warehouse.provider(password=password)
            return warehouse.configuration(without=["password"], provider=provider)

        any_terraform.write(configured(warehouse.password))
        any_terraform.apply()
        warehouse.set_password(ROTATED)

        any_terraform.plan(expect_error="Wrong user name or password")

        any_terraform.write(configured(ROTATED))
        planned = any_terraform.plan()
        assert not planned.has_changes
        assert NOT_REFRESHED not in planned.text


@only_on("Snowflake", "elsewhere, where a server listens is a setting of the workspace")
def test_a_host_of_the_provider_block_that_is_out_of_reach_changes_nothing(
    applied: Terraform, warehouse: Warehouse
) -> None:
    applied.write(warehouse.at(NO_PORT).configuration())
    gone = applied.plan()
    assert NOT_REFRESHED in gone.text
    assert 'Snowflake could not be reached (workspace "Customers")' in gone.text
    assert not gone.has_changes

    applied.write(warehouse.configuration())
    assert NOT_REFRESHED not in applied.plan().text


@pytest.mark.slow
@only_on("PostgreSQL", "elsewhere, where a server listens is no setting of the workspace")
def test_a_host_that_moved_is_followed_when_the_old_one_is_gone(
    any_terraform: Terraform, warehouse: Warehouse
) -> None:
    with Proxy(("127.0.0.1", warehouse.port)) as proxy:
        old = warehouse.at(proxy.port)
        any_terraform.write(old.configuration())
        any_terraform.apply()
    before = warehouse.record()

    gone = any_terraform.plan()
    assert NOT_REFRESHED in gone.text
    assert 'PostgreSQL could not be reached (workspace "Customers")' in gone.text
    assert not gone.has_changes

    any_terraform.write(warehouse.configuration())
    any_terraform.apply(checks=[ExpectAction(ADDRESS, "update")])
    assert warehouse.record() == before
    assert NOT_REFRESHED not in any_terraform.plan().text


def test_a_database_that_is_missing_is_an_error_and_keeps_the_state(
    applied: Terraform, warehouse: Warehouse
) -> None:
    with warehouse.without_database():
        missing = applied.plan(expect_error="Database does not exist")

    assert NOT_REFRESHED in missing.text
    assert applied.state_list() == [ADDRESS]
    assert not applied.plan().has_changes


def test_a_record_that_cannot_be_read_stops_the_plan_until_it_is_deleted(
    applied: Terraform, warehouse: Warehouse
) -> None:
    before = warehouse.record()
    warehouse.execute("UPDATE krenalis_workspace SET mode = 'Sideways'")

    unreadable = applied.plan(expect_error="Workspace's record cannot be read.*not valid: 'Sideways'")
    assert NOT_REFRESHED in unreadable.text

    warehouse.execute("DELETE FROM krenalis_workspace")
    applied.apply(checks=[ExpectKnown(ADDRESS, f"objects.{warehouse.name('krenalis_workspace')}", "table")])
    assert warehouse.record() == before


def test_whatever_is_missing_is_made_again_and_data_is_left_alone(
    applied: Terraform, warehouse: Warehouse
) -> None:
    before = warehouse.record()
    warehouse.add_profiles({"email": "ann@example.com"})
    tables = ("krenalis_workspace", "krenalis_system_operations", "krenalis_destination_profiles")
    warehouse.execute("DROP VIEW events", *(f"DROP TABLE {table}" for table in tables))

    planned = applied.plan().text
    assert 'Tables of workspace "Customers" are gone, with their data' in planned
    assert "If there is a backup, restore it before applying." in " ".join(planned.replace("│", " ").split())

    made = {"events": "view", **dict.fromkeys(tables, "table")}
    objects = [ExpectKnown(ADDRESS, f"objects.{warehouse.name(name)}", kind) for name, kind in made.items()]
    applied.apply(checks=[ExpectAction(ADDRESS, "update"), *objects])

    assert warehouse.record() == before
    assert warehouse.profiles("email") == [("ann@example.com",)]


def test_a_workspace_of_which_nothing_is_left_is_made_anew_and_its_data_is_missed_in_words(
    applied: Terraform, warehouse: Warehouse
) -> None:
    warehouse.empty()

    planned = applied.plan().text

    assert 'Workspace "Customers" is gone' in planned
    assert ", empty" in " ".join(planned.replace("│", " ").split())


def test_a_column_that_is_missing_is_made_again_and_its_data_is_missed_in_words(
    applied: Terraform, warehouse: Warehouse
) -> None:
    tables = ("krenalis_profiles_0", "krenalis_identities")
    warehouse.execute("DROP VIEW profiles", *(f"ALTER TABLE {table} DROP COLUMN email" for table in tables))

    planned = applied.plan().text

    assert 'Columns of workspace "Customers" are gone, with their data' in planned
    assert f"profile_columns: {warehouse.name('email')}: missing in" in " ".join(
        planned.replace("│", " ").split()
    )
    assert "Tables of workspace" not in planned
    applied.apply()
    assert not applied.plan().has_changes


@only_on("PostgreSQL", "other platforms have neither")
def test_missing_types_and_indexes_are_made_again(applied: Terraform, warehouse: Warehouse) -> None:
    warehouse.execute(
        "DROP TABLE krenalis_system_operations", "DROP TYPE system_operation_type", "DROP INDEX updated_atx"
    )

    applied.apply(
        checks=[
            ExpectKnown(ADDRESS, "objects.system_operation_type", "type"),
            ExpectKnown(ADDRESS, "objects.updated_atx", "index"),
        ]
    )


# on Snowflake the role is one of the settings
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

    def test_in_another_spelling_of_the_same_is_no_change(self, warehouse: Warehouse) -> None:
        workspace = created(warehouse)
        before = workspace.state
        warehouse.respell_document(lambda text: json.dumps(json.loads(text), sort_keys=True, indent=2))

        assert workspace.refresh() == []
        assert workspace.state == before

    @pytest.mark.parametrize(
        ("found", "shown"),
        [('"maxLength": 36', "36"), ('"maxLength": 37', "37"), ('"maxLength": true', "true")],
    )
    def test_that_says_something_else_is_shown_and_planned_back(
        self, warehouse: Warehouse, found: str, shown: str
    ) -> None:
        workspace = created(warehouse)
        before = workspace.state
        warehouse.respell_document(lambda text: text.replace('"maxLength": 36', found))

        assert workspace.refresh() == []
        first = plain(workspace.state["profile_schema"])["properties"][0]
        assert json.dumps(first["type"]["maxLength"], default=int) == shown
        assert (workspace.state == before) is (shown == "36")
        planned = workspace.plan(workspace.config(profile_schema()))
        assert planned.state["profile_schema"] == before["profile_schema"]
        assert planned.errors == []


def created(warehouse: Warehouse) -> WorkspaceCalls:
    workspace = WorkspaceCalls(warehouse)
    assert workspace.apply(workspace.plan(workspace.config(profile_schema()))) == []
    return workspace
