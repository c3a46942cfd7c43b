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
from krenalis_provider.model.workspace import WarehouseMode, Workspace
from krenalis_provider.warehouses.postgresql import dialect, login
from krenalis_provider.warehouses.postgresql.backend import PostgreSQLSession
from krenalis_provider.warehouses.postgresql.errors import login_error, statement_error
from krenalis_provider.warehouses.postgresql.platform import PostgreSQL
from krenalis_provider.warehouses.postgresql.settings import PostgreSQLSettings
from krenalis_provider.warehouses.postgresql.snapshot import Server
from krenalis_provider.warehouses.record import UnreadableRecordError, from_json, to_json, to_row
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
        ("53300", Verdict.COULD_NOT_TELL, "host"),
        ("57P03", Verdict.COULD_NOT_TELL, "host"),
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


def test_names_in_recommended_statements_are_quoted() -> None:
    error = statement_error(SETTINGS, SETTINGS.username, psycopg.errors.InsufficientPrivilege(), "making")
    assert '"we""ird"' in error.detail


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (b'port 1 failed: FATAL:  28P01: password authentication failed for user "x"\nLOCATION:  a.c:1', "28P01"),
        (b"failed: FATAL:  3D000: base de donn\xc3\xa9es \xc2\xab x \xc2\xbb", "3D000"),
        (b"failed: FATAL: password authentication failed", None),
        (b"failed: Connection refused", None),
    ],
)  # fmt: skip
def test_the_code_is_read_from_a_verbose_message(message: bytes, code: str | None) -> None:
    found = login._CODE.search(message)
    assert (found and found[1].decode()) == code


def test_the_libpq_that_psycopg_uses_is_found() -> None:
    library = login._libpq()
    assert library is not None
    assert library.PQlibVersion() == psycopg.pq.version()


def test_without_libpq_there_is_no_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(login, "_libpq", lambda: None)
    assert login.sqlstate_of_login("host=db.invalid", Deadline.after(1)) is None


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
