"""Statements that fakesnow lacks, answered by a query that gives the same rows.

Names in them may be quoted and qualified. None is understood in more forms than the provider and its tests send.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

import sqlglot

from tests.support.snowflake_double import procedures
from tests.support.snowflake_double.account import ADMINISTRATOR
from tests.support.snowflake_double.errors import exists, missing, refusal

_PART: Final = r'(?:"(?:[^"]|"")+"|[\w$]+)'
_NAME: Final = rf"({_PART}(?:\.{_PART})*)"
_CREATE: Final = re.compile(
    rf"CREATE\s+(OR\s+REPLACE\s+)?PROCEDURE\s+(IF\s+NOT\s+EXISTS\s+)?{_NAME}\s*\((.*?)\)\s*(?:COPY\s+GRANTS\s+)?RETURNS\s+(.+?)\s+LANGUAGE\s+SQL\b.*?\bAS\s+(\$\$|')(.*)\6$",
    re.DOTALL | re.IGNORECASE,
)
_DROP: Final = re.compile(
    rf"DROP\s+PROCEDURE\s+(IF\s+EXISTS\s+)?{_NAME}\s*\(.*\)$", re.DOTALL | re.IGNORECASE
)
_CALL: Final = re.compile(rf"CALL\s+{_NAME}\s*\(\s*\)$", re.IGNORECASE)
_SHOW: Final = re.compile(
    rf"SHOW\s+(?:TERSE\s+)?(?:USER\s+)?PROCEDURES(?:\s+LIKE\s+'((?:[^'\\]|\\.|'')*)')?(?:\s+IN\s+(?:SCHEMA\s+)?{_NAME})?$",
    re.IGNORECASE,
)
_SHOW_OBJECTS: Final = re.compile(
    rf"SHOW\s+(?:TERSE\s+)?(?:OBJECTS|TABLES|VIEWS)\b.*?\bIN\s+(?!DATABASE\b)(?:SCHEMA\s+)?{_NAME}",
    re.IGNORECASE,
)
_SHOW_GRANTS: Final = re.compile(rf"SHOW\s+GRANTS\s+ON\s+SCHEMA\s+{_NAME}$", re.IGNORECASE)
_SESSION: Final = re.compile(
    r"ALTER\s+SESSION\s+(UN)?SET\s+(QUERY_TAG|TIMEZONE|STATEMENT_TIMEOUT_IN_SECONDS|LOCK_TIMEOUT)\b",
    re.IGNORECASE,
)
_CURRENT: Final = re.compile(
    r"\bCURRENT_(DATABASE|SCHEMA|WAREHOUSE|ROLE|USER|ACCOUNT|TRANSACTION)\(\)(\s+AS\b)?", re.IGNORECASE
)
_IN_SESSION: Final = re.compile(r"\bIS_ROLE_IN_SESSION\(\s*'((?:[^']|'')*)'\s*\)", re.IGNORECASE)
_DONE: Final = "SELECT 'Statement executed successfully.' AS \"status\""


class Session(procedures.Session, Protocol):
    """What a statement may ask of the session it came in."""

    database: str | None
    role: str
    warehouse: str | None
    user: str
    privileges: set[str]

    @property
    def schema(self) -> str | None: ...

    def has_schema(self, database: str, schema: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class Procedure:
    """A stored procedure."""

    arguments: str
    returns: str
    body: str


@dataclass(slots=True)
class Emulation:
    """The statements, and what they left behind."""

    procedures: dict[tuple[str, str, str], Procedure] = field(default_factory=dict)

    def query(self, session: Session, statement: str) -> str | None:
        """The query to run in place of a statement; None for one that is run as it is."""
        text = statement.strip().rstrip(";").strip()
        for pattern, answer in (
            (_CREATE, self._create),
            (_DROP, self._drop),
            (_CALL, self._call),
            (_SHOW, self._show),
            (_SHOW_GRANTS, _grants),
        ):
            if match := pattern.match(text):
                return answer(session, match)
        if _SESSION.match(text):
            return _DONE
        if match := _SHOW_OBJECTS.match(text):
            _schema(session, match[1])
        return _with_context(session, text)

    def _create(self, session: Session, match: re.Match[str]) -> str:
        key = _qualified(session, match[3])
        _require(session, "CREATE PROCEDURE", key)
        replaces, keeps = match[1], match[2]
        if key in self.procedures and not replaces:
            if not keeps:
                raise exists(key[2])
            return _status(f"{key[2]} already exists, statement succeeded.")
        self.procedures[key] = Procedure(match[4].strip(), match[5].strip(), _body(match))
        return _status(f"Function {key[2]} successfully created.")

    def _drop(self, session: Session, match: re.Match[str]) -> str:
        key = _qualified(session, match[2])
        if key in self.procedures:
            del self.procedures[key]
            return _status(f"{key[2]} successfully dropped.")
        if not match[1]:
            raise missing("Procedure", key[2])
        return _status("Drop statement executed successfully (procedure already dropped).")

    def _call(self, session: Session, match: re.Match[str]) -> str:
        key = _qualified(session, match[1])
        procedure = self.procedures.get(key)
        if procedure is None:
            raise refusal(2141, "42601", f"Unknown user-defined function {key[2]}")
        value = procedures.call(procedure.body, session)
        return f'SELECT {_literal(value)} AS "{key[2]}"'

    def _show(self, session: Session, match: re.Match[str]) -> str:
        place = _schema(session, match[2]) if match[2] else (session.database or "", session.schema or "")
        pattern = match[1]
        rows = [
            (key, procedure)
            for key, procedure in sorted(self.procedures.items())
            if key[:2] == place and (pattern is None or _like(pattern, key[2]))
        ]
        columns = (
            "created_on",
            "name",
            "schema_name",
            "is_builtin",
            "min_num_arguments",
            "arguments",
            "catalog_name",
        )
        values = [
            (
                "1970-01-01 00:00:00",
                key[2],
                key[1],
                "N",
                0,
                f"{key[2]}({p.arguments}) RETURN {p.returns}",
                key[0],
            )
            for key, p in rows
        ]
        return _rows(columns, values)


def _body(match: re.Match[str]) -> str:
    """The text of a procedure as it was before it was made a constant."""
    quote, body = match[6], match[7]
    if quote == "$$":
        return body
    (constant,) = sqlglot.tokenize(f"'{body}'", read="snowflake")
    return constant.text


def _grants(session: Session, match: re.Match[str]) -> str:
    database, schema = _schema(session, match[1])
    columns = ("created_on", "privilege", "granted_on", "name", "granted_to", "grantee_name", "grant_option")
    return _rows(
        columns,
        [
            (
                "1970-01-01 00:00:00",
                privilege,
                "SCHEMA",
                f"{database}.{schema}",
                "ROLE",
                session.role,
                "false",
            )
            for privilege in sorted(session.privileges)
        ],
    )


def _with_context(session: Session, text: str) -> str | None:
    """The statement with the functions of its session replaced by their values, if it has any."""
    values = {
        "DATABASE": session.database,
        "SCHEMA": session.schema,
        "WAREHOUSE": session.warehouse,
        "ROLE": session.role,
        "USER": session.user,
        "ACCOUNT": "DOUBLE",
        "TRANSACTION": "1" if session.in_transaction else None,
    }

    def value(match: re.Match[str]) -> str:
        name = match[1].upper()
        return _literal(values[name]) + (match[2] or (f' AS "CURRENT_{name}()"' if selected else ""))

    def held(match: re.Match[str]) -> str:
        role = match[1].replace("''", "'")
        return "TRUE" if role in {session.role, "PUBLIC"} or session.role == ADMINISTRATOR else "FALSE"

    # only an item of a list of columns can be named, and no statement has one of these functions elsewhere as well
    selected = re.match(r"SELECT\b(?!.*\b(FROM|WHERE)\b)", text, re.IGNORECASE | re.DOTALL) is not None
    replaced = _IN_SESSION.sub(held, _CURRENT.sub(value, text))
    return replaced if replaced != text else None


def _qualified(session: Session, name: str) -> tuple[str, str, str]:
    parts = _parts(name)
    place = [session.database or "", session.schema or ""][: 3 - len(parts)]
    database, schema, object_ = [*place, *parts]
    if not session.has_schema(database, schema):
        raise missing("Schema", f"{database}.{schema}")
    return database, schema, object_


def _schema(session: Session, name: str) -> tuple[str, str]:
    parts = _parts(name)
    database, schema = parts if len(parts) > 1 else [session.database or "", *parts]
    if not session.has_schema(database, schema):
        raise refusal(2043, "02000", "Object does not exist, or operation cannot be performed.")
    return database, schema


def _require(session: Session, privilege: str, key: tuple[str, str, str]) -> None:
    if privilege not in session.privileges:
        raise insufficient("schema", key[1])


def insufficient(kind: str, name: str) -> Exception:
    """What a role is told that lacks a privilege on something."""
    error = refusal(3001, "42501", f"Insufficient privileges to operate on {kind} '{name}'")
    error.msg = str(error.msg).replace("SQL compilation error", "SQL access control error")
    return error


def _parts(name: str) -> list[str]:
    found = re.findall(_PART, name)
    return [part[1:-1].replace('""', '"') if part[0] == '"' else part.upper() for part in found]


def _like(pattern: str, name: str) -> bool:
    """Snowflake's LIKE of SHOW: not case-sensitive, with ``%``, ``_`` and backslash escapes."""
    unquoted = pattern.replace("''", "'").replace("\\\\", "\\")
    tokens = re.findall(r"\\.|.", unquoted, re.DOTALL)
    expression = "".join({"%": ".*", "_": "."}.get(token, re.escape(token[-1])) for token in tokens)
    return re.fullmatch(expression, name, re.IGNORECASE | re.DOTALL) is not None


def _literal(value: object) -> str:
    if value is None:
        return "NULL"
    return str(value) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'"


def _status(message: str) -> str:
    return f'SELECT {_literal(message)} AS "status"'


def _rows(columns: Sequence[str], values: Sequence[Sequence[object]]) -> str:
    """A query for constant rows; for none too, with its columns."""
    empty = not values
    rows: Sequence[Sequence[object]] = [tuple("" for _ in columns)] if empty else values
    selects = [
        "SELECT " + ", ".join(f'{_literal(v)} AS "{c}"' for c, v in zip(columns, row, strict=True))
        for row in rows
    ]
    return " UNION ALL ".join(selects) + (" WHERE FALSE" if empty else "")
