"""What users put around a workspace in PostgreSQL, one kind after the other, and strategies that draw some of each.

Each object has a name of its own that begins with ``u`` and a number, so that a message can be searched for it. A
placeholder stands for what is drawn: ``{t}`` a table with profile columns, ``{profiles}`` the table that the view
reads, ``{c}`` a profile column, ``{text}`` and ``{number}`` one of such a type, ``{u}`` the object's own name;
``{role}`` is the workspace's role, and ``{boss}``, ``{analyst}`` and ``{reader}`` are others.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from string import Formatter
from typing import Final

from hypothesis import strategies as st

TEXTS: Final = ("zz_email", "zz_name", "zz_home_zz_city")
NUMBERS: Final = ("zz_score", "zz_rank")
OTHERS: Final = ("zz_born", "zz_price", "zz_tags", "zz_flag")
COLUMNS: Final = (*TEXTS, *NUMBERS, *OTHERS)
"""The profile columns of the workspace, see `workspace_changes.DOCUMENT`."""
IDENTITIES: Final = "krenalis_identities"
NAME: Final = re.compile(r"(?:\b|(?<=_))u\d+(?=_|\b)")
"""How the names of users' objects begin, or of what PostgreSQL makes for them, such as the sequence of a column."""


@dataclass(frozen=True, slots=True)
class Template:
    """Statements that make an object, or more that belong together; and what a refusal may name instead of them."""

    kind: str
    statements: tuple[str, ...]
    names: tuple[str, ...] = ()
    since: int = 0
    """The version of PostgreSQL that has it first."""


@dataclass(frozen=True, slots=True)
class UsersObject:
    """Statements, and the names by which a message may call what they make."""

    kind: str
    statements: tuple[str, ...]
    names: tuple[str, ...]
    since: int

    def named(self, names: Mapping[str, str]) -> "UsersObject":
        """The same with the names of roles and the like."""
        statements = tuple(text.format(**names) for text in self.statements)
        return replace(self, statements=statements, names=tuple(name.format(**names) for name in self.names))

    def __str__(self) -> str:
        return "; ".join(self.statements)


def _each(kind: str, *statements: str, names: Sequence[str] = (), since: int = 0) -> list[Template]:
    """A template for each statement; several in one text are separated by a semicolon at the end of a line."""
    return [
        Template(kind, tuple(part.strip() for part in text.split(";\n")), tuple(names), since)
        for text in statements
    ]


TEMPLATES: Final = (
    *_each(
        "index",
        "CREATE INDEX {u} ON {t} ({c})",
        "CREATE INDEX {u} ON {t} (_updated_at, {c} DESC)",
        "CREATE INDEX {u} ON {t} (_updated_at) INCLUDE ({c})",
        "CREATE INDEX {u} ON {t} (_updated_at) WHERE {c} IS NOT NULL",
        "CREATE INDEX {u} ON {t} (lower({text}))",
        "CREATE INDEX {u} ON {t} (({number} + 1))",
        "CREATE INDEX {u} ON {t} (md5({text} || 'x')) WHERE {number} > 0",
        "CREATE INDEX {u} ON {t} ({text} varchar_pattern_ops)",
        'CREATE INDEX {u} ON {t} ({text} COLLATE "C")',
        "CREATE INDEX {u} ON {t} USING gin (zz_tags)",
        "CREATE INDEX {u} ON {t} USING brin ({number})",
        "CREATE INDEX {u} ON {t} USING hash ({text})",
        "CREATE UNIQUE INDEX {u} ON {t} (zz_email)",
        "CREATE INDEX {u} ON {t} (_updated_at);\nALTER TABLE {t} CLUSTER ON {u}",
        "CREATE UNIQUE INDEX {u} ON {profiles} (_kpid)",
        "CREATE FUNCTION {u}_f(integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 2';\n"
        "CREATE INDEX {u} ON {t} ({u}_f(zz_score))",
        "CREATE FUNCTION {u}_f(date) RETURNS date LANGUAGE sql IMMUTABLE AS 'SELECT $1';\n"
        "CREATE INDEX {u} ON {t} (_updated_at) WHERE {u}_f(zz_born) IS NOT NULL",
        "CREATE FUNCTION {u}_f({t}) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1.zz_email';\n"
        "CREATE INDEX {u} ON {t} ({u}_f({t}.*))",
        "CREATE INDEX {u} ON {t} (extract(year FROM zz_born))",
        "CREATE INDEX {u} ON krenalis_events (user_id)",
    ),
    *_each(
        "constraint",
        "ALTER TABLE {t} ADD CONSTRAINT {u} CHECK ({c} IS NOT NULL OR _updated_at IS NOT NULL)",
        "ALTER TABLE {t} ADD CONSTRAINT {u} CHECK ({text} <> 'nobody')",
        "ALTER TABLE {t} ADD CONSTRAINT {u} CHECK ({number} >= 0) NOT VALID",
        "ALTER TABLE {t} ADD CONSTRAINT {u} CHECK (zz_score > zz_rank - 100)",
        "ALTER TABLE {t} ADD CONSTRAINT {u} UNIQUE (zz_email)",
        "ALTER TABLE {t} ADD CONSTRAINT {u} UNIQUE (zz_score, zz_email) DEFERRABLE INITIALLY DEFERRED",
        "CREATE UNIQUE INDEX {u} ON {t} (zz_name);\nALTER TABLE {t} ADD CONSTRAINT {u} UNIQUE USING INDEX {u}",
        "ALTER TABLE {t} ADD CONSTRAINT {u} EXCLUDE USING btree (zz_email WITH =)",
        "ALTER TABLE {profiles} ADD CONSTRAINT {u} PRIMARY KEY (_kpid)",
        "CREATE FUNCTION {u}_f(integer) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';\n"
        "ALTER TABLE {t} ADD CONSTRAINT {u} CHECK ({u}_f(zz_score))",
        "CREATE TABLE {u} (e varchar PRIMARY KEY);\nINSERT INTO {u} SELECT zz_email FROM {t};\n"
        "ALTER TABLE {t} ADD CONSTRAINT {u}_key FOREIGN KEY (zz_email) REFERENCES {u}",
        "CREATE TABLE {u} (s integer PRIMARY KEY);\nINSERT INTO {u} SELECT DISTINCT zz_score FROM {t};\n"
        "ALTER TABLE {t} ADD CONSTRAINT {u}_key FOREIGN KEY (zz_score) REFERENCES {u} ON DELETE SET NULL (zz_score)",
        "ALTER TABLE {t} ADD CONSTRAINT {u}_key UNIQUE (zz_email);\n"
        "CREATE TABLE {u} (e varchar REFERENCES {t} (zz_email))",
        "CREATE TABLE {u} (pk integer REFERENCES krenalis_identities)",
        "CREATE TABLE {u} (id integer, pk integer) PARTITION BY LIST (id);\n"
        "CREATE TABLE {u}_1 PARTITION OF {u} FOR VALUES IN (1);\n"
        "ALTER TABLE {u} ADD FOREIGN KEY (pk) REFERENCES krenalis_identities",
        "CREATE TABLE {u} (id varchar REFERENCES krenalis_events)",
    ),
    *_each(
        "statistics",
        "CREATE STATISTICS {u} ON {c}, _updated_at FROM {t}",
        "CREATE STATISTICS {u} (dependencies) ON zz_score, zz_rank, zz_email FROM {t}",
        "CREATE STATISTICS {u} ON (lower({text})) FROM {t}",
        "CREATE STATISTICS {u} ON ({number} % 10), _updated_at FROM {t};\nRESET ROLE;\nALTER STATISTICS {u} OWNER TO {analyst}",
    ),
    *_each(
        "child",
        "CREATE TABLE {u} () INHERITS (krenalis_identities);\n"
        "INSERT INTO {u} (_pk, _cluster, _pipeline, _identity_id, _connection, _updated_at, zz_email, zz_score, zz_born)"
        " VALUES (77, 77, 'p', 'i', 'c', '2026-01-01', 'child', 5, '2001-01-01')",
        "CREATE TABLE {u} () INHERITS ({profiles});\n"
        "INSERT INTO {u} (_updated_at, zz_email, zz_score, zz_flag) VALUES ('2026-01-01', 'child', 5, true)",
        "CREATE TABLE {u} (extra text) INHERITS ({t});\nRESET ROLE;\nALTER TABLE {u} OWNER TO {analyst}",
        "CREATE TABLE {u} (zz_score integer, zz_email varchar(100)) INHERITS ({t})",
        "CREATE TABLE {u} () INHERITS ({t});\nCREATE INDEX {u}_i ON {u} ({c});\nCREATE VIEW {u}_v AS SELECT {c} FROM {u}",
        "CREATE TABLE {u} () INHERITS ({t});\nCREATE TABLE {u}_2 () INHERITS ({u})",
        "CREATE TABLE {u} (zz_new1 integer) INHERITS ({t})",
        "CREATE TABLE {u} (LIKE {profiles}) PARTITION BY LIST (_updated_at);\n"
        "ALTER TABLE {u} ATTACH PARTITION {profiles} DEFAULT",
        "CREATE TABLE {u} (LIKE krenalis_events) PARTITION BY LIST (user_id);\nALTER TABLE {u} ATTACH PARTITION krenalis_events DEFAULT",
        "CREATE TABLE {u} (zz_score integer);\nALTER TABLE {t} INHERIT {u}",
        "CREATE TABLE {u} (_updated_at timestamp NOT NULL);\nALTER TABLE {t} INHERIT {u}",
    ),
    *_each(
        "row type",
        "CREATE TABLE {u} (person {t})",
        "CREATE TABLE {u} (people {t}[])",
        "CREATE TABLE {u} (person profiles)",
        "CREATE TABLE {u} (id integer, person {t}) PARTITION BY LIST (id);\nCREATE TABLE {u}_1 PARTITION OF {u} DEFAULT",
        "CREATE TYPE {u} AS (person {t}, at date)",
        "CREATE DOMAIN {u} AS {t}",
        "CREATE FUNCTION {u}({t}) RETURNS text LANGUAGE sql AS 'SELECT $1.zz_email'",
        "CREATE FUNCTION {u}() RETURNS SETOF profiles LANGUAGE sql AS 'SELECT * FROM cdp.profiles'",
        "CREATE FUNCTION {u}() RETURNS {t} LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "CREATE FUNCTION {u}(OUT o {t}.zz_email%TYPE) LANGUAGE plpgsql AS 'BEGIN END'",
        "CREATE FUNCTION {u}({t}) RETURNS text LANGUAGE sql AS 'SELECT $1.zz_email';\n"
        "CREATE CAST ({t} AS text) WITH FUNCTION {u}({t})",
        "CREATE AGGREGATE {u}(profiles) (sfunc = array_append, stype = profiles[], initcond = '{empty}')",
    ),
    *_each(
        "type in use",
        "CREATE TABLE {u} (type event_type)",
        "CREATE TABLE {u} (types event_type[])",
        "CREATE TABLE {u} AS SELECT type FROM krenalis_events",
        "CREATE FUNCTION {u}(event_type) RETURNS text LANGUAGE sql AS 'SELECT $1::text'",
        "CREATE DOMAIN {u} AS event_browser_name",
        "CREATE TYPE {u} AS RANGE (subtype = event_os_name)",
        "CREATE TYPE {u} AS (type system_operation_type)",
        "CREATE VIEW {u} AS SELECT 'page'::event_type AS type",
        "CREATE TABLE {u} (at date DEFAULT now(), CHECK ('page'::event_type IS NOT NULL))",
    ),
    *_each(
        "view",
        "CREATE VIEW {u} AS SELECT * FROM profiles",
        "CREATE VIEW {u} AS SELECT {c} FROM profiles",
        "CREATE VIEW {u} AS SELECT _kpid FROM profiles",
        "CREATE VIEW {u} AS SELECT count(*) FROM profiles p WHERE p IS NOT NULL",
        "CREATE VIEW {u} AS SELECT {c} FROM {t}",
        "CREATE VIEW {u} AS SELECT _updated_at FROM {t} WHERE {c} IS NOT NULL",
        "CREATE VIEW {u} AS SELECT * FROM {t}",
        "CREATE VIEW {u} AS SELECT count(*) FROM {t}",
        "CREATE VIEW {u} AS SELECT user_id, p.zz_email FROM events e JOIN profiles p ON p._kpid = e.kpid",
        "CREATE VIEW {u} AS SELECT * FROM events",
        "CREATE VIEW {u}_1 AS SELECT {c} AS x FROM profiles;\nCREATE VIEW {u} AS SELECT x FROM {u}_1",
        "CREATE MATERIALIZED VIEW {u} AS SELECT * FROM profiles",
        "CREATE MATERIALIZED VIEW {u} AS SELECT {c}, _updated_at FROM {t};\nCREATE UNIQUE INDEX {u}_i ON {u} (_updated_at, {c})",
        "CREATE VIEW {u} AS SELECT name FROM krenalis_workspace",
        "CREATE RECURSIVE VIEW {u} (e) AS SELECT zz_email FROM profiles UNION SELECT e FROM {u}",
    ),
    *_each(
        "function",
        "CREATE FUNCTION {u}() RETURNS bigint BEGIN ATOMIC SELECT count({c}) FROM profiles; END",
        "CREATE FUNCTION {u}() RETURNS bigint BEGIN ATOMIC SELECT count({c}) FROM {t}; END",
        "CREATE FUNCTION {u}() RETURNS bigint BEGIN ATOMIC SELECT count(*) FROM {t}; END",
        "CREATE FUNCTION {u}() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM cdp.profiles'",
        "CREATE PROCEDURE {u}() BEGIN ATOMIC UPDATE {t} SET {number} = {number} + 1; END",
        "CREATE FUNCTION {u}(a bigint DEFAULT 1) RETURNS bigint BEGIN ATOMIC SELECT a + count(*) FROM events; END",
    ),
    *_each(
        "rule",
        "CREATE RULE {u} AS ON INSERT TO profiles DO INSTEAD NOTHING",
        "CREATE RULE {u} AS ON UPDATE TO profiles DO INSTEAD UPDATE {t} SET {text} = new.{text} WHERE _kpid = old._kpid",
        "CREATE RULE {u} AS ON DELETE TO {t} WHERE old.{c} IS NULL DO INSTEAD NOTHING",
        "CREATE TABLE {u} (x text);\nCREATE RULE {u}_r AS ON INSERT TO {t} DO ALSO INSERT INTO {u} VALUES (new.{text})",
        "CREATE TABLE {u} (x text);\nCREATE RULE {u}_r AS ON DELETE TO {u} DO ALSO DELETE FROM {t} WHERE {text} = old.x",
    ),
    *_each(
        "trigger",
        *(
            "CREATE FUNCTION {u}_f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';\n" + text
            for text in (
                "CREATE TRIGGER {u} BEFORE INSERT ON {t} FOR EACH ROW EXECUTE FUNCTION {u}_f()",
                "CREATE TRIGGER {u} BEFORE UPDATE OF {c} ON {t} FOR EACH ROW EXECUTE FUNCTION {u}_f()",
                "CREATE TRIGGER {u} BEFORE UPDATE ON {t} FOR EACH ROW WHEN (new.{c} IS DISTINCT FROM old.{c}) EXECUTE FUNCTION {u}_f()",
                "CREATE TRIGGER {u} BEFORE UPDATE ON {t} FOR EACH ROW WHEN (new.* IS DISTINCT FROM old.*) EXECUTE FUNCTION {u}_f()",
                "CREATE TRIGGER {u} INSTEAD OF INSERT ON profiles FOR EACH ROW EXECUTE FUNCTION {u}_f()",
                "CREATE TRIGGER {u} INSTEAD OF UPDATE ON events FOR EACH ROW EXECUTE FUNCTION {u}_f()",
                "CREATE CONSTRAINT TRIGGER {u} AFTER INSERT ON {t} DEFERRABLE FOR EACH ROW EXECUTE FUNCTION {u}_f()",
                (
                    "CREATE TRIGGER {u} AFTER TRUNCATE ON {t} FOR EACH STATEMENT EXECUTE FUNCTION {u}_f();\n"
                    "ALTER TABLE {t} DISABLE TRIGGER {u}"
                ),
                (
                    "CREATE TRIGGER {u} BEFORE INSERT ON krenalis_events FOR EACH ROW EXECUTE FUNCTION {u}_f();\n"
                    "ALTER TABLE krenalis_events ENABLE ALWAYS TRIGGER {u}"
                ),
                "CREATE TRIGGER {u} AFTER UPDATE ON krenalis_workspace FOR EACH ROW EXECUTE FUNCTION {u}_f()",
            )
        ),
        "CREATE FUNCTION {u}_f() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'no'; END$$;\n"
        "CREATE TRIGGER {u} BEFORE UPDATE ON krenalis_workspace FOR EACH ROW EXECUTE FUNCTION {u}_f()",
        "CREATE FUNCTION {u}_f() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NULL; END$$;\n"
        "CREATE TRIGGER {u} BEFORE UPDATE ON krenalis_workspace FOR EACH ROW EXECUTE FUNCTION {u}_f()",
    ),
    *_each(
        "row security",
        "ALTER TABLE {t} ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE {t} ENABLE ROW LEVEL SECURITY;\nALTER TABLE {t} FORCE ROW LEVEL SECURITY",
        "ALTER TABLE {t} ENABLE ROW LEVEL SECURITY;\nCREATE POLICY {u} ON {t} USING ({text} = current_user)",
        "CREATE POLICY {u} ON {t} FOR SELECT TO {reader} USING ({c} IS NOT NULL)",
        "CREATE POLICY {u} ON {t} AS RESTRICTIVE FOR INSERT WITH CHECK (_updated_at < now())",
        "CREATE TABLE {u} (x text);\nALTER TABLE {u} ENABLE ROW LEVEL SECURITY;\n"
        "CREATE POLICY {u}_p ON {u} USING (x IN (SELECT {text} FROM {t}))",
        "CREATE TABLE {u} (x text);\nCREATE POLICY {u}_p ON {t} USING ({text} IN (SELECT x FROM {u}))",
        "ALTER TABLE krenalis_workspace ENABLE ROW LEVEL SECURITY;\nALTER TABLE krenalis_workspace FORCE ROW LEVEL SECURITY;\n"
        "CREATE POLICY {u} ON krenalis_workspace USING (false)",
        "ALTER TABLE krenalis_workspace ENABLE ROW LEVEL SECURITY;\nALTER TABLE krenalis_workspace FORCE ROW LEVEL SECURITY;\n"
        "CREATE POLICY {u} ON krenalis_workspace FOR SELECT USING (true)",
        names=("row-level security",),
    ),
    *_each(
        "publication",
        "CREATE PUBLICATION {u} FOR ALL TABLES",
        "CREATE PUBLICATION {u} FOR TABLES IN SCHEMA cdp",
        "CREATE PUBLICATION {u} FOR TABLE {t}",
        "CREATE PUBLICATION {u} FOR TABLE {t} (_updated_at, {c}) WITH (publish = 'insert')",
        "CREATE PUBLICATION {u} FOR TABLE {t} WHERE ({c} IS NOT NULL) WITH (publish = 'insert')",
        "CREATE PUBLICATION {u} FOR TABLE krenalis_events, {t} WITH (publish = 'insert, update')",
    ),
    *_each(
        "grant",
        "GRANT SELECT ON {t} TO {reader}",
        "GRANT SELECT, UPDATE ON profiles TO {reader} WITH GRANT OPTION",
        "GRANT SELECT ({c}), UPDATE ({text}) ON {t} TO {reader}",
        "GRANT SELECT (_kpid, {c}) ON profiles TO {reader}, PUBLIC",
        "GRANT USAGE ON SCHEMA cdp TO {analyst};\nGRANT ALL ON ALL TABLES IN SCHEMA cdp TO {analyst} WITH GRANT OPTION;\nSET LOCAL ROLE {analyst};\n"
        "GRANT SELECT ON profiles TO {reader};\nGRANT SELECT ON {t} TO {reader}",
        "ALTER DEFAULT PRIVILEGES FOR ROLE {role} IN SCHEMA cdp GRANT SELECT ON TABLES TO {reader}",
        "ALTER DEFAULT PRIVILEGES FOR ROLE {role} GRANT ALL ON TABLES TO PUBLIC",
        "ALTER DEFAULT PRIVILEGES FOR ROLE {role} REVOKE ALL ON TABLES FROM {role}",
        "ALTER DEFAULT PRIVILEGES FOR ROLE {role} REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC",
        "ALTER DEFAULT PRIVILEGES FOR ROLE {role} GRANT USAGE ON TYPES TO {reader}",
        "GRANT EXECUTE ON PROCEDURE resolve_identities() TO {reader}",
        "REVOKE EXECUTE ON PROCEDURE resolve_identities() FROM PUBLIC",
        "GRANT USAGE ON TYPE event_type TO {reader}",
        "GRANT USAGE ON ALL SEQUENCES IN SCHEMA cdp TO {reader}",
        "GRANT USAGE ON SCHEMA cdp TO {reader}, PUBLIC",
    ),
    *_each(
        "right that is gone",
        "REVOKE SELECT ON {t} FROM {role}",
        "REVOKE SELECT ON profiles FROM {role}",
        "REVOKE UPDATE ON krenalis_workspace FROM {role}",
        "REVOKE CREATE ON SCHEMA cdp FROM {role}",
        "REVOKE USAGE ON SCHEMA cdp FROM {role}",
        "REVOKE ALL ON {t} FROM {role}",
        "REVOKE ALL ON profiles FROM {role}",
        "REVOKE ALL ON krenalis_workspace FROM {role}",
        "REVOKE INSERT, DELETE, TRUNCATE ON {t} FROM {role}",
        "REVOKE ALL ON TYPE event_type FROM PUBLIC, {role}",
        "REVOKE ALL ON SCHEMA elsewhere FROM {role}",
        "REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC",
        names=("GRANT",),
    ),
    *_each(
        "said of ours",
        "COMMENT ON TABLE {t} IS 'the people'",
        "COMMENT ON VIEW profiles IS E'it''s 100% of \\\\people\\nand \"more\"'",
        "COMMENT ON COLUMN {t}.{c} IS 'a column'",
        "COMMENT ON VIEW profiles IS 'all people'",
        "COMMENT ON COLUMN profiles.{c} IS 'a column'",
        "COMMENT ON INDEX updated_atx IS 'an index'",
        "COMMENT ON PROCEDURE resolve_identities() IS 'a procedure'",
        "COMMENT ON TYPE event_type IS 'a type'",
        "COMMENT ON SCHEMA cdp IS 'a schema'",
        "ALTER VIEW profiles SET (security_barrier = true)",
        "ALTER VIEW profiles SET (security_invoker = true)",
        "ALTER VIEW profiles ALTER COLUMN {c} SET DEFAULT NULL",
        "ALTER VIEW events SET (security_barrier = true)",
        "CREATE OR REPLACE VIEW profiles AS SELECT {columns}, lower(zz_email) AS {u} FROM {profiles}",
        "CREATE OR REPLACE VIEW profiles AS SELECT {columns} FROM {profiles} WHERE zz_flag",
        "CREATE OR REPLACE VIEW profiles AS SELECT {columns} FROM {profiles} WHERE _updated_at < now() - interval '1 day'",
        "ALTER PROCEDURE resolve_identities() SECURITY DEFINER",
        "ALTER PROCEDURE resolve_identities() SET work_mem = '64MB'",
        "ALTER TABLE {t} SET (fillfactor = 70, autovacuum_enabled = false)",
        "ALTER TABLE {t} SET UNLOGGED",
        "ALTER TABLE {t} ALTER COLUMN {c} SET STATISTICS 500",
        "ALTER TABLE {t} ALTER COLUMN {text} SET STORAGE EXTERNAL",
        "ALTER TABLE {t} ALTER COLUMN {text} SET COMPRESSION pglz",
        "ALTER TABLE {t} ALTER COLUMN {c} SET (n_distinct = 10)",
        "ALTER TABLE {t} ALTER COLUMN zz_score SET DEFAULT 7",
        "ALTER TABLE {t} ALTER COLUMN zz_flag SET DEFAULT false",
        "ALTER TABLE {t} ALTER COLUMN zz_email SET NOT NULL",
        "ALTER TABLE {t} REPLICA IDENTITY FULL",
        "ALTER TABLE {t} REPLICA IDENTITY NOTHING",
        "ALTER TABLE {t} ALTER COLUMN zz_email SET NOT NULL;\nCREATE UNIQUE INDEX {u} ON {t} (zz_email);\n"
        "ALTER TABLE {t} REPLICA IDENTITY USING INDEX {u}",
        names=("zz_email", "zz_score", "zz_flag", "profiles"),
    ),
    *_each(
        "added column",
        "ALTER TABLE {t} ADD COLUMN {u} integer DEFAULT 5",
        "ALTER TABLE {t} ADD COLUMN {u} text NOT NULL DEFAULT 'x'",
        "ALTER TABLE {t} ADD COLUMN {u} integer GENERATED ALWAYS AS (zz_score * 2) STORED",
        "ALTER TABLE {t} ADD COLUMN {u} text GENERATED ALWAYS AS (lower({text})) STORED",
        "ALTER TABLE {t} ADD COLUMN {u} integer GENERATED ALWAYS AS IDENTITY",
        "ALTER TABLE krenalis_events ADD COLUMN {u} text",
        "ALTER TABLE krenalis_workspace ADD COLUMN {u} text",
        "ALTER TABLE {t} ADD COLUMN zz_new1 integer DEFAULT 3",
        names=("zz_new1",),
    ),
    *_each(
        "name that is taken",
        "CREATE TABLE krenalis_profiles_next (id integer)",
        "CREATE FUNCTION resolve_identities(integer) RETURNS integer LANGUAGE sql AS 'SELECT 1'",
        "CREATE TABLE elsewhere.{u} (id integer)",
        "CREATE TYPE elsewhere.event_type AS ENUM ('page')",
        "CREATE FUNCTION elsewhere.resolve_identities() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
        "CREATE TABLE elsewhere.{u} (id integer CONSTRAINT krenalis_events_pkey PRIMARY KEY)",
        names=("elsewhere",),
    ),
    *_each(
        "added column",
        "ALTER TABLE {t} ADD COLUMN {u} integer GENERATED ALWAYS AS (zz_score * 2) VIRTUAL",
        since=18,
    ),
    *_each(
        "sequence",
        "SET LOCAL ROLE {role};\nCREATE SEQUENCE {u} OWNED BY {t}.{c}",
        "CREATE SEQUENCE {u};\nALTER TABLE {t} ALTER COLUMN zz_score SET DEFAULT nextval('{u}')",
        "SET LOCAL ROLE {role};\nCREATE SEQUENCE {u} OWNED BY {t}._updated_at",
        "SET LOCAL ROLE {role};\nCREATE SEQUENCE {u} OWNED BY {t}.zz_rank;\nCREATE TABLE {u}_t (id integer DEFAULT nextval('{u}'))",
        "SET LOCAL ROLE {role};\nCREATE SEQUENCE {u} OWNED BY {t}.zz_score;\nALTER TABLE {t} ALTER COLUMN zz_score SET DEFAULT nextval('{u}')",
    ),
    *_each(
        "other owner",
        "ALTER TABLE {t} OWNER TO {boss}",
        "ALTER TABLE {t} OWNER TO {boss};\nGRANT {boss} TO {role}",
        "ALTER VIEW profiles OWNER TO {boss}",
        "ALTER VIEW profiles OWNER TO {boss};\nGRANT {boss} TO {role};\nGRANT SELECT ON ALL TABLES IN SCHEMA cdp TO {boss}",
        "ALTER VIEW profiles OWNER TO {boss};\nGRANT {boss} TO {role};\nGRANT CREATE ON SCHEMA cdp TO {boss};\n"
        "GRANT SELECT ON ALL TABLES IN SCHEMA cdp TO {boss}",
        "ALTER PROCEDURE resolve_identities() OWNER TO {boss}",
        "ALTER TYPE event_type OWNER TO {boss}",
        "ALTER TABLE krenalis_workspace OWNER TO {boss};\nGRANT SELECT, INSERT, UPDATE ON krenalis_workspace TO {role}",
        "ALTER SCHEMA cdp OWNER TO {boss}",
        "ALTER TABLE {t} OWNER TO {role}",
        names=("{boss}",),
    ),
    *_each(
        "other owner",
        "ALTER TABLE {t} OWNER TO {boss};\nGRANT {boss} TO {role} WITH SET FALSE",
        "ALTER TABLE {t} OWNER TO {boss};\nGRANT {boss} TO {role} WITH INHERIT FALSE",
        "ALTER VIEW profiles OWNER TO {boss};\nGRANT {boss} TO {role} WITH SET FALSE;\n"
        "GRANT CREATE ON SCHEMA cdp TO {boss};\nGRANT SELECT ON ALL TABLES IN SCHEMA cdp TO {boss}",
        "ALTER VIEW profiles OWNER TO {boss};\nGRANT {boss} TO {role} WITH INHERIT FALSE",
        "ALTER TABLE {profiles} OWNER TO {boss};\nALTER TABLE krenalis_identities OWNER TO {boss};\n"
        "ALTER VIEW profiles OWNER TO {boss};\nGRANT {boss} TO {role} WITH INHERIT TRUE, SET FALSE",
        names=("{boss}",),
        since=16,
    ),
    *_each(
        "other owner",
        "GRANT {boss} TO {role};\nALTER ROLE {role} IN DATABASE {database} SET role = {boss}",
        "GRANT {boss} TO {role};\nGRANT {role} TO {analyst};\nGRANT USAGE, CREATE ON SCHEMA cdp TO {boss};\n"
        "ALTER TABLE {t} OWNER TO {boss};\nALTER ROLE {role} IN DATABASE {database} SET role = {boss}",
        names=("{boss}", "{role}"),
    ),
    *_each(
        "backup",
        "CREATE TABLE krenalis_profiles_20261128 AS SELECT * FROM {profiles}",
        "CREATE TABLE krenalis_profiles_7 AS SELECT * FROM krenalis_identities",
        "CREATE TABLE krenalis_profiles_3 (id integer)",
        "CREATE TABLE krenalis_profiles_007 (LIKE {profiles} INCLUDING ALL)",
        "CREATE TABLE krenalis_profiles_99999999999999999999999999 AS SELECT * FROM {profiles}",
        "CREATE VIEW krenalis_profiles_8 AS SELECT * FROM {profiles}",
        "CREATE VIEW krenalis_profiles_8 AS SELECT 1 AS one",
        "CREATE MATERIALIZED VIEW krenalis_profiles_9 AS SELECT * FROM profiles",
        "CREATE TABLE krenalis_profiles_10 (id integer) PARTITION BY LIST (id)",
        "CREATE SEQUENCE krenalis_profiles_11",
        "CREATE INDEX krenalis_profiles_12 ON {t} (_updated_at)",
        "CREATE TYPE krenalis_profiles_13 AS (a integer)",
        "CREATE TABLE krenalis_profiles_14 () INHERITS ({profiles})",
        "CREATE TABLE krenalis_profiles_15 AS SELECT * FROM {profiles};\nCREATE VIEW {u} AS SELECT * FROM krenalis_profiles_15",
        "CREATE TABLE krenalis_profiles_16 (type event_type)",
        "CREATE TABLE krenalis_profiles_2 (LIKE {profiles} INCLUDING ALL);\n"
        "INSERT INTO krenalis_profile_schema_versions VALUES (2, gen_random_uuid(), now())",
        "CREATE TABLE krenalis_profiles_backup AS SELECT * FROM {profiles}",
        "CREATE TABLE krenalis_profiles_17 AS SELECT * FROM {profiles};\nRESET ROLE;\nALTER TABLE krenalis_profiles_17 OWNER TO {analyst}",
        "CREATE TABLE krenalis_identities_old AS SELECT * FROM krenalis_identities",
        names=(r"krenalis_profiles_\d",),
    ),
    *_each(
        "event trigger",
        "CREATE FUNCTION {u}_f() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';\n"
        "CREATE EVENT TRIGGER {u} ON ddl_command_end EXECUTE FUNCTION {u}_f()",
        *(
            "CREATE FUNCTION {u}_f() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'no %', tg_tag; END$$;\n"
            + text
            for text in (
                "CREATE EVENT TRIGGER {u} ON ddl_command_start EXECUTE FUNCTION {u}_f()",
                "CREATE EVENT TRIGGER {u} ON ddl_command_end WHEN tag IN ('ALTER TABLE') EXECUTE FUNCTION {u}_f()",
                "CREATE EVENT TRIGGER {u} ON sql_drop EXECUTE FUNCTION {u}_f()",
                "CREATE EVENT TRIGGER {u} ON ddl_command_start WHEN tag IN ('DROP VIEW', 'CREATE VIEW') EXECUTE FUNCTION {u}_f()",
                "CREATE EVENT TRIGGER {u} ON table_rewrite EXECUTE FUNCTION {u}_f()",
                "CREATE EVENT TRIGGER {u} ON ddl_command_start WHEN tag IN ('CREATE PROCEDURE') EXECUTE FUNCTION {u}_f()",
                "CREATE EVENT TRIGGER {u} ON ddl_command_start EXECUTE FUNCTION {u}_f();\nALTER EVENT TRIGGER {u} DISABLE",
            )
        ),
    ),
    *_each(
        "setting",
        *(
            f"ALTER ROLE {{role}} IN DATABASE {{database}} SET {setting}"
            for setting in (
                "default_tablespace = 'u_space'",
                "default_transaction_read_only = on",
                "default_transaction_isolation = 'serializable'",
                "default_transaction_deferrable = on",
                "row_security = off",
                "check_function_bodies = off",
                "default_toast_compression = 'pglz'",
                "search_path = 'nowhere'",
                "DateStyle = 'German'",
                "client_min_messages = 'error'",
                "standard_conforming_strings = off",
                "plpgsql.extra_errors = 'all'",
                "quote_all_identifiers = on",
                "xmloption = 'document'",
                "extra_float_digits = 0",
                "IntervalStyle = 'iso_8601'",
                "lock_timeout = '5s'",
                "array_nulls = off",
                "transform_null_equals = on",
                "session_replication_role = 'origin'",
                "default_with_nothing.of_that = 'x'",
            )
        ),
        names=("tablespace", "read_only", "read-only", "row_security"),
    ),
)
"""Everything that a user may have made."""


BY_ANYBODY: Final = frozenset(
    {"child", "row type", "type in use", "view", "function", "backup", "statistics"}
)
"""The kinds that the workspace's own role may make as well as a superuser."""

_OPTIONS: Final[Mapping[str, Sequence[str]]] = {
    "t": (IDENTITIES, "{profiles}"),
    "c": COLUMNS,
    "text": TEXTS,
    "number": NUMBERS,
}
Choose = Callable[[Sequence[str]], str]


def known_objects(*statements: str) -> list[UsersObject]:
    """One object that these statements make, by the name ``u1``."""
    return [UsersObject("known", statements, (r"\bu1(?=_|\b)",), 0)]


def made(template: Template, number: int, choose: Choose) -> UsersObject:
    """The object of a template with this number; `choose` picks one of several values."""
    u = f"u{number}"
    statements = template.statements
    if template.kind in BY_ANYBODY and choose(("superuser", "role")) == "role":
        statements = ("SET LOCAL ROLE {role}", *statements)
    wanted = {field for text in statements for _, field, _, _ in Formatter().parse(text) if field}
    values = {name: choose(_OPTIONS[name]) for name in sorted(wanted & _OPTIONS.keys())}
    # the names that only a database has are left for `UsersObject.named`
    values |= {name: f"{{{name}}}" for name in wanted - values.keys()} | {"u": u}
    return UsersObject(
        template.kind,
        tuple(text.format(**values) for text in statements),
        (rf"\b{u}(?=_|\b)", *template.names),
        template.since,
    )


@st.composite
def users_objects(draw: st.DrawFn, most: int = 4) -> list[UsersObject]:
    """Draw up to so many objects."""
    templates = draw(st.lists(st.sampled_from(TEMPLATES), max_size=most, unique=True))
    return [
        made(template, number, lambda options: draw(st.sampled_from(options)))
        for number, template in enumerate(templates, start=1)
    ]
