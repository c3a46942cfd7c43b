"""UPDATE … FROM: where a row joins several, Snowflake takes any of them, and the double refuses."""

from typing import Any

from snowflake.connector.errors import ProgrammingError
from sqlglot import exp


def check(connection: Any, update: Any, params: Any) -> None:
    """Raise the error that Snowflake has for it under ERROR_ON_NONDETERMINISTIC_UPDATE."""
    joined = update.args.get("from_")
    if joined is None:
        return
    target = exp.alias_(update.this.copy(), "_updated", table=True)
    row = exp.column("rowid", "_updated")
    several = (
        exp.select("1")
        .from_(target)
        .join(joined.this.copy(), join_type="CROSS")
        .group_by(row)
        .having("count(*) > 1")
        .limit(1)
    )
    if where := update.args.get("where"):
        several = several.where(where.this.copy())
    if connection.execute(several.sql(dialect="duckdb"), params).fetchone():
        raise ProgrammingError(msg="Duplicate row detected during DML action", errno=100090, sqlstate="42P18")
