"""What users do to the tables of a warehouse, and a run of `resolve_identities()`: it leaves all of it as it is, or refuses."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql

from krenalis_provider.warehouses.postgresql.session import session
from krenalis_provider.warehouses.postgresql.snapshot import look
from tests.acceptance.identity_warehouse import Warehouse, add_event, members, warehouse_of
from tests.support.identities import Identity
from tests.support.postgresql import Database, Server
from tests.support.postgresql_warehouse import execute, settings_of, soon

# All that the catalogue has about the table with the profiles, but for its statistics.
BELONGINGS = """
WITH live AS (SELECT 'krenalis_profiles_0'::regclass AS oid)
SELECT 'table', to_jsonb(c) - '{relpages,reltuples,relallvisible,relallfrozen,relfrozenxid,relminmxid}'::text[]
  FROM pg_class c JOIN live ON c.oid IN (live.oid, c.reltoastrelid)
UNION ALL SELECT 'column', to_jsonb(a) FROM pg_attribute a JOIN live ON attrelid = live.oid
UNION ALL SELECT 'index', to_jsonb(i) || jsonb_build_object('name', indexrelid::regclass::text) FROM pg_index i JOIN live ON indrelid = live.oid
UNION ALL SELECT 'policy', to_jsonb(p) FROM pg_policy p JOIN live ON polrelid = live.oid
UNION ALL SELECT 'trigger', to_jsonb(t) FROM pg_trigger t JOIN live ON tgrelid = live.oid
UNION ALL SELECT 'constraint', to_jsonb(k) FROM pg_constraint k JOIN live ON live.oid IN (conrelid, confrelid)
UNION ALL SELECT 'publication', to_jsonb(p) FROM pg_publication_rel p JOIN live ON prrelid = live.oid
UNION ALL SELECT 'publications', to_jsonb(p) FROM pg_publication_tables p
UNION ALL SELECT 'statistics', to_jsonb(s) FROM pg_statistic_ext s JOIN live ON stxrelid = live.oid
UNION ALL SELECT 'inheritance', to_jsonb(h) FROM pg_inherits h JOIN live ON live.oid IN (inhrelid, inhparent)
UNION ALL SELECT 'comment', to_jsonb(d) FROM pg_description d WHERE objoid >= 16384
UNION ALL SELECT 'dependent', to_jsonb(d) FROM pg_depend d JOIN live ON live.oid IN (objid, refobjid)
 ORDER BY 1, 2
"""

OBJECTS = {
    "row-level security": (
        "ALTER TABLE krenalis_profiles_0 ENABLE ROW LEVEL SECURITY",
        "CREATE POLICY own ON krenalis_profiles_0 FOR SELECT TO {user} USING (email = current_user)",
        "CREATE POLICY none ON krenalis_profiles_0 AS RESTRICTIVE USING (false) WITH CHECK (false)",
        "COMMENT ON POLICY own ON krenalis_profiles_0 IS 'each their own'",
    ),
    "forced row-level security": (
        "ALTER TABLE krenalis_profiles_0 ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE krenalis_profiles_0 FORCE ROW LEVEL SECURITY",
        "CREATE POLICY none ON krenalis_profiles_0 USING (false)",
    ),
    "grants": (
        "GRANT SELECT ON krenalis_profiles_0 TO {user} WITH GRANT OPTION",
        "GRANT UPDATE (email), SELECT (_kpid) ON krenalis_profiles_0 TO PUBLIC",
        "SET ROLE {user}",
        "GRANT SELECT ON krenalis_profiles_0 TO pg_monitor",
        "RESET ROLE",
    ),
    "default privileges": (
        "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA cdp GRANT ALL ON TABLES TO PUBLIC",
    ),
    "a publication of the table": (
        "CREATE PUBLICATION {name} FOR TABLE krenalis_profiles_0 WHERE (email <> 'X')",
        "ALTER TABLE krenalis_profiles_0 REPLICA IDENTITY FULL",
    ),
    "a publication of inserts of a column": (
        "CREATE PUBLICATION {name} FOR TABLE krenalis_profiles_0 (email) WITH (publish = 'insert, truncate')",
    ),
    "a publication of a column that is the replica identity": (
        "ALTER TABLE krenalis_profiles_0 ALTER _kpid SET NOT NULL",
        "CREATE UNIQUE INDEX profiles_by_kpid ON krenalis_profiles_0 (_kpid)",
        "ALTER TABLE krenalis_profiles_0 REPLICA IDENTITY USING INDEX profiles_by_kpid",
        "CREATE PUBLICATION {name} FOR TABLE krenalis_profiles_0 (_kpid, email)",
    ),
    "a publication of the table without replica identity": (
        "CREATE PUBLICATION {name} FOR TABLE krenalis_profiles_0",
    ),
    "a publication of the schema": ("CREATE PUBLICATION {name} FOR TABLES IN SCHEMA cdp",),
    "a publication of all tables": ("CREATE PUBLICATION {name} FOR ALL TABLES",),
    "a publication, and no replica identity by choice": (
        "CREATE PUBLICATION {name} FOR ALL TABLES",
        "ALTER TABLE krenalis_profiles_0 REPLICA IDENTITY NOTHING",
    ),
    "a publication and forced row-level security": (
        "CREATE PUBLICATION {name} FOR ALL TABLES WITH (publish = 'delete')",
        "ALTER TABLE krenalis_profiles_0 ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE krenalis_profiles_0 FORCE ROW LEVEL SECURITY",
    ),
    "a publication and a check that is deferred": (
        "CREATE PUBLICATION {name} FOR ALL TABLES",
        "CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        (
            "CREATE CONSTRAINT TRIGGER later AFTER INSERT OR UPDATE ON krenalis_profiles_0 INITIALLY DEFERRED"
            " FOR EACH ROW EXECUTE FUNCTION nothing()"
        ),
    ),
    "a primary key under a publication": (
        "ALTER TABLE krenalis_profiles_0 ADD CONSTRAINT one_row PRIMARY KEY (_kpid)",
        "CREATE PUBLICATION {name} FOR ALL TABLES",
    ),
    "storage options": (
        "ALTER TABLE krenalis_profiles_0 SET (fillfactor = 70, autovacuum_enabled = off, toast.autovacuum_enabled = off)",
        "ALTER TABLE krenalis_profiles_0 ALTER email SET STORAGE EXTERNAL, ALTER email SET STATISTICS 7, ALTER email SET (n_distinct = 9)",
    ),
    "an unlogged table": ("ALTER TABLE krenalis_profiles_0 SET UNLOGGED",),
    "comments": (
        "COMMENT ON TABLE krenalis_profiles_0 IS 'all customers'",
        "COMMENT ON COLUMN krenalis_profiles_0.email IS 'lower case'",
    ),
    "indexes": (
        "CREATE INDEX by_email ON krenalis_profiles_0 (lower(email)) WITH (fillfactor = 50) WHERE email IS NOT NULL",
        "COMMENT ON INDEX by_email IS 'for the report'",
        "CREATE INDEX by_tag ON krenalis_profiles_0 USING gin (tags)",
        "CREATE INDEX in_order ON krenalis_profiles_0 (_updated_at)",
        "ALTER TABLE krenalis_profiles_0 CLUSTER ON in_order",
    ),
    "constraints": (
        "ALTER TABLE krenalis_profiles_0 ADD CONSTRAINT short CHECK (length(email) < 9) NOT VALID",
        "ALTER TABLE krenalis_profiles_0 ADD CONSTRAINT one_email UNIQUE (email)",
        "ALTER TABLE krenalis_profiles_0 ADD CONSTRAINT one_id EXCLUDE USING hash (customer_id WITH =)",
        "COMMENT ON CONSTRAINT short ON krenalis_profiles_0 IS 'for the report'",
    ),
    "extended statistics": (
        "CREATE STATISTICS together (dependencies) ON email, customer_id FROM krenalis_profiles_0",
    ),
    "triggers": (
        "CREATE TABLE seen (what text)",
        (
            "CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER"
            " AS 'BEGIN INSERT INTO cdp.seen VALUES (TG_OP); RETURN NULL; END'"
        ),
        "CREATE TRIGGER see AFTER INSERT OR UPDATE OR DELETE ON krenalis_profiles_0 FOR EACH ROW EXECUTE FUNCTION see()",
        "CREATE TRIGGER off AFTER INSERT ON krenalis_profiles_0 EXECUTE FUNCTION see()",
        "ALTER TABLE krenalis_profiles_0 DISABLE TRIGGER off",
    ),
    "foreign keys": (
        "CREATE TABLE emails (email text PRIMARY KEY)",
        "INSERT INTO emails VALUES ('A'), ('B'), ('C')",
        "ALTER TABLE krenalis_profiles_0 ADD CONSTRAINT known FOREIGN KEY (email) REFERENCES emails",
        "ALTER TABLE krenalis_profiles_0 ADD CONSTRAINT one_row UNIQUE (_kpid)",
        "CREATE TABLE notes (kpid uuid REFERENCES krenalis_profiles_0 (_kpid) ON DELETE CASCADE)",
    ),
    "views": (
        "CREATE VIEW direct AS SELECT email FROM krenalis_profiles_0",
        "CREATE MATERIALIZED VIEW stored AS SELECT email FROM krenalis_profiles_0",
        "CREATE FUNCTION emails() RETURNS SETOF text LANGUAGE sql BEGIN ATOMIC SELECT email FROM krenalis_profiles_0; END",
    ),
    "a child table": (
        "CREATE TABLE child (more text) INHERITS (krenalis_profiles_0)",
        "INSERT INTO child (_kpid, _updated_at, email, more) VALUES (gen_random_uuid(), now(), 'of the child', 'more')",
    ),
    "a parent table": (
        "CREATE TABLE parent (email character varying)",
        "ALTER TABLE krenalis_profiles_0 INHERIT parent",
    ),
    "a table of partitions that it is one of": (
        "CREATE TABLE whole (LIKE krenalis_profiles_0) PARTITION BY LIST (email)",
        "ALTER TABLE whole ATTACH PARTITION krenalis_profiles_0 DEFAULT",
    ),
}


@pytest.fixture
def warehouse(database: Database) -> Warehouse:
    """A warehouse with the procedure, and profiles of two resolutions."""
    warehouse = warehouse_of(database)
    warehouse.install(["customer_id"])
    warehouse.add(
        Identity(1, "u", values={"customer_id": "1", "email": "A"}),
        Identity(2, "v", values={"customer_id": "2", "email": "B", "tags": ["t"]}),
    )
    add_event(warehouse, "m", "1", "u", "d")
    warehouse.resolve()
    return warehouse


@pytest.fixture
def user(database: Database) -> Iterator[str]:
    """A role that may use the schema, and no more."""
    name = f"{database.role}_user"
    execute(database, f"CREATE ROLE {name}", f"GRANT USAGE ON SCHEMA cdp TO {name}")
    yield name
    execute(database, f"DROP OWNED BY {name} CASCADE", f"DROP ROLE {name}")


def emails(warehouse: Warehouse) -> list[tuple[str, str]]:
    """Who has which e-mail address, as a superuser sees it."""
    return execute(
        warehouse.database, "SELECT customer_id, email FROM ONLY krenalis_profiles_0 ORDER BY customer_id"
    )


def profiles_table(database: Database) -> str | None:
    """The table that the provider takes for the one with the profiles."""
    with session(settings_of(database), {}, soon()) as opened:
        opened.begin(read_only=True)
        return look(opened).profiles


def call_as(warehouse: Warehouse, role: str) -> None:
    with warehouse.database.connect() as connection:
        connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))
        connection.execute(warehouse.call)


@pytest.mark.parametrize("objects", OBJECTS)
def test_all_that_belongs_to_the_table_stays(warehouse: Warehouse, user: str, objects: str) -> None:
    words = {"user": user, "owner": warehouse.database.role, "name": f"{user}_all"}
    execute(warehouse.database, *(statement.format(**words) for statement in OBJECTS[objects]))
    before = execute(warehouse.database, BELONGINGS)
    # one goes, one changes, two are new, and two exchange a value
    warehouse.execute("DELETE FROM krenalis_identities WHERE _pk = 1")
    warehouse.add(
        Identity(3, "v", updated_at=9, values={"email": "A"}),
        Identity(4, "x", values={"customer_id": "4", "email": "C"}),
        Identity(5, "y", values={"customer_id": "5", "email": "B"}),
    )

    call_as(warehouse, warehouse.database.role)

    assert execute(warehouse.database, BELONGINGS) == before
    assert emails(warehouse) == [("2", "A"), ("4", "C"), ("5", "B")]
    assert execute(warehouse.database, "SELECT count(*) FROM krenalis_events WHERE kpid IS NULL") == [(1,)]


def test_triggers_of_users_are_told_what_changes(warehouse: Warehouse) -> None:
    execute(warehouse.database, *OBJECTS["triggers"])
    warehouse.execute("DELETE FROM krenalis_identities WHERE _pk = 1")
    warehouse.add(Identity(3, "v", updated_at=9, values={"email": "C"}), Identity(4, "x"))
    warehouse.resolve()
    assert execute(warehouse.database, "SELECT what FROM seen ORDER BY 1") == [
        ("DELETE",),
        ("INSERT",),
        ("UPDATE",),
    ]


def test_what_users_keep_beside_a_profile_stays_with_it(warehouse: Warehouse) -> None:
    execute(
        warehouse.database,
        *OBJECTS["foreign keys"],
        "INSERT INTO notes SELECT _kpid FROM krenalis_profiles_0 WHERE email = 'B'",
        "ALTER TABLE krenalis_profiles_0 ADD note text",
        "UPDATE krenalis_profiles_0 SET note = 'a friend' WHERE email = 'B'",
        *OBJECTS["a child table"],
    )
    warehouse.add(Identity(3, "v", updated_at=9, values={"email": "C"}))
    call_as(warehouse, warehouse.database.role)
    assert warehouse.execute("SELECT email, note FROM ONLY krenalis_profiles_0 ORDER BY 1") == [
        ("A", None),
        ("C", "a friend"),
    ]
    notes = execute(warehouse.database, "SELECT email FROM notes JOIN profiles ON _kpid = kpid")
    assert notes == [("C",)]
    assert execute(warehouse.database, "SELECT email, more FROM child") == [("of the child", "more")]


EXCHANGE = (
    Identity(3, "u", updated_at=9, values={"email": "B"}),
    Identity(4, "v", updated_at=9, values={"email": "A"}),
)


@pytest.mark.parametrize(
    "constraint", ["UNIQUE (email) INCLUDE (_kpid)", "EXCLUDE USING hash (email WITH =)"]
)
def test_two_profiles_may_exchange_a_value_that_is_unique(warehouse: Warehouse, constraint: str) -> None:
    warehouse.execute(f"ALTER TABLE krenalis_profiles_0 ADD {constraint}")
    warehouse.add(*EXCHANGE)
    assert members(warehouse.resolve()) == [(1, 3), (2, 4)]
    assert emails(warehouse) == [("1", "B"), ("2", "A")]


@pytest.mark.parametrize(
    "change",
    ["ALTER TABLE krenalis_profiles_0 ADD note text DEFAULT 'a friend'", OBJECTS["foreign keys"]],
    ids=["a column", "a foreign key"],
)
def test_nothing_of_users_is_deleted_so_that_two_profiles_can_exchange_a_unique_value(
    warehouse: Warehouse, change: str | tuple[str, ...]
) -> None:
    changes = [change] if isinstance(change, str) else change
    execute(warehouse.database, *changes, "CREATE UNIQUE INDEX one_email ON krenalis_profiles_0 (email)")
    warehouse.add(*EXCHANGE)
    before = warehouse.snapshot()
    with pytest.raises(psycopg.errors.UniqueViolation, match="one_email"):
        warehouse.resolve()
    assert warehouse.snapshot() == before


def test_values_that_are_not_unique_in_the_end_are_refused_by_a_unique_index(warehouse: Warehouse) -> None:
    warehouse.execute("CREATE UNIQUE INDEX one_email ON krenalis_profiles_0 (email)")
    warehouse.add(EXCHANGE[0])
    before = warehouse.snapshot()
    with pytest.raises(psycopg.errors.UniqueViolation, match="one_email"):
        warehouse.resolve()
    assert warehouse.snapshot() == before


@pytest.mark.parametrize(
    "change",
    [
        "INSERT INTO krenalis_profiles_0 TABLE krenalis_profiles_0",
        "UPDATE krenalis_profiles_0 SET _kpid = NULL",
        "UPDATE krenalis_profiles_0 SET _kpid = gen_random_uuid(), email = 'X'",
        "UPDATE krenalis_profiles_0 SET _identities = NULL",
        "INSERT INTO krenalis_profiles_0 (_kpid, _updated_at) VALUES (gen_random_uuid(), now()), (NULL, now())",
        "TRUNCATE krenalis_profiles_0",
    ],
)
def test_profiles_that_were_changed_by_hand_are_mended(warehouse: Warehouse, change: str) -> None:
    before = warehouse.profiles()
    rows = warehouse.execute("SELECT * FROM krenalis_profiles_0")
    warehouse.execute(change)
    assert warehouse.execute("SELECT * FROM krenalis_profiles_0") != rows
    assert warehouse.resolve() == before


def test_rules_of_users_are_refused(warehouse: Warehouse) -> None:
    warehouse.execute("CREATE RULE none AS ON DELETE TO krenalis_profiles_0 DO INSTEAD NOTHING")
    message = refusal(warehouse, warehouse.database.role)
    assert message == "table cdp.krenalis_profiles_0 has rules, which would change what is written to it"


def test_a_publication_of_some_columns_without_replica_identity_is_refused(warehouse: Warehouse) -> None:
    name = f"{warehouse.database.role}_some"
    execute(warehouse.database, f"CREATE PUBLICATION {name} FOR TABLE krenalis_profiles_0 (_kpid, email)")
    message = refusal(warehouse, warehouse.database.role)
    assert message == (
        f'publication "{name}" publishes changes of some columns of table cdp.krenalis_profiles_0, which has no replica identity'
    )


@pytest.mark.parametrize("table", ["krenalis_identities", "krenalis_events"])
def test_a_source_whose_replica_identity_was_taken_away_is_left_to_postgresql_to_refuse(
    warehouse: Warehouse, table: str
) -> None:
    execute(
        warehouse.database,
        f"CREATE PUBLICATION {warehouse.database.role}_all FOR ALL TABLES",
        f"ALTER TABLE {table} REPLICA IDENTITY NOTHING",
    )
    before = warehouse.snapshot()
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState) as refused:
        warehouse.resolve()
    assert "does not have a replica identity" in str(refused.value)
    assert "REPLICA IDENTITY" in (refused.value.diag.message_hint or "")
    assert warehouse.snapshot() == before


def refusal(warehouse: Warehouse, role: str) -> str:
    """Call the procedure as a role; return why it was refused, which changed nothing."""
    before = warehouse.snapshot()
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState) as refused:
        call_as(warehouse, role)
    assert warehouse.snapshot() == before
    assert refused.value.diag.message_hint
    message = refused.value.diag.message_primary or ""
    assert message.startswith("identity resolution refused: ")
    return message.removeprefix("identity resolution refused: ")


RIGHTS = (
    "GRANT EXECUTE ON PROCEDURE resolve_identities() TO {user}",
    "GRANT SELECT ON krenalis_workspace, krenalis_profile_schema_versions TO {user}",
    "GRANT SELECT, UPDATE ON krenalis_identities, krenalis_events TO {user}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON krenalis_profiles_0 TO {user}",
    "GRANT INSERT ON krenalis_system_operations TO {user}",
)


@pytest.fixture
def caller(warehouse: Warehouse, user: str) -> str:
    """A role that owns nothing, with the rights that calling the procedure needs."""
    execute(warehouse.database, *(statement.format(user=user) for statement in RIGHTS))
    return user


def test_who_owns_nothing_may_call_it_with_the_rights_to_read_and_write(
    warehouse: Warehouse, caller: str
) -> None:
    warehouse.add(Identity(3, "u", updated_at=9, values={"email": "C"}))
    call_as(warehouse, caller)
    assert emails(warehouse) == [("1", "C"), ("2", "B")]


@pytest.mark.parametrize("table", ["krenalis_identities", "krenalis_events", "krenalis_profiles_0"])
def test_who_may_not_see_every_row_may_not_call_it(warehouse: Warehouse, caller: str, table: str) -> None:
    execute(
        warehouse.database,
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"CREATE POLICY every ON {table} USING (true)",
    )
    message = refusal(warehouse, caller)
    assert message == f'row-level security may hide rows of cdp.{table} from role "{caller}"'
    call_as(warehouse, warehouse.database.role)


@pytest.mark.parametrize("table", ["krenalis_identities", "krenalis_events"])
def test_the_owner_may_not_call_it_where_policies_hide_rows_of_the_sources(
    warehouse: Warehouse, table: str
) -> None:
    execute(
        warehouse.database,
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
    )
    role = warehouse.database.role
    assert refusal(warehouse, role) == f'row-level security may hide rows of cdp.{table} from role "{role}"'
    execute(warehouse.database, f"ALTER ROLE {role} BYPASSRLS")
    call_as(warehouse, role)


def test_a_policy_of_the_record_hides_it_from_nobody_unnoticed(warehouse: Warehouse, caller: str) -> None:
    execute(warehouse.database, "ALTER TABLE krenalis_workspace ENABLE ROW LEVEL SECURITY")
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match='policy for table "krenalis_workspace"'):
        call_as(warehouse, caller)


def test_who_owns_nothing_cannot_write_what_is_published_without_replica_identity(
    warehouse: Warehouse, caller: str
) -> None:
    execute(warehouse.database, f"CREATE PUBLICATION {caller}_all FOR ALL TABLES")
    message = refusal(warehouse, caller)
    assert message == (
        f'publication "{caller}_all" publishes changes of table cdp.krenalis_profiles_0, which has no replica identity'
    )
    execute(warehouse.database, "ALTER TABLE krenalis_profiles_0 REPLICA IDENTITY FULL")
    call_as(warehouse, caller)


def test_whoever_reads_while_published_profiles_are_written_is_told_how_not_to_wait(
    warehouse: Warehouse,
) -> None:
    hints: list[str | None] = []
    execute(warehouse.database, f"CREATE PUBLICATION {warehouse.database.role}_all FOR ALL TABLES")
    with warehouse.connect() as connection:
        connection.add_notice_handler(lambda notice: hints.append(notice.message_hint))
        connection.execute(warehouse.call)
        connection.execute("ALTER TABLE krenalis_profiles_0 REPLICA IDENTITY FULL")
        connection.execute(warehouse.call)
    assert hints == ["To let them read: ALTER TABLE cdp.krenalis_profiles_0 REPLICA IDENTITY FULL;"]


OBSTACLES = {
    "an event trigger": (
        "CREATE FUNCTION no() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN RAISE 'no'; END$$",
        "CREATE EVENT TRIGGER no ON ddl_command_start EXECUTE FUNCTION no()",
    ),
    "a default tablespace without the right to it": (
        "SET allow_in_place_tablespaces = on",
        "CREATE TABLESPACE {space} LOCATION ''",
        "ALTER ROLE {owner} SET default_tablespace = {space}",
    ),
    "no right to create": ("REVOKE CREATE ON SCHEMA cdp FROM {owner}",),
    "no right to make temporary tables": (
        "REVOKE ALL ON DATABASE {database} FROM PUBLIC",
        "GRANT CONNECT ON DATABASE {database} TO {owner}",
    ),
}


@pytest.fixture
def space(database: Database) -> Iterator[str]:
    """The name of a tablespace that may be made, and is dropped in the end."""
    name = f"{database.role}_space"
    yield name
    execute(database, f"ALTER ROLE {database.role} RESET ALL", f"DROP TABLESPACE IF EXISTS {name}")


@pytest.mark.parametrize("obstacle", OBSTACLES)
def test_it_defines_nothing_and_needs_no_right_to_do_so(
    warehouse: Warehouse, space: str, obstacle: str
) -> None:
    database = warehouse.database
    words = {"owner": database.role, "space": space, "database": database.name}
    execute(database, *(statement.format(**words) for statement in OBSTACLES[obstacle]))
    warehouse.add(Identity(3, "u", updated_at=9, values={"email": "C"}))
    assert members(warehouse.resolve()) == [(1, 3), (2,)]


STRANGERS = {
    "a backup of a great number": ("CREATE TABLE krenalis_profiles_20261128 AS SELECT * FROM profiles",),
    "a backup of a number too great": ("CREATE TABLE krenalis_profiles_99999999999999999999 ()",),
    "a backup of the next number": ("CREATE TABLE krenalis_profiles_1 AS SELECT * FROM krenalis_profiles_0",),
    "a view of the next number": ("CREATE VIEW krenalis_profiles_1 AS SELECT 1 AS one",),
    "what a failed run of a server left": (
        "CREATE TABLE krenalis_profiles_1 (LIKE krenalis_profiles_0)",
        "INSERT INTO krenalis_profile_schema_versions VALUES (1, gen_random_uuid(), now())",
    ),
    "a stray first table": (
        "ALTER TABLE krenalis_profiles_0 RENAME TO krenalis_profiles_2",
        "CREATE TABLE krenalis_profiles_0 (LIKE krenalis_profiles_2)",
        "INSERT INTO krenalis_profile_schema_versions VALUES (2, gen_random_uuid(), now())",
    ),
    "what a run after a failed one left": (
        "ALTER TABLE krenalis_profiles_0 RENAME TO krenalis_profiles_3",
        "CREATE TABLE krenalis_profiles_1 AS SELECT * FROM krenalis_profiles_3",
        "INSERT INTO krenalis_profile_schema_versions SELECT n, gen_random_uuid(), now() FROM generate_series(1, 3) n",
    ),
    "a table that was renamed": ("ALTER TABLE krenalis_profiles_0 RENAME TO krenalis_profiles_7",),
    "a view that is gone, and a backup": (
        "DROP VIEW profiles",
        "CREATE TABLE krenalis_profiles_20261128 AS SELECT * FROM krenalis_profiles_0",
    ),
    "a view of another form": (
        "CREATE TABLE krenalis_profiles_1 AS SELECT * FROM krenalis_profiles_0",
        (
            "CREATE OR REPLACE VIEW profiles AS SELECT p._kpid, p._updated_at, p.customer_id, p.email, p.home_post_code, p.tags,"
            " p.extra FROM krenalis_profiles_0 p LEFT JOIN krenalis_profiles_1 o USING (_kpid)"
        ),
    ),
    "a view over a backup": (
        "CREATE TABLE krenalis_profiles_5 AS SELECT * FROM krenalis_profiles_0",
        (
            "CREATE OR REPLACE VIEW profiles AS SELECT _kpid, _updated_at, customer_id, email, home_post_code, tags, extra"
            " FROM krenalis_profiles_5"
        ),
    ),
}
LIVE = {"a stray first table": 2, "what a run after a failed one left": 3, "a table that was renamed": 7}


@pytest.mark.parametrize("strangers", STRANGERS)
def test_only_the_table_that_holds_the_profiles_is_written(warehouse: Warehouse, strangers: str) -> None:
    live = f"krenalis_profiles_{LIVE.get(strangers, 0)}"
    for statement in STRANGERS[strangers]:
        warehouse.execute(statement)
    tables = "SELECT oid, relname::text FROM pg_class WHERE relname ~ '^krenalis_profiles_[0-9]+$' ORDER BY 2"
    before = warehouse.execute(tables)
    others = [name for _, name in before if name != live]
    rows = {name: warehouse.execute(f"SELECT * FROM {name}") for name in others}
    view = warehouse.execute("SELECT pg_get_viewdef(to_regclass('profiles'))")
    assert profiles_table(warehouse.database) == live  # where plans and applies look
    warehouse.add(Identity(3, "u", updated_at=9, values={"email": "C"}), Identity(4, "w"))

    with warehouse.connect() as connection:
        connection.execute(warehouse.call)

    assert warehouse.execute(f"SELECT email FROM {live} ORDER BY email") == [("B",), ("C",), (None,)]
    assert warehouse.execute(tables) == before
    assert {name: warehouse.execute(f"SELECT * FROM {name}") for name in others} == rows
    if view != [(None,)]:
        assert warehouse.execute("SELECT pg_get_viewdef(to_regclass('profiles'))") == view


def test_it_is_refused_where_nothing_tells_which_table_holds_the_profiles(warehouse: Warehouse) -> None:
    for statement in (
        "DROP VIEW profiles",
        "ALTER TABLE krenalis_profiles_0 RENAME TO krenalis_profiles_1",
        "CREATE VIEW profiles AS SELECT 1 AS one",
    ):
        warehouse.execute(statement)
    message = refusal(warehouse, warehouse.database.role)
    assert message == "nothing tells which table holds the profiles"


@pytest.fixture
def replicating() -> Iterator[Database]:
    """A database of a server whose changes can be subscribed to."""
    with Server.start(parameters={"wal_level": "logical"}) as server:
        yield server.database()


@pytest.mark.slow
def test_a_subscriber_has_the_profiles_of_each_run(replicating: Database) -> None:
    """The publication covers all tables, and the profiles have no replica identity."""
    warehouse = warehouse_of(replicating)
    warehouse.install(["customer_id"])
    warehouse.add(*(Identity(pk, str(pk), values={"customer_id": str(pk), "email": "A"}) for pk in (1, 2, 3)))
    warehouse.resolve()
    copy = replicating.server.database()
    subscriber = warehouse_of(copy)
    execute(replicating, "CREATE PUBLICATION all_tables FOR ALL TABLES")
    with replicating.connect() as publisher:
        publisher.execute("SELECT pg_create_logical_replication_slot('copies', 'pgoutput')")
    server = replicating.server
    place = f"host={server.host} port={server.port} user={server.user} password={server.password} dbname={replicating.name}"
    with copy.connect() as connection:
        connection.execute(
            sql.SQL(
                "CREATE SUBSCRIPTION copies CONNECTION {} PUBLICATION all_tables WITH (create_slot = false, slot_name = 'copies')"
            ).format(sql.Literal(place))
        )

    for change in (
        "DELETE FROM krenalis_identities WHERE _pk = 1",
        "UPDATE krenalis_identities SET email = 'B' WHERE _pk = 2",
        "UPDATE krenalis_identities SET customer_id = '3', _updated_at = now()",
        "DELETE FROM krenalis_identities",
    ):
        wait_for(subscriber, warehouse)
        warehouse.execute(change)
        warehouse.resolve()
    wait_for(subscriber, warehouse)
    assert warehouse.profiles() == []


def wait_for(subscriber: Warehouse, publisher: Warehouse) -> None:
    """Wait until both have the same profiles; the test's own time limit ends it."""
    while subscriber.profiles() != publisher.profiles():
        with subscriber.connect() as connection:
            connection.execute("SELECT pg_sleep(0.05)")
