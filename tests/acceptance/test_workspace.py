"""`krenalis_workspace` under real Terraform, in a warehouse of each platform, as a plain role."""

import json

import pytest

from tests.support.terraform import Terraform
from tests.support.terraform_checks import ExpectAbsent, ExpectAction, ExpectKnown, ExpectUnknown, ExpectValue
from tests.support.warehouse import NO_PORT, Warehouse, once_and_at_a_server, only_on, same_everywhere
from tests.support.workspaces import ADDRESS, profile_schema

UNPROTECTED = "deletion_protection = false"

TABLES = {
    "krenalis_destination_profiles": "table",
    "krenalis_events": "table",
    "krenalis_identities": "table",
    "krenalis_profile_schema_versions": "table",
    "krenalis_profiles_0": "table",
    "krenalis_system_operations": "table",
    "events": "view",
    "profiles": "view",
}


def complete(warehouse: Warehouse) -> dict[str, str]:
    """The tables and views of a workspace, as the warehouse spells them."""
    return {warehouse.name(name): kind for name, kind in {**TABLES, **warehouse.record_objects}.items()}


@pytest.mark.every_terraform
def test_a_workspace_is_created_renamed_in_place_protected_and_destroyed(
    terraform: Terraform, warehouse: Warehouse
) -> None:
    terraform.write(warehouse.configuration())
    created = terraform.apply(
        checks=[
            ExpectAction(ADDRESS, "create"),
            ExpectUnknown(ADDRESS, "id"),
            ExpectKnown(ADDRESS, f"profile_columns.{warehouse.name('email')}", warehouse.text(254)),
            *warehouse.expected("profiles", "view"),
            ExpectKnown(ADDRESS, "warehouse.mode", "Normal"),
            ExpectValue(ADDRESS, "deletion_protection", value=True),
        ]
    )
    workspace_id, name, mode = warehouse.record()
    assert (name, mode) == ("Customers", "Normal")
    assert warehouse.relations() == complete(warehouse)
    assert created.state["values"]["root_module"]["resources"][0]["values"]["id"] == workspace_id

    terraform.write(warehouse.configuration(name="Clients", mode="Inspection"))
    terraform.apply(checks=[ExpectAction(ADDRESS, "update"), ExpectValue(ADDRESS, "id", workspace_id)])
    assert warehouse.record() == (workspace_id, "Clients", "Inspection")

    terraform.destroy(expect_error='Workspace "Clients" is protected.*set deletion_protection = false, apply')
    assert warehouse.relations() == complete(warehouse)

    terraform.write(warehouse.configuration(name="Clients", extra=UNPROTECTED))
    terraform.apply(checks=[ExpectValue(ADDRESS, "warehouse.mode", "Inspection")])
    terraform.destroy()
    assert warehouse.relations() == {}


class TestReplacement:
    @same_everywhere
    def test_protection_in_the_same_change_counts_already(
        self, any_terraform: Terraform, warehouse: Warehouse
    ) -> None:
        any_terraform.write(warehouse.configuration(extra=UNPROTECTED))
        any_terraform.apply()

        any_terraform.write(warehouse.configuration({"schema": "elsewhere"}))

        any_terraform.plan(expect_error='Workspace "Customers" is protected')

    @same_everywhere
    def test_a_new_place_that_cannot_be_looked_at_stops_a_replacement(
        self, any_terraform: Terraform, warehouse: Warehouse
    ) -> None:
        any_terraform.write(warehouse.configuration(extra=UNPROTECTED))
        any_terraform.apply()
        any_terraform.write(warehouse.at(NO_PORT).configuration({"schema": "elsewhere"}, extra=UNPROTECTED))

        any_terraform.plan(expect_error=f"{warehouse.platform} could not be reached")

    def test_minus_replace_of_an_unprotected_one_makes_it_anew_in_the_same_place(
        self, terraform: Terraform, warehouse: Warehouse
    ) -> None:
        terraform.write(warehouse.configuration(extra=UNPROTECTED))
        terraform.apply()
        before, *_ = warehouse.record()

        terraform.apply(f"-replace={ADDRESS}", checks=[ExpectAction(ADDRESS, "replace")])

        after, *_ = warehouse.record()
        assert after != before
        assert warehouse.relations() == complete(warehouse)


def test_a_warehouse_that_is_not_empty_is_found_by_the_plan(
    any_terraform: Terraform, warehouse: Warehouse
) -> None:
    warehouse.execute("CREATE TABLE a (x integer)", "CREATE VIEW b AS SELECT x FROM a")
    any_terraform.write(warehouse.configuration())

    any_terraform.plan(
        expect_error=r"Warehouse is not empty.*warehouse\.settings\.schema: schema .* holds 1 table and 1 view: "
        r'"[aA]" and "[bB]"\. (A )?Krenalis (server )?needs .*: name another one, or empty this one if nobody needs'
    )

    assert warehouse.relations() == {warehouse.name("a"): "table", warehouse.name("b"): "view"}


def test_a_warehouse_that_is_filled_between_plan_and_apply_is_left_alone(
    any_terraform: Terraform, warehouse: Warehouse
) -> None:
    any_terraform.write(warehouse.configuration())
    plan = any_terraform.folder / "saved.plan"
    any_terraform.plan(out=plan)
    warehouse.execute("CREATE TABLE a (x integer)")

    any_terraform.apply(plan=plan, expect_error="Warehouse is not empty")

    assert warehouse.relations() == {warehouse.name("a"): "table"}


class TestPlanCheck:
    @same_everywhere
    def test_it_can_be_turned_into_a_warning(self, any_terraform: Terraform, warehouse: Warehouse) -> None:
        any_terraform.write(warehouse.configuration({"schema": "later"}, extra='plan_check = "warn"'))

        result = any_terraform.plan()

        assert "Warning: Schema does not exist" in result.text

    @same_everywhere
    def test_it_can_be_turned_off_for_all(self, any_terraform: Terraform, warehouse: Warehouse) -> None:
        any_terraform.environment["KRENALIS_PLAN_CHECK"] = "off"
        any_terraform.write(warehouse.configuration({"schema": "later"}))

        assert "does not exist" not in any_terraform.plan().text

    @same_everywhere
    def test_a_wrong_environment_variable_is_named(
        self, any_terraform: Terraform, warehouse: Warehouse
    ) -> None:
        any_terraform.environment["KRENALIS_PLAN_CHECK"] = "maybe"
        any_terraform.write(warehouse.configuration())

        any_terraform.plan(
            expect_error='KRENALIS_PLAN_CHECK: must be one of "strict", "error", "warn", "off", got: "maybe"'
        )

    @once_and_at_a_server
    def test_settings_that_are_not_known_yet_are_named_in_one_warning(
        self, any_terraform: Terraform, warehouse: Warehouse
    ) -> None:
        schema = f'resource "terraform_data" "schema" {{\n  input = "{warehouse.schema}"\n}}\n'
        settings = {"schema": "terraform_data.schema.output"}
        any_terraform.write(warehouse.configuration(settings, extra=UNPROTECTED) + schema)

        planned = any_terraform.plan(checks=warehouse.expected("profiles", "view"))
        any_terraform.apply()

        assert "Not known yet: warehouse.settings.schema." in planned.text
        assert warehouse.relations() == complete(warehouse)

    def test_a_server_that_cannot_be_reached_is_a_warning_and_applying_makes_nothing(
        self, any_terraform: Terraform, warehouse: Warehouse
    ) -> None:
        any_terraform.write(warehouse.at(NO_PORT).configuration())

        planned = any_terraform.plan()
        any_terraform.apply(expect_error=warehouse.out_of_reach)

        assert f'{warehouse.out_of_reach} (workspace "Customers")' in planned.text
        assert f"warehouse.settings.{'host' if warehouse.has_port else 'account'}: " in planned.text
        assert any_terraform.state_list() == []


class TestSettings:
    """Connection settings that change in place."""

    @same_everywhere
    def test_a_wrong_password_is_found_by_the_plan(self, applied: Terraform, warehouse: Warehouse) -> None:

        applied.write(warehouse.configuration({"password": "wrong"}))

        applied.plan(expect_error="Wrong user name or password")

    def test_a_place_that_holds_no_record_of_the_workspace_is_refused_and_left_alone(
        self, applied: Terraform, warehouse: Warehouse
    ) -> None:
        # as a Krenalis server's warehouse is: all the tables, and no record of ours
        warehouse.execute("DROP TABLE krenalis_workspace")

        applied.write(warehouse.configuration(warehouse.moved()))

        applied.plan(expect_error="Another warehouse.*no workspace's record")
        applied.environment["KRENALIS_PLAN_CHECK"] = "off"
        applied.apply(expect_error="holds no workspace's record")
        assert warehouse.name("krenalis_workspace") not in warehouse.relations()

    @same_everywhere
    def test_a_setting_that_is_unknown_as_a_whole_may_turn_out_to_replace(
        self, any_terraform: Terraform, warehouse: Warehouse
    ) -> None:
        source = 'resource "terraform_data" "settings" {\n  input = %s\n}\n'
        settings = json.dumps(warehouse.settings())
        text = warehouse.configuration(extra=UNPROTECTED)
        start, end = text.index("    settings = {"), text.index("  ui_preferences")
        text = text[:start] + "    settings = terraform_data.settings.output\n  }\n" + text[end:]
        any_terraform.write(text + source % settings)
        any_terraform.apply()
        elsewhere = json.dumps(warehouse.settings(schema="elsewhere"))
        warehouse.make_schema("elsewhere")

        any_terraform.write(text + source % elsewhere)
        any_terraform.apply(checks=[ExpectAction(ADDRESS, "replace")])

        assert warehouse.relations() == {}


class TestDrift:
    def test_missing_objects_are_planned_and_made_again_without_touching_data(
        self, applied: Terraform, warehouse: Warehouse
    ) -> None:
        warehouse.execute("DROP VIEW profiles")
        warehouse.add_profiles({"email": "ann@example.com"})

        view = ExpectKnown(ADDRESS, f"objects.{warehouse.name('profiles')}", "view")
        applied.apply(checks=[ExpectAction(ADDRESS, "update"), view])

        assert warehouse.profiles("email") == [("ann@example.com",)]

    @same_everywhere
    def test_a_profiles_table_that_was_dropped_is_made_again_with_its_columns(
        self, applied: Terraform, warehouse: Warehouse
    ) -> None:
        warehouse.execute("DROP VIEW profiles", "DROP TABLE krenalis_profiles_0")

        email = f"profile_columns.{warehouse.name('email')}"
        applied.apply(checks=[ExpectKnown(ADDRESS, email, warehouse.text(254))])

        assert warehouse.relations() == complete(warehouse)

    def test_a_changed_column_is_reported_and_left_alone(
        self, applied: Terraform, warehouse: Warehouse
    ) -> None:
        warehouse.execute("ALTER TABLE krenalis_profiles_0 ADD COLUMN extra integer")

        result = applied.plan()

        assert f"column {warehouse.name('extra')} is not of the profile schema" in result.text
        assert not result.has_changes

    @same_everywhere
    def test_an_object_that_was_replaced_by_another_kind_is_reported_and_left_alone(
        self, applied: Terraform, warehouse: Warehouse
    ) -> None:
        warehouse.execute("DROP VIEW events", "CREATE TABLE events (x integer)")

        result = applied.plan()

        assert f"objects: {warehouse.name('events')} is a table" in result.text
        assert not result.has_changes

    @same_everywhere
    def test_a_view_whose_columns_are_missing_too_is_made_again_with_them(
        self, applied: Terraform, warehouse: Warehouse
    ) -> None:
        warehouse.execute("DROP VIEW profiles", "ALTER TABLE krenalis_profiles_0 DROP COLUMN gender")

        applied.apply(checks=[ExpectKnown(ADDRESS, f"objects.{warehouse.name('profiles')}", "view")])

        assert warehouse.relations() == complete(warehouse)
        assert warehouse.profiles("gender") == []

    def test_a_missing_object_that_the_role_may_not_make_is_found_by_the_plan(
        self, applied: Terraform, warehouse: Warehouse
    ) -> None:
        warehouse.execute("DROP VIEW profiles")
        warehouse.allow_only_reading()

        applied.plan(expect_error="Missing right on the schema.*lacks CREATE")

    @same_everywhere
    def test_what_others_leave_in_an_emptied_schema_is_not_ours(
        self, applied: Terraform, warehouse: Warehouse
    ) -> None:
        warehouse.empty()
        warehouse.execute("CREATE VIEW events AS SELECT 42 AS x")

        applied.plan(expect_error="Warehouse is not empty")

    def test_a_workspace_that_is_gone_is_planned_anew(self, applied: Terraform, warehouse: Warehouse) -> None:
        warehouse.empty()

        applied.apply(checks=[ExpectAction(ADDRESS, "create")])

    @same_everywhere
    def test_a_name_changed_in_the_warehouse_is_planned_back(
        self, applied: Terraform, warehouse: Warehouse
    ) -> None:
        warehouse.execute("UPDATE krenalis_workspace SET name = 'Other'")

        applied.apply(checks=[ExpectAction(ADDRESS, "update"), ExpectValue(ADDRESS, "name", "Customers")])


class TestProfileSchema:
    @same_everywhere
    def test_another_spelling_of_the_same_is_taken_over_in_place(
        self, applied: Terraform, warehouse: Warehouse
    ) -> None:
        document = profile_schema()
        document["properties"][0]["nullable"] = False
        document["properties"][0]["description"] = "The customer's number"

        applied.write(warehouse.configuration(document=document))

        applied.apply(
            checks=[
                ExpectAction(ADDRESS, "update"),
                ExpectValue(ADDRESS, "profile_schema.properties.0.description", "The customer's number"),
            ]
        )

    @same_everywhere
    def test_it_may_be_written_as_hcl_with_typed_lists_and_nulls(
        self, any_terraform: Terraform, warehouse: Warehouse
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
        text = warehouse.configuration(user_profile={"extra": "a"})
        start, end = text.index("profile_schema = "), text.index("\n\n  warehouse")
        any_terraform.write(text[:start] + "profile_schema = local.document" + text[end:] + hcl)

        any_terraform.apply(
            checks=[
                ExpectKnown(
                    ADDRESS,
                    "profile_columns",
                    {warehouse.name("a"): warehouse.text(5), warehouse.name("b"): warehouse.text(6)},
                )
            ]
        )


@same_everywhere
def test_a_password_in_the_configuration_is_not_printed_with_an_error(
    any_terraform: Terraform, warehouse: Warehouse
) -> None:
    password = "in-plain-sight"
    any_terraform.write(warehouse.configuration({"password": password}))

    failed = any_terraform.plan(expect_error="Wrong user name or password")

    assert password not in failed.stdout + failed.stderr


@same_everywhere
def test_a_password_of_the_provider_block_is_in_no_file_and_no_output(
    terraform: Terraform, warehouse: Warehouse
) -> None:
    password = warehouse.password
    log = terraform.log("TRACE")
    variable = 'variable "password" {\n  type      = string\n  ephemeral = true\n}\n'
    provider = warehouse.provider(password="var.password")
    terraform.environment["TF_VAR_password"] = password
    terraform.write(warehouse.configuration(without=["password"], provider=provider) + variable)
    planned = terraform.plan()
    terraform.apply()

    terraform.environment["TF_VAR_password"] = wrong = "a-wrong-password"
    elsewhere = warehouse.configuration(
        {"schema": "elsewhere"}, without=["password"], provider=provider, extra=UNPROTECTED
    )
    terraform.write(elsewhere + variable)
    failed = terraform.plan(expect_error="protected")

    written = [path.read_bytes() for path in terraform.folder.rglob("*.tfstate*")] + [log.read_bytes()]
    for secret in (password, wrong):
        assert not [text for text in written if secret.encode() in text]
        assert secret not in planned.text + json.dumps(planned.plan) + failed.stdout + failed.stderr


def test_destroying_leaves_what_is_not_ours(any_terraform: Terraform, warehouse: Warehouse) -> None:
    any_terraform.write(warehouse.configuration(extra=UNPROTECTED))
    any_terraform.apply()
    warehouse.execute("CREATE TABLE ours (x integer)")

    any_terraform.destroy()

    assert warehouse.relations() == {warehouse.name("ours"): "table"}


@only_on("PostgreSQL", "Snowflake lets a view outlive what it selects from")
def test_destroying_is_refused_whole_when_something_depends_on_it(
    any_terraform: Terraform, warehouse: Warehouse
) -> None:
    any_terraform.write(warehouse.configuration(extra=UNPROTECTED))
    any_terraform.apply()
    warehouse.execute("CREATE VIEW report AS SELECT * FROM profiles")

    result = any_terraform.destroy(expect_error="report")

    assert warehouse.relations() == complete(warehouse) | {"report": "view"}
    assert ExpectAbsent(ADDRESS).problem(result.state)
