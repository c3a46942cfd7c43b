"""What the property test of users' objects calls wrong, and what it does not."""

import re
from dataclasses import replace

import pytest

from tests.support.objections import objections
from tests.support.plugin import Told
from tests.support.postgresql import Database
from tests.support.postgresql_facts import Fact, facts
from tests.support.postgresql_warehouse import execute, with_workspace
from tests.support.users_objects import UsersObject
from tests.support.workspace_among_others import Outcome
from tests.support.workspace_changes import WorkspaceChange

TABLE = "table cdp.krenalis_profiles_0"
OWN = frozenset({Fact(TABLE, "kind", "rp"), Fact(f"column zz_email of {TABLE}", "type", "text")})
INDEX = Fact(
    "index cdp.u1", "definition", "CREATE INDEX u1 ON cdp.krenalis_profiles_0 USING btree (zz_email)"
)
COMMENT = Fact(TABLE, "comment", "the people")
DATA = Fact("column a of table cdp.u1", "value", "1 in row 0")
OF_COLUMN = Fact(f"column zz_email of {TABLE}", "comment", "an address")

ALONE = Outcome(before=OWN, said="", refused=False, after=OWN)
AMONG = Outcome(before=OWN | {INDEX, COMMENT}, said="", refused=False, after=OWN | {INDEX, COMMENT})
APPEND = WorkspaceChange(("append",))
USERS = (UsersObject("index", ("CREATE INDEX u1 …",), (r"\bu1(?=_|\b)",), 0),)


def found(among: Outcome, change: WorkspaceChange = APPEND, alone: Outcome = ALONE) -> list[str]:
    return objections(change, alone, among, USERS)


def test_nothing_is_wrong_where_all_stays() -> None:
    assert found(AMONG) == []


@pytest.mark.parametrize("lost", [INDEX, COMMENT])
def test_what_is_gone_is_wrong(lost: Fact) -> None:
    assert found(replace(AMONG, after=AMONG.after - {lost})) == [f"gone: {lost}"]


def test_what_is_gone_and_named_is_right_but_only_what_has_a_name_of_its_own() -> None:
    assert found(replace(AMONG, after=AMONG.after - {INDEX}, said="index u1 goes")) == []
    assert found(replace(AMONG, after=AMONG.after - {INDEX}, said="index u11 goes")) != []
    assert found(replace(AMONG, after=AMONG.after - {COMMENT}, said=f"comments of {TABLE} go")) != []


def test_data_of_users_never_goes() -> None:
    among = replace(AMONG, before=AMONG.before | {DATA}, said="table u1 loses data")
    assert found(among) == [f"gone: {DATA}"]


def test_what_is_said_of_a_column_goes_with_the_column_alone() -> None:
    before = AMONG.before | {OF_COLUMN}
    column = Fact(f"column zz_email of {TABLE}", "type", "text")
    alone = replace(ALONE, after=OWN - {column})
    assert found(replace(AMONG, before=before, after=AMONG.after - {column}), alone=alone) == []
    assert found(replace(AMONG, before=before)) == [f"gone: {OF_COLUMN}"]


def test_what_follows_a_rename_stays() -> None:
    renamed = {Fact(*(part.replace("zz_email", "zz_contact") for part in fact)) for fact in AMONG.before}
    alone = replace(ALONE, after=frozenset(renamed) - {INDEX, COMMENT})
    change = WorkspaceChange(("rename",))
    assert found(replace(AMONG, after=frozenset(renamed)), change, alone) == []


def test_what_nobody_said_is_wrong() -> None:
    new = Fact(TABLE, "grant", "SELECT to PUBLIC")
    assert found(replace(AMONG, after=AMONG.after | {new})) == [f"new: {new}"]


def test_a_green_plan_that_fails_is_wrong() -> None:
    failed = replace(AMONG, failures=[Told("error", "Refused", "no", "")])
    assert found(failed) == ["the plan was green: error: Refused: no"]
    assert found(replace(AMONG, planned_again=True)) == ["the next plan is not empty"]


def test_a_refusal_names_an_object() -> None:
    refused = replace(AMONG, after=AMONG.before, refused=True, said="error: no")
    assert found(refused) == ["the refusal names nothing: error: no"]
    assert found(replace(refused, said="error: index cdp.u1 is in the way")) == []
    assert found(replace(refused, said="error: u1", after=OWN)) != []


@pytest.mark.parametrize(
    "statement",
    [
        "DROP INDEX updated_atx",
        "COMMENT ON TABLE krenalis_events IS 'events'",
        "GRANT SELECT (user_id) ON krenalis_events TO PUBLIC",
        "ALTER TABLE krenalis_events ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE krenalis_events ALTER COLUMN user_id SET DEFAULT 'x'",
        "ALTER PROCEDURE resolve_identities() SECURITY DEFINER",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA cdp GRANT SELECT ON TABLES TO PUBLIC",
        "CREATE PUBLICATION p FOR TABLE krenalis_events",
        "INSERT INTO krenalis_destination_profiles VALUES ('p', 'e', 'v')",
        "UPDATE krenalis_workspace SET name = 'Clients'",
    ],
)
def test_a_fact_tells_of_each_change(database: Database, statement: str) -> None:
    def seen() -> frozenset[Fact]:
        return facts(made, keyless=re.compile("zz_"), passing={})

    made = with_workspace(database)
    before = seen()
    assert seen() == before
    execute(database, statement)
    assert seen() != before
