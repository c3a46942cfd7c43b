"""Temporary tables: of one session, gone with it, and in front of a permanent table of the same name.

In DuckDB they are in a catalog of the session's own, by the whole name that they have here. SHOW and DESCRIBE do not
know them.
"""

from collections.abc import Collection
from typing import Any, TypeAlias

from sqlglot import exp

Name: TypeAlias = tuple[str, str, str]
"""Database, schema and table."""
Place: TypeAlias = tuple[str | None, str | None]
"""The database and the schema of names that are not qualified."""


def defined(statement: Any, known: Collection[Name], place: Place) -> Name | None:
    """The temporary table that the statement makes or drops."""
    if not isinstance(statement, (exp.Create, exp.Drop)) or statement.kind != "TABLE":
        return None
    if statement.args.get("clone") and statement.find(exp.TemporaryProperty):
        raise NotImplementedError("a temporary clone")
    name = _name(statement.find(exp.Table), place)
    makes = isinstance(statement, exp.Create) and statement.find(exp.TemporaryProperty)
    return name if makes or (isinstance(statement, exp.Drop) and name in known) else None


def in_duckdb(statement: Any, name: Name | None, known: Collection[Name], place: Place) -> None:
    """Let the statement, which defines the one of this name, mean those that are known where it names them."""
    for number, table in enumerate(list(statement.find_all(exp.Table))):
        is_defined = name and number == 0  # a definition names it first; what it selects from is another yet
        if is_defined or _name(table, place) in known:
            full = ".".join(_name(table, place))
            for part, text in (("this", full), ("db", "main"), ("catalog", "temp")):
                table.set(part, exp.to_identifier(text, quoted=True))


def noted(statement: Any, name: Name, known: set[Name]) -> str:
    """What Snowflake answers to the definition that has been executed; it is known from now on, or no more."""
    if isinstance(statement, exp.Create):
        known.add(name)
        return f"Table {name[-1]} successfully created."
    known.discard(name)
    return f"{name[-1]} successfully dropped."


def _name(table: Any, place: Place) -> Name:
    parts = [table.args.get("catalog"), table.args.get("db"), table.this]
    database, schema, name = (_folded(part) for part in parts)
    return database or place[0] or "", schema or place[1] or "", name


def _folded(identifier: Any) -> str:
    if not isinstance(identifier, exp.Identifier):
        return ""
    return str(identifier.this) if identifier.args.get("quoted") else str(identifier.this).upper()
