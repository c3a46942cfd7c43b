"""The PostgreSQL provisioner without Terraform: changing and mending a workspace."""

import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from krenalis_provider.model.errors import Verdict, WarehouseError, WorkspaceNotFound
from krenalis_provider.model.profile_columns import ProfileColumn
from krenalis_provider.model.profile_schema import Type
from krenalis_provider.model.property_path import PropertyPath
from krenalis_provider.model.workspace import WarehouseMode
from tests.acceptance import expected_catalogue as expected
from tests.support.customers import COLUMNS, CUSTOMERS, only_finding
from tests.support.lock_waits import over_at_a_lock
from tests.support.postgresql import Database
from tests.support.postgresql_warehouse import columns_of, content, execute, provisioner_of, soon
from tests.support.processes import SECONDS
from tests.support.stand_in import until
from tfplugin.deadline import Deadline

NEWER = ProfileColumn("tier", PropertyPath.parse("tier"), Type("string"))


def test_an_update_replaces_the_record_and_keeps_the_time_of_creation(initialized: Database) -> None:
    before = execute(initialized, "SELECT created_at, updated_at FROM krenalis_workspace")[0]
    changed = replace(CUSTOMERS, name="Clients", mode=WarehouseMode.MAINTENANCE, identifiers=("email",))

    provisioner_of(initialized).update(changed, COLUMNS, soon())

    assert provisioner_of(initialized).inspect(soon()).workspace == changed
    ((created, updated),) = execute(initialized, "SELECT created_at, updated_at FROM krenalis_workspace")
    assert created == before[0]
    assert updated > before[1]


@pytest.mark.parametrize(
    ("kind", "loss"),
    [
        ("table", ["DROP TABLE krenalis_destination_profiles"]),
        ("table of profiles", ["DROP VIEW profiles", "DROP TABLE krenalis_profiles_0"]),
        ("record", ["DROP TABLE krenalis_workspace"]),
        ("row", ["DELETE FROM krenalis_workspace"]),
        ("view of events", ["DROP VIEW events"]),
        ("view of profiles", ["DROP VIEW profiles"]),
        ("index", ["DROP INDEX updated_atx"]),
        ("procedure", ["DROP PROCEDURE resolve_identities()"]),
        ("type", ["DROP TABLE krenalis_system_operations", "DROP TYPE system_operation_type"]),
        (
            "everything but the events",
            [
                "DROP VIEW profiles, events",
                "DROP TABLE krenalis_profiles_0, krenalis_identities, krenalis_workspace",
                "DROP TABLE krenalis_destination_profiles, krenalis_system_operations",
                "DROP TABLE krenalis_profile_schema_versions",
                "DROP TYPE system_operation_type",
            ],
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_update_makes_what_is_missing_and_keeps_the_rest(
    initialized: Database, kind: str, loss: list[str]
) -> None:
    complete = content(initialized)
    execute(
        initialized,
        "INSERT INTO krenalis_events (connection_id, anonymous_id, message_id, received_at, sent_at, timestamp,"
        " traits, type) VALUES ('c', 'a', 'm', now(), now(), now(), '{}', 'page')",
        *loss,
    )

    provisioner_of(initialized).update(CUSTOMERS, COLUMNS, soon())

    assert content(initialized) == complete
    assert provisioner_of(initialized).inspect(soon()).workspace == CUSTOMERS
    assert execute(initialized, "SELECT message_id FROM events") == [("m",)]


def test_after_an_identity_resolution_an_update_does_not_make_the_first_profiles_table(
    initialized: Database,
) -> None:
    execute(
        initialized,
        "ALTER TABLE krenalis_profiles_0 RENAME TO krenalis_profiles_3",
        "INSERT INTO krenalis_profile_schema_versions VALUES (3, gen_random_uuid(), now())",
        "DROP VIEW profiles",
    )

    provisioner_of(initialized).update(CUSTOMERS, COLUMNS, soon())

    assert "table krenalis_profiles_0" not in content(initialized)
    assert "krenalis_profiles_3" in execute(initialized, "SELECT pg_get_viewdef('profiles'::regclass)")[0][0]


def test_a_missing_profiles_table_is_made_with_the_number_of_the_last_version(initialized: Database) -> None:
    execute(
        initialized,
        "DROP VIEW profiles",
        "DROP TABLE krenalis_profiles_0",
        "INSERT INTO krenalis_profile_schema_versions SELECT n, gen_random_uuid(), now() FROM generate_series(1, 3) n",
    )
    provisioner_of(initialized).update(CUSTOMERS, COLUMNS, soon())
    assert columns_of(initialized, "krenalis_profiles_3") == expected.columns(
        expected.TABLES["krenalis_profiles_0"]
    )


def test_an_update_of_another_workspace_is_refused(pristine: Database) -> None:
    with pytest.raises(WorkspaceNotFound, match='holds workspace "Customers" with the id 1604839201'):
        provisioner_of(pristine).update(replace(CUSTOMERS, id="2"), COLUMNS, soon())


def test_an_update_of_a_workspace_that_is_gone_is_refused(database: Database) -> None:
    with pytest.raises(WorkspaceNotFound, match="holds no workspace"):
        provisioner_of(database).update(CUSTOMERS, COLUMNS, soon())
    assert content(database) == set()


def test_an_update_that_fails_changes_nothing(initialized: Database) -> None:
    execute(initialized, "DROP VIEW profiles", "DROP INDEX updated_atx")
    before = content(initialized)
    with pytest.raises(WarehouseError, match=r'making view "profiles" failed.* column "tier" does not exist'):
        provisioner_of(initialized).update(replace(CUSTOMERS, name="Clients"), [*COLUMNS, NEWER], soon())
    assert content(initialized) == before
    assert provisioner_of(initialized).inspect(soon()).workspace == CUSTOMERS


@pytest.mark.parametrize(
    ("garbage", "reason"),
    [
        ("format_version = 99", "its format version is 99, and this provider knows 1 only"),
        ("mode = 'Sideways'", "it is not valid: 'Sideways' is not a valid WarehouseMode"),
        ("ui_preferences = '{}'", "it has no user_profile"),
        ("primary_sources = '7'", "it is not valid"),
    ],
)
def test_a_record_that_cannot_be_read_is_found_by_the_plan_of_an_update(
    initialized: Database, garbage: str, reason: str
) -> None:
    execute(initialized, f"UPDATE krenalis_workspace SET {garbage}")

    findings = provisioner_of(initialized).check_update(CUSTOMERS.id, soon())

    detail = only_finding(findings, Verdict.CONTRADICTED, "schema", "Workspace's record cannot be read")
    assert reason in detail


@pytest.mark.parametrize(
    ("loss", "told"),
    [
        (
            "DROP TYPE event_type CASCADE",
            'view "events" is missing.* columns "type", which table "krenalis_events" lacks',
        ),
        ("ALTER TABLE krenalis_profiles_0 DROP COLUMN _kpid CASCADE", 'view "profiles" is missing.* "_kpid"'),
        (
            "ALTER TABLE krenalis_identities DROP COLUMN _updated_at",
            'index "updated_atx" is missing.* "_updated_at"',
        ),
    ],
)
def test_a_table_that_is_not_fit_for_what_is_missing_is_found_by_the_plan(
    initialized: Database, loss: str, told: str
) -> None:
    execute(initialized, loss)

    (finding,) = provisioner_of(initialized).check_update(CUSTOMERS.id, soon())

    assert finding.summary == "Columns of a table are missing"
    assert re.search(told, finding.detail)
    with pytest.raises(WarehouseError):
        provisioner_of(initialized).update(CUSTOMERS, COLUMNS, soon())


def test_writers_go_on_while_an_index_that_is_made_again_waits(initialized: Database) -> None:
    """Its table cannot be written to while it is made, so it waits for an import that goes on."""
    execute(initialized, "DROP INDEX updated_atx")
    write = f'LOCK TABLE "{initialized.schema}".krenalis_identities IN ROW EXCLUSIVE MODE'.encode()
    waits: list[float] = []
    over = threading.Event()

    def write_again_and_again() -> None:
        with initialized.connect_as_role() as writer:
            while not over.is_set():
                start = time.monotonic()
                with writer.transaction():
                    writer.execute(write)
                waits.append(time.monotonic() - start)
                time.sleep(0.05)

    with initialized.connect_as_role() as importer:
        importer.execute("BEGIN")
        importer.execute(write)
        with (
            over_at_a_lock(initialized) as deadline,
            pytest.raises(WarehouseError, match="Warehouse is locked") as refused,
        ):
            provisioner_of(initialized).update(CUSTOMERS, COLUMNS, deadline)
        assert f"session {importer.info.backend_pid} of role" in refused.value.detail

        with ThreadPoolExecutor(2) as threads:
            other = threads.submit(write_again_and_again)
            deadline_far_away = Deadline.after(5 * SECONDS)
            updated = threads.submit(
                provisioner_of(initialized).update, CUSTOMERS, COLUMNS, deadline_far_away
            )
            try:
                # the other one has waited for the update, and that still waits for the import
                until(lambda: sum(wait > 1 for wait in waits) > 1, SECONDS)
                assert not updated.done()
            finally:
                importer.execute("ROLLBACK")
                updated.result()
                over.set()
            other.result()

    assert provisioner_of(initialized).inspect(soon()).objects.get("updated_atx") == "index"
