"""The PostgreSQL provisioner without Terraform: how many rows there are to lose, found out in time or not at all."""

import time
from dataclasses import replace

import pytest

from krenalis_provider.model.errors import CheckFailed, Verdict, WarehouseError, WorkspaceNotFound
from krenalis_provider.model.observed import ColumnCounts, Counts, Filled, RowCount
from krenalis_provider.model.unknown import UNKNOWN
from tests.support.customers import COLUMNS, CUSTOMERS, only_finding
from tests.support.postgresql import Database
from tests.support.postgresql_warehouse import content, execute, provisioner_of, soon
from tfplugin.deadline import Deadline

PROFILES = (
    "INSERT INTO krenalis_profiles_0 (_updated_at, email, first_name) "
    "VALUES (now(), 'ann@example.com', 'Ann'), (now(), NULL, 'Bob'), (now(), NULL, NULL)"
)
IDENTITIES = (
    "INSERT INTO krenalis_identities (_pipeline, _identity_id, _connection, _updated_at) "
    "SELECT 'p', i::text, 'c', now() FROM generate_series(1, 4) AS i"
)


def test_rows_are_counted(initialized: Database) -> None:
    execute(initialized, PROFILES, IDENTITIES)

    counts = provisioner_of(initialized).count(CUSTOMERS.id, soon())

    assert counts == Counts(RowCount(3), RowCount(4), RowCount(0))


def test_values_are_counted_by_column_and_a_missing_column_has_none(initialized: Database) -> None:
    execute(
        initialized,
        PROFILES,
        IDENTITIES,
        "UPDATE krenalis_identities SET email = 'x' WHERE _identity_id = '1'",
        "ALTER TABLE krenalis_identities DROP COLUMN first_name",
    )

    counts = provisioner_of(initialized).count_values(
        CUSTOMERS.id, ["email", "first_name", "nothing"], soon()
    )

    assert counts == ColumnCounts(
        Filled(RowCount(3), {"email": 1, "first_name": 2, "nothing": 0}),
        Filled(RowCount(4), {"email": 1, "first_name": 0, "nothing": 0}),
    )


def test_a_table_that_takes_too_long_is_estimated_and_costs_the_others_nothing(initialized: Database) -> None:
    execute(initialized, PROFILES, IDENTITIES, "ANALYZE krenalis_identities")
    with initialized.connect() as other, other.transaction():
        other.execute(
            f'LOCK TABLE "{initialized.schema}".krenalis_identities, "{initialized.schema}".krenalis_events'
        )
        start = time.monotonic()
        counts = provisioner_of(initialized).count(CUSTOMERS.id, Deadline.after(12))
        taken = time.monotonic() - start

    # of the events, which there are none of, an estimate would say nothing
    assert counts[:3] == (RowCount(3), RowCount(4, exact=False), UNKNOWN)
    assert [text.partition(" failed")[0] for text in counts.reasons] == [
        'counting table "krenalis_identities"',
        'counting table "krenalis_events"',
    ]
    assert taken < 12


def test_a_table_that_may_not_be_read_is_estimated(initialized: Database) -> None:
    execute(
        initialized,
        PROFILES,
        "ANALYZE krenalis_profiles_0",
        "ALTER TABLE krenalis_profiles_0 OWNER TO postgres",
    )

    counts = provisioner_of(initialized).count_values(CUSTOMERS.id, ["email"], soon())

    assert counts.profiles == Filled(RowCount(3, exact=False))
    assert "permission denied" in counts.reasons[0]


def test_a_column_that_may_not_be_read_has_no_number(initialized: Database) -> None:
    role = initialized.role
    execute(
        initialized,
        PROFILES,
        "ANALYZE krenalis_profiles_0",
        f'REVOKE SELECT ON krenalis_profiles_0 FROM "{role}"',
        f'GRANT SELECT (first_name) ON krenalis_profiles_0 TO "{role}"',
    )
    provisioner = provisioner_of(initialized)

    counts = provisioner.count_values(CUSTOMERS.id, ["first_name"], soon())
    assert counts.profiles == Filled(RowCount(3), {"first_name": 2})
    counts = provisioner.count_values(CUSTOMERS.id, ["email", "first_name"], soon())
    assert counts.profiles == Filled(RowCount(3, exact=False))
    assert "permission denied" in counts.reasons[0]


POLICIES = {
    "none that lets rows through": [],
    "one that lets some through": ["CREATE POLICY p ON {table} USING (email IS NOT NULL)"],
    "one that lets all through": ["CREATE POLICY p ON {table} USING (true)"],
}


@pytest.mark.parametrize("policy", POLICIES)
def test_a_part_of_the_rows_is_never_taken_for_all(initialized: Database, policy: str) -> None:
    table = "krenalis_profiles_0"
    execute(
        initialized,
        PROFILES,
        IDENTITIES,
        *(statement.format(table=table) for statement in POLICIES[policy]),
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
    )
    provisioner = provisioner_of(initialized)
    # it does not hold for the owner
    assert provisioner.count(CUSTOMERS.id, soon()) == Counts(RowCount(3), RowCount(4), RowCount(0))

    execute(initialized, f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY", f"ANALYZE {table}")
    counts = provisioner.count(CUSTOMERS.id, soon())
    assert counts[:3] == (RowCount(3, exact=False), RowCount(4), RowCount(0))
    (reason,) = counts.reasons
    assert f'Row-level security of this table holds for role "{initialized.role}"' in reason
    assert f'ALTER ROLE "{initialized.role}" BYPASSRLS;' in reason
    assert f'"{table}"' in reason
    values = provisioner.count_values(CUSTOMERS.id, ["email"], soon())
    none = Filled(RowCount(4), {"email": 0})
    assert values == ColumnCounts(Filled(RowCount(3, exact=False)), none, (reason,))

    execute(initialized, f'ALTER ROLE "{initialized.role}" BYPASSRLS')
    assert provisioner.count(CUSTOMERS.id, soon()) == Counts(RowCount(3), RowCount(4), RowCount(0))


def test_an_estimate_of_no_rows_says_nothing(initialized: Database) -> None:
    execute(
        initialized,
        "ANALYZE krenalis_profiles_0",
        "ALTER TABLE krenalis_profiles_0 ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
    )
    assert provisioner_of(initialized).count(CUSTOMERS.id, soon()).profiles is UNKNOWN


def test_the_rows_of_a_table_that_inherits_are_not_counted(initialized: Database) -> None:
    execute(
        initialized,
        PROFILES,
        "CREATE TABLE mine () INHERITS (krenalis_profiles_0)",
        "INSERT INTO mine (_updated_at, email) VALUES (now(), 'mine@example.com')",
    )
    provisioner = provisioner_of(initialized)
    assert provisioner.count(CUSTOMERS.id, soon()).profiles == RowCount(3)
    counts = provisioner.count_values(CUSTOMERS.id, ["email"], soon())
    assert counts.profiles == Filled(RowCount(3), {"email": 1})


def test_the_rows_of_partitions_are_counted(initialized: Database) -> None:
    execute(
        initialized,
        "ALTER TABLE krenalis_events RENAME TO old_events",
        "CREATE TABLE krenalis_events (LIKE old_events) PARTITION BY HASH (message_id)",
        "CREATE TABLE part PARTITION OF krenalis_events FOR VALUES WITH (MODULUS 1, REMAINDER 0)",
        "INSERT INTO krenalis_events (message_id, connection_id, anonymous_id, received_at, sent_at, timestamp, traits,"
        " type) VALUES ('m', 'c', 'a', now(), now(), now(), '{}', 'page')",
        f'ALTER TABLE krenalis_events OWNER TO "{initialized.role}"',
    )
    assert provisioner_of(initialized).count(CUSTOMERS.id, soon()).events == RowCount(1)


class TestRecord:
    """A record that is hidden is not a record that is missing."""

    @pytest.fixture
    def hidden(self, initialized: Database) -> Database:
        execute(
            initialized,
            "ALTER TABLE krenalis_workspace ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
        )
        return initialized

    def test_it_is_no_plan_of_a_change(self, hidden: Database) -> None:
        findings = provisioner_of(hidden).check_update(CUSTOMERS.id, soon())
        detail = only_finding(findings, Verdict.ABSENT, "username", "Rows are hidden from the role")
        assert "BYPASSRLS" in detail
        assert "krenalis_workspace" in detail

    def test_it_is_no_plan_of_a_destruction(self, hidden: Database) -> None:
        findings = provisioner_of(hidden).check_drop(CUSTOMERS.id, soon())
        only_finding(findings, Verdict.ABSENT, "username", "Rows are hidden from the role")

    def test_nothing_is_done(self, hidden: Database) -> None:
        provisioner, before = provisioner_of(hidden), content(hidden)
        with pytest.raises(WarehouseError, match="Rows are hidden from the role"):
            provisioner.inspect(soon())
        with pytest.raises(WarehouseError, match="Rows are hidden from the role"):
            provisioner.update(CUSTOMERS, COLUMNS, soon())
        with pytest.raises(WarehouseError, match="Rows are hidden from the role"):
            provisioner.drop(CUSTOMERS.id, soon())
        with pytest.raises(CheckFailed, match="Warehouse is not empty"):
            provisioner.initialize(replace(CUSTOMERS, id="7"), COLUMNS, soon())
        assert content(hidden) == before

    def test_a_hidden_version_is_not_the_first(self, initialized: Database) -> None:
        table = "krenalis_profile_schema_versions"
        execute(
            initialized,
            f"INSERT INTO {table} VALUES (3, gen_random_uuid(), now())",
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
            "DROP VIEW profiles",
            "DROP TABLE krenalis_profiles_0",
        )
        before = content(initialized)
        with pytest.raises(WarehouseError, match="Rows are hidden from the role"):
            provisioner_of(initialized).update(CUSTOMERS, COLUMNS, soon())
        assert content(initialized) == before

    def test_one_that_may_not_be_read_is_not_missing(self, initialized: Database) -> None:
        execute(initialized, f'REVOKE SELECT ON krenalis_workspace FROM "{initialized.role}"')
        findings = provisioner_of(initialized).check_drop(CUSTOMERS.id, soon())
        detail = only_finding(findings, Verdict.ABSENT, "username", "Missing right on the workspace's record")
        assert "GRANT SELECT ON" in detail


def test_a_table_that_is_missing_has_no_number(initialized: Database) -> None:
    execute(initialized, "DROP TABLE krenalis_profiles_0 CASCADE")
    provisioner = provisioner_of(initialized)

    assert provisioner.count(CUSTOMERS.id, soon()) == Counts(None, RowCount(0), RowCount(0))
    counts = provisioner.count_values(CUSTOMERS.id, ["email"], soon())
    assert counts == ColumnCounts(Filled(None), Filled(RowCount(0), {"email": 0}))


def test_the_rows_of_another_workspace_are_not_told(pristine: Database) -> None:
    with pytest.raises(WorkspaceNotFound):
        provisioner_of(pristine).count("1", soon())


def test_counting_changes_nothing(initialized: Database) -> None:
    before = content(initialized)
    provisioner_of(initialized).count(CUSTOMERS.id, soon())
    assert content(initialized) == before
