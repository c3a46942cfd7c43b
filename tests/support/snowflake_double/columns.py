"""The types of columns, as Snowflake shows them: DuckDB keeps fewer types, and fakesnow knows only lengths beside."""

from typing import Any


def install(connection: Any) -> None: ...


def declared(expression: Any) -> Any: ...


def declare(connection: Any, transformed: Any, database: str | None, schema: str | None) -> None: ...
