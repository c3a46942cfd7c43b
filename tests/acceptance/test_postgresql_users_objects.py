"""Whatever users put around a workspace: a change is refused by a plan that names it, or it applies, and all is still there.

What a user has made never goes without being named in the plan, and data in tables that are not ours never goes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, event, given
from hypothesis import strategies as st

from tests.support.hypothesis_profiles import examples
from tests.support.objections import objections
from tests.support.postgresql import Server
from tests.support.users_objects import TEMPLATES, UsersObject, known_objects, made, users_objects
from tests.support.workspace_among_others import Outcome, Surroundings, surroundings
from tests.support.workspace_changes import WorkspaceChange, workspace_changes

DROP, LOSE = WorkspaceChange(("drop a number",)), WorkspaceChange(("lose a number",))
DESTRUCTION, REPLACEMENT = WorkspaceChange((), "destruction"), WorkspaceChange((), "replacement")


@pytest.fixture(scope="module")
def others(postgresql: Server) -> Iterator[Surroundings]:
    with surroundings(postgresql) as found:
        yield found


def tried(
    others: Surroundings, change: WorkspaceChange, objects: Sequence[UsersObject], *, resolved: bool = False
) -> Outcome:
    """Carry out a change among objects of users, and assert what is promised."""
    named = others.named(objects, resolved=resolved)
    alone = others.alone(change, resolved=resolved)
    among = others.run(change, named, resolved=resolved)
    found = objections(change, alone, among, named)
    assert not found, "\n".join([f"change: {change}", *map(str, named), *found])
    return among


@examples(
    100,
    derandomize=True,
    database=None,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(change=workspace_changes(), resolved=st.booleans(), objects=users_objects())
def test_a_change_among_users_objects_applies_or_is_refused_by_name_and_nothing_is_lost(
    others: Surroundings, change: WorkspaceChange, objects: Sequence[UsersObject], *, resolved: bool
) -> None:
    among = tried(others, change, objects, resolved=resolved)
    event(f"{change.ending} {'refused' if among.refused else 'made'}")


FUNCTION = "CREATE FUNCTION u1_f() RETURNS {} LANGUAGE plpgsql AS $$BEGIN {}; END$$"
IN_DATABASE = "ALTER ROLE {role} IN DATABASE {database} SET "
ONLY_SOME = "CREATE OR REPLACE VIEW profiles AS SELECT {columns} FROM {profiles} WHERE zz_flag"


@pytest.mark.slow
@pytest.mark.parametrize("statements", [
    ["CREATE INDEX u1 ON {profiles} (_updated_at) WHERE zz_score > 0"],
    ["CREATE STATISTICS u1 ON zz_score, zz_rank FROM {profiles}"],
    ["ALTER TABLE {profiles} ADD CONSTRAINT u1 CHECK (zz_score > zz_rank - 100)"],
    ["CREATE POLICY u1 ON {profiles} USING (zz_score > 0)"],
    ["CREATE SEQUENCE u1", "ALTER SEQUENCE u1 OWNER TO {role}", "ALTER SEQUENCE u1 OWNED BY {profiles}.zz_score"],
    ["CREATE RULE u1 AS ON DELETE TO {profiles} WHERE old.zz_score > 0 DO INSTEAD NOTHING"],
    [FUNCTION.format("trigger", "RETURN new"), "CREATE TRIGGER u1 BEFORE UPDATE OF zz_score ON {profiles} FOR EACH ROW EXECUTE FUNCTION u1_f()"],
    ["CREATE PUBLICATION u1 FOR TABLE {profiles} (_kpid, zz_score) WITH (publish = 'insert')"],
    ["ALTER TABLE {profiles} ADD COLUMN u1 integer GENERATED ALWAYS AS (zz_score * 2) STORED"],
    ["CREATE TABLE u1 () INHERITS ({profiles})", "ALTER TABLE u1 OWNER TO {role}", "INSERT INTO u1 (_updated_at, zz_score) VALUES ('2026-01-01', 5)"],
])  # fmt: skip
@pytest.mark.parametrize("change", [DROP, LOSE, DESTRUCTION, REPLACEMENT], ids=str)
def test_what_goes_with_a_column_or_with_all_is_named(
    others: Surroundings, change: WorkspaceChange, statements: Sequence[str]
) -> None:
    tried(others, change, known_objects(*statements))


@pytest.mark.parametrize(("steps", "statements"), [
    ("rewrite a date", [IN_DATABASE + "quote_all_identifiers = on"]),
    ("drop a number", ["CREATE TABLE u1 (zz_score integer)", "ALTER TABLE {profiles} INHERIT u1"]),
    ("append", ["CREATE TABLE u1 (LIKE {profiles}) PARTITION BY LIST (_updated_at)", "ALTER TABLE u1 ATTACH PARTITION {profiles} DEFAULT"]),
    ("append", ["CREATE TABLE u1 () INHERITS ({profiles})"]),
    ("append", ["CREATE TABLE u1 (zz_new1 integer) INHERITS ({profiles})", "ALTER TABLE u1 OWNER TO {role}"]),
    ("rewrite a number", ["CREATE TABLE u1 (person {profiles})"]),
    ("rewrite a number", ["CREATE FUNCTION u1_f(integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1'", "CREATE INDEX u1 ON {profiles} (u1_f(zz_score))"]),
    ("insert", [ONLY_SOME]),
    ("drop a number", [ONLY_SOME]),
    ("drop a number", ["CREATE OR REPLACE VIEW profiles AS SELECT {columns}, lower(zz_email) AS u1 FROM {profiles}"]),
    ("identifiers", ["ALTER PROCEDURE resolve_identities() SECURITY DEFINER"]),
    ("lose a number", ["ALTER TABLE {profiles} ALTER COLUMN zz_score SET DEFAULT 7"]),
    ("name", [FUNCTION.format("trigger", "RETURN NULL"), "CREATE TRIGGER u1 BEFORE UPDATE ON krenalis_workspace FOR EACH ROW EXECUTE FUNCTION u1_f()"]),
    ("name", [FUNCTION.format("trigger", "RAISE EXCEPTION 'no'"), "CREATE TRIGGER u1 BEFORE UPDATE ON krenalis_workspace FOR EACH ROW EXECUTE FUNCTION u1_f()"]),
    ("append", [FUNCTION.format("event_trigger", "RAISE EXCEPTION 'no'"), "CREATE EVENT TRIGGER u1 ON ddl_command_start EXECUTE FUNCTION u1_f()"]),
])  # fmt: skip
def test_what_stood_in_the_way_once_applies_now_or_is_named(
    others: Surroundings, steps: str, statements: Sequence[str]
) -> None:
    tried(others, WorkspaceChange((steps,)), known_objects(*statements))


@pytest.mark.parametrize(("steps", "statements", "name"), [
    ("append", ["REVOKE ALL ON {profiles} FROM {role}"], "krenalis_profiles_0"),
    ("insert", [IN_DATABASE + "default_tablespace = 'u_space'"], "u_space"),
    ("repair the events' view", [IN_DATABASE + "default_tablespace = 'u_space'"], "u_space"),
])  # fmt: skip
def test_what_is_missing_is_named(
    others: Surroundings, steps: str, statements: Sequence[str], name: str
) -> None:
    objects = [replace(each, names=(name,)) for each in known_objects(*statements)]
    tried(others, WorkspaceChange((steps,)), objects)


@pytest.mark.parametrize("which", [0, -1])
def test_postgresql_makes_every_object_that_a_user_may_make(others: Surroundings, which: int) -> None:
    offered = [template for template in TEMPLATES if template.since <= others.version]
    objects = [made(template, 1, lambda options: options[which]) for template in offered]
    assert others.refused(others.named(objects, resolved=False)) == []
