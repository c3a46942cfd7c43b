"""Rehearsals on PostgreSQL, planned by the resource: what only carrying a change out shows, and that nothing stays of it."""

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from krenalis_provider.model.errors import Verdict
from krenalis_provider.warehouses.engines import transactional
from krenalis_provider.warehouses.postgresql import backend, locks
from krenalis_provider.warehouses.postgresql import session as sessions
from krenalis_provider.warehouses.postgresql.session import COMMIT, session
from krenalis_provider.warehouses.postgresql.sql import Statement
from tests.support.customers import COLUMNS, CUSTOMERS
from tests.support.postgresql import Database, Server
from tests.support.postgresql_warehouse import (
    PostgreSQLWarehouse,
    content,
    execute,
    provisioner_of,
    settings_of,
    soon,
)
from tests.support.processes import SECONDS
from tests.support.stand_in import until
from tests.support.warehouse import Row
from tests.support.workspace_calls import Plan, WorkspaceCalls
from tfplugin.cty import UNKNOWN
from tfplugin.deadline import Deadline

TEXT = {"kind": "string"}
SHORT = {"kind": "string", "maxLength": 5}
LONGER = {"kind": "string", "maxLength": 50}
NUMBER = {"kind": "int", "bitSize": 32}
LONG = {"kind": "int", "bitSize": 64}
BEFORE = {"email": TEXT, "name": SHORT, "score": NUMBER}

REHEARSED = {"rehearse": True}
REFUSED = 'PostgreSQL would refuse a statement (workspace "Customers")'
NOT_REHEARSED = 'Not rehearsed (workspace "Customers")'
SETTING = "warehouse.settings.schema: "

A_CONNECTION = """
SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database() AND usename = '{role}'
"""
LOCKS = """
SELECT c.relname::text, l.mode FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
 WHERE l.pid = pg_backend_pid() AND c.relnamespace = %(schema)s::regnamespace AND c.relkind <> 'i'
"""
TRACE = """
SELECT 'relation', c.oid::text, c.relname::text, c.relfilenode::text, c.xmin::text FROM pg_class c
 WHERE c.relnamespace = '{schema}'::regnamespace
UNION ALL
SELECT 'column', a.attrelid::text, a.attname::text, a.attnum::text, a.xmin::text
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE c.relnamespace = '{schema}'::regnamespace
UNION ALL
SELECT 'type', t.oid::text, t.typname::text, '', t.xmin::text FROM pg_type t
 WHERE t.typnamespace = '{schema}'::regnamespace
UNION ALL
SELECT 'routine', p.oid::text, p.proname::text, '', p.xmin::text FROM pg_proc p
 WHERE p.pronamespace = '{schema}'::regnamespace
UNION ALL
SELECT 'rule', w.oid::text, w.rulename::text, '', w.xmin::text FROM pg_rewrite w
  JOIN pg_class c ON c.oid = w.ev_class WHERE c.relnamespace = '{schema}'::regnamespace
"""


@pytest.fixture(autouse=True)
def _slow_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a rehearsal take longer than it may, where a test is not about that: others use the machine, too."""
    monkeypatch.setattr(backend, "_BRIEF_SECONDS", SECONDS)
    monkeypatch.setattr(backend, "_PATIENCE_SECONDS", SECONDS)


@pytest.fixture
def calls(database: Database) -> WorkspaceCalls:
    """A workspace that is not there yet."""
    return WorkspaceCalls(PostgreSQLWarehouse(database.server.port, database))


def document(types: Mapping[str, Any]) -> Any:
    properties = [{"name": name, "type": type_, "readOptional": True} for name, type_ in types.items()]
    return {"kind": "object", "properties": properties}


def plan(calls: WorkspaceCalls, types: Mapping[str, Any] = BEFORE, **attributes: Any) -> Plan:
    return calls.plan(calls.config(document(types), **{**REHEARSED, **attributes}))


def make(calls: WorkspaceCalls, types: Mapping[str, Any] = BEFORE) -> None:
    """The workspace is there, and its next plans are rehearsed."""
    planned = plan(calls, types)
    assert planned.errors == []
    assert calls.apply(planned) == []


def told(planned: Plan, summary: str) -> str:
    """The detail of the one diagnostic with this summary."""
    (detail,) = [each.detail for each in planned.told if each.summary == summary]
    return detail


def refusal(planned: Plan) -> str:
    """Assert that the one error is a rehearsal's, and return its detail."""
    assert [error.summary for error in planned.errors] == [REFUSED]
    return planned.errors[0].detail


def forbid(
    database: Database, event: str, *tags: str, does: str = "RAISE 'not here' USING HINT = 'Ask Bob'"
) -> None:
    """Make an event trigger of an administrator's."""
    listed = ", ".join(f"'{tag}'" for tag in tags)
    execute(
        database,
        # in a function of its own, because that of the trigger is read before
        f"CREATE FUNCTION public.act() RETURNS void LANGUAGE plpgsql AS $$ BEGIN {does}; END $$",
        "CREATE FUNCTION public.forbid() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM public.act(); END $$",
        f"CREATE EVENT TRIGGER forbid ON {event} WHEN TAG IN ({listed}) EXECUTE FUNCTION public.forbid()",
    )


def add_rows(database: Database, number: int = 1) -> None:
    execute(
        database,
        "INSERT INTO krenalis_profiles_0 (_kpid, _updated_at, email, name, score) "
        f"SELECT gen_random_uuid(), now(), i, 'x', i FROM generate_series(1, {number}) i",
        "INSERT INTO krenalis_identities (_pipeline, _identity_id, _connection, _updated_at, email, name, score) "
        f"SELECT 'p', i, 'c', now(), i, 'x', i FROM generate_series(1, {number}) i",
    )


def trace(database: Database) -> tuple[list[Row], list[Row]]:
    """All that the catalogue says of the schema, with the transaction that wrote it, and the rows of the record."""
    seen = sorted(execute(database, TRACE.format(schema=database.schema)))
    has_record = any(row[2] == "krenalis_workspace" for row in seen)
    return seen, execute(
        database, "SELECT xmin::text, w::text FROM krenalis_workspace w"
    ) if has_record else []


@contextmanager
def nothing_stays(database: Database) -> Iterator[None]:
    before = trace(database)
    yield
    assert trace(database) == before
    # the process of a session that was closed ends by itself
    until(lambda: execute(database, A_CONNECTION.format(role=database.role)) == [(0,)], SECONDS)


# What is found


def test_a_creation_that_could_be_made_is_planned_and_leaves_nothing(
    database: Database, calls: WorkspaceCalls
) -> None:
    with nothing_stays(database):
        planned = plan(calls)
    assert planned.told == []
    assert content(database) == set()
    assert calls.apply(planned) == []
    assert plan(calls).told == []


def test_what_forbids_a_table_is_found_while_planning(database: Database, calls: WorkspaceCalls) -> None:
    forbid(database, "ddl_command_start", "CREATE TABLE")
    assert plan(calls, rehearse=False).errors == []
    with nothing_stays(database):
        detail = refusal(plan(calls))
    assert detail.startswith(f'{SETTING}making table "krenalis_')
    assert f'failed in a rehearsal, in schema "{database.schema}"' in detail
    assert (
        "not here; Ask Bob (P0001). Applying would fail in the same way. The rehearsal was undone." in detail
    )
    assert database.password not in detail


def test_the_statement_that_is_refused_is_named_wherever_it_stands(
    database: Database, calls: WorkspaceCalls
) -> None:
    forbid(database, "ddl_command_end", "CREATE PROCEDURE")
    assert 'making procedure "resolve_identities" failed' in refusal(plan(calls))


def test_a_tablespace_that_the_role_may_not_use_is_found(database: Database, calls: WorkspaceCalls) -> None:
    with database.connect() as connection:
        connection.execute("SET allow_in_place_tablespaces = on")
        connection.execute(f"CREATE TABLESPACE {database.name} LOCATION ''".encode())
    execute(database, f"ALTER ROLE {database.role} SET default_tablespace = {database.name}")
    try:
        errors = plan(calls).errors
    finally:
        execute(
            database,
            f"ALTER ROLE {database.role} RESET default_tablespace",
            f"DROP TABLESPACE {database.name}",
        )
    assert "tablespace" in errors[0].detail


@pytest.mark.parametrize(
    ("types", "attributes"),
    [
        ({**BEFORE, "tier": TEXT}, {}),
        ({"contact": TEXT, "name": SHORT, "score": NUMBER}, {"renames": {"contact": "email"}}),
        ({**BEFORE, "name": LONGER}, {}),
        ({"email": TEXT, "score": NUMBER}, {"drop_columns": ["name"]}),
        ({"email": TEXT, "tier": TEXT, "name": SHORT, "score": NUMBER}, {}),
    ],
    ids=["append", "rename", "widen", "drop", "insert"],
)
def test_a_migration_that_could_be_made_is_rehearsed_and_leaves_all_as_it_was(
    database: Database, calls: WorkspaceCalls, types: Mapping[str, Any], attributes: dict[str, Any]
) -> None:
    make(calls)
    add_rows(database)
    with nothing_stays(database):
        planned = plan(calls, types, **attributes)
    assert planned.errors == []
    assert not [each for each in planned.told if each.summary == NOT_REHEARSED]
    calls.apply(planned)
    assert plan(calls, types, **attributes).told == []


def test_what_forbids_changing_a_table_is_found_at_the_profile_schema(
    database: Database, calls: WorkspaceCalls
) -> None:
    make(calls)
    forbid(database, "ddl_command_end", "ALTER TABLE")
    with nothing_stays(database):
        detail = refusal(plan(calls, {**BEFORE, "tier": TEXT}))
    assert detail.startswith('profile_schema: changing the columns of table "krenalis_')


def test_an_index_that_breaks_with_the_new_type_is_found(database: Database, calls: WorkspaceCalls) -> None:
    make(calls)
    execute(
        database,
        "CREATE FUNCTION public.half(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1 / 2'",
        "CREATE INDEX ON krenalis_profiles_0 (public.half(score))",
    )
    assert plan(calls, {**BEFORE, "score": LONG}).errors


def test_a_condition_that_the_record_breaks_is_found(database: Database, calls: WorkspaceCalls) -> None:
    make(calls)
    execute(database, "ALTER TABLE krenalis_workspace ADD CONSTRAINT plain CHECK (name !~ '!')")
    with nothing_stays(database):
        planned = plan(calls, name="Customers!")
    assert planned.errors[0].detail.startswith(
        f"{SETTING}writing the workspace's record failed in a rehearsal"
    )
    assert "(23514)" in planned.errors[0].detail


def test_what_is_checked_at_the_end_of_a_transaction_is_found(
    database: Database, calls: WorkspaceCalls
) -> None:
    make(calls)
    execute(
        database,
        "CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF true THEN RAISE 'too late'; END IF; END $$",
        "CREATE CONSTRAINT TRIGGER refuse AFTER UPDATE ON krenalis_workspace DEFERRABLE INITIALLY DEFERRED "
        "FOR EACH ROW EXECUTE FUNCTION public.refuse()",
    )
    (error,) = plan(calls, name="Clients").errors
    assert "checking what is deferred to the end failed" in error.detail
    assert "too late (P0001)" in error.detail


def test_what_forbids_dropping_is_found_by_the_plan_of_a_destruction(
    database: Database, calls: WorkspaceCalls
) -> None:
    make(calls)
    add_rows(database)
    with nothing_stays(database):
        assert calls.plan(None).errors == []
    forbid(database, "sql_drop", "DROP TYPE")
    with nothing_stays(database):
        detail = refusal(calls.plan(None))
    assert detail.startswith(f'{SETTING}dropping type "')
    assert "destroy = false" in detail


def test_a_right_that_is_missing_names_the_role_that_plans(database: Database, calls: WorkspaceCalls) -> None:
    make(calls)
    execute(
        database,
        "CREATE TABLE public.audit (at timestamptz)",
        "CREATE FUNCTION public.note() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN INSERT INTO public.audit VALUES (now()); RETURN new; END $$",
        "CREATE TRIGGER note BEFORE UPDATE ON krenalis_workspace FOR EACH ROW EXECUTE FUNCTION public.note()",
    )
    (error,) = plan(calls, name="Clients").errors
    assert error.summary == 'Missing right (workspace "Customers")'
    assert "permission denied for table audit (42501)" in error.detail
    assert f'This plan works as role "{database.role}"' in error.detail


def test_a_replacement_in_the_same_place_is_rehearsed_as_a_whole(database: Database) -> None:
    provisioner = provisioner_of(database)
    provisioner.initialize(CUSTOMERS, COLUMNS, soon())
    rehearsals = provisioner.rehearsals
    assert rehearsals
    after = replace(CUSTOMERS, id="2", name="Clients")
    with nothing_stays(database):
        assert rehearsals.rehearse_creation(after, COLUMNS, soon(), replaces=CUSTOMERS.id) == ()
    forbid(database, "ddl_command_start", "CREATE VIEW")
    with nothing_stays(database):
        (found,) = rehearsals.rehearse_creation(after, COLUMNS, soon(), replaces=CUSTOMERS.id)
    assert 'making view "' in found.detail
    # the second plan of an apply comes when the old workspace is gone
    execute(database, "DROP EVENT TRIGGER forbid")
    provisioner.drop(CUSTOMERS.id, soon())
    assert rehearsals.rehearse_creation(after, COLUMNS, soon(), replaces=CUSTOMERS.id) == ()


def test_a_replacement_in_another_place_is_rehearsed_there(database: Database, calls: WorkspaceCalls) -> None:
    make(calls)
    PostgreSQLWarehouse(database.server.port, database).make_schema("other")
    config = calls.config(document(BEFORE), **REHEARSED)
    config["warehouse"]["settings"] = {**config["warehouse"]["settings"], "schema": "other"}
    assert calls.plan(config).errors == []
    forbid(database, "ddl_command_start", "CREATE TABLE")
    assert 'making table "krenalis_' in refusal(calls.plan(config))


def test_an_obstacle_that_the_check_finds_is_not_rehearsed(database: Database, calls: WorkspaceCalls) -> None:
    execute(database, "CREATE TABLE visits ()")
    forbid(database, "ddl_command_start", "CREATE TABLE")
    assert [error.summary for error in plan(calls).errors] == [
        'Warehouse is not empty (workspace "Customers")'
    ]


@pytest.mark.parametrize(
    ("plan_check", "severities"),
    [("strict", ["error"]), ("error", ["error"]), ("warn", ["warning"]), ("off", [])],
)
def test_a_refusal_is_as_grave_as_the_plan_check_makes_it(
    database: Database, calls: WorkspaceCalls, plan_check: str, severities: list[str]
) -> None:
    forbid(database, "ddl_command_start", "CREATE TYPE")
    planned = plan(calls, plan_check=plan_check)
    assert [each.severity for each in planned.told if each.summary == REFUSED] == severities


# What is not tried


def test_what_writes_a_table_anew_is_rehearsed_only_without_rows(
    database: Database, calls: WorkspaceCalls
) -> None:
    make(calls)
    forbid(database, "table_rewrite", "ALTER TABLE")
    wider = {**BEFORE, "score": LONG}
    assert "not here" in refusal(plan(calls, wider))
    add_rows(database)
    planned = plan(calls, wider)
    assert planned.errors == []
    detail = told(planned, NOT_REHEARSED)
    assert detail.startswith("rehearse: ")
    assert 'table "krenalis_profiles_0" is written anew' in detail
    assert plan(calls, wider, plan_check="strict").errors == []


@pytest.mark.parametrize(
    ("statement", "tried"),
    [
        ("CREATE INDEX ON krenalis_profiles_0 (name)", True),
        ("CREATE INDEX ON krenalis_profiles_0 (email) WHERE name = 'x'", False),
        ("CREATE INDEX ON krenalis_identities (lower(name))", False),
        ("ALTER TABLE krenalis_identities ADD CHECK (email <> 'y')", True),
    ],
)
def test_what_has_rows_checked_again_is_not_rehearsed(
    database: Database, calls: WorkspaceCalls, statement: str, *, tried: bool
) -> None:
    make(calls)
    add_rows(database)
    execute(database, statement)
    found = [
        each.detail for each in plan(calls, {**BEFORE, "name": LONGER}).told if each.summary == NOT_REHEARSED
    ]
    assert bool(found) is not tried
    assert tried or 'on "name" of table "krenalis_' in found[0]


def test_an_index_on_the_items_of_an_array_is_built_anew_and_not_rehearsed(
    database: Database, calls: WorkspaceCalls
) -> None:
    def tags(of: Any) -> Any:
        return {**BEFORE, "tags": {"kind": "array", "elementType": of}}

    make(calls, tags(SHORT))
    add_rows(database)
    assert plan(calls, tags(TEXT)).told == []
    execute(database, "CREATE INDEX ON krenalis_profiles_0 USING gin (tags)")
    assert 'on "tags" of table' in told(plan(calls, tags(TEXT)), NOT_REHEARSED)


def test_rows_of_a_table_that_inherits_count(database: Database, calls: WorkspaceCalls) -> None:
    make(calls)
    execute(
        database,
        f"CREATE TABLE mine () INHERITS (krenalis_profiles_0); ALTER TABLE mine OWNER TO {database.role}",
        "INSERT INTO mine (_kpid, _updated_at) VALUES (gen_random_uuid(), now())",
    )
    assert "is written anew" in told(plan(calls, {**BEFORE, "score": LONG}), NOT_REHEARSED)


def test_an_index_that_is_made_again_is_rehearsed_only_without_rows(
    database: Database, calls: WorkspaceCalls
) -> None:
    make(calls)
    execute(database, "DROP INDEX updated_atx")
    calls.refresh()
    forbid(database, "ddl_command_end", "CREATE INDEX")
    assert 'making index "updated_atx" failed' in refusal(plan(calls))
    add_rows(database)
    detail = told(plan(calls), NOT_REHEARSED)
    assert 'index "updated_atx" is built from the rows of table "krenalis_identities"' in detail


def test_what_is_not_known_yet_is_named(calls: WorkspaceCalls, database: Database) -> None:
    planned = plan(calls, name=UNKNOWN)
    assert planned.errors == []
    assert (
        told(planned, f'Not rehearsed (schema "{database.schema}" of database "{database.name}")')
        == "rehearse: not known yet: name."
    )
    (error,) = plan(calls, name=UNKNOWN, plan_check="strict").errors
    assert error.detail.startswith('rehearse: not known yet: name.\n\nplan_check = "strict" makes an error')
    assert error.detail.endswith("Plan again, or set rehearse = false in this resource.")


# Others at the same time


def test_a_server_that_ends_the_session_has_refused_nothing(
    database: Database, calls: WorkspaceCalls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transactional, "_REHEARSALS", 1)
    forbid(
        database, "ddl_command_end", "CREATE PROCEDURE", does="PERFORM pg_terminate_backend(pg_backend_pid())"
    )
    with nothing_stays(database):
        planned = plan(calls)
    assert planned.errors == []
    assert told(planned, NOT_REHEARSED).startswith("rehearse: a rehearsal failed")
    (error,) = plan(calls, plan_check="strict").errors
    assert error.summary == NOT_REHEARSED
    assert error.detail.endswith("Plan again, or set rehearse = false in this resource.")
    assert plan(calls, plan_check="strict", rehearse=False).errors == []


def test_a_server_that_is_slow_is_waited_for_no_longer_than_a_plan_may_take(database: Database) -> None:
    forbid(database, "ddl_command_end", "CREATE PROCEDURE", does="PERFORM pg_sleep(600)")
    rehearsals = provisioner_of(database).rehearsals
    assert rehearsals
    start = time.monotonic()
    with nothing_stays(database):
        (found,) = rehearsals.rehearse_creation(CUSTOMERS, COLUMNS, Deadline.after(8), replaces=None)
    assert time.monotonic() - start < SECONDS
    assert found.verdict is Verdict.UNTRIED
    assert 'making procedure "resolve_identities" failed in a rehearsal' in found.detail


def test_a_role_that_may_not_use_the_language_of_a_rehearsal_is_refused_nothing(
    database: Database, calls: WorkspaceCalls
) -> None:
    make(calls)
    execute(database, "REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC")
    planned = calls.plan(None)
    assert planned.errors == []
    assert "a rehearsal failed" in told(planned, NOT_REHEARSED)
    assert "permission denied for language plpgsql (42501)" in told(planned, NOT_REHEARSED)


def test_a_table_that_somebody_reads_for_long_is_no_refusal(
    database: Database, calls: WorkspaceCalls, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(calls)
    monkeypatch.setattr(transactional, "_REHEARSALS", 1)
    monkeypatch.setattr(backend, "_BRIEF_SECONDS", 3)
    with database.connect() as other, other.transaction():
        other.execute(f"SELECT FROM {database.schema}.profiles")
        planned = plan(calls, {**BEFORE, "tier": TEXT})
        destroyed = calls.plan(None)
    assert planned.errors == destroyed.errors == []
    assert '"profiles" failed in a rehearsal' in told(planned, NOT_REHEARSED)
    assert "says nothing against the plan" in told(destroyed, NOT_REHEARSED)


def test_a_change_that_is_under_way_is_not_waited_for_long(
    database: Database, calls: WorkspaceCalls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transactional, "_REHEARSALS", 1)
    monkeypatch.setattr(backend, "_PATIENCE_SECONDS", 3)
    settings = settings_of(database)
    with session(settings, {}, soon()) as other:
        other.begin()
        other.run([locks.wait_for_changes(database.schema)])
        planned = plan(calls)
    assert planned.errors == []
    assert "waiting for another change of the warehouse failed" in told(planned, NOT_REHEARSED)


def test_rehearsals_at_once_do_not_disturb_each_other(database: Database) -> None:
    PostgreSQLWarehouse(database.server.port, database).make_schema("other")

    def rehearse(schema: str) -> object:
        rehearsals = provisioner_of(database, schema=schema).rehearsals
        assert rehearsals
        return rehearsals.rehearse_creation(CUSTOMERS, COLUMNS, soon(), replaces=None)

    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(rehearse, [database.schema, "other"] * 3))
    assert found == [()] * 6
    assert content(database) == set()


@contextmanager
def used(database: Database, *statements: str) -> Iterator[list[float]]:
    """Others who execute each of the statements again and again; yields how long the longest took."""
    longest = [0.0] * len(statements)
    over = threading.Event()

    def use(index: int, connection: "psycopg.Connection[Any]") -> None:
        while not over.is_set():
            start = time.monotonic()
            connection.execute(statements[index].encode())
            longest[index] = max(longest[index], time.monotonic() - start)
            time.sleep(0.002)

    connections = [database.connect() for _ in statements]
    with ThreadPoolExecutor(len(statements)) as pool:
        users = [pool.submit(use, index, connection) for index, connection in enumerate(connections)]
        yield longest
        over.set()
        for user in users:
            user.result()
    for connection in connections:
        connection.close()


@pytest.mark.slow
def test_readers_and_writers_do_not_wait_for_a_rehearsal_that_takes_long(
    database: Database, calls: WorkspaceCalls, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Event triggers sleep, so that each rehearsal would take far longer than others wait on a busy machine."""
    make(calls)
    add_rows(database, 200_000)
    monkeypatch.undo()
    forbid(
        database, "ddl_command_end", "ALTER TABLE", "ALTER VIEW", "CREATE VIEW", does="PERFORM pg_sleep(60)"
    )
    execute(
        database,
        "CREATE FUNCTION public.nap() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(60); END $$",
        "CREATE EVENT TRIGGER nap ON sql_drop WHEN TAG IN ('DROP TABLE', 'DROP VIEW') EXECUTE FUNCTION public.nap()",
    )
    schema = database.schema
    with used(
        database,
        f"SELECT FROM {schema}.profiles LIMIT 1",
        f"INSERT INTO {schema}.krenalis_profiles_0 (_kpid, _updated_at) VALUES (gen_random_uuid(), now())",
    ) as longest:
        migrated = plan(calls, {**BEFORE, "tier": TEXT})
        inserted = plan(calls, {"email": TEXT, "tier": TEXT, "name": SHORT, "score": NUMBER})
        destroyed = calls.plan(None)
    for planned in (migrated, inserted, destroyed):
        assert planned.errors == []
        assert "canceling statement due to" in told(planned, NOT_REHEARSED)
    assert max(longest) < 30, longest


# That nothing can come of it


def test_names_and_values_are_quoted_and_the_largest_profile_schema_is_rehearsed(postgresql: Server) -> None:
    database = postgresql.database(schema="a \"b\" 'c' \\ {d} %s %(e)s")
    calls = WorkspaceCalls(PostgreSQLWarehouse(postgresql.port, database))
    types = {f"p{number}": TEXT for number in range(1, 1591)}
    assert plan(calls, types, name="A'; -- \\ {} %").errors == []
    make(calls, types)
    assert plan(calls, {name: types[name] for name in list(types)[1:]}, drop_columns=["p1"]).errors == []
    assert calls.plan(None).errors == []
    database.drop()


def test_the_session_of_a_rehearsal_cannot_commit(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even where the transaction is committed instead of rolled back, nothing stays."""
    assert not hasattr(backend.RehearsingPostgreSQLSession, "commit")
    monkeypatch.setattr(sessions, "ROLLBACK", COMMIT)
    rehearsals = provisioner_of(database).rehearsals
    assert rehearsals
    assert rehearsals.rehearse_creation(CUSTOMERS, COLUMNS, soon(), replaces=None) == ()
    assert content(database) == set()


def test_no_lock_waits_for_the_client_to_roll_back(
    database: Database, calls: WorkspaceCalls, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(calls)
    add_rows(database)
    held: list[Row] = []
    run = sessions.Session.run

    def look_first(opened: sessions.Session, statements: Sequence[Statement]) -> list[list[Row]]:
        if statements[-1] is not sessions.ROLLBACK or len(statements) == 1:
            return run(opened, statements)
        rows = run(opened, [*statements[:-1], Statement("looking", LOCKS, {"schema": database.schema})])
        held.extend(rows[-1])
        return rows

    monkeypatch.setattr(sessions.Session, "run", look_first)
    assert plan(calls, {**BEFORE, "tier": TEXT}).told == []
    assert calls.plan(None).errors == []
    assert {mode for _, mode in held} == {"AccessShareLock"}  # of looking, before


def test_a_statement_that_would_commit_is_refused(database: Database) -> None:
    steps = [
        Statement("making a table", f"CREATE TABLE {database.schema}.visits ()"),
        Statement("committing", "COMMIT"),
    ]
    with session(settings_of(database), {}, soon()) as opened:
        opened.begin()
        with pytest.raises(Exception, match="committing failed in a rehearsal"):
            opened.try_out(steps, 5)
    assert content(database) == set()


def test_a_rehearsal_that_was_made_is_no_error_in_the_server_s_log(
    database: Database, calls: WorkspaceCalls
) -> None:
    log = database.server.folder / "log"
    before = log.read_text()
    assert plan(calls).told == []
    lines = log.read_text().removeprefix(before).splitlines()
    # PostgreSQL may tend tables on its own, and say so if somebody else needs one
    assert [line for line in lines if "ERROR" in line and "autovacuum" not in line] == []
