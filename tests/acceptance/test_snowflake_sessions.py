"""Sessions of the Snowflake provisioner: how they log in, what they say when they cannot, deadlines, lost connections."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from krenalis_provider.model.errors import Verdict, WarehouseError
from krenalis_provider.warehouses.snowflake.session import Session, session
from krenalis_provider.warehouses.snowflake.settings import SnowflakeSettings
from krenalis_provider.warehouses.snowflake.sql import Statement
from tests.acceptance.snowflake_hosts import HOST, answering, silent
from tests.support.scripted_server import refusing_port
from tests.support.snowflake import SnowflakeDatabase
from tfplugin.deadline import Deadline

ONE = Statement("selecting one", "SELECT 1")
LOST = "Connection to Snowflake lost"


@pytest.fixture
def settings(snowflake_database: SnowflakeDatabase) -> SnowflakeSettings:
    return SnowflakeSettings(**snowflake_database.settings())


def refused(
    settings: SnowflakeSettings, parameters: dict[str, str], *, seconds: float = 60
) -> WarehouseError:
    """The error that a login ends with, by its deadline, or not much later where the machine is busy."""
    start = time.monotonic()
    with (
        pytest.raises(WarehouseError) as raised,
        session(settings, parameters, Deadline.after(seconds)),
    ):
        pass
    assert time.monotonic() - start < seconds + 60
    return raised.value


def test_a_session_knows_where_it_is_by_the_names_that_snowflake_has(
    snowflake_database: SnowflakeDatabase, settings: SnowflakeSettings
) -> None:
    lower = replace(settings, database=settings.database.lower(), schema="cdp", role=settings.role.lower())
    with session(lower, snowflake_database.parameters(), Deadline.after(60)) as opened:
        assert (opened.database, opened.schema) == (snowflake_database.name, "CDP")


def test_values_are_bound_and_rows_counted(
    snowflake_database: SnowflakeDatabase, settings: SnowflakeSettings
) -> None:
    text = 'it\'s 100 % \\ "quoted" \n line'
    with session(settings, snowflake_database.parameters(), Deadline.after(60)) as opened:
        opened.run([Statement("making", 'CREATE TABLE "T" ("A" VARCHAR)')])
        insert = Statement("inserting", 'INSERT INTO "T" SELECT %(a)s', {"a": text})
        assert opened.execute(insert) == 1
        update = Statement(
            "updating", """UPDATE "T" SET "A" = "A" WHERE "A" LIKE '%%100 %%' AND %(yes)s""", {"yes": True}
        )
        assert opened.execute(update) == 1
        assert opened.execute(replace(update, values={"yes": False})) == 0
        read = Statement("reading", """SELECT "A" FROM "T" WHERE "A" LIKE '%100 %'""")
        assert opened.ask(read) == [(text,)]


UNREACHABLE = "Snowflake could not be reached"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("host", "verdict", "summary", "words"),
    [
        pytest.param(silent, Verdict.COULD_NOT_TELL, UNREACHABLE, "timed out", id="silent"),
        pytest.param(refusing_port, Verdict.COULD_NOT_TELL, UNREACHABLE, "refused", id="closed port"),
        pytest.param(partial(answering, 503), Verdict.COULD_NOT_TELL, UNREACHABLE, "503", id="503"),
        pytest.param(partial(answering, 403), Verdict.COULD_NOT_TELL, UNREACHABLE, "a firewall", id="403"),
        pytest.param(
            partial(answering, 404),
            Verdict.ABSENT,
            "Account does not exist",
            "organization-account",
            id="404",
        ),
    ],
)
def test_a_host_that_is_not_snowflake(
    settings: SnowflakeSettings,
    host: Callable[[], AbstractContextManager[int]],
    verdict: Verdict,
    summary: str,
    words: str,
) -> None:
    seconds = 8 if host is silent else 60
    with host() as port:
        error = refused(settings, {"host": HOST, "port": str(port), "protocol": "http"}, seconds=seconds)
    assert (error.finding.verdict, str(error.path), error.summary) == (
        verdict,
        "warehouse.settings.account",
        summary,
    )
    assert words in error.detail


def test_a_host_that_has_no_address(settings: SnowflakeSettings) -> None:
    error = refused(settings, {"host": "no-such-host.invalid"})
    assert (error.finding.verdict, error.summary) == (Verdict.COULD_NOT_TELL, UNREACHABLE)


def test_a_silent_host_is_left_soon_after_a_short_deadline(settings: SnowflakeSettings) -> None:
    with silent() as port:
        refused(settings, {"host": HOST, "port": str(port), "protocol": "http"}, seconds=0.5)


@pytest.mark.parametrize(
    ("setting", "value", "summary"),
    [
        ("password", "sesame", "Wrong user name or password"),
        ("username", "nobody", "Wrong user name or password"),
        ("role", "NO_SUCH_ROLE", "Role does not exist"),
        ("warehouse", "NO_SUCH_WAREHOUSE", "Virtual warehouse does not exist"),
        ("database", "NO_SUCH_DATABASE", "Database does not exist"),
        ("schema", "no_such_schema", "Schema does not exist"),
    ],
)
def test_what_does_not_exist_is_named_with_the_remedy(
    snowflake_database: SnowflakeDatabase, settings: SnowflakeSettings, setting: str, value: str, summary: str
) -> None:
    error = refused(replace(settings, **{setting: value}), snowflake_database.parameters())
    at = "password" if setting == "username" else setting
    assert (error.finding.verdict, str(error.path), error.summary) == (
        Verdict.ABSENT,
        f"warehouse.settings.{at}",
        summary,
    )
    assert error.finding.detail == error.detail
    assert "\n" not in error.detail
    assert (value in error.detail) == (setting != "password")


def test_a_schema_without_usage_does_not_exist_for_the_role(
    snowflake_database: SnowflakeDatabase, settings: SnowflakeSettings
) -> None:
    snowflake_database.allow([])
    error = refused(settings, snowflake_database.parameters())
    assert f'TO ROLE "{settings.role}"' in error.detail


def test_without_a_password_and_a_key_there_is_no_login(settings: SnowflakeSettings) -> None:
    error = refused(replace(settings, password=None), {})
    assert error.summary == "Password missing"
    assert "SNOWFLAKE_PASSWORD" in error.detail


def test_the_environment_s_password_is_the_last(
    snowflake_database: SnowflakeDatabase, settings: SnowflakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    without = replace(settings, password=None)
    parameters = snowflake_database.parameters()
    monkeypatch.setenv("SNOWFLAKE_PASSWORD", snowflake_database.password)
    with session(without, parameters, Deadline.after(60)):
        pass
    assert refused(without, {**parameters, "password": "wrong"}).code == "390100"
    monkeypatch.setenv("SNOWFLAKE_PASSWORD", "wrong")
    with session(without, {**parameters, "password": snowflake_database.password}, Deadline.after(60)):
        pass


def test_a_key_pair_logs_in_once_its_public_key_is_the_user_s(
    snowflake_database: SnowflakeDatabase, settings: SnowflakeSettings
) -> None:
    key = rsa.generate_private_key(65537, 2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    without = replace(settings, password=None)
    parameters = {**snowflake_database.parameters(), "private_key": pem}

    error = refused(without, parameters)
    assert (str(error.path), error.code) == ("provider snowflake.private_key", "390144")

    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    snowflake_database.set_public_key(public.decode())
    with session(without, parameters, Deadline.after(60)) as opened:
        assert opened.ask(ONE) == [(1,)]


def test_the_caller_s_configuration_of_the_driver_is_not_used(
    snowflake_database: SnowflakeDatabase,
    settings: SnowflakeSettings,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    for name in ("connections.toml", "config.toml"):
        file = tmp_path / name
        file.write_text(
            '[default]\nhost = "no-such-host.invalid"\nrole = "OTHER"\n[log]\nsave_logs = true\nlevel = "DEBUG"\n'
        )
        file.chmod(0o666)
    monkeypatch.setenv("SNOWFLAKE_HOME", str(tmp_path))
    monkeypatch.setenv("SNOWFLAKE_DEFAULT_CONNECTION_NAME", "default")
    with session(settings, snowflake_database.parameters(), Deadline.after(60)) as opened:
        assert opened.ask(Statement("asking", "SELECT CURRENT_ROLE()")) == [(settings.role,)]


def test_the_driver_says_nothing_of_its_own(
    snowflake_database: SnowflakeDatabase,
    settings: SnowflakeSettings,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level("DEBUG")
    with session(settings, snowflake_database.parameters(), Deadline.after(60)) as opened:
        opened.run([ONE])
    refused(replace(settings, password="sesame"), snowflake_database.parameters())
    assert {record.name for record in caplog.records} == {"snowflake"}
    assert capfd.readouterr() == ("", "")


def test_the_session_says_who_it_is(
    snowflake_database: SnowflakeDatabase, settings: SnowflakeSettings
) -> None:
    with session(settings, snowflake_database.parameters(), Deadline.after(60)):
        pass
    (login,) = snowflake_database.logins()
    assert login["CLIENT_ENVIRONMENT"]["APPLICATION"] == "terraform_provider_krenalis"
    assert login["SESSION_PARAMETERS"]["QUERY_TAG"] == "terraform-provider-krenalis"
    assert str(login["SESSION_PARAMETERS"]["CLIENT_TELEMETRY_ENABLED"]).lower() == "false"


def opened_in(
    database: SnowflakeDatabase, settings: SnowflakeSettings, seconds: float = 60
) -> AbstractContextManager[Session]:
    return session(settings, database.parameters(), Deadline.after(seconds))


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_connection_that_is_cut_once_costs_nothing(
    snowflake_database: SnowflakeDatabase, settings: SnowflakeSettings, *, after: bool
) -> None:
    make = Statement("making", 'CREATE TABLE "T" ("A" INT)')
    with (
        opened_in(snowflake_database, settings) as opened,
        snowflake_database.strike(1, "cut", after=after) as strike,
    ):
        opened.run([make])
        assert strike.struck
    assert [statement for statement in snowflake_database.statements() if "CREATE" in statement] == [
        make.query
    ]


def test_a_connection_that_is_lost_is_an_error_that_names_the_statement(
    snowflake_database: SnowflakeDatabase, settings: SnowflakeSettings
) -> None:
    with (
        opened_in(snowflake_database, settings) as opened,
        snowflake_database.strike(1, "sever"),
        pytest.raises(WarehouseError, match="selecting one failed") as raised,
    ):
        opened.run([ONE])
    assert (raised.value.finding.verdict, raised.value.summary) == (Verdict.COULD_NOT_TELL, LOST)


def test_a_statement_that_takes_too_long_is_left_at_the_deadline(
    snowflake_database: SnowflakeDatabase, settings: SnowflakeSettings
) -> None:
    for seconds in (1, 5, 25):  # a busy machine needs more time until it has come to the statement
        with snowflake_database.strike(1, "hold", matching="SELECT 1") as strike:
            start = time.monotonic()
            with (
                pytest.raises(WarehouseError) as raised,
                opened_in(snowflake_database, settings, seconds=seconds) as opened,
            ):
                opened.run([ONE])
            assert time.monotonic() - start < seconds + 60
            if strike.struck:
                break
    assert (raised.value.finding.verdict, raised.value.summary) == (
        Verdict.COULD_NOT_TELL,
        "Snowflake took too long",
    )


@pytest.mark.parametrize(
    ("query", "verdict", "path", "code"),
    [
        ('SELECT * FROM "NO_SUCH_TABLE"', Verdict.ABSENT, "schema", "002003"),
        ("SELEC 1", Verdict.CONTRADICTED, "schema", "001003"),
        ('CREATE TABLE "T" ("A" INT)', Verdict.CONTRADICTED, "schema", "002002"),
        ('CREATE VIEW "V" AS SELECT 1 AS "A"', Verdict.ABSENT, "role", "003001"),
    ],
)
def test_a_statement_that_fails(
    snowflake_database: SnowflakeDatabase,
    settings: SnowflakeSettings,
    query: str,
    verdict: Verdict,
    path: str,
    code: str,
) -> None:
    snowflake_database.execute('CREATE TABLE "T" ("A" INT)')
    snowflake_database.allow(["USAGE", "CREATE TABLE"])
    with (
        opened_in(snowflake_database, settings) as opened,
        pytest.raises(WarehouseError, match="trying failed, in schema") as raised,
    ):
        opened.run([Statement("trying", query)])
    error = raised.value
    assert (error.finding.verdict, str(error.path), error.code) == (
        verdict,
        f"warehouse.settings.{path}",
        code,
    )
    assert "\n" not in error.detail
    assert "request_id" not in error.detail
