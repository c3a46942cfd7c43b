"""A strict plan check: no command is green while something could not be found out."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from tests.support.proxy import Proxy
from tests.support.served_warehouse import ServedWarehouse
from tests.support.terraform import Terraform
from tests.support.terraform_checks import ExpectAction
from tests.support.warehouse import NO_PORT, Warehouse, same_everywhere
from tests.support.workspaces import ADDRESS

STRICT = 'plan_check = "strict"'
VARIABLE = "KRENALIS_PLAN_CHECK"
NOT_REFRESHED = 'Workspace "Customers" could not be refreshed'
COMMANDS = {
    "plan": ["plan", "-detailed-exitcode"],
    "refresh-only": ["plan", "-refresh-only", "-detailed-exitcode"],
    "without refresh": ["plan", "-refresh=false", "-detailed-exitcode"],
    "destroy": ["plan", "-destroy", "-detailed-exitcode"],
    "destroy without refresh": ["plan", "-destroy", "-refresh=false", "-detailed-exitcode"],
}
ROTATED = "a-rotated-password"
LATER = 'resource "terraform_data" "later" {\n  input = "%s"\n}\n'
FORGET = f"\nremoved {{\n  from = {ADDRESS}\n  lifecycle {{\n    destroy = false\n  }}\n}}\n"


@dataclass(frozen=True)
class Gate:
    """A warehouse that can be put out of reach, or the server that keeps it, for the rest of the test."""

    warehouse: Warehouse
    shut: Callable[[], object]


@pytest.fixture
def gate(warehouse: Warehouse) -> Iterator[Gate]:
    with ExitStack() as opened, ExitStack() as closed:
        if isinstance(warehouse, ServedWarehouse):
            yield Gate(warehouse, warehouse.server.die)
        elif warehouse.has_port:
            proxy = opened.enter_context(Proxy(("127.0.0.1", warehouse.port)))
            yield Gate(warehouse.at(proxy.port), opened.close)
        else:
            yield Gate(warehouse, lambda: closed.enter_context(warehouse.closed()))


@pytest.fixture
def made(any_terraform: Terraform, gate: Gate) -> Terraform:
    """A Terraform that has made a workspace that may go, with the password from the environment."""
    any_terraform.environment[gate.warehouse.password_variable] = gate.warehouse.password
    apply(any_terraform, text(gate.warehouse))
    return any_terraform


@pytest.fixture
def strict(made: Terraform) -> Terraform:
    """The same, of which the environment demands a strict check."""
    made.environment[VARIABLE] = "strict"
    return made


def apply(terraform: Terraform, configuration: str, *options: str) -> None:
    terraform.write(configuration)
    terraform.run("apply", "-input=false", "-auto-approve", *options)


def text(warehouse: Warehouse, extra: str = "", *, provider: str = "", **settings: object) -> str:
    return warehouse.configuration(
        settings,
        without=["password"] if "password" not in settings else [],
        provider=f"{warehouse.provider()}\n  {provider}",
        extra=f"deletion_protection = false\n  {extra}",
    )


def without_the_block(configuration: str) -> str:
    return configuration[: configuration.index('resource "krenalis_workspace"')]


def run(terraform: Terraform, command: str, expect_error: str | None = None, *, as_json: bool = False) -> str:
    words = [COMMANDS[command][0], "-input=false", *COMMANDS[command][1:]]
    return terraform.run(*words, json=as_json, expect_error=expect_error, success=(0, 2)).text


def refused(terraform: Terraform, expect_error: str) -> None:
    """No command is green."""
    for command in COMMANDS:
        told = run(terraform, command, expect_error)
        assert (NOT_REFRESHED in told) is ("without" not in command)


class TestWhatCannotBeReached:
    def test_stops_every_plan(self, strict: Terraform, gate: Gate) -> None:
        for command in COMMANDS:
            assert "Error" not in run(strict, command)
        assert not strict.plan().has_changes
        assert not strict.plan("-refresh=false").has_changes
        gate.shut()

        refused(strict, "KRENALIS_PLAN_CHECK=strict makes an error of what could not be found out")
        for command in ("plan", "without refresh"):
            run(strict, command, "strict makes an error", as_json=True)

    def test_stops_the_plan_of_a_creation(self, any_terraform: Terraform, warehouse: Warehouse) -> None:
        any_terraform.environment[warehouse.password_variable] = warehouse.password
        any_terraform.write(text(warehouse.at(NO_PORT), provider=STRICT))

        any_terraform.plan(expect_error=f'{warehouse.out_of_reach}.*plan_check = "strict" makes an error')

    @same_everywhere
    def test_is_an_error_if_only_the_resource_says_so(self, made: Terraform, gate: Gate) -> None:
        apply(made, text(gate.warehouse, STRICT))
        gate.shut()

        refused(made, 'plan_check = "strict" makes an error')

    @same_everywhere
    def test_is_an_error_if_the_resource_says_so_from_now_on(self, made: Terraform, gate: Gate) -> None:
        made.write(text(gate.warehouse, STRICT))
        gate.shut()

        run(made, "plan", 'could not be reached.*plan_check = "strict" makes an error')

    @same_everywhere
    def test_is_an_error_if_the_provider_says_so(self, made: Terraform, gate: Gate) -> None:
        made.write(text(gate.warehouse, provider=STRICT))
        gate.shut()

        refused(made, 'plan_check = "strict" makes an error')

    @same_everywhere
    def test_is_none_where_the_resource_says_less_than_the_provider(
        self, made: Terraform, gate: Gate
    ) -> None:
        apply(made, text(gate.warehouse, 'plan_check = "warn"', provider=STRICT))
        gate.shut()

        for command in COMMANDS:
            assert "could not be" in run(made, command) or command == "without refresh"

    def test_stops_a_data_source(self, strict: Terraform, gate: Gate) -> None:
        warehouse = gate.warehouse
        settings = json.dumps({k: v for k, v in warehouse.settings().items() if k != "password"})
        of = f'warehouse = {{\n    platform = "{warehouse.platform}"\n    settings = {settings}\n  }}'
        data = f'data "krenalis_workspace" "it" {{\n  {of}\n}}\n'
        strict.write(without_the_block(text(warehouse)) + data + FORGET)
        run(strict, "plan")
        gate.shut()

        run(strict, "plan", "could not be reached")

    @same_everywhere
    def test_can_be_forgotten(self, strict: Terraform, gate: Gate) -> None:
        gate.shut()
        run(strict, "destroy without refresh", "put this block in place of the resource block")

        apply(strict, without_the_block(text(gate.warehouse)) + FORGET)

        assert strict.state_list() == []


@same_everywhere
class TestWhatIsNotTheWorkspaceOfTheState:
    def test_another_workspace_stops_every_plan(self, strict: Terraform, warehouse: Warehouse) -> None:
        warehouse.execute("UPDATE krenalis_workspace SET id = '7'")

        refused(strict, "id 7")

    def test_a_record_that_is_hidden_stops_every_plan(self, strict: Terraform, warehouse: Warehouse) -> None:
        user = warehouse.settings()["username"]
        warehouse.execute(f'REVOKE ALL ON krenalis_workspace FROM "{user}"')

        refused(strict, "krenalis_workspace")


class TestCredentials:
    def test_that_are_missing_stop_every_plan(self, strict: Terraform, gate: Gate) -> None:
        del strict.environment[gate.warehouse.password_variable]

        refused(strict, "[Pp]assword")

    def test_that_are_wrong_stop_every_plan(self, strict: Terraform, warehouse: Warehouse) -> None:
        warehouse.set_password(ROTATED)

        refused(strict, "password")

    def test_that_were_rotated_are_applied_once_without_a_refresh(
        self, terraform: Terraform, warehouse: Warehouse
    ) -> None:
        terraform.environment[VARIABLE] = "strict"
        apply(terraform, text(warehouse, password=warehouse.password))
        warehouse.set_password(ROTATED)
        terraform.write(text(warehouse, password=ROTATED))
        told = run(terraform, "plan", NOT_REFRESHED)
        assert "apply them once with terraform apply -refresh=false" in told

        terraform.run("apply", "-input=false", "-auto-approve", "-refresh=false")

        assert not terraform.plan().has_changes


@same_everywhere
class TestWhatIsNotKnownYet:
    def test_stops_a_creation_and_is_made_first(self, terraform: Terraform, warehouse: Warehouse) -> None:
        terraform.environment |= {warehouse.password_variable: warehouse.password, VARIABLE: "strict"}
        user = warehouse.settings()["username"]
        terraform.write(text(warehouse, username="terraform_data.later.output") + LATER % user)

        told = terraform.plan(expect_error=r"Not known yet: warehouse\.settings\.username").text
        assert "terraform apply -target=ADDRESS" in told

        terraform.run("apply", "-input=false", "-auto-approve", "-target=terraform_data.later")
        terraform.apply(checks=[ExpectAction(ADDRESS, "create")])

    def test_of_the_provider_block_stops_a_refresh_and_is_made_first(
        self, strict: Terraform, gate: Gate
    ) -> None:
        provider = "postgresql = { password = terraform_data.later.output }"
        strict.write(text(gate.warehouse, provider=provider) + LATER % gate.warehouse.password)

        told = run(strict, "plan", r"Not known yet: provider postgresql\.password")
        assert NOT_REFRESHED in told
        assert "terraform apply -target=ADDRESS" in told

        strict.run("apply", "-input=false", "-auto-approve", "-target=terraform_data.later")
        assert not strict.plan().has_changes

    @pytest.mark.parametrize(("extra", "told"), [
        ("renames = { a = terraform_data.later.output }", "Not known yet: renames"),
        ("rehearse = terraform_data.later.output", "Not known yet: rehearse"),
    ])  # fmt: skip
    def test_of_what_decides_a_change_stops_it(
        self, strict: Terraform, gate: Gate, extra: str, told: str
    ) -> None:
        strict.write(text(gate.warehouse, extra) + LATER % "false")

        run(strict, "plan", f"Warehouse not checked.*{told}")

    def test_of_a_plan_check_is_taken_for_the_provider_s(self, made: Terraform, gate: Gate) -> None:
        extra = "plan_check = terraform_data.later.output"
        made.write(text(gate.warehouse, extra, provider=STRICT) + LATER % "off")

        run(made, "plan", "Not known yet: plan_check")

    def test_of_a_plan_check_makes_no_difference_beside_the_variable(
        self, strict: Terraform, gate: Gate
    ) -> None:
        extra = "plan_check = terraform_data.later.output"
        strict.write(text(gate.warehouse, extra) + LATER % "error")
        run(strict, "plan")
        gate.shut()

        run(strict, "without refresh", "KRENALIS_PLAN_CHECK=strict makes an error")


@same_everywhere
class TestFloor:
    @pytest.mark.parametrize("own", ["warn", "off"])
    def test_a_resource_that_says_less_is_named(self, strict: Terraform, gate: Gate, own: str) -> None:
        strict.write(text(gate.warehouse, f'plan_check = "{own}"'))

        for command in ("plan", "without refresh"):
            run(strict, command, f'Customers.*plan_check: "{own}" would lower KRENALIS_PLAN_CHECK=strict')

    @pytest.mark.parametrize("own", ["strict", "error", "warn", "off"])
    def test_a_provider_block_that_says_less_counts_for_nothing(
        self, strict: Terraform, gate: Gate, own: str
    ) -> None:
        apply(strict, text(gate.warehouse, 'plan_check = "error"', provider=f'plan_check = "{own}"'))
        gate.shut()

        refused(strict, "KRENALIS_PLAN_CHECK=strict makes an error")

    def test_what_was_applied_with_less_is_refreshed_and_destroyed_strictly(
        self, made: Terraform, gate: Gate
    ) -> None:
        apply(made, text(gate.warehouse, 'plan_check = "off"'))
        made.environment[VARIABLE] = "strict"
        run(made, "destroy without refresh")
        gate.shut()

        for command in ("refresh-only", "destroy", "destroy without refresh"):
            run(made, command, "KRENALIS_PLAN_CHECK=strict makes an error")

    def test_a_wrong_word_is_told_whatever_the_provider_block_says(self, made: Terraform, gate: Gate) -> None:
        made.write(text(gate.warehouse, provider='plan_check = "error"'))
        made.environment[VARIABLE] = "Strict"

        run(
            made,
            "plan",
            r'KRENALIS_PLAN_CHECK: must be one of "strict", .*\(did you mean "strict"\?\), got: "Strict"',
        )

    def test_a_plan_that_was_made_without_it_is_applied(self, made: Terraform, gate: Gate) -> None:
        made.write(text(gate.warehouse, 'plan_check = "warn"'))
        plan = made.folder / "saved.plan"
        made.plan(out=plan)
        made.environment[VARIABLE] = "strict"

        made.run("apply", "-input=false", str(plan))
