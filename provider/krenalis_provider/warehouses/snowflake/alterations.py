"""The statements that change the columns of a table."""

from collections.abc import Iterable, Iterator, Sequence

from krenalis_provider.warehouses.migration.operations import AddColumn, DropColumn, Operation, RenameColumn
from krenalis_provider.warehouses.snowflake.column_operations import clauses
from krenalis_provider.warehouses.snowflake.sql import Schema, Statement


def shown(present: Iterable[str], operations: Iterable[Operation], wanted: Sequence[str]) -> list[str]:
    """The wanted columns in the order in which a table has them after the operations, and then those that it lacks.

    Names are as Snowflake spells them. In this order a view shows them, so that whoever reads them by their place goes
    on to do so (docs/design.md, "The order of columns").
    """
    names = list(present)
    for operation in operations:
        match operation:
            case RenameColumn(old, new):
                names[names.index(old)] = new
            case DropColumn(name):
                names.remove(name)
            case AddColumn(name):
                names.append(name)
    return list(dict.fromkeys([*(name for name in names if name in wanted), *wanted]))


def alterations(schema: Schema, table: str, operations: Iterable[Operation]) -> Iterator[Statement]:
    """Changes the columns of a table, each by a statement of its own."""
    for operation in operations:
        for clause in clauses(operation):
            yield Statement(
                f'changing the columns of table "{table}"', f"ALTER TABLE {schema.object(table)} {clause}"
            )
