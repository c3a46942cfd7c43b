"""The number of rows that a warehouse would lose. Snowflake stores the number of a whole table, so that counting it costs nothing."""

from collections.abc import Iterable

from krenalis_provider.model.observed import ColumnCounts, Counts, RowCount
from krenalis_provider.warehouses import krenalis_objects
from krenalis_provider.warehouses.snapshot import Snapshot
from krenalis_provider.warehouses.snowflake.session import Session, Statement
from krenalis_provider.warehouses.snowflake.sql import identifier


def count(session: Session, snapshot: Snapshot) -> Counts:
    """The numbers of rows of the tables that hold data of customers. Raises `WarehouseError`."""
    names = (snapshot.profiles, snapshot.names.identities, snapshot.names.spell(krenalis_objects.EVENTS.name))
    there = [name for name in names if name and snapshot.objects.get(name) == "table"]
    if not there:
        return Counts(None, None, None)
    wanted = ", ".join(f"(SELECT COUNT(*) FROM {session.object(name)})" for name in there)
    (counted,) = session.ask(Statement("counting the rows of tables", f"SELECT {wanted}"))
    numbers = {name: RowCount(number) for name, number in zip(there, counted, strict=True)}
    return Counts(*(numbers.get(name) if name else None for name in names))


def count_values(session: Session, snapshot: Snapshot, columns: Iterable[str]) -> ColumnCounts:
    """The number of profiles, and of profiles with a value in each existing column. Raises `WarehouseError`."""
    if not snapshot.profiles:
        return ColumnCounts(None, {})
    present = [name for name in columns if name in snapshot.columns]
    wanted = ", ".join(["COUNT(*)", *(f"COUNT({identifier(name)})" for name in present)])
    query = f"SELECT {wanted} FROM {session.object(snapshot.profiles)}"
    ((number, *counted),) = session.ask(Statement(f'counting table "{snapshot.profiles}"', query))
    return ColumnCounts(RowCount(number), dict(zip(present, counted, strict=True)))
