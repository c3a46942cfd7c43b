"""What tells one warehouse from another, and what does not."""

from typing import Any

import pytest

from krenalis_provider.model.definition import WarehouseAddress
from krenalis_provider.workspaces import direct

SNOWFLAKE = {
    "account": "myorg-my_account", "username": "u", "role": "r", "database": "cdp", "schema": "public", "warehouse": "w",
}  # fmt: skip
POSTGRESQL = {"host": "db.internal", "port": 5432, "username": "u", "database": "cdp", "schema": "public"}


def place(platform: str, settings: dict[str, Any]) -> str:
    return str(direct.place(WarehouseAddress(platform, settings)))


@pytest.mark.parametrize("changes", [
    {"username": "v"}, {"role": "s"}, {"warehouse": "x"}, {"password": "p"}, {"account": "MyOrg-My_Account"},
    {"account": "myorg.my_account"}, {"account": "myorg-my-account"}, {"database": "CDP"}, {"database": '"CDP"'},
    {"schema": "Public"},
])  # fmt: skip
def test_another_way_to_the_same_place_in_snowflake(changes: dict[str, Any]) -> None:
    assert place("Snowflake", {**SNOWFLAKE, **changes}) == "Snowflake/myorg-my-account/CDP/PUBLIC"


@pytest.mark.parametrize("changes", [
    {"account": "myorg-other"}, {"database": "cdp2"}, {"database": '"cdp"'}, {"schema": "private"}, {"schema": '"a""b"'},
])  # fmt: skip
def test_another_place_in_snowflake(changes: dict[str, Any]) -> None:
    assert place("Snowflake", {**SNOWFLAKE, **changes}) != place("Snowflake", SNOWFLAKE)


def test_names_in_quotes_are_as_they_are() -> None:
    assert place("Snowflake", {**SNOWFLAKE, "schema": '"a ""b"""'}).endswith('/a "b"')


@pytest.mark.parametrize("changes", [
    {"host": "DB.internal"}, {"port": 5433}, {"database": "CDP"}, {"schema": "Public"},
])  # fmt: skip
def test_another_place_in_postgresql(changes: dict[str, Any]) -> None:
    assert place("PostgreSQL", POSTGRESQL) == "PostgreSQL/db.internal/5432/cdp/public"
    assert place("PostgreSQL", {**POSTGRESQL, **changes}) != place("PostgreSQL", POSTGRESQL)
