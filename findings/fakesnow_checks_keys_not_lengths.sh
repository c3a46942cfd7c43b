#!/bin/sh
# fakesnow keeps what Snowflake does not (keys), and does not keep what Snowflake does (the length of a text).
#
# Guessed: a double of Snowflake that tells a column's VARCHAR(3) refuses a longer text, as Snowflake does, and takes two rows with one
# primary key, as Snowflake does for all but hybrid tables. (https://docs.snowflake.com/en/, "String & binary data types", "Constraints")
# Seen with fakesnow 0.12.1 and snowflake-connector-python 4.8.1: it is the other way round, as in DuckDB, which it executes on.
# DESCRIBE TABLE says VARCHAR(3), an INSERT stores eight characters, a cast to VARCHAR(3) cuts nothing, and ALTER makes the column
# shorter, which Snowflake refuses. PRIMARY KEY, UNIQUE and REFERENCES raise an error. NOT NULL is kept by both.
# So: a load that writes a row twice passes on Snowflake and fails in the tests, and one with texts that are too long the reverse. Tests
# look for both themselves.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    fakesnow==0.12.1 snowflake-connector-python==4.8.1 duckdb==2.0.1 sqlglot==30.22.0 pyarrow==26.0.1
HOME="$folder" "$folder/venv/bin/python" -W ignore - <<'PYTHON'
import fakesnow
import snowflake.connector

STATEMENTS = {  # whether it is taken
    "CREATE TABLE people (id INT PRIMARY KEY, name VARCHAR(3) NOT NULL, code INT UNIQUE)": True,
    "CREATE TABLE orders (person INT REFERENCES people (id))": True,
    "INSERT INTO people VALUES (1, 'too long', 1)": True,
    "INSERT INTO people VALUES (1, 'b', 2)": False,
    "INSERT INTO people VALUES (2, 'b', 1)": False,
    "INSERT INTO people VALUES (3, NULL, 3)": False,
    "INSERT INTO orders VALUES (4)": False,
}
with fakesnow.patch():
    cursor = snowflake.connector.connect(database="D", schema="S").cursor()
    for statement, expected in STATEMENTS.items():
        try:
            cursor.execute(statement)
            taken = True
        except Exception as error:
            print(type(error).__name__, end=" ")
            taken = False
        print("taken:" if taken else "refused:", statement)
        assert taken is expected
    [kind] = [row[1] for row in cursor.execute("DESCRIBE TABLE people").fetchall() if row[0] == "NAME"]
    [(stored, cast)] = cursor.execute("SELECT name, 'abcdef'::VARCHAR(3) FROM people").fetchall()
    print(f"a {kind} holds {stored!r}, and a cast gives {cast!r}")
    assert (kind, stored, cast) == ("VARCHAR(3)", "too long", "abcdef")
    cursor.execute("CREATE TABLE texts (name VARCHAR(3))")
    cursor.execute("ALTER TABLE texts ALTER COLUMN name SET DATA TYPE VARCHAR(1)")
    print("shortened:", cursor.execute("DESCRIBE TABLE texts").fetchall()[0][1])
PYTHON
