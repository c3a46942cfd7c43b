"""The PostgreSQL provisioner without Terraform: dropping a workspace, and nothing else."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
import pytest

from krenalis_provider.model.errors import Verdict, WarehouseError, WorkspaceNotFound
from krenalis_provider.warehouses.postgresql import dialect
from tests.acceptance import expected_catalogue as expected
from tests.support.customers import CUSTOMERS, only_finding
from tests.support.lock_waits import over_at_a_lock
from tests.support.postgresql import Database
from tests.support.postgresql_warehouse import content, execute, provisioner_of, soon
from tests.support.processes import SECONDS
from tests.support.stand_in import until
from tests.support.warehouse import Row
from tfplugin.deadline import Deadline


def test_a_drop_removes_everything_of_ours_and_nothing_else(initialized: Database) -> None:
    execute(
        initialized,
        "ALTER TABLE krenalis_profiles_0 RENAME TO krenalis_profiles_7",
        "CREATE TABLE visits (at timestamptz)",
        "CREATE TABLE krenalis_profiles_latest ()",
        "CREATE TYPE event_kind AS ENUM ()",
    )
    provisioner_of(initialized).drop(CUSTOMERS.id, soon())

    schema = initialized.schema
    assert {name.replace(f"{schema}.", "") for name in content(initialized)} == {
        "table visits",
        "table krenalis_profiles_latest",
        "type event_kind",
    }


def test_a_drop_that_a_view_depends_on_is_refused_and_changes_nothing(initialized: Database) -> None:
    execute(
        initialized,
        "CREATE SCHEMA reports",
        "CREATE VIEW reports.emails AS SELECT email FROM profiles",
        "CREATE VIEW reports.pages AS SELECT message_id FROM krenalis_events",
    )
    before = content(initialized)

    with pytest.raises(WarehouseError) as caught:
        provisioner_of(initialized).drop(CUSTOMERS.id, soon())

    assert caught.value.code == "2BP01"
    assert "view reports.emails depends on view" in caught.value.detail
    assert content(initialized) == before


def test_a_drop_of_another_workspace_is_refused(pristine: Database) -> None:
    with pytest.raises(WorkspaceNotFound):
        provisioner_of(pristine).drop("2", soon())
    assert provisioner_of(pristine).inspect(soon()).objects == dialect.NAMES.objects


@pytest.mark.parametrize("loss", ["DROP TABLE krenalis_workspace", "DELETE FROM krenalis_workspace"])
def test_tables_without_a_record_are_not_dropped(initialized: Database, loss: str) -> None:
    execute(initialized, loss)
    before = content(initialized)
    with pytest.raises(WarehouseError, match=r"not dropped\. Apply the workspace once"):
        provisioner_of(initialized).drop(CUSTOMERS.id, soon())
    assert content(initialized) == before


def test_types_that_are_left_over_are_dropped(initialized: Database) -> None:
    execute(initialized, "DROP VIEW events, profiles", f"DROP TABLE {', '.join(expected.TABLES)}")
    provisioner_of(initialized).drop(CUSTOMERS.id, soon())
    assert content(initialized) == set()


def test_views_of_our_names_without_our_tables_are_kept(database: Database) -> None:
    execute(database, "CREATE VIEW events AS SELECT 1")
    provisioner_of(database).drop(CUSTOMERS.id, soon())
    assert len(content(database)) == 1


def test_dropping_what_is_not_there_is_a_success(database: Database) -> None:
    for schema in (database.schema, "cdq"):
        provisioner_of(database, schema=schema).drop(CUSTOMERS.id, soon())


def test_a_drop_by_another_role_is_refused_and_changes_nothing(initialized: Database) -> None:
    execute(
        initialized,
        "CREATE ROLE rotated LOGIN PASSWORD 'rotated'",
        f"GRANT ALL ON SCHEMA {initialized.schema} TO rotated",
        f"GRANT ALL ON ALL TABLES IN SCHEMA {initialized.schema} TO rotated",
    )
    try:
        with pytest.raises(
            WarehouseError, match="only the owner of an object or a member of the owner's role"
        ) as caught:
            provisioner_of(initialized, username="rotated", password="rotated").drop(CUSTOMERS.id, soon())
    finally:
        execute(initialized, "DROP OWNED BY rotated", "DROP ROLE rotated")
    assert caught.value.code == "42501"
    assert provisioner_of(initialized).inspect(soon()).objects == dialect.NAMES.objects


class TestReaders:
    """Whoever reads what is to be dropped is waited for, and not in the way of others."""

    @pytest.mark.parametrize("relation", ["profiles", "krenalis_events", "krenalis_identities"])
    def test_one_is_named_at_the_deadline_and_nothing_is_dropped(
        self, initialized: Database, relation: str
    ) -> None:
        before = content(initialized)
        with reading(initialized, relation) as reader:
            with (
                over_at_a_lock(initialized) as deadline,
                pytest.raises(WarehouseError, match="Warehouse is locked") as refused,
            ):
                provisioner_of(initialized).drop(CUSTOMERS.id, deadline)
            pid = reader.info.backend_pid
            assert f'session {pid} of role "{initialized.role}" holds AccessShareLock' in refused.value.detail
        assert content(initialized) == before

    def test_others_go_on_while_the_drop_waits_and_it_goes_on_when_it_may(
        self, initialized: Database
    ) -> None:
        """A reader of one table after the other, each for a while, is the worst for those that come later."""
        waits: list[float] = []
        over = threading.Event()
        with (
            ThreadPoolExecutor(4) as threads,
            reading(initialized, "krenalis_destination_profiles") as reader,
        ):
            others = [
                threads.submit(read_again_and_again, initialized, relation, waits, over)
                for relation in ("profiles", "krenalis_identities", "krenalis_events")
            ]
            dropped = threads.submit(
                provisioner_of(initialized).drop, CUSTOMERS.id, Deadline.after(5 * SECONDS)
            )
            try:
                # some have waited for the drop, and it still waits for the reader
                until(lambda: sum(wait > 1 for wait in waits) > 2 and len(waits) > 10, SECONDS)
                assert not dropped.done()
            finally:
                reader.execute("ROLLBACK")
                dropped.result()
                over.set()
            for other in others:
                other.result()

        assert content(initialized) == set()


@contextmanager
def reading(database: Database, relation: str) -> Iterator["psycopg.Connection[Row]"]:
    """A session in the middle of a transaction that has read the relation."""
    with database.connect_as_role() as reader:
        reader.execute("BEGIN")
        reader.execute(f'SELECT FROM "{database.schema}".{relation}'.encode())
        yield reader


def read_again_and_again(
    database: Database, relation: str, waits: list[float], over: threading.Event
) -> None:
    """Note how long each reading took, until the relation is gone."""
    with database.connect_as_role() as reader:
        while not over.is_set():
            start = time.monotonic()
            try:
                reader.execute(f'SELECT FROM "{database.schema}".{relation}'.encode())
            except psycopg.errors.UndefinedTable:
                return
            waits.append(time.monotonic() - start)
            time.sleep(0.05)


class TestCheck:
    """What a drop would stumble over is found before."""

    def test_a_warehouse_as_it_was_made_can_be_dropped(self, pristine: Database) -> None:
        assert provisioner_of(pristine).check_drop(CUSTOMERS.id, soon()) == ()

    @pytest.mark.parametrize(
        ("statement", "dependent"),
        [
            ("CREATE VIEW report AS SELECT email FROM profiles", "view cdp.report"),
            ("CREATE VIEW report AS SELECT p FROM krenalis_profiles_0 p", "view cdp.report"),
            ("CREATE TABLE t (type event_type)", "column type of table cdp.t"),
            ("CREATE TABLE t (types event_type[])", "column types of table cdp.t"),
            ("CREATE TABLE t (event krenalis_events)", "column event of table cdp.t"),
            ("CREATE TABLE t (id text REFERENCES krenalis_workspace)", "constraint t_id_fkey on table cdp.t"),
            ("CREATE FUNCTION f(p profiles) RETURNS int LANGUAGE sql AS 'SELECT 1'", "function cdp.f(cdp.profiles)"),
            ("CREATE TABLE t () INHERITS (krenalis_events)", "table cdp.t"),
        ],
    )  # fmt: skip
    def test_what_depends_on_it_is_named(self, initialized: Database, statement: str, dependent: str) -> None:
        execute(initialized, statement)
        dependent = dependent.replace("cdp.", f"{initialized.schema}.")

        findings = provisioner_of(initialized).check_drop(CUSTOMERS.id, soon())

        detail = only_finding(
            findings, Verdict.CONTRADICTED, "schema", "Other objects depend on the warehouse"
        )
        assert dependent in detail
        with pytest.raises(WarehouseError) as caught:
            provisioner_of(initialized).drop(CUSTOMERS.id, soon())
        assert caught.value.code == "2BP01"

    @pytest.mark.parametrize(
        ("statement", "named"),
        [
            ("CREATE INDEX i ON krenalis_events (message_id)", 'with table "krenalis_events": index cdp.i.'),
            (
                "ALTER TABLE krenalis_events ADD CONSTRAINT c CHECK (message_id <> '')",
                "constraint c on table cdp.krenalis_events",
            ),
            (
                "ALTER TABLE krenalis_events ADD COLUMN kind event_type DEFAULT 'track'",
                'with table "krenalis_events": column "kind".',
            ),
            (
                ("CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
                "CREATE TRIGGER t BEFORE INSERT ON krenalis_events FOR EACH ROW EXECUTE FUNCTION f()"),
                "trigger t on table cdp.krenalis_events",
            ),
            ("CREATE RULE r AS ON INSERT TO krenalis_events DO ALSO SELECT 1", "rule r on table cdp.krenalis_events"),
            ("CREATE STATISTICS s ON email, gender FROM krenalis_profiles_0", "statistics object cdp.s"),
            ("CREATE POLICY p ON krenalis_identities USING (email <> '')", "policy p on table cdp.krenalis_identities"),
            ("CREATE PUBLICATION p FOR TABLE krenalis_events (message_id)", "publication of table cdp.krenalis_events"),
            ("ALTER TABLE krenalis_profiles_0 ADD tier text", 'with table "krenalis_profiles_0": column "tier".'),
            ("CREATE RULE r AS ON DELETE TO profiles DO INSTEAD NOTHING", 'with view "profiles": rule r'),
        ],
    )  # fmt: skip
    def test_what_goes_with_it_is_named_and_no_obstacle(
        self, initialized: Database, statement: str, named: str
    ) -> None:
        execute(initialized, statement)

        (finding,) = provisioner_of(initialized).check_drop(CUSTOMERS.id, soon())

        assert (finding.verdict, finding.summary) == (Verdict.NOTED, "Objects go with the warehouse")
        assert named in finding.detail
        provisioner_of(initialized).drop(CUSTOMERS.id, soon())

    def test_a_default_on_a_sequence_that_goes_with_a_column_is_an_obstacle(
        self, initialized: Database
    ) -> None:
        role = initialized.role
        execute(
            initialized,
            "CREATE SEQUENCE s",
            f"ALTER SEQUENCE s OWNER TO {role}",
            "ALTER SEQUENCE s OWNED BY krenalis_events.name",
            "CREATE TABLE t (n int DEFAULT nextval('s'))",
        )

        findings = provisioner_of(initialized).check_drop(CUSTOMERS.id, soon())

        assert "default value for column n of table cdp.t" in findings[0].detail
        with pytest.raises(WarehouseError):
            provisioner_of(initialized).drop(CUSTOMERS.id, soon())

    def test_another_workspace_is_found(self, pristine: Database) -> None:
        findings = provisioner_of(pristine).check_drop("2", soon())
        only_finding(findings, Verdict.CONTRADICTED, "host", "Another warehouse")

    def test_a_missing_record_is_found(self, initialized: Database) -> None:
        execute(initialized, "DROP TABLE krenalis_workspace")
        findings = provisioner_of(initialized).check_drop(CUSTOMERS.id, soon())
        only_finding(findings, Verdict.CONTRADICTED, "schema", "Workspace's record is missing")

    def test_an_unreadable_record_is_found(self, initialized: Database) -> None:
        execute(initialized, "UPDATE krenalis_workspace SET format_version = 99")
        findings = provisioner_of(initialized).check_drop(CUSTOMERS.id, soon())
        only_finding(findings, Verdict.CONTRADICTED, "schema", "Workspace's record cannot be read")

    def test_nothing_to_drop_is_fine(self, database: Database) -> None:
        assert provisioner_of(database).check_drop(CUSTOMERS.id, soon()) == ()
