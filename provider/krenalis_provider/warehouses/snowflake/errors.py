"""Errors of Snowflake in the domain's words: what happened, where in the configuration, what to do about it.

Snowflake's own message is always kept, on one line. Errors are told by their number, which the driver takes from Snowflake
or, where that did not answer, gives itself; classes of exceptions differ from one version of the driver to the next.
Numbers of the login: gosnowflake and snowflake-connector-nodejs, their lists of the server's errors.
"""

import re
from typing import Final

from snowflake.connector.errors import Error

from krenalis_provider.warehouses.answers import AnswerError, Meaning
from krenalis_provider.warehouses.snowflake.sql import identifier
from krenalis_provider.workspaces.errors import Verdict
from krenalis_provider.workspaces.model import SnowflakeDatabase, SnowflakeSettings
from krenalis_provider.workspaces.snowflake_names import name_key


class SnowflakeError(AnswerError):
    """What Snowflake or its driver said; `code` is Snowflake's number, in six digits."""


_MISSING: Final = {
    "database": Meaning(
        Verdict.ABSENT,
        "database",
        "Database does not exist",
        "Name an existing one, or let an administrator run: CREATE DATABASE {database_sql}; or, if it exists: GRANT USAGE "
        "ON DATABASE {database_sql} TO ROLE {role_sql}; a name that is not all in upper case has to be in double quotes.",
    ),
    "schema": Meaning(
        Verdict.ABSENT,
        "schema",
        "Schema does not exist",
        "Name an existing one, or let an administrator run: CREATE SCHEMA {database_sql}.{schema_sql}; or, if it exists: GRANT "
        "USAGE ON SCHEMA {database_sql}.{schema_sql} TO ROLE {role_sql}; a name that is not all in upper case has to be in double "
        "quotes.",
    ),
    "warehouse": Meaning(
        Verdict.ABSENT,
        "warehouse",
        "Virtual warehouse does not exist",
        "Name an existing one, or let an administrator run: GRANT USAGE ON WAREHOUSE {warehouse_sql} TO ROLE {role_sql};",
    ),
}
_UNREACHABLE: Final = Meaning(
    Verdict.COULD_NOT_TELL,
    "account",
    "Snowflake could not be reached",
    "Check the account identifier, and that the networks on the way let this through.",
)
_NO_ACCOUNT: Final = Meaning(
    Verdict.ABSENT,
    "account",
    "Account does not exist",
    "Check the account identifier, of the form organization-account: Snowflake shows it in the account's details.",
)
_BLOCKED: Final = Meaning(
    Verdict.COULD_NOT_TELL,
    "account",
    "Snowflake could not be reached",
    "Check the account identifier, of the form organization-account, and whether a proxy or a firewall on the way refuses this.",
)
_NO_PASSWORD: Final = Meaning(
    Verdict.ABSENT,
    "password",
    "Password missing",
    "Give one in the workspace's warehouse settings, in the provider's snowflake block, or in SNOWFLAKE_PASSWORD; or log in "
    "with a pair of keys, by private_key in the provider's snowflake block or SNOWFLAKE_PRIVATE_KEY.",
)
_LOGIN_REFUSED: Final = Meaning(
    Verdict.ABSENT,
    "username",
    "Login refused",
    "Ask an administrator of the account what user {username_sql} may do. People's logins ask for a second factor: a user of "
    "type SERVICE with a pair of keys is made for programs.",
)
_LOGIN: Final = {
    390100: Meaning(
        Verdict.ABSENT,
        "password",
        "Wrong user name or password",
        'Check account "{account}", username "{username}" and its password; Snowflake does not tell which of them is wrong.',
    ),
    390102: Meaning(
        Verdict.COULD_NOT_TELL,
        "username",
        "User is locked",
        "Wait until Snowflake unlocks it, or let an administrator run: ALTER USER {username_sql} SET MINS_TO_UNLOCK = 0;",
    ),
    390144: Meaning(
        Verdict.ABSENT,
        "username",
        "Key pair refused",
        "Check the username, and that the key is the user's: its public key is set by ALTER USER {username_sql} SET "
        "RSA_PUBLIC_KEY = '…';, and DESCRIBE USER {username_sql}; shows the fingerprint RSA_PUBLIC_KEY_FP. The clock of this "
        "machine must be right, too.",
        "provider snowflake.private_key",
    ),
    390189: Meaning(
        Verdict.ABSENT,
        "role",
        "Role does not exist",
        "Name a role that the user has, or let an administrator run: CREATE ROLE IF NOT EXISTS {role_sql}; GRANT ROLE {role_sql} "
        "TO USER {username_sql};",
    ),
    390422: Meaning(
        Verdict.ABSENT,
        "account",
        "Network policy refuses the login",
        "Run this from an address that the account's network policy allows, or let an administrator allow this one.",
    ),
}

_LOST: Final = Meaning(
    Verdict.COULD_NOT_TELL,
    "account",
    "Connection to Snowflake lost",
    "The statement may have been executed all the same. Try again.",
)
_TOO_SLOW: Final = Meaning(
    Verdict.COULD_NOT_TELL,
    "warehouse",
    "Snowflake took too long",
    "The statement may have been executed all the same. Try again, with a longer timeout if the virtual warehouse is slow or "
    "busy.",
)
_NOT_SEEN: Final = Meaning(
    Verdict.ABSENT,
    "schema",
    "Object does not exist, or right missing",
    "Check that role {role_sql} has USAGE on the database and the schema, and may use what is in it: what a role may not see "
    "does not exist for it.",
)
_FAILED: Final = Meaning(
    Verdict.COULD_NOT_TELL, "account", "Snowflake failed", "Try again when the service is well."
)
_REFUSED: Final = Meaning(
    Verdict.CONTRADICTED, "schema", "Snowflake refused a statement", "What was done before it stays done."
)
_STATEMENT: Final = {
    4: _LOST,
    14: _TOO_SLOW,
    603: _FAILED,
    604: _TOO_SLOW,
    606: Meaning(
        Verdict.ABSENT,
        "warehouse",
        "Virtual warehouse cannot be used",
        "Name an existing one, or let an administrator run: GRANT USAGE ON WAREHOUSE {warehouse_sql} TO ROLE {role_sql};",
    ),
    625: Meaning(
        Verdict.COULD_NOT_TELL,
        "schema",
        "Warehouse is locked",
        "Another session works on the same table: try again when it has ended.",
    ),
    630: _TOO_SLOW,
    2002: Meaning(
        Verdict.CONTRADICTED,
        "schema",
        "Object exists already",
        "Drop or rename it if it is not needed any more, or name another schema.",
    ),
    2003: _NOT_SEEN,
    2043: _NOT_SEEN,
    3001: Meaning(
        Verdict.ABSENT,
        "role",
        "Missing right",
        "Role {role_sql} needs USAGE on the database, USAGE, CREATE TABLE, CREATE VIEW and CREATE PROCEDURE on the schema, and only "
        "the role that owns an object, or one that has that role, can change it.",
    ),
    90073: Meaning(
        Verdict.COULD_NOT_TELL,
        "warehouse",
        "Virtual warehouse has used up its credits",
        "Let an administrator raise the quota of its resource monitor, or name another virtual warehouse.",
    ),
    390111: _LOST,
    390112: _LOST,
    390114: _LOST,
}

_UNANSWERED: Final = {4: _UNREACHABLE, 14: _UNREACHABLE, 250001: _UNREACHABLE}
_OF_A_SESSION: Final = range(390000, 391000)
"""The numbers of logins and sessions."""
_HTTP: Final = re.compile(r"error status: (\d{3})")
_STATUS: Final = {"403": _BLOCKED, "404": _NO_ACCOUNT}
_WRAPPING: Final = re.compile(
    r"^Failed to login: |^Login error: |HTTP request failed after retries: \w+ request\. |, code: \d+$"
)


def login_error(settings: SnowflakeDatabase, error: Error) -> SnowflakeError:
    """Explain a session that could not be opened."""
    words = _words(error)
    status = _HTTP.search(words)
    if status:
        meaning = _STATUS.get(status[1], _UNREACHABLE)
    elif error.errno == 390201:  # noqa: PLR2004 - an object of the session; the message says which
        named = next((setting for setting in _MISSING if setting in words.lower()), "database")
        meaning = _MISSING[named]
    else:
        fallback = _LOGIN_REFUSED if error.errno in _OF_A_SESSION else _REFUSED
        meaning = {**_UNANSWERED, **_LOGIN}.get(error.errno, fallback)
    return _explained(
        settings, meaning, f'connecting to account "{settings.account}" failed', words, _code(error)
    )


def silence_error(settings: SnowflakeDatabase, doing: str | None) -> SnowflakeError:
    """Explain that there was no answer in time, to a login or to the statement that was for `doing`."""
    if doing is None:
        happened = f'connecting to account "{settings.account}" failed'
        return _explained(settings, _UNREACHABLE, happened, "no answer in time", None)
    return _explained(settings, _TOO_SLOW, _failed(settings, doing), "no answer in time", None)


def statement_error(settings: SnowflakeDatabase, error: Error, doing: str) -> SnowflakeError:
    """Explain a statement that failed; `doing` says for what it was, such as ``making table "X"``."""
    meaning = _STATEMENT.get(error.errno, _REFUSED)
    return _explained(settings, meaning, _failed(settings, doing), _words(error), _code(error))


def missing_error(settings: SnowflakeDatabase, setting: str) -> SnowflakeError:
    """Explain that there is no such database, schema or virtual warehouse, or that the role has no right to it."""
    happened = f'{setting} "{getattr(settings, setting)}" of account "{settings.account}"'
    return _explained(
        settings,
        _MISSING[setting],
        happened,
        f'it does not exist, or role "{settings.role}" may not use it',
        None,
    )


def password_error(settings: SnowflakeDatabase) -> SnowflakeError:
    """Explain that there is nothing to log in with."""
    happened = f'connecting to account "{settings.account}" as "{settings.username}" failed'
    return _explained(settings, _NO_PASSWORD, happened, "there is no password and no private key", None)


def _failed(settings: SnowflakeDatabase, doing: str) -> str:
    place = f'database "{settings.database}" of account "{settings.account}"'
    if isinstance(settings, SnowflakeSettings):
        place = f'schema "{settings.schema}" of {place}'
    return f"{doing} failed, in {place}"


def _explained(
    settings: SnowflakeDatabase, meaning: Meaning, happened: str, words: str, code: str | None
) -> SnowflakeError:
    # a remedy that names the schema speaks of each one where there are many
    names = {
        name: getattr(settings, name, "*")
        for name in ("account", "username", "role", "database", "schema", "warehouse")
    }
    in_sql = {f"{name}_sql": identifier(name_key(value)) for name, value in names.items()}
    said = f"{words} ({code})" if code else words
    detail = f"{happened}: {said.rstrip('.')}. {meaning.remedy.format(**names, **in_sql)}"
    return SnowflakeError(
        meaning.verdict, meaning.setting, meaning.summary, detail, path=meaning.path, code=code
    )


def _code(error: Error) -> str | None:
    return f"{error.errno:06d}" if error.errno > 0 else None


def _words(error: Error) -> str:
    """Snowflake's or the driver's own words, on one line, without what the driver puts around them."""
    text = " ".join(error.raw_msg.split())
    while (unwrapped := _WRAPPING.sub("", text)) != text:
        text = unwrapped
    return text.rstrip(".")
