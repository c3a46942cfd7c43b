"""The PostgreSQL provisioner without Terraform: how many rows there are to lose, found out in time or not at all."""

import time

import pytest

from krenalis_provider.model.errors import WorkspaceNotFound
from krenalis_provider.model.observed import ColumnCounts, Counts, RowCount
from tests.support.customers import CUSTOMERS
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


def test_values_are_counted_by_column_and_a_missing_column_is_left_out(initialized: Database) -> None:
    execute(initialized, PROFILES)

    counts = provisioner_of(initialized).count_values(
        CUSTOMERS.id, ["email", "first_name", "nothing"], soon()
    )

    assert counts == ColumnCounts(RowCount(3), {"email": 1, "first_name": 2})


def test_a_table_that_takes_too_long_is_estimated_and_costs_the_others_nothing(initialized: Database) -> None:
    execute(initialized, PROFILES, IDENTITIES, "ANALYZE krenalis_identities")
    with initialized.connect() as other, other.transaction():
        other.execute(
            f'LOCK TABLE "{initialized.schema}".krenalis_identities, "{initialized.schema}".krenalis_events'
        )
        start = time.monotonic()
        counts = provisioner_of(initialized).count(CUSTOMERS.id, Deadline.after(2))
        taken = time.monotonic() - start

    # of the events, which were never analyzed, nothing is known
    assert counts == Counts(RowCount(3), RowCount(4, exact=False), None)
    assert taken < 2


def test_a_table_that_may_not_be_read_is_estimated(initialized: Database) -> None:
    execute(
        initialized,
        PROFILES,
        "ANALYZE krenalis_profiles_0",
        "ALTER TABLE krenalis_profiles_0 OWNER TO postgres",
    )

    counts = provisioner_of(initialized).count_values(CUSTOMERS.id, ["email"], soon())

    assert counts == ColumnCounts(RowCount(3, exact=False), {})


def test_a_table_that_is_missing_has_no_number(initialized: Database) -> None:
    execute(initialized, "DROP TABLE krenalis_profiles_0 CASCADE")
    provisioner = provisioner_of(initialized)

    assert provisioner.count(CUSTOMERS.id, soon()) == Counts(None, RowCount(0), RowCount(0))
    assert provisioner.count_values(CUSTOMERS.id, ["email"], soon()) == ColumnCounts(None, {})


def test_the_rows_of_another_workspace_are_not_told(pristine: Database) -> None:
    with pytest.raises(WorkspaceNotFound):
        provisioner_of(pristine).count("1", soon())


def test_counting_changes_nothing(initialized: Database) -> None:
    before = content(initialized)
    provisioner_of(initialized).count(CUSTOMERS.id, soon())
    assert content(initialized) == before
