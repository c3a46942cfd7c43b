"""Errors as Snowflake numbers them, made of those of DuckDB and fakesnow."""

import re
from typing import Final

import duckdb
from snowflake.connector.errors import ProgrammingError

_COMPILATION: Final = "SQL compilation error:\n"


class Cancelled(ProgrammingError):
    """The whole call of a procedure ends: no handler takes it."""


def refusal(code: int, state: str, message: str) -> ProgrammingError:
    """An error that Snowflake finds before it executes anything."""
    return ProgrammingError(msg=_COMPILATION + message, errno=code, sqlstate=state)


def missing(kind: str, name: str) -> ProgrammingError:
    """Something that is not there, or that the role may not see."""
    return refusal(
        2003,
        "42S02" if kind in {"Table", "View", "Object"} else "02000",
        f"{kind} '{name}' does not exist or not authorized.",
    )


def exists(name: str) -> ProgrammingError:
    """Something that is there already."""
    return refusal(2002, "42710", f"Object '{name}' already exists.")


def transaction_error(message: str) -> ProgrammingError:
    """Something that breaks the rules of transactions in procedures. Its number is not documented."""
    return ProgrammingError(msg=message, errno=99999, sqlstate="25000")


def of_engine(error: Exception) -> ProgrammingError:
    """What Snowflake would answer where DuckDB or fakesnow raise this."""
    text = str(error.msg or "") if isinstance(error, ProgrammingError) else str(error)
    if found := re.search(r"NOT NULL constraint failed: (\S+)\.(.+)$", text, re.MULTILINE):
        return ProgrammingError(
            msg=f"NULL result in a non-nullable column '{found[2]}'", errno=100072, sqlstate="22000"
        )
    if found := re.search(r'(?:Table|View|Schema|Sequence) with name "?(.+?)"? already exists', text):
        return exists(found[1])
    if found := re.search(r'(?:Column|column) (?:with name )?"?(.+?)"? already exists', text):
        return refusal(2028, "42601", f"ambiguous column name '{found[1]}'")
    if found := re.search(
        r'Referenced (?:update )?column "?(.+?)"? not found|does not have a column with name "?(.+?)"?(?:\s|$)',
        text,
    ):
        return refusal(
            904, "42000", f"error line 1 at position 0\ninvalid identifier '{found[1] or found[2]}'"
        )
    if found := re.search(r'(Table|View|Schema) with name "?(.+?)"? does not exist', text):
        return missing("Object" if found[1] == "Table" else found[1], found[2])
    if isinstance(error, ProgrammingError):
        return error
    if isinstance(error, duckdb.ConstraintException):
        return ProgrammingError(msg=text, errno=100072, sqlstate="22000")
    return ProgrammingError(msg=f"not emulated by the double: {error!r}", errno=9999, sqlstate="0A000")
