"""Which table holds the profiles, beside tables of others that only bear such a name: by the resource's own calls."""

import copy
from typing import Any

import pytest

from tests.support.plugin import Told
from tests.support.warehouse import Warehouse, only_on
from tests.support.workspace_calls import Plan, WorkspaceCalls
from tests.support.workspaces import profile_schema

BACKUP = "krenalis_profiles_20261128"
TEXT = {"kind": "string"}
FIRST = "krenalis_profiles_0"
LEFT_ALONE = "Other objects have names of profiles tables"
STAY = "Objects with names of profiles tables stay"
UNKNOWN = "Profiles table is not known"


def document(**added: Any) -> Any:
    """The example's profile schema with more properties, by name and type."""
    changed = copy.deepcopy(profile_schema())
    changed["properties"] += [
        {"name": name, "type": type_, "readOptional": True} for name, type_ in added.items()
    ]
    return changed


@pytest.fixture
def calls(warehouse: Warehouse) -> WorkspaceCalls:
    """The example's workspace, made, with one profile."""
    calls = WorkspaceCalls(warehouse)
    apply(calls, calls.plan(calls.config(document())))
    warehouse.add_profiles({"email": "ann@example.com"})
    return calls


def apply(calls: WorkspaceCalls, plan: Plan) -> list[Told]:
    """Apply a plan without errors, and return what it warned of."""
    assert plan.errors == []
    assert [told for told in calls.apply(plan) if told.severity == "error"] == []
    return plan.told


def backup(warehouse: Warehouse, name: str = BACKUP) -> None:
    warehouse.execute(f"CREATE TABLE {name} AS SELECT * FROM {FIRST}")
    own(warehouse, f"TABLE {name}")


def own(warehouse: Warehouse, relation: str) -> None:
    """Let the user own what an administrator made; on the double of Snowflake the role owns it already."""
    if warehouse.platform == "PostgreSQL":
        warehouse.execute(f'ALTER {relation} OWNER TO "{warehouse.settings()["username"]}"')


def told_of(told: list[Told], summary: str) -> str:
    """The detail of the only diagnostic whose summary begins so."""
    (found,) = [each for each in told if each.summary.startswith(summary)]
    return found.detail


def failed_then_resolved(warehouse: Warehouse) -> None:
    """What a failed resolution of a Krenalis server and a good one after it leave: the table of before stays."""
    for number in (1, 2, 3):
        backup(warehouse, f"krenalis_profiles_{number}")
        warehouse.execute(
            f"INSERT INTO krenalis_profile_schema_versions VALUES ({number}, {an_id(warehouse, number)}, "
            f"'2026-01-0{number}')"
        )


def an_id(warehouse: Warehouse, number: int) -> str:
    cast = "::uuid" if warehouse.platform == "PostgreSQL" else ""
    return f"'00000000-0000-0000-0000-00000000000{number}'{cast}"


def show(warehouse: Warehouse, table: str) -> None:
    """Let the view read another table, in the form of Krenalis."""
    names = [name for name, *_ in warehouse.columns("profiles")]
    listed = ", ".join(f'"{name}"' for name in names)
    warehouse.execute(f"CREATE OR REPLACE VIEW profiles AS SELECT {listed} FROM {table}")


def names(warehouse: Warehouse, table: str) -> list[str]:
    return [name for name, *_ in warehouse.columns(table)]


def test_a_backup_is_left_alone_by_a_migration_and_named(calls: WorkspaceCalls, warehouse: Warehouse) -> None:
    backup(warehouse)

    told = apply(calls, calls.plan(calls.config(document(tier=TEXT))))

    assert warehouse.name(BACKUP) in told_of(told, LEFT_ALONE)
    assert warehouse.name("tier") in names(warehouse, FIRST)
    assert warehouse.name("tier") not in names(warehouse, BACKUP)
    assert warehouse.profiles("email", "tier") == [("ann@example.com", None)]
    assert calls.refresh() == []
    assert calls.plan(calls.config(document(tier=TEXT))).state == calls.state


def test_a_backup_is_neither_counted_nor_dropped_and_hinders_no_new_workspace(
    calls: WorkspaceCalls, warehouse: Warehouse
) -> None:
    backup(warehouse)
    warehouse.add_profiles({"email": "bob@example.com"})

    told = apply(calls, calls.plan(None))

    assert "destroyed with 2 profiles" in told[0].summary + told[-1].summary
    stays = told_of(told, STAY)
    assert warehouse.name(BACKUP) in stays
    assert "personal data" in stays
    assert warehouse.relations() == {warehouse.name(BACKUP): "table"}
    told = apply(calls, calls.plan(calls.config(document())))
    assert warehouse.name(BACKUP) in told_of(told, LEFT_ALONE)
    assert warehouse.profiles("email") == []
    assert len(warehouse.execute(f"SELECT email FROM {BACKUP}")) == 1


@only_on("PostgreSQL", "the kinds of relations are those of PostgreSQL")
@pytest.mark.parametrize(
    ("made", "kind"),
    [
        (f"CREATE VIEW {BACKUP} AS SELECT 1", "view"),
        (f"CREATE SEQUENCE {BACKUP}", "sequence"),
        (f"CREATE TABLE {BACKUP} (a int) PARTITION BY RANGE (a)", "table"),
        (f"CREATE MATERIALIZED VIEW {BACKUP} AS SELECT 1", "materialized view"),
        (f"CREATE INDEX {BACKUP} ON krenalis_events (event)", "index"),
    ],
)
def test_whatever_bears_such_a_name_is_left_alone(
    calls: WorkspaceCalls, warehouse: Warehouse, made: str, kind: str
) -> None:
    warehouse.execute(made)
    told = apply(calls, calls.plan(calls.config(document(tier=TEXT))))
    assert f'{kind} "{BACKUP}"' in told_of(told, LEFT_ALONE)
    apply(calls, calls.plan(None))


def test_after_a_failed_resolution_the_table_that_the_view_reads_is_changed(
    calls: WorkspaceCalls, warehouse: Warehouse
) -> None:
    failed_then_resolved(warehouse)
    show(warehouse, "krenalis_profiles_1")
    warehouse.execute("DELETE FROM krenalis_profile_schema_versions WHERE version = 3", f"DROP TABLE {FIRST}")
    assert calls.refresh() == []

    told = apply(calls, calls.plan(calls.config(document(tier=TEXT))))

    left = told_of(told, LEFT_ALONE)
    assert all(warehouse.name(f"krenalis_profiles_{number}") in left for number in (2, 3))
    assert warehouse.profiles("email", "tier") == [("ann@example.com", None)]
    assert warehouse.name("tier") in names(warehouse, "krenalis_profiles_1")
    assert warehouse.name("tier") not in names(warehouse, "krenalis_profiles_2")


def test_after_a_failed_resolution_and_a_good_one_the_table_of_before_stays(
    calls: WorkspaceCalls, warehouse: Warehouse
) -> None:
    failed_then_resolved(warehouse)
    show(warehouse, "krenalis_profiles_3")
    warehouse.execute("DROP TABLE krenalis_profiles_2", f"DROP TABLE {FIRST}")
    assert calls.refresh() == []
    assert calls.plan(calls.config(document())).state == calls.state

    told = apply(calls, calls.plan(None))

    assert warehouse.name("krenalis_profiles_1") in told_of(told, STAY)
    assert warehouse.relations() == {warehouse.name("krenalis_profiles_1"): "table"}
    apply(calls, calls.plan(calls.config(document())))


def test_a_view_that_is_gone_is_made_again_over_the_table_of_the_last_version(
    calls: WorkspaceCalls, warehouse: Warehouse
) -> None:
    failed_then_resolved(warehouse)
    warehouse.execute("DROP VIEW profiles", "DELETE FROM krenalis_profiles_1")
    calls.refresh()

    told = apply(calls, calls.plan(calls.config(document())))

    assert warehouse.name("krenalis_profiles_1") in told_of(told, LEFT_ALONE)
    assert warehouse.profiles("email") == [("ann@example.com",)]
    warehouse.execute("DELETE FROM krenalis_profiles_3")
    assert warehouse.profiles("email") == []


@pytest.mark.parametrize("instead", [None, "SELECT 1 AS one FROM krenalis_events"])
def test_where_nothing_tells_the_table_a_change_is_refused_and_a_destruction_leaves_it(
    calls: WorkspaceCalls, warehouse: Warehouse, instead: str | None
) -> None:
    backup(warehouse)
    warehouse.execute("DROP VIEW profiles", f"DROP TABLE {FIRST}")
    if instead:
        warehouse.execute(f"CREATE VIEW profiles AS {instead}")
        own(warehouse, "VIEW profiles")
    calls.refresh()

    plan = calls.plan(calls.config(document(tier=TEXT)))

    assert warehouse.name(BACKUP) in told_of(plan.errors, UNKNOWN)
    told = apply(calls, calls.plan(None))
    assert warehouse.name(BACKUP) in told_of(told, STAY)
    assert warehouse.relations() == {warehouse.name(BACKUP): "table"}


@pytest.mark.parametrize("name", [BACKUP, f"{BACKUP}235959"])
def test_a_view_over_a_backup_does_not_make_it_the_profiles_table(
    calls: WorkspaceCalls, warehouse: Warehouse, name: str
) -> None:
    backup(warehouse, name)
    show(warehouse, name)
    calls.refresh()

    told = apply(calls, calls.plan(calls.config(document(tier=TEXT))))

    assert warehouse.name(name) in told_of(told, LEFT_ALONE)
    assert warehouse.name("tier") not in names(warehouse, name)
    warehouse.execute(f"DELETE FROM {FIRST}")
    assert warehouse.profiles("email", "tier") == []


@only_on("PostgreSQL", "Snowflake has no types")
class TestTypes:
    @pytest.mark.parametrize(
        "columns", ["kind event_type", "kinds event_type[]", "kind text DEFAULT 'track'::event_type"]
    )
    def test_what_a_backup_uses_stays_and_is_taken_by_the_next_workspace(
        self, calls: WorkspaceCalls, warehouse: Warehouse, columns: str
    ) -> None:
        warehouse.execute(f"CREATE TABLE {BACKUP} ({columns})")

        told = apply(calls, calls.plan(None))

        assert 'types "event_type" stay too' in told_of(told, STAY)
        assert warehouse.execute("SELECT typname FROM pg_type WHERE typtype = 'e'") == [("event_type",)]
        apply(calls, calls.plan(calls.config(document())))
        assert calls.refresh() == []
        warehouse.execute(f"DROP TABLE {BACKUP}")
        apply(calls, calls.plan(None))
        assert warehouse.content() == set()

    def test_a_type_with_other_labels_is_in_the_way(
        self, calls: WorkspaceCalls, warehouse: Warehouse
    ) -> None:
        warehouse.execute(f"CREATE TABLE {BACKUP} (kind event_type)")
        apply(calls, calls.plan(None))
        warehouse.execute("ALTER TYPE event_type ADD VALUE 'other'")

        plan = calls.plan(calls.config(document()))

        assert 'type "event_type"' in told_of(plan.errors, "Names are taken")


@only_on("PostgreSQL", "Snowflake takes no other number than 0")
def test_a_workspace_whose_first_number_is_taken_takes_the_next(
    calls: WorkspaceCalls, warehouse: Warehouse
) -> None:
    failed_then_resolved(warehouse)
    show(warehouse, "krenalis_profiles_3")
    apply(calls, calls.plan(None))

    apply(calls, calls.plan(calls.config(document())))

    assert warehouse.execute("SELECT version FROM krenalis_profile_schema_versions") == [(3,)]
    assert (
        "FROM krenalis_profiles_3" in warehouse.execute("SELECT pg_get_viewdef('profiles'::regclass)")[0][0]
    )
    assert calls.refresh() == []
    assert calls.plan(calls.config(document())).state == calls.state


@only_on("Snowflake", "PostgreSQL takes the next number")
def test_a_first_profiles_table_of_somebody_else_is_in_the_way(warehouse: Warehouse) -> None:
    warehouse.execute(f"CREATE TABLE {FIRST} (A INT)")
    calls = WorkspaceCalls(warehouse)
    plan = calls.plan(calls.config(document()))
    assert f'table "{warehouse.name(FIRST)}"' in told_of(plan.errors, "Names are taken")


@only_on("PostgreSQL", "Snowflake shows the text of a view to its owner alone")
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("SELECT _kpid, _updated_at, {columns} FROM krenalis_profiles_0 WHERE email <> ''", {"tier": TEXT}),
        ("SELECT _kpid, _updated_at, {columns}, 1 AS extra FROM krenalis_profiles_0", {"tier": TEXT}),
        ("SELECT _kpid, _updated_at, {columns}, _identities FROM krenalis_profiles_0", {"tier": TEXT}),
        ("SELECT DISTINCT _kpid, _updated_at, {columns} FROM krenalis_profiles_0", {"tier": TEXT}),
    ],
)
def test_a_view_that_somebody_changed_is_named_before_it_is_made_anew(
    calls: WorkspaceCalls, warehouse: Warehouse, before: str, after: dict[str, Any]
) -> None:
    warehouse.execute("UPDATE krenalis_profiles_0 SET email = ''")
    listed = ", ".join(f'"{name}"' for name in names(warehouse, "profiles")[2:])
    warehouse.execute("DROP VIEW profiles", f"CREATE VIEW profiles AS {before.format(columns=listed)}")
    own(warehouse, "VIEW profiles")

    told = apply(calls, calls.plan(calls.config(document(**after))))

    assert "make a view of another name" in told_of(told, "View over the profiles was changed")
    assert warehouse.profiles("email", "tier") == [("", None)]
    told = apply(calls, calls.plan(calls.config(document(**after, more=TEXT))))
    assert told == []


@only_on("PostgreSQL", "the text of a view is that of PostgreSQL")
def test_a_view_as_we_make_and_rename_it_is_not_taken_for_a_changed_one(
    calls: WorkspaceCalls, warehouse: Warehouse
) -> None:
    mixed = document(Order=TEXT, select=TEXT, tier=TEXT)
    assert apply(calls, calls.plan(calls.config(mixed))) == []
    renamed = document(Order=TEXT, select=TEXT, rank=TEXT)
    assert apply(calls, calls.plan(calls.config(renamed, renames={"rank": "tier"}))) == []
    assert (
        apply(calls, calls.plan(calls.config(document(Order=TEXT, select=TEXT, rank=TEXT, more=TEXT)))) == []
    )
