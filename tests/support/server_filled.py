"""Warehouses as a Krenalis server fills them, and as its identity resolutions leave them, on both platforms.

What resolutions leave was seen in warehouses of a real server (docs/facts/krenalis.md, "Objects made later").
"""

from tests.support.krenalis_server.postgresql import PostgreSQL
from tests.support.krenalis_server.profile_types import Property, Type
from tests.support.postgresql import Database
from tests.support.postgresql_warehouse import execute
from tests.support.snowflake import SnowflakeDatabase

SCHEMA = Type(
    "object",
    properties=(
        Property("email", Type("string", (("maxLength", 254),))),
        Property("visits", Type("int", (("bitSize", 32),))),
    ),
)
GOOD = "00000000-0000-0000-0000-00000000000"


def fill(database: Database, *, next_version: bool = False) -> Database:
    """The database, now with what a server makes of a new workspace."""
    PostgreSQL(database.settings(), 10, next_version=next_version).initialise(SCHEMA)
    return database


def resolve(database: Database, number: int, error: str = "") -> None:
    """Run the identity resolution that makes profiles table `number`; one with an error leaves the view as it is."""
    before = f"krenalis_profiles_{number - 1}"
    as_role(
        database,
        "DROP TABLE IF EXISTS krenalis_graph_edges, krenalis_graph_merge_clusters",
        "CREATE TABLE krenalis_graph_edges (i1 int, i2 int)",
        "CREATE TABLE krenalis_graph_merge_clusters (c1 int, c2 int)",
        "DROP AGGREGATE IF EXISTS array_cat_agg(anycompatiblearray)",
        "CREATE AGGREGATE array_cat_agg(anycompatiblearray) (SFUNC = array_cat, STYPE = anycompatiblearray)",
        f"CREATE TABLE krenalis_profiles_{number} (LIKE krenalis_profiles_0)"
        if number == 1
        else f"CREATE TABLE krenalis_profiles_{number} (LIKE {before})",
        f"INSERT INTO krenalis_profile_schema_versions VALUES ({number}, '{GOOD}{number}', now())",
        "CREATE OR REPLACE PROCEDURE resolve_identities() LANGUAGE sql AS 'TRUNCATE krenalis_graph_edges'",
        "INSERT INTO krenalis_system_operations (id, operation_type, completed_at, error) "
        f"VALUES ('{GOOD}{number}', 'IdentityResolution', now(), '{error}')",
    )
    if not error:
        as_role(
            database,
            f"INSERT INTO krenalis_profiles_{number} (_kpid, _updated_at, email) VALUES (gen_random_uuid(), now(), 'a@b')",
            f"CREATE OR REPLACE VIEW profiles AS SELECT _kpid, _updated_at, email, visits FROM krenalis_profiles_{number}",
            f"DROP TABLE IF EXISTS {before}",
        )


def as_role(database: Database, *statements: str) -> None:
    """Run statements as the role that a server connects as."""
    execute(database, f'SET ROLE "{database.role}"', *statements)


FIXED_IN_SNOWFLAKE = {
    "KRENALIS_DESTINATION_PROFILES": "_PIPELINE VARCHAR NOT NULL",
    "KRENALIS_EVENTS": "MESSAGE_ID VARCHAR NOT NULL",
    "KRENALIS_SYSTEM_OPERATIONS": (
        "ID VARCHAR NOT NULL, OPERATION_TYPE VARCHAR NOT NULL, COMPLETED_AT TIMESTAMP_NTZ, ERROR VARCHAR NOT NULL DEFAULT ''"
    ),
    "KRENALIS_PROFILE_SCHEMA_VERSIONS": (
        "VERSION INTEGER NOT NULL, OPERATION VARCHAR NOT NULL, TIMESTAMP TIMESTAMP_NTZ NOT NULL"
    ),
    "KRENALIS_IDENTITIES": "_PK INT NOT NULL, _PIPELINE VARCHAR NOT NULL, EMAIL VARCHAR(254)",
    "KRENALIS_PROFILES_0": "_KPID VARCHAR(36), _IDENTITIES ARRAY, _UPDATED_AT TIMESTAMP NOT NULL, EMAIL VARCHAR(254)",
}
"""The tables that a server makes, with some of their columns."""


def fill_snowflake(database: SnowflakeDatabase) -> SnowflakeDatabase:
    """The database, now with the tables and views of a new workspace."""
    for name, columns in FIXED_IN_SNOWFLAKE.items():
        database.execute(f"CREATE TABLE {name} ({columns})")
    database.execute("CREATE VIEW EVENTS AS SELECT MESSAGE_ID FROM KRENALIS_EVENTS")
    database.execute("CREATE VIEW PROFILES AS SELECT _KPID, _UPDATED_AT, EMAIL FROM KRENALIS_PROFILES_0")
    return database


def resolve_snowflake(database: SnowflakeDatabase, error: str = "") -> None:
    """Run the first identity resolution."""
    for statement in (
        "CREATE TABLE KRENALIS_GRAPH_EDGES (I1 INT, I2 INT)",
        "CREATE TABLE KRENALIS_GRAPH_MERGE_CLUSTERS (C1 INT, C2 INT)",
        f"CREATE TABLE KRENALIS_PROFILES_1 ({FIXED_IN_SNOWFLAKE['KRENALIS_PROFILES_0']})",
        "INSERT INTO KRENALIS_PROFILE_SCHEMA_VERSIONS SELECT 1, 'a', CURRENT_TIMESTAMP()",
        f"INSERT INTO KRENALIS_SYSTEM_OPERATIONS SELECT 'a', 'IdentityResolution', CURRENT_TIMESTAMP(), '{error}'",
        "CREATE PROCEDURE RESOLVE_IDENTITIES() RETURNS VARCHAR LANGUAGE SQL AS 'BEGIN RETURN 1; END'",
    ):
        database.execute(statement)
    if not error:
        database.execute(
            "CREATE OR REPLACE VIEW PROFILES AS SELECT _KPID, _UPDATED_AT, EMAIL FROM KRENALIS_PROFILES_1"
        )
        database.execute("DROP TABLE KRENALIS_PROFILES_0")
