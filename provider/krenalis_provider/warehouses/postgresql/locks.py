"""Waiting for locks without holding up other sessions meanwhile.

A session that waits for a table blocks all later ones, readers too (docs/facts/postgresql.md, "Locks"). So what needs
locks is tried for a short time, and between tries the session holds no lock and waits for none.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeVar

from psycopg import sql

from krenalis_provider.model.errors import Verdict, WarehouseError
from krenalis_provider.warehouses.errors import warehouse_error
from krenalis_provider.warehouses.postgresql.relations import VIEW, names
from krenalis_provider.warehouses.postgresql.session import OUR_SETTINGS, ROLLBACK, USERS_SETTINGS, Session
from krenalis_provider.warehouses.postgresql.snapshot import look
from krenalis_provider.warehouses.postgresql.sql import Statement
from krenalis_provider.warehouses.snapshot import Snapshot

T = TypeVar("T")

_TRY_SECONDS: Final = 2
_EXCLUSIVE_SECONDS: Final = 0.3
"""For locks that hold up every reader: with the work that follows, nobody waits for more than half a second."""
_FIRST_PAUSE_SECONDS: Final = 0.5
_LONGEST_PAUSE_SECONDS: Final = 8
_REPLACED: Final = "42P01"
_AGAIN: Final = frozenset({"55P03", "40P01", _REPLACED})
"""SQLSTATEs of a lock that others hold, of a deadlock, and of a table that an identity resolution just replaced."""
_SHORTEST_TRY_SECONDS: Final = 1


def wait_for_changes(schema: str) -> Statement:
    """Take an advisory lock on the schema's name, as each transaction that changes the warehouse does. Any role may."""
    query = "SELECT pg_advisory_xact_lock(hashtextextended('krenalis:' || %(schema)s::text, 0))"
    return Statement("waiting for another change of the warehouse", query, {"schema": schema})


def tried(
    session: Session,
    begin: Callable[[], None],
    before: Callable[[], Snapshot],
    work: Callable[[Snapshot], T],
) -> T:
    """Do the work in the session's transaction, in short tries until the deadline, and return its result.

    `before` takes a snapshot before each try; `begin` begins a transaction for each try but the first. The work makes
    its waits short by `within_a_try`, and the transaction's later ones are as short. Raises the errors of all three, and
    `WarehouseError`, which names the sessions that held the locks.
    """
    pause = _FIRST_PAUSE_SECONDS
    snapshot = before()
    while True:
        session.queue(_beginning(session, _TRY_SECONDS))
        try:
            return work(snapshot)
        except WarehouseError as error:
            if session.lost or error.code not in _AGAIN:
                raise
            failed = error
        session.run([ROLLBACK])
        if session.deadline.remaining() < pause + _SHORTEST_TRY_SECONDS:
            detail = f"{failed.detail} {_holders(session, [*snapshot.ours])}"
            verdict = failed.finding.verdict
            raise warehouse_error(verdict, "schema", failed.summary, detail, code=failed.code) from failed
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
        begin()
        earlier, snapshot = snapshot, before()
        if failed.code == _REPLACED and snapshot.objects == earlier.objects:
            raise failed


def within_a_try(statements: Sequence[Statement]) -> list[Statement]:
    """The statements, which share the time of the try in which they wait for locks."""
    return [each for statement in statements for each in (_LIMIT, statement)]


def lock(session: Session, snapshot: Snapshot) -> Snapshot:
    """Lock the relations with profile columns exclusively, and return the snapshot under the locks. For `tried`.

    First the tables are locked against what maintains them alone, which holds up neither readers nor writers, and gets
    past an autovacuum (docs/facts/postgresql.md, "Locks"). Of the exclusive locks the view's comes first, as for its
    readers: another order would cause deadlocks with them.
    """
    relations = names(snapshot)
    quiet = [_lock_quietly(session.schema, name) for name in relations if name != VIEW.name]
    exclusive = within_a_try(list(locking(session.schema, snapshot)))
    session.run([USERS_SETTINGS, *quiet, _beginning(session, _EXCLUSIVE_SECONDS), *exclusive, OUR_SETTINGS])
    found = look(session)
    if names(found) != relations:
        raise warehouse_error(
            Verdict.COULD_NOT_TELL,
            "schema",
            "Warehouse is locked",
            f'schema "{session.schema}" got another profiles table again and again while it was to be locked.',
            code=_REPLACED,
        )
    return found


def locking(schema: str, snapshot: Snapshot) -> Iterator[Statement]:
    """The statements of `lock`.

    LOCK TABLE on a view asks for rights of the view's owner on the tables below. ALTER VIEW … OWNER TO the present owner
    locks the view too, and needs no such right.
    """
    for name in names(snapshot):
        relation = sql.Identifier(schema, name)
        query = sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(relation)
        if name == VIEW.name:
            owner = sql.Identifier(snapshot.owners[name])
            query = sql.SQL("ALTER VIEW {} OWNER TO {}").format(relation, owner)
        yield Statement(f'locking "{name}"', query)


def _lock_quietly(schema: str, name: str) -> Statement:
    query = sql.SQL("LOCK TABLE {} IN SHARE UPDATE EXCLUSIVE MODE").format(sql.Identifier(schema, name))
    return Statement(f'locking "{name}"', query)


def _beginning(session: Session, seconds: float) -> Statement:
    """Note when the try has to be over, in a setting of the transaction: the server's clock decides."""
    milliseconds = max(1, int(1000 * min(seconds, session.deadline.remaining() * 0.9)))
    query = (
        "SELECT pg_catalog.set_config('krenalis.try_ends', (extract(epoch FROM pg_catalog.clock_timestamp())"
        " OPERATOR(pg_catalog.+) %(seconds)s::numeric)::pg_catalog.text, true),"
        " pg_catalog.set_config('lock_timeout', %(milliseconds)s, true)"
    )
    values = {"seconds": f"{milliseconds / 1000}", "milliseconds": f"{milliseconds}ms"}
    return Statement("beginning a try", query, values)


# a few milliseconds are always left: what waits for nobody must not fail
_LIMIT: Final = Statement(
    "limiting the wait for locks",
    """
SELECT pg_catalog.set_config('lock_timeout', greatest(50, pg_catalog.ceil(1000 OPERATOR(pg_catalog.*) (
           pg_catalog.current_setting('krenalis.try_ends')::numeric
           OPERATOR(pg_catalog.-) extract(epoch FROM pg_catalog.clock_timestamp()))))::pg_catalog.text, true)
""",
)


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
