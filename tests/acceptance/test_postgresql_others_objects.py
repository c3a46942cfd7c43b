"""The PostgreSQL provisioner without Terraform: what others made on the tables and views, beside a change of the columns."""

import re
from collections.abc import Mapping
from typing import Any

import pytest

from krenalis_provider.model.errors import CheckFailed, Finding, Verdict, WarehouseError
from krenalis_provider.model.profile_columns import ProfileColumn, profile_columns
from krenalis_provider.model.profile_schema import parse
from krenalis_provider.model.workspace import WarehouseMode, Workspace
from krenalis_provider.warehouses.findings import obstacles
from krenalis_provider.warehouses.migration.compute import Migration, migrate
from krenalis_provider.warehouses.postgresql import dialect
from tests.support.postgresql import Database
from tests.support.postgresql_warehouse import execute, provisioner_of, soon
from tests.support.profile_schemas import Document

TEXT = {"kind": "string"}
NUMBER = {"kind": "int", "bitSize": 32}
LONG = {"kind": "int", "bitSize": 64}
PROPERTIES: Mapping[str, Document] = {
    "email": TEXT,
    "score": NUMBER,
    "born": {"kind": "date"},
    "uid": {"kind": "uuid"},
}
FUNCTION = "CREATE FUNCTION f(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1'"
CHILD = "CREATE TABLE child () INHERITS (krenalis_profiles_0)"
OWN_CHILD = f"{CHILD}; ALTER TABLE child OWNER TO ROLE"


def workspace(properties: Mapping[str, Document]) -> tuple[Workspace, tuple[ProfileColumn, ...]]:
    members = [{"name": name, "type": type_, "readOptional": True} for name, type_ in properties.items()]
    document = {"kind": "object", "properties": members}
    schema = parse(document).schema
    assert schema is not None
    return Workspace("1604839201", "Customers", WarehouseMode.NORMAL, document), profile_columns(schema)


BEFORE, COLUMNS = workspace(PROPERTIES)


@pytest.fixture
def made(database: Database) -> Database:
    """A workspace with a profile and an identity."""
    provisioner_of(database).initialize(BEFORE, COLUMNS, soon())
    execute(
        database,
        "INSERT INTO krenalis_profiles_0 (_kpid, _updated_at, email, score) VALUES (gen_random_uuid(), now(), 'a', 7)",
        "INSERT INTO krenalis_identities (_pipeline, _identity_id, _connection, _updated_at, email, score) "
        "VALUES ('p', 'i', 'c', now(), 'a', 7)",
    )
    return database


class Change:
    """A change of the properties: some are added or get another type, or None drops them."""

    def __init__(
        self, database: Database, properties: Mapping[str, Any], renames: Mapping[str, str] | None = None
    ) -> None:
        wanted = {**PROPERTIES, **properties}
        old = set((renames or {}).values())
        wanted = {name: type_ for name, type_ in wanted.items() if type_ is not None and name not in old}
        self.after, self.columns = workspace(wanted)
        self.provisioner = provisioner_of(database)
        self.migration: Migration = migrate(
            dialect,
            present=self.provisioner.inspect(soon()).columns,
            before=COLUMNS,
            after=self.columns,
            renames=renames or {},
            drop_columns=list(properties),
            mode=self.after.mode,
        )

    def check(self) -> tuple[Finding, ...]:
        return self.provisioner.check_update(BEFORE.id, soon(), migration=self.migration)

    def apply(self) -> None:
        self.provisioner.update(self.after, self.columns, soon(), migration=self.migration)


def by_others(database: Database, statements: str) -> None:
    execute(database, statements.replace("ROLE", f'"{database.role}"'))


DROPPED: Mapping[str, Any] = {"score": None}
REPLACED = {"score": TEXT}
WIDER = {"score": LONG}


@pytest.mark.parametrize(
    ("statements", "named"),
    [
        ("CREATE INDEX i ON krenalis_identities (score)", "index cdp.i"),
        ("CREATE INDEX i ON krenalis_identities (email) WHERE score > 3", "index cdp.i"),
        ("CREATE INDEX i ON krenalis_identities ((score + 1))", "index cdp.i"),
        ("CREATE INDEX i ON krenalis_identities (email) INCLUDE (score)", "index cdp.i"),
        ("ALTER TABLE krenalis_identities ADD CONSTRAINT u UNIQUE (email, score)", "constraint u on table"),
        ("ALTER TABLE krenalis_identities ADD CONSTRAINT c CHECK (score > 0)", "constraint c on table"),
        ("CREATE STATISTICS s ON email, score FROM krenalis_identities", "statistics object cdp.s"),
        (
            ("CREATE TABLE scores (s int PRIMARY KEY); INSERT INTO scores VALUES (7);"
            "ALTER TABLE krenalis_identities ADD CONSTRAINT fk FOREIGN KEY (score) REFERENCES scores"),
            "constraint fk on table",
        ),
        (
            ("ALTER TABLE krenalis_identities ALTER score SET NOT NULL;"
            "CREATE UNIQUE INDEX i ON krenalis_identities (score);"
            "ALTER TABLE krenalis_identities REPLICA IDENTITY USING INDEX i"),
            "index cdp.i (the replica identity)",
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize("change", [DROPPED, REPLACED], ids=["dropped", "replaced"])
def test_what_goes_with_a_column_is_named_in_the_plan(
    made: Database, statements: str, named: str, change: Mapping[str, Any]
) -> None:
    by_others(made, statements)
    planned = Change(made, change)

    (finding,) = planned.check()

    assert (finding.verdict, finding.summary) == (Verdict.NOTED, "Objects go with columns")
    assert 'with column "score" of table "krenalis_identities"' in finding.detail
    assert named in finding.detail
    planned.apply()


def test_what_is_a_part_of_a_column_is_named_where_another_takes_its_place(made: Database) -> None:
    by_others(made, "ALTER TABLE krenalis_identities ALTER score SET DEFAULT 5, ALTER score SET NOT NULL")

    (finding,) = Change(made, REPLACED).check()

    assert "NOT NULL and default value for column score" in finding.detail
    assert Change(made, DROPPED).check() == ()


REFUSED = {
    "a foreign key on a unique constraint": (
        ("ALTER TABLE krenalis_identities ADD CONSTRAINT u UNIQUE (score);"
        "CREATE TABLE t (s int REFERENCES krenalis_identities (score))"),
        DROPPED,
        "constraint t_s_fkey on table cdp.t",
    ),
    "a view that groups by a primary key": (
        ("ALTER TABLE krenalis_profiles_0 ADD CONSTRAINT pk PRIMARY KEY (score, email);"
        "CREATE VIEW v AS SELECT born FROM krenalis_profiles_0 GROUP BY score, email"),
        DROPPED,
        "view cdp.v",
    ),
    "an exclusion constraint by an expression": (
        "ALTER TABLE krenalis_identities ADD CONSTRAINT e EXCLUDE USING gist (int4range(score, score, '[]') WITH &&)",
        DROPPED,
        "constraint e on table",
    ),
    "another table's default on a sequence of the column": (
        ("CREATE SEQUENCE s; ALTER SEQUENCE s OWNER TO ROLE; ALTER SEQUENCE s OWNED BY krenalis_identities.score;"
        "CREATE TABLE t (n int DEFAULT nextval('s'))"),
        DROPPED,
        "default value for column n of table cdp.t",
    ),
    "a child with data": (f"{OWN_CHILD}", DROPPED, 'cdp.child inherits.* would lose column "score" with its data'),
    "a child with data, replaced": (OWN_CHILD, REPLACED, 'would lose column "score" with its data'),
    "a child of the child": (
        f"{OWN_CHILD}; CREATE TABLE grandchild () INHERITS (child); ALTER TABLE grandchild OWNER TO ROLE",
        DROPPED,
        "table cdp.grandchild",
    ),
    "a child of both tables": (
        "CREATE TABLE child () INHERITS (krenalis_profiles_0, krenalis_identities); ALTER TABLE child OWNER TO ROLE",
        DROPPED,
        'would lose column "score" with its data',
    ),
    "a child of another owner": (CHILD, {"tier": TEXT}, r'cdp\.child" \(owner postgres\)'),
    "a child with a column of the new name": (
        "CREATE TABLE child (tier int) INHERITS (krenalis_profiles_0); ALTER TABLE child OWNER TO ROLE",
        {"tier": TEXT},
        'has a column "tier" of type integer, and not character varying',
    ),
    "a child with a column of its own": (
        "CREATE TABLE child (score int) INHERITS (krenalis_profiles_0); ALTER TABLE child OWNER TO ROLE",
        REPLACED,
        'keeps its column "score" of type integer',
    ),
    "a child with another parent": (
        ("CREATE TABLE other (score int); CREATE TABLE child () INHERITS (krenalis_profiles_0, other);"
        "ALTER TABLE child OWNER TO ROLE"),
        WIDER,
        'has column "score" from other tables too',
    ),
    "a view on a child": (f"{OWN_CHILD}; CREATE VIEW v AS SELECT score FROM child", WIDER, "view cdp.v"),
    "an index of a child": (f"{FUNCTION}; {OWN_CHILD}; CREATE INDEX i ON child (f(score))", WIDER, "index cdp.i"),
    "a parent": (
        "CREATE TABLE parent (score int); ALTER TABLE krenalis_profiles_0 INHERIT parent",
        DROPPED,
        'inherits the columns "score"',
    ),
    "a partitioned table": (
        ("CREATE TABLE parent (LIKE krenalis_profiles_0) PARTITION BY LIST (email);"
        "ALTER TABLE parent ATTACH PARTITION krenalis_profiles_0 DEFAULT"),
        {"tier": TEXT},
        '"krenalis_profiles_0" is a partition',
    ),
    "a function without a version for the type": (
        f"{FUNCTION}; CREATE INDEX i ON krenalis_identities (f(score))",
        WIDER,
        "index cdp.i",
    ),
    "statistics by such a function": (
        f"{FUNCTION}; CREATE STATISTICS s ON (f(score)), email FROM krenalis_identities",
        WIDER,
        "statistics object cdp.s",
    ),
    "an operator that the new type lacks": (
        "CREATE INDEX i ON krenalis_identities ((born + 1))",
        {"born": {"kind": "datetime"}},
        "index cdp.i",
    ),
    "a predicate that does not suit the new type": (
        "CREATE INDEX i ON krenalis_identities (email) WHERE uid <> '00000000-0000-0000-0000-000000000000'",
        {"uid": {"kind": "string", "maxLength": 40}},
        "index cdp.i",
    ),
    "an operator class of the type": (
        "CREATE INDEX i ON krenalis_identities USING brin (score int4_minmax_multi_ops)",
        WIDER,
        "index cdp.i",
    ),
    "a table with rows of the type": ("CREATE TABLE t (p krenalis_profiles_0)", WIDER, "column p of table cdp.t"),
    "a table with arrays of rows": ("CREATE TABLE t (p krenalis_profiles_0[])", WIDER, "column p of table cdp.t"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_postgresql_would_refuse_is_named_in_the_plan(made: Database, case: str) -> None:
    statements, change, named = REFUSED[case]
    by_others(made, statements)
    planned = Change(made, change)

    findings = obstacles(planned.check())

    assert findings
    assert any(re.search(named, finding.detail) for finding in findings)
    with pytest.raises((CheckFailed, WarehouseError)):
        planned.apply()


@pytest.mark.parametrize(
    ("statements", "change", "renames"),
    [
        (OWN_CHILD, {"tier": TEXT}, {}),
        (OWN_CHILD, WIDER, {}),
        (OWN_CHILD, {"points": NUMBER}, {"points": "score"}),
        ("CREATE TABLE child (score int) INHERITS (krenalis_profiles_0); ALTER TABLE child OWNER TO ROLE", DROPPED, {}),
        ("CREATE TABLE child (tier varchar) INHERITS (krenalis_profiles_0); ALTER TABLE child OWNER TO ROLE", {"tier": TEXT}, {}),
        ("CREATE INDEX i ON krenalis_identities (score)", WIDER, {}),
        ("CREATE INDEX i ON krenalis_identities USING brin (score)", WIDER, {}),
        ("ALTER TABLE krenalis_identities ADD CONSTRAINT u UNIQUE (score)", WIDER, {}),
        ("CREATE TABLE t (p krenalis_profiles_0)", {"tier": TEXT}, {}),
        (f"{FUNCTION}; CREATE INDEX i ON krenalis_identities (f(score))", {"points": NUMBER}, {"points": "score"}),
        ("CREATE TABLE parent (score int); ALTER TABLE krenalis_profiles_0 INHERIT parent", {"tier": TEXT}, {}),
    ],
)  # fmt: skip
def test_what_is_not_in_the_way_is_left_alone(
    made: Database, statements: str, change: Mapping[str, Any], renames: Mapping[str, str]
) -> None:
    by_others(made, statements)
    planned = Change(made, change, renames)

    assert planned.check() == ()
    planned.apply()
