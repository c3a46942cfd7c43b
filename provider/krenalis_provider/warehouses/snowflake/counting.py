"""The number of rows that a warehouse would lose. Snowflake stores the number of a whole table, so that counting it costs nothing.

A row access policy hides rows from a query, a masking policy values, without a word. What Snowflake has stored of a table
and of its columns tells of both (docs/facts/snowflake.md, "What a role sees").
"""

from collections.abc import Mapping, Sequence

from krenalis_provider.model.observed import ColumnCounts, Counts, Filled, RowCount
from krenalis_provider.warehouses import krenalis_objects
from krenalis_provider.warehouses.snapshot import Snapshot
from krenalis_provider.warehouses.snowflake.session import Session
from krenalis_provider.warehouses.snowflake.sql import Statement, identifier


def count(session: Session, snapshot: Snapshot) -> Counts:
    """The numbers of rows of the tables that hold data of customers. Raises `WarehouseError`."""
    names = (snapshot.profiles, snapshot.names.identities, snapshot.names.spell(krenalis_objects.EVENTS.name))
    there = [name for name in names if name and snapshot.objects.get(name) == "table"]
    if not there:
        return Counts(None, None, None)
    stored = _stored(session)
    wanted = ", ".join(f"(SELECT COUNT(*) FROM {session.object(name)})" for name in there)
    (counted,) = session.ask(Statement("counting the rows of tables", f"SELECT {wanted}"))
    numbers = {name: _whole(number, stored.get(name)) for name, number in zip(there, counted, strict=True)}
    profiles, identities, events = (numbers.get(name or "") for name in names)
    return Counts(profiles, identities, events, _reasons(session, numbers))


def count_values(session: Session, snapshot: Snapshot, columns: Sequence[str]) -> ColumnCounts:
    """The numbers of profiles and identities, and of those with a value in each existing column. Raises `WarehouseError`."""
    stored = _stored(session)
    names = (snapshot.profiles, snapshot.names.identities)
    filled: dict[str, Filled] = {}
    reasons: list[str] = []
    for table in [name for name in names if name and snapshot.objects.get(name) == "table"]:
        policies = _policies(session, table)
        present = [name for name in columns if name in policies and not policies[name]]
        wanted = ", ".join(["COUNT(*)", *(f"COUNT({identifier(name)})" for name in present)])
        query = f"SELECT {wanted} FROM {session.object(table)}"
        ((number, *counted),) = session.ask(Statement(f'counting table "{table}"', query))
        rows = _whole(number, stored.get(table))
        values = {name: 0 for name in columns if name not in policies}
        values |= zip(present, counted, strict=True)
        filled[table] = Filled(rows, values if rows.exact else {})
        reasons += _reasons(session, {table: rows})
        reasons += [
            f'the masking policy {policy} may hide the values of column "{name}" of table "{table}" from role '
            f'"{session.settings.role}".'
            for name in columns
            if (policy := policies.get(name))
        ]
    profiles, identities = (filled.get(name or "", Filled(None)) for name in names)
    return ColumnCounts(profiles, identities, tuple(reasons))


def _stored(session: Session) -> dict[str, int | None]:
    """The number of rows of each table, as Snowflake has stored it."""
    query = f"SHOW TABLES IN SCHEMA {session.object()}"
    rows = session.shown(Statement("looking how many rows tables have", query))
    return {row["name"]: row["rows"] for row in rows}


def _policies(session: Session, table: str) -> dict[str, str | None]:
    """The columns of a table, each with its masking policy if it has one."""
    query = f"DESCRIBE TABLE {session.object(table)}"
    rows = session.shown(Statement(f'looking for masked columns of table "{table}"', query))
    return {row["name"]: row.get("policy name") for row in rows}


def _whole(counted: int, stored: int | None) -> RowCount:
    """The number of rows: as counted, unless there are more than that."""
    return RowCount(counted) if stored is None or counted >= stored else RowCount(stored, exact=False)


def _reasons(session: Session, numbers: Mapping[str, RowCount]) -> tuple[str, ...]:
    return tuple(
        f'table "{name}" has more rows than role "{session.settings.role}" sees, which a row access policy may hide from it.'
        for name, number in numbers.items()
        if not number.exact
    )
