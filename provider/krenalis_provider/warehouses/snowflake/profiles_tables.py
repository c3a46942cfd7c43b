"""The table that the view over the profiles reads, and the versions.

SHOW VIEWS gives the text of the statement that made the view (Snowflake's documentation, SHOW VIEWS). One form is
understood, which Krenalis and this provider write: the columns of one table, by name.
"""

import re
from collections.abc import Collection
from typing import Final

from krenalis_provider.warehouses.profiles_tables import Versions
from krenalis_provider.warehouses.snowflake.dialect import NAMES
from krenalis_provider.warehouses.snowflake.session import Session
from krenalis_provider.warehouses.snowflake.sql import Statement, literal

_NAME: Final = r'(?:"(?:[^"]|"")+"|[A-Za-z_][\w$]*)'
_VIEW: Final = re.compile(
    rf"CREATE\s(?:.*?\s)?VIEW\s.*?\sAS\s+SELECT\s+{_NAME}(?:\s*,\s*{_NAME})*"
    rf"\s+FROM\s+((?:{_NAME}\s*\.\s*){{0,2}})({_NAME})\s*;?\s*",
    re.IGNORECASE | re.DOTALL,
)


def viewed(session: Session) -> str | None:
    """The only table that the view over the profiles reads; None without a view, and for one of another form."""
    query = f"SHOW VIEWS LIKE {literal(NAMES.profiles_view)} IN SCHEMA {session.object()}"
    shown = session.shown(Statement("looking for the view over the profiles", query))
    # the pattern ignores case, and takes an underscore for any character
    texts = [view["text"] or "" for view in shown if view["name"] == NAMES.profiles_view]
    return _table(texts[0], (session.database, session.schema)) if texts else None


def versions(session: Session, table: str | None, objects: Collection[str]) -> Versions:
    """The versions; `table` is the one that the view reads, and `objects` are the names of what there is."""
    if NAMES.versions not in objects:
        return Versions(agrees=table is not None)
    number = NAMES.number(table) if table else None
    agrees = "FALSE" if number is None else f'COALESCE(BOOLOR_AGG("VERSION" = {number}), FALSE)'
    query = f'SELECT COALESCE(MAX("VERSION"), 0), {agrees} FROM {session.object(NAMES.versions)}'
    ((last, has),) = session.ask(Statement("reading the versions of the profiles table", query))
    return Versions(int(last), bool(has))


def _table(text: str, schema: tuple[str, str]) -> str | None:
    """The table of a view in that database and schema, by the view's text."""
    if not (match := _VIEW.fullmatch(text.strip())):
        return None
    around = tuple(map(_read, re.findall(_NAME, match[1])))
    return _read(match[2]) if around == schema[2 - len(around) :] else None


def _read(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name.upper()
