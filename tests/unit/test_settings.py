"""The settings of warehouses: what each platform needs, and what Snowflake's may be."""

import re
from base64 import b64encode
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


POSTGRESQL = {"host": "db.internal", "port": 5432, "username": "u", "database": "d", "schema": "s"}
IS_URL = "is a URL: write its host, port, username and database as settings of their own"


def problems_of(platform_name: str, settings: dict[str, Any]) -> list[str]:
    return [str(each) for each in settings_problems(known_platform(platform_name), settings)]


@pytest.mark.parametrize("host", [
    "db", "db.internal", "db.internal.", "DB_1.internal", "xn--bcher-kva.example", "bücher.example", "127.0.0.1", "::1",
    "fe80::1%eth0", "::ffff:10.0.0.1", "a,b", "10.0.0.1,db.internal,::1", "/run/postgresql", "/run/my sockets:1",
    "/run/a,/run/b", "@abstract", "@/abstract/path",
])  # fmt: skip
def test_a_host_a_list_of_them_a_socket_and_an_address_with_a_zone_are_fine(host: str) -> None:
    assert problems_of("PostgreSQL", {**POSTGRESQL, "host": host}) == []


@pytest.mark.parametrize(("host", "told"), [
    ("db:5432", "its port is the setting port"), ("127.0.0.1:5432", "its port is the setting port"),
    ("a:5432,b", "its port is the setting port"), ("db:", "its port is the setting port"),
    ("[::1]", "without brackets"), ("[::1]:5432", "without brackets"), ("a,[::1]", "without brackets"),
    ("postgresql://u:tiger@db:5432/d", IS_URL), ("postgres://db", IS_URL), ("https://db", IS_URL),
    (" postgresql://db", IS_URL), ("jdbc:postgresql://u:tiger@db/d", IS_URL), ("//db/d", IS_URL),
    (" db", "blanks"), ("db ", "blanks"), ("db\n", "blanks"), ("a, b", "blanks"), ("/run/postgresql ", "blanks"),
    ("my db", "must be a host name"), ("host=db password=tiger", "must be a host name"), ("db/d", "must be a host name"),
    ("db?sslmode=require", "must be a host name"), ('"db"', "must be a host name"), ("u:tiger@db", "the host alone"),
    ("u@db", "the host alone"), ("a,,b", "empty label"), ("a..b", "empty label"), (",", "empty label"),
    ("a" * 64, "empty label, or one of more"), ("x:y:z", "its port is the setting port"),
])  # fmt: skip
def test_a_host_that_cannot_be_one_is_told_with_the_remedy_and_not_shown(host: str, told: str) -> None:
    (found,) = problems_of("PostgreSQL", {**POSTGRESQL, "host": host})
    assert found.startswith("warehouse.settings.host: ")
    assert told in found
    assert "tiger" not in found


@pytest.mark.parametrize("name", ["username", "database", "schema"])
@pytest.mark.parametrize("value", [
    "postgresql://u:tiger@db/d", "postgres://u:tiger@db", "host=db password=tiger", "dbname = d password = tiger",
])  # fmt: skip
def test_a_whole_connection_in_the_place_of_a_name_is_told_and_not_shown(name: str, value: str) -> None:
    (found,) = problems_of("PostgreSQL", {**POSTGRESQL, name: value})
    assert found.startswith(f"warehouse.settings.{name}: ")
    assert "settings of their own" in found
    assert "tiger" not in found


@pytest.mark.parametrize("name", ["we:ird", "a@b", "a=b", "password", "a b", 'qu"ote', "http"])
def test_odd_names_are_names(name: str) -> None:
    assert problems_of("PostgreSQL", {**POSTGRESQL, "username": name, "database": name}) == []


PEM = "-----BEGIN PRIVATE KEY-----\ntiger\n-----END PRIVATE KEY-----\n"


@pytest.mark.parametrize("name", ["sslrootcert", "sslcert", "sslkey"])
@pytest.mark.parametrize("value", [
    PEM, PEM.replace("\n", "\\n"), PEM.replace("\n", ""), b64encode(PEM.encode()).decode(), "tiger\n", "tiger/" * 200,
    "-----BEGIN CERTIFICATE-----\r\ntiger\r\n", "MHcCAQEEI" + "tiger" * 30 + "==",
])  # fmt: skip
def test_what_is_in_a_file_is_no_path_to_it_and_is_not_shown(name: str, value: str) -> None:
    (problem,) = parameters_problems(known_platform("PostgreSQL"), {name: value})
    assert str(problem).startswith(f"provider postgresql.{name}: must be the path of a file")
    assert "tiger" not in str(problem)
    assert b64encode(b"tiger").decode()[:5] not in str(problem)


@pytest.mark.parametrize(
    "value", ["client.key", "/run/secrets/key", "C:\\keys\\client.key", "~/a b.pem", "system"]
)
def test_a_path_is_one(value: str) -> None:
    names = ("sslrootcert", "sslcert", "sslkey")
    assert parameters_problems(known_platform("PostgreSQL"), dict.fromkeys(names, value)) == []


@pytest.mark.parametrize("mode", ["disable", "allow", "prefer", "require", "verify-ca"])
def test_the_machine_s_authorities_want_the_name_verified(mode: str) -> None:
    given = {"sslrootcert": "system", "sslmode": mode}
    (problem,) = parameters_problems(known_platform("PostgreSQL"), given)
    assert str(problem).startswith('provider postgresql.sslmode: must be "verify-full", or left out')


@pytest.mark.parametrize("given", [
    {"sslrootcert": "system"}, {"sslrootcert": "system", "sslmode": "verify-full"},
    {"sslrootcert": "system", "sslmode": UNKNOWN}, {"sslrootcert": UNKNOWN, "sslmode": "require"},
    {"sslrootcert": "root.crt", "sslmode": "require"}, {"sslmode": "require"},
])  # fmt: skip
def test_other_modes_and_authorities_go_together(given: dict[str, Any]) -> None:
    assert parameters_problems(known_platform("PostgreSQL"), given) == []


@pytest.mark.parametrize("platform", ["PostgreSQL", "Snowflake"])
@pytest.mark.parametrize("value", [PEM, PEM.replace("\n", "\\n"), PEM.replace("PRIVATE KEY", "CERTIFICATE")])
def test_a_key_is_no_password_and_is_not_shown(platform: str, value: str) -> None:
    settings = {**(POSTGRESQL if platform == "PostgreSQL" else SNOWFLAKE), "password": value}
    (found,) = problems_of(platform, settings)
    assert found.startswith("warehouse.settings.password: is a key or a certificate")
    (problem,) = parameters_problems(known_platform(platform), {"password": value})
    assert str(problem.path).endswith(".password")
    assert "tiger" not in f"{found} {problem}"
