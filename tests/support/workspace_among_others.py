"""A workspace with users' objects around it goes through a change; what was there before, what was said, what is there after."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final, LiteralString

import psycopg
from psycopg import sql

from tests.support.plugin import Told
from tests.support.postgresql import Database, Server
from tests.support.postgresql_facts import Fact, facts
from tests.support.postgresql_warehouse import PostgreSQLWarehouse
from tests.support.users_objects import UsersObject
from tests.support.workspace_calls import WorkspaceCalls
from tests.support.workspace_changes import DOCUMENT, ELSEWHERE, Draft, WorkspaceChange

ROLES: Final = ("boss", "analyst", "reader")
TABLESPACE: Final = "u_space"
_PASSING: Final = {
    "krenalis_workspace": ("id", "created_at", "updated_at"),
    "krenalis_profile_schema_versions": ("operation", "timestamp"),
    "krenalis_system_operations": ("id", "completed_at"),
}
_ONE, _OTHER = (f"00000000-0000-0000-0000-00000000000{number}" for number in (1, 2))
_VALUES: Final = "zz_email, zz_name, zz_score, zz_home_zz_city, zz_home_zz_zip, zz_rank, zz_born, zz_price, zz_tags, zz_flag"
_ANN: Final = "'ann@example.com', 'Ann', 1, 'Rome', '00100', 1, '1990-01-01', 1.50, ARRAY['a', 'b'], true"
_BOB: Final = "'bob@example.com', 'Bob', 2, 'Oslo', '0150', 2, '1980-01-01', 2.50, ARRAY['c'], false"
_DATA: Final = (
    (
        f"INSERT INTO krenalis_profiles_0 (_kpid, _identities, _updated_at, {_VALUES}) VALUES "
        f"('{_ONE}', '{{1}}', '2026-01-01', {_ANN}), ('{_OTHER}', '{{2}}', '2026-01-01', {_BOB})"
    ),
    (
        f"INSERT INTO krenalis_identities (_kpid, _pipeline, _identity_id, _connection, _updated_at, {_VALUES}) VALUES "
        f"('{_ONE}', 'p', '1', 'c', '2026-01-01', {_ANN}), ('{_OTHER}', 'p', '2', 'c', '2026-01-01', {_BOB})"
    ),
    (
        "INSERT INTO krenalis_events (connection_id, anonymous_id, message_id, received_at, sent_at, timestamp, traits, "
        "type, user_id) VALUES ('c', 'a', 'm', '2026-01-01', '2026-01-01', '2026-01-01', '{}', 'page', '1')"
    ),
)
_RESOLVED: Final = (
    "ALTER TABLE krenalis_profiles_0 RENAME TO krenalis_profiles_1",
    "INSERT INTO krenalis_profile_schema_versions VALUES (1, gen_random_uuid(), now())",
)
"""What the first identity resolution of a Krenalis server leaves."""
_KEYLESS: Final = re.compile(r"zz_|u\d")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a change came to."""

    before: frozenset[Fact]
    """What there was, after something was broken, and with users' objects."""
    said: str
    """All that the plan told."""
    refused: bool
    """Whether the plan has errors."""
    after: frozenset[Fact]
    failures: Sequence[Told] = ()
    """Errors of applying it, of the refresh and of the next plan."""
    planned_again: bool = False
    """Whether the next plan changes something."""
    skipped: Sequence[str] = ()
    """Users' objects that PostgreSQL did not make, with the reason."""


class Surroundings:
    """A database for workspaces among users' objects, one after the other."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.version = int(database.server.version.partition(".")[0])
        self._known: dict[str, Outcome] = {}

    def names(self, *, resolved: bool) -> dict[str, str]:
        """The names that statements of users may use."""
        roles = {kind: f"{self.database.name}_{kind}" for kind in ROLES}
        profiles = f"krenalis_profiles_{int(resolved)}"
        return {**roles, "role": self.database.role, "database": self.database.name, "profiles": profiles}

    def named(self, objects: Sequence[UsersObject], *, resolved: bool) -> list[UsersObject]:
        """The objects, with the names that are this database's."""
        names = {**self.names(resolved=resolved), "columns": f"_kpid, _updated_at, {_VALUES}", "empty": "{}"}
        return [each.named(names) for each in objects]

    def alone(self, change: WorkspaceChange, *, resolved: bool) -> Outcome:
        """What the change comes to without users' objects."""
        key = f"{change} {resolved}"
        if key not in self._known:
            self._known[key] = self.run(change, (), resolved=resolved)
        return self._known[key]

    def run(self, change: WorkspaceChange, objects: Sequence[UsersObject], *, resolved: bool) -> Outcome:
        """Make a workspace and the objects, then plan the change, and apply it if the plan permits."""
        self.clear()
        workspace = self._workspace(resolved=resolved)
        draft = change.draft()
        with self.database.connect() as connection:
            _execute(connection, draft.breaks)
            offered = [each for each in objects if each.since <= self.version]
            skipped = [reason for each in offered if (reason := _made(connection, each))]
        before = self._facts()
        told = workspace.refresh() if workspace.state else []
        outcome = _carried_out(workspace, draft)
        return replace(
            outcome,
            before=before,
            after=self._facts(),
            said="\n".join([as_text(told), outcome.said]),
            skipped=skipped,
        )

    def refused(self, objects: Sequence[UsersObject]) -> list[str]:
        """Which of the objects PostgreSQL does not make around a workspace, each alone; nothing of them stays."""
        self.clear()
        self._workspace(resolved=False)
        with self.database.connect() as connection:
            return [reason for each in objects if (reason := _made(connection, each, stays=False))]

    def clear(self) -> None:
        """Let there be two empty schemas, and nothing of users."""
        names = self.names(resolved=False)
        roles = {"roles": [names[kind] for kind in (*ROLES, "role")]}
        with self.database.connect() as connection:
            for query in _CLEAR:
                for (statement,) in connection.execute(query, roles).fetchall():
                    connection.execute(statement)
            for schema in (self.database.schema, ELSEWHERE):
                parts = {"schema": sql.Identifier(schema), "role": sql.Identifier(self.database.role)}
                for text in _EMPTY:
                    connection.execute(sql.SQL(text).format(**parts))

    def _workspace(self, *, resolved: bool) -> WorkspaceCalls:
        workspace = WorkspaceCalls(PostgreSQLWarehouse(self.database.server.port, self.database))
        plan = workspace.plan(workspace.config(DOCUMENT))
        assert plan.errors == []
        assert _errors(workspace.apply(plan)) == []
        with self.database.connect() as connection:
            _execute(connection, _DATA)
            if resolved:
                _execute(connection, _RESOLVED)
        return workspace

    def _facts(self) -> frozenset[Fact]:
        return facts(self.database, keyless=_KEYLESS, passing=_PASSING)


def _made(connection: "psycopg.Connection[Any]", users: UsersObject, *, stays: bool = True) -> str:
    """Make the object of a user; why PostgreSQL refuses it, if it does."""
    try:
        _execute(connection, users.statements, stays=stays)
    except psycopg.Error as error:
        return f"{users.kind}: {users}: {error}"
    return ""


def _execute(connection: "psycopg.Connection[Any]", statements: Sequence[str], *, stays: bool = True) -> None:
    """In one transaction, for whom our schema comes first."""
    with connection.transaction(force_rollback=not stays):
        connection.execute("SET LOCAL search_path TO cdp, public")
        for statement in statements:
            connection.execute(statement.encode())


def _carried_out(workspace: WorkspaceCalls, draft: Draft) -> Outcome:
    """Plan and apply."""
    nothing = Outcome(frozenset(), "", refused=False, after=frozenset())
    warehouse = workspace.config(DOCUMENT)["warehouse"]
    moved = {"schema": ELSEWHERE} if draft.ending == "replacement" else {}
    settings = {**warehouse["settings"], **moved}
    configured = {
        "document": DOCUMENT,
        **draft.attributes,
        "warehouse": {**warehouse, "mode": draft.mode, "settings": settings},
    }
    config = workspace.config(**configured)
    applied: list[Told] | None
    if draft.ending == "replacement" and workspace.state is not None:
        told, applied = workspace.replace(config)
    else:
        plan = workspace.plan(None if draft.ending == "destruction" else config)
        told, applied = plan.told, None if plan.errors else workspace.apply(plan)
    if applied is None:
        return replace(nothing, said=as_text(told), refused=True)
    failures = _errors(applied)
    if failures or draft.ending == "destruction":
        return replace(nothing, said=as_text(told), failures=failures)
    failures = _errors(workspace.refresh())
    again = workspace.plan(config)
    return replace(
        nothing,
        said=as_text(told),
        failures=[*failures, *again.errors],
        planned_again=again.state != workspace.state,
    )


def _errors(told: Sequence[Told]) -> list[Told]:
    return [each for each in told if each.severity == "error"]


def as_text(told: Sequence[Told]) -> str:
    """What was told, a line each."""
    return "\n".join(f"{each.severity}: {each.summary}: {each.detail}" for each in told)


_CLEAR: Final[tuple[LiteralString, ...]] = (
    "SELECT format('DROP EVENT TRIGGER %%I', evtname) FROM pg_event_trigger",
    "SELECT format('DROP PUBLICATION %%I', pubname) FROM pg_publication",
    "SELECT format('DROP OWNED BY %%I CASCADE', rolname) FROM pg_roles WHERE rolname = ANY(%(roles)s)",
    (
        "SELECT format('ALTER ROLE %%I IN DATABASE %%I RESET ALL', rolname, current_database()) FROM pg_roles "
        "WHERE rolname = ANY(%(roles)s)"
    ),
    (
        "SELECT format('REVOKE %%s FROM %%s', roleid::regrole, member::regrole) FROM pg_auth_members "
        "WHERE member::regrole::text = ANY(%(roles)s)"
    ),
)
_EMPTY: Final[tuple[LiteralString, ...]] = (
    "GRANT USAGE ON LANGUAGE plpgsql TO PUBLIC",
    "DROP SCHEMA IF EXISTS {schema} CASCADE",
    "CREATE SCHEMA {schema}",
    "GRANT USAGE, CREATE ON SCHEMA {schema} TO {role}",
)


@contextmanager
def surroundings(server: Server) -> Iterator[Surroundings]:
    """A database with the roles of users, and a tablespace that only a superuser may use."""
    database = server.database()
    found = Surroundings(database)
    names = found.names(resolved=False)
    with server.connect() as connection:
        for kind in ROLES:
            connection.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(names[kind])))
        connection.execute("SET allow_in_place_tablespaces = on")
        connection.execute(f"CREATE TABLESPACE {TABLESPACE} LOCATION ''".encode())
    try:
        yield found
    finally:
        found.clear()
        database.drop()
        with server.connect() as connection:
            for kind in ROLES:
                connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(names[kind])))
            connection.execute(f"DROP TABLESPACE {TABLESPACE}".encode())
