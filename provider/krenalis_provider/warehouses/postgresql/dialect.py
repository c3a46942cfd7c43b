"""PostgreSQL without a connection; see `Dialect`. Quoted names keep their case."""

from krenalis_provider.warehouses.names import Names
from krenalis_provider.warehouses.postgresql.column_operations import clause, widening
from krenalis_provider.warehouses.postgresql.column_types import column_type
from krenalis_provider.warehouses.postgresql.limits import column_problems, column_warnings

__all__ = ["NAMES", "clause", "column_problems", "column_type", "column_warnings", "widening"]

NAMES: Names = Names(str, ("type", "table", "index", "view", "procedure", "aggregate"))
