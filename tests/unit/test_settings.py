"""The settings of warehouses: what each platform needs, and what Snowflake's may be."""

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
    'must be an account identifier of Snowflake, such as "myorg-account123" or "xy12345.eu-central-1.aws".'
)


def problems(**changes: Any) -> list[tuple[str, str]]:
    found = settings_problems(known_platform("Snowflake"), {**SNOWFLAKE, **changes})
    return [(str(problem.path).removeprefix("warehouse.settings."), problem.message) for problem in found]


@pytest.mark.parametrize("account", [
    "myorg-account123", "myorg.account123", "MYORG-my_account", "myorg-my-account", "xy12345", "xy12345.us-east-1",
    "xy12345.eu-central-1.aws", "xy12345.us-gov-west-1.aws", "myorg-account123.privatelink", "a" * 255, UNKNOWN,
])  # fmt: skip
def test_an_account_identifier_is_accepted(account: Any) -> None:
    assert problems(account=account) == []


@pytest.mark.parametrize(("account", "identifier"), [
    ("https://myorg-account123.snowflakecomputing.com", "myorg-account123"),
    ("https://myorg-account123.snowflakecomputing.com/console/login#/", "myorg-account123"),
    ("xy12345.eu-central-1.snowflakecomputing.com", "xy12345.eu-central-1"),
    ("myorg-account123.privatelink.snowflakecomputing.com:443", "myorg-account123.privatelink"),
    ("XY12345.SnowflakeComputing.cn", "XY12345"),
    ("https://app.snowflake.com/myorg/account123/#/homepage", "myorg-account123"),
])  # fmt: skip
def test_a_url_or_host_is_refused_with_the_identifier_in_it(account: str, identifier: str) -> None:
    message = f'must be the account identifier alone, which is "{identifier}".'

    assert problems(account=account) == [("account", message)]
    assert problems(account=identifier) == []


@pytest.mark.parametrize("account", [
    "", " ", "my org", "-a", "a-", "a--b", "a..b", "o@a", "a\n", "a\0", "a" * 256, "https://myorg-account123", "örg-a",
    ".snowflakecomputing.com", "{a}",
])  # fmt: skip
def test_anything_else_is_no_account_identifier(account: str) -> None:
    assert problems(account=account) == [("account", ACCOUNT)]


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
