"""Locking the relations with profile columns, without holding up everybody else while waiting.

Who waits for a table blocks all who come later, readers too (spec postgresql, Locks). So each try is short, and
between tries nothing is held.
"""

import time
from collections.abc import Callable, Sequence
from typing import Final

from psycopg import sql

from krenalis_provider.warehouses.found import Found
from krenalis_provider.warehouses.postgresql.connection import ROLLBACK, Row, Session, Statement
from krenalis_provider.warehouses.postgresql.errors import PostgreSQLError
from krenalis_provider.warehouses.postgresql.inspection import look
from krenalis_provider.warehouses.postgresql.relations import VIEW, names
from krenalis_provider.workspaces.deadline import Deadline
from krenalis_provider.workspaces.errors import Verdict

_TRY_SECONDS: Final = 2
_FIRST_PAUSE_SECONDS: Final = 0.5
_LONGEST_PAUSE_SECONDS: Final = 8
_AGAIN: Final = frozenset({"55P03", "40P01", "42P01"})
"""Locked by others; a deadlock, which ended this side; or a table that an identity resolution just replaced."""
_SHORTEST_TRY_SECONDS: Final = 1


def locked(session: Session, schema: str, deadline: Deadline, start: Callable[[], Found]) -> Found:
    """Lock the relations for the transaction alone, trying until the deadline; return what is there then.

    `start` begins a transaction and looks what is there; it is called for each try. Raises what it raises, and
    `PostgreSQLError`, which names who held the locks.
    """
    pause = _FIRST_PAUSE_SECONDS
    while True:
        relations = names(start())
        try:
            _lock(session, schema, relations, deadline)
            found = look(session, schema, [])
        except PostgreSQLError as error:
            if session.lost or error.code not in _AGAIN:
                raise
            failed = error
        else:
            if names(found) == relations:
                return found
            failed = _moved(schema)
        session.run([ROLLBACK])
        if deadline.remaining() < pause + _SHORTEST_TRY_SECONDS:
            raise _explained(failed, _holders(session, schema, relations)) from failed
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)


def _lock(session: Session, schema: str, relations: Sequence[str], deadline: Deadline) -> None:
    """Lock the view first, as its readers do: anything else would be a deadlock with them.

    LOCK TABLE on a view asks for rights of the view's owner on the tables below; to make its owner its owner does not.
    """
    values = {"schema": schema, "names": list(relations)}
    (rows,) = session.run([Statement("looking who owns the profile tables", _OWNERS, values)])
    owners: dict[str, str] = dict(rows)
    milliseconds = max(1, int(1000 * min(_TRY_SECONDS, deadline.remaining() * 0.9)))
    limit = "SELECT set_config('lock_timeout', %(lock)s, true)"
    steps = [Statement("limiting the wait for locks", limit, {"lock": f"{milliseconds}ms"})]
    for name in [name for name in relations if name in owners]:
        relation = sql.Identifier(schema, name)
        if name == VIEW.name:
            owner = sql.Identifier(owners[name])
            query = sql.SQL("ALTER VIEW {} OWNER TO {}").format(relation, owner)
        else:
            query = sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(relation)
        steps.append(Statement(f'locking "{name}"', query))
    session.run(steps)


_OWNERS: Final = """
SELECT c.relname::text, pg_get_userbyid(c.relowner)::text
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = %(schema)s AND c.relname = ANY(%(names)s::name[])
"""


def _holders(session: Session, schema: str, relations: Sequence[str]) -> list[Row]:
    values = {"schema": schema, "names": list(relations)}
    return session.run([Statement("looking who holds locks", _HOLDERS, values)])[0]


# The query of another's session is shown to its own role and to monitors only.
_HOLDERS: Final = """
SELECT DISTINCT ON (l.pid) l.pid, a.usename::text, c.relname::text, l.mode,
       nullif(left(a.query, 100), '<insufficient privilege>')
  FROM pg_locks l JOIN pg_class c ON c.oid = l.relation JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_stat_activity a ON a.pid = l.pid
 WHERE l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND l.granted
   AND n.nspname = %(schema)s AND c.relname = ANY(%(names)s::name[])
 ORDER BY l.pid, c.relname LIMIT 5
"""


def _explained(error: PostgreSQLError, holders: Sequence[Row]) -> PostgreSQLError:
    """The error, with who stands in the way."""
    sessions = "; ".join(
        (f'session {pid} of role "{role}"' if pid else "a prepared transaction")
        + f' holds {mode} on "{relation}"'
        + (f" ({' '.join(query.split())})" if query else "")
        for pid, role, relation, mode, query in holders
    )
    who = (
        f"{sessions}. Let it end, or end it with pg_terminate_backend()."
        if sessions
        else "Nobody holds locks now."
    )
    return PostgreSQLError(error.verdict, "schema", error.summary, f"{error.detail} {who}", code=error.code)


def _moved(schema: str) -> PostgreSQLError:
    return PostgreSQLError(
        Verdict.COULD_NOT_TELL,
        "schema",
        "Warehouse is locked",
        f'schema "{schema}" got another profiles table again and again while it was to be locked.',
    )
