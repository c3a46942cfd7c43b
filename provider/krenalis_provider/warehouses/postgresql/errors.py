"""Errors of PostgreSQL in the domain's words: what happened, where in the configuration, what to do about it.

PostgreSQL's own message is always kept. SQLSTATEs: PostgreSQL documentation, appendix A.
"""

import re
from typing import Final

import psycopg

from krenalis_provider.model.attribute_path import ProviderPath
from krenalis_provider.model.errors import Verdict, WarehouseError
from krenalis_provider.warehouses.errors import Meaning, warehouse_error
from krenalis_provider.warehouses.postgresql.credentials import failure_of_the_client
from krenalis_provider.warehouses.postgresql.login import Busy
from krenalis_provider.warehouses.postgresql.settings import PostgreSQLSettings
from krenalis_provider.warehouses.postgresql.sql import identifier, membership

# fmt: off
_OPTIONS: Final = Meaning(
    Verdict.CONTRADICTED, "host", "Options of the session refused",
    "Take out of PGOPTIONS, or of the options in the service file, what the message names; poolers such as PgBouncer take no "
    "options at all. What the session needs can be set in the database: ALTER ROLE {username_sql} SET …;",
)
_LOGIN: Final = {
    **dict.fromkeys(("22023", "42704"), _OPTIONS),
    "28P01": Meaning(
        Verdict.ABSENT, "password", "Wrong user name or password",
        'Check username "{username}" and its password; PostgreSQL does not tell which of the two is wrong.',
    ),
    "28000": Meaning(
        Verdict.ABSENT, "username", "Login refused",
        'Check that role "{username}" exists and may log in, and that pg_hba.conf on the server lets it into '
        'database "{database}" from here.',
    ),
    "3D000": Meaning(
        Verdict.ABSENT, "database", "Database does not exist",
        "Name an existing one, or let an administrator run: CREATE DATABASE {database_sql};",
    ),
    "42501": Meaning(
        Verdict.ABSENT, "database", "Missing right to connect",
        "Let an administrator run: GRANT CONNECT ON DATABASE {database_sql} TO {username_sql};",
    ),
}
_POOLER: Final = "08P01"
"""The SQLSTATE of all that PgBouncer says itself, in English: that it could not reach the server, too."""
_NO_STARTUP_PARAMETER: Final = "unsupported startup parameter"
_NO_PASSWORD: Final = Meaning(
    Verdict.ABSENT, "password", "Password missing",
    "Give one in the workspace's warehouse settings, in the provider's postgresql block, or in PGPASSWORD or a "
    "password file.",
)
_UNREACHABLE: Final = Meaning(
    Verdict.COULD_NOT_TELL, "host", "PostgreSQL could not be reached",
    "Check host, port and sslmode, that the server runs, and that the networks on the way let this through.",
)
_SILENT: Final = _UNREACHABLE._replace(
    remedy=f"{_UNREACHABLE.remedy} If it is only slow, allow more time, by timeouts or plan_check_timeout.",
)
_NOT_ACCEPTED: Final = Meaning(
    Verdict.COULD_NOT_TELL, "host", "PostgreSQL refused the connection",
    "Try again when the server is well; check username, password and database if it is.",
)
_FEWER: Final = "Try again when some have ended, with a lower -parallelism if they are Terraform's own, or let an administrator "
_BUSY: Final = {
    Busy.ROLE: Meaning(
        Verdict.COULD_NOT_TELL, "username", "Too many connections",
        'Role "{username}" has all the sessions that it may have. '
        + _FEWER + "run: ALTER ROLE {username_sql} CONNECTION LIMIT …;",
    ),
    Busy.DATABASE: Meaning(
        Verdict.COULD_NOT_TELL, "database", "Too many connections",
        'Database "{database}" has all the sessions that it may have. '
        + _FEWER + "run: ALTER DATABASE {database_sql} CONNECTION LIMIT …;",
    ),
    Busy.SERVER: Meaning(
        Verdict.COULD_NOT_TELL, "host", "Too many connections",
        "The server has all the sessions that it may have. " + _FEWER + "raise max_connections.",
    ),
    Busy.POOLER: Meaning(
        Verdict.COULD_NOT_TELL, "host", "Too many connections",
        "The connection pooler has no session to give. " + _FEWER + "raise the pooler's limits, and look whether the "
        "server behind it is well.",
    ),
    Busy.OURSELVES: Meaning(
        Verdict.COULD_NOT_TELL, "host", "Too many connections",
        "Try again with a lower -parallelism or longer timeouts.",
    ),
    Busy.STATE: Meaning(
        Verdict.COULD_NOT_TELL, "host", "PostgreSQL is starting or stopping", "Try again in a while.",
    ),
}

_STATEMENT: Final = {
    "42501": Meaning(
        Verdict.ABSENT, "username", "Missing right",
        "Role {username_sql} needs USAGE and CREATE on schema {schema_sql}, and only the owner of an object or a "
        "member of the owner's role can change it. To read a workspace, USAGE on the schema and SELECT on its table "
        "krenalis_workspace are enough.",
    ),
    "25006": Meaning(
        Verdict.CONTRADICTED, "host", "PostgreSQL is read-only",
        "Name the primary server, and a role and database that may write.",
    ),
    "2BP01": Meaning(
        Verdict.CONTRADICTED, "schema", "Other objects depend on the warehouse",
        "Nothing was changed. Drop those objects first if they are not needed any more, then try again.",
    ),
    "55P03": Meaning(
        Verdict.COULD_NOT_TELL, "schema", "Warehouse is locked",
        "Another session works on the same objects: try again when it has ended.",
    ),
    "57014": Meaning(
        Verdict.COULD_NOT_TELL, "host", "PostgreSQL took too long",
        "Try again, with a longer timeout if the server is slow.",
    ),
    "58P01": Meaning(
        Verdict.CONTRADICTED, "database", "PostgreSQL does not find a file of its own",
        "Where it is a library, such as plpgsql: let an administrator run ALTER … RESET dynamic_library_path for the role, the "
        "database or the server, wherever it is set (pg_db_role_setting).",
    ),
}
_HIDDEN: Final = Meaning(
    Verdict.ABSENT, "username", "Rows are hidden from the role",
    "Row-level security of this table holds for role {username_sql}, and a part of the rows must not be taken for all of "
    "them. Let an administrator run: ALTER ROLE {username_sql} BYPASSRLS; or connect as the table's owner, and if it is "
    "forced on the owner too, run: ALTER TABLE … NO FORCE ROW LEVEL SECURITY;",
)
_REHEARSAL: Final = {
    "42501": Meaning(
        Verdict.ABSENT, "username", "Missing right",
        "This plan works as role {username_sql}: let an administrator grant it what is missing. If another role applies, "
        "plan as that one, or without rehearse.",
    ),
}
_WOULD_BE_REFUSED: Final = Meaning(
    Verdict.CONTRADICTED, "schema", "PostgreSQL would refuse a statement",
    "Applying would fail in the same way. The rehearsal was undone.",
)
_NOTHING_REFUSED: Final = Meaning(
    Verdict.COULD_NOT_TELL, "schema", "Not rehearsed",
    "A rehearsal waits for nobody and holds no lock for long. This says nothing against the plan.",
)
_LOST: Final = Meaning(
    Verdict.COULD_NOT_TELL, "host", "Connection to PostgreSQL lost",
    "Nothing was changed. Try again.",
)
_OUT_OF_TIME: Final = ("57014", None)
"""SQLSTATEs of a statement, and of a session, that a timeout ended: the reason of the latter gets lost."""
_TOO_SHORT: Final = (
    "If this comes back, one of statement_timeout, idle_session_timeout and transaction_timeout is so short that no transaction "
    "can begin: let an administrator look in pg_db_role_setting whether it is set for the role or the database, and raise it."
)
_TRANSIENT: Final = Meaning(
    Verdict.COULD_NOT_TELL, "host", "PostgreSQL failed",
    "Nothing was changed. Try again when the server is well.",
)
# fmt: on
_TRANSIENT_CLASSES: Final = ("08", "40", "53", "55", "57", "58", "XX")
"""Of SQLSTATEs: connection, retry, resources, operator, I/O."""
_HIDES_ROWS: Final = "check_enable_rls"
"""The function of PostgreSQL's source that refuses: its SQLSTATE is that of any missing right, its words are translated."""
_NO_FILE: Final = "58P01"
_BUSY_CLASSES: Final = ("08", "40", "53", "55P03", "57")
"""Of these, what PostgreSQL says of the moment, and not of an object."""
_VALUE: Final = re.compile(r'(value:?|service|service file) "[^"]*"')
"""Of a connection parameter, or the name of a service: it may be a password in the wrong place."""
_PREAMBLE: Final = re.compile(
    r"^(connection (failed|is bad): )?(connection to server at .*? failed: )?", re.MULTILINE
)
_VERBOSE: Final = re.compile(r"(?<=:  )[0-9A-Z]{5}: |^[^:\n]+:  \w+, \S+:\d+$", re.MULTILINE)
"""What libpq writes into a message when it is verbose: the SQLSTATE, and the place in PostgreSQL's source."""
_REFUSED: Final = Meaning(
    Verdict.CONTRADICTED, "schema", "PostgreSQL refused a statement", "Nothing was changed."
)


def login_error(
    settings: PostgreSQLSettings, error: psycopg.Error | None, code: str | None
) -> WarehouseError:
    """Explain a connection that could not be made; `error` is None when nobody answered in time."""
    if found := failure_of_the_client(str(error or ""), code):
        meaning = found
    elif code:
        refused = code == _POOLER and _NO_STARTUP_PARAMETER in str(error)
        meaning = _OPTIONS if refused else _LOGIN.get(code, _NOT_ACCEPTED)
    elif error and error.pgconn and error.pgconn.needs_password:
        meaning = _NO_PASSWORD
    else:
        meaning = _UNREACHABLE if error else _SILENT
    said = _words(error) if error else "no answer in time"
    return _explained(settings, settings.username, meaning, _connecting(settings), said, code)


def busy_error(
    settings: PostgreSQLSettings, error: psycopg.Error | None, code: str | None, busy: Busy, waited: float
) -> WarehouseError:
    """Explain a session that was not had in so many seconds; without an error, this process itself opens no more."""
    happened = f"{_connecting(settings)}, after waiting for {waited:.1f} s"
    said = _words(error) if error else "the sessions of this process with the server are all in use"
    return _explained(settings, settings.username, _BUSY[busy], happened, said, code)


def _connecting(settings: PostgreSQLSettings) -> str:
    return f'connecting to database "{settings.database}" at {settings.host}:{settings.port} failed'


def statement_error(
    settings: PostgreSQLSettings, role: str, error: psycopg.Error, doing: str, *, bounded: bool = True
) -> WarehouseError:
    """Explain a statement that failed for a role; `doing` says for what it was, such as ``making table "x"``.

    `bounded` is whether the transaction had its own bounds of time by then, and not those of the session.
    """
    code = error.sqlstate
    if code is None:
        # otherwise the driver itself refused a value
        meaning = _LOST if isinstance(error, psycopg.OperationalError) else _REFUSED
    else:
        fallback = _TRANSIENT if code.startswith(_TRANSIENT_CLASSES) else _REFUSED
        meaning = _STATEMENT.get(code, fallback)
        if error.diag.source_function == _HIDES_ROWS:
            meaning = _HIDDEN
    if not bounded and code in _OUT_OF_TIME:
        meaning = meaning._replace(remedy=f"{meaning.remedy} {_TOO_SHORT}")
    return _explained(settings, role, meaning, f"{doing} failed, in {settings.address}", _words(error), code)


def rehearsal_error(
    settings: PostgreSQLSettings, role: str, error: psycopg.Error, doing: str | None
) -> WarehouseError:
    """Explain a rehearsal that failed; `doing` is None if none of its statements did, but the rehearsal itself.

    Being busy or slow, PostgreSQL has refused nothing.
    """
    code = error.sqlstate
    if code == _NO_FILE:
        meaning = _STATEMENT[code]
    elif doing is None or code is None or code.startswith(_BUSY_CLASSES):
        meaning = _NOTHING_REFUSED
    else:
        meaning = _REHEARSAL.get(code, _WOULD_BE_REFUSED)
    happened = f"{doing} failed in a rehearsal" if doing else "a rehearsal failed"
    return _explained(settings, role, meaning, f"{happened}, in {settings.address}", _words(error), code)


ROLE_REFUSALS: Final = ("22023", "42501")
"""PostgreSQL's answers to a role that does not exist, and to one that may not be taken on."""


def role_error(settings: PostgreSQLSettings, error: psycopg.Error, role: str, version: int) -> WarehouseError:
    """Explain a role that could not be taken on, by a transaction that was to run as it, on a server of a version."""
    missing = error.sqlstate == ROLE_REFUSALS[0]
    remedy = f"CREATE ROLE {identifier(role)}; " if missing else ""
    remedy += membership(role, settings.username, version, "SET")
    return warehouse_error(
        Verdict.ABSENT,
        ProviderPath.of("postgresql", "role"),
        "Role does not exist" if missing else "Role cannot be taken on",
        f'"{settings.username}" cannot take on role "{role}" at {settings.host}:{settings.port}: {_words(error)} '
        f"({error.sqlstate}). Name another role, or let an administrator run: {remedy}",
        code=error.sqlstate,
    )


def _explained(
    settings: PostgreSQLSettings, role: str, meaning: Meaning, happened: str, words: str, code: str | None
) -> WarehouseError:
    # a remedy that names the schema speaks of each one where there are many
    names = {"username": role, "database": settings.database, "schema": settings.schema or "*"}
    quoted = {f"{name}_sql": identifier(value) for name, value in names.items()}
    remedy = meaning.remedy.format(**names, **quoted)
    said = f"{words} ({code})" if code else words
    detail = f"{happened}: {said.rstrip('.')}. {remedy}"
    return warehouse_error(
        meaning.verdict, meaning.path or meaning.setting, meaning.summary, detail, code=code
    )


def _words(error: psycopg.Error) -> str:
    """PostgreSQL's own words, on one line."""
    diagnosis = error.diag
    if diagnosis.message_primary:
        parts = [diagnosis.message_primary, diagnosis.message_detail, diagnosis.message_hint]
    else:
        # a line for each way of encryption that libpq tried, often the same, and guesses after a tab;
        # then psycopg adds every address
        text = _VALUE.sub(r"\1 (not shown)", _VERBOSE.sub("", str(error)))
        text = _PREAMBLE.sub("", text).partition("Multiple connection attempts failed")[0]
        parts = list(dict.fromkeys(line for line in text.splitlines() if not line.startswith("\t")))
    return "; ".join(part.rstrip(".") for part in parts if part).replace("\n", "; ")
