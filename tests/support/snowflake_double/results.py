"""Rows as the connector reads them."""

from typing import Any

import fakesnow.arrow
import fakesnow.server
import pyarrow as pa
import pyarrow.compute as pc


def install() -> None:
    """Put ours in the place of fakesnow's."""
    fakesnow.server.to_sf = to_sf


def to_sf(table: Any, rowtype: Any) -> Any:
    """As fakesnow's, and points in time may be NULL: the connector takes a struct with NULLs in it for broken."""
    nulls = {
        index: pc.is_null(column.combine_chunks())
        for index, column in enumerate(table.columns)
        if pa.types.is_timestamp(column.type) and column.null_count
    }
    for index in nulls:
        column = table.column(index)
        zero = pa.scalar(0, pa.int64()).cast(column.type)
        table = table.set_column(index, table.schema.field(index), pc.fill_null(column, zero))
    result = fakesnow.arrow.to_sf(table, rowtype)
    for index, mask in nulls.items():
        column = result.column(index).combine_chunks()
        array = pa.StructArray.from_arrays(column.flatten(), fields=list(column.type), mask=mask)
        result = result.set_column(index, result.schema.field(index), array)
    return result
