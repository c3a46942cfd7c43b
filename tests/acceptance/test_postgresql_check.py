"""Every contradiction that the check of a PostgreSQL warehouse must find, and what is none."""

import socket
import time
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import pq

from krenalis_provider.model.errors import CheckFailed, Finding, Verdict, WarehouseError
from krenalis_provider.warehouses.postgresql.platform import PostgreSQL
from krenalis_provider.warehouses.postgresql.session import session
from krenalis_provider.warehouses.postgresql.sql import Statement
from tests.support.customers import COLUMNS, CUSTOMERS, only_finding
from tests.support.postgresql import Database
from tests.support.postgresql_warehouse import content, execute, provisioner_of, settings_of, soon
from tests.support.processes import SECONDS
from tfplugin.deadline import Deadline


def check(where: Database, /, replaces: str | None = None, **changes: Any) -> tuple[Finding, ...]:
    return provisioner_of(where, **changes).check(soon(), replaces=replaces)


def test_an_empty_schema_is_fine(database: Database) -> None:
    assert check(database) == ()


def test_a_check_leaves_nothing_behind(database: Database) -> None:
    check(database)
    assert content(database) == set()


def test_a_transaction_that_reads_cannot_write(database: Database) -> None:
    settings = settings_of(database)
    create = Statement("making a table", f"CREATE TABLE {database.schema}.visits ()")
    with session(settings, {}, soon()) as warehouse:
        warehouse.begin(soon(), read_only=True)
        with pytest.raises(WarehouseError) as caught:
            warehouse.ask(create)
    assert caught.value.code == "25006"


def test_a_schema_with_tables_and_views_is_not_empty(database: Database) -> None:
    tables = [f"CREATE TABLE t{i} (id serial PRIMARY KEY)" for i in range(16)]
    execute(database, *tables, *[f"CREATE VIEW v{i} AS SELECT 1" for i in range(5)])

    detail = only_finding(check(database), Verdict.CONTRADICTED, "schema", "Warehouse is not empty")

    assert detail == (
        f'schema "{database.schema}" of database "{database.name}" holds 16 tables and 5 views: '
        '"t0", "t1", "t10" and 18 more. '
        "Krenalis needs an empty schema: name another one, or empty this one if nobody needs what it holds."
    )


def test_other_relations_count_by_their_kind(database: Database) -> None:
    execute(
        database,
        "CREATE SEQUENCE s",
        "CREATE MATERIALIZED VIEW m AS SELECT 1",
        "CREATE TABLE p (i int) PARTITION BY LIST (i)",
        "CREATE TABLE t ()",
        "CREATE VIEW events AS SELECT 1",
    )
    detail = only_finding(check(database), Verdict.CONTRADICTED, "schema", "Warehouse is not empty")
    assert (
        'holds 2 tables, 1 view, 1 materialized view and 1 sequence: "events", "t", "p" and 2 more.' in detail
    )


def test_tables_that_the_role_may_not_see_count_too(database: Database) -> None:
    execute(database, "CREATE TABLE t ()", "REVOKE ALL ON t FROM PUBLIC")
    only_finding(check(database), Verdict.CONTRADICTED, "schema", "Warehouse is not empty")


def test_objects_of_other_schemas_do_not_count(database: Database) -> None:
    execute(database, "CREATE TABLE public.events ()", "CREATE TYPE public.event_type AS ENUM ()")
    assert check(database) == ()


def test_types_functions_and_objects_of_an_extension_do_not_count(database: Database) -> None:
    execute(
        database,
        "CREATE TYPE e AS ENUM ('x')",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE FUNCTION events() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE PROCEDURE resolve_identities(a int) LANGUAGE sql AS 'SELECT 1'",
        "CREATE TYPE resolve_identities AS ENUM ('x')",
        "CREATE TABLE t (id serial)",
        "CREATE VIEW v AS SELECT 1",
        "ALTER EXTENSION plpgsql ADD TABLE t",
        "ALTER EXTENSION plpgsql ADD SEQUENCE t_id_seq",
        "ALTER EXTENSION plpgsql ADD VIEW v",
    )
    assert check(database) == ()


@pytest.mark.parametrize(
    ("statement", "taken"),
    [
        ("CREATE TYPE event_type AS ENUM ()", 'type "event_type"'),
        ("CREATE TYPE event_type AS RANGE (subtype = date)", 'type of another sort "event_type"'),
        ("CREATE DOMAIN event_os_name AS text", 'domain "event_os_name"'),
        ("CREATE TYPE krenalis_events AS (a int)", 'composite type "krenalis_events"'),
        (
            "CREATE PROCEDURE resolve_identities() LANGUAGE sql AS 'SELECT 1'",
            'procedure "resolve_identities"',
        ),
        (
            "CREATE AGGREGATE resolve_identities(*) (sfunc = int8inc, stype = int8, initcond = '0')",
            'aggregate "resolve_identities"',
        ),
    ],
)
def test_a_type_or_routine_with_a_name_of_ours_is_in_the_way(
    database: Database, statement: str, taken: str
) -> None:
    execute(database, statement)
    detail = only_finding(check(database), Verdict.CONTRADICTED, "schema", "Names are taken")
    assert taken in detail


def test_an_extension_s_table_with_a_name_of_ours_is_in_the_way(database: Database) -> None:
    execute(database, "CREATE TABLE events ()", "ALTER EXTENSION plpgsql ADD TABLE events")
    detail = only_finding(check(database), Verdict.CONTRADICTED, "schema", "Names are taken")
    assert 'table of an extension "events"' in detail


def test_a_workspace_in_the_schema_is_named(pristine: Database) -> None:
    detail = only_finding(
        check(pristine), Verdict.CONTRADICTED, "schema", "Warehouse already holds a workspace"
    )
    assert 'workspace "Customers" with the id 1604839201' in detail


def test_the_objects_of_a_replaced_workspace_are_no_obstacle(pristine: Database) -> None:
    assert check(pristine, replaces=CUSTOMERS.id) == ()


def test_other_objects_beside_a_replaced_workspace_are_an_obstacle(initialized: Database) -> None:
    execute(initialized, "CREATE TABLE visits ()")
    findings = check(initialized, replaces=CUSTOMERS.id)
    assert 'holds 1 table: "visits".' in only_finding(
        findings, Verdict.CONTRADICTED, "schema", "Warehouse is not empty"
    )


def test_a_table_with_the_record_s_name_that_is_none_is_content(database: Database) -> None:
    execute(database, "CREATE TABLE krenalis_workspace (a int)")
    only_finding(check(database), Verdict.CONTRADICTED, "schema", "Warehouse is not empty")


def test_a_missing_schema_is_absent(database: Database) -> None:
    detail = only_finding(check(database, schema="cdq"), Verdict.ABSENT, "schema", "Schema does not exist")
    assert 'CREATE SCHEMA "cdq"; GRANT USAGE, CREATE ON SCHEMA "cdq" TO ' in detail


@pytest.mark.parametrize("revoked", ["USAGE", "CREATE", "USAGE, CREATE"])
def test_missing_rights_on_the_schema_are_absent(database: Database, revoked: str) -> None:
    execute(database, f"REVOKE {revoked} ON SCHEMA {database.schema} FROM {database.role}")
    detail = only_finding(check(database), Verdict.ABSENT, "schema", "Missing right on the schema")
    assert f"lacks {revoked.replace(', ', ' and ')} on" in detail


def test_a_wrong_password_is_absent_and_not_shown(database: Database) -> None:
    findings = check(database, password="not-the-Passw0rd")
    detail = only_finding(findings, Verdict.ABSENT, "password", "Wrong user name or password")
    assert "(28P01)" in detail
    assert "Passw0rd" not in repr(findings)


def test_a_password_with_a_nul_is_refused(database: Database) -> None:
    without = settings_of(database, password=None)
    parameters = {"password": f"{database.password}\0x"}
    findings = PostgreSQL().provisioner(without, parameters).check(soon(), replaces=None)
    only_finding(findings, Verdict.CONTRADICTED, "password", "Invalid password")


def test_no_password_is_absent(database: Database) -> None:
    only_finding(check(database, password=None), Verdict.ABSENT, "password", "Password missing")


def test_a_missing_role_is_absent(database: Database) -> None:
    only_finding(
        check(database, username="nobody"), Verdict.ABSENT, "password", "Wrong user name or password"
    )


def test_a_role_that_may_not_log_in_is_absent(database: Database) -> None:
    execute(database, f"ALTER ROLE {database.role} NOLOGIN")
    detail = only_finding(check(database), Verdict.ABSENT, "username", "Login refused")
    assert "(28000)" in detail


def test_a_missing_database_is_absent(database: Database) -> None:
    detail = only_finding(
        check(database, database="cdq"), Verdict.ABSENT, "database", "Database does not exist"
    )
    assert 'CREATE DATABASE "cdq";' in detail


def test_a_missing_right_to_connect_is_absent(database: Database) -> None:
    execute(database, f"REVOKE CONNECT ON DATABASE {database.name} FROM PUBLIC")
    only_finding(check(database), Verdict.ABSENT, "database", "Missing right to connect")


def test_a_closed_port_tells_nothing(database: Database) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        findings = check(database, port=bound.getsockname()[1])
    detail = only_finding(findings, Verdict.COULD_NOT_TELL, "host", "PostgreSQL could not be reached")
    assert "Connection refused" in detail


def test_a_host_name_that_does_not_resolve_tells_nothing(database: Database) -> None:
    findings = check(database, host="db.invalid")
    only_finding(findings, Verdict.COULD_NOT_TELL, "host", "PostgreSQL could not be reached")


def test_a_server_without_encryption_that_is_required_is_a_definite_answer(database: Database) -> None:
    provisioner = PostgreSQL().provisioner(settings_of(database), {"sslmode": "require"})
    (finding,) = provisioner.check(soon(), replaces=None)
    assert (finding.verdict, finding.summary) == (Verdict.ABSENT, "PostgreSQL has no TLS")
    assert str(finding.path) == "provider postgresql.sslmode"
    assert "SSL was required" in finding.detail


SURROUNDINGS = {
    "host": "db.invalid", "hostaddr": "127.0.0.9", "port": "1", "user": "nobody", "dbname": "nowhere",
    "replication": "database", "application_name": "other", "load_balance_hosts": "random",
}  # fmt: skip


@pytest.mark.parametrize("where", ["environment", "service file", "home"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.0.0.1,localhost"])
def test_the_configuration_says_where_and_as_whom_whatever_the_surroundings_do(
    where: str, host: str, database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if where == "environment":
        for each in pq.Conninfo.get_defaults():
            if each.envvar and (decoy := SURROUNDINGS.get(each.keyword.decode())):
                monkeypatch.setenv(each.envvar.decode(), decoy)
    else:
        file = tmp_path / ".pg_service.conf"
        file.write_text("[w]\n" + "".join(f"{name}={value}\n" for name, value in SURROUNDINGS.items()))
        monkeypatch.setenv("PGSERVICE", "w")
        monkeypatch.setenv("HOME", str(tmp_path))
        if where == "service file":
            monkeypatch.setenv("PGSERVICEFILE", str(file))
    assert check(database, host=host) == ()


def test_what_completes_the_configuration_comes_from_a_service_file(
    database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "services").write_text(f"[w]\npassword={database.password}\nsslmode=require\n")
    monkeypatch.setenv("PGSERVICE", "w")
    monkeypatch.setenv("PGSERVICEFILE", str(tmp_path / "services"))
    (finding,) = check(database, password=None)
    assert finding.summary == "PostgreSQL has no TLS"
    monkeypatch.setenv("PGSSLMODE", "prefer")
    (finding,) = check(database, password=None)  # a service file goes before the environment
    assert finding.summary == "PostgreSQL has no TLS"


def test_a_silent_server_tells_nothing_by_the_deadline(database: Database) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        provisioner = provisioner_of(database, port=silent.getsockname()[1])
        start = time.monotonic()
        findings = provisioner.check(Deadline.after(0.3), replaces=None)
    only_finding(findings, Verdict.COULD_NOT_TELL, "host", "PostgreSQL could not be reached")
    assert 0.3 <= time.monotonic() - start < SECONDS


def test_a_role_that_only_reads_by_default_is_a_contradiction(database: Database) -> None:
    execute(database, f"ALTER ROLE {database.role} SET default_transaction_read_only = on")
    only_finding(check(database), Verdict.CONTRADICTED, "database", "PostgreSQL is read-only")


@pytest.mark.parametrize(
    "whose", ["ROLE {role}", "ROLE {role} IN DATABASE {name}", "DATABASE {name}", "ROLE ALL"]
)
def test_what_makes_transactions_read_only_is_taken_back_where_it_is_set(
    database: Database, whose: str
) -> None:
    place = whose.format(role=database.role, name=database.name)
    with database.server.connect() as connection:
        connection.execute(f"ALTER {place} SET default_transaction_read_only = on".encode())
        try:
            detail = only_finding(
                check(database), Verdict.CONTRADICTED, "database", "PostgreSQL is read-only"
            )
            remedy = detail.partition("Let an administrator run: ")[2]
            connection.execute(b"SET default_transaction_read_only = off")
            connection.execute(remedy.encode())
            assert check(database) == ()
        finally:
            connection.execute(f"ALTER {place} RESET default_transaction_read_only".encode())


def test_what_makes_transactions_read_only_is_named_where_the_client_or_the_server_does(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGOPTIONS", "-c default_transaction_read_only=on")
    detail = only_finding(check(database), Verdict.CONTRADICTED, "database", "PostgreSQL is read-only")
    assert detail.endswith(
        "take default_transaction_read_only out of PGOPTIONS, or of the options in the service file."
    )


@pytest.mark.parametrize("option", ["work_mem=nothing", "work_mam=7MB"])
def test_what_the_server_refuses_of_the_environment_is_named(
    database: Database, monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    monkeypatch.setenv("PGOPTIONS", f"-c {option}")
    detail = only_finding(check(database), Verdict.CONTRADICTED, "host", "Options of the session refused")
    assert option.partition("=")[0] in detail


@pytest.mark.parametrize(
    ("enabled", "role", "runs"),
    [
        ("REPLICA", "replica", True),
        ("", "replica", False),
        ("ALWAYS", "replica", True),
        ("REPLICA", "origin", False),
    ],
)
def test_a_trigger_is_told_if_it_runs_in_our_sessions(
    database: Database, enabled: str, role: str, *, runs: bool
) -> None:
    execute(
        database,
        f"ALTER ROLE {database.role} SET session_replication_role = {role}",
        "CREATE FUNCTION no() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'no'; END$$",
        "CREATE EVENT TRIGGER no ON ddl_command_start EXECUTE FUNCTION no()",
        f"ALTER EVENT TRIGGER no ENABLE {enabled}",
    )
    assert [each.summary for each in check(database)] == (["An event trigger refuses"] if runs else [])
    with pytest.raises(CheckFailed) if runs else nullcontext():
        provisioner_of(database).initialize(CUSTOMERS, COLUMNS, soon())
    with (
        database.connect_as_role() as connection,
        pytest.raises(psycopg.Error, match=r"^no\n") if runs else nullcontext(),
    ):
        connection.execute(f"CREATE TABLE {database.schema}.t ()".encode())


def test_a_database_in_another_encoding_is_a_contradiction(database: Database) -> None:
    name = f"{database.name}_latin1"
    other = replace(database, name=name)
    with database.server.connect() as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
        try:
            with other.connect() as superuser:
                superuser.execute(f"CREATE SCHEMA {database.schema} AUTHORIZATION {database.role}")
            detail = only_finding(check(other), Verdict.CONTRADICTED, "database", "Database is not in UTF-8")
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    assert "has the encoding LATIN1." in detail


def test_everything_is_found_at_once(database: Database) -> None:
    execute(
        database,
        "CREATE TABLE visits ()",
        "CREATE DOMAIN event_type AS text",
        f"REVOKE CREATE ON SCHEMA {database.schema} FROM {database.role}",
        f"ALTER ROLE {database.role} SET default_transaction_read_only = on",
    )
    assert [finding.summary for finding in check(database)] == [
        "PostgreSQL is read-only",
        "Missing right on the schema",
        "Warehouse is not empty",
        "Names are taken",
    ]


def test_the_language_of_the_procedure_is_needed(database: Database) -> None:
    execute(database, "REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC")

    findings = provisioner_of(database).check(soon(), replaces=None)

    detail = only_finding(findings, Verdict.ABSENT, "schema", "PL/pgSQL is missing")
    assert f'GRANT USAGE ON LANGUAGE plpgsql TO "{database.role}"' in detail


REFUSES = "BEGIN /* nothing */ RAISE EXCEPTION ''no''; END"
MAY_REFUSE = "BEGIN IF current_user = ''x'' THEN RAISE ''no''; END IF; END"
TELLS = "BEGIN RAISE NOTICE ''a statement''; END"


def with_event_trigger(database: Database, body: str, event: str) -> None:
    execute(
        database,
        f"CREATE FUNCTION public.guard() RETURNS event_trigger LANGUAGE plpgsql AS '{body}'",
        f"CREATE EVENT TRIGGER guard ON {event} EXECUTE FUNCTION public.guard()",
    )


@pytest.mark.parametrize("event", ["ddl_command_start", "ddl_command_end WHEN TAG IN ('CREATE TABLE')"])
def test_an_event_trigger_that_refuses_is_found(database: Database, event: str) -> None:
    with_event_trigger(database, REFUSES, event)

    detail = only_finding(check(database), Verdict.CONTRADICTED, "database", "An event trigger refuses")

    assert 'event trigger "guard" runs public.guard()' in detail
    with pytest.raises(CheckFailed):
        provisioner_of(database).initialize(CUSTOMERS, COLUMNS, soon())


def test_an_event_trigger_that_may_refuse_is_told_of_and_no_obstacle(database: Database) -> None:
    with_event_trigger(database, MAY_REFUSE, "ddl_command_start")

    (finding,) = check(database)

    assert (finding.verdict, finding.summary) == (Verdict.NOTED, "An event trigger may refuse")
    provisioner_of(database).initialize(CUSTOMERS, COLUMNS, soon())
    (finding,) = provisioner_of(database).check_drop(CUSTOMERS.id, soon())
    assert finding.verdict is Verdict.NOTED
    assert provisioner_of(database).check_update(CUSTOMERS.id, soon()) == ()


@pytest.mark.parametrize(
    ("body", "event"),
    [
        (TELLS, "ddl_command_start"),
        (REFUSES, "ddl_command_start WHEN TAG IN ('CREATE SEQUENCE')"),
        (REFUSES, "ddl_command_start WHEN TAG IN ('DROP TABLE')"),
        (REFUSES, "sql_drop"),
        (REFUSES, "table_rewrite"),
    ],
)
def test_an_event_trigger_that_has_nothing_to_say_is_not_told_of(
    database: Database, body: str, event: str
) -> None:
    with_event_trigger(database, body, event)
    assert check(database) == ()
    provisioner_of(database).initialize(CUSTOMERS, COLUMNS, soon())


def test_an_event_trigger_that_refuses_drops_is_found_before_a_drop(initialized: Database) -> None:
    with_event_trigger(initialized, REFUSES, "sql_drop")
    findings = provisioner_of(initialized).check_drop(CUSTOMERS.id, soon())
    only_finding(findings, Verdict.CONTRADICTED, "database", "An event trigger refuses")


def test_a_default_tablespace_without_the_right_to_it_is_found(database: Database) -> None:
    space = f"{database.name}_space"
    with database.connect() as connection:
        connection.execute("SET allow_in_place_tablespaces = on")
        connection.execute(f"CREATE TABLESPACE {space} LOCATION ''".encode())
        try:
            connection.execute(f"ALTER ROLE {database.role} SET default_tablespace = {space}".encode())
            detail = only_finding(
                check(database), Verdict.ABSENT, "username", "Missing right on the tablespace"
            )
            remedy = detail.partition("Let an administrator run: ")[2].partition(";")[0]
            connection.execute(remedy.encode())
            assert check(database) == ()
        finally:
            connection.execute(f"REVOKE ALL ON TABLESPACE {space} FROM {database.role}".encode())
            connection.execute(f"DROP TABLESPACE {space}".encode())
