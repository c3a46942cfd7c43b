"""A run of `resolve_identities()`: what it writes and keeps, refuses and waits for, in warehouses of all sorts."""

import threading
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.types.json import Jsonb

from tests.acceptance.identity_warehouse import (
    Warehouse,
    add_event,
    members,
    merged,
    property_,
    the_profile,
    warehouse_of,
)
from tests.support.identities import Identity
from tests.support.postgresql import Database, Server
from tests.support.processes import SECONDS

UNTIL_IT_WAITS = """
SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database() AND query LIKE %s
"""


@pytest.fixture
def warehouse(database: Database) -> Warehouse:
    """A warehouse with the procedure; no identifiers."""
    warehouse = warehouse_of(database)
    warehouse.install()
    return warehouse


def test_the_profiles_stay_in_their_table_and_the_operations_are_noted(warehouse: Warehouse) -> None:
    before = warehouse.execute("SELECT 'krenalis_profiles_0'::regclass::oid")
    warehouse.add(Identity(1, "u", values={"email": "A"}))
    with warehouse.connect() as connection:  # one session, with plans that are made once
        connection.execute(warehouse.call)
        connection.execute(warehouse.call)

    tables = warehouse.execute("SELECT oid FROM pg_class WHERE relname LIKE 'krenalis_profiles%' ORDER BY 1")
    assert tables == before
    assert warehouse.execute("SELECT 1 FROM krenalis_profile_schema_versions") == []
    operations = warehouse.execute(
        "SELECT operation_type::text, error, abs(extract(epoch FROM completed_at - now() AT TIME ZONE 'UTC')) < 60"
        "  FROM krenalis_system_operations"
    )
    assert operations == [("IdentityResolution", "", True)] * 2
    assert warehouse.execute("SELECT email FROM profiles") == [("A",)]


def test_only_profiles_that_change_are_written(warehouse: Warehouse) -> None:
    def versions() -> dict[Any, Any]:
        return dict(warehouse.execute("SELECT _identities[1], (xmin, ctid)::text FROM krenalis_profiles_0"))

    def of(name: str) -> Identity:
        return Identity(ord(name), name, values={"email": name, "tags": [name], "extra": Jsonb({"a": 1})})

    warehouse.install(["email"])
    warehouse.add(*map(of, "ABCD"))
    warehouse.resolve()
    before = versions()
    kpids = dict(warehouse.execute("SELECT email, _kpid FROM profiles"))

    warehouse.resolve()
    assert versions() == before

    warehouse.execute("UPDATE krenalis_identities SET extra = '{\"a\": 1.0}' WHERE email = 'B'")
    warehouse.execute("DELETE FROM krenalis_identities WHERE email = 'C'")
    warehouse.add(of("E"))
    warehouse.resolve()

    after = versions()
    assert {name for name in "ABCDE" if before.get(ord(name)) == after.get(ord(name))} == {"A", "D"}
    assert warehouse.execute("SELECT email, extra::text FROM profiles ORDER BY 1") == [
        ("A", '{"a": 1}'),
        ("B", '{"a": 1.0}'),
        ("D", '{"a": 1}'),
        ("E", '{"a": 1}'),
    ]
    kept = dict(warehouse.execute("SELECT email, _kpid FROM profiles"))
    assert {name: kept[name] for name in "ABD"} == {name: kpids[name] for name in "ABD"}


def test_rows_are_written_in_the_order_in_which_they_were_stored(warehouse: Warehouse) -> None:
    """Also where no table fits into memory: in any other order each row is a page to read and to write."""
    warehouse.install(["email"])
    warehouse.execute(
        "INSERT INTO krenalis_identities (_pipeline, _identity_id, _connection, _updated_at, email)"
        " SELECT 'p', n, '1', now(), n / 3 FROM generate_series(1, 20000) n"
    )
    with warehouse.connect() as connection:
        connection.execute("SET work_mem = '64kB'")
        connection.execute(warehouse.call)

    stored = [pk for (pk,) in warehouse.execute("SELECT _pk FROM krenalis_identities ORDER BY ctid")]
    assert stored == sorted(stored)


def test_the_view_keeps_what_was_said_of_it(warehouse: Warehouse) -> None:
    name = f"{warehouse.database.role}_reader"
    says = """
    SELECT relowner::regrole::text, relacl::text, reloptions, obj_description(oid),
           (SELECT attacl::text FROM pg_attribute WHERE attrelid = pg_class.oid AND attname = 'email')
      FROM pg_class WHERE oid = 'profiles'::regclass
    """
    with warehouse.database.connect() as superuser:
        superuser.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(name)))
    try:
        warehouse.execute(f'GRANT SELECT ON profiles TO "{name}"')
        warehouse.execute(f'GRANT UPDATE (email) ON profiles TO "{name}"')
        warehouse.execute("COMMENT ON VIEW profiles IS 'all customers'")
        warehouse.execute("ALTER VIEW profiles SET (security_barrier = on, check_option = 'local')")
        warehouse.execute("CREATE VIEW emails AS SELECT email FROM profiles")
        before = warehouse.execute(says)
        warehouse.add(Identity(1, "u", values={"email": "A"}))

        warehouse.resolve()

        assert warehouse.execute(says) == before
        assert warehouse.execute("SELECT email FROM emails") == [("A",)]
    finally:
        with warehouse.database.connect() as superuser:
            superuser.execute(sql.SQL("DROP OWNED BY {0}; DROP ROLE {0}").format(sql.Identifier(name)))


def test_a_view_that_is_missing_is_made_for_the_owner_of_the_table(warehouse: Warehouse) -> None:
    warehouse.execute("DROP VIEW profiles")
    warehouse.add(Identity(1, "u", values={"email": "A"}))
    with warehouse.database.connect() as superuser:
        superuser.execute(warehouse.call)
    assert warehouse.execute("SELECT email FROM profiles") == [("A",)]
    owners = warehouse.execute(
        "SELECT relowner::regrole::text FROM pg_class WHERE oid = 'profiles'::regclass"
    )
    assert owners == [(warehouse.database.role,)]


def test_a_superuser_may_call_it_and_leaves_nothing_of_their_own(warehouse: Warehouse) -> None:
    with warehouse.database.connect() as superuser:
        superuser.execute(warehouse.call)
        query = "SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole AND relnamespace = %s::regnamespace"
        assert superuser.execute(query, [warehouse.database.schema]).fetchall() == [(0,)]
    assert warehouse.resolve() == []


@pytest.mark.parametrize(
    ("obstacle", "error"),
    [
        pytest.param(
            "ALTER TABLE krenalis_identities ADD CHECK (_kpid IS NULL)",
            psycopg.errors.CheckViolation,
            id="a check of the identities, in the middle",
        ),
        pytest.param(
            "ALTER TABLE krenalis_profiles_0 ADD CHECK (email <> 'A')",
            psycopg.errors.CheckViolation,
            id="a check of the profiles, near the end",
        ),
        pytest.param(
            "ALTER TABLE krenalis_system_operations ADD CHECK (operation_type <> 'IdentityResolution')",
            psycopg.errors.CheckViolation,
            id="a check of the operations, at the end",
        ),
    ],
)
def test_a_failure_leaves_everything_as_it_was(
    warehouse: Warehouse, obstacle: str, error: type[psycopg.Error]
) -> None:
    warehouse.add(Identity(1, "u", values={"email": "A"}))
    add_event(warehouse, "m", "1", "u", "d")
    warehouse.execute(obstacle)
    before = warehouse.snapshot()

    with pytest.raises(error):
        warehouse.resolve()

    assert warehouse.snapshot() == before


def test_a_failed_run_does_not_hinder_the_next(warehouse: Warehouse) -> None:
    warehouse.add(Identity(1, "u", values={"email": "A"}))
    warehouse.execute("ALTER TABLE krenalis_profiles_0 ADD CONSTRAINT short CHECK (email <> 'A')")
    with pytest.raises(psycopg.errors.CheckViolation):
        warehouse.resolve()
    warehouse.execute("ALTER TABLE krenalis_profiles_0 DROP CONSTRAINT short")
    assert members(warehouse.resolve()) == [(1,)]
    assert warehouse.execute("SELECT count(*) FROM krenalis_system_operations") == [(1,)]


@pytest.mark.parametrize("isolation", ["READ COMMITTED", "REPEATABLE READ"])
def test_readers_neither_wait_nor_are_waited_for_and_see_all_of_a_run_or_nothing(
    warehouse: Warehouse, isolation: str
) -> None:
    warehouse.add(Identity(1, "u", values={"email": "A"}))
    warehouse.resolve()
    warehouse.add(Identity(2, "v", values={"email": "B"}), Identity(3, "u", values={"email": "C"}))
    query = b"SELECT array_agg(email ORDER BY email) FROM profiles"
    with warehouse.connect() as caller, warehouse.connect() as reader:
        reader.execute(f"BEGIN ISOLATION LEVEL {isolation}".encode())
        reader.execute("SET lock_timeout = '1ms'")
        reader.execute("SELECT 1 FROM krenalis_events, krenalis_identities")
        assert reader.execute(query).fetchall() == [(["A"],)]
        caller.execute("BEGIN")
        caller.execute("SET lock_timeout = '1ms'")
        caller.execute(warehouse.call)
        assert reader.execute(query).fetchall() == [(["A"],)]
        caller.execute("COMMIT")
        seen = ["A"] if isolation == "REPEATABLE READ" else ["B", "C"]
        assert reader.execute(query).fetchall() == [(seen,)]
        reader.execute("COMMIT")


@pytest.mark.parametrize(
    "other",
    [
        "CALL resolve_identities()",
        "INSERT INTO krenalis_identities VALUES (2, 'p', false, 'v', '1', NULL, now())",
    ],
    ids=["a second run", "an import"],
)
def test_while_it_runs_others_wait(warehouse: Warehouse, other: str) -> None:
    warehouse.add(Identity(1, "u", values={"email": "A"}))
    with warehouse.connect() as first, warehouse.connect() as second, warehouse.connect() as onlooker:
        first.execute("BEGIN")
        first.execute(warehouse.call)
        thread = threading.Thread(target=second.execute, args=[other.encode()])
        thread.start()
        while onlooker.execute(UNTIL_IT_WAITS, [f"{other}%"]).fetchone() == (0,):
            assert thread.is_alive()
        assert onlooker.execute("SELECT count(*) FROM krenalis_identities").fetchall() == [(1,)]
        first.execute("COMMIT")
        thread.join(SECONDS)
        assert not thread.is_alive()
    runs = 2 if other.startswith("CALL") else 1
    assert warehouse.execute("SELECT count(*) FROM krenalis_system_operations") == [(runs,)]
    assert warehouse.execute("SELECT email FROM profiles") == [("A",)]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("UPDATE krenalis_workspace SET mode = 'Inspection'", "the mode of the warehouse is Inspection"),
        ("UPDATE krenalis_workspace SET mode = 'Maintenance'", "the mode of the warehouse is Maintenance"),
        ("DELETE FROM krenalis_workspace", "the record of the workspace is missing"),
    ],
)
def test_it_is_refused_unless_the_mode_is_normal(warehouse: Warehouse, change: str, reason: str) -> None:
    warehouse.add(Identity(1, "u"))
    warehouse.execute(change)
    before = warehouse.snapshot()

    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState) as refused:
        warehouse.resolve()

    assert refused.value.diag.message_primary == f"identity resolution refused: {reason}"
    assert (refused.value.diag.message_hint or "").startswith("Apply the workspace with ")
    assert warehouse.snapshot() == before


@pytest.mark.parametrize(
    "schema", ["weird.\"Schema'", "100 % %s %I {} {0}", "$$ $body$ $1 \\ \\'", "CamelCase", "ünï-☃", "select"]
)
def test_a_schema_may_have_any_name(postgresql: Server, schema: str) -> None:
    database = postgresql.database(schema=schema)
    try:
        warehouse = warehouse_of(database)
        warehouse.install(["email"], {"email": "1"})
        warehouse.add(Identity(1, "u", values={"email": "A"}), Identity(2, "v", values={"email": "A"}))
        warehouse.execute("ALTER VIEW profiles SET (security_barrier)")
        assert members(warehouse.resolve()) == [(1, 2)]
        assert members(warehouse.resolve()) == [(1, 2)]
        assert warehouse.execute("SELECT email FROM profiles") == [("A",)]
    finally:
        database.drop()


def test_the_search_path_does_not_matter(warehouse: Warehouse) -> None:
    schema = warehouse.database.schema
    warehouse.install(["email"])
    warehouse.add(Identity(1, "u", values={"email": "A"}), Identity(2, "v", values={"email": "A"}))
    for trap in (
        "CREATE DOMAIN text AS pg_catalog.int4",
        "CREATE FUNCTION wrong(pg_catalog.text, pg_catalog.text) RETURNS bool LANGUAGE sql RETURN false",
        "CREATE OPERATOR = (FUNCTION = wrong, LEFTARG = pg_catalog.text, RIGHTARG = pg_catalog.text)",
        "CREATE FUNCTION gen_random_uuid() RETURNS uuid LANGUAGE sql RETURN NULL::uuid",
    ):
        warehouse.execute(trap)
    with warehouse.connect() as connection:
        connection.execute(f"SET search_path TO {schema}, pg_catalog".encode())
        connection.execute("CREATE TEMP TABLE krenalis_identities ()")
        connection.execute(warehouse.call)
    (profile,) = warehouse.profiles()
    assert profile.identities == (1, 2)
    assert profile.kpid


def test_an_empty_warehouse_has_no_profiles(warehouse: Warehouse) -> None:
    warehouse.install(["customer_id", "email"])
    assert warehouse.resolve() == []
    assert warehouse.execute("SELECT count(*) FROM krenalis_system_operations") == [(1,)]


def test_identities_without_an_id_are_nobody_else(warehouse: Warehouse) -> None:
    warehouse.execute("ALTER TABLE krenalis_identities ALTER _identity_id DROP NOT NULL")
    warehouse.add(Identity(1, "u"), Identity(2, "v"))
    warehouse.execute("UPDATE krenalis_identities SET _identity_id = NULL")
    assert members(warehouse.resolve()) == [(1,), (2,)]


def test_keys_may_have_gaps_and_be_negative(warehouse: Warehouse) -> None:
    warehouse.add(*(Identity(pk, "u") for pk in (-5, 0, 2**31 - 1)), Identity(-(2**31), "v"))
    assert members(warehouse.resolve()) == [(-(2**31),), (-5, 0, 2**31 - 1)]


def test_a_column_may_be_called_as_anything_in_the_procedure(database: Database) -> None:
    names = [
        "identity",
        "profile",
        "member",
        "list",
        "item",
        "nth",
        "place",
        "key",
        "held",
        "mode",
        "version",
        "text",
    ]
    strings = [property_(name, "string") for name in names]
    lists = [property_(f"{name}s", "array", elementType={"kind": "string"}) for name in names]
    warehouse = warehouse_of(database, {"kind": "object", "properties": strings + lists})
    warehouse.install(names, {"profile": "1"})
    values = {name: name for name in names} | {f"{name}s": [name] for name in names}
    warehouse.add(Identity(1, "u", values=values), Identity(2, "v", values=values))
    assert the_profile(warehouse).values == values


VALUES: dict[str, tuple[dict[str, Any], str]] = {
    # a value of each kind, as SQL
    "string": ({}, "'It''s'"),
    "boolean": ({}, "false"),
    "int": ({"bitSize": 64, "unsigned": True}, "18446744073709551615"),
    "float": ({"bitSize": 64}, "'NaN'"),
    "decimal": ({"precision": 20}, "12345678901234567890"),
    "datetime": ({}, "'2026-02-03 04:05:06.789012'"),
    "date": ({}, "'0001-01-01'"),
    "time": ({}, "'23:59:59.999999'"),
    "year": ({}, "1999"),
    "uuid": ({}, "'6f9619ff-8b86-d011-b42d-00c04fc964ff'"),
    "json": ({}, """'{"a": [1, null]}'"""),
    "ip": ({}, "'10.0.0.1'"),
    "map": ({"elementType": {"kind": "int", "bitSize": 8}}, """'{"a": 1}'"""),
}


def test_columns_of_every_kind_are_merged(database: Database) -> None:
    plain = [property_(kind, kind, **parameters) for kind, (parameters, _) in VALUES.items()]
    lists = [
        property_(f"{kind}_list", "array", elementType={"kind": kind, **parameters})
        for kind, (parameters, _) in VALUES.items()
        if kind != "map"
    ]
    document = {"kind": "object", "properties": [property_("all", "object", properties=[*plain, *lists])]}
    identifying = [f"all.{kind}" for kind in ("string", "int", "uuid", "ip", "decimal")]
    warehouse = warehouse_of(database, document)
    warehouse.install(identifying, {f"all.{kind}": "1" for kind in VALUES})
    values = {f"all_{kind}": value for kind, (_, value) in VALUES.items()}
    arrays = {
        f"all_{prop['name']}": f"ARRAY[{value}, NULL, {value}]::{column_type_of(warehouse, prop['name'])}"
        for prop, (_, value) in zip(lists, VALUES.values(), strict=False)
    }
    row = {"_pipeline": "'p'", "_connection": "'1'", "_updated_at": "now()"} | values | arrays
    for number in (1, 2):
        warehouse.execute(
            f"INSERT INTO krenalis_identities (_identity_id, {', '.join(row)}) VALUES ({number}, {', '.join(row.values())})"
        )

    assert members(warehouse.resolve()) == [(1, 2)]

    names = ", ".join(values)
    assert repr(warehouse.execute(f"SELECT {names} FROM profiles")) == repr(
        warehouse.execute(f"SELECT {names} FROM krenalis_identities LIMIT 1")
    )
    trimmed = ", ".join(f"{name}[1:2]" for name in arrays)
    assert repr(warehouse.execute(f"SELECT {', '.join(arrays)} FROM profiles")) == repr(
        warehouse.execute(f"SELECT {trimmed} FROM krenalis_identities LIMIT 1")
    )


def column_type_of(warehouse: Warehouse, name: str) -> str:
    query = "SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'profiles'::regclass AND attname = %(n)s"
    return str(warehouse.execute(query, {"n": f"all_{name}"})[0][0])


def test_a_workspace_may_have_as_many_columns_as_postgresql_allows(database: Database) -> None:
    names = [f"c{number}" for number in range(1_590)]
    document = {"kind": "object", "properties": [property_(name, "boolean") for name in names[:-90]]}
    document["properties"] += [  # type: ignore[operator] # the values of the literal are of two types
        property_(name, "array", elementType={"kind": "int", "bitSize": 8}) for name in names[-90:]
    ]
    warehouse = warehouse_of(database, document)
    warehouse.install()
    first = dict.fromkeys(names[:500], True) | {"c1589": [1]}
    second = dict.fromkeys(names[400:800], False) | {"c1589": [2]}
    profile = merged(warehouse, Identity(1, "u", values=first), Identity(2, "u", values=second))
    assert profile.values == {**first, **second, "c1589": [1, 2]}
