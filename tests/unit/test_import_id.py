"""Import ids in direct mode: where the warehouse is, as a URL."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from krenalis_provider.model.definition import WarehouseAddress
from krenalis_provider.model.errors import InvalidWorkspace
from krenalis_provider.workspaces.import_id import parse, spell

SETTINGS = {
    "host": "db.internal",
    "port": 5432,
    "username": "krenalis",
    "database": "cdp",
    "schema": "public",
}


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("postgresql://krenalis@db.internal:5432/cdp/public", {}),
        ("postgresql://krenalis@[::1]:5432/cdp/public", {"host": "::1"}),
        ("postgresql://krenalis@%2Fvar%2Frun:5432/cdp/public", {"host": "/var/run"}),
        ("postgresql://o%27neil%40home@db.internal:5432/cdp/public", {"username": "o'neil@home"}),
        (
            "postgresql://krenalis@db.internal:5432/c%26d%3Fp/p%20u%C3%A4",
            {"database": "c&d?p", "schema": "p uä"},
        ),
    ],
)
def test_each_part_is_a_setting_and_back(text: str, changes: dict[str, Any]) -> None:
    settings = {**SETTINGS, **changes}

    assert parse(text) == WarehouseAddress("PostgreSQL", settings)
    assert spell(WarehouseAddress("PostgreSQL", settings)) == text


SNOWFLAKE = {
    "account": "myorg-account123",
    "username": "krenalis",
    "database": "cdp",
    "schema": "public",
    "role": "transformer",
    "warehouse": "compute",
}


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("snowflake://krenalis@myorg-account123/cdp/public/transformer/compute", {}),
        (
            "snowflake://krenalis@xy12345.eu-central-1.aws/cdp/public/transformer/compute",
            {"account": "xy12345.eu-central-1.aws"},
        ),
        (
            "snowflake://me%40home@myorg-account123/%22my%20db%22/public/transformer/compute",
            {"username": "me@home", "database": '"my db"'},
        ),
    ],
)
def test_those_of_snowflake_too(text: str, changes: dict[str, Any]) -> None:
    settings = {**SNOWFLAKE, **changes}

    assert parse(text) == WarehouseAddress("Snowflake", settings)
    assert spell(WarehouseAddress("Snowflake", {**settings, "password": "tiger", "host": None})) == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected postgresql://username@host:port/database/schema"),
        ("1604839201", "expected postgresql://"),
        ("mysql://a@b:1/c/d", "expected postgresql://"),
        ("postgresql://db.internal:5432/cdp/public", "expected postgresql://"),
        ("postgresql://krenalis@db.internal/cdp/public", "expected postgresql://"),
        ("postgresql://krenalis@db.internal:5432/cdp", "expected postgresql://"),
        ("postgresql://krenalis@db.internal:5432/cdp/public/more", "expected postgresql://"),
        ("postgresql://krenalis@db.internal:5432/cdp/public?sslmode=require", "expected postgresql://"),
        ("postgresql://krenalis@db.internal:5432//public", "expected postgresql://"),
        ("postgresql://krenalis@db.internal:99999/cdp/public", "port must be a whole number from 1 to 65535"),
        ("postgresql://krenalis@db.internal:http/cdp/public", "port must be a whole number from 1 to 65535"),
        ("postgresql://krenalis@db.internal:5432/cdp/pg_catalog", 'schema cannot start with "pg_"'),
        ("postgresql://krenalis@db.internal:5432/cdp/%FF", "its percent-encoding is not UTF-8"),
        (
            "snowflake://krenalis@myorg-account123/cdp/public",
            "or snowflake://username@account/database/schema/role/warehouse, each part",
        ),
        (
            "snowflake://krenalis@myorg-account123.snowflakecomputing.com/cdp/public/transformer/compute",
            'account must be the account identifier alone, which is "myorg-account123"',
        ),
    ],
)
def test_another_form_is_refused_with_the_right_one(text: str, message: str) -> None:
    with pytest.raises(InvalidWorkspace) as caught:
        parse(text)

    assert message in str(caught.value)
    assert {str(problem.path) for problem in caught.value.problems} == {"id"}


@pytest.mark.parametrize("text", [
    "postgresql://krenalis:tiger@db.internal:5432/cdp/public",
    "snowflake://krenalis:tiger@myorg-account123/cdp/public/transformer/compute",
])  # fmt: skip
def test_a_password_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(InvalidWorkspace, match="a password does not belong here") as caught:
        parse(text)

    assert "tiger" not in str(caught.value)


_names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=15)


@given(username=_names, database=_names, schema=_names, port=st.integers(1, 65535))
def test_whatever_a_name_holds_survives(username: str, database: str, schema: str, port: int) -> None:
    settings = {**SETTINGS, "username": username, "database": database, "schema": f"s{schema}", "port": port}

    address = WarehouseAddress("PostgreSQL", settings)

    assert parse(spell(address)) == address
