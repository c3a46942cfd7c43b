#!/bin/sh
# DuckDB's UPDATE … FROM changes a row once, and counts and returns it once for each row that it was joined with.
#
# Guessed: the number of changed rows is that of the rows changed, as in PostgreSQL, where one row that two others match counts once.
# Seen with DuckDB 2.0.1: a table of one row says that two were updated, and RETURNING gives two rows, of which one tells a value that
# was never stored. MERGE counts two as well; DELETE … USING counts one. fakesnow, which executes Snowflake's SQL on
# DuckDB, passes the number on.
# So: a count that is to tell whether a row was taken proves nothing where the join may repeat it. A subquery that gives one row for
# each does, or `WHERE … IN`.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check duckdb==2.0.1
"$folder/venv/bin/python" - <<'PYTHON'
import duckdb

NEW = "(VALUES (1, 'first'), (1, 'second')) AS new (id, name)"
STATEMENTS = {
    f"UPDATE people SET name = new.name FROM {NEW} WHERE people.id = new.id": 2,
    f"MERGE INTO people USING {NEW} ON people.id = new.id WHEN MATCHED THEN UPDATE SET name = new.name": 2,
    f"UPDATE people SET name = 'third' WHERE id IN (SELECT id FROM {NEW})": 1,
    f"DELETE FROM people USING {NEW} WHERE people.id = new.id": 1,
}
for statement, expected in STATEMENTS.items():
    with duckdb.connect() as database:
        database.execute("CREATE TABLE people (id INTEGER, name VARCHAR)")
        database.execute("INSERT INTO people VALUES (1, 'before')")
        [(count,)] = database.execute(statement).fetchall()
    print(f"{count} of 1 row: {statement}")
    assert count == expected, expected

with duckdb.connect() as database:
    database.execute("CREATE TABLE people (id INTEGER, name VARCHAR)")
    database.execute("INSERT INTO people VALUES (1, 'before')")
    update = f"UPDATE people SET name = new.name FROM {NEW} WHERE people.id = new.id RETURNING people.name"
    returned = database.execute(update).fetchall()
    stored = database.execute("SELECT name FROM people").fetchall()
print("returned:", returned, "stored:", stored)
assert sorted(returned) == [("first",), ("second",)], returned
assert len(stored) == 1, stored
PYTHON
