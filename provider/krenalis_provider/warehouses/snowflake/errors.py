"""Errors of Snowflake in the domain's words: what happened, where in the configuration, what to do about it.

Snowflake's own message is always kept, on one line. An error is recognised by its number, which Snowflake
gives or, where Snowflake did not answer, the driver; classes of exceptions differ from one version of the
driver to the next. The numbers of the login are from the lists of the server's errors in gosnowflake and
snowflake-connector-nodejs.
"""

import re
from typing import Final

from snowflake.connector.errors import Error

from krenalis_provider.model.attribute_path import AttributePath
from krenalis_provider.model.errors import Verdict, WarehouseError
from krenalis_provider.warehouses.errors import Meaning, extended, warehouse_error
from krenalis_provider.warehouses.snowflake.credentials import Credential
from krenalis_provider.warehouses.snowflake.settings import SnowflakeSettings, name_key
from krenalis_provider.warehouses.snowflake.sql import identifier

_CREDENTIAL: Final = "password"
"""As the setting of a meaning: the credential is at fault, wherever it was given."""

# fmt: off
_MISSING: Final = {
    "database": Meaning(
        Verdict.ABSENT, "database", "Database does not exist",
        "Name an existing one, or let an administrator run: CREATE DATABASE {database_sql}; or, if it exists: GRANT USAGE "
        "ON DATABASE {database_sql} TO ROLE {role_sql}; a name that is not all in upper case has to be in double quotes.",
    ),
    "schema": Meaning(
        Verdict.ABSENT, "schema", "Schema does not exist",
        "Name an existing one, or let an administrator run: CREATE SCHEMA {database_sql}.{schema_sql}; or, if it exists: GRANT "
        "USAGE ON SCHEMA {database_sql}.{schema_sql} TO ROLE {role_sql}; a name that is not all in upper case has to be in double "
        "quotes.",
    ),
    "warehouse": Meaning(
        Verdict.ABSENT, "warehouse", "Virtual warehouse does not exist",
        "Name an existing one, or let an administrator run: GRANT USAGE ON WAREHOUSE {warehouse_sql} TO ROLE {role_sql};",
    ),
}
_UNREACHABLE: Final = Meaning(
    Verdict.COULD_NOT_TELL, "account", "Snowflake could not be reached",
    "Check the account identifier, HTTPS_PROXY if it is set, and that the networks on the way let this through.",
)
_PROXY: Final = Meaning(
    Verdict.COULD_NOT_TELL, "account", "Snowflake could not be reached",
    "What answered wants another login first, as a proxy does with HTTP 401 and 407: check the proxy that HTTPS_PROXY names, and "
    "whether it asks for a user and a password.",
)
_SILENT: Final = _UNREACHABLE._replace(
    remedy=f"{_UNREACHABLE.remedy} A service that is overloaded, and asks for a long pause (Retry-After), looks the same."
)
_STRANGER: Final = Meaning(
    Verdict.COULD_NOT_TELL, "account", "Something else than Snowflake answered",
    "Check the account identifier, and whether a proxy, a firewall or the sign-in page of a network is in the way.",
)
_IN_WORDS: Final = {
    "certificate": Meaning(
        Verdict.COULD_NOT_TELL, "account", "Snowflake's certificate does not verify",
        "Check the account identifier. Where a proxy decrypts what is sent, let the environment variable SSL_CERT_FILE name a "
        "file in PEM form with the certificate of the proxy's authority, beside all others that are trusted.",
    ),
    "tunnel error": _PROXY,
    "corrupt message": _STRANGER,
    "unexpected message": _STRANGER,
    "Invalid Snowflake response": _STRANGER,
    "Missing response field": _STRANGER,
}
"""What the driver's words of an answer, or of a connection, mean: it has no number for that."""
_STATUS: Final = {
    "403": Meaning(
        Verdict.COULD_NOT_TELL, "account", "Snowflake could not be reached",
        "Check the account identifier, of the form organization-account, or locator and region, and whether a proxy or a firewall "
        "on the way refuses this.",
    ),
    "407": _PROXY,
    "404": Meaning(
        Verdict.ABSENT, "account", "Account does not exist",
        "Check the account identifier, of the form organization-account, which takes no region: Snowflake shows it in the account's "
        "details. A locator needs the region and cloud that belong to it, such as xy12345.us-east-2.aws.",
    ),
}
_LOGIN_REFUSED: Final = Meaning(
    Verdict.ABSENT, "username", "Login refused",
    "Ask an administrator of the account what user {username_sql} may do. People's logins ask for a second factor: a user of "
    "type SERVICE with a pair of keys is made for programs.",
)
_LOGIN: Final = {
    4: _UNREACHABLE,
    14: _SILENT,
    250001: _UNREACHABLE,
    390100: Meaning(
        Verdict.ABSENT, _CREDENTIAL, "Wrong user name or password",
        'Check account "{account}", username "{username}" and its password; Snowflake does not tell which of them is wrong.',
    ),
    390102: Meaning(
        Verdict.COULD_NOT_TELL, "username", "User is locked",
        "Wait until Snowflake unlocks it, or let an administrator run: ALTER USER {username_sql} SET MINS_TO_UNLOCK = 0;",
    ),
    390104: _PROXY,
    390111: _PROXY,
    390112: _PROXY,
    390114: _PROXY,
    390139: Meaning(
        Verdict.ABSENT, _CREDENTIAL, "Way of logging in refused",
        "The account, or a policy of it, accepts other ways than this for user {username_sql}: ask an administrator which.",
    ),
    390140: Meaning(
        Verdict.ABSENT, _CREDENTIAL, "Password has expired",
        "Change the password of user {username_sql} in Snowflake, and set the new one.",
    ),
    390144: Meaning(
        Verdict.ABSENT, _CREDENTIAL, "Key pair refused",
        "Check the username, and that the key is the user's: its public key is set by ALTER USER {username_sql} SET "
        "RSA_PUBLIC_KEY = '…';, and DESCRIBE USER {username_sql}; shows the fingerprint RSA_PUBLIC_KEY_FP. The account must be spelled "
        "as Snowflake shows it, with its underscores, and the clock of this machine be right. An administrator gets the reason by "
        "SELECT SYSTEM$GET_LOGIN_FAILURE_DETAILS('…'); with the id in brackets.",
    ),
    390189: Meaning(
        Verdict.ABSENT, "role", "Role does not exist",
        "Name a role that the user has, or let an administrator run: CREATE ROLE IF NOT EXISTS {role_sql}; GRANT ROLE {role_sql} "
        "TO USER {username_sql};",
    ),
    390422: Meaning(
        Verdict.ABSENT, "account", "Network policy refuses the login",
        "Run this from an address that the account's network policy allows, or let an administrator allow this one.",
    ),
}
_KEY_REFUSED: Final = Meaning(
    Verdict.CONTRADICTED, _CREDENTIAL, "Private key refused",
    "Snowflake's driver did not sign with the key. Use one of RSA of 2,048 to 8,192 bits, in PEM form.",
)
_SETTINGS_REFUSED: Final = Meaning(
    Verdict.CONTRADICTED, "account", "Connection settings refused",
    "Nothing was sent. Check the account, and host, port and protocol in the provider's snowflake block.",
)
_NO_LOGIN: Final = Meaning(
    Verdict.COULD_NOT_TELL, "account", "No connection to Snowflake", "Nothing was done there. Try again."
)

_LOST: Final = Meaning(
    Verdict.COULD_NOT_TELL, "account", "Connection to Snowflake lost",
    "The statement may have been executed all the same. Try again.",
)
_NOT_UNDERSTOOD: Final = Meaning(
    Verdict.COULD_NOT_TELL, "account", "Something else than Snowflake answered",
    "The statement may have been executed all the same. Check whether a proxy, a firewall or the sign-in page of a network is in "
    "the way, and try again.",
)
_INCOMPLETE: Final = Meaning(
    Verdict.COULD_NOT_TELL, "account", "Result could not be fetched",
    "The statement was executed. Large results are in the cloud storage of the account: let this machine reach the hosts of the "
    "type STAGE that SELECT SYSTEM$ALLOWLIST(); lists.",
)
_TOO_SLOW: Final = Meaning(
    Verdict.COULD_NOT_TELL, "warehouse", "Snowflake took too long",
    "The statement may have been executed all the same. Try again, with a longer timeout if the virtual warehouse is slow or "
    "busy.",
)
_NOT_SEEN: Final = Meaning(
    Verdict.ABSENT, "schema", "Object does not exist, or right missing",
    "Check that role {role_sql} has USAGE on the database and the schema, and may use what is in it: what a role may not see "
    "does not exist for it.",
)
_REFUSED: Final = Meaning(
    Verdict.CONTRADICTED, "schema", "Snowflake refused a statement", "What was done before it stays done."
)
_STATEMENT: Final = {
    2: _REFUSED,
    6: _NOT_UNDERSTOOD,
    14: _TOO_SLOW,
    603: Meaning(Verdict.COULD_NOT_TELL, "account", "Snowflake failed", "Try again when the service is well."),
    604: _TOO_SLOW,
    606: Meaning(
        Verdict.ABSENT, "warehouse", "Virtual warehouse cannot be used", _MISSING["warehouse"].remedy
    ),
    625: Meaning(
        Verdict.COULD_NOT_TELL, "schema", "Warehouse is locked",
        "Another session works on the same table: try again when it has ended.",
    ),
    630: _TOO_SLOW,
    2002: Meaning(
        Verdict.CONTRADICTED, "schema", "Object exists already",
        "Drop or rename it if it is not needed any more, or name another schema.",
    ),
    2003: _NOT_SEEN,
    2043: _NOT_SEEN,
    3001: Meaning(
        Verdict.ABSENT, "role", "Missing right",
        "Role {role_sql} needs USAGE on the database, USAGE, CREATE TABLE, CREATE VIEW and CREATE PROCEDURE on the schema, and only "
        "the role that owns an object, or one that has that role, can change it.",
    ),
    90073: Meaning(
        Verdict.COULD_NOT_TELL, "warehouse", "Virtual warehouse has used up its credits",
        "Let an administrator raise the quota of its resource monitor, or name another virtual warehouse.",
    ),
    252005: _INCOMPLETE,
}
# fmt: on

_OF_A_SESSION: Final = range(390000, 400000)
"""The numbers of logins and sessions."""
_OF_SETTINGS: Final = range(251000, 252000)
"""The driver's numbers of arguments that it does not take."""
_OF_THE_KEY: Final = re.compile("private.key", re.IGNORECASE)
_OF_THE_DRIVER: Final = (range(-1, 100), range(250000, 260000))
"""The driver's own numbers: it got no answer, or none that it understands."""
_HTTP: Final = re.compile(r"error status: (\d{3})")
_WRAPPING: Final = re.compile(
    r"^Failed to login: |^Login error: |HTTP request failed after retries: [\w ]+\. |, code: \d+$"
)


def login_error(settings: SnowflakeSettings, error: Error, credential: Credential) -> WarehouseError:
    """Explains a session that could not be opened."""
    words = _words(error)
    if status := _HTTP.search(words):
        meaning = _STATUS.get(status[1], _UNREACHABLE)
    elif error.errno == 390201:  # noqa: PLR2004 - an object of the session; the message says which
        meaning = _MISSING[next((setting for setting in _MISSING if setting in words.lower()), "database")]
    elif error.errno not in _OF_A_SESSION and _OF_THE_KEY.search(words):
        meaning = _KEY_REFUSED
    elif error.errno in _OF_SETTINGS or words.startswith("Configuration error"):
        meaning = _SETTINGS_REFUSED
    else:
        meaning = _LOGIN.get(error.errno, _LOGIN_REFUSED if error.errno in _OF_A_SESSION else _NO_LOGIN)
    if meaning is _UNREACHABLE:
        meaning = next((known for part, known in _IN_WORDS.items() if part in error.raw_msg), meaning)
    happened = _failed(settings, None)
    if meaning.setting != _CREDENTIAL:
        return _explained(settings, meaning, happened, error)
    by = f" by {credential.variable}" if credential.variable else ""
    explained = _explained(settings, meaning, f"{happened}{by}", error, credential.path)
    return extended(explained, credential.remark)


def silence_error(settings: SnowflakeSettings, doing: str | None) -> WarehouseError:
    """Explains that Snowflake gave no answer in time, to a login or to the statement for `doing`."""
    meaning = _SILENT if doing is None else _TOO_SLOW
    return _explained(settings, meaning, _failed(settings, doing), "no answer in time")


def statement_error(settings: SnowflakeSettings, error: Error, doing: str) -> WarehouseError:
    """Explains a statement that failed; `doing` is its purpose, such as ``making table "X"``."""
    meaning = _STATEMENT.get(error.errno) or _unknown(error)
    return _explained(settings, meaning, _failed(settings, doing), error)


def incomplete_error(settings: SnowflakeSettings, doing: str) -> WarehouseError:
    """Explains that a result has fewer rows than Snowflake said."""
    return _explained(settings, _INCOMPLETE, _failed(settings, doing), "rows of the result are missing")


def _unknown(error: Error) -> Meaning:
    """The meaning of a statement's error whose number is not known: it is only refused if Snowflake said so."""
    lost = any(error.errno in numbers for numbers in (*_OF_THE_DRIVER, _OF_A_SESSION))
    return _LOST if lost else _REFUSED


def missing_error(settings: SnowflakeSettings, setting: str) -> WarehouseError:
    """Explains that a database, schema or virtual warehouse does not exist, or that the role may not use it."""
    named = f'{setting} "{getattr(settings, setting)}" of account "{settings.account}"'
    reason = f'it does not exist, or role "{settings.role}" may not use it'
    return _explained(settings, _MISSING[setting], named, reason)


def _failed(settings: SnowflakeSettings, doing: str | None) -> str:
    if doing is None:
        return f'connecting to account "{settings.account}" failed'
    return f"{doing} failed, in {settings.address}"


def _explained(
    settings: SnowflakeSettings,
    meaning: Meaning,
    happened: str,
    reason: Error | str,
    at: AttributePath | None = None,
) -> WarehouseError:
    # where there are many schemas, the settings name none, and the remedy says * for any
    names = {
        name: getattr(settings, name) or "*"
        for name in ("account", "username", "role", "database", "schema", "warehouse")
    }
    in_sql = {f"{name}_sql": identifier(name_key(value)) for name, value in names.items()}
    code = f"{reason.errno:06d}" if isinstance(reason, Error) and reason.errno > 0 else None
    words = _words(reason) if isinstance(reason, Error) else reason
    said = f"{words} ({code})" if code else words
    detail = f"{happened}: {said.rstrip('.')}. {meaning.remedy.format(**names, **in_sql)}"
    path = meaning.setting if at is None else at
    return warehouse_error(meaning.verdict, path, meaning.summary, detail, code=code)


def _words(error: Error) -> str:
    """Snowflake's or the driver's own words, on one line, without the phrases that the driver adds."""
    text = " ".join(error.raw_msg.split())
    while (unwrapped := _WRAPPING.sub("", text)) != text:
        text = unwrapped
    return text.rstrip(".")
