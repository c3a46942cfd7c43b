"""`krenalis_workspace` on Snowflake in the resource's hands, without a connection: what is planned, and what replaces."""

from typing import Any

import pytest

from krenalis_provider.configuration import Configuration
from krenalis_provider.data_sources.workspaces import WorkspacesData
from krenalis_provider.resources.workspace import WorkspaceResource, translation
from krenalis_provider.resources.workspace.schema import SCHEMA
from krenalis_provider.warehouses.registry import known_platform
from krenalis_provider.workspaces import direct
from tests.support.workspaces import profile_schema
from tfplugin.cty import UNKNOWN, infer
from tfplugin.planning import propose
from tfplugin.resource import Action, ObjectValue, Planned, PlanRequest, ValidateRequest

SETTINGS = {
    "account": "myorg-account123", "username": "u", "role": "r", "database": "cdp", "schema": "public", "warehouse": "w",
}  # fmt: skip


def config(platform: Any = "Snowflake", **settings: Any) -> ObjectValue:
    warehouse: Any = SCHEMA.attributes["warehouse"]
    members = dict.fromkeys(warehouse.attributes["settings"].attributes) | SETTINGS | settings
    return {
        **dict.fromkeys(SCHEMA.attributes),
        "name": "Customers",
        "profile_schema": infer(profile_schema()),
        "warehouse": {"platform": platform, "mode": "Normal", "settings": members},
        "plan_check": "off",
        "deletion_protection": False,
    }


def plan(wanted: ObjectValue, prior: ObjectValue | None = None) -> tuple[PlanRequest, Planned]:
    computed = {
        name: value
        for name, value in (prior or {}).items()
        if SCHEMA.attributes[name].computed and wanted[name] is None
    }
    request = propose(SCHEMA, PlanRequest(prior=prior, config=wanted, proposed={**wanted, **computed}))
    planned = WorkspaceResource(Configuration()).plan(request)
    assert not request.diagnostics.has_errors, list(request.diagnostics)
    return request, planned


@pytest.fixture(scope="module")
def prior() -> ObjectValue:
    """The state of a workspace."""
    _, planned = plan(config())
    assert planned.state is not None
    return {**planned.state, "id": "7"}


def test_columns_and_objects_are_planned_as_snowflake_spells_them(prior: ObjectValue) -> None:
    columns: Any = prior["profile_columns"]

    assert prior["objects"] == known_platform("Snowflake").dialect().NAMES.objects
    assert columns["EMAIL"] == "VARCHAR(254)"
    assert all(name == name.upper() for name in columns)


@pytest.mark.parametrize("settings", [
    {"account": "MYORG.account123"}, {"database": "CDP"}, {"schema": '"PUBLIC"'}, {"username": "v"}, {"role": "s"},
    {"warehouse": "x"}, {"password": "p"},
])  # fmt: skip
def test_another_way_to_the_same_place_is_an_update(prior: ObjectValue, settings: dict[str, Any]) -> None:
    request, planned = plan(config(**settings), prior)

    assert request.action is Action.UPDATE
    assert planned.private["place"] == "Snowflake/myorg-account123/CDP/PUBLIC"
    assert planned.state is not None
    assert planned.state["warehouse"] == config(**settings)["warehouse"]


def test_another_account_is_an_update_of_a_workspace_that_must_be_found_there(prior: ObjectValue) -> None:
    request, planned = plan(config(account="other-account123"), prior)

    assert request.action is Action.UPDATE
    assert planned.state is not None
    assert translation.place(planned.state) == "Snowflake/other-account123/CDP/PUBLIC"
    assert direct._moved(translation.prior(prior), translation.definition(planned.state))


@pytest.mark.parametrize(("account", "is_moved"), [
    ("XY12345.eu-central-1.aws", False), ("xy12345.eu-central-1.privatelink", False), ("xy12345-eu-central-1", True),
    ("xy12345.eu-central-2.aws", True), ("xy12345", True),
])  # fmt: skip
def test_another_identifier_of_an_account_is_no_other_account(account: str, *, is_moved: bool) -> None:
    _, before = plan(config(account="xy12345.eu-central-1"))
    assert before.state is not None
    prior = {**before.state, "id": "7"}

    request, planned = plan(config(account=account), prior)

    assert request.action is Action.UPDATE
    assert planned.state is not None
    assert direct._moved(translation.prior(prior), translation.definition(planned.state)) is is_moved


@pytest.mark.parametrize("settings", [
    {"database": "cdp2"}, {"database": '"cdp"'}, {"schema": "private"}, {"schema": UNKNOWN},
])  # fmt: skip
def test_another_database_or_schema_replaces(prior: ObjectValue, settings: dict[str, Any]) -> None:
    request, _ = plan(config(**settings), prior)

    (path,) = map(str, request.requires_replace)
    assert path == f"warehouse.settings.{next(iter(settings))}"


def test_columns_that_are_to_swap_their_names_are_not_taken_for_changed_by_somebody_else() -> None:
    def wanted(short: str, long: str, renames: Any = None) -> ObjectValue:
        lengths = {short: 20, long: 254}
        properties = [
            {"name": name, "type": {"kind": "string", "maxLength": length}, "readOptional": True}
            for name, length in sorted(lengths.items())
        ]
        schema = infer({"kind": "object", "properties": properties})
        return {**config(), "profile_schema": schema, "renames": renames}

    _, before = plan(wanted("nickname", "email"))
    assert before.state is not None
    swapped = wanted("email", "nickname", {"email": "nickname", "nickname": "email"})
    prior = {**before.state, "id": "7"}
    request = propose(SCHEMA, PlanRequest(prior=prior, config=swapped, proposed={**prior, **swapped}))
    WorkspaceResource(Configuration()).plan(request)

    (refusal,) = request.diagnostics
    assert refusal.summary == "Invalid renames"


def test_names_in_another_case_are_another_place_in_postgresql() -> None:
    settings = {
        **dict.fromkeys(SETTINGS),
        "host": "h",
        "port": 5432,
        "username": "u",
        "database": "d",
        "schema": "s",
    }
    _, planned = plan(config("PostgreSQL", **settings))
    assert planned.state is not None

    request, _ = plan(config("PostgreSQL", **{**settings, "schema": "S"}), {**planned.state, "id": "7"})

    assert request.action is Action.REPLACE


@pytest.mark.parametrize(("given", "message"), [
    ({"platform": "Snowflake", "role": None}, "role: is required by platform Snowflake."),
    ({"platform": "Snowflake", "host": "h"}, "host: is not a setting of Snowflake: remove it."),
    ({"platform": "Snowflake"}, None),
    ({"platform": UNKNOWN, "role": None}, None),
    ({"platform": None, "account": None, "role": None, "warehouse": None, "host": "h", "port": 1}, None),
    ({"platform": None, "account": None, "role": None, "warehouse": None, "port": 1}, "host: is required by platform PostgreSQL."),
])  # fmt: skip
def test_a_database_that_is_listed_is_checked_by_its_platform(
    given: dict[str, Any], message: str | None
) -> None:
    settings = {name: value for name, value in SETTINGS.items() if name != "schema"}
    request = ValidateRequest(
        config={**dict.fromkeys(WorkspacesData.schema().attributes), **settings, **given}
    )

    WorkspacesData(Configuration()).validate(request)

    assert [diagnostic.detail for diagnostic in request.diagnostics] == ([message] if message else [])
