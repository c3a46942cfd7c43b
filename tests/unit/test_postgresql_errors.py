"""PostgreSQL's errors in the domain's words, the record and the findings, as far as no server is needed."""

import re
from dataclasses import replace
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from krenalis_provider.model.attribute_path import AttributePath
from krenalis_provider.model.errors import Finding, Verdict
from krenalis_provider.model.exact_json import to_json
from krenalis_provider.model.workspace import WarehouseMode, Workspace
from krenalis_provider.warehouses.postgresql import dialect, login
from krenalis_provider.warehouses.postgresql.backend import PostgreSQLSession
from krenalis_provider.warehouses.postgresql.errors import busy_error, login_error, statement_error
from krenalis_provider.warehouses.postgresql.login import Busy
from krenalis_provider.warehouses.postgresql.platform import PostgreSQL
from krenalis_provider.warehouses.postgresql.settings import PostgreSQLSettings
from krenalis_provider.warehouses.postgresql.snapshot import Server
from krenalis_provider.warehouses.record import UnreadableRecordError, from_json, to_row
from krenalis_provider.warehouses.snapshot import Snapshot
from tfplugin.deadline import Deadline

SETTINGS = PostgreSQLSettings(
    host="db.internal", port=5432, username='we"ird', database="cdp", schema="public", password="s3cret"
)
REFUSED = psycopg.OperationalError(
    'connection failed: connection to server at "10.0.0.1", port 5432 failed: FATAL:  something\n'
    'connection to server at "10.0.0.1", port 5432 failed: FATAL:  something\n'
    "\tIs the server running on that host and accepting TCP/IP connections?\n"
    "Multiple connection attempts failed. All failures were:\n- host: 'db.internal'"
)


@pytest.mark.parametrize(
    ("code", "verdict", "setting"),
    [
        ("28P01", Verdict.ABSENT, "password"),
        ("28000", Verdict.ABSENT, "username"),
        ("3D000", Verdict.ABSENT, "database"),
        ("42501", Verdict.ABSENT, "database"),
        ("08P01", Verdict.COULD_NOT_TELL, "host"),
        (None, Verdict.COULD_NOT_TELL, "host"),
    ],
)
def test_a_login_error_is_told_by_its_code(code: str | None, verdict: Verdict, setting: str) -> None:
    error = login_error(SETTINGS, REFUSED, code)
    assert (error.finding.verdict, error.code) == (verdict, code)
    assert str(error.path) == f"warehouse.settings.{setting}"
    assert "s3cret" not in str(error)


def test_a_login_error_keeps_the_message_once_and_without_the_preamble() -> None:
    detail = login_error(SETTINGS, REFUSED, "28000").detail
    assert detail.startswith(
        'connecting to database "cdp" at db.internal:5432 failed: FATAL:  something (28000). Check'
    )


def test_no_answer_at_all_could_be_anything() -> None:
    error = login_error(SETTINGS, None, None)
    assert error.finding.verdict is Verdict.COULD_NOT_TELL
    assert "no answer in time" in error.detail
    assert "If it is only slow, allow more time, by timeouts or plan_check_timeout." in error.detail


@pytest.mark.parametrize(
    ("error", "verdict", "summary"),
    [
        (psycopg.errors.InsufficientPrivilege(), Verdict.ABSENT, "Missing right"),
        (psycopg.errors.ReadOnlySqlTransaction(), Verdict.CONTRADICTED, "PostgreSQL is read-only"),
        (psycopg.errors.LockNotAvailable(), Verdict.COULD_NOT_TELL, "Warehouse is locked"),
        (psycopg.errors.QueryCanceled(), Verdict.COULD_NOT_TELL, "PostgreSQL took too long"),
        (psycopg.errors.DiskFull(), Verdict.COULD_NOT_TELL, "PostgreSQL failed"),
        (psycopg.errors.TooManyColumns(), Verdict.CONTRADICTED, "PostgreSQL refused a statement"),
        (psycopg.OperationalError("gone"), Verdict.COULD_NOT_TELL, "Connection to PostgreSQL lost"),
        (psycopg.DataError("a NUL"), Verdict.CONTRADICTED, "PostgreSQL refused a statement"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_a_statement_error_is_told_by_its_code(error: psycopg.Error, verdict: Verdict, summary: str) -> None:
    told = statement_error(SETTINGS, SETTINGS.username, error, 'making table "krenalis_events"')
    assert (told.finding.verdict, told.summary, told.code) == (verdict, summary, error.sqlstate)
    assert told.detail.startswith(
        'making table "krenalis_events" failed, in schema "public" of database "cdp"'
    )


def test_a_wrong_sslmode_of_the_environment_names_the_variable_and_the_words_and_not_the_value() -> None:
    refused = psycopg.OperationalError('connection is bad: invalid sslmode value: "hunter22"')

    error = login_error(SETTINGS, refused, None)

    assert (error.summary, str(error.path)) == (
        "Invalid connection parameters",
        "provider postgresql.sslmode",
    )
    assert "invalid sslmode value: (not shown). The value comes from PGSSLMODE" in error.detail
    assert "disable, allow, prefer, require, verify-ca or verify-full" in error.detail
    assert "hunter22" not in error.detail


def test_a_server_without_tls_names_the_variable_that_may_demand_it() -> None:
    refused = psycopg.OperationalError(
        'connection failed: connection to server at "::1", port 5432 failed: server does not support SSL, but SSL was required'
    )

    error = login_error(SETTINGS, refused, None)

    assert (error.summary, str(error.path)) == ("PostgreSQL has no TLS", "provider postgresql.sslmode")
    assert "PGSSLMODE" in error.detail
    assert 'sslmode = "prefer"' in error.detail


def test_names_in_recommended_statements_are_quoted() -> None:
    error = statement_error(SETTINGS, SETTINGS.username, psycopg.errors.InsufficientPrivilege(), "making")
    assert '"we""ird"' in error.detail


@pytest.mark.parametrize(
    ("said", "code", "busy"),
    [
        (
            '28P01: password authentication failed for user "x"\nLOCATION:  auth_failed, auth.c:1',
            "28P01",
            None,
        ),
        ("3D000: base de données « too many clients » inexistante", "3D000", None),
        (
            "53300: trop de connexions pour le rôle\nLOCATION:  InitializeSessionUserId, miscinit.c:1",
            "53300",
            Busy.ROLE,
        ),
        (
            "53300: zu viele Verbindungen für Datenbank\nORT:  CheckMyDatabase, postinit.c:1",
            "53300",
            Busy.DATABASE,
        ),
        ("53300: remaining connection slots are reserved", "53300", Busy.SERVER),
        ("53200: out of memory", "53200", Busy.SERVER),
        ("57P01: terminating connection due to administrator command", "57P01", Busy.STATE),
        ("57P02: terminating connection because of crash of another server process", "57P02", Busy.STATE),
        ("57P03: the database system is not yet accepting connections", "57P03", Busy.STATE),
        ("57P04: terminating connection because the database was dropped", "57P04", None),
        ("08P01: no more connections allowed (max_client_conn)", "08P01", Busy.POOLER),
        ("08P01: client connections exceeded (max_db_client_connections)", "08P01", Busy.POOLER),
        ("08P01: query_wait_timeout", "08P01", Busy.POOLER),
        ("08P01: client_login_timeout (server down)", "08P01", Busy.POOLER),
        ("08P01: server login has been failing, try again later (server_login_retry)", "08P01", Busy.POOLER),
        ("08P01: pooler is shutting down", "08P01", Busy.POOLER),
        ('08P01: too many connections for role "x"', "08P01", Busy.ROLE),
        ("08P01: sorry, too many clients already", "08P01", Busy.POOLER),
        ("08P01: the database system is starting up", "08P01", Busy.STATE),
        ("08P01: no such database: query_wait", "08P01", None),
        ("08P01: unsupported startup parameter: extra_float_digits", "08P01", None),
        ("53300: too many tcp connections (global limit 10)", "53300", Busy.SERVER),
        ("XX000: MaxClientsInSessionMode: max clients reached", "XX000", Busy.POOLER),
    ],
)
def test_a_refused_login_tells_its_code_and_whether_waiting_helps(
    said: str, code: str, busy: Busy | None
) -> None:
    assert login.refusal_of(f'connection failed: connection to server at "::1" failed: FATAL:  {said}') == (
        code,
        busy,
    )


@pytest.mark.parametrize("said", ["Connection refused", 'could not translate host name "max_client_conn"'])
def test_what_no_server_said_has_no_code_and_is_not_waited_for(said: str) -> None:
    assert login.refusal_of(f'connection failed: connection to server at "::1" failed: {said}') == (
        None,
        None,
    )


def test_of_several_addresses_the_one_that_may_take_a_session_later_counts() -> None:
    said = "connection failed: …: FATAL:  28000: no entry\n- host: 'a': …: FATAL:  57P03: the database system is starting up"
    assert login.refusal_of(said) == ("57P03", Busy.STATE)


@pytest.mark.parametrize(
    ("busy", "setting", "remedy"),
    [
        (Busy.ROLE, "username", 'ALTER ROLE "we""ird" CONNECTION LIMIT …;'),
        (Busy.DATABASE, "database", 'ALTER DATABASE "cdp" CONNECTION LIMIT …;'),
        (Busy.SERVER, "host", "raise max_connections"),
        (Busy.POOLER, "host", "raise the pooler's limits"),
        (Busy.STATE, "host", "Try again in a while"),
    ],
)
def test_a_session_that_was_not_had_says_how_long_it_was_waited_for_and_what_to_do(
    busy: Busy, setting: str, remedy: str
) -> None:
    refused = psycopg.OperationalError(
        'connection failed: connection to server at "10.0.0.1", port 5432 failed: FATAL:  53300: nothing left\n'
        "LOCATION:  InitProcess, proc.c:357"
    )
    error = busy_error(SETTINGS, refused, "53300", busy, 9.8)
    assert (error.finding.verdict, error.code) == (Verdict.COULD_NOT_TELL, "53300")
    assert str(error.path) == f"warehouse.settings.{setting}"
    assert error.detail.startswith(
        'connecting to database "cdp" at db.internal:5432 failed, after waiting for 9.8 s: FATAL:  nothing left '
        "(53300). "
    )
    assert remedy in error.detail


def test_the_libpq_that_psycopg_uses_is_found() -> None:
    library = login._libpq()
    assert library is not None
    assert library.PQlibVersion() == psycopg.pq.version()


SERVER = Server(
    version="17.2",
    number=170_002,
    standby=False,
    read_only=None,
    encoding="UTF8",
    schema_exists=True,
    missing_rights=(),
    missing_record_rights=(),
    record_triggers=(),
    missing_language=False,
    refused_tablespace=None,
    event_triggers=(),
)


def findings(**changes: Any) -> tuple[Finding, ...]:
    """What stands against a creation in an empty schema of a right server with these changes."""
    not_connected: Any = None
    session = PostgreSQLSession(not_connected, SETTINGS, {}, Deadline.after(1))
    session._server = replace(SERVER, **changes)
    provisioner = PostgreSQL().provisioner(SETTINGS, {})
    return tuple(provisioner.creation_findings(session, Snapshot(names=dialect.NAMES)))


def test_nothing_stands_against_an_empty_schema() -> None:
    assert findings() == ()


def test_a_server_without_merge_is_too_old() -> None:
    (finding,) = findings(version="14.9", number=140_009)
    assert finding == Finding(
        Verdict.CONTRADICTED,
        AttributePath.of("warehouse", "settings", "host"),
        "PostgreSQL is too old",
        "db.internal:5432 runs PostgreSQL 14.9. Krenalis needs version 15 or newer: upgrade the server, or name "
        "another one.",
    )


def test_a_standby_is_read_only_whatever_its_default() -> None:
    (finding,) = findings(standby=True, read_only="user")
    assert "is a standby" in finding.detail


WORKSPACE = Workspace("17", "Customers", WarehouseMode.NORMAL, {"kind": "object"})


@given(st.decimals(allow_nan=False, allow_infinity=False).filter(lambda number: str(number) != "-0"))
def test_a_number_is_written_and_read_as_it_is(number: Decimal) -> None:
    row = to_row(replace(WORKSPACE, profile_schema={"n": number}))
    assert row["profile_schema"] == f'{{"n": {number}}}'

    record = from_json(json_of(row))

    assert Decimal(record.profile_schema["n"]).as_tuple() == number.as_tuple()


def json_of(row: dict[str, Any]) -> str:
    """The row as PostgreSQL gives it: documents as they are, anything else as JSON."""
    documents = ("profile_schema", "ui_preferences", "identifiers", "primary_sources")
    members = (f'"{name}": {value if name in documents else to_json(value)}' for name, value in row.items())
    return f"{{{', '.join(members)}}}"


@pytest.mark.parametrize("number", [Decimal("NaN"), Decimal("Infinity"), float("inf")])
def test_what_is_no_number_in_json_is_refused(number: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        to_json([number])


def test_a_record_of_a_newer_format_says_so_whatever_else_it_holds() -> None:
    with pytest.raises(UnreadableRecordError, match=re.escape("its format version is 2")):
        from_json('{"format_version": 2}')
