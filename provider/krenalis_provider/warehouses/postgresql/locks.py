"""Locking the relations with profile columns, without holding up other sessions while waiting.

A session that waits for a table blocks all later ones, readers too (docs/facts/postgresql.md, "Locks"). So each try is
short, and between tries the session holds no lock.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from psycopg import sql

from krenalis_provider.model.errors import Verdict, WarehouseError
from krenalis_provider.warehouses.errors import warehouse_error
from krenalis_provider.warehouses.postgresql.relations import VIEW, names
from krenalis_provider.warehouses.postgresql.session import ROLLBACK, Session, Statement
from krenalis_provider.warehouses.postgresql.snapshot import look
from krenalis_provider.warehouses.snapshot import Snapshot

_TRY_SECONDS: Final = 2
_FIRST_PAUSE_SECONDS: Final = 0.5
_LONGEST_PAUSE_SECONDS: Final = 8
_AGAIN: Final = frozenset({"55P03", "40P01", "42P01"})
"""SQLSTATEs of a lock that others hold, of a deadlock, and of a table that an identity resolution just replaced."""
_SHORTEST_TRY_SECONDS: Final = 1


def wait_for_changes(schema: str) -> Statement:
    """Take an advisory lock on the schema's name, as each transaction that changes the warehouse does. Any role may."""
    query = "SELECT pg_advisory_xact_lock(hashtextextended('krenalis:' || %(schema)s::text, 0))"
    return Statement("waiting for another change of the warehouse", query, {"schema": schema})


def locked(session: Session, begin: Callable[[], None], before: Callable[[], Snapshot]) -> Snapshot:
    """Lock the relations exclusively, trying until the deadline, and return the snapshot under the locks.

    `before` takes a snapshot before each try; `begin` begins a transaction for each try but the first. Raises the
    errors of both, and `WarehouseError`, which names the sessions that held the locks.
    """
    pause = _FIRST_PAUSE_SECONDS
    while True:
        snapshot = before()
        relations = names(snapshot)
        try:
            _lock(session, relations, snapshot)
            found = look(session)
        except WarehouseError as error:
            if session.lost or error.code not in _AGAIN:
                raise
            failed = error
        else:
            if names(found) == relations:
                return found
            failed = warehouse_error(
                Verdict.COULD_NOT_TELL,
                "schema",
                "Warehouse is locked",
                f'schema "{session.schema}" got another profiles table again and again while it was to be locked.',
            )
        session.run([ROLLBACK])
        if session.deadline.remaining() < pause + _SHORTEST_TRY_SECONDS:
            detail = f"{failed.detail} {_holders(session, relations)}"
            verdict = failed.finding.verdict
            raise warehouse_error(verdict, "schema", failed.summary, detail, code=failed.code) from failed
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
        begin()


def _lock(session: Session, relations: Sequence[str], snapshot: Snapshot) -> None:
    milliseconds = max(1, int(1000 * min(_TRY_SECONDS, session.deadline.remaining() * 0.9)))
    limit = "SELECT set_config('lock_timeout', %(lock)s, true)"
    limited = Statement("limiting the wait for locks", limit, {"lock": f"{milliseconds}ms"})
    session.run([limited, *locking(session.schema, relations, snapshot)])


def locking(schema: str, relations: Sequence[str], snapshot: Snapshot) -> Iterator[Statement]:
    """Lock the view first, as its readers do: another order would cause deadlocks with them.

    LOCK TABLE on a view asks for rights of the view's owner on the tables below. ALTER VIEW … OWNER TO the present owner
    locks the view too, and needs no such right.
    """
    for name in relations:
        relation = sql.Identifier(schema, name)
        query = sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(relation)
        if name == VIEW.name:
            owner = sql.Identifier(snapshot.owners[name])
            query = sql.SQL("ALTER VIEW {} OWNER TO {}").format(relation, owner)
        yield Statement(f'locking "{name}"', query)


def _holders(session: Session, relations: Sequence[str]) -> str:
    """Sentences that name the sessions with locks on the relations."""
    values = {"schema": session.schema, "names": list(relations)}
    sessions = "; ".join(
        (f'session {pid} of role "{role}"' if pid else "a prepared transaction")
        + f' holds {mode} on "{relation}"'
        + (f" ({' '.join(query.split())})" if query else "")
        for pid, role, relation, mode, query in session.ask(
            Statement("looking who holds locks", _HOLDERS, values)
        )
    )
    ending = "Let it end, or end it with pg_terminate_backend()."
    return f"{sessions}. {ending}" if sessions else "Nobody holds locks now."


# PostgreSQL shows a session's query only to the session's own role and to monitors.
_HOLDERS: Final = """
SELECT DISTINCT ON (l.pid) l.pid, a.usename::text, c.relname::text, l.mode,
       nullif(left(a.query, 100), '<insufficient privilege>')
  FROM pg_locks l JOIN pg_class c ON c.oid = l.relation JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_stat_activity a ON a.pid = l.pid
 WHERE l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND l.granted
   AND n.nspname = %(schema)s AND c.relname = ANY(%(names)s::name[])
 ORDER BY l.pid, c.relname LIMIT 5
"""
