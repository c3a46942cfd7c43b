"""The statements that change the columns of a table."""

from collections.abc import Iterable, Iterator

from krenalis_provider.warehouses.migration.operations import Operation
from krenalis_provider.warehouses.snowflake.column_operations import clauses
from krenalis_provider.warehouses.snowflake.session import Session, Statement


def alterations(session: Session, table: str, operations: Iterable[Operation]) -> Iterator[Statement]:
    """Changes the columns of a table, each by a statement of its own."""
    for operation in operations:
        for clause in clauses(operation):
            yield Statement(
                f'changing the columns of table "{table}"', f"ALTER TABLE {session.object(table)} {clause}"
            )
