"""A replacement is checked whole, the end of the old workspace and the beginning of the new one."""

import re
from collections.abc import Mapping

import pytest

from tests.support.plugin import Told
from tests.support.terraform import Terraform
from tests.support.terraform_checks import ExpectAction
from tests.support.warehouse import NO_PORT, Warehouse, only_on, same_everywhere
from tests.support.workspace_calls import Plan, WorkspaceCalls
from tests.support.workspaces import ADDRESS

UNPROTECTED = "deletion_protection = false"
NEW_FIRST = f"{UNPROTECTED}\n  lifecycle {{\n    create_before_destroy = true\n  }}"
DOCUMENT = {
    "kind": "object",
    "properties": [{"name": "email", "type": {"kind": "string"}, "readOptional": True}],
}


@pytest.fixture
def workspace(warehouse: Warehouse) -> WorkspaceCalls:
    """A workspace that is there; beside it is room for another one, `second`."""
    warehouse.make_place("second")
    calls = WorkspaceCalls(warehouse)
    assert calls.apply(calls.plan(calls.config(DOCUMENT))) == []
    calls.refresh()
    return calls


def elsewhere(workspace: WorkspaceCalls, place: Mapping[str, object], **attributes: object) -> Plan:
    """The plan of its replacement by one in another place."""
    config = workspace.config(DOCUMENT, **attributes)
    config["warehouse"]["settings"] |= place
    return workspace.plan(config)


def summaries(told: list[Told]) -> list[str]:
    return [each.summary for each in told]


class TestTheOldOne:
    @only_on("PostgreSQL", "Snowflake lets a view outlive what it selects from")
    @pytest.mark.parametrize("plan_check", [None, "warn"])
    def test_what_depends_on_it_stops_the_plan(
        self, workspace: WorkspaceCalls, warehouse: Warehouse, plan_check: str | None
    ) -> None:
        warehouse.execute("CREATE VIEW report AS SELECT * FROM profiles")

        (error,) = elsewhere(workspace, warehouse.place("second"), plan_check=plan_check).errors

        assert error.summary.startswith("Other objects depend on the warehouse")
        assert "view cdp.report" in error.detail
        assert "describe the new one in a resource block of its own" in error.detail

    @only_on("PostgreSQL", "Snowflake lets a view outlive what it selects from")
    def test_what_depends_on_it_stops_a_replacement_on_request(
        self, workspace: WorkspaceCalls, warehouse: Warehouse
    ) -> None:
        warehouse.execute("CREATE VIEW report AS SELECT * FROM profiles")

        first = workspace.plan(workspace.config(DOCUMENT))

        assert first.errors == []
        errors = summaries(workspace.plan_again(first).errors)
        assert any(summary.startswith("Other objects depend on the warehouse") for summary in errors)

    def test_a_record_that_is_gone_stops_the_plan(
        self, workspace: WorkspaceCalls, warehouse: Warehouse
    ) -> None:
        warehouse.execute("DELETE FROM krenalis_workspace")

        assert any(
            "record is missing" in summary
            for summary in summaries(elsewhere(workspace, warehouse.place("second")).errors)
        )

    def test_another_workspace_in_its_place_stops_the_plan(
        self, workspace: WorkspaceCalls, warehouse: Warehouse
    ) -> None:
        warehouse.execute("UPDATE krenalis_workspace SET id = '7'")

        assert any(
            "Another warehouse" in summary
            for summary in summaries(elsewhere(workspace, warehouse.place("second")).errors)
        )

    @same_everywhere
    def test_one_that_cannot_be_looked_at_stops_the_plan(
        self, workspace: WorkspaceCalls, warehouse: Warehouse
    ) -> None:
        with warehouse.closed():
            assert elsewhere(workspace, warehouse.place("second")).errors

    @only_on("PostgreSQL", "rights are another role's there")
    def test_one_that_the_user_does_not_own_stops_the_plan(
        self, workspace: WorkspaceCalls, warehouse: Warehouse
    ) -> None:
        warehouse.execute("ALTER TABLE krenalis_events OWNER TO postgres")

        assert elsewhere(workspace, warehouse.place("second")).errors


class TestTheNewOne:
    """Terraform drops the old one first: what the plan can know of the new place, it must."""

    @pytest.mark.parametrize("plan_check", [None, "warn"])
    def test_a_place_with_another_workspace_stops_the_plan(
        self, workspace: WorkspaceCalls, warehouse: Warehouse, plan_check: str | None
    ) -> None:
        other = WorkspaceCalls(warehouse)
        config = other.config(DOCUMENT, name="Others")
        config["warehouse"]["settings"] |= warehouse.place("second")
        other.apply(other.plan(config))

        (error,) = elsewhere(workspace, warehouse.place("second"), plan_check=plan_check).errors

        assert error.summary.startswith("Warehouse already holds a workspace")
        assert "describe the new one in a resource block of its own" in error.detail

    def test_a_schema_that_is_not_there_stops_the_plan(
        self, workspace: WorkspaceCalls, warehouse: Warehouse
    ) -> None:
        (error,) = elsewhere(workspace, {**warehouse.place("second"), "schema": "nowhere"}).errors

        assert error.summary.startswith("Schema does not exist")

    def test_a_schema_that_the_same_apply_may_make_is_a_warning_if_that_is_said(
        self, workspace: WorkspaceCalls, warehouse: Warehouse
    ) -> None:
        plan = elsewhere(workspace, {**warehouse.place("second"), "schema": "nowhere"}, plan_check="warn")

        assert plan.errors == []
        assert any(summary.startswith("Schema does not exist") for summary in summaries(plan.told))

    def test_limits_of_the_new_platform_stop_the_plan(self, workspace: WorkspaceCalls) -> None:
        document = {
            "kind": "object",
            "properties": [
                {"name": f"p{number}", "type": {"kind": "string"}, "readOptional": True}
                for number in range(3000)
            ],
        }
        config = workspace.config(document)
        other = "Snowflake" if config["warehouse"]["platform"] == "PostgreSQL" else "PostgreSQL"
        members = config["warehouse"]["settings"]
        members |= {"host": "h", "port": 5432, "account": None, "role": None, "warehouse": None}
        if other == "Snowflake":
            members |= {"host": None, "port": None, "account": "a-b", "role": "r", "warehouse": "w"}
        config["warehouse"]["platform"] = other

        assert workspace.plan(config).errors

    def test_the_warning_names_the_way_that_loses_nothing(
        self, workspace: WorkspaceCalls, warehouse: Warehouse
    ) -> None:
        plan = elsewhere(workspace, warehouse.place("second"))

        (warning,) = [told for told in plan.told if "will be replaced" in told.summary]
        assert plan.errors == []
        assert "The old one goes first" in warning.detail
        assert "create_before_destroy = true" in warning.detail
        assert "describe the new one in a resource block of its own" in warning.detail


class TestInOnePlace:
    def test_the_second_half_alone_is_an_error_where_the_plan_is_made(
        self, workspace: WorkspaceCalls, warehouse: Warehouse
    ) -> None:
        first = workspace.plan(workspace.config(DOCUMENT))
        warehouse.execute("CREATE TABLE others (x integer)")

        (error,) = workspace.plan_again(first).errors

        assert error.summary.startswith("Warehouse is not empty")

    def test_while_applying_the_failure_is_left_to_the_creation(self, workspace: WorkspaceCalls) -> None:
        """So that Terraform, which has deposed the old object with create_before_destroy, restores it."""
        first = workspace.plan(workspace.config(DOCUMENT))
        second = workspace.plan_again(first)

        again = workspace.plan_again(second, applying=True)

        assert again.told == []
        assert again.state == second.state
        before = workspace.state
        workspace.forget()
        (error,) = workspace.apply(again)
        assert error.summary.startswith("Warehouse already holds a workspace")
        assert "leave create_before_destroy out" in error.detail
        assert workspace.state is None
        assert before["id"] in error.detail

    def test_it_is_said_that_the_old_one_goes_first(self, workspace: WorkspaceCalls) -> None:
        second = workspace.plan_again(workspace.plan(workspace.config(DOCUMENT)))

        (warning,) = second.told
        assert "create_before_destroy cannot work" in warning.detail

    @pytest.mark.every_terraform
    def test_on_request_with_create_before_destroy_it_fails_and_leaves_the_state_whole(
        self, terraform: Terraform, warehouse: Warehouse
    ) -> None:
        terraform.write(warehouse.configuration(extra=NEW_FIRST))
        terraform.apply()
        before = warehouse.record()

        terraform.apply(f"-replace={ADDRESS}", expect_error="leave create_before_destroy out")

        assert warehouse.record() == before
        assert not terraform.plan().has_changes

        # as it says
        terraform.write(warehouse.configuration(extra=UNPROTECTED))
        terraform.apply(f"-replace={ADDRESS}", checks=[ExpectAction(ADDRESS, "replace")])
        assert warehouse.record()[0] != before[0]


class TestInTerraform:
    @only_on("PostgreSQL", "Snowflake lets a view outlive what it selects from")
    @pytest.mark.parametrize("extra", [UNPROTECTED, NEW_FIRST], ids=["old first", "new first"])
    def test_a_view_of_somebody_s_stops_the_plan_and_nothing_is_deposed(
        self, terraform: Terraform, warehouse: Warehouse, extra: str
    ) -> None:
        warehouse.make_schema("second")
        terraform.write(warehouse.configuration(extra=extra))
        terraform.apply()
        warehouse.execute("CREATE VIEW report AS SELECT * FROM profiles")

        terraform.write(warehouse.configuration({"schema": "second"}, extra=extra))
        terraform.plan(expect_error=r"Other objects depend on the warehouse.*view cdp\.report")

        terraform.write(warehouse.configuration(extra=extra))
        assert not terraform.plan().has_changes

    @pytest.mark.slow
    def test_the_way_that_loses_nothing(self, any_terraform: Terraform, warehouse: Warehouse) -> None:
        terraform = any_terraform
        warehouse.make_schema("second")
        old = warehouse.configuration(extra=UNPROTECTED)
        terraform.write(old)
        terraform.apply()
        warehouse.add_profiles({"email": "ann@example.com"})
        terraform.write(warehouse.configuration({"schema": "second"}, extra=UNPROTECTED))
        assert "describe the new one in a resource block of its own" in terraform.plan().text

        new = warehouse.configuration({"schema": "second"}, extra=UNPROTECTED)
        start = new.index('resource "krenalis_workspace"')
        block = new[start:].replace('"customers"', '"second"', 1)
        terraform.write(old + block)
        terraform.apply()
        there = warehouse.name("krenalis_profiles_0")
        columns = warehouse.columns(there)
        listed = ", ".join(f'"{column[0]}"' for column in columns if not _is_generated(column))
        quoted = '"second"' if warehouse.platform == "PostgreSQL" else warehouse.name("second")
        warehouse.execute(f'INSERT INTO {quoted}."{there}" ({listed}) SELECT {listed} FROM "{there}"')
        terraform.write(old[: old.index('resource "krenalis_workspace"')] + block)
        terraform.apply()

        assert terraform.state_list() == ["krenalis_workspace.second"]
        assert warehouse.relations() == {}
        rows = warehouse.execute(f'SELECT email FROM {quoted}."{there}"')
        assert rows == [("ann@example.com",)]

    @same_everywhere
    def test_a_new_place_that_is_not_known_is_said_to_be_looked_at_too_late(
        self, any_terraform: Terraform, warehouse: Warehouse
    ) -> None:
        source = 'resource "terraform_data" "schema" {\n  input = "%s"\n}\n'
        text = warehouse.configuration({"schema": "terraform_data.schema.output"}, extra=UNPROTECTED)
        any_terraform.write(text + source % warehouse.schema)
        any_terraform.apply()

        any_terraform.write(text + source % "second")

        assert "it is looked at only when the old one is gone" in any_terraform.plan().text

    @same_everywhere
    def test_a_server_that_cannot_be_reached_stops_it(
        self, any_terraform: Terraform, warehouse: Warehouse
    ) -> None:
        any_terraform.write(warehouse.configuration(extra=UNPROTECTED))
        any_terraform.apply()
        text = warehouse.at(NO_PORT).configuration({"schema": "second"}, extra=UNPROTECTED)

        any_terraform.write(text)

        any_terraform.plan(expect_error="could not be reached.*resource block of its own")


def _is_generated(column: tuple[object, ...]) -> bool:
    return bool(re.search("identity|generated", " ".join(map(str, column)), re.IGNORECASE))
