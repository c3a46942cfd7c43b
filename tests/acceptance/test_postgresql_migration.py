"""The PostgreSQL provisioner without Terraform: changing the profile columns of tables with data in them."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from krenalis_provider.model.errors import (
    CheckFailed,
    Verdict,
    WarehouseChanged,
    WarehouseError,
    WorkspaceError,
)
from krenalis_provider.model.profile_columns import ProfileColumn, profile_columns
from krenalis_provider.model.profile_schema import parse
from krenalis_provider.model.workspace import WarehouseMode, Workspace
from krenalis_provider.warehouses.findings import obstacles
from krenalis_provider.warehouses.migration.compute import Migration, migrate
from krenalis_provider.warehouses.migration.operations import Widening
from krenalis_provider.warehouses.postgresql import dialect
from tests.support.customers import only_finding
from tests.support.hypothesis_profiles import examples
from tests.support.lock_waits import over_at_a_lock, waits
from tests.support.postgresql import Database, Server
from tests.support.postgresql_warehouse import columns_of, content, execute, provisioner_of, soon
from tests.support.processes import SECONDS
from tests.support.profile_schemas import Document, documents
from tests.support.stand_in import until
from tests.support.warehouse import Row
from tfplugin.deadline import Deadline

TABLES = ("krenalis_identities", "krenalis_profiles_0")
TEXT = {"kind": "string"}
NUMBER = {"kind": "int", "bitSize": 32}
LONG = {"kind": "int", "bitSize": 64}


def short(length: int) -> Document:
    return {"kind": "string", "maxLength": length}


def workspace(properties: Mapping[str, Document], name: str = "Customers") -> Workspace:
    members = [{"name": key, "type": type_, "readOptional": True} for key, type_ in properties.items()]
    return of({"kind": "object", "properties": members}, name)


def of(document: Document, name: str = "Customers") -> Workspace:
    return Workspace("1604839201", name, WarehouseMode.NORMAL, document)


def columns(workspace: Workspace) -> tuple[ProfileColumn, ...]:
    schema = parse(workspace.profile_schema).schema
    assert schema is not None
    return profile_columns(schema)


BEFORE = workspace({"email": TEXT, "name": short(5), "score": NUMBER})
WITH_TIER = {"email": TEXT, "name": short(5), "score": NUMBER, "tier": TEXT}


@pytest.fixture
def warehouse(database: Database) -> Database:
    """The workspace `BEFORE` with one profile and one identity."""
    provisioner_of(database).initialize(BEFORE, columns(BEFORE), soon())
    execute(
        database,
        "INSERT INTO krenalis_profiles_0 (_kpid, _updated_at, email, name, score) "
        "VALUES (gen_random_uuid(), now(), 'a@example.com', 'Adele', 7)",
        "INSERT INTO krenalis_identities (_pipeline, _identity_id, _connection, _updated_at, email, name, score) "
        "VALUES ('p', 'i', 'c', now(), 'a@example.com', 'Adele', 7)",
    )
    return database


def migration(
    database: Database,
    after: Workspace,
    *,
    before: Workspace = BEFORE,
    renames: Mapping[str, str] | None = None,
    drop: Sequence[str] = (),
) -> Migration:
    made = migrate(
        dialect,
        present=provisioner_of(database).inspect(soon()).columns,
        before=columns(before),
        after=columns(after),
        renames=renames or {},
        drop_columns=drop,
        mode=after.mode,
    )
    assert made.problems == ()
    return made


def change(
    database: Database,
    properties: Mapping[str, Document],
    *,
    renames: Mapping[str, str] | None = None,
    drop: Sequence[str] = (),
    username: str | None = None,
    deadline: Deadline | None = None,
) -> None:
    """Plan and apply a change of `BEFORE` that the plan finds possible."""
    after = workspace(properties)
    made = migration(database, after, renames=renames, drop=drop)
    provisioner = provisioner_of(database, **({"username": username} if username else {}))
    assert obstacles(provisioner.check_update(BEFORE.id, soon(), migration=made)) == ()
    provisioner.update(after, columns(after), deadline or soon(), migration=made)
    found = provisioner.inspect(soon())
    assert found.columns == made.columns
    assert found.workspace == after


def profile_columns_of(database: Database, relation: str) -> list[tuple[str, str]]:
    return [(name, type_) for name, type_, _ in columns_of(database, relation) if not name.startswith("_")]


RENAMED = {"contact": TEXT, "name": short(5), "score": NUMBER}
MIDDLE = {"email": TEXT, "tier": TEXT, "name": short(5), "score": NUMBER}
WIDER = {"email": TEXT, "name": short(5), "score": LONG}
"""What the view is dropped and made anew for."""


@pytest.mark.parametrize(
    ("properties", "options", "profile"),
    [
        (WITH_TIER, {}, ("a@example.com", "Adele", 7, None)),
        (MIDDLE, {}, ("a@example.com", None, "Adele", 7)),
        (RENAMED, {"renames": {"contact": "email"}}, ("a@example.com", "Adele", 7)),
        ({"name": short(5), "email": TEXT, "score": NUMBER}, {}, ("Adele", "a@example.com", 7)),
        ({"email": TEXT, "name": short(50), "score": LONG}, {}, ("a@example.com", "Adele", 7)),
        ({"email": TEXT, "score": NUMBER}, {"drop": ["name"]}, ("a@example.com", 7)),
        ({"email": TEXT, "name": short(4), "score": NUMBER}, {"drop": ["name"]}, ("a@example.com", None, 7)),
        (
            {"name": TEXT, "title": short(9), "tier": NUMBER},
            {"renames": {"name": "email", "title": "name"}, "drop": ["score"]},
            ("a@example.com", "Adele", None),
        ),
        (
            {"email": short(5), "score": NUMBER},
            {"renames": {"email": "name"}, "drop": ["email"]},
            ("Adele", 7),
        ),
    ],
    ids=["append", "insert", "rename", "reorder", "widen", "drop", "replace", "everything", "take a name"],
)
def test_data_survives_in_both_tables_and_in_the_view(
    warehouse: Database,
    properties: Mapping[str, Document],
    options: Mapping[str, Any],
    profile: tuple[object, ...],
) -> None:
    change(warehouse, properties, **options)

    names = ", ".join(f'"{name}"' for name in properties)
    for table in (*TABLES, "profiles"):
        assert execute(warehouse, f"SELECT {names} FROM {table}") == [profile]
    wanted = {column.name: dialect.column_type(column.type) for column in columns(workspace(properties))}
    for relation in (*TABLES, "profiles"):
        assert dict(profile_columns_of(warehouse, relation)) == wanted


@pytest.mark.parametrize(
    ("properties", "options", "shown"),
    [
        (MIDDLE, {}, "email name score tier"),
        ({"score": NUMBER, "name": short(5), "email": TEXT}, {}, "email name score"),
        ({"tier": TEXT, **RENAMED}, {"renames": {"contact": "email"}}, "contact name score tier"),
        # the view is made anew for another reason
        ({"tier": TEXT, "score": LONG, "email": TEXT, "name": short(5)}, {}, "email name score tier"),
        ({"tier": TEXT, "score": NUMBER, "name": short(5)}, {"drop": ["email"]}, "name score tier"),
        (
            {"tier": TEXT, "score": LONG, "contact": TEXT, "name": short(5)},
            {"renames": {"contact": "email"}},
            "contact name score tier",
        ),
    ],
    ids=["insert", "reorder", "rename and insert", "widen", "drop", "rename and widen"],
)
def test_the_view_keeps_its_columns_in_their_order_and_new_ones_come_last(
    warehouse: Database, properties: Mapping[str, Document], options: Mapping[str, Any], shown: str
) -> None:
    change(warehouse, properties, **options)
    assert [name for name, _ in profile_columns_of(warehouse, "profiles")] == shown.split()

    # neither does a resolution of identities change it
    execute(warehouse, "CALL resolve_identities()")
    assert [name for name, _ in profile_columns_of(warehouse, "profiles")] == shown.split()


@pytest.mark.parametrize("taken", ["ACCESS SHARE", "ACCESS EXCLUSIVE"])
def test_another_order_waits_for_nobody(warehouse: Database, taken: str) -> None:
    after = workspace({"score": NUMBER, "name": short(5), "email": TEXT})
    made = migration(warehouse, after)
    before = content(warehouse)
    names = ", ".join(f'"{warehouse.schema}".{name}' for name in (*TABLES, "profiles", "krenalis_events"))
    with warehouse.connect() as other, other.transaction():
        other.execute(f"LOCK TABLE {names} IN {taken} MODE".encode())
        provisioner_of(warehouse).update(after, columns(after), soon(), migration=made)
        assert provisioner_of(warehouse).inspect(soon()).workspace == after
    assert content(warehouse) == before


@pytest.mark.parametrize(
    ("properties", "options", "email"),
    [
        (RENAMED, {"renames": {"contact": "email"}}, "contact"),
        (WITH_TIER, {}, "email"),
        (WIDER, {}, "email"),
        ({"contact": TEXT, "score": LONG}, {"renames": {"contact": "email"}, "drop": ["name"]}, "contact"),
    ],
    ids=["rename", "append", "widen", "rename and widen"],
)
@pytest.mark.parametrize("granted", ["grants", "none"])
def test_what_was_said_of_the_view_stays(
    warehouse: Database,
    properties: Mapping[str, Document],
    options: Mapping[str, Any],
    email: str,
    granted: str,
) -> None:
    role = warehouse.role
    with another_role(warehouse, "reader") as reader, another_role(warehouse, "boss") as boss:
        execute(
            warehouse,
            f'GRANT "{boss}" TO "{role}"',
            f'GRANT USAGE, CREATE ON SCHEMA "{warehouse.schema}" TO "{boss}", "{reader}"',
            f'ALTER TABLE profiles OWNER TO "{boss}"',
            "ALTER VIEW profiles SET (security_barrier = true, security_invoker = false)",
            "COMMENT ON VIEW profiles IS 'all 100% of it''s people'",
            "COMMENT ON COLUMN profiles.email IS 'how to write'",
            "COMMENT ON COLUMN profiles._kpid IS 'who'",
            # taken back from the view that is there, but granted to one that is made
            f'ALTER DEFAULT PRIVILEGES FOR ROLE "{role}" GRANT ALL ON TABLES TO "{reader}", PUBLIC',
        )
        if granted == "grants":
            execute(
                warehouse,
                f'GRANT SELECT ON profiles TO PUBLIC, "{role}"',
                f'GRANT UPDATE, DELETE ON profiles TO "{reader}" WITH GRANT OPTION',
                f'GRANT SELECT (email, _kpid) ON profiles TO "{reader}"',
                f'GRANT UPDATE (email) ON profiles TO "{reader}" WITH GRANT OPTION',
                f'REVOKE TRUNCATE ON profiles FROM "{boss}"',
            )
        before = said_of_the_view(warehouse)

        change(warehouse, properties, **options)

        assert said_of_the_view(warehouse) == {
            (kind, email if column == "email" else column, text) for kind, column, text in before
        }


def test_what_was_said_of_a_column_of_the_view_goes_with_it_though_another_takes_its_name(
    warehouse: Database,
) -> None:
    execute(
        warehouse,
        "GRANT SELECT (email), UPDATE (name) ON profiles TO PUBLIC",
        "COMMENT ON COLUMN profiles.email IS 'how to write'",
    )

    change(
        warehouse,
        {"email": short(5), "score": NUMBER},
        renames={"email": "name"},
        drop=["email"],
    )

    assert {row for row in said_of_the_view(warehouse) if row[1] == "email"} == {
        ("grant", "email", "UPDATE 0 f")
    }


def test_an_owner_without_default_privileges_keeps_its_own(warehouse: Database) -> None:
    role = warehouse.role
    execute(warehouse, f'ALTER DEFAULT PRIVILEGES FOR ROLE "{role}" REVOKE ALL ON TABLES FROM "{role}"')
    before = said_of_the_view(warehouse)

    change(warehouse, WIDER)

    assert said_of_the_view(warehouse) == before


def said_of_the_view(database: Database) -> set[Row]:
    """Owner, options, grants (whoever made them) and comments, each with its column if it is about one."""
    return set(
        execute(
            database,
            """
            WITH view AS (SELECT * FROM pg_class WHERE oid = 'profiles'::regclass)
            SELECT 'owner', NULL, relowner::regrole::text FROM view
            UNION ALL SELECT 'options', NULL, reloptions::text FROM view
            UNION ALL SELECT 'comment', NULL, obj_description(oid, 'pg_class') FROM view
            UNION ALL SELECT 'comment', attname, col_description(attrelid, attnum) FROM view JOIN pg_attribute ON attrelid = view.oid
                       WHERE col_description(attrelid, attnum) IS NOT NULL
            UNION ALL SELECT 'grant', NULL, format('%s %s %s', privilege_type, grantee, is_grantable)
                        FROM view, aclexplode(coalesce(relacl, acldefault('r', relowner)))
            UNION ALL SELECT 'grant', attname, format('%s %s %s', privilege_type, grantee, is_grantable)
                        FROM view JOIN pg_attribute ON attrelid = view.oid, aclexplode(attacl)
            """,
        )
    )


@contextmanager
def another_role(database: Database, kind: str) -> Iterator[str]:
    """A login role of the server with the database role's password."""
    name = f"{database.name}_{kind}"
    with database.connect() as connection:
        connection.execute(f"CREATE ROLE \"{name}\" LOGIN PASSWORD '{database.password}'".encode())
        yield name
        connection.execute(f'DROP OWNED BY "{name}" CASCADE'.encode())
        connection.execute(f'DROP ROLE "{name}"'.encode())


def test_a_replaced_column_keeps_what_was_said_of_it_in_the_tables(warehouse: Database) -> None:
    execute(
        warehouse,
        "GRANT SELECT (name) ON krenalis_identities TO PUBLIC",
        "COMMENT ON COLUMN krenalis_profiles_0.name IS 'called'",
    )
    change(warehouse, {"email": TEXT, "name": NUMBER, "score": NUMBER}, drop=["name"])
    assert execute(
        warehouse, "SELECT has_column_privilege('public', 'krenalis_identities', 'name', 'SELECT')"
    ) == [(True,)]
    assert execute(
        warehouse,
        "SELECT col_description(attrelid, attnum) FROM pg_attribute"
        " WHERE attrelid = 'krenalis_profiles_0'::regclass AND attname = 'name'",
    ) == [("called",)]


DEPENDENTS = {
    "view cdp.report": "CREATE VIEW report AS SELECT email FROM profiles",
    "materialized view cdp.copy": "CREATE MATERIALIZED VIEW copy AS SELECT name FROM profiles",
    "function cdp.best()": "CREATE FUNCTION best() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT max(score) FROM profiles; END",
    "function cdp.shown(cdp.profiles)": "CREATE FUNCTION shown(profiles) RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "column p of table cdp.kept": "CREATE TABLE kept (p profiles)",
    "rule also on view cdp.profiles": "CREATE RULE also AS ON INSERT TO profiles DO INSTEAD NOTHING",
    # would be dropped along with the view, without a word
    "trigger late on view cdp.profiles": (
        "CREATE FUNCTION late() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
        "CREATE TRIGGER late INSTEAD OF INSERT ON profiles FOR EACH ROW EXECUTE FUNCTION late()"
    ),
    "view cdp.direct": "CREATE VIEW direct AS SELECT name FROM krenalis_profiles_0",
    "policy own on table cdp.krenalis_identities": "CREATE POLICY own ON krenalis_identities USING (name = 'x')",
}


@pytest.mark.parametrize("dependent", DEPENDENTS)
def test_a_dependent_is_found_at_plan_and_refused_by_an_apply(warehouse: Database, dependent: str) -> None:
    execute(warehouse, DEPENDENTS[dependent])
    before = content(warehouse)
    after = workspace({"email": TEXT, "score": NUMBER})
    made = migration(warehouse, after, drop=["name"])
    provisioner = provisioner_of(warehouse)

    (finding,) = provisioner.check_update(BEFORE.id, soon(), migration=made)
    assert (finding.verdict, str(finding.path)) == (Verdict.CONTRADICTED, "profile_schema")
    assert dependent in finding.detail
    with pytest.raises(CheckFailed, match="depends on"):
        provisioner.update(after, columns(after), soon(), migration=made)

    assert content(warehouse) == before
    found = provisioner.inspect(soon())
    assert (found.workspace, found.columns) == (BEFORE, made.expected)


@pytest.mark.parametrize(
    ("properties", "renames"),
    [
        (WITH_TIER, {}),
        (MIDDLE, {}),
        ({"score": NUMBER, "email": TEXT, "name": short(5)}, {}),
        (RENAMED, {"contact": "email"}),
    ],
    ids=["append", "insert", "reorder", "rename"],
)
def test_dependents_stay_where_the_view_is_not_made_anew(
    warehouse: Database, properties: Mapping[str, Document], renames: Mapping[str, str]
) -> None:
    execute(warehouse, *DEPENDENTS.values())
    change(warehouse, properties, renames=renames)
    assert execute(warehouse, "SELECT email FROM report") == [("a@example.com",)]


def test_an_index_goes_with_its_column_and_stays_with_a_renamed_one(warehouse: Database) -> None:
    execute(
        warehouse,
        "CREATE INDEX by_email ON krenalis_profiles_0 (email)",
        "CREATE INDEX by_name ON krenalis_profiles_0 (name)",
    )
    change(warehouse, {"contact": TEXT, "score": NUMBER}, renames={"contact": "email"}, drop=["name"])
    indexes = "SELECT indexname FROM pg_indexes WHERE indexname LIKE 'by_%'"
    assert execute(warehouse, indexes) == [("by_email",)]


def test_a_reader_is_named_waited_for_and_not_in_the_way_of_others(warehouse: Database) -> None:
    made = migration(warehouse, workspace(WITH_TIER))
    after = workspace(WITH_TIER)
    with warehouse.connect_as_role() as reader:
        reader.execute("BEGIN")
        reader.execute(f'SELECT FROM "{warehouse.schema}".profiles'.encode())
        with (
            over_at_a_lock(warehouse) as deadline,
            pytest.raises(WarehouseError, match="Warehouse is locked") as refused,
        ):
            provisioner_of(warehouse).update(after, columns(after), deadline, migration=made)
        pid = reader.info.backend_pid
        assert f'session {pid} of role "{warehouse.role}" holds AccessShareLock on "' in refused.value.detail
        assert "profiles)" in refused.value.detail
        assert execute(warehouse, "SELECT count(*)::int FROM profiles") == [(1,)]

        with ThreadPoolExecutor(1) as threads:
            updated = threads.submit(
                provisioner_of(warehouse).update, after, columns(after), soon(), migration=made
            )
            try:
                until(lambda: waits(warehouse), SECONDS)
            finally:
                reader.execute("ROLLBACK")
                updated.result()
    assert provisioner_of(warehouse).inspect(soon()).columns == made.columns


def test_a_warehouse_that_changed_since_the_plan_is_left_alone(warehouse: Database) -> None:
    after = workspace(WITH_TIER)
    made = migration(warehouse, after)
    execute(warehouse, "ALTER TABLE krenalis_profiles_0 ADD COLUMN strange int")
    before = content(warehouse)
    (finding,) = provisioner_of(warehouse).check_update(BEFORE.id, soon(), migration=made)
    assert 'there is a column "strange" of type integer' in finding.detail
    with pytest.raises(WarehouseChanged, match=r'there is a column "strange" of type integer .* plan again'):
        provisioner_of(warehouse).update(after, columns(after), soon(), migration=made)
    assert content(warehouse) == before
    assert provisioner_of(warehouse).inspect(soon()).workspace == BEFORE


def test_a_role_without_ownership_is_found_at_plan(warehouse: Database) -> None:
    made = migration(warehouse, workspace(WITH_TIER))
    with another_role(warehouse, "other") as other:
        execute(
            warehouse,
            f'GRANT USAGE, CREATE ON SCHEMA "{warehouse.schema}" TO "{other}"',
            f'GRANT ALL ON ALL TABLES IN SCHEMA "{warehouse.schema}" TO "{other}"',
        )
        provisioner = provisioner_of(warehouse, username=other)
        findings = provisioner.check_update(BEFORE.id, soon(), migration=made)
        detail = only_finding(findings, Verdict.ABSENT, "username", "Missing right to change the warehouse")
        assert f'GRANT "{warehouse.role}" TO "{other}"' in detail
        # a change of the record alone needs no more than to write it
        assert provisioner.check_update(BEFORE.id, soon(), migration=migration(warehouse, BEFORE)) == ()
        provisioner.update(replace(BEFORE, name="Clients"), columns(BEFORE), soon())

        execute(warehouse, f'GRANT "{warehouse.role}" TO "{other}"')
        change(warehouse, WITH_TIER, username=other)


@pytest.mark.parametrize("properties", [RENAMED, WITH_TIER, WIDER])
def test_the_procedure_or_the_view_is_made_anew_by_who_may_create_in_the_schema(
    warehouse: Database, properties: Mapping[str, Document]
) -> None:
    execute(warehouse, f'REVOKE CREATE ON SCHEMA "{warehouse.schema}" FROM "{warehouse.role}"')
    renames = {"contact": "email"} if "contact" in properties else {}
    made = migration(warehouse, workspace(properties), renames=renames)
    findings = provisioner_of(warehouse).check_update(BEFORE.id, soon(), migration=made)
    detail = only_finding(findings, Verdict.ABSENT, "schema", "Missing right on the schema")
    assert f'GRANT USAGE, CREATE ON SCHEMA "{warehouse.schema}" TO "{warehouse.role}";' in detail
    with pytest.raises(WorkspaceError, match="Missing right"):
        provisioner_of(warehouse).update(
            workspace(properties), columns(workspace(properties)), soon(), migration=made
        )


def test_missing_rights_on_the_record_are_found_at_plan(warehouse: Database) -> None:
    with another_role(warehouse, "other") as other:
        execute(
            warehouse,
            f'GRANT USAGE ON SCHEMA "{warehouse.schema}" TO "{other}"',
            f'GRANT SELECT, INSERT ON krenalis_workspace TO "{other}"',
        )
        findings = provisioner_of(warehouse, username=other).check_update(BEFORE.id, soon())
        detail = only_finding(findings, Verdict.ABSENT, "username", "Missing right on the workspace's record")
        assert "lacks UPDATE on table" in detail


def test_dropped_columns_count_against_the_limit_of_a_table(warehouse: Database) -> None:
    with warehouse.connect() as connection:
        table = f'"{warehouse.schema}".krenalis_identities'
        members = ", ".join(f"ADD COLUMN x{index} int" for index in range(1586))
        connection.execute(f"ALTER TABLE {table} {members}".encode())
        members = ", ".join(f"DROP COLUMN x{index}" for index in range(1586))
        connection.execute(f"ALTER TABLE {table} {members}".encode())
    change(warehouse, WITH_TIER)
    after = workspace({**WITH_TIER, "rank": TEXT})
    made = migration(warehouse, after, before=workspace(WITH_TIER))
    (finding,) = provisioner_of(warehouse).check_update(BEFORE.id, soon(), migration=made)
    assert 'table "krenalis_identities" would get 1 column, and has room for 0' in finding.detail
    with pytest.raises(CheckFailed):
        provisioner_of(warehouse).update(after, columns(after), soon(), migration=made)


def test_after_identity_resolutions_the_current_table_is_changed(warehouse: Database) -> None:
    execute(warehouse, "ALTER TABLE krenalis_profiles_0 RENAME TO krenalis_profiles_3")
    change(warehouse, MIDDLE)
    assert execute(warehouse, "SELECT email, tier FROM profiles") == [("a@example.com", None)]
    assert "krenalis_profiles_3" in execute(warehouse, "SELECT pg_get_viewdef('profiles'::regclass)")[0][0]


@pytest.mark.parametrize(
    "loss",
    [
        ["DROP VIEW profiles"],
        ["DROP VIEW profiles", "DROP TABLE krenalis_profiles_0"],
        ["DROP TABLE krenalis_identities"],
        ["ALTER TABLE krenalis_identities DROP COLUMN email"],
        ["DROP VIEW profiles", "ALTER TABLE krenalis_profiles_0 DROP COLUMN name"],
        ["ALTER TABLE krenalis_identities RENAME COLUMN email TO contact"],
    ],
    ids=lambda loss: loss[-1],
)
def test_a_migration_mends_on_the_way(warehouse: Database, loss: list[str]) -> None:
    execute(warehouse, *loss)
    after = workspace({"contact": TEXT, "name": short(5), "tier": NUMBER})
    found = provisioner_of(warehouse).inspect(soon())
    made = migrate(
        dialect,
        present=found.columns if "krenalis_profiles_0" in found.objects else None,
        before=columns(BEFORE),
        after=columns(after),
        renames={"contact": "email"},
        drop_columns=["score"],
        mode=None,
    )
    assert provisioner_of(warehouse).check_update(BEFORE.id, soon(), migration=made) == ()
    provisioner_of(warehouse).update(after, columns(after), soon(), migration=made)

    wanted = {column.name: dialect.column_type(column.type) for column in columns(after)}
    for relation in (*TABLES, "profiles"):
        assert dict(profile_columns_of(warehouse, relation)) == wanted


def test_a_table_that_contradicts_the_migration_is_reported(warehouse: Database) -> None:
    execute(warehouse, "ALTER TABLE krenalis_identities ADD COLUMN tier int")
    made = migration(warehouse, workspace(WITH_TIER))
    (finding,) = provisioner_of(warehouse).check_update(BEFORE.id, soon(), migration=made)
    assert 'table "krenalis_identities" has column "tier" of type integer' in finding.detail


def test_the_columns_of_strangers_stay(warehouse: Database) -> None:
    execute(warehouse, "ALTER TABLE krenalis_profiles_0 ADD COLUMN strange int DEFAULT 3")
    change(warehouse, MIDDLE)
    assert execute(warehouse, "SELECT strange FROM krenalis_profiles_0") == [(3,)]


WIDENINGS: dict[tuple[str, str], list[str]] = {
    ("character varying(5)", "character varying(9)"): ["'äöüßx'", "''"],
    ("character varying(5)", "character varying"): ["'äöüßx'"],
    ("smallint", "integer"): ["-32768", "32767"],
    ("smallint", "numeric(5,0)"): ["-32768", "32767"],
    ("integer", "bigint"): ["-2147483648", "2147483647"],
    ("integer", "numeric(12,2)"): ["-2147483648", "2147483647"],
    ("bigint", "numeric(20,0)"): ["-9223372036854775808", "9223372036854775807"],
    ("numeric(5,2)", "numeric(9,2)"): ["-999.99", "999.99", "'NaN'"],
    ("numeric(5,2)", "numeric(9,4)"): ["-999.99", "999.99", "'NaN'"],
    ("real", "double precision"): ["0.1", "3.4028235e38", "1e-45", "'NaN'", "'-Infinity'"],
    ("date", "timestamp without time zone"): ["'0001-01-01'", "'9999-12-31'", "'infinity'"],
    ("uuid", "character varying"): ["'123e4567-e89b-12d3-a456-426614174000'"],
    ("uuid", "character varying(36)"): ["'123e4567-e89b-12d3-a456-426614174000'"],
    ("character varying(5)[]", "character varying[]"): ["ARRAY['äöüßx', NULL]", "ARRAY[]::text[]"],
    ("character varying(5)[]", "character varying(9)[]"): ["ARRAY['äöüßx', NULL]"],
    ("integer[]", "bigint[]"): ["ARRAY[-2147483648, NULL]"],
    ("numeric(5,2)[]", "numeric(9,2)[]"): ["ARRAY[999.99]"],
    ("uuid[]", "character varying[]"): ["ARRAY['123e4567-e89b-12d3-a456-426614174000'::uuid]"],
}


@pytest.mark.parametrize(("old", "new"), WIDENINGS)
def test_a_wider_type_holds_every_value_and_costs_what_is_said(
    database: Database, old: str, new: str
) -> None:
    values = ", ".join(f"(({value})::{old})" for value in WIDENINGS[old, new])
    execute(
        database,
        f"CREATE TABLE t (was {old}, c {old})",
        f"INSERT INTO t (c) VALUES {values}",
        "UPDATE t SET was = c",
    )
    file = "SELECT pg_relation_filenode('t')"
    before = execute(database, file)
    execute(database, f"ALTER TABLE t ALTER COLUMN c TYPE {new}")
    rewritten = execute(database, file) != before
    assert execute(database, f"SELECT was, c FROM t WHERE c::{old} IS DISTINCT FROM was") == []
    assert dialect.widening(old, new) is (Widening.REWRITES if rewritten else Widening.IN_PLACE)


def test_a_type_that_is_repaired_truncates_nothing(warehouse: Database) -> None:
    """A column that drifted to a longer type is no reason to cut what is in it."""
    execute(
        warehouse,
        "DROP VIEW profiles",
        *(f"ALTER TABLE {table} ALTER COLUMN name TYPE varchar" for table in TABLES),
    )
    made = migrate(
        dialect,
        present=provisioner_of(warehouse).inspect(soon()).columns,
        before=columns(BEFORE),
        after=columns(workspace({"email": TEXT, "name": short(9), "score": NUMBER})),
        renames={},
        drop_columns=(),
        mode=None,
    )
    assert [str(loss.path) for loss in made.losses] == ["name"]
    assert made.problems


@pytest.fixture(scope="module")
def any_database(postgresql: Server) -> Iterator[Database]:
    database = postgresql.database()
    yield database
    database.drop()


@pytest.mark.slow
@given(first=documents(), second=documents())
@examples(25)
def test_any_schema_migrates_to_any_other(any_database: Database, first: Document, second: Document) -> None:
    before, after = of(lowered(first)), of(lowered(second))
    provisioner = provisioner_of(any_database)

    def made_anew(workspace: Workspace) -> None:
        provisioner.drop(workspace.id, soon())
        provisioner.initialize(workspace, columns(workspace), soon())

    def seen() -> list[Any]:
        return [sorted(profile_columns_of(any_database, relation)) for relation in (*TABLES, "profiles")]

    made_anew(after)
    wanted = seen()
    made_anew(before)
    made = migration(
        any_database, after, before=before, drop=[str(column.path) for column in columns(before)]
    )
    assert provisioner.check_update(before.id, soon(), migration=made) == ()
    provisioner.update(after, columns(after), soon(), migration=made)
    assert seen() == wanted
    assert provisioner.inspect(soon()).columns == made.columns


def lowered(document: Document) -> Document:
    """The document with lengths that PostgreSQL has."""
    match document:
        case dict():
            return {
                key: min(value, 10_000_000) if key in {"maxLength", "maxBytes"} else lowered(value)
                for key, value in document.items()
            }
        case list():
            return [lowered(item) for item in document]
        case _:
            return document
