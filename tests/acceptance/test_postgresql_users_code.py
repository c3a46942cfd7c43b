"""What users wrote in PostgreSQL runs with our statements as with those of any other session of the role.

Functions of triggers, event triggers, defaults and constraints are looked up, and behave, by the settings of the session.
"""

from collections.abc import Sequence
from dataclasses import replace

import psycopg
import pytest
from psycopg import sql

from krenalis_provider.model.observed import Counts, RowCount
from krenalis_provider.warehouses.migration.compute import migrate
from krenalis_provider.warehouses.postgresql import dialect
from krenalis_provider.warehouses.postgresql.platform import PostgreSQL
from tests.acceptance.identity_warehouse import columns_of, property_
from tests.support import traps
from tests.support.customers import COLUMNS, CUSTOMERS
from tests.support.postgresql import Database
from tests.support.postgresql_warehouse import content, execute, provisioner_of, settings_of, soon

DOCUMENT = {
    "kind": "object",
    "properties": [
        property_("email", "string", maxLength=10),
        property_("score", "int", bitSize=16),
        property_("born", "date"),
        property_("ref", "uuid"),
        property_("extra", "json"),
        property_("address", "ip"),
        property_("tags", "array", elementType={"kind": "uuid"}),
        property_("old", "string"),
    ],
}
CHANGED = {
    "kind": "object",
    "properties": [
        property_("email", "string"),
        property_("points", "int", bitSize=32),
        property_("born", "datetime"),
        property_("ref", "uuid"),
        property_("extra", "string"),
        property_("address", "ip"),
        property_("tags", "array", elementType={"kind": "uuid"}),
        property_("day", "date"),
        property_("document", "json"),
        property_("devices", "array", elementType={"kind": "ip"}),
    ],
}
WORKSPACE = replace(
    CUSTOMERS, profile_schema=DOCUMENT, identifiers=("email",), primary_sources={"score": "7"}
)
AFTER = replace(WORKSPACE, profile_schema=CHANGED, name="Clients", primary_sources={})
BOUNDED = frozenset(
    {
        "application_name",
        "client_connection_check_interval",
        "client_encoding",
        "exit_on_error",
        "idle_in_transaction_session_timeout",
        "lock_timeout",
        "statement_timeout",
        "tcp_keepalives_count",
        "tcp_keepalives_idle",
        "tcp_keepalives_interval",
        "transaction_deferrable",
        "transaction_isolation",
        "transaction_timeout",
    }
)
"""The settings in which our transactions differ from others of the role."""
IDENTITIES = (
    (
        "INSERT INTO krenalis_identities (_pipeline, _identity_id, _connection, _updated_at, _anonymous_ids, email, score, tags) "
        "VALUES ('p', 'u', '7', '2026-01-01', '{d}', 'a', 1, ARRAY[gen_random_uuid()]), "
        "('p', 'v', '8', '2026-01-02', '{}', 'a', 2, '{}')"
    ),
    (
        "INSERT INTO krenalis_events (connection_id, anonymous_id, message_id, received_at, sent_at, timestamp, traits, "
        "type, user_id) VALUES ('7', 'd', 'm', '2026-01-01', '2026-01-01', '2026-01-01', '{}', 'page', '')"
    ),
)


def settings_are(database: Database, **settings: str) -> None:
    """Let the role carry settings."""
    for name, value in settings.items():
        execute(database, f'ALTER ROLE "{database.role}" SET {name} = {value}')


def life(database: Database) -> None:
    """Make a workspace, resolve identities, migrate, change the record and destroy, each rehearsed before; raise what fails."""
    provisioner = provisioner_of(database)
    rehearsals = provisioner.rehearsals
    assert rehearsals
    columns = columns_of(DOCUMENT)
    assert provisioner.check(soon(), replaces=None) == ()
    assert rehearsals.rehearse_creation(WORKSPACE, columns, soon(), replaces=None) == ()
    provisioner.initialize(WORKSPACE, columns, soon())
    execute(database, *IDENTITIES)
    resolve(database)
    wanted = columns_of(CHANGED)
    change = migrate(
        dialect,
        present=provisioner.inspect(soon()).columns,
        before=columns,
        after=wanted,
        renames={"points": "score"},
        drop_columns=["old", "extra"],
        mode=WORKSPACE.mode,
    )
    found = provisioner.check_update(WORKSPACE.id, soon(), migration=change)
    assert [each for each in found if each.is_obstacle] == []
    provisioner.update(AFTER, wanted, soon(), migration=change)
    assert provisioner.inspect(soon()).columns == change.columns
    renamed = replace(AFTER, name="People")
    found = rehearsals.rehearse_update(renamed, wanted, soon())
    assert [each.detail for each in found] == []
    provisioner.update(renamed, wanted, soon())
    assert provisioner.inspect(soon()).workspace == renamed
    resolve(database)
    assert execute(
        database, "SELECT _identities, email, points, array_length(tags, 1) FROM krenalis_profiles_0"
    ) == [([1, 2], "a", 2, 1)]
    listing = PostgreSQL().list_workspaces(settings_of(database), {}, soon())
    assert (listing.workspaces, listing.unreadable) == ({database.schema: renamed}, {})
    assert provisioner.count(WORKSPACE.id, soon()) == Counts(RowCount(1), RowCount(2), RowCount(1))
    filled = provisioner.count_values(WORKSPACE.id, ["points", "day"], soon())
    assert filled.profiles.values == {"points": 1, "day": 0}
    assert [each for each in provisioner.check_drop(WORKSPACE.id, soon()) if each.is_obstacle] == []
    assert [each for each in rehearsals.rehearse_drop(WORKSPACE.id, soon()) if each.is_obstacle] == []
    provisioner.drop(WORKSPACE.id, soon())
    assert content(database) == set()


def resolve(database: Database) -> None:
    with database.connect_as_role() as connection:
        connection.execute(f'CALL "{database.schema}".resolve_identities()'.encode())


@pytest.fixture
def audit(database: Database) -> Database:
    """A database with a schema ``audit``, where names of the role are looked up.

    Table ``owners`` shows the role one of its two rows.
    """
    execute(
        database,
        "CREATE SCHEMA audit",
        f'GRANT USAGE, CREATE ON SCHEMA audit TO "{database.role}"',
        "CREATE TABLE audit.log (what text, told text)",
        "CREATE TABLE audit.owners (name text)",
        "INSERT INTO audit.owners VALUES ('all'), ('nobody')",
        "ALTER TABLE audit.owners ENABLE ROW LEVEL SECURITY",
        "CREATE POLICY p ON audit.owners USING (name = 'all')",
        f'GRANT ALL ON ALL TABLES IN SCHEMA audit TO "{database.role}"',
    )
    settings_are(database, search_path="audit, public", DateStyle="German", TimeZone="'Asia/Kolkata'")
    return database


def noting(database: Database, *tables: str, when: str = "AFTER INSERT OR UPDATE OR DELETE") -> None:
    """Have triggers note, by names without a schema, what they ran for and the owners that they see; AFTER is deferred."""
    deferred = when.startswith("AFTER")
    kind, end = ("CONSTRAINT TRIGGER", "DEFERRABLE INITIALLY DEFERRED") if deferred else ("TRIGGER", "")
    execute(
        database,
        "CREATE FUNCTION audit.note() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN "
        "INSERT INTO log SELECT tg_table_name, string_agg(name, ',') FROM owners; RETURN new; END$$",
        *(
            f"CREATE {kind} noting {when} ON {table} {end} FOR EACH ROW EXECUTE FUNCTION audit.note()"
            for table in tables
        ),
    )


def noted(database: Database) -> set[tuple[str, str]]:
    return {(what, told) for what, told in execute(database, "SELECT what, told FROM audit.log")}


def test_an_event_trigger_finds_what_it_names_without_a_schema(audit: Database) -> None:
    execute(
        audit,
        "CREATE FUNCTION audit.note() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN "
        "INSERT INTO log SELECT tg_tag, string_agg(name, ',') FROM owners; END$$",
        "CREATE EVENT TRIGGER noting ON ddl_command_end EXECUTE FUNCTION audit.note()",
        "CREATE EVENT TRIGGER dropping ON sql_drop EXECUTE FUNCTION audit.note()",
    )
    life(audit)

    tags = {tag for tag, owners in noted(audit) if owners == "all"}
    assert tags >= {
        "CREATE TYPE",
        "CREATE TABLE",
        "CREATE INDEX",
        "CREATE VIEW",
        "CREATE PROCEDURE",
        "ALTER TABLE",
        "DROP TABLE",
    }
    assert {owners for _, owners in noted(audit)} == {"all"}


@pytest.mark.parametrize("when", ["BEFORE INSERT OR UPDATE", "AFTER INSERT OR UPDATE"])
def test_a_trigger_on_the_record_reads_what_its_role_may_see(audit: Database, when: str) -> None:
    provisioner = provisioner_of(audit)
    provisioner.initialize(CUSTOMERS, COLUMNS, soon())
    noting(audit, "krenalis_workspace", when=when)
    changed = replace(CUSTOMERS, name="Clients")
    rehearsals = provisioner.rehearsals
    assert rehearsals

    assert rehearsals.rehearse_update(changed, COLUMNS, soon()) == ()
    assert noted(audit) == set()
    provisioner.update(changed, COLUMNS, soon())

    assert noted(audit) == {("krenalis_workspace", "all")}
    assert provisioner.inspect(soon()).workspace == changed


@pytest.mark.parametrize("when", ["BEFORE INSERT OR UPDATE", "AFTER INSERT OR UPDATE OR DELETE"])
def test_triggers_run_with_the_procedure_as_with_its_caller(audit: Database, when: str) -> None:
    tables = ("krenalis_identities", "krenalis_events", "krenalis_profiles_0", "krenalis_system_operations")
    provisioner_of(audit).initialize(WORKSPACE, columns_of(DOCUMENT), soon())
    execute(audit, *IDENTITIES)
    noting(audit, *tables, when=when)

    with audit.connect_as_role() as connection, connection.transaction():
        shown = (
            "SELECT current_setting('search_path'), current_setting('row_security'), current_setting('jit')"
        )
        before = connection.execute(shown).fetchone()
        connection.execute(f"CALL {audit.schema}.resolve_identities()".encode())
        assert connection.execute(shown).fetchone() == before

    assert noted(audit) == {(table, "all") for table in tables}


def test_what_the_caller_of_the_procedure_set_counts_for_triggers(audit: Database) -> None:
    provisioner_of(audit).initialize(WORKSPACE, columns_of(DOCUMENT), soon())
    execute(audit, *IDENTITIES)
    noting(audit, "krenalis_profiles_0")
    settings_are(audit, search_path="nowhere")

    with audit.connect_as_role() as connection:
        connection.execute("SET search_path TO audit")
        connection.execute(f"CALL {audit.schema}.resolve_identities()".encode())

    assert noted(audit) == {("krenalis_profiles_0", "all")}


@pytest.mark.parametrize("own_path", [False, True])
def test_a_caller_does_not_choose_functions_that_run_with_the_rights_of_an_owner(
    audit: Database, *, own_path: bool
) -> None:
    provisioner_of(audit).initialize(WORKSPACE, columns_of(DOCUMENT), soon())
    execute(audit, *IDENTITIES)
    noting(audit, "krenalis_profiles_0", when="BEFORE INSERT OR UPDATE")
    path = "SET search_path TO audit" if own_path else ""
    execute(
        audit,
        f"ALTER PROCEDURE resolve_identities() SECURITY DEFINER {path}",
        "CREATE SCHEMA theirs",
        "CREATE TABLE theirs.log (what text, told text)",
        "CREATE TABLE theirs.owners (name text)",
        f'GRANT ALL ON SCHEMA theirs TO "{audit.role}"',
        f'GRANT ALL ON ALL TABLES IN SCHEMA theirs TO "{audit.role}"',
    )
    with audit.connect_as_role() as connection:
        connection.execute("SET search_path TO theirs")
        call = f"CALL {audit.schema}.resolve_identities()".encode()
        if own_path:
            connection.execute(call)
        else:
            with pytest.raises(
                psycopg.errors.UndefinedTable, match=r'relation "(log|owners)" does not exist'
            ):
                connection.execute(call)

    assert execute(audit, "SELECT count(*)::int FROM theirs.log") == [(0,)]
    assert noted(audit) == ({("krenalis_profiles_0", "all")} if own_path else set())


def test_a_default_is_what_it_is_in_a_session_of_the_role(audit: Database) -> None:
    provisioner_of(audit).initialize(CUSTOMERS, COLUMNS, soon())
    execute(
        audit,
        "CREATE FUNCTION audit.stamp() RETURNS text LANGUAGE plpgsql AS $$BEGIN "
        "RETURN concat_ws(' ', '2026-01-31 12:00Z'::timestamptz, (SELECT string_agg(name, ',') FROM owners)); END$$",
        "ALTER TABLE krenalis_workspace ADD COLUMN stamp text",
        "ALTER TABLE krenalis_workspace ALTER COLUMN stamp SET DEFAULT audit.stamp()",
        "DELETE FROM krenalis_workspace",
    )
    provisioner_of(audit).update(CUSTOMERS, COLUMNS, soon())

    with audit.connect_as_role() as connection:
        expected = connection.execute("SELECT stamp()").fetchall()
    assert (
        execute(audit, "SELECT stamp FROM krenalis_workspace")
        == expected
        == [("31.01.2026 17:30:00 IST all",)]
    )


def test_all_settings_are_for_users_code_what_they_are_in_a_session_of_the_role(audit: Database) -> None:
    settings_are(
        audit,
        row_security="off",
        quote_all_identifiers="on",
        jit="on",
        work_mem="'7MB'",
        default_tablespace="pg_default",
        default_transaction_isolation="'repeatable read'",
    )
    execute(
        audit,
        "CREATE TABLE audit.settings (tag text, name text, setting text)",
        f'GRANT ALL ON audit.settings TO "{audit.role}"',
        "CREATE FUNCTION audit.note() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN "
        "INSERT INTO settings SELECT tg_tag, name, pg_settings.setting FROM pg_settings; END$$",
        "CREATE EVENT TRIGGER noting ON ddl_command_start EXECUTE FUNCTION audit.note()",
    )
    life(audit)
    with audit.connect_as_role() as connection:
        names = "SELECT name, setting FROM pg_settings"
        expected = {row for row in connection.execute(names).fetchall() if row[0] not in BOUNDED}

    rows = execute(audit, "SELECT DISTINCT tag, name, setting FROM audit.settings WHERE name !~ '^krenalis'")
    tags = {tag for tag, _, _ in rows}
    others = {
        (tag, *row)
        for tag in tags
        for row in {(name, value) for its, name, value in rows if its == tag and name not in BOUNDED}
        ^ expected
        if row[0] != "plpgsql" and not row[0].startswith("plpgsql.")
    }
    # PostgreSQL asks for a right to the tablespace, although a view is not stored
    assert {other for other in others if other[:2] != ("CREATE VIEW", "default_tablespace")} == set()
    assert "ALTER VIEW" in tags


def test_the_bounds_of_a_role_do_not_end_what_its_deadline_allows(audit: Database) -> None:
    settings_are(audit, statement_timeout="'2s'", idle_in_transaction_session_timeout="'50ms'")
    if audit.server.version > "17":
        settings_are(audit, transaction_timeout="'2s'")
    execute(
        audit,
        "CREATE FUNCTION audit.rest() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN PERFORM pg_sleep(2.5); END$$",
        "CREATE EVENT TRIGGER rest ON ddl_command_start WHEN tag IN ('CREATE PROCEDURE') EXECUTE FUNCTION audit.rest()",
    )
    provisioner_of(audit).initialize(CUSTOMERS, COLUMNS, soon())
    assert provisioner_of(audit).inspect(soon()).workspace == CUSTOMERS


def test_a_procedure_that_fixed_the_search_path_once_does_so_no_more(audit: Database) -> None:
    columns = columns_of(DOCUMENT)
    provisioner = provisioner_of(audit)
    provisioner.initialize(WORKSPACE, columns, soon())
    execute(
        audit,
        "ALTER PROCEDURE resolve_identities() SET search_path TO pg_catalog, pg_temp",
        "ALTER PROCEDURE resolve_identities() SET row_security TO off",
        "ALTER PROCEDURE resolve_identities() SET work_mem TO '7MB'",
    )
    provisioner.update(replace(WORKSPACE, identifiers=()), columns, soon())

    config = "SELECT unnest(proconfig) FROM pg_proc WHERE proname = 'resolve_identities'"
    assert {said for (said,) in execute(audit, config)} == {
        "enable_nestloop=off",
        "enable_hashjoin=off",
        "jit=off",
        "exit_on_error=off",
        "work_mem=7MB",
    }


@pytest.mark.parametrize("path", ["traps, pg_catalog", "traps"])
def test_nothing_in_a_schema_of_the_search_path_is_taken_for_postgresql_s_own(
    database: Database, path: str
) -> None:
    traps.set_traps(database)
    settings_are(database, search_path=path)

    life(database)


def test_the_traps_catch_what_is_not_qualified(database: Database) -> None:
    traps.set_traps(database)
    settings_are(database, search_path="traps, pg_catalog")
    statements: Sequence[str] = (
        "SELECT now()",
        "SELECT 1 + 1",
        "SELECT 'a'::pg_catalog.varchar = 'b'::pg_catalog.varchar",
        "SELECT 'a'::text",
        "SELECT min(1)",
        "SELECT 1 IS DISTINCT FROM 2",
        "SELECT ROW(1) IN (SELECT 1)",
        "SELECT format('x')",
        "SELECT relname FROM pg_class",
    )
    with database.connect_as_role() as connection:
        for statement in statements:
            with pytest.raises(psycopg.Error):
                connection.execute(sql.SQL(statement))
