"""`rehearse` by real Terraform: where it is switched, and what a plan says of it on each platform."""

import pytest

from tests.support.terraform import Terraform
from tests.support.warehouse import Warehouse, only_on, same_everywhere

ON = "rehearse = true"
OFF = "rehearse = false"
UNPROTECTED = "deletion_protection = false"
OVERRIDDEN = "Provider development overrides are in effect"
NOT_REHEARSED = 'Not rehearsed (workspace "Customers")'
REFUSED = "PostgreSQL would refuse a statement"
on_postgresql = only_on("PostgreSQL", "Snowflake cannot undo a definition")


def forbid(warehouse: Warehouse, event: str, *tags: str) -> None:
    """An administrator forbids something, which no other catalogue than that of event triggers shows."""
    listed = ", ".join(f"'{tag}'" for tag in tags)
    warehouse.execute(
        # in a function of its own, because that of the trigger is read before
        "CREATE FUNCTION public.act() RETURNS void LANGUAGE plpgsql AS $$ BEGIN RAISE 'not here'; END $$",
        "CREATE FUNCTION public.forbid() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM public.act(); END $$",
        f"CREATE EVENT TRIGGER forbid ON {event} WHEN TAG IN ({listed}) EXECUTE FUNCTION public.forbid()",
    )


def warnings(terraform: Terraform, *arguments: str) -> dict[str, str]:
    """What a plan warns of: the details by summary."""
    found = terraform.plan(*arguments, json=True).diagnostics
    return {
        each.summary: each.detail
        for each in found
        if each.severity == "warning" and each.summary != OVERRIDDEN
    }


@on_postgresql
@pytest.mark.parametrize(("provider", "environment", "resource", "rehearsed"), [
    (ON, None, "", True), ("", "true", "", True), ("", None, ON, True), (OFF, "true", "", False), (ON, None, OFF, False),
    (OFF, "false", ON, True), ("", None, "", False), ("", "true", 'plan_check = "off"', False),
])  # fmt: skip
def test_the_resource_s_word_goes_before_the_provider_s_and_that_before_the_environment_s(
    any_terraform: Terraform,
    warehouse: Warehouse,
    provider: str,
    environment: str | None,
    resource: str,
    *,
    rehearsed: bool,
) -> None:
    forbid(warehouse, "ddl_command_start", "CREATE TABLE")
    if environment:
        any_terraform.environment["KRENALIS_REHEARSE"] = environment
    any_terraform.write(warehouse.configuration(provider=provider, extra=resource))
    if not rehearsed:
        any_terraform.plan()
        return
    any_terraform.plan(expect_error=REFUSED)
    assert warehouse.content() == set()


@on_postgresql
def test_a_plan_says_that_it_does_not_know_yet_whether_to_rehearse(
    any_terraform: Terraform, warehouse: Warehouse
) -> None:
    forbid(warehouse, "ddl_command_start", "CREATE TABLE")
    given = 'resource "terraform_data" "given" { input = true }\n'
    unknown = "rehearse = terraform_data.given.output"
    for provider, resource in ((unknown, ""), ("", unknown)):
        any_terraform.write(given + warehouse.configuration(provider=provider, extra=resource))
        assert warnings(any_terraform)[NOT_REHEARSED] == "rehearse: it is not known yet."


@on_postgresql
def test_a_workspace_is_rehearsed_all_its_life(any_terraform: Terraform, warehouse: Warehouse) -> None:
    def configure(name: str = "Customers", schema: str = warehouse.schema) -> None:
        extra = f"{ON}\n{UNPROTECTED}"
        any_terraform.write(warehouse.configuration({"schema": schema}, name=name, extra=extra))

    configure()
    assert warnings(any_terraform) == {}
    any_terraform.apply()
    assert warnings(any_terraform) == {}
    configure("Clients")
    assert warnings(any_terraform) == {}
    any_terraform.apply()
    warehouse.make_schema("other")
    configure("Clients", "other")
    assert not any("rehearsed" in summary for summary in warnings(any_terraform))
    before = warehouse.content()
    forbid(warehouse, "ddl_command_start", "CREATE TABLE", "DROP PROCEDURE")
    for arguments in ([], ["-destroy"]):
        any_terraform.plan(
            *arguments, expect_error=r"(?s)PostgreSQL would refuse a statement .*not here \(P0001\)"
        )
    assert warehouse.content() == before
    warehouse.execute("DROP EVENT TRIGGER forbid")
    any_terraform.apply()
    any_terraform.destroy()


@on_postgresql
def test_a_replacement_in_the_same_place_is_rehearsed(any_terraform: Terraform, warehouse: Warehouse) -> None:
    any_terraform.write(warehouse.configuration(extra=f"{ON}\n{UNPROTECTED}"))
    any_terraform.apply()
    forbid(warehouse, "ddl_command_start", "DROP PROCEDURE")
    any_terraform.plan("-replace=krenalis_workspace.customers", expect_error=REFUSED)


@only_on("Snowflake", "it alone makes each definition for good at once")
def test_a_platform_that_cannot_undo_a_definition_says_so(
    any_terraform: Terraform, warehouse: Warehouse
) -> None:
    any_terraform.write(warehouse.configuration(extra=f"{ON}\n{UNPROTECTED}"))
    assert "makes each definition for good at once" in warnings(any_terraform)[NOT_REHEARSED]
    any_terraform.apply()
    assert NOT_REHEARSED in warnings(any_terraform, "-destroy")


@same_everywhere
def test_a_wrong_word_in_the_environment_is_an_error(any_terraform: Terraform, warehouse: Warehouse) -> None:
    any_terraform.environment["KRENALIS_REHEARSE"] = "1"
    any_terraform.write(warehouse.configuration())
    any_terraform.plan(expect_error=r'KRENALIS_REHEARSE: must be one of "true", "false", got: "1"')
