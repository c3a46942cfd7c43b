#!/bin/sh
# PostgreSQL's `numeric` becomes DuckDB's DECIMAL(18,3) on its way through sqlglot, which rounds without a word.
#
# Guessed: a type that keeps all digits in PostgreSQL is translated into one that keeps many, or there is a warning, also where
# warnings are asked to be errors.
# Seen with sqlglot 30.30.0 and DuckDB 2.0.1: `numeric` without precision is written as `DECIMAL`, a word that DuckDB has too, with
# 18 digits and 3 decimals. So 0.0004 becomes 0, in casts and in columns, and a number of 16 digits before the point is refused. For
# Snowflake, whose `NUMBER` means (38,0), sqlglot writes precision and scale.
# So: queries for PostgreSQL that are tested on DuckDB name a precision, or the types are replaced in sqlglot's tree.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check sqlglot==30.30.0 duckdb==2.0.1
"$folder/venv/bin/python" - <<'PYTHON'
from decimal import Decimal

import duckdb
import sqlglot
from sqlglot import ErrorLevel


def executed(database, statement, dialect="postgres"):
    """The rows that DuckDB gives for what sqlglot makes of a statement, and that statement."""
    [made] = sqlglot.transpile(statement, read=dialect, write="duckdb", unsupported_level=ErrorLevel.RAISE)
    print(f"{statement}  as  {made}")
    return database.execute(made).fetchall()


with duckdb.connect() as database:
    [(cast,)] = executed(database, "SELECT '0.0004'::numeric")
    assert cast == 0, cast
    executed(database, "CREATE TABLE prices (price numeric)")
    executed(database, "INSERT INTO prices VALUES (1.23456)")
    [(stored,)] = executed(database, "SELECT price FROM prices")
    assert stored == Decimal("1.235"), stored
    try:
        executed(database, "INSERT INTO prices VALUES (1234567890123456)")
    except duckdb.ConversionException as error:
        print(error)
    else:
        raise AssertionError("a number of 16 digits fits")
    [(precise,)] = executed(database, "SELECT '0.0004'::numeric(20, 4)")
    assert precise == Decimal("0.0004"), precise
    [(whole,)] = executed(database, "SELECT '12345678901234567890123'::NUMBER", "snowflake")
    assert whole == 12345678901234567890123, whole
PYTHON
