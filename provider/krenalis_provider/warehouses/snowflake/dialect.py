"""Snowflake without a connection; see `Dialect`. It has neither enumerations nor, on ordinary tables, indexes."""

from krenalis_provider.warehouses.names import Names
from krenalis_provider.warehouses.snowflake.column_operations import clause, widening
from krenalis_provider.warehouses.snowflake.column_types import column_name, column_type
from krenalis_provider.warehouses.snowflake.limits import column_problems, column_warnings

__all__ = ["NAMES", "clause", "column_problems", "column_type", "column_warnings", "widening"]

NAMES: Names = Names(column_name, ("table", "view", "procedure"))
