"""What a schema holds, by Snowflake's SHOW and DESCRIBE, which need no virtual warehouse, and by the record.

SHOW lists what the role may see; at most 10,000 objects (Snowflake's documentation, SHOW OBJECTS).
"""

import re
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from krenalis_provider.warehouses import catalog
from krenalis_provider.warehouses.found import Found, Names
from krenalis_provider.warehouses.pending import Pending
from krenalis_provider.warehouses.provisioner import Inspection
from krenalis_provider.warehouses.snowflake import record
from krenalis_provider.warehouses.snowflake.columns import varchar
from krenalis_provider.warehouses.snowflake.connection import Session, Statement
from krenalis_provider.warehouses.snowflake.errors import SnowflakeError
from krenalis_provider.warehouses.snowflake.place import Place
from krenalis_provider.warehouses.snowflake.platform import objects
from krenalis_provider.warehouses.snowflake.record import TABLE, RecordRow, State, read
from krenalis_provider.warehouses.snowflake.sql import literal
from krenalis_provider.workspaces.deadline import Deadline
from krenalis_provider.workspaces.errors import Verdict

NAMES: Final = Names(str.upper, objects())
PROCEDURE: Final = catalog.RESOLVE_IDENTITIES.upper()
IDENTITIES: Final = catalog.IDENTITIES.name.upper()

_VARCHAR: Final = re.compile(r"VARCHAR\((\d+)\)")
_FIXED: Final = {
    column.name.upper() for table in (catalog.IDENTITIES, catalog.PROFILES) for column in table.columns
}
_POLL_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Seen:
    """What is there."""

    found: Found
    """Its record is the workspace as it is, or will be when what is under way is done."""
    row: RecordRow | None
    others: Mapping[str, int]
    """Kind to number of the objects with other names than ours."""
    owners: Mapping[str, str] = field(default_factory=dict)
    """Name to role of those tables and views of ours that a role of the account owns."""

    @property
    def pending(self) -> Pending | None:
        """What is left to be done of what broke off. What was being made or dropped is made."""
        if self.row is None or not self.row.unfinished:
            return None
        return self.row.pending or Pending(workspace=self.row.workspace, make=tuple(NAMES.objects))

    def inspection(self) -> Inspection:
        """The same in the words of the domain. What is under way, or broke off, is taken for done, but for the record.

        So the next plan makes the record again, and with it what is left; and computes its own migration from there.
        """
        inspection = self.found.inspection()
        if not self.pending:
            return inspection
        kinds = {name: kind for name, kind in inspection.objects.items() if name != NAMES.record}
        columns = dict(self.found.columns)
        steps = self.pending.tables.get(self.found.profiles or "")
        for operation in (steps.left(columns) if steps else None) or ():
            operation.apply(columns)
        return replace(inspection, objects=kinds, columns=columns)


def look(session: Session, place: Place) -> Seen:
    """See what is there. Raises `SnowflakeError`, for an unreadable record too."""
    listed = session.shown(
        Statement("looking for the objects of a workspace", f"SHOW OBJECTS IN SCHEMA {place.sql}")
    )
    (procedures,) = session.run(
        [
            Statement(
                "looking for the procedure of a workspace",
                f"SHOW PROCEDURES LIKE {literal(PROCEDURE)} IN SCHEMA {place.sql}",
            )
        ]
    )
    found: dict[str, str] = {}
    owners: dict[str, str] = {}
    others: Counter[str] = Counter()
    for row in listed:
        name, kind = row["name"], row["kind"].lower()
        if name != PROCEDURE and (name in NAMES.objects or NAMES.number(name) is not None):
            found[name] = kind
            if row["owner_role_type"] == "ROLE":
                owners[name] = row["owner"]
        else:
            others[kind] += 1
    # procedures are told apart by their arguments, which stand in a column of their own, such as NAME() RETURN VARCHAR
    if any(str(value).startswith(f"{PROCEDURE}() RETURN") for each in procedures for value in each):
        found[PROCEDURE] = "procedure"
    seen = Found(NAMES, found, {}, None)
    record_row = read(session, place) if found.get(TABLE) == "table" else None
    columns = profile_columns(session, place, seen.profiles) if seen.profiles else {}
    workspace = record_row.workspace if record_row else None
    return Seen(replace(seen, columns=columns, record=workspace), record_row, others, owners)


def settled(session: Session, place: Place, deadline: Deadline) -> Seen:
    """See what is there when nobody works on it, which is waited for until the deadline; then `SnowflakeError` is raised."""
    while True:
        seen = look(session, place)
        if seen.row is None or not seen.row.living:
            return seen
        if deadline.remaining() <= 2 * _POLL_SECONDS:
            raise busy(place, seen.row)
        time.sleep(min(_POLL_SECONDS, record.SILENCE_SECONDS))


def busy(place: Place, row: RecordRow | None) -> SnowflakeError:
    """Somebody works on it; `row` is the record's, as far as it was seen."""
    if row and row.unfinished:
        detail = (
            f"{under_way(row)}. Try again when it has ended; if it was broken off, it is taken over after "
            f"{record.SILENCE_SECONDS:.0f} seconds without a sign of life."
        )
    else:
        detail = "another operation began at the same moment. Plan again when it has ended."
    return SnowflakeError(
        Verdict.COULD_NOT_TELL, "schema", "Warehouse is being changed", f"{place}: {detail}"
    )


def under_way(row: RecordRow) -> str:
    """What is under way, whose it is, and since when nothing was heard of it, as a clause."""
    doing = _DOING[row.state]
    last = (
        "was broken off"
        if row.silence is None
        else f"gave its last sign of life {row.silence:.0f} seconds ago"
    )
    return f'the {doing} of workspace "{row.workspace.name}" (id {row.workspace.id}) by operation {row.owner} {last}'


_DOING: Final = {
    State.READY: "last change",
    State.INITIALIZING: "creation",
    State.MIGRATING: "change",
    State.DROPPING: "removal",
}


def profile_columns(session: Session, place: Place, table: str) -> dict[str, str]:
    """Name to SQL type of the profile columns of a table, in order."""
    statement = Statement(
        f'looking at the columns of table "{table}"', f"DESCRIBE TABLE {place.object(table)}"
    )
    (rows,) = session.run([statement])
    return {column: _spelled(type_) for column, type_, *_ in rows if column not in _FIXED}


def columns_of_tables(session: Session, place: Place, seen: Seen) -> dict[str, Mapping[str, str]]:
    """The same of each table that is there and has any, in the order in which a change comes to them."""
    columns: dict[str, Mapping[str, str]] = {}
    if IDENTITIES in seen.found.ours:
        columns[IDENTITIES] = profile_columns(session, place, IDENTITIES)
    if seen.found.profiles:
        columns[seen.found.profiles] = seen.found.columns
    return columns


def _spelled(type_: str) -> str:
    """The type as `columns.column_type` spells it."""
    length = _VARCHAR.fullmatch(type_)
    return varchar(int(length[1])) if length else type_
