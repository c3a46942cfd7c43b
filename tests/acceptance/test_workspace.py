"""`krenalis_workspace` under real Terraform, in a real PostgreSQL, as a plain role."""

import json

from tests.support.postgresql import Database
from tests.support.terraform import Terraform
from tests.support.terraform_checks import ExpectAbsent, ExpectAction, ExpectKnown, ExpectUnknown, ExpectValue
from tests.support.workspaces import ADDRESS, configuration, profile_schema, record, relations

UNPROTECTED = "deletion_protection = false"

TABLES = {
    "krenalis_destination_profiles": "table",
    "krenalis_events": "table",
    "krenalis_identities": "table",
    "krenalis_profile_schema_versions": "table",
    "krenalis_profiles_0": "table",
    "krenalis_system_operations": "table",
    "krenalis_workspace": "table",
    "events": "view",
    "profiles": "view",
}


def test_a_workspace_is_created_renamed_in_place_protected_and_destroyed(
    terraform: Terraform, database: Database
) -> None:
    terraform.write(configuration(database.settings()))
    created = terraform.apply(
        checks=[
            ExpectAction(ADDRESS, "create"),
            ExpectUnknown(ADDRESS, "id"),
            ExpectKnown(ADDRESS, "profile_columns.email", "character varying(254)"),
            ExpectKnown(ADDRESS, "objects.profiles", "view"),
            ExpectKnown(ADDRESS, "warehouse.mode", "Normal"),
            ExpectValue(ADDRESS, "deletion_protection", value=True),
        ]
    )
    workspace_id, name, mode = record(database)
    assert (name, mode) == ("Customers", "Normal")
    assert relations(database) == TABLES
    assert created.state["values"]["root_module"]["resources"][0]["values"]["id"] == workspace_id

    terraform.write(configuration(database.settings(), name="Clients", mode="Inspection"))
    terraform.apply(checks=[ExpectAction(ADDRESS, "update"), ExpectValue(ADDRESS, "id", workspace_id)])
    assert record(database) == (workspace_id, "Clients", "Inspection")

    terraform.destroy(expect_error='Workspace "Clients" is protected.*set deletion_protection = false, apply')
    assert relations(database) == TABLES

    terraform.write(configuration(database.settings(), name="Clients", extra=UNPROTECTED))
    terraform.apply(checks=[ExpectValue(ADDRESS, "warehouse.mode", "Inspection")])
    terraform.destroy()
    assert relations(database) == {}


class TestReplacement:
    def test_protection_in_the_same_change_counts_already(
        self, any_terraform: Terraform, database: Database
    ) -> None:
        any_terraform.write(configuration(database.settings(), extra=UNPROTECTED))
        any_terraform.apply()

        any_terraform.write(configuration({**database.settings(), "schema": "elsewhere"}))

        any_terraform.plan(expect_error='Workspace "Customers" is protected')

    def test_a_new_place_that_cannot_be_looked_at_stops_a_replacement(
        self, any_terraform: Terraform, database: Database
    ) -> None:
        any_terraform.write(configuration(database.settings(), extra=UNPROTECTED))
        any_terraform.apply()
        elsewhere = {**database.settings(), "schema": "elsewhere", "port": 1}

        any_terraform.write(configuration(elsewhere, extra=UNPROTECTED))

        any_terraform.plan(expect_error="PostgreSQL could not be reached")

    def test_minus_replace_of_an_unprotected_one_makes_it_anew_in_the_same_place(
        self, terraform: Terraform, database: Database
    ) -> None:
        terraform.write(configuration(database.settings(), extra=UNPROTECTED))
        terraform.apply()
        before, *_ = record(database)

        terraform.apply(f"-replace={ADDRESS}", checks=[ExpectAction(ADDRESS, "replace")])

        after, *_ = record(database)
        assert after != before
        assert relations(database) == TABLES


def test_a_warehouse_that_is_not_empty_is_found_by_the_plan(
    any_terraform: Terraform, database: Database
) -> None:
    with database.connect() as connection:
        connection.execute(
            f'CREATE TABLE "{database.schema}".a (); CREATE VIEW "{database.schema}".b AS SELECT 1'
        )
    any_terraform.write(configuration(database.settings()))

    any_terraform.plan(
        expect_error=r"Warehouse is not empty.*warehouse\.settings\.schema: schema .* holds 1 table and 1 view\. "
        "Krenalis needs an empty schema: empty it, or name another one"
    )

    assert relations(database) == {"a": "table", "b": "view"}


def test_a_warehouse_that_is_filled_between_plan_and_apply_is_left_alone(
    any_terraform: Terraform, database: Database
) -> None:
    any_terraform.write(configuration(database.settings()))
    plan = any_terraform.folder / "saved.plan"
    any_terraform.plan(out=plan)
    with database.connect() as connection:
        connection.execute(f'CREATE TABLE "{database.schema}".a ()')

    any_terraform.apply(plan=plan, expect_error="Warehouse is not empty")

    assert relations(database) == {"a": "table"}


class TestPlanCheck:
    def test_it_can_be_turned_into_a_warning(self, any_terraform: Terraform, database: Database) -> None:
        settings = {**database.settings(), "schema": "later"}
        any_terraform.write(configuration(settings, extra='plan_check = "warn"'))

        result = any_terraform.plan()

        assert "Warning: Schema does not exist" in result.text

    def test_it_can_be_turned_off_for_all(self, any_terraform: Terraform, database: Database) -> None:
        any_terraform.environment["KRENALIS_PLAN_CHECK"] = "off"
        any_terraform.write(configuration({**database.settings(), "schema": "later"}))

        assert "does not exist" not in any_terraform.plan().text

    def test_a_wrong_environment_variable_is_named(
        self, any_terraform: Terraform, database: Database
    ) -> None:
        any_terraform.environment["KRENALIS_PLAN_CHECK"] = "maybe"
        any_terraform.write(configuration(database.settings()))

        any_terraform.plan(
            expect_error='KRENALIS_PLAN_CHECK: must be one of "error", "warn", "off", got: "maybe"'
        )

    def test_settings_that_are_not_known_yet_are_named_in_one_warning(
        self, any_terraform: Terraform, database: Database
    ) -> None:
        schema = f'resource "terraform_data" "schema" {{\n  input = "{database.schema}"\n}}\n'
        settings = {**database.settings(), "schema": "terraform_data.schema.output"}
        any_terraform.write(configuration(settings, extra=UNPROTECTED) + schema)

        planned = any_terraform.plan(checks=[ExpectKnown(ADDRESS, "objects.profiles", "view")])
        any_terraform.apply()

        assert "Not known yet: warehouse.settings.schema." in planned.text
        assert relations(database) == TABLES

    def test_a_server_that_cannot_be_reached_is_a_warning_and_applying_makes_nothing(
        self, any_terraform: Terraform, database: Database
    ) -> None:
        any_terraform.write(configuration({**database.settings(), "port": 1}))

        planned = any_terraform.plan()
        any_terraform.apply(expect_error="PostgreSQL could not be reached")

        assert 'PostgreSQL could not be reached (workspace "Customers")' in planned.text
        assert "warehouse.settings.host: " in planned.text
        assert any_terraform.state_list() == []


class TestSettings:
    """Connection settings that change in place."""

    def test_a_wrong_password_is_found_by_the_plan(self, applied: Terraform, database: Database) -> None:

        applied.write(configuration({**database.settings(), "password": "wrong"}))

        applied.plan(expect_error="Wrong user name or password")

    def test_a_place_that_holds_no_record_of_the_workspace_is_refused_and_left_alone(
        self, applied: Terraform, database: Database
    ) -> None:
        with database.connect() as connection:
            # as a Krenalis server's warehouse is: all the tables, and no record of ours
            connection.execute(f'DROP TABLE "{database.schema}".krenalis_workspace')

        applied.write(configuration({**database.settings(), "host": "localhost"}))

        applied.plan(expect_error="Another warehouse.*no workspace's record")
        applied.environment["KRENALIS_PLAN_CHECK"] = "off"
        applied.apply(expect_error="holds no workspace's record")
        assert "krenalis_workspace" not in relations(database)

    def test_a_setting_that_is_unknown_as_a_whole_may_turn_out_to_replace(
        self, any_terraform: Terraform, database: Database
    ) -> None:
        source = 'resource "terraform_data" "settings" {\n  input = %s\n}\n'
        settings = json.dumps(database.settings())
        text = configuration({}, extra=UNPROTECTED)
        start, end = text.index("    settings = {"), text.index("  ui_preferences")
        text = text[:start] + "    settings = terraform_data.settings.output\n  }\n" + text[end:]
        any_terraform.write(text + source % settings)
        any_terraform.apply()
        elsewhere = json.dumps({**database.settings(), "schema": "elsewhere"})
        with database.connect() as connection:
            connection.execute(
                f'CREATE SCHEMA elsewhere; GRANT USAGE, CREATE ON SCHEMA elsewhere TO "{database.role}"'
            )

        any_terraform.write(text + source % elsewhere)
        any_terraform.apply(checks=[ExpectAction(ADDRESS, "replace")])

        assert relations(database) == {}


class TestDrift:
    def test_missing_objects_are_planned_and_made_again_without_touching_data(
        self, applied: Terraform, database: Database
    ) -> None:
        with database.connect() as connection:
            connection.execute(
                f'SET search_path = "{database.schema}"; DROP VIEW profiles; DROP INDEX updated_atx;'
                "INSERT INTO krenalis_profiles_0 (_updated_at, email) VALUES (now(), 'ann@example.com')"
            )

        applied.apply(
            checks=[ExpectAction(ADDRESS, "update"), ExpectKnown(ADDRESS, "objects.profiles", "view")]
        )

        with database.connect_as_role() as connection:
            rows = connection.execute(f'SELECT email FROM "{database.schema}".profiles').fetchall()
        assert rows == [("ann@example.com",)]

    def test_a_profiles_table_that_was_dropped_is_made_again_with_its_columns(
        self, applied: Terraform, database: Database
    ) -> None:
        with database.connect() as connection:
            connection.execute(f'DROP TABLE "{database.schema}".krenalis_profiles_0 CASCADE')

        applied.apply(checks=[ExpectKnown(ADDRESS, "profile_columns.birth_date", "date")])

        assert relations(database) == TABLES

    def test_a_changed_column_is_reported_and_left_alone(
        self, applied: Terraform, database: Database
    ) -> None:
        with database.connect() as connection:
            connection.execute(f'ALTER TABLE "{database.schema}".krenalis_profiles_0 ADD COLUMN extra text')

        result = applied.plan()

        assert "column extra is not of the profile schema" in result.text
        assert not result.has_changes

    def test_an_object_that_was_replaced_by_another_kind_is_reported_and_left_alone(
        self, applied: Terraform, database: Database
    ) -> None:
        with database.connect() as connection:
            connection.execute(
                f'SET search_path = "{database.schema}"; DROP VIEW events; CREATE TABLE events ()'
            )

        result = applied.plan()

        assert "objects: events is a table" in result.text
        assert not result.has_changes

    def test_a_view_whose_columns_are_missing_too_is_made_again_with_them(
        self, applied: Terraform, database: Database
    ) -> None:
        with database.connect() as connection:
            connection.execute(
                f'ALTER TABLE "{database.schema}".krenalis_profiles_0 DROP COLUMN gender CASCADE'
            )

        applied.apply(checks=[ExpectKnown(ADDRESS, "objects.profiles", "view")])

        assert relations(database) == TABLES
        with database.connect() as connection:
            connection.execute(f'SELECT gender FROM "{database.schema}".profiles')

    def test_a_missing_object_that_the_role_may_not_make_is_found_by_the_plan(
        self, applied: Terraform, database: Database
    ) -> None:
        with database.connect() as connection:
            connection.execute(
                f'DROP VIEW "{database.schema}".profiles;'
                f'REVOKE CREATE ON SCHEMA "{database.schema}" FROM "{database.role}"'
            )

        applied.plan(expect_error="Missing right on the schema.*lacks CREATE")

    def test_what_others_leave_in_an_emptied_schema_is_not_ours(
        self, applied: Terraform, database: Database
    ) -> None:
        with database.connect() as connection:
            connection.execute(
                f'DROP SCHEMA "{database.schema}" CASCADE; CREATE SCHEMA "{database.schema}";'
                f'GRANT USAGE, CREATE ON SCHEMA "{database.schema}" TO "{database.role}";'
                f'CREATE VIEW "{database.schema}".events AS SELECT 42'
            )

        applied.plan(expect_error="Warehouse is not empty")

    def test_a_workspace_that_is_gone_is_planned_anew(self, applied: Terraform, database: Database) -> None:
        with database.connect() as connection:
            connection.execute(
                f'DROP SCHEMA "{database.schema}" CASCADE; CREATE SCHEMA "{database.schema}";'
                f'GRANT USAGE, CREATE ON SCHEMA "{database.schema}" TO "{database.role}"'
            )

        applied.apply(checks=[ExpectAction(ADDRESS, "create")])

    def test_a_name_changed_in_the_warehouse_is_planned_back(
        self, applied: Terraform, database: Database
    ) -> None:
        with database.connect() as connection:
            connection.execute(f"UPDATE \"{database.schema}\".krenalis_workspace SET name = 'Other'")

        applied.apply(checks=[ExpectAction(ADDRESS, "update"), ExpectValue(ADDRESS, "name", "Customers")])


class TestProfileSchema:
    def test_another_spelling_of_the_same_is_taken_over_in_place(
        self, applied: Terraform, database: Database
    ) -> None:
        document = profile_schema()
        document["properties"][0]["nullable"] = False
        document["properties"][0]["description"] = "The customer's number"

        applied.write(configuration(database.settings(), document=document))

        applied.apply(
            checks=[
                ExpectAction(ADDRESS, "update"),
                ExpectValue(ADDRESS, "profile_schema.properties.0.description", "The customer's number"),
            ]
        )

    def test_it_may_be_written_as_hcl_with_typed_lists_and_nulls(
        self, any_terraform: Terraform, database: Database
    ) -> None:
        hcl = """
locals {
  columns = tolist([{ name = "a", size = 5 }, { name = "b", size = 6 }])
  document = {
    kind = "object"
    properties = [for column in local.columns : {
      name         = column.name
      type         = { kind = "string", maxLength = column.size, minimum = null }
      readOptional = true
      description  = null
    }]
  }
}
"""
        text = configuration(database.settings(), user_profile={"extra": "a"})
        start, end = text.index("profile_schema = "), text.index("\n\n  warehouse")
        any_terraform.write(text[:start] + "profile_schema = local.document" + text[end:] + hcl)

        any_terraform.apply(
            checks=[
                ExpectKnown(
                    ADDRESS, "profile_columns", {"a": "character varying(5)", "b": "character varying(6)"}
                )
            ]
        )


def test_a_password_in_the_configuration_is_not_printed_with_an_error(
    any_terraform: Terraform, database: Database
) -> None:
    password = "in-plain-sight"
    any_terraform.write(configuration({**database.settings(), "password": password}))

    failed = any_terraform.plan(expect_error="Wrong user name or password")

    assert password not in failed.stdout + failed.stderr


def test_a_password_of_the_provider_block_is_in_no_file_and_no_output(
    terraform: Terraform, database: Database
) -> None:
    settings = database.settings()
    password = str(settings.pop("password"))
    log = terraform.log("TRACE")
    variable = 'variable "password" {\n  type      = string\n  ephemeral = true\n}\n'
    provider = "postgresql = { password = var.password }"
    terraform.environment["TF_VAR_password"] = password
    terraform.write(configuration(settings, provider=provider) + variable)
    planned = terraform.plan()
    terraform.apply()

    terraform.environment["TF_VAR_password"] = wrong = "a-wrong-password"
    terraform.write(
        configuration({**settings, "schema": "elsewhere"}, provider=provider, extra=UNPROTECTED) + variable
    )
    failed = terraform.plan(expect_error="protected")

    written = [path.read_bytes() for path in terraform.folder.rglob("*.tfstate*")] + [log.read_bytes()]
    for secret in (password, wrong):
        assert not [text for text in written if secret.encode() in text]
        assert secret not in planned.text + json.dumps(planned.plan) + failed.stdout + failed.stderr


def test_two_workspaces_in_one_schema_do_not_mix(any_terraform: Terraform, database: Database) -> None:
    one = configuration(database.settings(), extra=UNPROTECTED)
    other = one[one.index('resource "krenalis_workspace"') :].replace('"customers"', '"others"', 1)
    any_terraform.write(one + other.replace('"Customers"', '"Others"', 1))

    any_terraform.apply(expect_error="Warehouse already holds a workspace")

    assert relations(database) == TABLES
    assert len(any_terraform.state_list()) == 1


def test_destroying_leaves_what_is_not_ours(any_terraform: Terraform, database: Database) -> None:
    any_terraform.write(configuration(database.settings(), extra=UNPROTECTED))
    any_terraform.apply()
    with database.connect() as connection:
        connection.execute(f'CREATE TABLE "{database.schema}".ours ()')

    any_terraform.destroy()

    assert relations(database) == {"ours": "table"}


def test_destroying_is_refused_whole_when_something_depends_on_it(
    any_terraform: Terraform, database: Database
) -> None:
    any_terraform.write(configuration(database.settings(), extra=UNPROTECTED))
    any_terraform.apply()
    with database.connect() as connection:
        connection.execute(
            f'CREATE VIEW "{database.schema}".report AS SELECT * FROM "{database.schema}".profiles'
        )

    result = any_terraform.destroy(expect_error="report")

    assert relations(database) == TABLES | {"report": "view"}
    assert ExpectAbsent(ADDRESS).problem(result.state)
