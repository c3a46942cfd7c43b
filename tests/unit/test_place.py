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


@pytest.mark.parametrize("same", [
    {"xy12345.eu-central-1", "XY12345.eu-central-1.aws", "xy12345.EU-CENTRAL-1.privatelink"},
    {"xy12345", "xy12345.us-west-2", "xy12345.us-west-2.aws", "XY12345.privatelink", "xy12345.us-west-2.privatelink"},
    {"xy12345.west-europe.azure", "xy12345.West-Europe.Azure.privatelink"},
    {"myorg-my_account", "MYORG.MY_ACCOUNT", "myorg-my-account", "myorg.my_account.privatelink"},
    {"acme-test_aws_us_east_2", "acme.test_aws_us_east_2"},
])  # fmt: skip
def test_all_identifiers_of_an_account_are_one_place(same: set[str]) -> None:
    assert len({place("Snowflake", {**SNOWFLAKE, "account": account}) for account in same}) == 1


def test_different_accounts_are_different_places() -> None:
    different = [
        "xy12345", "xy12345.eu-central-1", "xy12345-eu-central-1", "xy12345.eu-central-2.aws", "xy12345.us-east-1",
        "xy12345.us-east-1-gov.aws", "xy12345.us-central1.gcp", "xy12345.fhplus.us-gov-west-1.aws",
        "xy12345.dod.us-gov-west-1.aws", "xy12345.us-gov-west-1.aws", "xy1.eu-central-1", "xy12345-us-west-2",
        "xy12345.acme.us-west-2.aws", "xy12345.global",
    ]  # fmt: skip
    assert len({place("Snowflake", {**SNOWFLAKE, "account": each}) for each in different}) == len(different)


@pytest.mark.parametrize(("account", "former"), [
    ("xy12345.eu-central-1", "xy12345-eu-central-1"), ("XY12345.us-east-2.aws", "xy12345-us-east-2-aws"),
    ("myorg-my_account.privatelink", "myorg-my-account-privatelink"), ("myorg.my_account", "myorg-my-account"),
])  # fmt: skip
def test_a_place_that_an_earlier_version_has_stored_is_understood(account: str, former: str) -> None:
    found = direct.place(WarehouseAddress("Snowflake", {**SNOWFLAKE, "account": account}))

    assert found.is_spelled(f"Snowflake/{former}/CDP/PUBLIC")
    assert found.is_spelled(str(found))
    assert not found.is_spelled(f"Snowflake/{former}/CDP/PRIVATE")
    assert not found.is_spelled("Snowflake//CDP/PUBLIC")


def test_a_place_of_postgresql_has_one_spelling() -> None:
    found = direct.place(WarehouseAddress("PostgreSQL", POSTGRESQL))

    assert found.is_spelled("PostgreSQL/db.internal/5432/cdp/public")
    assert not found.is_spelled("PostgreSQL//cdp/public")


def test_names_in_quotes_are_as_they_are() -> None:
    assert place("Snowflake", {**SNOWFLAKE, "schema": '"a ""b"""'}).endswith('/a "b"')


@pytest.mark.parametrize("changes", [
    {"host": "DB.internal"}, {"port": 5433}, {"database": "CDP"}, {"schema": "Public"},
])  # fmt: skip
def test_another_place_in_postgresql(changes: dict[str, Any]) -> None:
    assert place("PostgreSQL", POSTGRESQL) == "PostgreSQL/db.internal/5432/cdp/public"
    assert place("PostgreSQL", {**POSTGRESQL, **changes}) != place("PostgreSQL", POSTGRESQL)
