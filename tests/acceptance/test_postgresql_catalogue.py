"""What a creation makes in PostgreSQL, object by object (docs/facts/krenalis.md, "Objects of a warehouse")."""

from dataclasses import replace
from decimal import Decimal

import pytest
from psycopg import sql

from krenalis_provider.model.profile_columns import profile_columns
from krenalis_provider.model.profile_schema import parse
from krenalis_provider.model.workspace import UIPreferences, UserProfile, WarehouseMode, Workspace
from krenalis_provider.warehouses.engines.engine import Provisioner
from krenalis_provider.warehouses.postgresql import dialect, snapshot
from tests.acceptance import expected_catalogue as expected
from tests.support.column_types import COLUMN_TYPES
from tests.support.customers import COLUMNS, CUSTOMERS
from tests.support.postgresql import Database
from tests.support.postgresql_warehouse import columns_of, content, execute, provisioner_of, soon
from tests.support.profile_documents import document, prop


@pytest.fixture
def provisioner(database: Database) -> Provisioner:
    return provisioner_of(database)


@pytest.mark.parametrize("table", expected.TABLES)
def test_a_table_has_the_columns_that_krenalis_makes(pristine: Database, table: str) -> None:
    assert columns_of(pristine, table) == expected.columns(expected.TABLES[table])


@pytest.mark.parametrize("view", expected.VIEWS)
def test_a_view_has_the_columns_that_krenalis_makes(pristine: Database, view: str) -> None:
    assert columns_of(pristine, view) == expected.columns(expected.VIEWS[view])


def test_the_catalogue_spells_every_column_type_the_same(database: Database) -> None:
    spelt = [type_ for _, type_ in COLUMN_TYPES]
    members = [sql.SQL(f"c{index} {type_}") for index, type_ in enumerate(spelt)]
    with database.connect() as connection:
        connection.execute(sql.SQL("CREATE TABLE public.spelling ({})").format(sql.SQL(", ").join(members)))
        rows = connection.execute(
            "SELECT format_type(atttypid, atttypmod) FROM pg_attribute"
            " WHERE attrelid = 'public.spelling'::regclass AND attnum > 0 ORDER BY attnum"
        ).fetchall()
    assert [row[0] for row in rows] == spelt


def test_every_type_has_its_column_in_the_tables_and_the_view(database: Database) -> None:
    properties = [prop(f"c{index}", type_) for index, (type_, _) in enumerate(COLUMN_TYPES)]
    schema = parse(document(*properties)).schema
    assert schema
    wanted = [(f"c{index}", type_, "") for index, (_, type_) in enumerate(COLUMN_TYPES)]

    provisioner_of(database).initialize(CUSTOMERS, profile_columns(schema), soon())

    for relation, own in (("krenalis_identities", 10), ("krenalis_profiles_0", 3), ("profiles", 2)):
        assert columns_of(database, relation)[own:] == wanted


def test_the_only_constraints_are_the_primary_keys(pristine: Database) -> None:
    rows = execute(
        pristine,
        "SELECT conname, contype::text FROM pg_constraint WHERE connamespace = current_schema()::regnamespace"
        " AND contype <> 'n'",  # newer versions list NOT NULL too
    )
    assert set(rows) == {(name, "p") for name in expected.INDEXES if name.endswith("_pkey")}


def test_the_sequences_are_those_of_identity_columns(pristine: Database) -> None:
    rows = execute(
        pristine,
        """
        SELECT c.relname, seqtypid::regtype::text, seqstart, seqincrement, seqcycle,
               d.refobjid::regclass::text, a.attname, d.deptype::text
          FROM pg_sequence JOIN pg_class c ON c.oid = seqrelid
          JOIN pg_depend d ON d.objid = seqrelid AND d.classid = 'pg_class'::regclass AND d.refobjsubid > 0
          JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
         WHERE relnamespace = current_schema()::regnamespace
        """,
    )
    assert set(rows) == {
        (name, "integer", 1, 1, False, "krenalis_identities", name.split("_", 2)[2].removesuffix("_seq"), "i")
        for name in expected.SEQUENCES
    }


def test_nothing_is_said_of_the_relations_beyond_their_columns(pristine: Database) -> None:
    rows = execute(
        pristine,
        """
        SELECT relname FROM pg_class
         WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'v')
           AND (reloptions IS NOT NULL OR relacl IS NOT NULL OR relpersistence <> 'p' OR relrowsecurity
                OR relhastriggers OR obj_description(oid, 'pg_class') IS NOT NULL)
        """,
    )
    assert rows == []


def test_there_are_no_other_relations_than_those_that_krenalis_makes(pristine: Database) -> None:
    rows = execute(
        pristine,
        "SELECT relname, relkind::text FROM pg_class WHERE relnamespace = current_schema()::regnamespace",
    )
    assert set(rows) == {
        *((name, "r") for name in expected.TABLES),
        *((name, "v") for name in expected.VIEWS),
        *((name, "i") for name in expected.INDEXES),
        *((name, "S") for name in expected.SEQUENCES),
    }


def test_the_indexes_are_those_that_krenalis_makes(pristine: Database) -> None:
    rows = execute(
        pristine,
        """
        SELECT i.relname, CASE WHEN indisprimary THEN 'primary key' ELSE amname END, t.relname,
               array(SELECT attname::text FROM unnest(indkey) WITH ORDINALITY AS k (number, position)
                       JOIN pg_attribute ON attrelid = indrelid AND attnum = number ORDER BY position)
          FROM pg_index JOIN pg_class i ON i.oid = indexrelid JOIN pg_am ON pg_am.oid = i.relam
          JOIN pg_class t ON t.oid = indrelid WHERE i.relnamespace = current_schema()::regnamespace
        """,
    )
    found = {name: f"{kind} {table} ({', '.join(columns)})" for name, kind, table, columns in rows}
    assert found == expected.INDEXES


def test_the_types_are_those_that_krenalis_makes(pristine: Database) -> None:
    rows = execute(
        pristine,
        """
        SELECT typname, array_agg(enumlabel::text ORDER BY enumsortorder)
          FROM pg_type JOIN pg_enum ON enumtypid = pg_type.oid
         WHERE typnamespace = current_schema()::regnamespace GROUP BY typname
        """,
    )
    assert dict(rows) == expected.TYPES


def test_the_only_routine_is_the_procedure_that_krenalis_makes_later(pristine: Database) -> None:
    query = (
        "SELECT proname, prokind, pronargs FROM pg_proc WHERE pronamespace = current_schema()::regnamespace"
    )
    assert execute(pristine, query) == [("resolve_identities", "p", 0)]


def test_the_views_show_the_rows_of_their_tables(database: Database, provisioner: Provisioner) -> None:
    provisioner.initialize(CUSTOMERS, COLUMNS, soon())
    execute(
        database,
        "INSERT INTO krenalis_profiles_0 (_updated_at, email, preferences_categories) VALUES (now(), 'a@b', '{x,y}')",
        "INSERT INTO krenalis_events (connection_id, anonymous_id, message_id, received_at, sent_at, timestamp,"
        " traits, type, context_os_name) VALUES ('c', 'a', 'm', now(), now(), now(), '{}', 'page', 'Chrome OS')",
    )
    assert execute(database, "SELECT email, preferences_categories FROM profiles") == [("a@b", ["x", "y"])]
    assert execute(database, "SELECT message_id, type, context_os_name FROM events") == [
        ("m", "page", "Chrome OS")
    ]


def test_the_objects_of_the_platform_are_those_that_a_creation_makes(pristine: Database) -> None:
    found = provisioner_of(pristine).inspect(soon())

    assert found.objects == dialect.NAMES.objects
    assert dict(found.columns) == {
        name: type_ for name, type_, _ in expected.columns(expected._PROFILE_COLUMNS)
    }
    assert list(found.columns) == [column.name for column in COLUMNS]


def test_the_record_keeps_the_workspace_to_the_letter(database: Database, provisioner: Provisioner) -> None:
    document = {"z": Decimal("1.50"), "a": [1, -2, True, None, 'ä"\\\n', 12345678901234567890123], "m": {}}
    workspace = Workspace(
        "7",
        'It\'s "%s" 100 %',
        WarehouseMode.INSPECTION,
        document,
        UIPreferences(UserProfile(first_name="first_name", extra="")),
        ("customer_id", "email"),
        {"email": "1604839201"},
        resolve_identities_on_batch_import=False,
    )
    provisioner.initialize(workspace, COLUMNS, soon())

    found = provisioner.inspect(soon()).workspace

    assert found == workspace
    assert isinstance(found, Workspace)
    assert list(found.profile_schema) == ["z", "a", "m"]
    assert str(found.profile_schema["z"]) == "1.50"


def test_a_schema_may_have_any_name(database: Database) -> None:
    name = 'It\'s "50 %s" %'
    with database.connect() as connection:
        names = {"schema": sql.Identifier(name), "role": sql.Identifier(database.role)}
        connection.execute(sql.SQL("CREATE SCHEMA {schema}").format(**names))
        connection.execute(sql.SQL("GRANT USAGE, CREATE ON SCHEMA {schema} TO {role}").format(**names))
    provisioner = provisioner_of(database, schema=name)

    provisioner.initialize(CUSTOMERS, COLUMNS, soon())
    provisioner.update(CUSTOMERS, COLUMNS, soon())

    assert provisioner.inspect(soon()).objects == dialect.NAMES.objects
    provisioner.drop(CUSTOMERS.id, soon())
    assert content(replace(database, schema=name)) == set()


def test_the_search_path_and_a_serializable_default_do_not_matter(
    database: Database, provisioner: Provisioner
) -> None:
    execute(
        database,
        "CREATE DOMAIN text AS pg_catalog.int4",
        f"ALTER ROLE {database.role} SET search_path = {database.schema}, pg_catalog",
        f"ALTER ROLE {database.role} SET default_transaction_isolation = 'serializable'",
    )
    provisioner.initialize(CUSTOMERS, COLUMNS, soon())
    assert provisioner.inspect(soon()).objects == dialect.NAMES.objects


def test_what_the_other_schemas_hold_is_not_read_along(initialized: Database) -> None:
    _make_schemas(initialized, 1, 100)
    before = _blocks_of_a_look(initialized)
    _make_schemas(initialized, 101, 300)
    assert _blocks_of_a_look(initialized) <= before + 10


def _make_schemas(database: Database, first: int, last: int) -> None:
    """Schemas with objects that have names of ours, and others."""
    with database.connect() as connection:
        connection.execute(
            f"""
            DO $$
            BEGIN
                FOR number IN {first} .. {last} LOOP
                    EXECUTE format('CREATE SCHEMA other_%s', number);
                    FOR other IN 1 .. 10 LOOP
                        EXECUTE format('CREATE TABLE other_%s.table_%s ()', number, other);
                    END LOOP;
                    EXECUTE format('CREATE TABLE other_%s.krenalis_profiles_0 ()', number);
                    EXECUTE format('CREATE PROCEDURE other_%s.resolve_identities() BEGIN ATOMIC END', number);
                END LOOP;
            END $$
            """.encode()
        )


def _blocks_of_a_look(database: Database) -> int:
    """How many blocks PostgreSQL reads to find the objects of a workspace."""
    question = snapshot.objects_in(database.schema)
    assert isinstance(question.query, str)
    with database.connect() as connection:
        connection.execute("VACUUM ANALYZE")
        cursor = connection.execute(
            sql.SQL("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {}").format(sql.SQL(question.query)),
            question.values,
        )
        ((plans,),) = cursor.fetchall()
    plan = plans[0]["Plan"]
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])
