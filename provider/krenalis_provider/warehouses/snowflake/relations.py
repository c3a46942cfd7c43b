"""The existing tables with profile columns."""

import re
from typing import Final

from krenalis_provider.warehouses import krenalis_objects
from krenalis_provider.warehouses.change import Tables
from krenalis_provider.warehouses.snapshot import Snapshot
from krenalis_provider.warehouses.snowflake.column_types import varchar
from krenalis_provider.warehouses.snowflake.session import Session
from krenalis_provider.warehouses.snowflake.sql import Statement

_VARCHAR: Final = re.compile(r"VARCHAR\((\d+)\)")
_FIXED: Final = {
    column.name.upper()
    for table in (krenalis_objects.IDENTITIES, krenalis_objects.PROFILES)
    for column in table.columns
}


def profile_columns(session: Session, table: str) -> dict[str, str]:
    """Name to SQL type of the profile columns of a table, in order."""
    query = f"DESCRIBE TABLE {session.object(table)}"
    rows = session.ask(Statement(f'looking at the columns of table "{table}"', query))
    return {name: _spelled(type_) for name, type_, *_ in rows if name not in _FIXED}


def table_columns(session: Session, snapshot: Snapshot) -> Tables:
    """The profile columns of each existing table that has any; first the identities, which no plan sees."""
    tables: dict[str, dict[str, str]] = {}
    if (identities := snapshot.names.identities) in snapshot.ours:
        tables[identities] = profile_columns(session, identities)
    if snapshot.profiles:
        tables[snapshot.profiles] = dict(snapshot.columns)
    return tables


def _spelled(type_: str) -> str:
    """A type of DESCRIBE TABLE as `column_types.column_type` spells it."""
    length = _VARCHAR.fullmatch(type_)
    return varchar(int(length[1])) if length else type_
