"""How many rows a warehouse would lose. Snowflake knows the size of a table, so that counting one costs nothing."""

from collections.abc import Iterable

from krenalis_provider.warehouses import catalog
from krenalis_provider.warehouses.found import Found
from krenalis_provider.warehouses.provisioner import ColumnCounts, Counts, RowCount
from krenalis_provider.warehouses.snowflake.connection import Session, Statement
from krenalis_provider.warehouses.snowflake.place import Place
from krenalis_provider.warehouses.snowflake.sql import identifier


def rows(session: Session, place: Place, found: Found) -> Counts:
    """The rows of the tables that hold data of customers. Raises `SnowflakeError`."""
    names = (found.profiles, catalog.IDENTITIES.name.upper(), catalog.EVENTS.name.upper())
    there = [name for name in names if name and found.objects.get(name) == "table"]
    if not there:
        return Counts(None, None, None)
    wanted = ", ".join(f"(SELECT COUNT(*) FROM {place.object(name)})" for name in there)
    (counted,) = session.run([Statement("counting the rows of tables", f"SELECT {wanted}")])[0]
    numbers = {name: RowCount(number) for name, number in zip(there, counted, strict=True)}
    return Counts(*(numbers.get(name) if name else None for name in names))


def values(session: Session, place: Place, found: Found, columns: Iterable[str]) -> ColumnCounts:
    """The profiles, and how many of them have a value in each of the columns that are there. Raises `SnowflakeError`."""
    if not found.profiles:
        return ColumnCounts(None, {})
    present = [name for name in columns if name in found.columns]
    wanted = ", ".join(["COUNT(*)", *(f"COUNT({identifier(name)})" for name in present)])
    query = f"SELECT {wanted} FROM {place.object(found.profiles)}"
    ((number, *counted),) = session.run([Statement(f'counting table "{found.profiles}"', query)])[0]
    return ColumnCounts(RowCount(number), dict(zip(present, counted, strict=True)))
