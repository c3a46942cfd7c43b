"""The life of a workspace in PostgreSQL, from its creation to its end: what was said at each step, and what there was after it."""

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

import psycopg

from tests.support.plugin import Told
from tests.support.postgresql import Database
from tests.support.postgresql_facts import Fact, facts
from tests.support.postgresql_warehouse import PostgreSQLWarehouse, execute
from tests.support.workspace_calls import WorkspaceCalls
from tests.support.workspace_changes import DOCUMENT, WorkspaceChange

CHANGE: Final = WorkspaceChange(
    (
        "append two",
        "rename in a chain",
        "rewrite a number",
        "rewrite a date",
        "widen an array",
        "lose a type",
        "repair the events' view",
        "repair the index",
    )
)
_SETTINGS: Final = {"identifiers": ["zz_rank"], "primary_sources": {"zz_score": "7"}, "rehearse": True}
_VALUES: Final = "zz_email, zz_name, zz_score, zz_home_zz_city, zz_rank, zz_born, zz_price, zz_tags, zz_flag"
_DATA: Final = (
    (
        f"INSERT INTO krenalis_identities (_pipeline, _identity_id, _connection, _updated_at, _anonymous_ids, {_VALUES}) VALUES "
        "('p', '1', '7', '2026-01-01', '{d}', 'ann@example.com', 'Ann', 1, 'Rome', 1, '1990-01-31', 1.50, '{b,NULL}', true), "
        "('p', '2', '8', '2026-01-02', NULL, 'ANN@example.com', 'A', 2, NULL, 1, '1990-01-30', 1.60, '{a}', NULL), "
        "('p', '3', '8', '2026-01-03', '{e}', 'bob\\@example.com', 'Bob', 3, 'Oslo', 2, NULL, NULL, NULL, false)"
    ),
    (
        "INSERT INTO krenalis_events (connection_id, anonymous_id, message_id, received_at, sent_at, timestamp, traits, type, "
        "user_id) VALUES ('7', 'd', 'm', '2026-01-01', '2026-01-01', '2026-01-01', '{}', 'page', ''), "
        "('8', 'x', 'n', '2026-01-01', '2026-01-01', '2026-01-01', '{}', 'page', '3')"
    ),
)
_PASSING: Final = {
    "krenalis_workspace": ("id", "created_at", "updated_at"),
    "krenalis_system_operations": ("id", "completed_at"),
    **dict.fromkeys(("krenalis_identities", "krenalis_profiles_0", "profiles"), ("_kpid",)),
    **dict.fromkeys(("krenalis_events", "events"), ("kpid",)),
}
_KEYLESS: Final = re.compile("zz_")
Step = str | frozenset[Fact]


class _OverError(Exception):
    """An error ended the life before its time."""


class WorkspaceLife:
    """Steps are added as they are taken."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._workspace = WorkspaceCalls(PostgreSQLWarehouse(database.server.port, database))
        self.steps: dict[str, Step] = {}
        """Texts end with the first one that tells of an error."""

    def live(self) -> Mapping[str, Step]:
        """Make a workspace, resolve identities, migrate, resolve them again, and destroy."""
        with suppress(_OverError):
            self._live()
        return self.steps

    def _live(self) -> None:
        self._go("creation", self._workspace.config(DOCUMENT, **_SETTINGS))
        execute(self._database, *_DATA)
        self._resolve("resolution")
        draft = CHANGE.draft()
        execute(self._database, *draft.breaks)
        self._go("migration", self._workspace.config(**{**_SETTINGS, **draft.attributes}))
        self._resolve("second resolution")
        self._go("destruction", None)

    def _go(self, step: str, config: dict[str, Any] | None) -> None:
        plan = self._workspace.plan(config)
        self._note(f"plan of the {step}", plan.told)
        self._note(step, self._workspace.apply(plan))
        if config is not None:
            self._note(f"refresh after the {step}", self._workspace.refresh())
            again = self._workspace.plan(config)
            self._note(f"plan after the {step}", again.told)
            if again.state != self._workspace.state:
                self.steps[f"changes after the {step}"] = "there are some"
        self._look(step)

    def _resolve(self, step: str) -> None:
        try:
            with self._database.connect_as_role() as connection:
                connection.execute(f"CALL {self._database.schema}.resolve_identities()".encode())
        except psycopg.Error as error:
            self.steps[step] = str(error)
            raise _OverError from error
        self._look(step)

    def _note(self, step: str, told: list[Told]) -> None:
        said = (f"{each.severity}: {each.summary}: {each.detail}" for each in told if not _is_chance(each))
        self.steps[step] = re.sub(r"\(id \d+\)", "", "\n".join(said))
        if any(each.severity == "error" for each in told):
            raise _OverError

    def _look(self, step: str) -> None:
        found = facts(self._database, keyless=_KEYLESS, passing=_PASSING)
        self.steps[f"warehouse after the {step}"] = frozenset(
            each for each in found if each.kind != "setting"
        )


def _is_chance(told: Told) -> bool:
    """Whether a rehearsal was out of its little time, or waited for somebody else."""
    return told.summary.startswith("Not rehearsed") and ("(57014)" in told.detail or "(55P03)" in told.detail)


def differences(one: Mapping[str, Step], other: Mapping[str, Step]) -> list[str]:
    """What was other in the second life, up to its end."""
    found: list[str] = []
    for step, seen in other.items():
        expected = one.get(step)
        if isinstance(seen, frozenset) and isinstance(expected, frozenset):
            found += [f"{step}: lacks {fact}" for fact in sorted(expected - seen)]
            found += [f"{step}: has {fact}" for fact in sorted(seen - expected)]
        elif seen != expected:
            found.append(f"{step}: {seen}")
    if not found and one.keys() != other.keys():
        found.append(f"ended with {list(other)[-1:]}")
    return found
