"""The estimate of a row's width, against the tables that a creation makes: the limit is just where PostgreSQL has it."""

from typing import Any

import psycopg
import pytest

from krenalis_provider.model.profile_columns import ProfileColumn, profile_columns
from krenalis_provider.model.profile_schema import parse
from krenalis_provider.warehouses.postgresql.column_types import column_type
from krenalis_provider.warehouses.postgresql.limits import MAX_ROW_BYTES, column_warnings, row_width
from tests.support.customers import CUSTOMERS
from tests.support.postgresql import Database
from tests.support.postgresql_warehouse import PostgreSQLWarehouse, execute, provisioner_of, soon
from tests.support.profile_documents import document, elements, prop
from tests.support.workspace_calls import WorkspaceCalls

# types, and the widest value that such a column keeps in its row
WIDEST: list[tuple[dict[str, Any], str]] = [
    ({"kind": "datetime"}, "now()"),
    ({"kind": "ip"}, "'2001:db8::1/64'"),
    ({"kind": "string"}, "repeat('x', 23)"),
    ({"kind": "string", "maxLength": 3}, "'\U0001f600\U0001f600\U0001f600'"),
    ({"kind": "int", "bitSize": 64, "unsigned": True}, "18446744073709551615"),
    (elements(maxLength=9), "'{xxxxxxxxx}'"),
]
OWN = {"_pipeline": "text", "_identity_id": "text", "_connection": "text", "_run": "text", "_updated_at": "now()",
       "_kpid": "gen_random_uuid()", "_anonymous_ids": "array[repeat('x', 40)]"}  # fmt: skip


def columns_of_type(type_: dict[str, Any], count: int) -> tuple[ProfileColumn, ...]:
    schema = parse(document(*(prop(f"p{index}", type_) for index in range(count)))).schema
    assert schema
    return profile_columns(schema)


def insert(database: Database, type_: dict[str, Any], value: str, count: int) -> None:
    """Make a workspace with so many columns, and an identity with a value in each."""
    columns = columns_of_type(type_, count)
    provisioner = provisioner_of(database)
    provisioner.initialize(CUSTOMERS, columns, soon())
    own = {name: "repeat('x', 23)" if given == "text" else given for name, given in OWN.items()}
    values = own | dict.fromkeys((column.name for column in columns), value)
    try:
        execute(
            database,
            f"INSERT INTO krenalis_identities ({', '.join(values)}) VALUES ({', '.join(values.values())})",
        )
    finally:
        provisioner.drop(CUSTOMERS.id, soon())


@pytest.mark.parametrize(("type_", "value"), WIDEST)
def test_the_widest_row_fits_just_as_long_as_there_is_no_warning(
    database: Database, type_: dict[str, Any], value: str
) -> None:
    name = column_type(columns_of_type(type_, 1)[0].type)
    most = max(count for count in range(1, 1591) if row_width([name] * count) <= MAX_ROW_BYTES)
    assert not column_warnings(columns_of_type(type_, most))
    assert column_warnings(columns_of_type(type_, most + 1))

    insert(database, type_, value, most)
    with pytest.raises(psycopg.errors.ProgramLimitExceeded, match="row is too big"):
        insert(database, type_, value, most + 1)


def test_plans_that_make_such_columns_warn_and_later_ones_do_not(database: Database) -> None:
    workspace = WorkspaceCalls(PostgreSQLWarehouse(database.server.port, database))
    config = workspace.config(document(*(prop(f"p{index}") for index in range(400))))

    plan = workspace.plan(config)

    assert workspace.validate(config) == []
    assert [(told.severity, told.summary) for told in plan.told] == [
        ("warning", 'Some profiles of workspace "Customers" may not fit')
    ]
    assert (
        "profile_schema: a row that has a value in each of the 400 columns can take 9772 bytes"
        in plan.told[0].detail
    )
    assert workspace.apply(plan) == []
    assert workspace.plan(config).told == []
