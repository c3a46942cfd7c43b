"""Resources that share a warehouse: by the plan where one configured provider sees them all, else by applying."""

import pytest

from krenalis_provider.model.definition import WarehouseAddress
from krenalis_provider.workspaces import import_id
from tests.support.plugin import Told
from tests.support.terraform import Terraform
from tests.support.warehouse import Warehouse, once_and_at_a_server, only_on, same_everywhere
from tests.support.workspace_calls import WorkspaceCalls

UNPROTECTED = "deletion_protection = false"
DOCUMENT = {
    "kind": "object",
    "properties": [{"name": "email", "type": {"kind": "string"}, "readOptional": True}],
}


def url(warehouse: Warehouse) -> str:
    return import_id.spell(WarehouseAddress(warehouse.platform, warehouse.settings()))


def made(warehouse: Warehouse) -> WorkspaceCalls:
    """A workspace that is there, and in the state."""
    workspace = WorkspaceCalls(warehouse)
    assert workspace.apply(workspace.plan(workspace.config(DOCUMENT))) == []
    workspace.refresh()
    return workspace


def twins(warehouse: Warehouse, number: int = 2) -> list[WorkspaceCalls]:
    """Resources that have one workspace in their states, which were imported or copied."""
    first = made(warehouse)
    others = [WorkspaceCalls(warehouse) for _ in range(number - 1)]
    for other in others:
        other.copy(first)
    return [first, *others]


def gravity(told: list[Told], summary: str) -> list[str]:
    return [each.severity for each in told if each.summary.startswith(summary)]


class TestCreations:
    def test_the_second_creation_in_one_place_is_an_error_with_both_names(self, warehouse: Warehouse) -> None:
        one, other = WorkspaceCalls(warehouse), WorkspaceCalls(warehouse)

        with one.one_walk_with(other):
            first = one.plan(one.config(DOCUMENT, name="One"))
            second = other.plan(other.config(DOCUMENT, name="Other"))

        assert first.errors == []
        (error,) = second.errors
        assert error.summary == 'Several workspaces in one warehouse (workspace "One" and workspace "Other")'
        assert f"{warehouse.platform}/" in error.detail
        assert "each.key" in error.detail
        assert "import" not in error.detail

    def test_a_third_one_names_all(self, warehouse: Warehouse) -> None:
        one, two, three = (WorkspaceCalls(warehouse) for _ in range(3))

        with one.one_walk_with(two, three):
            for number, each in enumerate((one, two)):
                each.plan(each.config(DOCUMENT, name=f"Number {number}"))
            (error,) = three.plan(three.config(DOCUMENT, name="Three")).errors

        assert 'workspace "Number 0", workspace "Number 1" and workspace "Three"' in error.detail

    @only_on("Snowflake", "PostgreSQL's names are as they are")
    def test_another_spelling_is_no_other_place(self, warehouse: Warehouse) -> None:
        one, other = WorkspaceCalls(warehouse), WorkspaceCalls(warehouse)
        config = other.config(DOCUMENT)
        config["warehouse"]["settings"]["schema"] = warehouse.schema.swapcase()

        with one.one_walk_with(other):
            one.plan(one.config(DOCUMENT))
            assert len(other.plan(config).errors) == 1

    def test_other_users_and_passwords_are_no_other_place(self, warehouse: Warehouse) -> None:
        one, other = WorkspaceCalls(warehouse), WorkspaceCalls(warehouse)
        config = other.config(DOCUMENT)
        config["warehouse"]["settings"] |= {"username": "somebody", "password": None}

        with one.one_walk_with(other):
            one.plan(one.config(DOCUMENT))
            (error,) = other.plan(config).errors

        assert error.summary.startswith("Several workspaces")

    def test_each_in_a_place_of_its_own_is_fine(self, warehouse: Warehouse) -> None:
        warehouse.make_place("second")
        one, other = WorkspaceCalls(warehouse), WorkspaceCalls(warehouse)
        config = other.config(DOCUMENT)
        config["warehouse"]["settings"] |= warehouse.place("second")

        with one.one_walk_with(other):
            assert one.plan(one.config(DOCUMENT)).told == []
            assert other.plan(config).told == []

    def test_it_is_told_without_a_look_into_the_warehouse(self, warehouse: Warehouse) -> None:
        one, other = WorkspaceCalls(warehouse), WorkspaceCalls(warehouse)

        with one.one_walk_with(other):
            one.plan(one.config(DOCUMENT, plan_check="off"))
            assert len(other.plan(other.config(DOCUMENT, plan_check="off")).errors) == 1

    @once_and_at_a_server
    def test_another_walk_is_not_remembered(self, warehouse: Warehouse) -> None:
        """One process may be configured again and again, as with -debug."""
        one, other = WorkspaceCalls(warehouse), WorkspaceCalls(warehouse)

        assert one.plan(one.config(DOCUMENT)).told == []
        assert other.plan(other.config(DOCUMENT)).told == []

    def test_a_replacement_is_no_twin_of_itself(self, warehouse: Warehouse) -> None:
        warehouse.make_place("second")
        workspace = made(warehouse)
        config = workspace.config(DOCUMENT)
        config["warehouse"]["settings"] |= warehouse.place("second")

        with workspace.one_walk_with():
            first = workspace.plan(config)
            second = workspace.plan_again(first)

        assert (first.errors, second.errors) == ([], [])

    def test_a_replacement_on_request_is_no_twin_of_itself(self, warehouse: Warehouse) -> None:
        workspace = made(warehouse)

        with workspace.one_walk_with():
            workspace.refresh()
            second = workspace.plan_again(workspace.plan(workspace.config(DOCUMENT)))

        assert second.errors == []

    @pytest.mark.parametrize("first", ["the replacement", "the creation"])
    def test_a_replacement_and_a_creation_in_one_new_place_are_twins(
        self, warehouse: Warehouse, first: str
    ) -> None:
        warehouse.make_place("second")
        old, new = made(warehouse), WorkspaceCalls(warehouse)
        config = old.config(DOCUMENT)
        config["warehouse"]["settings"] |= warehouse.place("second")

        with old.one_walk_with(new):
            if first == "the creation":
                new.plan(config)
                (error,) = old.plan(config).errors
            else:
                old.plan_again(old.plan(config))
                (error,) = new.plan(config).errors

        assert error.summary.startswith("Several workspaces in one warehouse")

    @once_and_at_a_server
    def test_the_plan_before_applying_is_not_told_again(self, warehouse: Warehouse) -> None:
        one, other = WorkspaceCalls(warehouse), WorkspaceCalls(warehouse)

        with one.one_walk_with(other):
            for each in (one, other):
                assert each.plan(each.config(DOCUMENT), applying=True).told == []

    def test_what_was_not_known_in_the_plan_is_found_by_applying(self, warehouse: Warehouse) -> None:
        one, other = WorkspaceCalls(warehouse), WorkspaceCalls(warehouse)
        plans = [each.plan(each.config(DOCUMENT, name="Same")) for each in (one, other)]

        with one.one_walk_with(other):
            assert one.apply(plans[0]) == []
            (error,) = other.apply(plans[1])

        assert error.summary.startswith("Warehouse already holds a workspace")
        assert "each.key" in error.detail
        assert "import" not in error.detail
        assert other.state is None
        assert warehouse.record()[0] == one.state["id"]


class TestStates:
    def test_without_a_change_they_are_a_warning(self, warehouse: Warehouse) -> None:
        one, other = twins(warehouse)

        with one.one_walk_with(other):
            told = [each.plan(each.config(DOCUMENT)).told for each in (one, other)]

        assert [gravity(each, "One workspace in several resources") for each in told] == [[], ["warning"]]
        assert "terraform state rm" in told[1][0].detail

    @pytest.mark.parametrize("order", [(0, 1), (1, 0)])
    def test_a_change_of_one_is_an_error_in_any_order(
        self, warehouse: Warehouse, order: tuple[int, int]
    ) -> None:
        one, other = twins(warehouse)
        configs = [one.config(DOCUMENT, name="Changed"), other.config(DOCUMENT)]

        with one.one_walk_with(other):
            told = [(one, other)[index].plan(configs[index]).errors for index in order]

        assert [len(each) for each in told] == [0, 1]
        assert 'workspace "Changed"' in told[1][0].summary

    def test_three_are_named_together(self, warehouse: Warehouse) -> None:
        one, two, three = twins(warehouse, 3)

        with one.one_walk_with(two, three):
            told = [each.plan(each.config(DOCUMENT)).told for each in (one, two, three)]

        assert [len(each) for each in told] == [0, 1, 1]
        assert told[2][0].summary.count("Customers") == 3

    @pytest.mark.parametrize("first", ["the destruction", "the other"])
    def test_the_end_of_one_says_that_the_other_loses_its_data(
        self, warehouse: Warehouse, first: str
    ) -> None:
        one, other = twins(warehouse)

        with one.one_walk_with(other):
            if first == "the destruction":
                one.plan(None)
                told = other.plan(other.config(DOCUMENT)).told
            else:
                other.plan(other.config(DOCUMENT))
                told = one.plan(None).told

        (warning,) = [each for each in told if each.summary.startswith("One workspace")]
        assert warning.severity == "warning"
        assert "the others lose their data with it" in warning.detail

    @once_and_at_a_server
    @pytest.mark.parametrize("first", ["the destruction", "the change"])
    def test_the_end_of_one_and_a_change_of_the_other_do_not_go_together(
        self, warehouse: Warehouse, first: str
    ) -> None:
        one, other = twins(warehouse)
        config = other.config(DOCUMENT, name="Changed")

        with one.one_walk_with(other):
            if first == "the destruction":
                one.plan(None)
                errors = other.plan(config).errors
            else:
                other.plan(config)
                errors = one.plan(None).errors

        (error,) = errors
        assert "terraform destroy -refresh=false" in error.detail

    def test_both_can_be_destroyed(self, warehouse: Warehouse) -> None:
        one, other = twins(warehouse)

        with one.one_walk_with(other):
            plans = [each.plan(None) for each in (one, other)]
        assert [plan.errors for plan in plans] == [[], []]
        with one.one_walk_with(other):
            assert [gravity(each.apply(plan), "") for each, plan in zip((one, other), plans, strict=True)]

        assert (one.state, other.state) == (None, None)
        assert warehouse.relations() == {}

    @pytest.mark.parametrize("first", ["the replacement", "the other"])
    @pytest.mark.parametrize("how", ["by a change", "on request"])
    def test_a_replacement_of_one_is_an_error(self, warehouse: Warehouse, first: str, how: str) -> None:
        warehouse.make_place("second")
        one, other = twins(warehouse)
        config = one.config(DOCUMENT)
        if how == "by a change":
            config["warehouse"]["settings"] |= warehouse.place("second")

        def replaced() -> list[Told]:
            plan = one.plan(config)
            return [*plan.errors, *(one.plan_again(plan).errors if not plan.errors else [])]

        with one.one_walk_with(other):
            if first == "the replacement":
                replaced()
                errors = other.plan(other.config(DOCUMENT)).errors
            else:
                other.plan(other.config(DOCUMENT))
                errors = replaced()

        (error,) = errors
        assert "will be replaced: if only one" in error.detail

    @once_and_at_a_server
    def test_another_id_in_the_same_place_is_no_twin(self, warehouse: Warehouse) -> None:
        one, other = twins(warehouse)
        other.state = {**other.state, "id": "7"}

        with one.one_walk_with(other):
            one.plan(one.config(DOCUMENT))
            assert gravity(other.plan(other.config(DOCUMENT)).told, "One workspace") == []


class TestInTerraform:
    """The same by real Terraform, which plans several resources at once."""

    @pytest.mark.every_terraform
    def test_for_each_with_one_schema_is_refused_by_the_plan_and_mended_as_it_says(
        self, terraform: Terraform, warehouse: Warehouse
    ) -> None:
        for_each = f'for_each = toset(["eu", "us"])\n  {UNPROTECTED}'
        text = warehouse.configuration(extra=for_each).replace('"Customers"', "each.key")
        terraform.write(text)

        terraform.plan(
            expect_error=r"Several workspaces in one warehouse \(workspace \"(eu|us)\" and workspace \"(us|eu)\""
        )

        for key in ("eu", "us"):
            warehouse.make_schema(f"cdp_{key}")
        terraform.write(text.replace(f'"{warehouse.schema}"', '"cdp_${each.key}"'))
        terraform.apply()
        assert len(terraform.state_list()) == 2

    @pytest.mark.every_terraform
    def test_two_aliases_are_found_by_applying_which_makes_one_whole(
        self, terraform: Terraform, warehouse: Warehouse
    ) -> None:
        one = warehouse.configuration(extra=UNPROTECTED)
        start = one.index('resource "krenalis_workspace"')
        block = one[one.index('provider "krenalis" {') : start]
        alias = block.replace("{", '{\n  alias = "second"', 1)
        other = one[start:].replace('"customers"', '"others"', 1).replace('"Customers"', '"Others"', 1)
        other = other.replace(UNPROTECTED, f"provider = krenalis.second\n  {UNPROTECTED}")
        terraform.write(one + alias + other)

        failed = terraform.apply(expect_error="Warehouse already holds a workspace")

        assert "that of another resource" in failed.errors
        assert "terraform import" not in failed.errors
        assert len(terraform.state_list()) == 1
        workspace_id, name, _ = warehouse.record()
        (resource,) = terraform.show()["values"]["root_module"]["resources"]
        assert (resource["values"]["id"], resource["values"]["name"]) == (workspace_id, name)

        # as it says: a schema of its own
        warehouse.make_schema("second")
        second = warehouse.configuration({"schema": "second"})
        settings = second[second.index("  warehouse = {") : second.index("  ui_preferences")]
        own = {True: one[start:], False: other}
        kept = name == "Customers"
        moved = own[not kept]
        moved = moved[: moved.index("  warehouse = {")] + settings + moved[moved.index("  ui_preferences") :]
        terraform.write(one[:start] + alias + own[kept] + moved)
        terraform.apply()
        assert len(terraform.state_list()) == 2

    @same_everywhere
    def test_an_import_of_what_another_resource_has_is_told_and_undone_as_it_says(
        self, terraform: Terraform, warehouse: Warehouse
    ) -> None:
        terraform.environment[warehouse.password_variable] = warehouse.password
        one = warehouse.configuration(without=["password"], extra=UNPROTECTED)
        terraform.write(one)
        terraform.apply()
        start = one.index('resource "krenalis_workspace"')
        other = one[start:].replace('"customers"', '"others"', 1)
        terraform.write(one + other)
        terraform.import_("krenalis_workspace.others", url(warehouse))
        terraform.plan(expect_error="One workspace in several resources")  # the protection changes

        protected = other.replace(UNPROTECTED, "deletion_protection = true")
        terraform.write(one + protected)
        assert "One workspace in several resources" in terraform.plan().text

        terraform.run("state", "rm", "krenalis_workspace.others")
        terraform.write(one)
        assert "several resources" not in terraform.plan().text

    @same_everywhere
    def test_twins_in_the_state_can_be_destroyed(self, terraform: Terraform, warehouse: Warehouse) -> None:
        terraform.environment[warehouse.password_variable] = warehouse.password
        one = warehouse.configuration(without=["password"], extra=UNPROTECTED)
        terraform.write(one)
        terraform.apply()
        start = one.index('resource "krenalis_workspace"')
        other = one[start:].replace('"customers"', '"others"', 1)
        terraform.write(one + other.replace(UNPROTECTED, ""))
        terraform.import_("krenalis_workspace.others", url(warehouse))
        # the change of its protection is refused; a state that is written by hand stands for one of an older version
        state = terraform.folder / "terraform.tfstate"
        state.write_text(
            state.read_text().replace('"deletion_protection": true', '"deletion_protection": false')
        )

        destroyed = terraform.destroy("-refresh=false")

        assert "the others lose their data" in destroyed.text
        assert terraform.state_list() == []
        assert warehouse.relations() == {}
