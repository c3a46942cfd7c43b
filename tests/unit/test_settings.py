"""The settings of warehouses: what each platform needs, and what Snowflake's may be."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from krenalis_provider.model.errors import Problem
from krenalis_provider.model.unknown import UNKNOWN
from krenalis_provider.model.value_rules import NO_NUL, rule
from krenalis_provider.warehouses.platform import Setting
from krenalis_provider.warehouses.registry import known_platform
from krenalis_provider.warehouses.settings import (
    make_settings,
    parameter,
    parameters_problems,
    settings_problems,
)
from krenalis_provider.warehouses.snowflake.settings import SnowflakeSettings
from tests.support.duckdb_platform.platform import DuckDB

SNOWFLAKE = {
    "account": "myorg-account123", "username": "u", "role": "r", "database": "d", "schema": "s", "warehouse": "w",
}  # fmt: skip
NAME = "must be 1 to 255 characters long, without a NUL character."
ACCOUNT = (
    "must be an account identifier of Snowflake: the names of an organization and an account, such as "
    '"myorg-account123", or a locator with its region, such as "xy12345.eu-central-1".'
)


def problems(**changes: Any) -> list[tuple[str, str]]:
    found = settings_problems(known_platform("Snowflake"), {**SNOWFLAKE, **changes})
    return [(str(problem.path).removeprefix("warehouse.settings."), problem.message) for problem in found]


@pytest.mark.parametrize("account", [
    "myorg-account123", "myorg.account123", "MYORG-my_account", "myorg-my-account", "xy12345", "xy12345.us-east-1",
    "xy12345.eu-central-1.aws", "xy12345.us-gov-west-1.aws", "myorg-account123.privatelink", "a" * 63, UNKNOWN,
    "acme.test_aws_us_east_2", "acme.aws_prod", "myorg-my_account.privatelink", "xy12345.cn-northwest-1.aws",
])  # fmt: skip
def test_an_account_identifier_is_accepted(account: Any) -> None:
    assert problems(account=account) == []


@pytest.mark.parametrize(("account", "identifier"), [
    ("https://myorg-account123.snowflakecomputing.com", "myorg-account123"),
    ("https://myorg-account123.snowflakecomputing.com/console/login#/", "myorg-account123"),
    ("xy12345.eu-central-1.snowflakecomputing.com", "xy12345.eu-central-1"),
    ("https://xy12345.us-east-2.aws.snowflakecomputing.com/console#/", "xy12345.us-east-2.aws"),
    ("myorg-account123.privatelink.snowflakecomputing.com:443", "myorg-account123.privatelink"),
    ("https://app-myorg-my_account.privatelink.snowflakecomputing.com/", "myorg-my_account.privatelink"),
    ("app-account123.snowflakecomputing.com", "app-account123"),
    ("XY12345.us-east-1.SnowflakeComputing.com", "XY12345.us-east-1"),
    ("xy12345.cn-northwest-1.aws.snowflakecomputing.cn", "xy12345.cn-northwest-1.aws"),
    ("jdbc:snowflake://xy12345.west-europe.azure.snowflakecomputing.com/?db=D", "xy12345.west-europe.azure"),
    (" https://myorg-account123.snowflakecomputing.com\n", "myorg-account123"),
    ("myorg-account123.snowflakecomputing.com.", "myorg-account123"),
    ("https://app.snowflake.com/myorg/account123/#/homepage", "myorg-account123"),
    ("https://app.snowflake.com/myorg/my_account", "myorg-my_account"),
    ("https://app.snowflake.com/eu-central-1/xy12345/#/data/databases", "xy12345.eu-central-1"),
    ("app.snowflake.com/us-east-2.aws/xy12345", "xy12345.us-east-2.aws"),
    ("https://app.snowflake.com/west-europe.azure/xy12345/", "xy12345.west-europe.azure"),
    ("https://app.snowflake.com/us-west-2/xy12345/", "xy12345"),
    ("https://app.us-east-1.privatelink.snowflakecomputing.com/us-east-1/xy12345/#/", "xy12345.us-east-1.privatelink"),
    ("https://app.snowflake.cn/cn-northwest-1.aws/xy12345/", "xy12345.cn-northwest-1.aws"),
])  # fmt: skip
def test_a_url_or_host_is_refused_with_the_identifier_in_it(account: str, identifier: str) -> None:
    message = f'must be the account identifier alone, which is "{identifier}".'

    assert problems(account=account) == [("account", message)]
    assert problems(account=identifier) == []


@pytest.mark.parametrize("account", [
    "https://myorg-my_account.snowflakecomputing.cn", "https://app.snowflake.cn/myorg/my_account/#/",
])  # fmt: skip
def test_an_organization_in_china_hears_of_its_host(account: str) -> None:
    (problem,) = problems(account=account)

    assert problem[1] == (
        'must be the account identifier alone, which is "myorg-my_account"; set host = '
        '"myorg-my-account.snowflakecomputing.cn" in the provider\'s snowflake block.'
    )


@pytest.mark.parametrize("account", [
    "", " ", "my org", "-a", "a-", "a--b", "a..b", "o@a", "a\n", "a\0", "a" * 64, "https://myorg-account123", "örg-a",
    ".snowflakecomputing.com", "{a}", "https://app.snowflake.com", "https://user:pw@a.snowflakecomputing.com",
])  # fmt: skip
def test_anything_else_is_no_account_identifier(account: str) -> None:
    assert problems(account=account) == [("account", ACCOUNT)]


@pytest.mark.parametrize("account", [
    "xy12345.us_east_1", "xy12345.AWS_US_EAST_1", "aws_us_west_2.xy12345", "xy12345.us_gov_west_1.aws",
])  # fmt: skip
def test_what_sql_takes_for_an_account_is_told_in_the_form_for_connections(account: str) -> None:
    ((path, message),) = problems(account=account)

    assert path == "account"
    assert "not the one of SQL" in message
    assert all(problems(account=named) == [] for named in re.findall('"([^"]+)"', message))


@pytest.mark.parametrize("name", ["username", "role", "database", "schema", "warehouse"])
@pytest.mark.parametrize(
    ("value", "right"), [("ä" * 255, True), ('"my db"', True), ("", False), ("ä" * 256, False), ("a\0", False)]
)  # fmt: skip
def test_names_have_a_length(name: str, value: str, right: bool) -> None:  # noqa: FBT001 - a parameter of the test
    assert problems(**{name: value}) == ([] if right else [(name, NAME)])


@pytest.mark.parametrize("name", SNOWFLAKE)
def test_everything_but_the_password_is_required(name: str) -> None:
    assert problems(**{name: None}) == [(name, "is required by platform Snowflake.")]


def test_a_password_is_any_text_without_a_nul() -> None:
    assert problems(password="") == problems(password="p" * 1000) == []
    assert problems(password="a\0") == [("password", "cannot hold a NUL character.")]


def test_settings_of_the_other_platform_are_refused() -> None:
    foreign = [(name, "is not a setting of Snowflake: remove it.") for name in ("host", "port")]

    assert problems(host="h", port=UNKNOWN) == foreign
    found = settings_problems(known_platform("PostgreSQL"), SNOWFLAKE)
    told = [str(p.path) for p in found if p.message == "is not a setting of PostgreSQL: remove it."]
    assert told == [f"warehouse.settings.{name}" for name in ("account", "role", "warehouse")]


def test_a_database_has_no_schema() -> None:
    (problem,) = settings_problems(known_platform("Snowflake"), SNOWFLAKE, whole_database=True)
    assert str(problem.path) == "warehouse.settings.schema"


def test_a_password_is_not_shown() -> None:
    made = make_settings(known_platform("Snowflake"), {**SNOWFLAKE, "password": "tiger", "host": None})

    assert isinstance(made, SnowflakeSettings)
    assert made.password == "tiger"
    assert "tiger" not in repr(made)


class WithKeys(DuckDB):
    """A platform whose connection parameters have rules, each of its own and one between them."""

    parameters: tuple[Setting, ...] = (
        Setting("cert", "A certificate.", rules=(NO_NUL, rule("is too long", lambda text: len(text) < 9))),
        Setting("key", "A key.", rules=(rule("is empty", bool),)),
    )

    def parameters_problems(self, given: Mapping[str, Any]) -> Iterable[Problem]:
        if "key" in given and "cert" not in given:
            yield Problem(parameter(self, "key"), "needs a cert.")


@pytest.mark.parametrize(("given", "told"), [
    ({}, []), ({"key": None}, []), ({"cert": "c", "key": "k"}, []),
    ({"cert": "\0" * 9}, ["cert: cannot hold a NUL character."]),
    ({"cert": "0123456789", "key": ""}, ["cert: is too long.", "key: is empty."]),
    ({"key": "k"}, ["key: needs a cert."]), ({"key": "k", "cert": UNKNOWN}, []), ({"key": UNKNOWN}, ["key: needs a cert."]),
    ({"key": "k", "cert": "\0"}, ["cert: cannot hold a NUL character."]),
])  # fmt: skip
def test_rules_of_connection_parameters_pass_over_what_is_unknown_or_null(
    given: Mapping[str, Any], told: list[str]
) -> None:
    found = [str(problem) for problem in parameters_problems(WithKeys(), given)]

    assert found == [f"provider duckdb.{each}" for each in told]
