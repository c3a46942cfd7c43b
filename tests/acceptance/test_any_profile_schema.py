"""Any profile schema, through the whole life of a workspace, by the provider's calls, on each platform.

A schema is refused offline; or it is created, read back equal, planned empty, migrated to any other one, and destroyed.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from krenalis_provider.model.profile_columns import profile_columns
from krenalis_provider.model.profile_schema import parse
from krenalis_provider.resources.workspace import profile_schema_value
from krenalis_provider.resources.workspace.translation import REPORTS
from krenalis_provider.warehouses.dialect import Dialect
from krenalis_provider.warehouses.migration.operations import Widening
from krenalis_provider.warehouses.postgresql.limits import MAX_VARCHAR as POSTGRESQL_LONGEST
from krenalis_provider.warehouses.registry import known_platform as platform
from krenalis_provider.warehouses.snowflake.limits import MAX_VARCHAR as SNOWFLAKE_LONGEST
from tests.support.hypothesis_profiles import examples
from tests.support.profile_schemas import Document, changed, documents, doubtful, respelt
from tests.support.warehouse import Warehouse, Warehouses, only_on
from tests.support.workspace_calls import Plan, WorkspaceCalls

OWN = {
    "krenalis_identities": 10,
    "krenalis_profiles_0": 3,
    "profiles": 2,
}
"""How many columns of Krenalis's own the relations with profile columns begin with."""


@pytest.fixture(scope="module")
def shared(warehouses: Warehouses) -> Iterator[Warehouse]:
    """A warehouse that every example finds empty."""
    warehouse = warehouses.new()
    yield warehouse
    warehouse.drop()


def lives(number: int) -> settings:
    """That many examples, always the same."""
    return examples(
        number,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


def anything(longest: int) -> st.SearchStrategy[Document]:
    return st.one_of(documents(longest), documents(longest), doubtful(longest))


@pytest.mark.slow
@only_on("PostgreSQL", "what is a limit differs")
@lives(40)
@given(first=anything(POSTGRESQL_LONGEST), data=st.data())
def test_any_schema_is_refused_offline_or_lives(
    shared: Warehouse, first: Document, data: st.DataObject
) -> None:
    live(shared, first, data, POSTGRESQL_LONGEST)


@pytest.mark.slow
@only_on("Snowflake", "what is a limit differs, and the double takes longer than a server")
@lives(12)
@given(first=anything(SNOWFLAKE_LONGEST), data=st.data())
def test_any_schema_is_refused_offline_or_lives_on_snowflake(
    shared: Warehouse, first: Document, data: st.DataObject
) -> None:
    live(shared, first, data, SNOWFLAKE_LONGEST)


def live(warehouse: Warehouse, first: Document, data: st.DataObject, longest: int) -> None:
    """A whole life."""
    workspace = WorkspaceCalls(warehouse)
    try:
        if not creates(workspace, warehouse, first):
            return
        stays(workspace, data.draw(respelt(first)))
        fill(warehouse, workspace.state["profile_columns"])
        second = st.one_of(changed(first, longest), changed(first, longest), anything(longest))
        migrates(workspace, warehouse, first, data.draw(second))
        assert workspace.apply(workspace.plan(None)) == []
        assert workspace.state is None
        assert warehouse.content() == set()
    finally:
        if warehouse.content():
            warehouse.empty()


def creates(workspace: WorkspaceCalls, warehouse: Warehouse, document: Document) -> bool:
    """Create the workspace, unless that is refused: then nothing was made, and a validation refuses it too."""
    config = workspace.config(document)
    plan = workspace.plan(config)
    event(f"a creation is {'refused' if plan.errors else 'made'}")
    if refused(workspace, plan):
        assert warehouse.content() == set()
        return False
    assert workspace.apply(plan) == []
    agrees(workspace, warehouse, plan)
    return True


def refused(workspace: WorkspaceCalls, plan: Plan) -> bool:
    """Whether the schema itself is refused; what is valid must not be."""
    invalid = [told for told in plan.errors if told.summary.startswith("Invalid profile schema")]
    assert invalid == workspace.validate(plan.config)
    return bool(invalid)


def agrees(workspace: WorkspaceCalls, warehouse: Warehouse, plan: Plan) -> None:
    """The warehouse has just the columns that were planned, and the next plan is empty."""
    planned = plan.state["profile_columns"]
    assert workspace.state["profile_columns"] == planned
    schema = parse(plain(plan)).schema
    assert schema
    dialect = platform(warehouse.platform).dialect()
    wanted = [
        (dialect.NAMES.spell(column.name), dialect.column_type(column.type))
        for column in profile_columns(schema)
    ]
    assert dict(wanted) == planned
    for relation, own in OWN.items():
        found = [(name, type_) for name, type_, rest in warehouse.columns(relation)[own:] if not rest]
        if relation == "profiles":
            # a view has the types of its table, which the double of Snowflake does not show
            assert sorted(name for name, _ in found) == sorted(planned)
        else:
            assert dict(found) == planned
    before = {**workspace.state, **{report: [] for report in REPORTS}}
    assert workspace.refresh() == []
    assert workspace.state == before
    again = workspace.plan(plan.config)
    assert (again.state, again.told) == (workspace.state, [])


def stays(workspace: WorkspaceCalls, document: Document) -> None:
    """Another spelling of the same document plans the spelling alone."""
    plan = workspace.plan(workspace.config(document))
    assert plan.told == []
    assert {**plan.state, "profile_schema": None} == {**workspace.state, "profile_schema": None}


def migrates(workspace: WorkspaceCalls, warehouse: Warehouse, first: Document, second: Document) -> None:
    """Change the schema: losses are refused, all of them in one run, until they are permitted."""
    before = workspace.state["profile_columns"]
    lost = losses(first, second, platform(warehouse.platform).dialect())
    config = workspace.config(second)
    plan = workspace.plan(config)
    if refused(workspace, plan):
        assert (plan.state, workspace.refresh()) == (workspace.state, [])
        return
    told = [re.search(r'property "([^"]+)"', error.detail) for error in plan.errors]
    assert sorted(match[1] for match in told if match) == sorted(lost), plan.errors
    event(f"a migration loses {'columns' if lost else 'nothing'}")
    if lost:
        plan = workspace.plan({**config, "drop_columns": lost})
        assert plan.errors == []
    if any("ALTER COLUMN" in operation for operation in plan.state["migration"] or []):
        event("a migration widens a column")
    warnings = [told for told in plan.told if "loses" in told.summary]
    assert len(warnings) == len(lost)
    assert workspace.apply(plan) == []
    agrees(workspace, warehouse, plan)
    kept = before.keys() & workspace.state["profile_columns"].keys() - {
        warehouse.name(path.replace(".", "_")) for path in lost
    }
    for table in ("krenalis_identities", "profiles"):
        for name in kept:
            assert warehouse.execute(f'SELECT 1 FROM {table} WHERE "{name}" IS NOT NULL'), name


def losses(first: Document, second: Document, dialect: Dialect) -> list[str]:
    """The paths of the properties of the first schema whose columns lose their data."""
    old, new = parse(first).schema, parse(second).schema
    if old is None or new is None:
        return []
    before, after = (
        {
            column.path: (dialect.NAMES.spell(column.name), dialect.column_type(column.type))
            for column in columns
        }
        for columns in (profile_columns(old), profile_columns(new))
    )
    types = dict(after.values())
    return [
        str(path)
        for path, (name, type_) in before.items()
        if name not in types or (types[name] != type_ and dialect.widening(type_, types[name]) is Widening.NO)
    ]


def fill(warehouse: Warehouse, columns: Mapping[str, str]) -> None:
    """Write an identity and a profile that have a value in each column."""
    names = ", ".join(f'"{name}"' for name in columns)
    values = ", ".join(warehouse.sample(type_) for type_ in columns.values())
    warehouse.execute(
        f"INSERT INTO krenalis_profiles_0 (_updated_at, {names}) SELECT CAST('2026-01-01' AS timestamp), {values}",
        "INSERT INTO krenalis_identities (_pipeline, _identity_id, _connection, _updated_at, "
        f"{names}) SELECT 'p', 'i', 'c', CAST('2026-01-01' AS timestamp), {values}",
    )


def plain(plan: Plan) -> Any:
    """The document of a plan's configuration."""
    return profile_schema_value.read(plan.config["profile_schema"]).document
