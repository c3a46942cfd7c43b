"""A profile schema in another order or spelling: no column changes, so only the record does, whoever uses the profiles."""

import copy
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given
from hypothesis import strategies as st

from krenalis_provider.warehouses.postgresql.limits import MAX_VARCHAR
from tests.support.hypothesis_profiles import examples
from tests.support.postgresql_warehouse import PostgreSQLWarehouse
from tests.support.profile_schemas import Document, documents, reordered, respelt
from tests.support.served_warehouse import ServedWarehouse
from tests.support.terraform import Terraform
from tests.support.terraform_checks import ExpectAction, ExpectKnown
from tests.support.warehouse import Row, Warehouse, Warehouses, only_on
from tests.support.workspace_calls import WorkspaceCalls
from tests.support.workspaces import ADDRESS, profile_schema

REPORT = "CREATE VIEW report AS SELECT * FROM profiles"
EMAIL = "ann@example.com"
SOON = {"create": None, "read": "60s", "update": "60s", "delete": None}


def reversed_(document: Document) -> Document:
    return document | {"properties": document["properties"][::-1]}


def spelled_out(document: Document) -> Document:
    defaults = {
        "prefilled": "",
        "createRequired": False,
        "updateRequired": False,
        "nullable": False,
        "description": "",
    }
    return document | {"properties": [defaults | prop for prop in document["properties"]]}


def described(document: Document) -> Document:
    return document | {
        "properties": [prop | {"description": f"the {prop['name']}"} for prop in document["properties"]]
    }


def with_keys_in_another_order(document: Document) -> Document:
    return {key: document[key] for key in reversed(document)} | {
        "properties": [{key: prop[key] for key in reversed(prop)} for prop in document["properties"]]
    }


def with_nulls(document: Document) -> Document:
    return document | {"properties": [prop | {"nullable": None} for prop in document["properties"]]}


def limited_in_bytes(document: Document) -> Document:
    text = json.dumps(document)
    assert "maxLength" in text
    respelled: Document = json.loads(text.replace("maxLength", "maxBytes"))
    return respelled


def in_an_object_of_the_same_column(document: Document) -> Document:
    names = [prop["name"] for prop in document["properties"]]
    moved = copy.deepcopy(document["properties"][names.index("first_name")])
    moved["name"] = "name"
    first = {
        "name": "first",
        "type": {"kind": "object", "properties": [moved]},
        "readOptional": True,
    }
    rest = [prop for prop in document["properties"] if prop["name"] != "first_name"]
    return document | {"properties": [*rest, first]}


@pytest.fixture
def workspace(warehouse: Warehouse) -> WorkspaceCalls:
    """The example's workspace with a profile, and a view of somebody's over the profiles."""
    calls = WorkspaceCalls(warehouse)
    assert calls.apply(calls.plan(calls.config(profile_schema()))) == []
    warehouse.add_profiles({"email": EMAIL})
    report(warehouse)
    assert calls.refresh() == []
    return calls


def report(warehouse: Warehouse) -> None:
    """Let somebody's view read the profiles; a server that is told of another spelling makes theirs anew, and stops at it."""
    warehouse.execute(REPORT.replace("VIEW", "TABLE") if isinstance(warehouse, ServedWarehouse) else REPORT)


def changes_only_the_record(
    workspace: WorkspaceCalls, warehouse: Warehouse, document: Document, *, mode: str | None = None
) -> None:
    """Apply the document: nothing is said, no column changes, no lock is waited for, and the next plan is empty."""
    before = everything(warehouse)
    config = workspace.config(document, timeouts=SOON)
    config["warehouse"]["mode"] = mode
    with locked(warehouse):
        plan = workspace.plan(config)
        assert plan.told == []
        assert plan.state["migration"] == []
        assert plan.state["profile_schema"] == config["profile_schema"]
        assert plan.state["profile_columns"] == workspace.state["profile_columns"]
        assert workspace.apply(plan) == []
    assert everything(warehouse) == before
    empty_plan_follows(workspace, config)


def empty_plan_follows(workspace: WorkspaceCalls, config: dict[str, Any]) -> None:
    assert workspace.refresh() == []
    again = workspace.plan(config)
    assert (again.state, again.told) == (workspace.state, [])


def everything(warehouse: Warehouse) -> list[Any]:
    """The objects, with their columns in order, and the data, as the view and the view over it show it.

    A server gives the view the order of the schema.
    """
    columns = warehouse.columns("profiles")
    if isinstance(warehouse, ServedWarehouse):
        columns.sort()
    names = ", ".join(f'"{name}"' for name, *_ in columns)
    rows: list[list[Row]] = [
        warehouse.execute(f"SELECT {names} FROM {name}") for name in ("profiles", "report")
    ]
    return [warehouse.content(), columns, *rows]


SPELLINGS: list[Callable[[Document], Document]] = [
    reversed_,
    spelled_out,
    described,
    with_keys_in_another_order,
    with_nulls,
    limited_in_bytes,
    in_an_object_of_the_same_column,
]


@pytest.mark.parametrize("spelling", SPELLINGS, ids=lambda spelling: spelling.__name__)
def test_what_changes_no_column_changes_only_the_record(
    workspace: WorkspaceCalls, warehouse: Warehouse, spelling: Callable[[Document], Document]
) -> None:
    changes_only_the_record(workspace, warehouse, spelling(profile_schema()))


def test_the_mode_inspection_lets_it(workspace: WorkspaceCalls, warehouse: Warehouse) -> None:
    document = described(reversed_(profile_schema()))
    changes_only_the_record(workspace, warehouse, document, mode="Inspection")


def test_an_unchanged_configuration_plans_nothing(workspace: WorkspaceCalls, warehouse: Warehouse) -> None:
    empty_plan_follows(workspace, workspace.config(profile_schema()))


def test_a_state_that_was_not_refreshed_plans_nothing_more(
    workspace: WorkspaceCalls, warehouse: Warehouse
) -> None:
    config = workspace.config(reversed_(profile_schema()))
    assert workspace.apply(workspace.plan(config)) == []

    again = workspace.plan(config)

    assert (again.state, again.told) == (workspace.state, [])


def test_identifiers_and_sources_find_their_columns_in_another_order(
    workspace: WorkspaceCalls, warehouse: Warehouse
) -> None:
    """The procedure is made anew after a change of the order alone, and shows the columns as the view has them."""
    changes_only_the_record(workspace, warehouse, reversed_(profile_schema()))
    before = warehouse.columns("profiles")

    plan = workspace.plan(workspace.config(reversed_(profile_schema()), identifiers=["email"]))
    assert (plan.told, workspace.apply(plan)) == ([], [])

    # Snowflake's procedure never touches the view, and a server has none
    if isinstance(warehouse, PostgreSQLWarehouse) and not isinstance(warehouse, ServedWarehouse):
        warehouse.execute("DROP VIEW report")
        warehouse.resolve_identities()
    assert warehouse.columns("profiles") == before


def test_a_property_in_the_middle_comes_last_in_the_view(
    workspace: WorkspaceCalls, warehouse: Warehouse
) -> None:
    before = [name for name, *_ in warehouse.columns("profiles")]
    document = profile_schema()
    tier = {"name": "tier", "type": {"kind": "string"}, "readOptional": True}
    document["properties"].insert(1, tier)

    plan = workspace.plan(workspace.config(reversed_(document)))
    assert plan.told == []
    assert plan.state["migration"] == [warehouse.adding("tier", warehouse.text())]
    assert workspace.apply(plan) == []

    assert [name for name, *_ in warehouse.columns("profiles")] == [*before, warehouse.name("tier")]
    assert warehouse.execute("SELECT email FROM report") == [(EMAIL,)]
    empty_plan_follows(workspace, plan.config)


@contextmanager
def locked(warehouse: Warehouse) -> Iterator[None]:
    """Let another session have locks on all that holds or shows data; Snowflake has none, and a server waits for some."""
    if isinstance(warehouse, ServedWarehouse) or not isinstance(warehouse, PostgreSQLWarehouse):
        yield
        return
    tables = ("profiles", "krenalis_profiles_0", "krenalis_identities", "krenalis_events", "events", "report")
    names = ", ".join(f'"{warehouse.schema}".{name}' for name in tables)
    with warehouse.database.connect() as other, other.transaction():
        other.execute(f"LOCK TABLE {names}".encode())
        yield


@pytest.fixture(scope="module")
def shared(warehouses: Warehouses) -> Iterator[Warehouse]:
    """A warehouse that every example finds empty."""
    warehouse = warehouses.new()
    yield warehouse
    warehouse.drop()


@pytest.mark.slow
@examples(40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(document=documents(MAX_VARCHAR), data=st.data())
def test_any_order_and_any_spelling_change_only_the_record(
    shared: Warehouse, document: Document, data: st.DataObject
) -> None:
    workspace = WorkspaceCalls(shared)
    plan = workspace.plan(workspace.config(document))
    event(f"a creation is {'refused' if plan.errors else 'made'}")
    if plan.errors:
        return
    try:
        assert workspace.apply(plan) == []
        names = ", ".join(f'"{name}"' for name in plan.state["profile_columns"])
        values = ", ".join(shared.sample(type_) for type_ in plan.state["profile_columns"].values())
        shared.execute(
            f"INSERT INTO krenalis_profiles_0 (_updated_at, {names}) SELECT CAST('2026-01-01' AS timestamp), {values}",
        )
        report(shared)
        assert workspace.refresh() == []
        for _ in range(2):
            other = data.draw(respelt(data.draw(reordered(document))))
            changes_only_the_record(workspace, shared, other)
    finally:
        shared.empty()


@only_on("PostgreSQL", "what Terraform makes of values is the same for all platforms")
def test_a_list_of_one_type_and_defaults_change_only_the_record(
    any_terraform: Terraform, warehouse: Warehouse
) -> None:
    def configured(properties: str) -> str:
        schema = f'profile_schema = {{\n kind = "object"\n properties = {properties}\n }}'
        text = warehouse.configuration(user_profile={"extra": "email"})
        return re.sub(r"profile_schema = jsondecode.*", lambda _: schema, text)

    email = '{ name = "email", type = { kind = "string" }, readOptional = true }'
    described_email = email.replace("true", 'true, nullable = false, description = "where to write"')
    plan = '{ name = "plan", type = { kind = "string" }, readOptional = true }'
    any_terraform.write(configured(f"[{email}, {plan}]"))
    any_terraform.apply()
    warehouse.add_profiles({"email": EMAIL})
    warehouse.execute(REPORT)

    for properties in (
        f"tolist([{email}, {plan}])",
        f"tolist([{plan}, {email}])",
        f"[{plan}, {described_email}]",
    ):
        any_terraform.write(configured(properties))
        with locked(warehouse):
            any_terraform.apply(
                checks=[ExpectAction(ADDRESS, "update"), ExpectKnown(ADDRESS, "migration", [])]
            )
        assert warehouse.execute("SELECT email FROM report") == [(EMAIL,)]
