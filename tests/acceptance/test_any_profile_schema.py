"""Any profile schema, through the whole life of a workspace, by the provider's calls and with a real PostgreSQL.

A schema is refused offline; or it is created, read back equal, planned empty, migrated to any other one, and destroyed.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st
from psycopg import sql

from krenalis_provider.resources.workspace import translation
from krenalis_provider.warehouses.columns import profile_columns
from krenalis_provider.warehouses.migration import Widening
from krenalis_provider.warehouses.postgresql.columns import MAX_VARCHAR, column_type
from krenalis_provider.warehouses.postgresql.operations import widening
from krenalis_provider.workspaces.profile_schema import parse
from tests.acceptance.postgresql_warehouse import columns_of, content, execute
from tests.support.postgresql import Database, Server
from tests.support.profile_schemas import Document, changed, documents, doubtful, respelt
from tests.support.workspace_calls import Plan, WorkspaceCalls

OWN = {
    "krenalis_identities": 10,
    "krenalis_profiles_0": 3,
    "profiles": 2,
}
"""How many columns of Krenalis's own the relations with profile columns begin with."""
VALUES = {"boolean": "true", "uuid": "gen_random_uuid()", "jsonb": "'{}'", "inet": "'::1'"}


@pytest.fixture(scope="module")
def shared(postgresql: Server) -> Iterator[Database]:
    """A database that every example finds empty."""
    database = postgresql.database()
    yield database
    database.drop()


ANY = st.one_of(documents(MAX_VARCHAR), documents(MAX_VARCHAR), doubtful(MAX_VARCHAR))


@settings(
    max_examples=40,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(first=ANY, data=st.data())
def test_any_schema_is_refused_offline_or_lives(
    shared: Database, first: Document, data: st.DataObject
) -> None:
    workspace = WorkspaceCalls(shared)
    try:
        if not creates(workspace, shared, first):
            return
        stays(workspace, data.draw(respelt(first)))
        fill(shared, workspace.state["profile_columns"])
        migrates(
            workspace,
            shared,
            first,
            data.draw(st.one_of(changed(first, MAX_VARCHAR), changed(first, MAX_VARCHAR), ANY)),
        )
        assert workspace.apply(workspace.plan(None)) == []
        assert workspace.state is None
        assert content(shared) == set()
    finally:
        empty(shared)


def creates(workspace: WorkspaceCalls, database: Database, document: Document) -> bool:
    """Create the workspace, unless that is refused: then nothing was made, and a validation refuses it too."""
    config = workspace.config(document)
    plan = workspace.plan(config)
    event(f"a creation is {'refused' if plan.errors else 'made'}")
    if refused(workspace, plan):
        assert content(database) == set()
        return False
    assert workspace.apply(plan) == []
    agrees(workspace, database, plan)
    return True


def refused(workspace: WorkspaceCalls, plan: Plan) -> bool:
    """Whether the schema itself is refused; what is valid must not be."""
    invalid = [told for told in plan.errors if told.summary == "Invalid profile schema"]
    assert invalid == workspace.validate(plan.config)
    return bool(invalid)


def agrees(workspace: WorkspaceCalls, database: Database, plan: Plan) -> None:
    """The warehouse has just the columns that were planned, and the next plan is empty."""
    planned = plan.state["profile_columns"]
    assert workspace.state["profile_columns"] == planned
    schema = parse(plain(plan)).schema
    assert schema
    wanted = [(column.name, column_type(column.type)) for column in profile_columns(schema)]
    assert dict(wanted) == planned
    for relation, own in OWN.items():
        found = [(name, type_) for name, type_, rest in columns_of(database, relation)[own:] if not rest]
        assert found == wanted if relation == "profiles" else dict(found) == planned
    before = {**workspace.state, "migration": []}
    assert workspace.refresh() == []
    assert workspace.state == before
    again = workspace.plan(plan.config)
    assert (again.state, again.told) == (workspace.state, [])


def stays(workspace: WorkspaceCalls, document: Document) -> None:
    """Another spelling of the same document plans the spelling alone."""
    plan = workspace.plan(workspace.config(document))
    assert plan.told == []
    assert {**plan.state, "profile_schema": None} == {**workspace.state, "profile_schema": None}


def migrates(workspace: WorkspaceCalls, database: Database, first: Document, second: Document) -> None:
    """Change the schema: losses are refused, all of them in one run, until they are permitted."""
    before = workspace.state["profile_columns"]
    lost = losses(first, second)
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
    agrees(workspace, database, plan)
    kept = before.keys() & workspace.state["profile_columns"].keys() - {
        path.replace(".", "_") for path in lost
    }
    for table in ("krenalis_identities", "profiles"):
        for name in kept:
            assert execute(database, f'SELECT 1 FROM {table} WHERE "{name}" IS NOT NULL'), name


def losses(first: Document, second: Document) -> list[str]:
    """The paths of the properties of the first schema whose columns lose their data."""
    old, new = parse(first).schema, parse(second).schema
    if old is None or new is None:
        return []
    after = {column.name: column_type(column.type) for column in profile_columns(new)}
    return [
        ".".join(column.path)
        for column in profile_columns(old)
        if (type_ := after.get(column.name)) is None
        or (type_ != column_type(column.type) and widening(column_type(column.type), type_) is Widening.NO)
    ]


def fill(database: Database, columns: Mapping[str, str]) -> None:
    """Write an identity and a profile that have a value in each column."""
    names = ", ".join(sql.Identifier(name).as_string() for name in columns)
    values = ", ".join(value(type_) for type_ in columns.values())
    execute(
        database,
        f"INSERT INTO krenalis_profiles_0 (_updated_at, {names}) VALUES (now(), {values})",
        "INSERT INTO krenalis_identities (_pipeline, _identity_id, _connection, _updated_at, "
        f"{names}) VALUES ('p', 'i', 'c', now(), {values})",
    )


def value(type_: str) -> str:
    """A value, as SQL, that a column of the type holds."""
    if type_.endswith("[]"):
        return f"ARRAY[{value(type_.removesuffix('[]'))}]::{type_}"
    if type_.startswith(("timestamp", "date", "time")):
        return "localtimestamp" if type_.startswith("timestamp") else f"localtimestamp::{type_}"
    return VALUES.get(type_) or ("'x'" if type_.startswith("character") else "0")


def plain(plan: Plan) -> Any:
    """The document of a plan's configuration."""
    return translation.document(plan.config["profile_schema"], [])


def empty(database: Database) -> None:
    """Make the schema anew after an example that failed."""
    if content(database):
        with database.connect() as connection:
            names = {"schema": sql.Identifier(database.schema), "role": sql.Identifier(database.role)}
            connection.execute(sql.SQL("DROP SCHEMA {schema} CASCADE").format(**names))
            connection.execute(sql.SQL("CREATE SCHEMA {schema}").format(**names))
            connection.execute(sql.SQL("GRANT USAGE, CREATE ON SCHEMA {schema} TO {role}").format(**names))
